"""The group-buy pages, with the demo's catalogue: every filter, every order, pages, one offer."""
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from handlers.pages import PAGES
from server.bootstrap import Application
from server.demo.catalogue import fill_catalogue
from server.domain.auctions.storefront import WechatContact
from server.domain.mall.categories import CategoryTerms
from server.domain.mall.goods.goods import GoodsTerms
from server.process.embedded import EmbeddedServices
from tests.browser.bidders import apart
from tests.browser.chromium import PATIENCE_MS
from tests.catalogue import make_offer
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
LEAST_TOUCH = 44  # pixels, of what a finger has to hit
ROWS = 24
ENDED = 30  # offers beside the demo's
EVIL = '<p>好</p><script>window.hit = 1</script><img src="/nothing" onerror="window.hit = 1"><p onclick="window.hit = 1">看<b>清</b></p>'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One worker, which finds the catalogue in its database after it has started."""
    process = ServerProcess(tmp_path_factory.mktemp("groupbuy") / "data", workers=1)
    process.launch()

    async def prepare() -> None:
        await process.wait_until_ready()
        application = Application(EmbeddedServices(process.config).start_or_join().with_secret())
        await fill_catalogue(application)
        await application.stores.auctions.storefront.set_wechat_contact(WechatContact("shop-1", "/static/images/wechat-qrcode.svg"))
        for number in range(ENDED):
            await make_offer(application, name=f"往期{number}", closes_in=-60, price=100 + number)
        await make_offer(application, name="未必可信", starts_in=3600, closes_in=7200, intro=EVIL, id=9000)
        await make_offer(application, name="很快开始", starts_in=3600, closes_in=7200, id=9001)
        long = "长" * 100
        await make_offer(application, name=long, remark=long * 5, goods_price=100, price=100, starts_in=3600, closes_in=7200, id=9002)
        album = await put_album(application)
        await make_offer(application, name="商城同款", goods_id=album, id=9003, goods_price=9001, price=8801)
        await application.stop()

    apart(prepare)
    yield process
    process.stop()


async def put_album(application: Application) -> int:
    """On sale in the mall; its number."""
    window = application.services.mall.window
    category = await window.categories.add(CategoryTerms(name="收藏用品"))
    terms = GoodsTerms(name="护币册", category_id=category.id, pictures=("/static/images/groupbuy/album.svg",), price=9900, stock=5)
    [goods] = await window.goods_desk.add_all([terms])
    return goods.id


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What the console complains of, refused by the content policy or thrown; none at the end of a test."""
    found: list[str] = []
    yield found
    assert found == []


def visit(
    browser: Browser, server: ServerProcess, path: str, faults: list[str], viewport: dict[str, int] = DESK, language: str = "zh"
) -> Page:
    context = browser.new_context(viewport=viewport)  # type: ignore[arg-type]
    context.add_init_script(f"localStorage.setItem('auction.language', '{language}')")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(server.url + path)
    return page


def names(page: Page) -> list[str]:
    """Of the offers listed, once the list is what was asked for."""
    expect(page.locator(".offers__list:not([aria-busy]) > *").first).to_be_visible()
    return page.locator(".offer__name").all_inner_texts()


def choose(page: Page, row: str, choice: str) -> list[str]:
    filters = page.get_by_role("group", name=row, exact=True)
    filters.get_by_role("link", name=choice, exact=True).click()
    expect(filters.get_by_role("link", name=choice, exact=True)).to_have_attribute("aria-current", "true")
    return names(page)


def prices(page: Page) -> list[float]:
    return [float(text.removeprefix("¥").replace(",", "")) for text in page.locator(".offer .price").all_inner_texts()]


