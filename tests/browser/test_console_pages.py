"""Sections of the console, on a desk in Chinese and on a telephone in English: no barriers, no faults, nothing wider than the page."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tornado.httpclient import AsyncHTTPClient

from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.browser.operators import Operator, find_barriers
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=2, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    with open_sale(tmp_path_factory.mktemp("pages"), browser, prepare) as opened:
        yield opened


# Sections that no noun draws, each with what it shows once it is drawn.
SECTIONS = {
    "#/": ".console__tiles",
    "#/live": ".sale__grid .tabulator-row",
    "#/import": "main form",
    "#/log": "main .page-note",
    "#/audit": ".console__light",
    "#/me": "main form",
    "#/group/7": ".console__table tfoot",
    "#/story/145": ".story canvas",
    "#/things/auctions.lots/145": ".console__facts",
}


@pytest.mark.parametrize(
    ("locale", "viewport", "add", "nouns"),
    [("zh-CN", DESK, "新增", ("auctions.lots", "mall.goods")), ("en-GB", PHONE, "Add", ("mall.coupon-rules", "accounts.operators"))],
    ids=["zh", "en"],
)
def test_no_section_has_barriers(sale: Sale, locale: str, viewport: dict[str, int], add: str, nouns: tuple[str, ...]) -> None:
    page = Operator(sale, f"Olive {locale}").open_with_token(viewport, locale=locale)
    found = {}
    for section, drawn in SECTIONS.items():
        open_section(page, section, drawn)
        found[section] = look_at(page)
    for noun in nouns:
        open_section(page, f"#/things/{noun}", ".console__count:not(:empty)")
        found[noun] = look_at(page)
        page.get_by_role("button", name=add, exact=True).click()
        expect(page.locator("dialog[open] form")).to_be_visible()
        found[f"{noun} {add}"] = look_at(page)
        page.keyboard.press("Escape")
    assert {section: wrong for section, wrong in found.items() if wrong} == {}
    assert sale.faults == []


def open_section(page: Page, section: str, drawn: str) -> None:
    """Until that is drawn."""
    page.evaluate("section => { window.location.hash = section; }", section)
    expect(page.locator(drawn).first).to_be_visible()


def look_at(page: Page) -> list[object]:
    found: list[object] = find_barriers(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{wide} px too wide"] if wide > 0 else [])
