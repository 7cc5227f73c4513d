"""Registering, signing in by password, and the own account, as people do it."""
from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pymongo import MongoClient
from redis import Redis
from tornado.httpclient import AsyncHTTPClient

from server.domain.accounts.attempts import LOCK, Attempts
from server.domain.accounts.captchas import Captcha
from server.domain.accounts.invitations import InvitationService, InvitationsWanted
from server.domain.accounts.usernames import username_identity
from server.domain.clock import SystemClock
from server.process.embedded import EmbeddedServices
from server.storage.mongo import to_document
from tests.browser.chromium import PATIENCE_MS
from tests.browser.late import LateAnswers
from tests.processes.server import ServerProcess
from tests.registering import PASSWORD

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
NEW_PASSWORD = "Copper-Meadow-81"
NUMBERS = count(1)


class Site:
    """A running server with a lot on sale, and an invitation for everybody."""

    def __init__(self, process: ServerProcess, browser: Browser, invitation: str):
        self.url = process.url
        self.invitation = invitation
        self._browser = browser
        self.faults: list[str] = []
        joined = EmbeddedServices(process.config).start_or_join()
        assert joined.redis_url is not None
        self.redis = Redis.from_url(joined.redis_url)
        self.mongodb: MongoClient[dict[str, Any]] = MongoClient(joined.mongodb_url)
        self._database = joined.mongodb_database
        self.attempts = self.mongodb[self._database].login_attempts

    def visit(self, path: str, viewport: dict[str, int] = DESK) -> Page:
        """A browser of its own, signed out."""
        page = self._browser.new_context(viewport=viewport, locale="zh-CN").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.goto(self.url + path)
        return page

    def _note(self, kind: str, text: str) -> None:
        # An answer that refuses is no fault; a breach of the Content-Security-Policy is.
        if kind == "error" and "status of 4" not in text:
            self.faults.append(text)

    def read_captcha(self, page: Page, username: str) -> str:
        """What the picture on the page shows."""
        page.locator(".captcha__picture").wait_for()
        kept = [self.redis.get(name) for name in self.redis.scan_iter(f"{self._database}:captcha:*")]
        waiting = [msgspec.json.decode(one, type=Captcha) for one in kept if isinstance(one, bytes)]
        own = [captcha for captcha in waiting if captcha.identity == username_identity(username)]
        return max(own, key=lambda captcha: captcha.expires_at).code

    def block_address(self) -> None:
        """As if very many sign-ins had failed from here."""
        now = SystemClock().now()
        blocked = Attempts(id="address:127.0.0.1", failures=100, tried_at=now, blocked_until=now + LOCK, kept_until=now + LOCK)
        self.forget_failures()
        self.attempts.insert_one(to_document(blocked))

    def forget_failures(self) -> None:
        self.attempts.delete_many({})

    def register(self, path: str = "/register", viewport: dict[str, int] = DESK) -> tuple[Page, str]:
        """A page whose reader has just registered, and their username."""
        username, page = f"collector{next(NUMBERS)}", self.visit(path, viewport)
        newcomer = {"name": "刘爱丽", "nickname": "爱丽丝", "username": username}
        fill(page, invitation_code=self.invitation, **newcomer, password=PASSWORD, password_confirmation=PASSWORD)
        fill(page, captcha_code=self.read_captcha(page, username).lower())
        page.locator("main").get_by_role("button", name="注册").click()
        expect(page.locator(".menu__name")).to_have_text("爱丽丝", timeout=PATIENCE_MS)
        page.wait_for_url(lambda url: "/register" not in url)  # on the page that the reader is led to
        return page, username


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    process = ServerProcess(tmp_path_factory.mktemp("accounts") / "data", workers=1)
    process.launch()

    async def prepare() -> str:
        await process.wait_until_ready()
        await process.open_group(lots=1, low_price=20000, top_price=40000, step=10)
        AsyncHTTPClient().close()
        async with process.stores() as stores:
            made = await InvitationService(stores.accounts.invitations, SystemClock()).invite(InvitationsWanted(uses=100, days=1))
            return made[0].id

    # In a thread of its own: the browser's driver runs a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        invitation = thread.submit(asyncio.run, prepare()).result()
    opened = Site(process, browser, invitation)
    yield opened
    opened.redis.close()
    opened.mongodb.close()
    process.stop()


