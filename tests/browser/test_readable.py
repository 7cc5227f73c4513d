"""Pages for those who hear them, who go by keyboard, and who read English."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from handlers.pages import PAGES
from server.bootstrap import Application
from server.process.embedded import EmbeddedServices
from server.web.pages import PageRoute
from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.builders import make_group
from tests.catalogue import make_offer
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOT = 145
ENDED_GROUP, OFFER = 8, 9
NUMBERS = {"goods": LOT, "history_group": ENDED_GROUP, "groupbuy_offer": OFFER}


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """Three lots, an ended group and an offer."""

    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=3, low_price=20000, top_price=40000, step=10)
        application = Application(EmbeddedServices(server.config).start_or_join().with_secret())
        await make_group(application, id=ENDED_GROUP, starts_in=-7200, closes_in=-3600)
        await make_offer(application, id=OFFER)
        await application.stop()

    with open_sale(tmp_path_factory.mktemp("readable"), browser, prepare) as opened:
        yield opened


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.name)
def test_headings_begin_at_the_first_level_and_skip_none(sale: Sale, route: PageRoute) -> None:
    page = sale.visit(route.path.replace("([0-9]+)", str(NUMBERS.get(route.name))))
    page.locator("main:not([aria-busy])").wait_for()
    page.wait_for_load_state("networkidle")
    levels: list[int] = page.locator("main :is(h1, h2, h3, h4, h5)").evaluate_all("all => all.map((one) => Number(one.tagName[1]))")
    assert levels[:1] == [1] and levels.count(1) == 1
    assert all(level <= before + 1 for before, level in zip(levels, levels[1:])), levels


def test_the_price_and_the_standing_are_said(sale: Sale) -> None:
    page = sale.visit(f"/goods/{LOT}", PHONE, name="阿钞")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    spoken = page.locator(".only-heard[role=status]")
    expect(spoken).to_have_text("起拍价 ¥200.00，竞拍中")
    page.locator(".button--bid").click()
    expect(spoken).to_have_text("当前价 ¥200.00，领先")
    sale.bid("小龙", LOT, 21000)
    expect(spoken).to_have_text("当前价 ¥210.00，已被超越")


def test_buttons_name_their_lot(sale: Sale) -> None:
    page = sale.visit("/", DESK)
    expect(page.locator(".card")).to_have_count(3)
    for name in ("出价 ¥200.00，U9T0069001", "其他金额，U9T0069001", "加 ¥1，出价 ¥201.00，U9T0069001"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("toolbar", name="U9T0069001 快捷出价")).to_have_count(1)


def test_a_lot_is_five_stops_for_the_tab_key_and_arrows_reach_the_rest(sale: Sale) -> None:
    page = sale.visit("/", DESK)
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    first, second = page.locator(".card").nth(1), page.locator(".card").nth(2)
    first.locator("a.sn").focus()
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(second.locator("a.sn")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    raises = first.locator(".quick__step")
    expect(raises.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(raises.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(raises.last).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(raises.last).to_be_focused()


def test_the_captcha_is_a_button_that_says_what_it_shows_and_does(sale: Sale) -> None:
    page = sale.visit("/register", DESK)
    expect(page.locator(".captcha__again")).to_have_accessible_name("填写用户名后显示 换一张")
    page.get_by_label("用户名").fill("collector")
    page.get_by_label("用户名").blur()
    expect(page.locator(".captcha__again")).to_have_accessible_name("验证码图片，含 5 个字符 换一张")


@pytest.mark.parametrize(("locale", "word"), [("en-GB", "Sign in"), ("zh-CN", "登录"), ("fr-FR", "登录")])
def test_a_browser_gets_its_language_until_its_reader_chooses(sale: Sale, locale: str, word: str) -> None:
    page = sale.visit("/", DESK, locale=locale)
    expect(page.get_by_role("button", name=word).first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == ("en" if locale == "en-GB" else "zh-CN")
    name = "Bid ¥200.00, U9T0069001" if locale == "en-GB" else "出价 ¥200.00，U9T0069001"
    expect(page.get_by_role("button", name=name)).to_be_visible()
    page.get_by_role("button", name="中文" if locale == "en-GB" else "English").click()
    expect(page.get_by_role("button", name="登录" if locale == "en-GB" else "Sign in").first).to_be_visible()