def test_the_navigation_leads_to_the_catalogue(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/history", faults)
    page.get_by_role("link", name="团购", exact=True).click()
    expect(page).to_have_url(server.url + "/groupbuy")
    assert "护币袋 100 枚装" in names(page)
    expect(page.get_by_role("navigation", name="主导航").get_by_role("link", name="团购")).to_have_attribute("aria-current", "page")
    expect(page).to_have_title("团购 · 纸钞竞拍")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_page_leads_to_the_catalogue(browser: Browser, server: ServerProcess, width: dict[str, int]) -> None:
    page = visit(browser, server, "/groupbuy", [], width)
    for route in PAGES:
        if route.path == "/console":  # the operators' has a header of its own
            continue
        page.goto(server.url + route.path.replace("([0-9]+)", "1"))
        link = page.locator(".site-header").get_by_role("link", name="团购", exact=True)
        expect(link).to_be_in_viewport(ratio=1)
        assert link.get_attribute("href") == "/groupbuy"


def test_every_filter_narrows_the_list_and_stays_in_the_address(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    everything = names(page)
    in_category = choose(page, "分类", "鉴别工具")
    assert set(in_category) < set(everything) and len(in_category) == 4
    assert choose(page, "小类", "量具") == ["0.01 克电子秤", "数显游标卡尺"]
    assert choose(page, "价格", "50–100元") == ["0.01 克电子秤", "数显游标卡尺"]
    assert choose(page, "价格", "50元以下") == []
    expect(page.get_by_text("没有符合条件的团购")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator(".offer")).to_have_count(len(everything))
    assert page.url == server.url + "/groupbuy"
    choose(page, "分类", "鉴别工具")
    choose(page, "小类", "灯具")
    page.reload()
    assert names(page) == ["365 nm 紫外手电"]
    page.go_back()
    expect(page.locator(".offer")).to_have_count(4)
    page.go_back()
    expect(page.locator(".offer")).to_have_count(len(everything))


def test_states_go_by_the_clock(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    running = names(page)
    expect(page.locator(".offer .countdown").first).to_have_text(re.compile(r"剩余 \d+天 \d\d:\d\d:\d\d"))
    coming = choose(page, "状态", "即将开始")
    assert {"龙钞礼品盒", "可再生除湿卡"} <= set(coming) and not set(coming) & set(running)
    expect(page.locator(".offer .countdown").first).to_have_text(re.compile(r"\d\d:\d\d:\d\d 后开始"))
    ended = choose(page, "状态", "已经结束")
    assert ended and not set(ended) & set(running + coming)
    expect(page.locator(".offer .countdown").first).to_have_text("已结束")


def test_long_words_keep_to_two_lines_and_no_reduction_is_not_praised(
    browser: Browser, server: ServerProcess, faults: list[str]
) -> None:
    page = visit(browser, server, "/groupbuy?state=underway&orderby=priceasc", faults, PHONE)
    names(page)
    card = page.locator(".offer").first
    for text in (card.locator(".offer__name"), card.locator(".offer__remark")):
        line = text.evaluate("element => parseFloat(getComputedStyle(element).lineHeight)")
        assert height(text) == pytest.approx(2 * line, abs=1)
    expect(card.locator(".price")).to_have_text("¥1.00")
    assert card.locator("del, .offer__rate").count() == 0
    card.get_by_role("link").click()
    expect(page.locator(".deal__name")).to_have_text("长" * 100)
    assert page.locator(".deal__head").locator("del, .deal__savings").count() == 0


def test_a_countdown_runs_until_the_offer_is_over(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy/9001", faults)
    clock, state = page.locator(".deal__clock .countdown"), page.locator(".deal__clock .pill")
    expect(clock).to_have_text(re.compile(r"00:\d\d:\d\d 后开始"))
    began = datetime.now() + timedelta(hours=1)
    page.clock.set_system_time(began)
    expect(clock).to_have_text(re.compile(r"剩余 0[01]:\d\d:\d\d"))
    expect(state).to_have_text("正在进行")
    page.clock.set_system_time(began + timedelta(hours=1))
    expect(state).to_have_text("已结束")
    expect(clock).to_be_hidden()


def test_virtual_offers_are_found_by_city_and_area(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    assert page.get_by_role("group", name="城市").count() == 0
    everywhere = choose(page, "类型", "虚拟团")
    in_city = choose(page, "城市", "上海")
    assert set(in_city) < set(everywhere) and "本帮菜四人餐" in in_city
    assert choose(page, "区域", "徐汇区") == ["小包欢唱 3 小时"]
    assert choose(page, "城市", "广州") == ["三人粤式早茶"]
    assert choose(page, "城市", "全国") == everywhere
    assert page.get_by_role("group", name="区域").count() == 0


def test_all_seven_orders_are_there(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    names(page)
    select = page.get_by_label("排序")
    assert len(select.locator("option").all()) == 7
    orders = {}
    for order in ("priceasc", "pricedesc", "ratease", "ratedesc", "saleasc", "saledesc"):
        select.select_option(order)
        expect(page).to_have_url(f"{server.url}/groupbuy?orderby={order}")
        orders[order] = names(page)
        if order.startswith("price"):
            assert prices(page) == sorted(prices(page), reverse=order.endswith("desc"))
    for up, down in (("priceasc", "pricedesc"), ("ratease", "ratedesc"), ("saleasc", "saledesc")):
        assert orders[up] == orders[down][::-1]
    assert orders["saledesc"][0] == "护币袋 100 枚装" and orders["ratease"][0] == "带灯 30 倍放大镜"


def test_pages_hold_every_offer_once(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?state=history&orderby=priceasc", faults)
    first = names(page)
    expect(page.get_by_text("共 32 件")).to_be_visible()
    expect(page.get_by_text("第 1 / 2 页")).to_be_visible()
    page.get_by_role("button", name="下一页").click()
    expect(page.get_by_text("第 2 / 2 页")).to_be_visible()
    second = names(page)
    assert len(first) == ROWS and len(set(first + second)) == 32
    expect(page.get_by_role("button", name="下一页")).to_be_disabled()
    page.go_back()
    expect(page.get_by_text("第 1 / 2 页")).to_be_visible()


@pytest.mark.parametrize("page_number", ["3", "999999", "99999999999999999999"])
def test_a_page_that_is_not_there_leads_to_one_that_is(
    browser: Browser, server: ServerProcess, faults: list[str], page_number: str
) -> None:
    page = visit(browser, server, f"/groupbuy?state=history&page={page_number}", faults)
    expect(page.get_by_text(re.compile("第 [12] / 2 页"))).to_be_visible()
    assert names(page)


def test_an_offer_has_a_page_of_its_own(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?kind=virtual", faults)
    names(page)
    page.get_by_role("link", name="小包欢唱 3 小时").click()
    expect(page.get_by_role("heading", level=1, name="小包欢唱 3 小时")).to_be_visible()
    expect(page).to_have_title("小包欢唱 3 小时 · 纸钞竞拍")
    for text in ("¥68.00", "4.1折", "立减 ¥100.00", "正在进行", "已售 1533", "同城雅集", "上海", "每人限购 2 件", "品质承诺", "赠果盘一份、软饮四杯。"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.locator(".way a")).to_have_text(["团购", "虚拟团", "拼团嗨歌", "小包"])
    assert page.locator(".deal__picture img").evaluate("image => image.naturalWidth") == 400
    assert len(page.locator(".offers--hot .offer").all()) == 4
    views = int(re.sub(r"\D", "", page.get_by_text("次浏览").inner_text()))
    page.reload()
    expect(page.get_by_text(f"{views + 1} 次浏览")).to_be_visible()
    page.get_by_role("link", name="拼团嗨歌").click()
    assert sorted(names(page)) == ["中包欢唱 4 小时", "小包欢唱 3 小时"]


def test_an_offer_leads_to_its_seller_and_the_footer_to_the_reference(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy/1", faults, PHONE)
    expect(page.get_by_text("已结束").first).to_be_visible()
    expect(page.get_by_role("button", name="联系客服咨询")).to_be_visible()  # it cannot be bought any more
    page.goto(server.url + "/groupbuy?kind=virtual")
    page.get_by_role("link", name="小包欢唱 3 小时").click()
    page.get_by_role("button", name="联系客服购买").click()
    expect(page.get_by_role("dialog").get_by_text("微信号：shop-1")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("img", name="客服微信二维码")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    page.locator(".site-footer").get_by_role("link", name="API 文档").click()
    expect(page).to_have_url(server.url + "/docs")


def test_an_offer_that_names_goods_of_the_mall_leads_to_them(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy/9003", faults, PHONE)
    page.get_by_role("button", name="到商城购买").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("用微信扫一扫，在小程序里购买「护币册」")).to_be_visible()
    code = dialog.get_by_role("img", name="护币册 的小程序码")
    expect(code).to_be_visible()
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 100
    page.get_by_role("button", name="关闭").click()
    expect(page.get_by_role("button", name="联系客服购买")).to_be_visible()
    # Numbers of goods come from elsewhere too: where the mall has none of that number, nothing leads there.
    page.route("**/shop/goods/detail?*", lambda route: route.fulfill(json={"code": 700, "msg": "暂无数据"}))
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="联系客服购买")).to_be_visible()
    expect(page.get_by_role("button", name="到商城购买")).to_be_hidden()


def test_what_operators_write_is_shown_and_never_run(browser: Browser, server: ServerProcess) -> None:
    page = visit(browser, server, "/groupbuy/9000", [])
    intro = page.locator(".deal__intro")
    expect(intro).to_contain_text("看清")
    intro.get_by_text("看").click()
    assert intro.locator("script, [onclick], [onerror]").count() == 0
    assert page.evaluate("window.hit") is None
    expect(page.get_by_text("即将开始")).to_be_visible()


def test_an_offer_that_is_not_there_leads_back(browser: Browser, server: ServerProcess) -> None:
    page = visit(browser, server, "/groupbuy/404404", [])  # the console tells of the page's own status
    expect(page.get_by_text("这件团购商品不存在或已下架")).to_be_visible()
    page.get_by_role("link", name="全部团购").click()
    expect(page).to_have_url(server.url + "/groupbuy")


def test_a_filter_that_is_not_there_can_be_cleared(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?cat_id=404404", faults)
    expect(page.get_by_text("团购分类不存在")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    assert "护币袋 100 枚装" in names(page)


def test_a_failed_load_can_be_tried_again(browser: Browser, server: ServerProcess) -> None:
    page = visit(browser, server, "/groupbuy", [])
    names(page)
    page.route("**/index.php*", lambda route: route.abort())
    page.get_by_role("group", name="状态").get_by_role("link", name="即将开始").click()
    expect(page.get_by_role("alert")).to_contain_text("网络连接失败")
    page.unroute("**/index.php*")
    page.get_by_role("button", name="重试").click()
    assert "龙钞礼品盒" in names(page)


def test_of_answers_that_overtake_each_other_the_last_question_s_counts(
    browser: Browser, server: ServerProcess, faults: list[str]
) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    names(page)
    held: list[Route] = []
    page.route("**state=underway**", lambda route: held.append(route))
    state = page.get_by_role("group", name="状态")
    state.get_by_role("link", name="即将开始").click()
    state.get_by_role("link", name="已经结束").click()
    expect(state.get_by_role("link", name="已经结束")).to_have_attribute("aria-current", "true")
    ended = names(page)
    with page.expect_response("**state=underway**"):
        held[0].continue_()
    assert names(page) == ended
    expect(state.get_by_role("link", name="已经结束")).to_have_attribute("aria-current", "true")


def test_the_pages_speak_english_when_asked(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?kind=virtual", faults, language="en")
    expect(page.get_by_role("heading", level=1, name="Group buy")).to_be_visible()
    names(page)
    expect(page.get_by_text("59% off").first).to_be_visible()
    page.get_by_role("link", name="小包欢唱 3 小时").click()
    for text in ("Save ¥100.00", "On sale", "At most 2 per buyer", "1533 sold", "Selling well"):
        expect(page.get_by_text(text).first).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/groupbuy", "/groupbuy?kind=virtual&city_id=1", "/groupbuy/1", "/groupbuy/404404"])
def test_no_page_is_wider_than_the_phone(
    browser: Browser, server: ServerProcess, faults: list[str], path: str, language: str
) -> None:
    is_missing = path.endswith("404404")  # then the console tells of the page's own status
    page = visit(browser, server, path, [] if is_missing else faults, PHONE, language)
    expect(page.locator("main h1:visible, main .place:visible").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_on_a_phone_everything_can_be_hit_with_a_finger(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?kind=virtual&state=history", faults, PHONE)
    names(page)
    for target in (*page.locator(".chip").all(), *page.locator("main select, main button").all()):
        assert height(target) >= LEAST_TOUCH, target.inner_text()


def test_what_is_chosen_far_right_stays_in_view(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?kind=virtual", faults, PHONE)
    names(page)
    choices = page.get_by_role("group", name="分类", exact=True).get_by_role("link")
    expect(choices.last).not_to_be_in_viewport()
    choices.last.click()
    expect(choices.last).to_have_attribute("aria-current", "true")
    expect(choices.last).to_be_in_viewport(ratio=1)
    page.reload()
    expect(choices.last).to_be_in_viewport(ratio=1)


def test_the_way_back_from_an_offer_keeps_filters_order_and_page(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy?state=history", faults)
    names(page)
    page.get_by_label("排序").select_option("priceasc")
    expect(page).to_have_url(re.compile("orderby"))
    names(page)
    page.get_by_role("button", name="下一页").click()
    expect(page.get_by_text("第 2 / 2 页")).to_be_visible()
    listed, address = names(page), page.url
    page.locator(".offer a").first.click()
    expect(page.get_by_role("heading", level=1, name=listed[0])).to_be_visible()
    page.go_back()
    assert (page.url, names(page)) == (address, listed)
    expect(page.get_by_label("排序")).to_have_value("priceasc")


def height(target: Locator) -> float:
    box = target.bounding_box()
    assert box is not None
    return box["height"]


def test_a_filter_chosen_by_keyboard_keeps_the_focus(browser: Browser, server: ServerProcess, faults: list[str]) -> None:
    page = visit(browser, server, "/groupbuy", faults)
    names(page)
    chosen = page.get_by_role("group", name="分类").get_by_role("link", name="图书资料")
    chosen.focus()
    page.keyboard.press("Enter")
    expect(chosen).to_have_attribute("aria-current", "true")
    expect(chosen).to_be_focused()
    order = page.get_by_label("排序")
    order.focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("orderby=priceasc"))
    names(page)
    expect(order).to_be_focused()
