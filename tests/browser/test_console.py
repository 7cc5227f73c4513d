"""Operators at the console: in by the door, and at work on what the description tells."""
from __future__ import annotations

import hashlib
import io
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode
from zipfile import ZipFile

import pyotp
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from server.domain.accounts.users import MERGED_AFTER_SECONDS
from tests.browser.bidders import PHONE, Sale, apart, open_sale
from tests.browser.chromium import PATIENCE_MS
from tests.browser.late import LateAnswers
from tests.browser.operators import Operator, find_barriers, sign_in
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    async def prepare(server: ServerProcess) -> None:
        await server.open_group(lots=3, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()

    with open_sale(tmp_path_factory.mktemp("console"), browser, prepare, workers=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def olive(sale: Sale) -> Operator:
    return Operator(sale, "Olive")


def open_section(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="栏目").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def fill(page: Page, **values: str) -> None:
    for title, value in values.items():
        page.locator("dialog").get_by_label(title, exact=True).fill(value)


def press(page: Page, name: str) -> None:
    page.locator("dialog").get_by_role("button", name=name, exact=True).click()


def act(page: Page, action: str, reason: str) -> None:
    """In the dialog that asks for its reason; until it was done."""
    fill(page, 原因=reason)
    press(page, action)
    expect(page.locator("dialog")).to_have_count(0)


def test_somebody_new_sets_up_two_steps_at_the_door_and_sees_what_their_role_may_do(sale: Sale, olive: Operator) -> None:
    page = olive.open_console(code=olive.recovery_codes[0])
    assert find_barriers(page) == []
    open_section(page, "操作员")
    page.get_by_role("button", name="新增", exact=True).click()
    fill(page, 姓名="小李", 初始密码=PASSWORD)
    page.locator("dialog").get_by_role("checkbox", name="拍卖师").check()
    assert find_barriers(page) == []
    press(page, "新增")
    expect(page.get_by_role("heading", level=1, name="操作员 · 小李")).to_be_visible()

    new = sale.visit("/console", PHONE)
    assert find_barriers(new) == []
    sign_in(new, "小李", PASSWORD)
    new.get_by_role("button", name="获取二维码").click()
    expect(new.get_by_role("img", name="身份验证器的二维码")).to_be_visible()
    secret = new.locator("code").inner_text()
    assert find_barriers(new) == []
    new.get_by_label("动态验证码或恢复码").fill(pyotp.TOTP(secret).now())
    new.get_by_role("button", name="确认").click()
    expect(new.locator(".console__codes li")).to_have_count(10)
    new.get_by_role("button", name="已保存，继续").click()
    new.locator("summary", has_text="栏目").click()
    expect(new.get_by_role("link", name="操作员", exact=True)).to_have_count(0)
    open_section(new, "我的账号")
    expect(new.locator(".console__sessions li")).to_have_count(1)
    expect(new.get_by_text("我的角色：拍卖师")).to_be_visible()
    expect(new.get_by_role("row", name="店铺")).to_have_text("店铺查看")
    assert find_barriers(new) == []
    new.get_by_role("button", name="English").click()
    expect(new.get_by_text("My roles：Auctioneer")).to_be_visible()
    new.get_by_role("button", name="Sign out").click()
    expect(new.get_by_role("heading", name="Operators sign in")).to_be_visible()
    assert sale.faults == []


def test_nouns_are_added_found_changed_acted_on_and_exported_as_their_description_tells(sale: Sale, olive: Operator) -> None:
    page, other = olive.open_console(code=olive.recovery_codes[1]), olive.open_console(PHONE, code=olive.recovery_codes[2])
    open_section(page, "期次")
    page.get_by_role("button", name="新增", exact=True).click()
    fill(page, 期号="9", 开始时间="2099-01-01T20:00:00", 结束时间="2099-01-01T19:00:00", 备注="春拍")
    press(page, "新增")
    expect(page.locator("dialog .field__problem:not(:empty)")).to_have_count(1)
    fill(page, 结束时间="2099-01-01T22:00:00")
    press(page, "新增")
    expect(page.get_by_role("heading", level=1, name="期次 · 9")).to_be_visible()
    address = page.url

    # money is read in yuan and sent in fen; the group is found by what it is called
    open_section(page, "拍品")
    expect(page.locator(".tabulator-row")).to_have_count(3)
    page.get_by_role("button", name="新增", exact=True).click()
    fill(page, 冠号="L1", 分类="龙钞", 起拍价="360.02", 封顶价="8000", 期次="9")
    option = page.locator("dialog datalist option")
    fill(page, 期次="春拍")
    expect(option).to_have_count(1)
    fill(page, 期次=option.get_attribute("value") or "")
    press(page, "新增")
    facts = page.locator(".console__facts")
    expect(facts).to_contain_text("¥360.02")
    expect(facts).to_contain_text("¥8,000.00")
    assert find_barriers(page) == []

    # two at once: the second sees what the first changed, and decides
    other.goto(page.url)
    for one in (page, other):
        one.get_by_role("button", name="修改", exact=True).click()
    fill(page, 评分="67E")
    press(page, "保存")
    expect(facts).to_contain_text("67E")
    fill(other, 起拍价="400")
    press(other, "保存")
    expect(other.locator(".console__conflict")).to_contain_text("评分：— → 67E")
    assert find_barriers(other) == []
    fill(other, 评分="67E")
    press(other, "保存")
    expect(other.locator(".console__facts")).to_contain_text("¥400.00")
    expect(other.locator(".console__facts")).to_contain_text("67E")
    expect(other.locator(".console__table")).to_contain_text("起拍价: ¥360.02 → ¥400.00")

    # searched, filtered and sorted by the server, and taken away as a sheet
    open_section(page, "拍品")
    page.get_by_role("searchbox").fill("L1")
    expect(page.locator(".tabulator-row")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 CSV").click()
    assert "L1,龙钞,67E" in download.value.path().read_text("utf-8-sig")
    page.get_by_role("searchbox").fill("")
    page.locator("summary", has_text="筛选").click()
    page.get_by_label("分类", exact=True).fill("龙钞")
    expect(page.locator(".tabulator-row")).to_have_count(1)
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator(".tabulator-row")).to_have_count(4)
    page.locator(".tabulator-col-title", has_text="冠号").click()
    expect(page.locator(".tabulator-row").first).to_contain_text("L1")
    assert find_barriers(page) == []
    page.goto(address)
    page.get_by_role("button", name="发布").click()
    press(page, "发布")
    expect(page.locator(".console__facts")).to_contain_text("已发布")
    assert sale.faults == []


def test_a_section_that_was_left_is_not_drawn_over_the_one_that_is_open(sale: Sale, olive: Operator) -> None:
    page = olive.open_console(code=olive.recovery_codes[5])
    open_section(page, "期次")
    late = LateAnswers(page, "/api/ops/auctions/groups/[0-9]+$")
    with page.expect_request(re.compile("/api/ops/auctions/groups/[0-9]+$")):
        page.locator(".tabulator-row a").first.click()
    open_section(page, "拍品")
    late.let_go()
    expect(page.get_by_role("heading", level=1)).to_have_text("拍品")
    assert sale.faults == []


def test_what_is_dangerous_asks_for_the_second_factor_again_and_for_a_reason(sale: Sale) -> None:
    otto = Operator(sale, "Otto")
    page = otto.open_with_token()
    page.goto(sale.url + "/console#/things/auctions.lots/147")
    page.get_by_role("button", name="撤拍").click()
    press(page, "撤拍")
    expect(page.locator("dialog .field__problem:not(:empty)")).to_have_count(1)
    fill(page, 原因="权属存疑")
    press(page, "撤拍")
    again = page.get_by_role("dialog", name="再次验证")
    again.get_by_label("动态验证码或恢复码").fill("000000")
    again.get_by_role("button", name="确认").click()
    expect(again.locator(".field__problem:not(:empty)")).to_have_count(1)
    again.get_by_label("动态验证码或恢复码").fill(otto.code)
    again.get_by_role("button", name="确认").click()
    expect(page.locator(".console__facts")).to_contain_text("已撤拍")
    expect(page.locator(".console__table")).to_contain_text("权属存疑")
    assert sale.faults == []


def test_lots_are_put_in_order_by_dragging_by_keys_and_by_number(sale: Sale) -> None:
    page = Operator(sale, "Orla").open_with_token()
    page.goto(sale.url + "/console#/things/auctions.groups/7")
    page.get_by_role("button", name="排序", exact=True).click()
    rows = page.locator(".console__order li")
    expect(rows).to_have_text(["U9T0069000", "U9T0069001", "U9T0069002"])
    rows.nth(0).locator("span").drag_to(rows.nth(2))
    expect(rows).to_have_text(["U9T0069001", "U9T0069002", "U9T0069000"])
    rows.nth(2).get_by_role("spinbutton").press("ArrowUp")
    expect(rows).to_have_text(["U9T0069001", "U9T0069000", "U9T0069002"])
    expect(page.locator("dialog .field__hint")).to_have_text("U9T0069000 现在排第 2")
    rows.nth(0).get_by_role("spinbutton").fill("3")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["U9T0069000", "U9T0069002", "U9T0069001"])
    assert find_barriers(page) == []
    press(page, "排序")
    expect(page.locator("dialog")).to_have_count(0)
    page.get_by_role("button", name="排序", exact=True).click()
    expect(rows).to_have_text(["U9T0069000", "U9T0069002", "U9T0069001"])
    rows.nth(2).get_by_role("spinbutton").press("ArrowUp")
    expect(rows).to_have_text(["U9T0069000", "U9T0069001", "U9T0069002"])
    press(page, "排序")
    expect(page.locator("dialog")).to_have_count(0)
    assert sale.faults == []


SHEET = "sn,category,score,sn_no,low_price,top_price\nK1,龙钞,67E,豹子号,20000,40000\nK2,生肖,,,{price},90000\n"


def make_picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()


def refuse(sale: Sale, goods_id: int, price: int) -> None:
    """A bid of somebody that is too low."""

    async def place() -> None:
        bid = {"goods_id": goods_id, "group_id": 7, "price": price}
        status, answer = await sale.server.post("/api/group", bid, token=await sale.server.sign_in("小凤"))
        assert (status, answer["error"]) == (409, "bid_too_low"), answer
        AsyncHTTPClient().close()

    apart(place)


def ask_the_shop(sale: Sale, name: str, *texts: str) -> None:
    """In the customer service of the mini-program, of which WeChat tells the server twice."""
    told = {"timestamp": "1409735669", "nonce": "132"}
    signature = hashlib.sha1("".join(sorted(("sandbox", *told.values()))).encode()).hexdigest()
    about = {"ToUserName": "gh", "FromUserName": name, "CreateTime": 1, "MsgType": "text"}
    messages = [{**about, "Content": text, "MsgId": str(number)} for number, text in enumerate(texts, 1) for _ in range(2)]

    async def push() -> None:
        address = f"{sale.url}/mall/weixin/receive?{urlencode({**told, 'signature': signature})}"
        for message in messages:
            answer = await AsyncHTTPClient().fetch(HTTPRequest(address, "POST", body=json.dumps(message)))
            assert answer.body == b"success"
        AsyncHTTPClient().close()

    apart(push)


def look_at(page: Page, sheet: str, **pictures: bytes) -> None:
    """With a ZIP of the pictures, where there are any, by what is before the end of their names."""
    for title, value in {"期号": "88", "开始时间": "2099-01-01T20:00:00", "结束时间": "2099-01-01T22:00:00"}.items():
        page.get_by_label(title, exact=True).fill(value)
    page.get_by_label("表格").set_input_files({"name": "春拍.csv", "mimeType": "text/csv", "buffer": sheet.encode()})
    if pictures:
        file = io.BytesIO()
        with ZipFile(file, "w") as archive:
            for name, content in pictures.items():
                archive.writestr(f"{name}.png", content)
        page.get_by_label("图片包").set_input_files({"name": "图片.zip", "mimeType": "application/zip", "buffer": file.getvalue()})
    page.get_by_role("button", name="检查").click()


def test_a_sheet_is_mended_and_sold_by_one_press_and_its_pictures_put_in_order(sale: Sale, olive: Operator) -> None:
    page = olive.open_console(code=olive.recovery_codes[3])
    open_section(page, "导入拍品")
    assert find_barriers(page) == []
    look_at(page, SHEET.format(price="abc"))
    expect(page.locator("tbody tr")).to_have_text(["3low_price“abc”不是整数"])
    assert find_barriers(page) == []
    page.go_back()
    expect(page.get_by_role("link", name="春拍.csv")).to_be_visible()
    look_at(page, SHEET.format(price=30000).replace("top_price", "top_price,pictures").replace("90000", "90000,http://127.0.0.1:9/a.jpg"))
    expect(page.locator("tbody tr")).to_have_text(["3pictures“http://127.0.0.1:9/a.jpg”不是公开地址"])
    page.go_back()
    look_at(page, SHEET.format(price=30000), K1=b"no picture", 合影=make_picture("green"))
    expect(page.locator("tbody tr")).to_have_text(["2pictures“K1.png”不是图片", "整个文件pictures图片包里的“合影.png”不属于任何一行"])
    assert find_barriers(page) == []
    page.go_back()
    look_at(page, SHEET.format(price=30000), K2_反面=make_picture("black"), K2_正面=make_picture("white"))
    expect(page.get_by_text("1 件拍品共 2 张图片，1 件没有图片")).to_be_visible()
    page.reload()  # it is there still
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.locator("td").nth(2)).to_have_text("无")
    expect(rows.last.locator(".imports__pictures li")).to_have_text(["K2_正面.png", "K2_反面.png"])
    expect(rows.last).to_contain_text("¥300.00")
    front = rows.last.locator("img").first
    page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=front.element_handle())
    shown = (front.get_attribute("src") or "").replace("_m.", ".")
    assert find_barriers(page) == []
    page.get_by_role("button", name="导入这 2 件拍品").click()
    page.reload()  # it goes on by itself
    page.get_by_role("link", name="查看该期").click()
    expect(page.locator(".console__facts")).to_contain_text("已发布")
    open_section(page, "拍品")
    page.get_by_role("searchbox").fill("K2")
    page.get_by_role("link", name="K2").click()
    expect(page.get_by_role("heading", level=1, name="拍品 · K2")).to_be_visible()
    lot = sale.visit(f"/goods/{page.url.rpartition('/')[2]}", PHONE)
    expect(lot.locator(".gallery__picture img").first).to_have_attribute("src", shown)
    open_section(page, "拍品")
    page.get_by_role("searchbox").fill("K1")
    page.get_by_role("link", name="K1").click()
    page.get_by_role("button", name="修改", exact=True).click()
    files: list[FilePayload] = [{"name": f"{it}.png", "mimeType": "image/png", "buffer": make_picture(it)} for it in ("red", "blue")]
    page.locator("dialog input[type=file]").set_input_files(files)
    pictures = page.locator("dialog .console__pictures img")
    expect(pictures).to_have_count(2)
    first = pictures.first.get_attribute("src")
    page.get_by_role("button", name="后移图片 1").click()
    expect(pictures.last).to_have_attribute("src", first or "")
    assert find_barriers(page) == []
    press(page, "保存")
    expect(page.locator(".console__facts img").last).to_have_attribute("src", first or "")
    assert sale.faults == []