@pytest.fixture(autouse=True)
def no_faults(site: Site) -> Iterator[None]:
    """No page raises an error or breaks its own Content-Security-Policy."""
    site.faults.clear()
    yield
    assert site.faults == []


def fill(place: Any, **fields: str) -> None:
    for name, text in fields.items():
        place.locator(f"[name={name}]").fill(text)


def pick(place: Any, **regions: str) -> None:
    """One after the other, as their lists come."""
    for label, name in regions.items():
        place.get_by_label(label, exact=True).select_option(name)


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    fill(page, username=username, password=password)
    page.locator("main").get_by_role("button", name="登录").click()


def problem_of(page: Page, name: str) -> Any:
    return page.locator(".field", has=page.locator(f"[name={name}]")).locator(".field__problem")


def test_who_registers_is_signed_in_goes_where_they_came_from_and_bids_at_once(site: Site) -> None:
    page, _ = site.register("/register?next=/goods/145")
    expect(page).to_have_url(f"{site.url}/goods/145")
    page.get_by_role("button", name="出价 ¥200.00").first.click()
    expect(page.get_by_text("你领先").first).to_be_visible(timeout=PATIENCE_MS)


def test_what_is_wrong_with_a_registration_stands_beside_its_field_and_the_picture_stays(site: Site) -> None:
    page = site.visit(f"/register?invitation={site.invitation}")
    expect(page.locator("[name=invitation_code]")).to_have_value(site.invitation)
    fill(page, name="刘爱丽", username="somebody9", password="password1", password_confirmation="password2")
    code = site.read_captcha(page, "somebody9")
    fill(page, captcha_code=code)
    page.locator("main").get_by_role("button", name="注册").click()
    expect(problem_of(page, "password_confirmation")).to_have_text("两次输入不一致")
    fill(page, password_confirmation="password1")
    page.locator("main").get_by_role("button", name="注册").click()
    expect(problem_of(page, "password")).to_have_text("过于常见或容易被猜到，请换一个")
    assert site.read_captcha(page, "somebody9") == code
    fill(page, password=PASSWORD, password_confirmation=PASSWORD, captcha_code="XXXXX")
    page.locator("main").get_by_role("button", name="注册").click()
    expect(problem_of(page, "captcha_code")).to_have_text("验证码不正确，请重新获取")
    expect(page.locator("[name=captcha_code]")).to_have_value("")
    assert site.read_captcha(page, "somebody9") != code


def test_after_three_failures_a_captcha_appears_and_lets_the_owner_in(site: Site) -> None:
    _, username = site.register()
    page = site.visit("/sign-in?next=/my")
    expect(page.locator("[name=captcha_code]")).to_be_hidden()
    for _ in range(3):
        sign_in(page, username, "wrong")
        expect(page.get_by_role("alert").filter(has_text="用户名或密码不正确")).to_be_visible()
    fill(page, captcha_code=site.read_captcha(page, username))
    sign_in(page, username)
    expect(page).to_have_url(f"{site.url}/my", timeout=PATIENCE_MS)
    expect(page.locator(".menu__name")).to_have_text("爱丽丝")


def test_an_empty_form_says_what_is_missing_beside_each_field(site: Site) -> None:
    page = site.visit("/sign-in", PHONE)
    page.locator("main").get_by_role("button", name="登录").click()
    for name in ("username", "password"):
        expect(problem_of(page, name)).to_have_text("必填")
    expect(page.locator("[name=username]")).to_be_focused()
    page.goto(f"{site.url}/register")
    page.locator("main").get_by_role("button", name="注册").click()
    for name in ("invitation_code", "name", "username", "password", "captcha_code"):
        expect(problem_of(page, name)).to_have_text("必填")


