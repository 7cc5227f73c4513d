"""What needs a look is told at the console while it is so: of lots, of bidders, of processes and what they stand on, of the record."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient

from server.process.embedded import EmbeddedServices
from server.storage.auctions.record import bid_id
from server.storage.mongo import Mongo
from tests.browser.bidders import Sale, apart, open_sale
from tests.browser.operators import Operator, find_barriers
from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.embedded]


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, seconds=58, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    with open_sale(tmp_path_factory.mktemp("alerts"), browser, prepare, is_embedded=True) as opened:
        yield opened


@contextmanager
def asleep(process: psutil.Process) -> Iterator[None]:
    """Its sockets stay open, and nothing comes."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def the_only(sale: Sale, name: str) -> psutil.Process:
    [process] = sale.server.children(name)
    return process


def token_of(sale: Sale, name: str) -> str:
    found: list[str] = []

    async def ask() -> None:
        found.append(await sale.server.sign_in(name))
        AsyncHTTPClient().close()

    apart(ask)
    return found[0]


def break_the_record(sale: Sale) -> None:
    async def tamper() -> None:
        await sale.server.until_delivered(145)
        joined = EmbeddedServices(sale.server.config).start_or_join()
        assert joined.mongodb_url is not None
        mongo = Mongo(joined.mongodb_url, joined.mongodb_database)
        await mongo.database.bids.update_one({"_id": bid_id(145, 1)}, {"$set": {"price": 1}})
        mongo.close()

    apart(tamper)


def bid(page: Page, token: str, price: int) -> None:
    """By the page, which does not wait for the answer."""
    offer = {"goods_id": 145, "group_id": 7, "price": price}
    page.evaluate(
        """([token, offer]) => { window.asked = fetch('/api/group', {
            method: 'POST', body: JSON.stringify(offer), headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        }).then((response) => response.json()); }""",
        [token, offer],
    )


def test_each_alert_comes_with_its_cause_and_what_came_too_late_is_kept(sale: Sale) -> None:
    olive, dragon, phoenix = Operator(sale, "Olive"), token_of(sale, "小龙"), token_of(sale, "小凤")
    page = olive.open_console()
    page.keyboard.press("g")
    alerts = page.locator(".sale__alert")
    expect(alerts.filter(has_text="2 件拍品 1 分钟内结束且无人出价")).to_be_visible()
    assert find_barriers(page) == []
    by_olive = {"Authorization": f"Bearer {olive.token}", "X-Second-Factor": olive.recovery_codes[0]}
    extended = page.request.post(f"{sale.url}/api/ops/auctions/groups/7/extend", headers=by_olive, data={"minutes": 60, "reason": "再等等"})
    assert extended.ok, extended.text()
    expect(alerts.filter(has_text="无人出价")).to_have_count(0)

    database = the_only(sale, "secantusd.py")
    with asleep(the_only(sale, "redis-server")):
        bid(page, dragon, 20000)
        assert page.evaluate("window.asked.then(({ data }) => data.price)") == 20000
        with asleep(database):
            with page.expect_request("**/api/group"):
                bid(page, dragon, 20010)
            page.wait_for_timeout(1700)  # longer than anybody should wait for an answer
        expect(alerts.filter(has_text="等待超过 1 秒")).to_be_visible()
        with asleep(database):
            expect(alerts.filter(has_text="数据库无法访问")).to_be_visible()
        expect(alerts.filter(has_text="Redis 无法访问")).to_be_visible()
    expect(alerts.filter(has_text="数据库无法访问")).to_have_count(0)
    expect(alerts.filter(has_text="Redis 无法访问")).to_have_count(0)
    with asleep(the_only(sale, "worker")):
        expect(alerts.filter(has_text="数秒没有收到服务器消息")).to_be_visible()
    expect(alerts.filter(has_text="服务器进程或数据巡查滞后")).to_be_visible()

    for _ in range(10):
        bid(page, phoenix, 20015)
        assert page.evaluate("window.asked.then(({ error }) => error)") == "bid_too_low"
    expect(alerts.filter(has_text="小凤 一分钟内被拒 10 次")).to_be_visible()

    by_olive["X-Second-Factor"] = olive.recovery_codes[1]
    ended = page.request.post(f"{sale.url}/api/ops/auctions/lots/145/end", headers=by_olive, data={"reason": "提前收槌"})
    assert ended.ok, ended.text()
    bid(page, phoenix, 25000)
    missed = page.get_by_role("region", name="结束后 3 秒内的出价").locator(".sale__entry")
    expect(missed).to_have_count(1)
    expect(missed).to_contain_text("小凤")
    expect(missed).to_contain_text("竞价已结束 · 晚")
    page.reload()
    expect(missed).to_contain_text("成交价 ¥200.10")

    break_the_record(sale)
    page.get_by_role("link", name="审计发现记录不一致").click()
    expect(page.get_by_role("row", name="拍品与出价记录")).to_contain_text("不一致")
    expect(page.locator(".console__findings")).to_contain_text("bid 1 of lot 145")
    assert find_barriers(page) == []
    assert sale.faults == []
