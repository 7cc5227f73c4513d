"""What a bidder sees of a bid from the press to the truth, whatever the network does with it."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.bidders import PHONE, Held, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOTS = count(145)
ANSWERS = "**/api/group"


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=30, low_price=20000, top_price=100000, step=10)

    with open_sale(tmp_path_factory.mktemp("course"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def lot() -> int:
    """One that nobody has bid on."""
    return next(LOTS)


@pytest.fixture
def page(sale: Sale, lot: int) -> Page:
    """Its page on a phone, its reader signed in and connected."""
    opened = sale.visit(f"/goods/{lot}", PHONE, name="阿钞")
    expect(opened.get_by_text("实时", exact=True)).to_be_visible()
    return opened


def test_a_press_shows_at_once_that_the_bid_is_on_its_way(page: Page) -> None:
    held = Held(page, ANSWERS)
    button = page.locator(".button--bid")
    button.click()
    expect(button).to_have_text("正在出价 ¥200.00…")
    expect(button).to_be_disabled()
    expect(page.get_by_role("button", name="封顶拍得")).to_be_disabled()
    held.until(1)
    held.let_go()
    expect(page.get_by_text("出价成功：¥200.00")).to_be_visible()
    expect(button).to_have_text("出价 ¥200.10")
    expect(button).to_be_enabled()


def test_a_late_answer_is_uncertain_and_is_asked_for_again_under_the_same_key(page: Page) -> None:
    held = Held(page, ANSWERS)
    page.locator(".button--bid").click()
    expect(page.get_by_text("尚未收到答复，正在核对")).to_be_visible()
    expect(page.locator(".button--bid")).to_have_text("正在核对 ¥200.00…")
    held.until(2)
    held.lose_answer()
    held.let_go()
    expect(page.get_by_text("出价成功：¥200.00")).to_be_visible()
    assert len(set(held.keys)) == 1 and held.keys[0]
    expect(page.locator(".bids__row")).to_have_count(1)


def test_the_first_answer_counts_even_when_it_was_asked_again(page: Page) -> None:
    held = Held(page, ANSWERS)
    page.locator(".button--bid").click()
    held.until(2)
    held.let_go()
    expect(page.get_by_text("出价成功：¥200.00")).to_be_visible()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_may_stand_is_never_told_as_failed(page: Page, status: int) -> None:
    answers = iter([status, status])

    def fail(route: Route) -> None:
        broken = next(answers, None)
        if broken is None:
            route.continue_()
        else:
            assert route.fetch().ok
            route.fulfill(status=broken, content_type="text/html", body="<h1>Bad gateway</h1>")

    page.route(ANSWERS, fail)
    page.locator(".button--bid").click()
    expect(page.get_by_text("出价成功：¥200.00")).to_be_visible()
    expect(page.locator(".bids__row")).to_have_count(1)


def test_a_refusal_names_the_price_and_the_least_that_counts(sale: Sale, page: Page, lot: int) -> None:
    held = Held(page, ANSWERS)
    page.locator(".button--bid").click()
    held.until(1)
    sale.bid("小龙", lot, 25000)
    held.let_go()
    expect(page.locator(".bid__note")).to_have_text("现价已到 ¥250.00，至少出 ¥250.10")
    expect(page.locator(".button--bid")).to_have_text("出价 ¥250.10")


def test_a_bid_outbid_at_once_is_not_told_in_green(sale: Sale, page: Page, lot: int) -> None:
    sale.bid("小龙", lot, 20000, max_price=90000)
    expect(page.locator(".button--bid")).to_have_text("出价 ¥200.10")
    page.locator(".button--bid").click()
    note = page.locator(".bid__note")
    expect(note).to_contain_text("已被自动代出价超越")
    expect(note).to_have_attribute("data-tone", "bad")
    expect(page.locator(".pill").first).to_have_text("已被超越")
