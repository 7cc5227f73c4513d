"""第三方登录 over HTTP, with those who are asked as stand-ins; and without settings."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import AlipayLoginSettings, Config, OutsideSettings
from server.domain.mall.community.outside_logins import ClosedAccounts, ClosedCodes
from tests.api import Api
from tests.mall import Shopper, data_of, sign_in
from tests.outside.accounts_elsewhere import (
    ALIPAY_APP,
    COMPONENT,
    QQ_APP,
    SECRET,
    WECHAT_APP,
    AccountsElsewhere,
    Weather,
    new_key,
    private_pem,
    public_pem,
)

OK, NOBODY, REGISTERED = {"code": 0, "msg": "success"}, {"code": 10000, "msg": "用户不存在，请先注册"}, {"code": 10000, "msg": "您已注册，请直接登录"}
REFUSED, CLOSED = {"code": 20000, "msg": "授权无效，请重新授权"}, {"code": 5000, "msg": "商家未开通该登录方式"}
TAKEN = {"code": 20003, "msg": "该账号已被其他用户绑定"}
OURS, ALIPAYS = new_key(), new_key()


@pytest.fixture
def elsewhere(io_loop: IOLoop) -> Iterator[AccountsElsewhere]:
    server = AccountsElsewhere(OURS, ALIPAYS)

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def asking(io_loop: IOLoop, config: Config, elsewhere: AccountsElsewhere, tmp_path: Path) -> Iterator[Api]:
    """The mall with all settings."""
    (tmp_path / "key.pem").write_text(private_pem(OURS))
    (tmp_path / "alipay.pem").write_text("".join(public_pem(ALIPAYS).splitlines()[1:-1]))  # as Alipay's page shows it
    outside = OutsideSettings(
        wechat_open=(WECHAT_APP, SECRET),
        wechat_component=(COMPONENT, SECRET),
        qq_appid=QQ_APP,
        qq_api_base=elsewhere.url,
        alipay=AlipayLoginSettings(ALIPAY_APP, tmp_path / "key.pem", tmp_path / "alipay.pem", elsewhere.url),
    )
    built = Application(
        replace(config, outside=outside, wechat_appid="wx0123456789abcdef", wechat_secret=SECRET, wechat_api_base=elsewhere.url)
    )
    io_loop.run_sync(built.start)
    asking = Api(built)
    yield asking
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)
    io_loop.run_sync(asking.close)


async def test_wechat_in_an_app_and_alipay_are_asked_who_a_code_stands_for(asking: Api, elsewhere: AccountsElsewhere) -> None:
    guest = Shopper(asking)
    for folder, name in (("wxsns", "微o-1"), ("aliapp", None)):
        assert await guest.post(f"/user/{folder}/login", code=elsewhere.new_code("o-1")) == NOBODY
        assert await guest.post(f"/user/{folder}/login", code="made-up") == REFUSED
        assert (await guest.post(f"/user/{folder}/login"))["code"] == 300
        made = data_of(await guest.post(f"/user/{folder}/register", code=elsewhere.new_code("o-1"), postJsonString='{"店": "一"}'))
        assert made["openid"] == "o-1"
        assert await guest.post(f"/user/{folder}/register", code=elsewhere.new_code("o-1")) == REGISTERED
        assert data_of(await guest.post(f"/user/{folder}/login", code=elsewhere.new_code("o-1")))["uid"] == made["uid"]
        detail = data_of(await Shopper(asking, made["token"]).get("/user/detail"))
        assert (detail["base"].get("nick"), detail["ext"]) == (name, {"店": "一"})
        code = elsewhere.new_code("o-1")
        elsewhere.change_weather(Weather.BROKEN)
        assert (await guest.post(f"/user/{folder}/login", code=code))["code"] == 800
        elsewhere.change_weather(Weather.FAIR)
    elsewhere.change_weather(Weather.FORGED)
    assert (await guest.post("/user/aliapp/login", code=elsewhere.new_code("o-1")))["code"] == 800


async def test_a_token_of_qq_s_has_to_be_the_person_s_and_our_app_s(asking: Api, elsewhere: AccountsElsewhere) -> None:
    guest = Shopper(asking)

    def given(open_id: str, token: str, **about: Any) -> dict[str, Any]:
        return {"openid": open_id, "accessToken": token, "oauthConsumerKey": QQ_APP, **about}

    good = elsewhere.new_token("Q1")
    made = data_of(await guest.post("/user/qqconnect/register", **given("Q1", good)))
    assert data_of(await guest.post("/user/qqconnect/login", **given("Q1", good)))["uid"] == made["uid"]
    assert await guest.post("/user/qqconnect/login", **given("Q2", elsewhere.new_token("Q2"))) == NOBODY
    for wrong in (
        given("Q1", "made-up"),
        given("Q1", elsewhere.new_token("Q2")),
        given("Q1", elsewhere.new_token("Q1", app_id="999")),
        given("Q1", good, oauthConsumerKey="999"),
    ):
        assert await guest.post("/user/qqconnect/login", **wrong) == REFUSED


async def test_accounts_are_bound_to_one_member(asking: Api, elsewhere: AccountsElsewhere) -> None:
    alice, bob = [
        Shopper(asking, data_of(await Shopper(asking).post("/user/wxsns/register", code=elsewhere.new_code(name)))["token"])
        for name in ("alice", "bob")
    ]
    assert (await Shopper(asking).post("/user/wxsns/bindOpenid", code="c"))["code"] == 2000
    qq = {"openid": "Q1", "accessToken": elsewhere.new_token("Q1")}
    assert await alice.post("/user/qqconnect/bindOpenid", **qq) == OK
    assert await alice.post("/user/qqconnect/bindOpenid", **qq) == OK
    assert await bob.post("/user/qqconnect/bindOpenid", **qq) == TAKEN
    assert await bob.post("/user/wxsns/bindOpenid", code=elsewhere.new_code("alice")) == TAKEN
    signed_in = data_of(await Shopper(asking).post("/user/qqconnect/login", **qq))
    assert signed_in["uid"] == data_of(await alice.get("/user/detail"))["base"]["id"]


async def test_a_service_provider_exchanges_codes_with_the_ticket_that_was_pushed(asking: Api, elsewhere: AccountsElsewhere) -> None:
    guest, stores = Shopper(asking), asking.application.stores.mall.community
    assert (await guest.post("/user/wxappService/login", code=elsewhere.new_code("o-1")))["code"] == 800
    await stores.component_tickets.keep_ticket(COMPONENT, elsewhere.ticket)
    assert await guest.post("/user/wxappService/login", code=elsewhere.new_code("o-1")) == NOBODY
    made = data_of(await guest.post("/user/wxappService/authorize", code=elsewhere.new_code("o-1")))
    assert made["openid"] == "o-1" and len(elsewhere.component_tokens) == 1
    elsewhere.component_tokens.append("another took its place")
    assert data_of(await guest.post("/user/wxappService/login", code=elsewhere.new_code("o-1")))["uid"] == made["uid"]
    assert (await guest.post("/user/wxappService/login", code="made-up"))["code"] == 20000
    bound = await Shopper(asking, made["token"]).post("/user/wxappService/bindMobile", code="c", encryptedData="e", iv="i")
    assert bound["code"] == 601


async def test_without_settings_anybody_is_believed_in_development(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.post("/user/wxsns/bindOpenid", code="alice-in-app") == OK
    guest = Shopper(api)
    assert data_of(await guest.post("/user/wxsns/login", code="alice-in-app"))["uid"] == alice.uid
    qq = {"openid": "Q1", "accessToken": "alice"}
    assert await guest.post("/user/qqconnect/login", **qq) == NOBODY
    assert data_of(await guest.post("/user/qqconnect/register", **qq))["uid"] != alice.uid
    assert data_of(await guest.post("/user/aliapp/register", code="alice"))["openid"] == "alice"
    assert data_of(await guest.post("/user/wxappService/login", code="alice"))["uid"] == alice.uid
    assert data_of(await alice.post("/user/wxappService/bindMobile", code="13800138000", encryptedData="e", iv="i")) == "13800138000"


async def test_in_production_nobody_is_believed_without_settings(io_loop: IOLoop, config: Config) -> None:
    settings = {"env": "production", "takes_payments": False, "wechat_appid": "wx0123456789abcdef", "wechat_secret": SECRET}
    built = Application(replace(config, **settings))  # type: ignore[arg-type]
    outside = next(theme.outside for theme in built.mall.themes if hasattr(theme, "outside"))
    kinds = [type(one) for one in (outside.wechat_in_apps, outside.qq, outside.alipay, outside.provided)]
    assert kinds == [ClosedAccounts, ClosedAccounts, ClosedAccounts, ClosedCodes]
    guest = Shopper(Api(built))
    for path in ("wxsns/login", "aliapp/register", "wxappService/authorize"):
        assert await guest.post(f"/user/{path}", code="alice") == CLOSED
    await guest._api.close()
