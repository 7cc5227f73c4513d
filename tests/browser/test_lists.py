"""Lists of lots and what leads from one to another: open groups, the reader's own lots, what has ended."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from server.bootstrap import Application
from server.process.embedded import EmbeddedServices
from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.builders import Goods, make_group
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LONG = "U9T" + "0069" * 15
OTHER, ENDED = 8, 9
OTHER_LOT = 201
PRICES = count(20000)


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """Group 7 in progress, group 8 that ends after it, and group 9 that has ended; each serial number of the last two is a long one."""

    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=4, low_price=20000, top_price=40000, step=10)
        application = Application(EmbeddedServices(server.config).start_or_join().with_secret())
        others = Goods(id=OTHER_LOT, sn=LONG, category=LONG, sn_no=LONG), Goods(id=OTHER_LOT + 1)
        await make_group(application, *others, id=OTHER, closes_in=9000)
        await make_group(application, replace(others[0], id=None), id=ENDED, starts_in=-7200, closes_in=-3600)
        await application.stop()

    with open_sale(tmp_path_factory.mktemp("lists"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def page(sale: Sale) -> Page:
    opened = sale.visit("/", DESK)
    return opened


def test_every_open_group_is_reached_from_the_landing_page(page: Page) -> None:
    issues = page.get_by_role("navigation", name="期次")
    expect(issues.get_by_role("link")).to_have_text(["第7期 竞拍中", "第8期 竞拍中"])
    expect(issues.locator("[aria-current]")).to_contain_text("第7期")
    issues.get_by_role("link", name="第8期").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("第8期")
    expect(page.locator(".card")).to_have_count(2)
    expect(issues.locator("[aria-current]")).to_contain_text("第8期")
    page.locator(".card a.sn").last.click()
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    page.get_by_role("link", name="返回列表").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("第8期")


def test_a_choice_among_the_lots_of_another_group_stays_in_it(page: Page, sale: Sale) -> None:
    page.goto(f"{sale.url}/?group={OTHER}")
    page.get_by_role("button", name="龙钞补号").click()
    expect(page.locator(".card:visible")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("第8期")
    expect(page.locator(".card:visible")).to_have_count(1)


def test_the_address_of_a_group_that_has_ended_leads_to_its_results(page: Page, sale: Sale) -> None:
    page.goto(f"{sale.url}/?group={ENDED}")
    page.wait_for_url(f"**/history/{ENDED}")


def test_a_bid_in_another_group_counts_there(sale: Sale) -> None:
    page = sale.visit(f"/?group={OTHER}", PHONE, name="阿钞")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    page.locator(".button--bid").last.click()
    expect(page.locator(".bid__note").last).to_have_text("出价成功：¥200.00")
    expect(page.get_by_role("button", name="我参与的 1")).to_be_visible()


@pytest.mark.parametrize("path", [f"/?group={OTHER}", f"/goods/{OTHER_LOT}", f"/history/{ENDED}", "/my"])
def test_a_long_serial_number_widens_no_page(sale: Sale, path: str) -> None:
    sale.bid("长号", OTHER_LOT, next(PRICES), group_id=OTHER)
    page = sale.visit("/", PHONE, name="长号")
    page.goto(sale.url + path)
    expect(page.get_by_text(LONG).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("path", ["/my", "/history"])
def test_a_page_beyond_the_last_is_the_last(sale: Sale, path: str) -> None:
    sale.bid("小龙", 145, 20000 if path == "/my" else 21000)
    page = sale.visit("/", DESK, name="小龙")
    page.goto(f"{sale.url}{path}?page=99")
    expect(page.locator(".row")).to_have_count(1)
    assert page.url == sale.url + path


def test_what_is_over_shows_the_hammer_price(sale: Sale) -> None:
    sale.bid("老周", 146, 21000)
    sale.bid("大山", 146, 40000)
    for name, standing in (("老周", "未拍得"), ("大山", "已拍得")):
        page = sale.visit("/my", DESK, name=name)
        row = page.locator(".row")
        expect(row.locator(".pill")).to_have_text(standing)
        expect(row.locator(".figure").last).to_have_text("成交价¥400.00")


@pytest.mark.parametrize(("status", "told"), [(500, "服务器出错了，请稍后再试"), (None, "网络连接失败")])
def test_a_server_that_failed_is_not_told_as_a_lost_network(sale: Sale, page: Page, status: int | None, told: str) -> None:
    for path, address in (("/history", "**/api/group/history?*"), ("/groupbuy", "**/index.php?*")):
        page.route(address, lambda route: route.fulfill(status=status, body="<h1>Oops</h1>") if status else route.abort())
        page.goto(sale.url + path)
        expect(page.get_by_role("alert")).to_contain_text(told)
