"""The whole record on a lot's page: in pages, marked, drawn as a line, taken home as a sheet and on paper; and the page of a watch list."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.browser.operators import find_barriers
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LONG, FRESH = 145, 146
BIDS = 62  # one more page than the newest fifty


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """A lot with a long record, its last bid but one made automatically; every bid comes late."""

    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=90000, step=10, extend_window_seconds=3700)
        bidders = [await server.sign_in(name) for name in ("老周", "小龙女")]
        offers = [{"price": 20000 + 100 * number} for number in range(BIDS - 3)]
        offers += [{"price": 30000, "max_price": 31000}, {"price": 30100}]  # the second is answered by the maximum
        for number, offer in enumerate(offers):
            status, answer = await server.post("/api/group", {"goods_id": LONG, "group_id": 7, **offer}, token=bidders[number % 2])
            assert status == 200, answer

    with open_sale(tmp_path_factory.mktemp("record"), browser, prepare) as opened:
        yield opened


def test_the_record_is_turned_over_drawn_taken_home_and_printed(sale: Sale, tmp_path: Path) -> None:
    page = sale.visit(f"/goods/{LONG}", DESK)
    rows, record = page.locator(".bids__row"), page.get_by_role("region", name="出价记录")
    expect(rows).to_have_count(50)
    expect(record).to_contain_text(f"共 {BIDS} 条")
    newest = rows.first
    expect(newest.locator(".bids__who")).to_have_text(re.compile(r"^老\*\*#\d+$|^小\*\*女#\d+$"))
    expect(newest.locator(".tag")).to_have_text("自动")
    expect(newest.locator("time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d\.\d{3}$"))
    expect(newest.locator(".bids__price")).to_have_text("¥301.10")

    turn = page.get_by_role("navigation", name="分页")
    turn.get_by_role("button", name="下一页").click()
    expect(rows).to_have_count(BIDS - 50)
    expect(rows.last.locator(".bids__price")).to_have_text("¥200.00")
    expect(turn.get_by_role("button", name="上一页")).to_be_focused()
    sale.bid("大山", LONG, 40000)
    expect(record).to_contain_text(f"共 {BIDS + 1} 条")
    turn.get_by_role("button", name="上一页").click()
    expect(newest.locator(".bids__price")).to_have_text("¥400.00")

    page.locator(".chart").scroll_into_view_if_needed()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_role("img", name=f"从 ¥200.00 到 ¥400.00，共 {BIDS + 1} 次出价")).to_be_visible()
    page.locator(".chart .u-over").hover(position={"x": 2, "y": 40})
    expect(page.locator(".chart__words")).to_have_text(re.compile(r"^¥2\d\d\.00 · "))
    assert find_barriers(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="下载 CSV").click()
    assert download.value.suggested_filename == f"bids-7-{LONG}.csv"
    download.value.save_as(tmp_path / "bids.csv")
    lines = (tmp_path / "bids.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + BIDS + 1 and lines[0].startswith("序号,时间,出价人")
    assert "小龙女" not in "".join(lines) and "自动出价" in lines[BIDS]

    page.evaluate("window.print = () => { window.printed = document.querySelectorAll('.bids__row').length }")
    page.get_by_role("button", name="打印").click()
    page.wait_for_function("count => window.printed === count", arg=BIDS + 1)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(rows).to_have_count(50)
    page.emulate_media(media="print")
    for thing in (page.get_by_role("navigation", name="主导航"), page.locator(".bid"), page.get_by_role("button", name="打印")):
        expect(thing).to_be_hidden()
    for thing in (page.locator(".toasts"), page.locator(".light")):
        expect(thing).to_have_css("display", "none")
    expect(rows.first).to_be_visible()


def test_a_bid_that_moves_the_end_is_marked_at_once_and_later(sale: Sale) -> None:
    page = sale.visit("/", PHONE, locale="en-GB")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{sale.url}/goods/{FRESH}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    sale.bid("大山", FRESH, 20000)
    row = page.locator(".bids__row")
    for _ in range(2):
        expect(row.locator(".tag")).to_have_text("Extended")
        expect(row.locator(".bids__price")).to_have_text("¥200.00")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.reload()
    expect(row).to_have_count(1)
    assert not any("uplot" in address for address in asked)  # nobody has seen a line yet
    page.locator(".chart").scroll_into_view_if_needed()
    expect(page.locator(".chart canvas")).to_be_visible()
    assert find_barriers(page) == []


def test_a_watch_list_has_its_own_page_that_is_live(sale: Sale) -> None:
    page = sale.visit("/watched", PHONE, name="藏家")
    expect(page.get_by_text("还没有关注的拍品")).to_be_visible()
    desk = sale.visit(f"/goods/{LONG}", DESK, name="藏家")
    desk.get_by_role("button", name="关注 U9T0069000").click()
    row = page.locator(".watched")  # the other screen hears of it
    expect(row.locator(".sn")).to_have_text("U9T0069000")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    sale.bid("老周", LONG, 50000)
    expect(row.locator(".price")).to_have_text("¥500.00")
    expect(row.locator(".pill")).to_have_text("竞拍中")
    expect(row.locator(".countdown")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    desk.get_by_role("button", name="关注 U9T0069000").click()
    expect(row.get_by_role("button", name="关注 U9T0069000")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name=re.compile("U9T0069000")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("U9T0069000")
