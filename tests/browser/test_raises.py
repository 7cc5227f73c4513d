"""Raises that fit the lot, and a question only before what looks like a slip."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.domain.auctions.admission import Admission
from server.domain.auctions.prices import StepFrom
from tests.browser.bidders import PHONE, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

LOT = 145
COARSE = {"low_price": 100000, "step": 20000, "top_price": 10**9}
STEPPED: dict[str, Any] = {"low_price": 36000, "step": 1, "top_price": 10**9, "steps": (StepFrom(0, 500), StepFrom(40000, 20000))}
STEPPED |= {"admission": Admission(lead_limit=100000)}
FINE = {"low_price": 36000, "step": 1, "top_price": 10**9}


@pytest.fixture
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=1, **request.param)

    with open_sale(tmp_path_factory.mktemp("raises"), browser, prepare) as opened:
        yield opened


@pytest.fixture
def page(sale: Sale) -> Page:
    opened = sale.visit(f"/goods/{LOT}", PHONE, name="阿钞")
    expect(opened.get_by_text("实时", exact=True)).to_be_visible()
    return opened


def expect_bid(page: Page, price: str) -> None:
    expect(page.locator(".bid__note")).to_have_text(f"出价成功：{price}")
    expect(page.get_by_role("dialog")).to_have_count(0)


def offer(page: Page, yuan: str) -> None:
    page.locator(".own input").fill(yuan)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("sale", [COARSE], ids=["coarse"], indirect=True)
def test_a_lot_of_large_steps_is_raised_by_several_of_them_unasked(page: Page) -> None:
    raises = page.locator(".quick__step")
    expect(raises).to_have_text(["+¥400", "+¥1,000", "+¥2,000", "+¥4,000"])
    page.locator(".button--bid").click()
    expect_bid(page, "¥1,000.00")
    page.locator(".button--bid").click()
    expect_bid(page, "¥1,200.00")
    raises.nth(3).click()
    expect_bid(page, "¥5,200.00")
    offer(page, "52000")
    expect(page.get_by_role("dialog")).to_contain_text("当前价 ¥5,200.00，你将出价 ¥52,000.00")


@pytest.mark.parametrize("sale", [FINE], ids=["fine"], indirect=True)
def test_a_lot_of_tiny_steps_is_raised_by_what_its_price_makes_sensible(page: Page) -> None:
    raises = page.locator(".quick__step")
    expect(raises).to_have_text(["+¥2", "+¥4", "+¥10", "+¥20"])
    raises.nth(0).click()
    expect_bid(page, "¥362.00")
    offer(page, "500")
    expect_bid(page, "¥500.00")
    expect(raises).to_have_text(["+¥5", "+¥10", "+¥25", "+¥50"])
    offer(page, "5000")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("当前价 ¥500.00，你将出价 ¥5,000.00")
    dialog.get_by_role("button", name="再想想").click()
    expect(page.locator(".panel--price .price")).to_have_text("¥500.00")


@pytest.mark.parametrize("sale", [STEPPED], ids=["stepped"], indirect=True)
def test_what_a_group_asks_is_shown_and_bids_go_by_it(page: Page) -> None:
    expect(page.locator(".facts__row", has_text="加价幅度").locator("dd")).to_have_text("¥0.00 起每次加 ¥5.00¥400.00 起每次加 ¥200.00")
    note = page.locator(".admission")
    expect(note).to_have_text("每人领先总额（含上限）不超过 ¥1,000.00，你已用 ¥0.00。")
    raises = page.locator(".quick__step")
    expect(raises).to_have_text(["+¥10", "+¥25", "+¥50", "+¥100"])
    page.locator(".button--bid").click()
    expect_bid(page, "¥360.00")
    page.locator(".button--bid").click()
    expect_bid(page, "¥365.00")
    offer(page, "400")
    expect_bid(page, "¥400.00")
    expect(raises).to_have_text(["+¥400", "+¥1,000", "+¥2,000", "+¥4,000"])
    offer(page, "599.99")
    expect(page.locator(".bid__note")).to_contain_text("¥600.00")
    page.locator("#maximum").fill("900")
    page.locator("#maximum").press("Enter")
    expect(page.locator(".maximum dd").nth(2)).to_contain_text("¥800.00")
    page.locator("#maximum").fill("1000.01")
    page.locator("#maximum").press("Enter")
    expect(page.locator(".maximum__note")).to_have_text("加上此出价，您领先的总额将超过本期上限")
    page.reload()
    expect(note).to_have_text("每人领先总额（含上限）不超过 ¥1,000.00，你已用 ¥900.00。")
