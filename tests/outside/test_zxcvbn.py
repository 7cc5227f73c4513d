"""Tests of server/outside/zxcvbn.py."""
from __future__ import annotations

import pytest

from server.outside.heavy_work import HeavyWork
from server.outside.zxcvbn import ZxcvbnGuesser


async def is_easy(password: str, *hints: str) -> bool:
    work = HeavyWork()
    try:
        return await ZxcvbnGuesser(work).is_easy(password, hints)
    finally:
        work.close()


@pytest.mark.parametrize(
    "password",
    ["password", "12345678", "Passw0rd", "qwertyui", "1qaz2wsx", "aaaaaaaa", "abcdefgh", "a123456789", "19900101", "iloveyou1", "x" * 128],
)
async def test_what_everybody_tries_first_is_easy(password):
    assert await is_easy(password)


@pytest.mark.parametrize("password", ["Lantern-Harbour-52", "correct horse battery", "Zj4!kd92", "龙钞补号收藏家的密码", "q7" * 20 + "Zx!4"])
async def test_what_takes_long_to_guess_is_not(password):
    assert not await is_easy(password)


async def test_the_own_name_helps_a_guesser():
    assert not await is_easy("Wolframsen77")
    assert await is_easy("Wolframsen77", "wolframsen", "")
