"""The maximum as a thing of its own: set, raised, lowered and cancelled by who leads, at no cost, and shown to nobody else."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.bidders import DESK, PHONE, Held, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOTS = count(145)
CHANGES = "**/api/group/maximum"


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=20, low_price=20000, top_price=100000, step=100)

    with open_sale(tmp_path_factory.mktemp("maximum"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def lot() -> int:
    """One that nobody has bid on."""
    return next(LOTS)


@pytest.fixture
def page(sale: Sale, lot: int) -> Page:
    """Its page; its reader leads at 200 yuan, without a maximum."""
    sale.bid("阿钞", lot, 20000)
    opened = sale.visit(f"/goods/{lot}", PHONE, name="阿钞")
    expect(opened.get_by_text("你领先")).to_be_visible()
    return opened


def expect_figures(page: Page, maximum: str, price: str, following: str) -> None:
    expect(page.locator(".maximum dd")).to_have_text([maximum, price, following])


def change(page: Page, yuan: str) -> None:
    page.locator("#maximum").fill(yuan)
    page.keyboard.press("Enter")


def expect_said(page: Page, text: str) -> None:
    expect(page.locator(".maximum__note")).to_have_text(text)


def test_who_leads_sets_raises_lowers_and_cancels_it_without_a_bid(sale: Sale, page: Page, lot: int) -> None:
    expect_figures(page, "未设", "¥200.00", "未设上限，不会自动加价")
    change(page, "250")
    expect_said(page, "已设上限 ¥250.00")
    expect_figures(page, "¥250.00", "¥200.00", "有人出 ¥201.00 时自动出 ¥202.00")
    change(page, "300")
    expect_said(page, "已设上限 ¥300.00")
    change(page, "201")
    expect_said(page, "已设上限 ¥201.00")
    expect_figures(page, "¥201.00", "¥200.00", "有人出 ¥201.00 时自动出 ¥201.00")
    page.get_by_role("button", name="取消上限").click()
    expect_said(page, "已取消上限，不再自动加价")
    expect_figures(page, "未设", "¥200.00", "未设上限，不会自动加价")
    expect(page.get_by_role("button", name="取消上限")).to_be_hidden()
    expect(page.locator(".bids__row")).to_have_count(1)
    sale.bid("小龙", lot, 20100)
    expect(page.locator(".pill").first).to_have_text("已被超越")


def test_it_answers_others_and_cannot_be_lowered_below_what_it_has_answered(sale: Sale, page: Page, lot: int) -> None:
    change(page, "300")
    expect_said(page, "已设上限 ¥300.00")
    sale.bid("小龙", lot, 25000)
    expect_figures(page, "¥300.00", "¥251.00", "有人出 ¥252.00 时自动出 ¥253.00")
    change(page, "250.99")
    expect(page.locator(".maximum [role=alert]")).to_have_text("上限至少 ¥251.00")
    change(page, "251")
    expect_said(page, "已设上限 ¥251.00")
    expect_figures(page, "¥251.00", "¥251.00", "上限不足一档，不会再自动加价")


def test_it_is_there_again_after_a_reload_and_nobody_else_sees_it(sale: Sale, page: Page, lot: int) -> None:
    change(page, "333.33")
    expect_said(page, "已设上限 ¥333.33")
    page.reload()
    expect_figures(page, "¥333.33", "¥200.00", "有人出 ¥201.00 时自动出 ¥202.00")
    heard: list[str] = []
    other = sale.visit("/", DESK, name="小龙")
    other.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    other.on("response", lambda response: heard.append(response.text()) if "/api/" in response.url else None)
    other.goto(f"{sale.url}/goods/{lot}")
    expect(other.locator(".lot__leader")).to_contain_text("领先")
    expect(other.get_by_text("实时", exact=True)).to_be_visible()
    change(page, "334.44")
    expect_said(page, "已设上限 ¥334.44")
    sale.bid("大山", lot, 20500)
    expect(other.locator(".panel--price .price")).to_have_text("¥206.00")
    told = "".join(heard) + other.content()
    assert heard and not any(number in told for number in ("33333", "33444", "333.33", "334.44"))
    expect(other.locator(".maximum dl")).to_be_hidden()


def test_a_beaten_maximum_is_spent(sale: Sale, page: Page, lot: int) -> None:
    change(page, "250")
    expect_said(page, "已设上限 ¥250.00")
    sale.bid("小龙", lot, 26000)
    expect(page.get_by_role("button", name="出价 ¥261.00 并设上限")).to_be_visible()
    expect(page.locator(".maximum dl")).to_be_hidden()
    page.locator(".button--bid").click()
    expect_figures(page, "未设", "¥261.00", "未设上限，不会自动加价")


def test_a_late_answer_is_uncertain_and_then_the_truth(page: Page) -> None:
    held = Held(page, CHANGES, "PUT")
    change(page, "300")
    expect(page.locator(".maximum button").first).to_be_disabled()
    expect(page.locator(".button--bid")).to_be_disabled()
    expect(page.locator(".maximum__note")).to_contain_text("尚未收到答复")
    held.until(2)
    held.lose_answer()
    held.let_go()
    expect_said(page, "已设上限 ¥300.00")
    assert len(set(held.keys)) == 1 and held.keys[0]


def test_one_far_above_the_price_is_asked_about(page: Page) -> None:
    change(page, "900")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("上限 ¥900.00")
    dialog.get_by_role("button", name="再想想").click()
    expect_figures(page, "未设", "¥200.00", "未设上限，不会自动加价")
    change(page, "900")
    dialog.get_by_role("button", name="确认上限 ¥900.00").click()
    expect_said(page, "已设上限 ¥900.00")


def test_who_has_been_outbid_meanwhile_is_told_so(sale: Sale, page: Page, lot: int) -> None:
    held = Held(page, CHANGES, "PUT")
    change(page, "300")
    held.until(1)
    sale.bid("小龙", lot, 20100)
    expect(page.locator(".pill").first).to_have_text("已被超越")
    held.let_go()
    expect_said(page, "只有领先者可以修改上限")