def test_the_sale_is_run_by_keys_from_the_first_bid_to_its_end_and_taken_away_as_a_sheet(sale: Sale, olive: Operator) -> None:
    page, bidder = olive.open_console(code=olive.recovery_codes[4]), sale.visit("/goods/146", PHONE, name="小龙")
    page.keyboard.press("g")
    expect(page.locator(".sale__grid .tabulator-row").first).to_be_visible()
    sale.bid("小凤", 145, 21000)
    sale.bid("小龙", 145, 35000)
    refuse(sale, 145, 30000)
    lot = page.locator(".sale__grid .tabulator-row", has_text="小龙")
    expect(lot).to_contain_text("¥350.00")
    stream = page.get_by_role("region", name="出价流")
    expect(stream.locator(".sale__entry--refused")).to_have_count(1)
    expect(stream.locator(".sale__entry", has_text="接受")).to_have_count(2)
    expect(page.locator(".sale__totals")).to_contain_text("¥350.00")
    ask_the_shop(sale, "小龙", "这张几点结束？", "在吗？")
    heard = stream.locator(".sale__entry", has_text="客服消息")
    expect(heard.locator(".sale__words")).to_have_text(["在吗？", "这张几点结束？"])
    talk = heard.first.get_by_role("link").get_attribute("href")
    assert find_barriers(page) == []

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_contain_text("暂停")
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    lot.locator(".tabulator-cell").nth(1).click()
    page.keyboard.press("v")
    page.locator("dialog").get_by_role("button", name="1 · 小凤").click()
    act(page, "撤销出价", "误操作")
    expect(page.locator(".sale__grid .tabulator-row", has_text="小凤")).to_contain_text("¥210.00")
    page.keyboard.press("ArrowDown")  # 146
    page.keyboard.press("p")
    act(page, "暂停", "核对实物")
    expect(page.locator(".tabulator-row.tabulator-selected")).to_contain_text("已暂停")
    expect(bidder.get_by_text("竞拍已暂停：核对实物").first).to_be_visible()
    page.keyboard.press("r")
    act(page, "恢复", "无误")
    expect(page.locator(".tabulator-row.tabulator-selected")).to_contain_text("竞拍中")
    page.locator("summary", has_text="整期").click()
    page.get_by_role("button", name="立即结束").last.click()
    act(page, "立即结束", "提前收槌")
    expect(page.locator(".sale__grid .tabulator-row", has_text="已成交")).to_have_count(1)
    assert find_barriers(page) == []
    open_section(page, "拍品")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 CSV").click()
    sheet = download.value.path().read_text("utf-8-sig")
    assert sheet.count("已成交") == 1 and "210.00" in sheet
    page.goto(f"{sale.url}/console{talk}")
    expect(page.locator(".console__facts")).to_contain_text("等待接待")
    assert sale.faults == []