def test_a_form_is_filled_in_and_sent_again_by_keyboard_alone(site: Site) -> None:
    _, username = site.register()
    page = site.visit("/sign-in?next=/my")
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="显示")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="用户名或密码不正确")).to_be_visible()
    expect(page.locator("main").get_by_role("button", name="登录")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/my", timeout=PATIENCE_MS)


def test_the_space_that_a_keyboard_adds_to_a_username_is_none(site: Site) -> None:
    _, username = site.register()
    page = site.visit("/sign-in?next=/my", PHONE)
    sign_in(page, f" {username} ")
    expect(page).to_have_url(f"{site.url}/my", timeout=PATIENCE_MS)


def test_who_registers_where_too_many_failed_is_led_to_the_sign_in(site: Site) -> None:
    page = site.visit("/register?next=/account")
    site.block_address()
    username = f"collector{next(NUMBERS)}"
    fill(page, invitation_code=site.invitation, name="刘爱丽", username=username, password=PASSWORD, password_confirmation=PASSWORD)
    fill(page, captcha_code=site.read_captcha(page, username))
    page.locator("main").get_by_role("button", name="注册").click()
    expect(page).to_have_url(f"{site.url}/sign-in?next=%2Faccount&username={username}", timeout=PATIENCE_MS)
    expect(page.locator("[name=username]")).to_have_value(username)
    site.forget_failures()
    sign_in(page, username)
    expect(page).to_have_url(f"{site.url}/account", timeout=PATIENCE_MS)


def test_a_page_for_signing_in_is_left_when_the_reader_signs_in_by_other_ways(site: Site) -> None:
    page = site.visit("/sign-in?next=/my")
    page.locator(".account").get_by_role("button", name="登录").click()
    fill(page.get_by_role("dialog"), nickname="阿钞")
    page.get_by_role("dialog").get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{site.url}/my", timeout=PATIENCE_MS)


def test_without_a_sandbox_the_button_leads_to_the_password(site: Site) -> None:
    page = site.visit("/history")
    page.evaluate("document.documentElement.removeAttribute('data-sandbox')")
    page.get_by_role("button", name="登录").first.click()
    expect(page).to_have_url(f"{site.url}/sign-in?next=%2Fhistory")


@pytest.mark.parametrize("path", ["/", "/goods/145", "/groupbuy", "/history", "/my", "/account", "/sign-in", "/register", "/docs"])
def test_from_every_page_the_header_leads_to_the_auction_the_catalogue_and_the_account(site: Site, path: str) -> None:
    page = site.visit(path, PHONE)
    for name, place in (("本期竞拍", "/"), ("团购", "/groupbuy"), ("往期", "/history"), ("我的竞拍", "/my")):
        expect(page.locator("header").get_by_role("link", name=name, exact=True)).to_have_attribute("href", place)
    page.locator("header").get_by_role("button", name="登录").click()
    fill(page.get_by_role("dialog"), nickname="阿钞")
    page.get_by_role("dialog").get_by_role("button", name="登录").click()
    page.locator(".menu__name").click()
    page.get_by_role("link", name="我的账号").click()
    expect(page).to_have_url(f"{site.url}/account")


def test_the_reference_says_what_differs_from_a_usual_laravel_api(site: Site) -> None:
    page = site.visit("/docs", PHONE)
    about = page.get_by_role("region", name="accounts")
    expect(about).to_have_count(1)
    expect(about).to_contain_text("与通常的 Laravel 接口不同之处")
    for text in ("errors", "_method", "PATCH 只修改提交的字段", "page_limit", "id:7", "不是 429"):
        expect(about).to_contain_text(text)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "javascript:alert(1)",
    "/.//elsewhere.example/x",
    "/%2e%2f/elsewhere.example/x",
    "/..//elsewhere.example/x",
    "/%09//elsewhere.example/x",
    "./..//elsewhere.example",
    "{site}//elsewhere.example/x",
    "https:elsewhere.example",
    "blob:{site}/x",
    "http://elsewhere.example@{host}/",
]


@pytest.mark.parametrize("page_name", ["sign-in", "register"])
def test_nobody_is_led_elsewhere_after_signing_in(site: Site, page_name: str) -> None:
    page, _ = site.register()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith((f"{site.url}/", "data:")) else None)
    for elsewhere in ELSEWHERE:
        wanted = elsewhere.format(site=site.url, host=site.url.removeprefix("http://"))
        page.goto(f"{site.url}/{page_name}?next={wanted}")
        page.wait_for_url(lambda url: f"/{page_name}?" not in url)
        assert page.url.startswith(f"{site.url}/"), elsewhere
        assert asked == [], elsewhere
    site.faults.clear()  # some of those pages are not found, and say so


