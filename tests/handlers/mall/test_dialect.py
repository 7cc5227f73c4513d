"""The mall's envelope, and the ways in which its clients ask."""
from __future__ import annotations

import json
import logging

import pytest

from handlers.mall.shapes import fen, yuan
from tests.api import Api
from tests.builders import make_user
from tests.mall import Shopper, data_of, sign_in

UNKNOWN = {"code": 404, "msg": "接口不存在"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("folder", ["/mall", "/951", "/common", "/gate", "/upload2"])
async def test_what_nobody_has_is_404_in_the_envelope(api: Api, folder: str, method: str) -> None:
    assert await Shopper(api).ask(method, f"{folder}/no/such/thing") == UNKNOWN


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "BREW"])
async def test_a_method_that_a_path_does_not_have_is_405_in_the_envelope(api: Api, method: str) -> None:
    answer = await api.ask(method, "/mall/user/modify")
    assert (answer.status, answer.json, answer.headers["Allow"]) == (200, {"code": 405, "msg": "不支持该请求方法"}, "OPTIONS, POST")


async def test_the_merchant_s_number_is_another_name_of_the_mall(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.ask("GET", "/951/user/check-token", query={"token": alice.token}) == {"code": 0, "msg": "success"}


# ---- input


@pytest.mark.parametrize("absent", ["", "undefined", "null"])
async def test_what_a_client_had_no_value_for_is_not_given(api: Api, absent: str) -> None:
    alice = await sign_in(api)
    await alice.post("/user/modify", province="上海", city=absent, gender=absent, nick=absent, nobodyKnowsThis="1")
    base = data_of(await alice.get("/user/detail"))["base"]
    assert (base["province"], base["gender"], base["nick"], "city" in base) == ("上海", 0, "alice", False)


async def test_of_a_parameter_given_twice_the_last_counts(api: Api) -> None:
    alice = await sign_in(api)
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    path = f"/mall/user/modify?city=one&city=two&token={alice.token}"
    assert await alice.ask("POST", path, body=b"province=three&province=four", **form) == {"code": 0, "msg": "success"}
    base = data_of(await alice.get("/user/detail"))["base"]
    assert (base["city"], base["province"]) == ("two", "four")


async def test_json_is_taken_too_and_its_objects_where_texts_are_wanted(api: Api) -> None:
    alice = await sign_in(api)
    sent = {"token": alice.token, "city": "上海", "gender": 2, "extJsonStr": {"爱好": "纸币", "岁": 40}}
    assert await alice.ask("POST", "/mall/user/modify", json=sent) == {"code": 0, "msg": "success"}
    detail = data_of(await alice.get("/user/detail"))
    assert (detail["base"]["gender"], detail["base"]["city"], detail["ext"]) == (2, "上海", {"爱好": "纸币", "岁": "40"})


@pytest.mark.parametrize(
    "body, kind, code",
    [
        (b'{"token":', "application/json", 601),
        (b"[1]", "application/json", 601),
        (b"\xff\xfe", "application/json", 601),
        (b"city=%ff%fe", "application/x-www-form-urlencoded", 601),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 601),
        (b"city=" + b"x" * 300_000, "application/x-www-form-urlencoded", 601),
        (b"gender=7", "application/x-www-form-urlencoded", 601),
        (b"gender=1.5", "application/x-www-form-urlencoded", 601),
        (b"gender=99999999999999999999999", "application/x-www-form-urlencoded", 601),
    ],
)
async def test_what_cannot_be_read_is_told_in_the_envelope(api: Api, body: bytes, kind: str, code: int) -> None:
    alice = await sign_in(api)
    path = f"/mall/user/modify?token={alice.token}"
    assert (await alice.ask("POST", path, body=body, headers={"Content-Type": kind}))["code"] == code


async def test_what_is_not_there_is_told_before_what_was_sent_there(api: Api) -> None:
    sent = {"body": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}
    assert await Shopper(api).ask("POST", "/mall/no/such", **sent) == UNKNOWN
    assert (await Shopper(api).ask("POST", "/mall/user/detail", **sent))["code"] == 405


async def test_a_parameter_that_is_missing_is_300(api: Api) -> None:
    assert await Shopper(api).post("/user/wxapp/authorize") == {"code": 300, "msg": "缺少参数：code 必填"}


# ---- tokens


async def test_a_mall_token_opens_nothing_else_and_others_do_not_open_the_mall(api: Api) -> None:
    alice = await sign_in(api)
    answer = await api.get("/api/auth/me", token=alice.token)
    assert answer.status == 401
    bidder = api.token_of(await make_user(api.application, "Bob"))
    assert (await Shopper(api, bidder).get("/user/check-token"))["code"] == 2000


async def test_a_token_ends_at_log_out(api: Api) -> None:
    alice = await sign_in(api)
    other = await sign_in(api)
    assert await alice.get("/user/loginout") == {"code": 0, "msg": "success"}
    assert await alice.get("/user/check-token") == {"code": 2000, "msg": "请先登录"}
    assert (await other.get("/user/check-token"))["code"] == 0


async def test_a_token_stands_in_no_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    alice = await sign_in(api)
    with caplog.at_level(logging.DEBUG):
        await alice.get("/user/check-token")
        await alice.post("/user/modify", gender="broken")
        await alice.ask("POST", f"/mall/user/modify?token={alice.token}", body=b"%", headers={"Content-Type": "application/json"})
        await alice.get("/no/such/thing")
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "/mall/user/modify" in told and alice.token not in told


# ---- money

DUST = [(59.699999999999996, 5970), (67.69999999999999, 6770), (0.005, 1), (1.005, 101), (0, 0), (19.9, 1990)]


@pytest.mark.parametrize("given, kept", DUST)
def test_yuan_become_whole_fen_rounded_half_up(given: float, kept: int) -> None:
    assert fen(given) == kept


@pytest.mark.parametrize("kept", [0, 1, 10, 1990, 99999999999])
def test_fen_are_printed_in_yuan_with_two_decimals_at_most(kept: int) -> None:
    assert fen(yuan(kept)) == kept and len(json.dumps(yuan(kept)).partition(".")[2]) <= 2