def test_a_log_in_that_cannot_be_merged_says_why_and_a_persons_data_is_taken_away(sale: Sale) -> None:
    stays, goes = sale.visit("/", name="小周"), sale.visit("/", name="老周")
    person, login = (page.evaluate("JSON.parse(localStorage.getItem('auction.session')).user.id") for page in (stays, goes))
    otis = Operator(sale, "Otis")
    page = otis.open_with_token()
    page.goto(f"{sale.url}/console#/things/accounts.people/{login}")
    page.get_by_role("button", name="并入另一用户").click()
    fill(page, 并入用户=str(person), 原因="同一人")
    press(page, "并入另一用户")
    again = page.get_by_role("dialog", name="再次验证")
    again.get_by_label("动态验证码或恢复码").fill(otis.code)
    again.get_by_role("button", name="确认").click()
    expect(page.get_by_role("dialog", name="并入另一用户")).to_contain_text("双方都有的登录方式")
    expect(again).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.get_by_role("button", name="导出个人资料").click()
    fill(page, 原因="本人申请")
    with page.expect_download() as taken:
        press(page, "导出个人资料")
    kept = json.loads(taken.value.path().read_text())
    assert "老周" in json.dumps(kept, ensure_ascii=False)
    assert sale.faults == []


def test_a_log_in_is_merged_into_another_of_the_same_person(sale: Sale) -> None:
    stays = sale.visit("/", name="小吴")
    person = stays.evaluate("JSON.parse(localStorage.getItem('auction.session')).user.id")
    form: dict[str, str | float | bool] = {"username": "wusecond", "pwd": PASSWORD}
    answer = stays.request.post(f"{sale.url}/mall/user/username/register", form=form).json()
    assert answer["code"] == 0, answer
    login = stays.request.post(f"{sale.url}/mall/user/username/login", form=form).json()["data"]["uid"]
    otmar = Operator(sale, "Otmar")
    page = otmar.open_with_token()
    page.goto(f"{sale.url}/console#/things/accounts.people/{login}")
    page.get_by_role("button", name="并入另一用户").click()
    fill(page, 并入用户=str(person), 原因="同一人")
    press(page, "并入另一用户")
    again = page.get_by_role("dialog", name="再次验证")
    again.get_by_label("动态验证码或恢复码").fill(otmar.code)
    again.get_by_role("button", name="确认").click()
    expect(page.locator("dialog")).to_have_count(0)
    # What was let in before is through after some seconds; nothing tells a page that only shows the log-in.
    deadline = time.monotonic() + MERGED_AFTER_SECONDS + PATIENCE_MS / 1000
    facts = page.locator(".console__facts")
    while f"已并入\n{person}\n" not in facts.inner_text():
        assert time.monotonic() < deadline, facts.inner_text()
        page.wait_for_timeout(500)
        page.reload()
        expect(facts).to_contain_text("已并入")
    signed_in = stays.request.post(f"{sale.url}/mall/user/username/login", form=form).json()["data"]["uid"]
    assert signed_in == person
    assert sale.faults == []
