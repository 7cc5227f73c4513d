"""Tests of server/throwaway/limits.py, and of what is limited for each address."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.errors import TooMany
from server.domain.paces import REFRESHES, SIGN_INS, UPLOADS, Pace
from server.throwaway.limits import AddressPaces, NewcomerLimiter
from tests.api import Answer, Api
from tests.builders import make_user
from tests.registering import register, token_of


def admitted(paces: AddressPaces, pace: Pace, address: str) -> int:
    count = 0
    try:
        while count < 10_000:
            paces.admit(pace, address)
            count += 1
    except TooMany:
        pass
    return count


def test_an_address_has_half_a_minutes_worth_at_once_and_others_have_their_own():
    paces = AddressPaces(6)
    assert [admitted(paces, pace, "198.51.100.7") for pace in (SIGN_INS, REFRESHES, UPLOADS)] == [3, 15, 2]
    assert admitted(paces, SIGN_INS, "198.51.100.8") == 3
    with pytest.raises(TooMany) as refused:
        paces.admit(SIGN_INS, "198.51.100.7")
    assert refused.value.retry_after_seconds == 10


def test_the_addresses_of_one_customer_count_as_one():
    paces, newcomers = AddressPaces(6), NewcomerLimiter()
    assert admitted(paces, SIGN_INS, "2001:db8::1") == 3
    assert admitted(paces, SIGN_INS, "2001:db8::2") == 0
    assert admitted(paces, SIGN_INS, "2001:db8:0:1::1") == 3
    assert sum(newcomers.admit(f"2001:db8::{number:x}") for number in range(100)) == 30


async def ask_at_once(api: Api, count: int, method: str, path: str, **about: Any) -> tuple[list[Answer], list[Answer]]:
    """What was answered, and what was refused for the number of requests."""
    answers = await asyncio.gather(*(api.ask(method, path, **about) for _ in range(count)))
    refused = [answer for answer in answers if "Retry-After" in answer.headers]
    return [answer for answer in answers if answer not in refused], refused


async def test_sign_ins_by_code_are_limited_for_each_address(api: Api) -> None:
    answered, refused = await ask_at_once(api, 250, "POST", "/api/auth/login", json={"code": "atque"})
    assert {answer.status for answer in answered} == {200}
    assert 60 <= len(answered) < 250
    for answer in refused:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert answer.json == {"code": 0, "message": "请求过于频繁，请稍后再试", "data": {}, "error": "too_many_requests"}
    # A password's sign-in has its own measure against guessing.
    await register(api)
    assert await token_of(api)


@pytest.mark.parametrize(
    ("count", "method", "path", "status"),
    [
        (350, "POST", "/api/auth/refresh", 429),
        (350, "PUT", "/api/auth/refresh", 403),
        (60, "POST", "/api/avatars", 403),
        (60, "POST", "/api/auth/avatar", 429),
        (60, "POST", "/api/auth/phone", 429),
        (60, "POST", "/api/captchas", 403),
    ],
)
async def test_so_are_refreshes_uploads_and_captchas(api: Api, count: int, method: str, path: str, status: int) -> None:
    user = await make_user(api.application)
    body = {"json": {"username": "alice"}} if path == "/api/captchas" else {"body": b"x"}
    answered, refused = await ask_at_once(api, count, method, path, as_user=user, **body)
    assert refused and answered
    assert {answer.status for answer in refused} == {status}
