"""What stands open while a lot moves moves with it: focus, questions, notices."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.bidders import DESK, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOTS = count(145)


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=30, low_price=20000, top_price=100000, step=10)

    with open_sale(tmp_path_factory.mktemp("follows"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def lot() -> int:
    """One that nobody has bid on."""
    return next(LOTS)


@pytest.fixture
def page(sale: Sale, lot: int) -> Page:
    """Its page, its reader signed in and connected."""
    opened = sale.visit(f"/goods/{lot}", DESK, name="阿钞")
    expect(opened.get_by_text("实时", exact=True)).to_be_visible()
    return opened


def test_the_focus_stays_on_the_button_that_was_pressed(sale: Sale, page: Page, lot: int) -> None:
    button = page.locator(".button--bid")
    for _ in range(2):
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".bid__note")).to_contain_text("出价成功")
        expect(button).to_be_focused()
    sale.bid("小龙", lot, 30000)
    expect(page.locator(".panel--price .price")).to_have_text("¥300.00")
    expect(button).to_be_focused()


def test_the_focus_stays_on_a_raise_that_the_price_has_outgrown(sale: Sale, page: Page, lot: int) -> None:
    raises = page.locator(".quick__step")
    page.locator(".button--bid").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    expect(raises.last).to_be_focused()
    sale.bid("小龙", lot, 99990)
    expect(raises.last).to_be_disabled()
    expect(raises.last).to_be_focused()


def test_the_focus_goes_to_what_is_said_of_a_lot_that_closes(sale: Sale, page: Page, lot: int) -> None:
    page.locator(".button--bid").focus()
    sale.bid("小龙", lot, 100000)
    expect(page.get_by_text("该拍品已结束竞拍")).to_be_focused()


def test_a_question_tells_the_price_of_now(sale: Sale, page: Page, lot: int) -> None:
    page.locator(".own input").fill("800")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("当前价 ¥200.00，你将出价 ¥800.00")
    sale.bid("小龙", lot, 41000)
    expect(dialog).to_contain_text("当前价 ¥410.00，你将出价 ¥800.00")
    dialog.get_by_role("button", name="确认出价 ¥800.00").click()
    expect(page.locator(".bid__note")).to_have_text("出价成功：¥800.00")


def test_a_question_closes_with_the_reason_when_its_answer_no_longer_counts(sale: Sale, page: Page, lot: int) -> None:
    page.locator(".own input").fill("800")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    sale.bid("小龙", lot, 85000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".bid__note")).to_have_text("现价已到 ¥850.00，至少出 ¥850.10")
    page.get_by_role("button", name="封顶拍得").click()
    expect(page.get_by_role("dialog")).to_contain_text("立即成交")
    sale.bid("大山", lot, 100000)
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/goods/{lot}"])
def test_the_notice_of_being_outbid_follows_the_lot_to_its_end(sale: Sale, page: Page, lot: int, path: str) -> None:
    sale.bid("阿钞", lot, 20000)
    page.goto(sale.url + path.format(lot=lot))
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    sale.bid("小龙", lot, 21000)
    notice = page.locator(".toast").filter(has_text=f"U9T00690{lot - 145:02}")
    expect(notice).to_contain_text("现价 ¥210.00")
    again = notice.get_by_role("button", name="再出价")
    expect(again).to_have_text("再出价 ¥210.10")
    again.focus()
    sale.bid("大山", lot, 30000)
    expect(notice).to_contain_text("现价 ¥300.00")
    expect(again).to_have_text("再出价 ¥300.10")
    expect(again).to_be_focused()
    sale.bid("小龙", lot, 100000)
    expect(again).to_have_count(0)
    expect(notice).not_to_contain_text("¥300.00")


def test_bidding_from_the_notice_leaves_the_focus_at_the_lot(sale: Sale, page: Page, lot: int) -> None:
    sale.bid("阿钞", lot, 20000)
    expect(page.get_by_text("你领先")).to_be_visible()
    sale.bid("小龙", lot, 21000)
    page.get_by_role("button", name="再出价 ¥210.10").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bid__note")).to_have_text("出价成功：¥210.10")
    expect(page.locator(".toast").filter(has_text="已被超越")).to_have_count(0)
    expect(page.locator(".button--bid")).to_be_focused()
