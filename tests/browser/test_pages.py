"""What all pages have in common: how they load, and what they say when they do not, or when there is nothing to show."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient

from handlers.pages import PAGES
from server.bootstrap import Application
from server.process.embedded import EmbeddedServices
from server.web.pages import PageRoute
from tests.browser.bidders import apart
from tests.browser.chromium import PATIENCE_MS
from tests.builders import make_group
from tests.catalogue import make_offer
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOT = 145
ENDED_GROUP, OFFER = 8, 9
NUMBERS = {"goods": LOT, "history_group": ENDED_GROUP, "groupbuy_offer": OFFER}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One worker, three lots, a bid of 205 yuan by 阿钞 on the first; an ended group and an offer."""
    process = ServerProcess(tmp_path_factory.mktemp("pages") / "data", workers=1)
    process.launch()

    async def prepare() -> None:
        await process.wait_until_ready()
        await process.open_group(lots=3, low_price=20000, top_price=40000, step=10)
        token = await process.sign_in("阿钞")
        status, answer = await process.post("/api/group", {"goods_id": LOT, "group_id": 7, "price": 20500}, token=token)
        assert status == 200, answer
        AsyncHTTPClient().close()
        application = Application(EmbeddedServices(process.config).start_or_join().with_secret())
        await make_group(application, id=ENDED_GROUP, starts_in=-7200, closes_in=-3600)
        await make_offer(application, id=OFFER)
        await application.stop()

    apart(prepare)
    yield process
    process.stop()


@pytest.fixture
def page(browser: Browser) -> Page:
    opened = browser.new_context(locale="zh-CN").new_page()
    opened.set_default_timeout(PATIENCE_MS)
    return opened


def faults_of(page: Page) -> list[str]:
    """What the console complains of, from now on: refused by the content policy, or thrown."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


WHEN_SEEN = ("/vendor/uplot/uplot.js",)  # for those who get that far down, where it is not at the head of the page


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.name)
def test_every_module_is_asked_for_by_the_page_itself(server: ServerProcess, page: Page, route: PageRoute) -> None:
    faults = faults_of(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".js") else None)
    page.goto(server.url + route.path.replace("([0-9]+)", str(NUMBERS.get(route.name))))
    page.locator("main:not([aria-busy])").wait_for()
    page.wait_for_load_state("networkidle")
    links, scripts = page.locator("link[rel=modulepreload]"), page.locator("script[src]")
    named: list[str] = links.evaluate_all("all => all.map((one) => one.href)") + scripts.evaluate_all("all => all.map((one) => one.src)")
    assert len(asked) == len(set(asked)) > 10
    assert set(named) <= set(asked)
    assert [url for url in set(asked) - set(named) if not url.endswith(WHEN_SEEN)] == []
    assert faults == []


def test_the_first_prices_come_with_the_page(server: ServerProcess, page: Page) -> None:
    asked: list[str] = []
    page.route("**/api/**", lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.goto(server.url)
    expect(page.locator(".price").first).to_have_text("¥205.00")
    expect(page.locator(".card")).to_have_count(3)
    assert asked == []


def test_a_reader_who_is_signed_in_still_sees_their_own_part(server: ServerProcess, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="登录").first.click()
    page.locator("#nickname").fill("阿钞")
    page.locator("dialog").get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="我参与的 1")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="我参与的 1")).to_be_visible()


def test_going_back_shows_the_price_of_now(server: ServerProcess, page: Page) -> None:
    page.goto(server.url)
    expect(page.locator(".price").first).to_have_text("¥205.00")
    page.goto(server.url + "/history")
    page.locator("main:not([aria-busy])").wait_for()
    given: list[Any] = []
    page.on("response", lambda response: given.append(response) if response.url == server.url + "/" else None)
    page.go_back()
    expect(page.locator(".price").first).to_be_visible()
    assert [(response.status, response.headers["cache-control"]) for response in given] == [(200, "no-store")]


@pytest.mark.parametrize("name", ["index.js", "ui/lot_card.js", "format.js"])
def test_a_page_without_one_of_its_scripts_says_so_and_can_be_loaded_again(server: ServerProcess, page: Page, name: str) -> None:
    page.route(f"**/js/{name}", lambda route: route.abort())
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_contain_text("页面没有加载完整")
    expect(page.get_by_role("alert")).to_contain_text("The page did not load completely")
    page.unroute(f"**/js/{name}")
    page.get_by_role("button", name="重新加载").click()
    expect(page.locator(".price").first).to_have_text("¥205.00")
    expect(page.get_by_text("页面没有加载完整")).to_have_count(0)


def test_a_script_that_does_not_fit_the_others_is_said_too(server: ServerProcess, page: Page) -> None:
    page.route("**/js/format.js", lambda route: route.fulfill(content_type="text/javascript", body="export const other = 1;"))
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_contain_text("页面没有加载完整")


@pytest.mark.parametrize("name", ["live/client.js", "live/socket_link.js"])
def test_without_the_live_client_the_prices_stand_and_the_page_says_so(server: ServerProcess, page: Page, name: str) -> None:
    page.route(f"**/js/{name}", lambda route: route.abort())
    page.goto(server.url)
    expect(page.locator(".price").first).to_have_text("¥205.00")
    expect(page.get_by_role("alert")).to_contain_text("页面没有加载完整")
    expect(page.get_by_text("已断开，请刷新页面")).to_be_visible()
    page.unroute(f"**/js/{name}")
    page.get_by_role("button", name="重新加载").click()
    expect(page.get_by_text("实时", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("path", "text", "english", "way"),
    [
        ("/nowhere", "没有这个页面", "There is no such page", "/"),
        ("/goods/404404", "没有这件拍品", "There is no such lot", "/"),
        ("/history/404404", "没有这一期", "There is no such issue", "/history"),
        ("/groupbuy/404404", "这件团购商品不存在或已下架", "This offer does not exist or was taken down", "/groupbuy"),
    ],
)
def test_what_there_is_not_is_said_in_the_reader_s_language(
    browser: Browser, server: ServerProcess, path: str, text: str, english: str, way: str
) -> None:
    for locale, first, other in (("zh-CN", text, english), ("en-GB", english, text)):
        page = browser.new_context(locale=locale).new_page()
        response = page.goto(server.url + path)
        assert response is not None and response.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text(first)
        expect(page.get_by_text(other)).to_be_hidden()
        expect(page.locator(".site-header .brand__name")).to_have_text("纸钞竞拍" if locale == "zh-CN" else "Banknote Auctions")
        page.locator(".site-header").get_by_role("button", name=re.compile("English|中文")).click()  # the reader's choice counts more
        expect(page.get_by_role("heading", level=1)).to_have_text(other)
        assert page.locator("main a:visible").get_attribute("href") == way


def test_what_there_is_not_is_said_without_scripts_too(browser: Browser, server: ServerProcess) -> None:
    page = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
    page.goto(server.url + "/goods/404404")
    expect(page.get_by_text("没有这件拍品")).to_be_visible()