def test_the_sign_in_dialog_leads_to_the_password_and_back(site: Site) -> None:
    _, username = site.register()
    page = site.visit("/history")
    page.get_by_role("button", name="登录").first.click()
    page.get_by_role("link", name="使用账号密码登录").click()
    sign_in(page, username)
    expect(page).to_have_url(f"{site.url}/history", timeout=PATIENCE_MS)


def test_a_profile_is_changed_and_the_header_shows_the_new_name(site: Site, tmp_path: Path) -> None:
    page, username = site.register("/register?next=/account")
    expect(page.get_by_text(f"用户名：{username}")).to_be_visible()
    fill(page, nickname="阿钞", email="wrong", phone="13800000000")
    page.get_by_role("button", name="保存").click()
    expect(problem_of(page, "email")).to_have_text("格式不正确")
    fill(page, email="chao@mail.example")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast")).to_contain_text("已保存")
    expect(page.locator(".menu__name")).to_have_text("阿钞")
    photo = tmp_path / "photo.png"
    Image.effect_noise((1500, 1000), 100).convert("RGB").save(photo)
    assert photo.stat().st_size > 1024 * 1024  # the page makes it small first
    page.locator("#avatar").set_input_files(photo)
    expect(page.locator("img.avatar")).to_be_visible()
    page.reload()
    expect(page.locator("[name=email]")).to_have_value("chao@mail.example")
    assert page.locator("img.avatar").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 256


def test_what_is_no_picture_is_said_so(site: Site, tmp_path: Path) -> None:
    page, _ = site.register("/register?next=/account")
    script = tmp_path / "picture.png"
    script.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    page.locator("#avatar").set_input_files(script)
    expect(page.locator(".avatar-picker .field__problem")).to_contain_text("不是有效的图片")


def test_addresses_are_added_edited_and_deleted(site: Site) -> None:
    page, _ = site.register("/register?next=/account", PHONE)
    expect(page.get_by_text("还没有地址")).to_be_visible()
    page.get_by_role("button", name="新增地址").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_text("必填")).to_have_count(7)
    fill(dialog, contact_name="刘爱丽", contact_phone="13800000000", zip="310012", address="文三路 100 号")
    pick(dialog, 省="浙江省", 市="杭州市", 区="西湖区", 街道="西溪街道")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator(".address")).to_contain_text("浙江省 杭州市 西湖区 西溪街道文三路 100 号 310012")
    page.get_by_role("button", name="编辑").click()
    expect(dialog.get_by_label("街道")).to_have_value("西溪街道")
    expect(dialog.get_by_label("详细地址")).to_have_value("文三路 100 号")
    pick(dialog, 街道="北山街道")
    fill(dialog, address="曙光路 200 号")
    dialog.get_by_role("button", name="保存").click()
    page.reload()
    expect(page.locator(".address")).to_contain_text("浙江省 杭州市 西湖区 北山街道曙光路 200 号 310012")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("还没有地址")).to_be_visible()


def test_a_choice_above_asks_anew_for_what_is_below_it(site: Site) -> None:
    page, _ = site.register("/register?next=/account", PHONE)
    page.get_by_role("button", name="新增地址").click()
    dialog = page.get_by_role("dialog")
    pick(dialog, 省="浙江省", 市="杭州市", 区="西湖区", 街道="西溪街道")
    pick(dialog, 省="北京市")
    expect(dialog.get_by_label("市", exact=True)).to_have_value("北京市")  # it has no other
    expect(dialog.get_by_label("区", exact=True)).to_have_value("")
    expect(dialog.get_by_label("街道")).to_be_disabled()
    pick(dialog, 区="东城区")
    expect(dialog.get_by_label("街道").locator("option", has_text="东华门街道")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_the_list_has_not_got_is_typed_and_stays_as_it_was_typed(site: Site) -> None:
    page, _ = site.register("/register?next=/account")
    page.get_by_role("button", name="新增地址").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="手动填写").press("Enter")
    expect(dialog.get_by_label("省", exact=True)).to_be_focused()
    expect(dialog.get_by_label("街道")).to_be_hidden()
    fill(dialog, contact_name="刘爱丽", contact_phone="13800000000", province="香港", city="九龙", district="油尖旺区", zip="999077")
    fill(dialog, address="弥敦道 1 号")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator(".address")).to_contain_text("香港 九龙 油尖旺区 弥敦道 1 号 999077")
    page.get_by_role("button", name="编辑").click()
    expect(dialog.locator("input[name=city]")).to_have_value("九龙")


