"""Looking through many lots: searched, in order, in pages, on a watch list; from lot to lot; and a bid always at hand."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.bootstrap import Application
from server.process.embedded import EmbeddedServices
from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.browser.operators import find_barriers
from tests.builders import Goods, make_group
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

GROUP, FIRST = 7, 145
MANY = 130
FANCY = ("J88888888", "J12344321", "J12345678", "J45674567", "J20240229", "J00000123")


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """Six lots whose numbers are fancy, then many whose are not; prices fall from 300 yuan by one each."""

    async def prepare(server: ServerProcess) -> None:
        application = Application(EmbeddedServices(server.config).start_or_join().with_secret())
        serials = [*FANCY, *(f"K{number * 104729 % 10**8:08}" for number in range(7, MANY + 1))]
        goods = [
            Goods(id=FIRST + place, sn=sn, category="三版币" if sn[0] == "J" else "龙钞补号", low_price=30000 - place * 100, step=100)
            for place, sn in enumerate(serials)
        ]
        await make_group(application, *goods, id=GROUP)
        await application.stop()

    with open_sale(tmp_path_factory.mktemp("collecting"), browser, prepare) as opened:
        yield opened


def serials(page: Page) -> list[str]:
    return page.locator(".card a.sn").all_text_contents()


def turn(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="分页").get_by_role("button", name=name).click()


def test_a_collector_finds_puts_in_order_and_turns_pages(sale: Sale) -> None:
    page = sale.visit("/", DESK)
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    expect(page.locator(".group__span")).to_contain_text(f"{MANY} 件拍品")
    expect(page.locator(".card")).to_have_count(60)  # of all: what is seen is drawn
    expect(page.get_by_role("button", name=f"全部 {MANY}")).to_have_attribute("aria-pressed", "true")
    turn(page, "下一页")
    expect(page.locator(".pager__place")).to_have_text("第 2 / 3 页")
    sale.bid("老周", FIRST + 60, 30000)  # on the page that is shown now
    expect(page.locator(".card").first.locator(".price")).to_have_text("¥300.00")

    page.get_by_label("排序").select_option("价格从低到高")
    expect(page.locator(".pager__place")).to_have_text("第 1 / 3 页")
    expect(page.locator(".card").first.locator(".price")).to_have_text("¥171.00")
    page.get_by_label("排序").select_option("出价最多")
    expect(page.locator(".card").first.locator(".card__bids")).to_have_text("1 次出价")
    page.get_by_label("排序").select_option("目录顺序")

    page.get_by_label("号码、分类、评级").fill("三版 ｊ1234")
    expect(page.get_by_role("status").filter(has_text="找到")).to_have_text("找到 2 件")
    assert serials(page) == ["J12344321", "J12345678"]
    page.get_by_label("号码特征").select_option("radar")
    expect(page.get_by_text("雷达号：号码正读、反读相同")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card .tag").filter(has_text="雷达号")).to_be_visible()
    page.reload()
    expect(page.get_by_label("号码、分类、评级")).to_have_value("三版 ｊ1234")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_label("号码特征").select_option("solid")
    expect(page.get_by_text("没有符合条件的拍品")).to_be_visible()
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator(".card")).to_have_count(60)
    assert page.url == f"{sale.url}/"


def test_from_lot_to_lot_in_the_order_of_the_list_one_came_from(sale: Sale) -> None:
    page = sale.visit("/?order=cheapest&page=2", DESK)
    page.locator(".card a.sn").first.click()
    ways = page.get_by_role("navigation", name="列表中的前后拍品")
    expect(ways).to_contain_text(f"61 / {MANY}")
    ways.get_by_role("link", name=re.compile("下一件")).click()
    expect(ways).to_contain_text(f"62 / {MANY}")
    for place in (61, 60):
        ways.get_by_role("link", name=re.compile("上一件")).click()
        expect(ways).to_contain_text(f"{place} / {MANY}")
    page.get_by_role("link", name="返回列表").click()
    expect(page.locator(".pager__place")).to_have_text("第 1 / 3 页")
    assert page.url == f"{sale.url}/?group={GROUP}&order=cheapest"

    page.goto(f"{sale.url}/?category=三版币&fancy=ladder")
    page.locator(".card a.sn").click()
    expect(ways).to_contain_text("1 / 1")
    expect(ways.get_by_role("link")).to_have_count(0)


def test_a_watch_list_is_the_same_on_every_screen_of_the_account(sale: Sale) -> None:
    phone = sale.visit("/", PHONE)
    phone.get_by_role("button", name="关注 J88888888").click()  # who is nobody is asked who they are
    phone.locator("#nickname").fill("阿钞")
    phone.locator("dialog").get_by_role("button", name="登录").click()
    expect(phone.locator(".menu__name")).to_have_text("阿钞")
    for serial in ("J88888888", "J00000123"):
        star = phone.get_by_role("button", name=f"关注 {serial}")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")
    phone.get_by_role("button", name="关注", exact=True).click()
    expect(phone.locator(".card")).to_have_count(2)

    desk = sale.visit("/?whose=watched", DESK, name="阿钞")
    expect(desk.locator(".card")).to_have_count(2)
    desk.locator(".card a.sn").first.click()
    expect(desk.get_by_role("navigation", name="列表中的前后拍品")).to_contain_text("1 / 2")
    star = desk.get_by_role("button", name="关注 J88888888")
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    phone.reload()
    expect(phone.locator(".card")).to_have_count(1)


def test_on_a_phone_price_clock_and_bid_stay_in_view_and_notices_come_above(sale: Sale) -> None:
    page = sale.visit(f"/goods/{FIRST + 1}", PHONE, name="小龙")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    bar = page.get_by_role("region", name="价格与出价")
    page.locator(".panel.facts").scroll_into_view_if_needed()
    expect(bar.locator(".price")).to_have_text("¥299.00")
    expect(bar.locator(".bar__time")).to_be_in_viewport()
    bar.get_by_role("button", name="出价 ¥299.00").click()
    expect(bar.locator(".bar__note")).to_have_text("出价成功：¥299.00")
    sale.bid("老周", FIRST + 1, 30000)
    expect(bar.locator(".price")).to_have_text("¥300.00")
    notice = page.locator(".toast").filter(has_text="已被超越")
    expect(notice).to_be_visible()
    above, below = notice.bounding_box(), bar.bounding_box()
    assert above is not None and below is not None and above["y"] + above["height"] <= below["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    bar.get_by_role("button", name="出价 ¥301.00").focus()
    page.evaluate("document.querySelector('.panel--price').scrollIntoView()")
    expect(bar).to_be_hidden()
    expect(page.locator(".panel--price .button--bid")).to_be_focused()


@pytest.mark.parametrize(("viewport", "locale", "compact"), [(PHONE, "en-GB", "Compact"), (DESK, "zh-CN", "紧凑")], ids=["phone", "desk"])
def test_lists_in_cards_and_in_rows_have_no_barriers_and_fit(sale: Sale, viewport: dict[str, int], locale: str, compact: str) -> None:
    page = sale.visit("/?fancy=radar", viewport, locale=locale)
    expect(page.locator(".card")).to_have_count(1)
    for step in (lambda: page.get_by_role("button", name=compact).click(), page.reload):
        assert find_barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        step()
        expect(page.locator(".cards--rows .card")).to_have_count(1)  # a choice for all visits
    page.locator(".card a.sn").click()
    expect(page.locator(".neighbours__place")).to_be_visible()
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
