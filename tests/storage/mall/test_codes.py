"""Tests of server/storage/mall/codes.py: what many do at once is done once."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.domain.mall.verification import Channel, WaitingCode
from server.storage.mall.codes import MongoCodes
from tests.clock import NOON

LATER = NOON + timedelta(minutes=10)
CODE = WaitingCode(
    id="sms:13800138000", channel=Channel.SMS, target="13800138000", code="042042", tries_left=5, sent_at=NOON, kept_until=LATER
)


@pytest.fixture
def codes(mongo: AsyncIOMotorDatabase) -> MongoCodes:
    return MongoCodes(mongo)


async def test_of_many_tries_at_once_as_many_are_taken_as_there_are(codes: MongoCodes) -> None:
    await codes.keep_code(CODE)
    tries = await asyncio.gather(*(codes.take_try(CODE.id, NOON) for _ in range(12)))
    assert sum(one is not None for one in tries) == 5
    assert await codes.take_try("sms:another", NOON) is None


async def test_a_code_is_tried_until_its_time_is_over(codes: MongoCodes) -> None:
    await codes.keep_code(CODE)
    assert await codes.take_try(CODE.id, LATER - timedelta(milliseconds=1)) is not None
    assert await codes.take_try(CODE.id, LATER) is None
    assert (await codes.list_codes(NOON, 9), await codes.list_codes(LATER, 9)) == ([replace(CODE, tries_left=4)], [])


async def test_of_many_who_are_right_at_once_one_has_spent_it(codes: MongoCodes) -> None:
    await codes.keep_code(CODE)
    assert sorted(await asyncio.gather(*(codes.spend_code(CODE) for _ in range(8)))) == [False] * 7 + [True]


async def test_a_newer_code_is_not_spent_by_the_one_before(codes: MongoCodes) -> None:
    await codes.keep_code(CODE)
    await asyncio.gather(*(codes.keep_code(replace(CODE, code="777777", sent_at=LATER, kept_until=LATER)) for _ in range(4)))
    assert not await codes.spend_code(CODE)


async def test_a_turn_is_one_s_until_its_time_is_over_or_it_is_given_up(codes: MongoCodes) -> None:
    soon = NOON + timedelta(minutes=1)
    assert sorted(await asyncio.gather(*(codes.take_turn("turn", NOON, soon) for _ in range(8)))) == [False] * 7 + [True]
    assert not await codes.take_turn("turn", soon - timedelta(milliseconds=1), LATER)
    assert await codes.take_turn("turn", soon, LATER)
    await codes.give_up_turn("turn")
    assert await codes.take_turn("turn", soon, LATER)


async def test_no_more_are_counted_than_may_be(codes: MongoCodes) -> None:
    assert sum(await asyncio.gather(*(codes.count_up("a day", 3, LATER) for _ in range(12)))) == 3
    assert await codes.count_up("another day", 3, LATER)
