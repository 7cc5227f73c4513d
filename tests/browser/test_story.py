"""An operator looks at what happened to a lot: at any second of it, and takes it away."""
from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tornado.httpclient import AsyncHTTPClient

from tests.browser.bidders import PHONE, Sale, apart, open_sale
from tests.browser.operators import Operator, find_barriers
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=1, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    with open_sale(tmp_path_factory.mktemp("story"), browser, prepare) as opened:
        yield opened


def refuse(sale: Sale, price: int) -> None:
    async def place() -> None:
        token = await sale.server.sign_in("小凤")
        status, _ = await sale.server.post("/api/group", {"goods_id": 145, "group_id": 7, "price": price}, token=token)
        assert status == 409
        AsyncHTTPClient().close()

    apart(place)


def test_every_second_of_a_lot_is_seen_again_and_taken_away(sale: Sale) -> None:
    olive = Operator(sale, "Olive")
    watcher = sale.visit("/goods/145", PHONE)
    expect(watcher.get_by_text("人在看")).to_be_visible()
    sale.bid("小龙", 145, 20000, max_price=30000)
    watcher.wait_for_timeout(1100)  # another second of the story
    sale.bid("小凤", 145, 25000)
    refuse(sale, 21000)
    sale.bid("小凤", 145, 40000)
    page = olive.open_console()
    page.goto(f"{sale.url}/console#/things/auctions.lots/145")
    page.get_by_role("link", name="经过", exact=True).click()
    rows = page.locator(".tabulator-row")
    expect(rows).to_have_count(6)
    expect(page.locator(".story canvas")).to_be_visible()
    facts = page.locator(".story dl dd")
    expect(facts).to_contain_text(["¥400.00", "小凤", "已结束", "4", "1"])
    expect(rows.nth(2)).to_contain_text("自动代出价")
    assert find_barriers(page) == []

    slider = page.locator("#moment")
    rows.nth(0).click()
    expect(facts.nth(0)).to_have_text("¥200.00")
    expect(facts.nth(1)).to_contain_text("小龙")
    slider.press("End")
    expect(facts.nth(0)).to_have_text("¥400.00")
    slider.press("Home")
    expect(facts.nth(1)).to_have_text("无人")
    page.get_by_label("倍速").select_option("600")
    page.get_by_role("button", name="播放").click()
    expect(facts.nth(1)).to_contain_text("小凤")

    kept = {}
    for name in ("CSV", "JSON", "打印页（A4）"):
        with page.expect_download() as saving:
            page.get_by_role("button", name=name, exact=True).click()
        kept[name] = saving.value.path().read_text("utf-8-sig")
    assert kept["CSV"].count("\n") == 7 and "自动代出价" in kept["CSV"]
    assert [one["kind"] for one in json.loads(kept["JSON"])["entries"]] == ["bid", "bid", "bid", "refused", "bid", "end"]
    assert "@page" in kept["打印页（A4）"]
    page.set_viewport_size({"width": 390, "height": 844})
    assert find_barriers(page) == []
    assert sale.faults == []
