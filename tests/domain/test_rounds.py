"""Rounds go on whatever a round meets, and end when they are told to."""
from __future__ import annotations

import asyncio

import pytest

from server.domain.errors import Unavailable
from server.domain.rounds import Rounds


async def test_a_round_that_fails_is_followed_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception | None] = [Unavailable("database"), ValueError("unforeseen"), None]
    done = asyncio.Event()

    async def act() -> None:
        failure = failures.pop(0)
        if failure is not None:
            raise failure
        done.set()
        await asyncio.Event().wait()

    rounds = Rounds("trying", act, 0)
    rounds.start()
    await done.wait()
    await rounds.stop()
    assert failures == []
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["a round of trying failed; the next one tries again"]


async def test_what_was_never_started_can_be_stopped() -> None:
    await Rounds("trying", asyncio.Event().wait, 0).stop()
