"""Tests of server/domain/turns.py."""
from __future__ import annotations

import asyncio

from server.domain.turns import AT_ONCE, in_turn


async def test_others_have_their_turn_between_portions_and_nothing_is_left_out() -> None:
    done: list[int] = []
    seen_meanwhile: list[int] = []

    async def look() -> None:
        while len(done) < 4 * AT_ONCE:
            seen_meanwhile.append(len(done))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    async for one in in_turn(range(4 * AT_ONCE)):
        done.append(one)
    await looking
    assert done == list(range(4 * AT_ONCE))
    assert {AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE} <= set(seen_meanwhile)
