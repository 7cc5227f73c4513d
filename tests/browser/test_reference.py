"""The API reference: how to sign in, calls and the live channel tried from the page, a token that stays in its memory."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.browser.operators import find_barriers
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=40000)

    with open_sale(tmp_path_factory.mktemp("docs"), browser, prepare) as opened:
        yield opened


def open_docs(sale: Sale, viewport: dict[str, int], *, locale: str = "zh-CN") -> Page:
    """By the footer of another page."""
    page = sale.visit("/history", viewport, locale=locale)
    page.locator(".site-footer").get_by_role("link", name=re.compile("API")).click()
    page.locator("main:not([aria-busy])").wait_for()
    return page


def open_endpoint(page: Page, id: str) -> Locator:
    page.evaluate("(id) => { window.location.hash = `#${id}`; }", id)
    place = page.locator(f"[id='{id}']")
    expect(place).to_have_attribute("open", "")
    return place


def test_a_call_is_tried_with_a_token_that_stays_in_memory(sale: Sale) -> None:
    page = open_docs(sale, DESK)
    way = page.locator("#sign-in")
    expect(way.get_by_role("listitem").filter(has_text="体验环境")).to_contain_text("POST /api/auth/login")
    expect(way.get_by_role("link")).to_have_count(11)  # each leads to its operation
    for word in ("wx.login", "username", "Authorization: Bearer", "token=", '"op": "auth"'):
        expect(way).to_contain_text(word)

    bid = open_endpoint(page, "bidding-post-place_bid")
    bid.get_by_role("button", name="试一试").click()
    body = bid.get_by_label("请求内容")
    body.fill('{"goods_id": 145, "group_id": 7, "price": ')
    bid.get_by_role("button", name="发送").click()
    expect(bid.get_by_role("status")).to_contain_text("不是 JSON")
    body.fill('{"goods_id": 145, "group_id": 7, "price": 20000}')
    bid.get_by_role("button", name="发送").click()
    expect(bid.get_by_role("status")).to_contain_text("401")
    expect(bid.get_by_role("status")).to_contain_text("还没有令牌")

    # The way in is a call like others, and its answer the token of the next ones.
    way.get_by_role("link", name="POST /api/auth/login").first.click()
    login = page.locator("[id='bidding-post-log_in_by_code']")
    login.get_by_role("button", name="试一试").click()
    login.get_by_label("请求内容").fill('{"code": "阿钞"}')
    login.get_by_role("button", name="发送").click()
    expect(login.get_by_role("status")).to_contain_text("200")
    login.get_by_role("button", name="用作令牌").click()
    bid.get_by_role("button", name="发送").click()
    expect(bid.get_by_role("status")).to_contain_text("200")
    expect(bid.locator(".try__answer")).to_contain_text('"price": 20000')
    lot = open_endpoint(page, "bidding-get-get_current_price")
    lot.get_by_role("button", name="试一试").click()
    lot.get_by_label(re.compile("goods_id")).fill("145")
    lot.get_by_role("button", name="发送").click()
    expect(lot.locator(".try__answer")).to_contain_text('"data": 20000')

    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    token = page.locator("#token-bearer").input_value()
    assert len(token) > 50 and token not in kept
    page.reload()
    expect(page.locator("#token-bearer")).to_have_value("")


def test_the_live_channel_is_told_and_tried(sale: Sale) -> None:
    page = open_docs(sale, DESK)
    expect(page.get_by_role("link", name="asyncapi.json")).to_have_attribute("href", "/asyncapi.json")
    push = open_endpoint(page, "live-push")
    for word in ("price", "outbid", "token_expired", "watchers"):
        expect(push).to_contain_text(word)
    subscribe = open_endpoint(page, "live-subscribe")
    for word in ('"channel": "group:7"', "recovered", "missed", "goods_ids"):
        expect(subscribe).to_contain_text(word)
    socket = page.locator("#live-socket")
    expect(socket.get_by_role("cell", name="4008", exact=True)).to_be_visible()
    trial = socket.locator(".try")
    trial.get_by_role("button", name="连接").click()
    trial.get_by_role("button", name="发送").click()
    frames = trial.locator(".try__answer")
    expect(frames).to_contain_text('"recovered":false')
    sale.bid("小龙", 146, 20000)
    expect(frames).to_contain_text('"type":"price"')
    trial.get_by_role("button", name="断开").click()
    expect(trial.get_by_role("status")).to_contain_text("已断开")
    # The filter finds the channel's messages too.
    page.get_by_role("searchbox").fill("cursor")
    expect(page.locator("#live-subscribe")).to_be_visible()
    page.get_by_role("searchbox").fill("token_expired_never")
    expect(page.locator("#live-subscribe")).to_be_hidden()


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "zh-CN"), (DESK, "en-GB")], ids=["phone", "english"])
def test_the_reference_can_be_read_and_used_by_everybody(sale: Sale, viewport: dict[str, int], locale: str) -> None:
    page = open_docs(sale, viewport, locale=locale)
    for id in ("bidding-post-place_bid", "live-push", "live-bid"):
        open_endpoint(page, id)
    bid = page.locator("[id='bidding-post-place_bid']")
    bid.get_by_role("button", name="试一试" if locale == "zh-CN" else "Try it").click()
    expect(bid.get_by_role("textbox").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_barriers(page) == []
