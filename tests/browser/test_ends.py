"""When a lot ends and why then, the same after a reload."""
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, Page, expect

from server.domain.clock import Stamp
from tests.browser.bidders import DESK, PHONE, Sale, apart, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LATE, LONG, BOUGHT = 145, 146, 147
TIME = r"\d\d:\d\d:\d\d"
DATE = r"\d+/\d+ " + TIME


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """Its last half an hour, in which every bid is a late one."""

    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=3, low_price=20000, top_price=40000, step=10, seconds=1800, extend_window_seconds=2000)

    with open_sale(tmp_path_factory.mktemp("ends"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def page(sale: Sale) -> Page:
    opened = sale.visit("/", PHONE)
    return opened


def expect_told(page: Page, goods_id: int, sentence: str, tag: str) -> None:
    """On the lot's page and on its card, and so again after a reload."""
    expect(page.locator(".notice:visible")).to_have_text(re.compile(sentence))
    page.reload()
    expect(page.locator(".notice:visible")).to_have_text(re.compile(sentence))
    page.goto(page.url.partition("/goods")[0])
    expect(page.locator(".card").nth(goods_id - LATE).locator(".tag")).to_have_text(tag)


def test_a_late_bid_is_told_as_the_reason(sale: Sale, page: Page) -> None:
    page.goto(f"{sale.url}/goods/{LATE}")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    expect(page.locator(".notice:visible")).to_have_count(0)
    sale.bid("小龙", LATE, 20000)
    expect_told(page, LATE, f"^最后时刻有人出价，已延时至 ({DATE}|{TIME})$", "已延时")


def test_time_given_back_after_an_outage_is_told_as_such_with_the_day(sale: Sale, page: Page) -> None:
    page.goto(f"{sale.url}/goods/{LONG}")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()

    async def give_back() -> None:
        async with sale.server.stores() as stores:
            lot = await stores.auctions.lots.get_lot(LONG)
            now = datetime.now(timezone.utc)
            assert await stores.auctions.lots.extend_for_outage([(lot, timedelta(days=2))], 1, Stamp(now))

    apart(give_back)
    expect_told(page, LONG, f"^服务曾中断，所失时间已补回，延至 {DATE}$", "已补时")


def test_a_lot_that_is_bought_out_ended_then_and_not_as_planned(sale: Sale) -> None:
    page = sale.visit(f"/goods/{BOUGHT}", DESK, name="大山")
    end = page.locator(".facts__row").filter(has_text="结束时间").locator("dd")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    expect(end).to_have_text(re.compile(f"^{DATE}$"))
    page.get_by_role("button", name="封顶拍得").click()
    page.get_by_role("dialog").get_by_role("button", name="确认拍得").click()
    expect(end).to_have_text(re.compile(f"^{DATE} 封顶成交$"))
    page.reload()
    expect(end).to_have_text(re.compile(f"^{DATE} 封顶成交$"))
    expect(page.locator(".countdown")).to_have_text("已结束")