def test_without_the_lists_an_address_is_typed(site: Site) -> None:
    page, _ = site.register("/register?next=/account")
    page.route("**/api/regions*", lambda route: route.abort())
    page.get_by_role("button", name="新增地址").click()
    expect(page.get_by_role("dialog").locator("input[name=province]")).to_be_visible()
    site.faults.clear()  # the browser's word for the request that did not come through


def test_a_change_of_password_leaves_this_browser_signed_in_and_no_other(site: Site) -> None:
    page, username = site.register("/register?next=/account")
    other = site.visit("/sign-in?next=/account", PHONE)
    sign_in(other, username)
    expect(other.locator("[name=oldPassword]")).to_be_visible()
    fill(page, oldPassword="wrong", newPassword=NEW_PASSWORD, newPassword_confirmation=NEW_PASSWORD)
    page.get_by_role("button", name="修改密码").click()
    expect(problem_of(page, "oldPassword")).to_have_text("密码不正确")
    fill(page, oldPassword=PASSWORD)
    page.get_by_role("button", name="修改密码").click()
    expect(page.locator(".toast")).to_contain_text("密码已修改")
    expect(other.get_by_text("登录后管理你的账号")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.get_by_text(f"用户名：{username}")).to_be_visible()
    other.goto(f"{site.url}/sign-in?next=/account")
    sign_in(other, username, NEW_PASSWORD)
    expect(other.get_by_text(f"用户名：{username}")).to_be_visible(timeout=PATIENCE_MS)


def test_who_signs_out_is_signed_out_at_the_server_too(site: Site) -> None:
    page, _ = site.register("/register?next=/account")
    token = page.evaluate("JSON.parse(localStorage.getItem('auction.session')).token")
    page.locator(".menu__name").click()
    with page.expect_response(re.compile("/api/auth/logout$")) as answered:
        page.get_by_role("button", name="退出登录").click()
    assert answered.value.status == 200
    expect(page.get_by_text("登录后管理你的账号")).to_be_visible()
    answer = page.request.get(f"{site.url}/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.json()) == (401, {"message": "Unauthenticated."})


@pytest.mark.parametrize("place, answer, words", [
    ("/account", "/api/user_profiles$", "登录后管理你的账号"),
    ("/my", r"/api/group/my\?", "登录后查看你的竞拍"),
    ("/watched", r"/api/group/watched\?.*limit=60", "登录后查看你关注的拍品"),
])
def test_what_was_read_for_a_reader_who_has_signed_out_is_not_shown(site: Site, place: str, answer: str, words: str) -> None:
    page, _ = site.register()
    with page.expect_request(re.compile(answer)):
        late = LateAnswers(page, answer)
        page.goto(site.url + place)
    page.locator(".menu__name").click()
    page.get_by_role("button", name="退出登录").click()
    asked_to_sign_in = page.locator("main").get_by_text(words)
    expect(asked_to_sign_in).to_be_visible()
    late.let_go()
    expect(asked_to_sign_in).to_be_visible()
    assert site.faults == []


def test_the_pages_fit_the_phone_and_speak_english_when_asked(site: Site) -> None:
    page, _ = site.register("/register?next=/account", PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    expect(page.get_by_label("Current password")).to_be_visible()
    for path, heading in (("/register", "Register"), ("/sign-in", "Sign in")):
        visitor = site.visit(path, PHONE)
        assert visitor.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        visitor.get_by_role("button", name="English").click()
        expect(visitor.get_by_role("heading", name=heading)).to_be_visible()
