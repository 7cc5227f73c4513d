"""Nobody bids on a price that nobody vouches for, and every page says since when that is so."""
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOT = 145
SINCE = re.compile(r"\d\d:\d\d:\d\d 起价格未更新")


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=100000, step=10)

    with open_sale(tmp_path_factory.mktemp("trust"), browser, prepare) as opened:
        yield opened


@contextmanager
def silence(sale: Sale) -> Iterator[None]:
    """The server's processes stand still: its connections stay open, and nothing comes."""
    workers = [process for process in sale.server.children() if "run.py" in " ".join(process.cmdline())]
    processes = [psutil.Process(sale.server.pid), *workers]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def expect_live(page: Page) -> None:
    expect(page.locator(".light")).to_have_text("实时")
    expect(page.locator("body")).not_to_have_attribute("data-prices", "behind")


@pytest.mark.parametrize(("path", "viewport"), [("/", DESK), (f"/goods/{LOT}", PHONE)])
def test_a_silent_server_holds_bids_and_the_light_says_since_when(sale: Sale, path: str, viewport: dict[str, int]) -> None:
    page = sale.visit(path, viewport, name="阿钞")
    expect_live(page)
    button = page.locator(".button--bid").first
    with silence(sale):
        expect(page.locator(".light")).to_have_text(SINCE)
        expect(page.locator("body")).to_have_attribute("data-prices", "behind")
        expect(button).to_have_text("暂停出价：连接中断")
        expect(button).to_be_disabled()
    expect_live(page)
    expect(button).to_be_enabled()


@pytest.mark.parametrize("carrier", ["stream", "poll"])
def test_silence_is_noticed_without_a_socket_too(sale: Sale, carrier: str) -> None:
    page = sale.visit("/history", DESK)
    page.route_web_socket("**/ws", lambda socket: socket.close())
    if carrier == "poll":
        page.route("**/api/live/stream?*", lambda route: route.abort())
    page.goto(f"{sale.url}/goods/{LOT}")
    expect(page.locator(".light")).to_have_text("轮询更新" if carrier == "poll" else "实时")
    with silence(sale):
        expect(page.locator(".light")).to_have_text(SINCE)
        expect(page.locator(".button--bid")).to_be_disabled()
    expect(page.locator(".button--bid")).to_be_enabled()


def test_an_offline_browser_holds_bids_at_once(sale: Sale) -> None:
    page = sale.visit(f"/goods/{LOT}", PHONE)
    expect_live(page)
    page.context.set_offline(True)
    expect(page.locator(".light")).to_have_text(re.compile("^已离线，" + SINCE.pattern))
    expect(page.locator(".button--bid")).to_be_disabled()
    expect(page.locator(".button--bid")).to_have_text("暂停出价：已离线")
    page.context.set_offline(False)
    expect_live(page)
    expect(page.locator(".button--bid")).to_be_enabled()


def test_a_question_that_is_open_is_withdrawn_with_the_reason(sale: Sale) -> None:
    page = sale.visit(f"/goods/{LOT}", PHONE, name="阿钞")
    expect_live(page)
    page.get_by_role("button", name="封顶拍得").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".bid__note")).to_have_text("暂停出价：已离线")


def test_other_pages_of_prices_say_so_as_well(sale: Sale) -> None:
    page = sale.visit("/", DESK, name="小龙")
    expect_live(page)
    page.locator(".button--bid").last.click()
    expect(page.locator(".pill").last).to_have_text("领先")
    page.goto(sale.url + "/my")
    expect(page.locator(".light")).to_have_text("实时")
    page.context.set_offline(True)
    expect(page.locator(".light")).to_contain_text("已离线")
