"""From winning a lot to the parcel, as the winner sees it; and a lot that somebody else did not pay."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from server.domain.clock import SystemClock
from server.storage.aftersale import AftersaleStores
from tests.browser.bidders import DESK, PHONE, Sale, apart, open_sale
from tests.browser.operators import Operator, find_barriers
from tests.commands.runs import run_command
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

FIRST, SECOND = 145, 146
TOP = 40000


@pytest.fixture
def sale(tmp_path: Path, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=TOP, step=10)

    with open_sale(tmp_path, browser, prepare, workers=2) as opened:
        yield opened


class Desk:
    """An operator at the command line's token."""

    def __init__(self, sale: Sale):
        self._sale = sale
        made = run_command(sale.server.config, "operator", "Olive")
        assert made.returncode == 0, made.stderr
        self._token = made.stdout.strip()

    def ask(self, path: str, **facts: Any) -> Any:
        """GET without facts."""
        answers: list[Any] = []

        async def work() -> None:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            body = json.dumps({"reason": "已核对", **facts}) if facts else None
            request = HTTPRequest(f"{self._sale.url}/api/ops/{path}", "POST" if facts else "GET", headers, body)
            answers.append(json.loads((await AsyncHTTPClient().fetch(request)).body)["data"])
            AsyncHTTPClient().close()

        apart(work)
        return answers[0]

    def make_overdue(self, settlement_id: int) -> None:
        """As if days had passed."""

        async def work() -> None:
            async with self._sale.server.stores() as stores:
                kept: AftersaleStores = stores.aftersale
                before = await kept.settlements.find_settlement(settlement_id)
                assert before is not None
                after = before.become(before.changed_at, pay_by=SystemClock().now() - timedelta(minutes=1))
                assert await kept.settlements.save(before, after)

        apart(work)


def widens_nothing(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_winner_is_led_from_the_hammer_to_the_parcel(sale: Sale) -> None:
    desk, page = Desk(sale), sale.visit("/my", PHONE, name="阿钞")
    sale.bid("阿钞", FIRST, 20000)
    sale.bid("阿钞", SECOND, 21000)
    sale.bid("石头", SECOND, TOP)
    page.reload()
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    sale.bid("阿钞", FIRST, TOP)
    # Both lots are bought out: the group is over, and the page hears what is due.
    card = page.get_by_role("article", name=re.compile("第7期成交"))
    expect(card.locator(".pill")).to_have_text("待付款")
    expect(card.locator(".settlement__amount")).to_have_text("¥400.00")
    expect(page.locator(".toast").filter(has_text="成交待付款")).to_be_visible()
    assert widens_nothing(page)
    card.get_by_role("button", name="选择收货地址").click()
    dialog = page.get_by_role("dialog")
    values = {"contact_name": "刘爱丽", "contact_phone": "13800000000", "zip": "310012", "address": "文三路 100 号"}
    for name, text in values.items():
        dialog.locator(f"[name={name}]").fill(text)
    for label, name in {"省": "浙江省", "市": "杭州市", "区": "西湖区", "街道": "西溪街道"}.items():
        dialog.get_by_label(label, exact=True).select_option(name)
    dialog.get_by_role("button", name="保存").click()
    expect(card).to_contain_text("刘爱丽 13800000000浙江省 杭州市 西湖区 西溪街道文三路 100 号 310012")
    card.get_by_role("button", name="填写发票").click()
    dialog.get_by_label("发票抬头").fill("藏馆有限公司")
    dialog.get_by_label("税号").fill("12")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.locator("[name=tax_number]")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("税号").fill("91330106789012345x")
    dialog.get_by_role("button", name="保存").click()
    expect(card).to_contain_text("藏馆有限公司 91330106789012345X")
    card.get_by_role("button", name="微信支付").click()
    expect(dialog.get_by_role("img", name="微信支付二维码")).to_be_visible()
    assert dialog.get_by_role("img").evaluate("one => one.complete && one.naturalWidth > 100")
    [payment] = desk.ask("mall/payments")["list"]
    desk.ask(f"mall/payments/{payment['id']}/pay", reason="")
    expect(dialog).to_have_count(0)
    expect(card.locator(".pill")).to_have_text("已付款")
    [own] = desk.ask("auctions/settlements?state=paid")["list"]
    assert (own["address"], own["payment_number"]) == ("浙江省杭州市西湖区西溪街道文三路 100 号 310012", payment["number"])
    desk.ask(f"auctions/settlements/{own['id']}/ship", carrier="顺丰", tracking="SF1234567890")
    expect(card.locator(".pill")).to_have_text("已发货")
    expect(card).to_contain_text("顺丰 SF1234567890")
    # The other lot is not paid by its winner, and comes to the next bidder.
    [other] = desk.ask("auctions/settlements?state=due")["list"]
    desk.make_overdue(other["id"])
    desk.ask(f"auctions/settlements/{other['id']}/give-up", reason="逾期")
    desk.ask(f"auctions/sold-lots/{SECOND}/offer-next", hours=24)
    offer = page.get_by_role("article", name="邀约：U9T0069001")
    expect(offer).to_contain_text("按你的最高出价 ¥210.00 成交")
    assert widens_nothing(page)
    offer.get_by_role("button", name="接受").click()
    dialog.get_by_role("button", name="接受").click()
    expect(offer).to_have_count(0)
    expect(page.locator(".settlement")).to_have_count(2)
    expect(page.locator(".settlement").first).to_contain_text("¥210.00")
    page.locator(".settlement").first.get_by_role("button", name="选择收货地址").click()
    dialog.get_by_role("button", name=re.compile("刘爱丽")).click()
    expect(page.locator(".settlement").first).to_contain_text("西溪街道文三路 100 号")
    page.locator(".settlement").first.get_by_role("button", name="联系客服").click()
    expect(dialog).to_contain_text("微信号")
    english = sale.visit("/my", DESK, locale="en-GB")
    english.get_by_role("button", name="Sign in").first.click()
    english.locator("#nickname").fill("阿钞")
    english.locator("dialog").get_by_role("button", name="Sign in").click()
    expect(english.get_by_role("heading", name="Won lots")).to_be_visible()
    expect(english.locator(".settlement .pill")).to_have_text(["To be paid", "Shipped"])
    assert widens_nothing(english)
    console = Operator(sale, "Vera").open_with_token(PHONE)
    console.goto(f"{sale.url}/console#/things/auctions.groups/7")
    console.get_by_role("link", name="成交汇总").click()
    figures = console.get_by_role("row", name=re.compile("^合计")).locator("td")
    expect(figures).to_have_text(["2", "2", "0", "0", "¥800.00", "¥400.00", "¥210.00", "¥0.00"])
    assert widens_nothing(console) and find_barriers(console) == []
    kept = {}
    for name in ("结算单（XLSX）", "成交清单（A4 打印页）"):
        with console.expect_download() as saving:
            console.get_by_role("button", name=name).click()
        kept[name] = saving.value.path().read_bytes()
    assert kept["结算单（XLSX）"][:2] == b"PK" and "藏馆有限公司 91330106789012345X" in kept["成交清单（A4 打印页）"].decode()
    assert sale.server.verify()["aftersale"]["finding_count"] == 0
