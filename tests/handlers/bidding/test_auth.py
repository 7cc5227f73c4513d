"""登录授权."""
from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from server.bootstrap import Application
from server.domain.accounts.users import Role
from tests.api import Answer, Api
from tests.belongings import picture
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.handlers.bidding.lots import assert_untouched

HOUR = 3600


async def me(api: Api, token: str) -> Answer:
    return await api.post("/api/auth/me", token=token)


@pytest.mark.parametrize("way", ["json", "form", "query"])
async def test_the_document_s_login_gives_a_bearer_token_for_an_hour(api: Api, way: str) -> None:
    login = {"code": "atque", "iv": "repudiandae", "encryptedData": "necessitatibus"}
    answer = await api.post("/api/auth/login", **{way: login})
    assert answer.status == 200
    token = answer.data["access_token"]
    data = {"access_token": token, "token_type": "bearer", "expires_in": HOUR}
    assert answer.json == {"code": 1, "message": "", "data": data}
    assert (await me(api, token)).data == {"id": 1, "nickname": "atque", "avatar": "", "roles": []}


async def test_a_second_login_is_the_same_user_with_another_token(api: Api) -> None:
    first, second = [(await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"] for _ in range(2)]
    assert first != second
    assert (await me(api, first)).data["id"] == (await me(api, second)).data["id"]


@pytest.mark.parametrize(
    ("login", "found"),
    [
        ({}, {"code": ["必填"]}),
        ({"code": ""}, {"code": ["至少 1 个字符"]}),
        ({"code": 7}, {"code": ["必须是文字"]}),
        ({"code": None}, {"code": ["必须是文字"]}),
        ({"code": "x" * 257}, {"code": ["最多 256 个字符"]}),
        ({"code": "a", "iv": 7}, {"iv": ["必须是文字"]}),
        ({"code": "a", "encryptedData": "x" * (64 * 1024 + 1)}, {"encryptedData": ["最多 65536 个字符"]}),
        ({"code": "  "}, {"code": ["必填"]}),
    ],
)
async def test_a_login_of_the_wrong_form_is_bad_input(api: Api, login: dict[str, Any], found: dict[str, list[str]]) -> None:
    answer = await api.post("/api/auth/login", json=login)
    assert answer.status == 422
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": found, "error": "invalid_input"}


async def test_me_tells_who_the_token_belongs_to(api: Api) -> None:
    user = await make_user(api.application, "zzz", id=2, roles=[Role.OPERATOR])
    answer = await api.post("/api/auth/me", as_user=user)
    data = {"id": 2, "nickname": "zzz", "avatar": "https://pictures.example/2.png", "roles": ["operator"]}
    assert answer.json == {"code": 1, "message": "", "data": data}


async def test_a_refreshed_token_takes_the_place_of_the_old_one(api: Api, clock: HandClock) -> None:
    old = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    clock.advance(minutes=30)
    answer = await api.post("/api/auth/refresh", token=old)
    assert answer.status == 200
    assert "WWW-Authenticate" not in answer.headers
    assert answer.data.keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.data["token_type"], answer.data["expires_in"]) == ("bearer", HOUR)
    assert (await me(api, answer.data["access_token"])).status == 200
    refused = await me(api, old)
    assert (refused.status, refused.json["error"]) == (401, "token_invalid")


async def test_for_ten_seconds_a_token_is_refreshed_to_the_same_one_again(api: Api, clock: HandClock) -> None:
    old = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    first = (await api.post("/api/auth/refresh", token=old)).data["access_token"]
    clock.advance(seconds=10)
    assert (await api.post("/api/auth/refresh", token=old)).data["access_token"] == first
    clock.advance(seconds=1)
    assert (await api.post("/api/auth/refresh", token=old)).json["error"] == "token_invalid"


async def test_other_tokens_of_the_user_stay_valid_after_a_refresh(api: Api) -> None:
    one, other = [(await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"] for _ in range(2)]
    await api.post("/api/auth/refresh", token=one)
    assert (await me(api, other)).status == 200


async def test_an_expired_token_can_be_refreshed_for_fourteen_days_from_the_login(api: Api, clock: HandClock) -> None:
    token = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    clock.advance(days=13, hours=23)
    token = (await api.post("/api/auth/refresh", token=token)).data["access_token"]
    clock.advance(hours=1, seconds=1)
    answer = await api.post("/api/auth/refresh", token=token)
    assert (answer.status, answer.json["error"]) == (401, "token_expired")


@pytest.mark.parametrize("login", [{"iv": None, "encryptedData": None}, {"iv": "", "encryptedData": ""}])
async def test_a_code_alone_signs_in_however_the_rest_is_left_out(api: Api, login: dict[str, Any]) -> None:
    assert (await api.post("/api/auth/login", json={"code": "atque", **login})).status == 200


async def test_a_name_is_chosen_shown_with_the_next_bid_and_kept(api: Api) -> None:
    lot = await make_goods(api.application)
    token = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    answer = await api.ask("PUT", "/api/auth/me", token=token, json={"nickname": " 钱塘\n藏家 "})
    assert answer.data == {"id": 1, "nickname": "钱塘 藏家", "avatar": "", "roles": []}
    assert (await me(api, token)).data == answer.data
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000}
    placed = await api.post("/api/group", token=token, json=offer)
    assert placed.data["goods"]["bid"]["nickname"] == "钱塘 藏家"
    again = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    assert (await me(api, again)).data == answer.data


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "必填"),
        ({"nickname": None}, "必须是文字"),
        ({"nickname": "\u200b"}, "必填"),
        ({"nickname": "x" * 33}, "最多 32 个字符"),
        ({"nickname": "微信用户"}, "该名称不可使用，请换一个"),
        ({"nickname": "藏友2"}, "该名称不可使用，请换一个"),
    ],
)
async def test_what_is_no_name_of_ones_own_is_refused(api: Api, body: dict[str, Any], problem: str) -> None:
    user = await make_user(api.application)
    answer = await api.ask("PUT", "/api/auth/me", as_user=user, json=body)
    assert answer.status == 422
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": {"nickname": [problem]}, "error": "invalid_input"}
    assert (await api.application.stores.accounts.users.get_user(user.id)) == user


