"""验证码."""
from __future__ import annotations

import io
import re
from base64 import b64decode
from typing import Any

import pytest
from PIL import Image

from tests.api import Api
from tests.registering import read_captcha


@pytest.mark.parametrize("about", [{"query": {"username": "velit"}}, {"form": {"username": "velit"}}, {"json": {"username": "velit"}}])
async def test_a_captcha_is_a_key_a_time_and_a_picture_in_all_three_input_forms(api: Api, about: dict[str, Any]) -> None:
    answer = await api.post("/api/captchas", **about)
    assert answer.status == 201
    made = answer.json["data"]
    assert answer.json == {
        "code": 20001,
        "message": "操作成功",
        "data": {
            "captcha_key": made["captcha_key"],
            "expired_at": "2036-06-01 12:02:00",
            "captcha_image_content": made["captcha_image_content"],
        },
    }
    kind, _, content = made["captcha_image_content"].partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(b64decode(content))) as picture:
        assert picture.format == "PNG"


async def test_nothing_of_the_answer_tells_the_code(api: Api) -> None:
    answer = await api.post("/api/captchas", json={"username": "velit"})
    code = await read_captcha(api.application, answer.json["data"]["captcha_key"])
    texts = [answer.json["data"]["captcha_key"], str(answer.headers), answer.json["data"]["expired_at"]]
    assert not any(code.lower() in text.lower() for text in texts)
    assert not re.search(re.escape(code).encode(), b64decode(answer.json["data"]["captcha_image_content"].partition(",")[2]))


@pytest.mark.parametrize(
    ("username", "problem"), [("", "必填"), ("a!", "至少 3 个字符"), ("a b c", "只能使用英文字母和数字"), ("x" * 129, "最多 32 个字符")]
)
async def test_what_is_no_username_is_refused(api: Api, username: str, problem: str) -> None:
    answer = await api.post("/api/captchas", json={"username": username})
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"username": [problem]}}


async def test_an_address_that_asks_too_often_is_told_when_to_ask_again(api: Api) -> None:
    answers = [await api.post("/api/captchas", json={"username": "velit"}) for _ in range(32)]
    assert answers[0].status == 201
    assert answers[-1].status == 403
    assert answers[-1].json == {"code": 40001, "message": "请求过于频繁，请稍后再试", "data": {}}
    assert answers[-1].headers["Retry-After"] == "10"


async def test_without_redis_the_answer_is_a_clear_failure(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail_at_once(*_: Any, **__: Any) -> None:
        raise ConnectionError()

    monkeypatch.setattr(api.application.ground.redis, "execute_command", fail_at_once)
    answer = await api.post("/api/captchas", json={"username": "velit"})
    assert answer.status == 500
    assert answer.json == {"code": 50001, "message": "服务暂时不可用，请稍后重试", "data": {}}
