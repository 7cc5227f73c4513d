"""Two collectors in two browsers: what one bids the other sees, and hears of when outbid."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient

from tests.browser.bidders import apart
from tests.browser.chromium import PATIENCE_MS
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers, three lots."""
    process = ServerProcess(tmp_path_factory.mktemp("bidding") / "data")
    process.launch()

    async def prepare() -> None:
        await process.wait_until_ready()
        await process.open_group(lots=3, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    apart(prepare)
    yield process
    process.stop()


def visit(browser: Browser, server: ServerProcess, path: str, viewport: dict[str, int], faults: list[str]) -> Page:
    context = browser.new_context(viewport=viewport, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(server.url + path)
    return page


def sign_in(page: Page, nickname: str) -> None:
    page.get_by_role("button", name="登录").first.click()
    page.locator("#nickname").fill(nickname)
    page.locator("dialog").get_by_role("button", name="登录").click()
    expect(page.get_by_text(nickname).first).to_be_visible(timeout=PATIENCE_MS)


def test_a_bid_in_one_browser_moves_the_price_in_the_other_and_its_loser_hears_of_it(
    browser: Browser, server: ServerProcess
) -> None:
    faults: list[str] = []
    phone = visit(browser, server, "/", PHONE, faults)
    desk = visit(browser, server, "/goods/145", DESK, faults)
    sign_in(phone, "阿钞")
    sign_in(desk, "小龙")

    phone.get_by_role("button", name="出价 ¥200.00").first.click()
    expect(desk.get_by_text(re.compile(r"阿\*\*#\d+")).first).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.get_by_text("领先").first).to_be_visible(timeout=PATIENCE_MS)

    desk.get_by_role("button", name="出价 ¥200.10").first.click()
    expect(phone.get_by_text("¥200.10").first).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.get_by_role("alert").filter(has_text="已被超越")).to_be_visible(timeout=PATIENCE_MS)
    expect(desk.get_by_text("领先").first).to_be_visible(timeout=PATIENCE_MS)
    assert faults == []


def test_the_tab_tells_of_being_outbid_until_it_is_looked_at(browser: Browser, server: ServerProcess) -> None:
    faults: list[str] = []
    away = visit(browser, server, "/goods/146", DESK, faults)
    rival = visit(browser, server, "/goods/146", DESK, faults)
    sign_in(away, "远行")
    sign_in(rival, "近邻")
    title, icon = away.title(), away.locator("link[rel=icon]")
    address = icon.get_attribute("href")
    away.get_by_role("button", name="出价 ¥200.00").first.click()
    expect(away.get_by_text("领先").first).to_be_visible()
    hide(away, True)
    rival.get_by_role("button", name="出价 ¥200.10").first.click()
    expect(away).to_have_title(f"【被超越 1 件】 · {title}")
    expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    hide(away, False)
    expect(away).to_have_title(title)
    assert address is not None
    expect(icon).to_have_attribute("href", re.compile(re.escape(address) + "$"))
    away.get_by_role("button", name="出价 ¥200.20").first.click()
    rival.get_by_role("button", name="出价 ¥200.30").first.click()
    expect(away.get_by_role("alert").filter(has_text="200.30")).to_be_visible()
    expect(away).to_have_title(title)
    assert faults == []


def hide(page: Page, is_hidden: bool) -> None:
    """As when another tab is looked at."""
    page.evaluate("""hidden => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
        document.dispatchEvent(new Event('visibilitychange'));
    }""", is_hidden)


def test_the_page_speaks_english_when_asked(browser: Browser, server: ServerProcess) -> None:
    faults: list[str] = []
    page = visit(browser, server, "/", DESK, faults)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Sign in").first).to_be_visible(timeout=PATIENCE_MS)
    assert faults == []


def test_no_page_is_wider_than_the_phone(browser: Browser, server: ServerProcess) -> None:
    faults: list[str] = []
    for path in ("/", "/goods/146", "/my", "/history", "/docs"):
        page = visit(browser, server, path, PHONE, faults)
        page.wait_for_load_state("networkidle") if path == "/docs" else page.locator("main").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.context.close()
    assert faults == []
