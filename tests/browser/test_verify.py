"""A bidder keeps the receipts, verifies the lot, and finds what was changed: all in the browser."""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.domain.auctions.proof.checks import check
from server.outside.ed25519 import is_signed
from tests.browser.bidders import PHONE, Sale, open_sale
from tests.browser.operators import find_barriers
from tests.processes.server import ServerProcess
from tests.proof import BREAKS, make_kept

pytestmark = pytest.mark.browser

WITHOUT_ED25519 = """() => {
  const known = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (format, key, algorithm, ...more) => (algorithm === 'Ed25519'
    ? Promise.reject(new DOMException('unknown', 'NotSupportedError')) : known(format, key, algorithm, ...more));
}"""
CHECK = "kept => import('/static/js/verify/checks.js').then(({ check }) => check(kept))"


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=40000)

    with open_sale(tmp_path_factory.mktemp("verify"), browser, prepare) as opened:
        yield opened


def check_there(page: Page, kept: Any) -> dict[str, Any]:
    """By the page's own script."""
    done: dict[str, Any] = page.evaluate(CHECK, kept)
    return done


@pytest.mark.parametrize("way", ["of the browser", "of the library"])
def test_a_browser_finds_what_the_server_finds(sale: Sale, way: str) -> None:
    page = sale.visit("/verify", locale="en-GB")
    if way == "of the library":
        page.evaluate(WITHOUT_ED25519)
    whole = make_kept()
    done = check_there(page, msgspec.to_builtins(whole))
    assert done["problems"] == []
    by_server = msgspec.to_builtins(check(whole, is_signed))
    assert {name: by_server[name] for name in done["counts"]} == done["counts"]
    for name, (break_it, _) in BREAKS.items():
        broken = break_it(whole)
        found = check_there(page, msgspec.to_builtins(broken))["problems"]
        assert found == msgspec.to_builtins(check(broken, is_signed).problems), name


def test_a_bidder_keeps_receipts_and_verifies_the_lot(sale: Sale, tmp_path: Path) -> None:
    page = sale.visit("/goods/145", PHONE, name="阿钞", locale="zh-CN")
    expect(page.get_by_role("link", name="验证这件拍品的记录")).to_have_count(0)
    page.get_by_role("button", name="出价 ¥200.00").first.click()
    expect(page.get_by_text("你领先")).to_be_visible()
    sale.bid("阿票", 145, 40000)
    sale.bid("阿票", 146, 40000)
    page.get_by_role("link", name="验证这件拍品的记录").click()
    expect(page.get_by_text("验证通过，没有发现问题")).to_be_visible()
    expect(page.get_by_text("公钥 1 个，回执 1 张，记录头")).to_be_visible()
    expect(page.get_by_text("本浏览器首次见到这些公钥")).to_be_visible()

    with page.expect_download() as saving:
        page.get_by_role("button", name="保存为文件").click()
    kept = json.loads(saving.value.path().read_text())
    (receipt,) = kept["receipts"]
    assert json.loads(receipt["statement"])["price"] == 20000 and len(kept["heads"]) == len(kept["keys"]) == 1
    assert find_barriers(page) == []

    file = tmp_path / "receipts.json"
    file.write_text(json.dumps({"receipts": [{**receipt, "statement": receipt["statement"].replace("20000", "19000")}]}))
    page.locator("#file").set_input_files(file)
    expect(page.locator(".verify__problems li")).to_have_text(["回执 1 与签名不符：被改动过，或从未签名"])
    file.write_text("{}")
    page.locator("#file").set_input_files(file)
    expect(page.get_by_text("文件中没有可读取的回执")).to_be_visible()

    def rewrite(route: Route) -> None:
        record = route.fetch().json()
        record["data"]["entries"][0]["form"] = record["data"]["entries"][0]["form"].replace("20000", "19900")
        route.fulfill(json=record)

    page.route("**/api/proof/lots/145", rewrite)
    page.get_by_role("button", name="验证这件拍品").click()
    expect(page.locator(".verify__problems li").first).to_have_text("拍品 145 的第 1 条出价 与其哈希不符：被改动过")
    expect(page.locator(".verify__problems li").last).to_contain_text("与记录中第 1 条出价不同")
    page.route("**/api/keys", lambda route: route.fulfill(json={"code": 1, "message": "", "data": {"current": "0" * 16, "keys": []}}))
    page.get_by_role("button", name="验证我的回执").click()
    expect(page.locator(".verify__problems li").first).to_contain_text("已不再公布")
