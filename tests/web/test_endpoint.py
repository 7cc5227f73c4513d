"""What every answer has in common, whatever goes wrong."""
from __future__ import annotations

import asyncio
import contextlib
import json
import logging

import pytest

from server.domain.errors import Unavailable
from tests.api import Api
from tests.builders import make_goods, make_user

NOT_FOUND = {"code": 0, "message": "内容不存在", "data": {}, "error": "not_found"}


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/group/category/1/2", "/nothing", "/api%2Fgroup", "/api/groups"])
async def test_an_unknown_path_wears_the_envelope(api: Api, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS", "BREW"):
        answer = await api.ask(method, path)
        assert (answer.status, answer.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "BREW"])
async def test_a_wrong_method_wears_the_envelope_and_tells_the_right_ones(api: Api, method: str) -> None:
    answer = await api.ask(method, "/api/group")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.json == {"code": 0, "message": "不支持该请求方法", "data": {}, "error": "method_not_allowed"}


async def test_options_tells_the_methods(api: Api) -> None:
    answer = await api.ask("OPTIONS", "/api/auth/login")
    assert (answer.status, answer.headers["Allow"], answer.body) == (204, "OPTIONS, POST", b"")


async def test_head_is_get_without_its_body(api: Api) -> None:
    got, head = await api.get("/api/banners"), await api.ask("HEAD", "/api/banners")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body))


async def test_an_answer_is_not_kept_by_anyone_between(api: Api) -> None:
    for path in ("/api/banners", "/api/nothing"):
        headers = (await api.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert "Server" not in headers


@pytest.mark.parametrize("request_id", ["from-the-client", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a+/b==", "a" * 64])
async def test_the_client_s_request_id_comes_back(api: Api, request_id: str) -> None:
    answer = await api.get("/api/banners", headers={"X-Request-Id": request_id})
    assert answer.headers["X-Request-Id"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "é", "a user_id=1", 'a"', "a\tb", "a,b", "<b>"])
async def test_a_request_id_that_is_of_no_use_is_replaced(api: Api, request_id: str) -> None:
    answer = await api.get("/api/banners", headers={"X-Request-Id": request_id})
    assert len(answer.headers["X-Request-Id"]) == 32


async def test_an_unforeseen_exception_leaks_no_text_but_is_logged(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def break_down() -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(api.application.stores.auctions.storefront, "list_banners", break_down)
    answer = await api.get("/api/banners")
    assert answer.status == 500
    assert answer.json == {"code": 0, "message": "服务器出错了，请稍后再试", "data": {}, "error": "internal_error"}
    english = await api.get("/api/banners", headers={"Accept-Language": "en"})
    assert english.json["message"] == "Something went wrong on our side"
    assert "swordfish" not in str(answer) + str(english)
    assert "the password is swordfish" in caplog.text


async def test_while_the_database_is_away_the_client_is_asked_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def time_out() -> None:
        raise Unavailable("database", retry_after_seconds=2)

    monkeypatch.setattr(api.application.stores.auctions.storefront, "list_banners", time_out)
    answer = await api.get("/api/banners")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json == {"code": 0, "message": "服务暂时不可用，请稍后重试", "data": {}, "error": "unavailable"}


async def test_an_error_that_cannot_be_told_is_answered_too(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Untellable(RuntimeError):
        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]
            raise RuntimeError("swordfish")

    async def break_down() -> None:
        raise Untellable()

    monkeypatch.setattr(api.application.stores.auctions.storefront, "list_banners", break_down)
    answer = await api.get("/api/banners")
    assert (answer.status, answer.json["error"]) == (500, "internal_error")
    assert "swordfish" not in str(answer)


async def test_a_form_that_cannot_be_read_wears_the_envelope(api: Api) -> None:
    answer = await api.post("/api/auth/login", body=b"--", headers={"Content-Type": "multipart/form-data"})
    assert answer.status == 422
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": {"body": ["格式不正确"]}, "error": "invalid_input"}


async def test_a_body_longer_than_the_limit_is_bad_input(api: Api) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    body = json.dumps({"goods_id": lot.id, "group_id": lot.group_id, "price": 20000, "of": "x" * 2**20}).encode()
    answer = await api.post("/api/group", as_user=user, body=body, headers={"Content-Type": "application/json"})
    assert answer.status == 422
    too_long = {"body": ["请求内容超过 262144 字节"]}
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": too_long, "error": "invalid_input"}
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


async def test_a_query_longer_than_any_header_may_be_does_not_stop_the_server(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(b"GET /api/group?category=" + b"x" * 2**20 + b" HTTP/1.1\r\nHost: auction.example\r\n\r\n")
    with contextlib.suppress(ConnectionResetError):
        await reader.read()
    writer.close()
    assert (await api.get("/api/banners")).status == 200


async def test_an_endpoint_open_to_anyone_tells_that_a_token_is_of_no_use(api: Api) -> None:
    answer = await api.get("/api/group", token="garbage")
    assert answer.status == 200
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token", error_description="TokenInvalid"'


async def test_a_banned_user_still_sees_what_anyone_may_see(api: Api) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    token = api.token_of(user)
    await api.application.services.accounts.users.ban(user.id)
    answer = await api.get(f"/api/group/history/{lot.group_id}", token=token)
    assert answer.status == 200
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token", error_description="UserBanned"'


async def test_each_request_is_logged_with_who_asked_for_what(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server.access")
    user = await make_user(api.application)
    await api.get("/api/group/my?page=0", as_user=user, headers={"X-Request-Id": "a"})
    (record,) = [record for record in caplog.records if record.name == "server.access"]
    noted = {name: getattr(record, name) for name in ("request_id", "method", "path", "status", "user_id", "address", "error")}
    assert noted == {
        "request_id": "a",
        "method": "GET",
        "path": "/api/group/my",
        "status": 422,
        "user_id": user.id,
        "address": "127.0.0.1",
        "error": "InvalidInput",
    }
