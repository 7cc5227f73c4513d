"""Reaching a reader who looks elsewhere: asked for by a press, once, never in quiet hours, never when it is over."""
from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.browser.chromium import PATIENCE_MS, chromium
from tests.browser.operators import find_barriers
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOT, OTHER, QUIET = 145, 146, 147
TOP = 40000

# What the browser is asked and told, beside doing it.
LISTEN = """
window.asked = 0; window.told = []; window.dropped = []; window.tones = 0;
const Real = window.Notification;
window.Notification = class extends Real {
  constructor(title, options) { super(title, options); window.told.push([title, options.body]); }
  close() { window.dropped.push(this.body); super.close(); }
  static requestPermission() { window.asked += 1; return Real.requestPermission(); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One that shows notifications."""
    with chromium(is_whole=True) as running:
        yield running


@pytest.fixture
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """So short that its ends come soon."""

    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=3, low_price=20000, top_price=TOP, step=10, seconds=115, extend_window_seconds=110)

    with open_sale(tmp_path_factory.mktemp("alerts"), browser, prepare) as opened:
        yield opened


def look(page: Page, *, away: bool) -> None:
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        away,
    )


def told(page: Page) -> list[Any]:
    return page.evaluate("window.told")


def until(page: Page, condition: str) -> None:
    """The content policy lets no page wait for a text of code."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)


def open_lot(page: Page, sale: Sale, goods_id: int) -> None:
    page.goto(f"{sale.url}/goods/{goods_id}")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()


def test_a_reader_who_asked_for_it_is_reached_once(sale: Sale) -> None:
    page = sale.visit("/", DESK, name="阿钞")
    page.context.add_init_script(LISTEN)
    page.context.grant_permissions(["notifications"], origin=sale.url)
    page.get_by_label("账号：阿钞").click()
    page.get_by_role("link", name="提醒").click()
    switch, button = page.get_by_role("checkbox", name="声音提示"), page.get_by_role("button", name="开启浏览器通知")
    expect(switch).not_to_be_checked()
    # Nothing is asked or heard by itself.
    assert page.evaluate("[window.asked, window.tones]") == [0, 0]
    button.click()
    expect(page.get_by_text("已开启：页面在后台时通知你")).to_be_visible()
    switch.check()
    assert page.evaluate("[window.asked, window.tones]") == [1, 2]

    open_lot(page, sale, LOT)
    page.locator("h1").click()  # a page that was not touched may not be heard
    # On another device they put a lot on their watch list that this page does not show.
    shop = sale.visit("/groupbuy", DESK, name="阿钞")  # signed in there, after the page was opened
    for one in (page, shop):
        look(one, away=True)
    tablet = sale.visit(f"/goods/{QUIET}", PHONE, name="阿钞")
    star = tablet.get_by_role("button", name="关注 U9T0069002")
    star.click()
    expect(page).to_have_title("【1 件即将结束】 · U9T0069000 · 纸钞竞拍")
    until(page, "window.told.length === 1 && window.tones === 2")
    assert told(page)[0][0] == "拍品即将结束" and told(page)[0][1].startswith("U9T0069002")
    expect(shop).to_have_title("【1 件即将结束】 · 团购 · 纸钞竞拍")
    star.click()
    expect(page).to_have_title("U9T0069000 · 纸钞竞拍")
    expect(shop).to_have_title("团购 · 纸钞竞拍")
    for one in (tablet, shop):
        one.context.close()

    second = page.context.new_page()
    open_lot(second, sale, OTHER)
    look(second, away=True)
    # By another device they bid on what ends soon: in the tab, and told.
    sale.bid("阿钞", LOT, 20000)
    expect(page).to_have_title("【1 件即将结束】 · U9T0069000 · 纸钞竞拍")
    until(page, "window.told.length === 2 && window.tones === 4")
    assert told(page)[1][0] == "拍品即将结束" and told(page)[1][1].startswith("U9T0069000")
    sale.bid("小龙", LOT, 21000)
    expect(page).to_have_title("【被超越 1 件】 · U9T0069000 · 纸钞竞拍")
    second.wait_for_timeout(1500)  # longer than a hidden tab waits for another
    outbid = [one for one in (*told(page), *told(second)) if one[0] == "出价已被超越"]
    assert outbid == [["出价已被超越", "U9T0069000 已被超越，现价 ¥210.00"]]
    # Who leads again, by whichever device, is outbid no more.
    sale.bid("阿钞", LOT, 22000)
    expect(page).to_have_title("【1 件即将结束】 · U9T0069000 · 纸钞竞拍")
    teller = page if outbid[0] in told(page) else second
    until(teller, "window.dropped.some((body) => body.includes('已被超越'))")
    sale.bid("阿钞", OTHER, TOP)
    expect(second).to_have_title("【已拍得 1 件】 · U9T0069001 · 纸钞竞拍")
    second.close()

    # Quiet hours are the account's.
    look(page, away=False)
    expect(page).to_have_title("U9T0069000 · 纸钞竞拍")
    page.goto(f"{sale.url}/account#reminders")
    page.get_by_label("开始").fill("00:00")
    page.get_by_label("结束").fill("23:59")
    page.get_by_role("button", name="设定时段").click()
    expect(page.get_by_role("button", name="取消免打扰")).to_be_visible()
    open_lot(page, sale, QUIET)
    page.locator(".button--bid").click()
    expect(page.locator(".bid__note")).to_contain_text("出价成功")
    look(page, away=True)
    sale.bid("小龙", QUIET, 21000)
    expect(page).to_have_title("【被超越 1 件】 · U9T0069002 · 纸钞竞拍")
    page.wait_for_timeout(1500)
    assert (told(page), page.evaluate("window.tones")) == ([], 0)


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "zh-CN"), (DESK, "en-GB")], ids=["phone", "english"])
def test_reminders_are_set_on_the_account_page(sale: Sale, viewport: dict[str, int], locale: str) -> None:
    page = sale.visit("/", viewport, locale=locale)
    is_english = locale == "en-GB"
    page.get_by_role("button", name="Sign in" if is_english else "登录").first.click()
    page.locator("#nickname").fill("阿钞")
    page.locator("dialog").get_by_role("button", name="Sign in" if is_english else "登录").click()
    expect(page.locator(".menu__name")).to_have_text("阿钞")
    page.goto(f"{sale.url}/account#reminders")
    place = page.locator("#reminders")
    expect(place.get_by_role("heading")).to_contain_text("Reminders" if is_english else "提醒")
    expect(place.get_by_label("From" if is_english else "开始")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_barriers(page) == []
