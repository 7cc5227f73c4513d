"""Tests of server/outside/zxcvbn.py."""
from __future__ import annotations

import pytest
import zxcvbn

from server.outside.heavy_work import HeavyWork
from server.outside.zxcvbn import LOOKED_AT_ONCE, ZxcvbnGuesser


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


SYMBOLS = "4@8({[<369!1|0$5+7%2"  # each may stand for several letters


class Counted:
    """zxcvbn's own function, noting how much it is given at once."""

    def __init__(self, estimate):
        self._estimate = estimate
        self.lengths = []

    def __call__(self, password, **about):
        self.lengths.append(len(password))
        return self._estimate(password, **about)


async def test_however_long_a_password_little_of_it_is_looked_at_together(monkeypatch):
    counted = Counted(zxcvbn.zxcvbn)
    monkeypatch.setattr(zxcvbn, "zxcvbn", counted)
    assert not await is_easy((SYMBOLS * 7)[:128])
    assert await is_easy("password" * 16)
    assert counted.lengths == [LOOKED_AT_ONCE] * 6 + [8]


async def test_one_part_that_is_hard_makes_the_whole_hard():
    assert not await is_easy("a" * 60 + "Lantern-Harbour-52")


async def test_the_own_name_helps_a_guesser():
    assert not await is_easy("Wolframsen77")
    assert await is_easy("Wolframsen77", "wolframsen", "")