async def test_half_a_surrogate_in_a_name_is_bad_input(api: Api) -> None:
    user = await make_user(api.application)
    answer = await api.ask("PUT", "/api/auth/me", as_user=user, body=b'{"nickname": "a\\ud83d"}')
    assert (answer.status, answer.json["error"]) == (422, "invalid_input")


async def test_a_replaced_picture_is_served_no_longer(api: Api) -> None:
    token = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    addresses = []
    for colour in ("red", "blue"):
        answer = await api.post("/api/auth/avatar", token=token, body=picture(colour), headers={"Content-Type": "image/png"})
        addresses.append(answer.data["avatar"])
        assert answer.data == {"id": 1, "nickname": "atque", "avatar": addresses[-1], "roles": []}
    assert [(await api.get(address)).status for address in addresses] == [404, 200]
    assert (await me(api, (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"])).data["avatar"] == addresses[1]


async def test_what_is_no_picture_is_bad_input(api: Api) -> None:
    user = await make_user(api.application)
    answer = await api.post("/api/auth/avatar", as_user=user, body=b"<svg/>", headers={"Content-Type": "image/png"})
    assert (answer.status, list(answer.json["data"])) == (422, ["avatar"])


async def test_the_sandbox_takes_a_number_as_its_own_code(api: Api) -> None:
    user = await make_user(api.application)
    answer = await api.post("/api/auth/phone", as_user=user, json={"code": "13800138000"})
    assert answer.json == {"code": 1, "message": "", "data": {"phone": "13800138000"}}
    assert (await api.application.stores.accounts.users.get_user(user.id)).phone == "13800138000"
    refused = await api.post("/api/auth/phone", as_user=user, json={"code": "none"})
    assert (refused.status, list(refused.json["data"])) == (422, ["code"])


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/me", "/api/auth/avatar", "/api/auth/phone"])
async def test_without_a_token_nobody_is_asked_for(api: Api, path: str) -> None:
    answer = await api.post(path)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json == {"code": 0, "message": "请先登录", "data": {}, "error": "unauthenticated"}


# ---- tokens that are no good


def claims(application: Application, **change: Any) -> dict[str, Any]:
    now = int(application.clock.now().timestamp())
    made = {
        "iss": application.config.jwt_issuer,
        "aud": application.config.jwt_audience,
        "sub": "1",
        "jti": "made-by-hand",
        "iat": now,
        "exp": now + HOUR,
        "auth_time": now,
        "gen": 0,
        **change,
    }
    return {name: value for name, value in made.items() if value is not None}


def signed(application: Application, **change: Any) -> str:
    return jwt.encode(claims(application, **change), application.config.jwt_secret, algorithm="HS256")


def without_signature(application: Application) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims(application))
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def with_another_payload(application: Application) -> str:
    head, _, signature = signed(application).split(".")
    return ".".join((head, signed(application, sub="2").split(".")[1], signature))


def with_another_algorithm(application: Application) -> str:
    return jwt.encode(claims(application), application.config.jwt_secret.ljust(64, "x"), algorithm="HS512")


BAD_TOKENS: dict[str, Callable[[Application], str]] = {
    "garbage": lambda application: "garbage",
    "three dots": lambda application: "...",
    "no signature": without_signature,
    "another payload": with_another_payload,
    "another key": lambda application: jwt.encode(claims(application), "another secret that is long enough, too", algorithm="HS256"),
    "another algorithm": with_another_algorithm,
    "another issuer": lambda application: signed(application, iss="somebody"),
    "another audience": lambda application: signed(application, aud="somebody"),
    "no expiry": lambda application: signed(application, exp=None),
    "no user": lambda application: signed(application, sub="404"),
    "a user that is no number": lambda application: signed(application, sub="1 or 1"),
    "another generation": lambda application: signed(application, gen=1),
    "very long": lambda application: signed(application, jti="x" * 5000),
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_token_that_is_not_ours_places_no_bid(api: Api, kind: str) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    assert (await me(api, signed(api.application))).data["id"] == user.id  # so that it is the change that counts
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000}
    answer = await api.post("/api/group", token=BAD_TOKENS[kind](api.application), json=offer)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json == {"code": 0, "message": "登录已失效，请重新登录", "data": {}, "error": "token_invalid"}
    await assert_untouched(api, lot)


async def test_an_expired_token_places_no_bid(api: Api, clock: HandClock) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application, closes_in=2 * HOUR)
    token = api.token_of(user)
    clock.advance(hours=1, seconds=10)
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000}
    answer = await api.post("/api/group", token=token, json=offer)
    assert answer.status == 401
    assert answer.json == {"code": 0, "message": "登录已过期，请重新登录", "data": {}, "error": "token_expired"}
    await assert_untouched(api, lot)


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YWxpY2U6c2VjcmV0", "{token}", "Token {token}"])
async def test_a_header_that_is_no_bearer_token_is_none(api: Api, header: str) -> None:
    token = api.token_of(await make_user(api.application))
    answer = await api.post("/api/auth/me", headers={"Authorization": header.format(token=token)})
    assert (answer.status, answer.json["error"]) == (401, "unauthenticated")


async def test_bearer_may_be_written_in_any_case(api: Api) -> None:
    token = api.token_of(await make_user(api.application))
    assert (await api.post("/api/auth/me", headers={"Authorization": f"bearer {token}"})).status == 200


async def test_a_token_is_never_taken_from_a_url_or_a_body(api: Api) -> None:
    token = api.token_of(await make_user(api.application))
    assert (await api.post("/api/auth/me", query={"token": token, "access_token": token})).status == 401
    assert (await api.post("/api/auth/me", form={"token": token, "access_token": token})).status == 401


async def test_a_token_ends_with_its_hour(api: Api, clock: HandClock) -> None:
    token = (await api.post("/api/auth/login", json={"code": "atque"})).data["access_token"]
    clock.moment += timedelta(minutes=59, seconds=59)
    assert (await me(api, token)).status == 200
    clock.moment += timedelta(seconds=10)  # beyond what clocks may differ
    assert (await me(api, token)).json["error"] == "token_expired"
