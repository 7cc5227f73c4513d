"""What operators do to a sale is on every screen at once, with words that say why."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from tests.browser.bidders import DESK, PHONE, Sale, apart, open_sale
from tests.browser.chromium import PATIENCE_MS
from tests.commands.runs import run_command
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LISTED, SEEN = 145, 146


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=3, low_price=20000, top_price=40000, step=10)

    with open_sale(tmp_path_factory.mktemp("interventions"), browser, prepare, workers=2) as opened:
        yield opened


class Podium:
    """An operator at the command line's token, with a telephone."""

    def __init__(self, sale: Sale):
        self._url = sale.url
        made = run_command(sale.server.config, "operator", "Olive", "--sign-in")
        assert made.returncode == 0, made.stderr
        self._token = made.stdout.strip()
        self._totp = pyotp.parse_uri(next(line.split()[-1] for line in made.stderr.splitlines() if "otpauth://" in line))

    def say(self, path: str, **facts: Any) -> None:
        async def ask() -> None:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            if path.endswith("/void"):
                assert isinstance(self._totp, pyotp.TOTP)
                headers["X-Second-Factor"] = self._totp.now()
            body = json.dumps({"reason": "更正", **facts})
            await AsyncHTTPClient().fetch(HTTPRequest(f"{self._url}/api/ops/auctions/{path}", "POST", headers, body))
            AsyncHTTPClient().close()

        apart(ask)


@pytest.fixture(scope="module")
def podium(sale: Sale) -> Podium:
    return Podium(sale)


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)


def test_a_pause_is_seen_with_its_reason_where_the_lot_is_listed_and_on_its_page_and_ends_as_it_began(sale: Sale, podium: Podium) -> None:
    listed, page = sale.visit("/", PHONE, name="阿钞"), sale.visit(f"/goods/{LISTED}", DESK)
    late = sale.visit(f"/goods/{LISTED}", DESK)
    shows(page, "¥200.00")
    podium.say(f"lots/{LISTED}/pause", reason="核对实物")
    for one in (listed, page, late):
        shows(one, "竞拍已暂停：核对实物")
    late.reload()
    shows(late, "竞拍已暂停：核对实物")
    shows(page, "竞拍已暂停，恢复后可继续出价")
    podium.say(f"lots/{LISTED}/resume", reason="无误")
    for one in (listed, page, late):
        shows(one, "竞拍已恢复，暂停的时间已补回：无误")
    expect(page.get_by_role("button", name="出价 ¥200.00").first).to_be_visible(timeout=PATIENCE_MS)
    assert sale.faults == []


def test_after_a_void_every_screen_shows_the_price_that_stands_and_who_is_concerned_is_told(sale: Sale, podium: Podium) -> None:
    page, his, hers = sale.visit(f"/goods/{SEEN}"), sale.visit("/", PHONE, name="小龙"), sale.visit(f"/goods/{SEEN}", name="小凤")
    sale.bid("小凤", SEEN, 21000)
    sale.bid("小龙", SEEN, 35000)
    shows(page, "¥350.00")
    podium.say(f"lots/{SEEN}/void", back_to=1, reason="误操作")
    for one in (page, hers, his):
        expect(one.get_by_text("有出价已撤销：误操作").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".panel--price .figure").first).to_contain_text("¥210.00", timeout=PATIENCE_MS)
    expect(page.locator(".bids__row.is-void")).to_have_count(1, timeout=PATIENCE_MS)
    expect(his.get_by_role("alert").or_(his.get_by_role("status")).filter(has_text="的出价已撤销：误操作").first).to_be_visible(timeout=PATIENCE_MS)
    shows(hers, "您重新领先")
    assert sale.faults == []


def test_words_to_a_group_are_shown_to_who_looks_and_to_who_comes(sale: Sale, podium: Podium) -> None:
    here = sale.visit("/", PHONE)
    shows(here, "¥200.00")
    podium.say("groups/7/announce", text="十分钟后继续")
    shows(here, "十分钟后继续")
    later = sale.visit("/", DESK)
    shows(later, "十分钟后继续")
    assert sale.faults == []
