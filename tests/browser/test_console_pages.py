"""Every section of the console, on a desk in Chinese and on a telephone in English: no barriers, no faults, nothing wider than the page."""
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


@pytest.mark.parametrize(("locale", "viewport", "add"), [("zh-CN", DESK, "新增"), ("en-GB", PHONE, "Add")], ids=["zh", "en"])
def test_no_section_of_the_console_has_barriers(sale: Sale, locale: str, viewport: dict[str, int], add: str) -> None:
    page = Operator(sale, f"Olive {locale}").open_with_token(viewport, locale=locale)
    page.locator(".console__item").first.wait_for(state="attached")
    sections = page.eval_on_selector_all(".console__item", "items => items.map((item) => item.getAttribute('href'))")
    assert len(sections) > 50
    found = {}
    for section in ["#/", *sections, "#/group/7", "#/story/145", "#/things/auctions.lots/145"]:
        open_section(page, section)
        found[section] = look_at(page)
        button = page.get_by_role("button", name=add, exact=True)
        if section.startswith("#/things/") and button.count() == 1:
            button.click()
            expect(page.locator("dialog[open] form")).to_be_visible()
            found[f"{section} {add}"] = look_at(page)
            page.keyboard.press("Escape")
            expect(page.locator("dialog[open]")).to_have_count(0)
    assert {section: wrong for section, wrong in found.items() if wrong} == {}
    assert sale.faults == []


def open_section(page: Page, section: str) -> None:
    """Until it is drawn, with what it asked for."""
    page.locator("main").evaluate("main => main.replaceChildren()")
    page.evaluate("section => { window.location.hash = section; window.dispatchEvent(new HashChangeEvent('hashchange')); }", section)
    expect(page.locator("main h1").first).to_be_attached()
    page.wait_for_load_state("networkidle")


def look_at(page: Page) -> list[object]:
    found: list[object] = find_barriers(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{wide} px too wide"] if wide > 0 else [])
