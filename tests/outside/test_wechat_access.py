"""Tests of server/outside/wechat_access.py and wechat_phones.py, against the stand-in's real HTTP server and on a real database."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from server.domain.accounts.wechat_login import PhoneCodeRefused
from server.domain.errors import Unavailable
from server.outside.wechat import WechatClient
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_phones import WechatPhones
from server.storage.accounts.wechat_access import MongoWechatAccess
from tests.clock import HandClock
from tests.outside.wechat import APP_ID, SECRET, Weather, WechatStandIn, standing_in


@pytest.fixture
def wechat(io_loop) -> Iterator[WechatStandIn]:
    with standing_in(io_loop) as running:
        yield running


@pytest.fixture
def processes(io_loop, mongo, wechat, clock: HandClock) -> Iterator[list[SharedAccess]]:
    """The keepers of four processes."""

    async def build() -> list[WechatClient]:
        return [WechatClient(APP_ID, SECRET, wechat.url) for _ in range(4)]

    clients = io_loop.run_sync(build)
    yield [SharedAccess(client, MongoWechatAccess(mongo), clock) for client in clients]
    for client in clients:
        client.close()


async def tokens_of(processes: list[SharedAccess], times: int = 10) -> set[str]:
    return set(await asyncio.gather(*(process.get_token() for process in processes * times)))


async def test_of_many_who_ask_at_once_in_several_processes_one_fetches_the_token(processes, wechat):
    assert await tokens_of(processes) == {wechat.access_given[0]}
    assert wechat.access_asked == 1
    assert await tokens_of(processes) == {wechat.access_given[0]}
    assert wechat.access_asked == 1


async def test_a_process_that_starts_later_finds_the_token(processes, wechat):
    for process in processes:
        assert await process.get_token() == wechat.access_given[0]
    assert wechat.access_asked == 1


async def test_a_token_is_renewed_once_before_its_end(processes, wechat, clock):
    await tokens_of(processes)
    clock.advance(minutes=115)
    await tokens_of(processes)
    assert wechat.access_asked == 1
    clock.advance(minutes=1)
    wechat.end_access()
    # The others may go on with the old one, which is good for some minutes.
    assert await tokens_of(processes) <= set(wechat.access_given)
    assert await tokens_of(processes) == {wechat.access_given[1]}
    assert wechat.access_asked == 2


async def test_while_wechat_is_away_the_token_serves_until_its_end_and_then_nothing_does(processes, wechat, clock):
    [token] = await tokens_of(processes)
    wechat.change_weather(Weather.BUSY)
    clock.advance(minutes=117)
    assert await tokens_of(processes) == {token} and wechat.access_asked == 2
    clock.advance(minutes=3)
    for process in processes:
        with pytest.raises(Unavailable):
            await process.get_token()
    wechat.change_weather(Weather.FAIR)
    wechat.end_access()
    assert await tokens_of(processes) == {wechat.access_given[-1]}


async def test_a_process_that_dies_while_it_fetches_holds_up_the_others_for_seconds_only(processes, wechat, clock, mongo):
    store = MongoWechatAccess(mongo)
    assert await store.take_turn(APP_ID, "", clock.now(), clock.now().replace(second=7))
    waiting = asyncio.ensure_future(processes[0].get_token())
    while not processes[0]._looking.locked():
        await asyncio.sleep(0)
    clock.advance(seconds=7)
    assert await waiting == wechat.access_given[0]


async def test_a_token_that_wechat_ended_before_its_time_is_replaced_once(processes, wechat):
    [token] = await tokens_of(processes)
    wechat.end_access()
    replaced = await asyncio.gather(*(process.replace_token(token) for process in processes * 5))
    assert set(replaced) == {wechat.access_given[-1]} and wechat.access_asked == 2
    assert await tokens_of(processes) == {wechat.access_given[-1]}


NUMBERS = [("13800138000", "86", "13800138000"), ("5550123", "1", "+1 5550123"), ("61234567", "852", "+852 61234567")]


@pytest.mark.parametrize(("number", "country", "kept"), NUMBERS)
async def test_a_code_stands_for_a_number_once(processes, wechat, number, country, kept):
    phones = WechatPhones(processes[0]._wechat, processes[0])
    code = wechat.new_phone_code(number, country)
    assert await phones.find_phone(code) == kept
    for refused in (code, "unknown", "半"):
        with pytest.raises(PhoneCodeRefused):
            await phones.find_phone(refused)


async def test_a_number_is_found_though_the_access_token_was_ended(processes, wechat):
    phones = [WechatPhones(process._wechat, process) for process in processes]
    await tokens_of(processes)
    wechat.end_access()
    codes = [wechat.new_phone_code(f"1380013800{number}") for number in range(4)]
    found = await asyncio.gather(*(phone.find_phone(code) for phone, code in zip(phones, codes)))
    assert found == [f"1380013800{number}" for number in range(4)]


@pytest.mark.parametrize("weather", [Weather.BUSY, Weather.BROKEN, Weather.GARBLED])
async def test_while_wechat_cannot_answer_no_number_is_told_and_the_code_is_not_spent(processes, wechat, weather):
    phones = WechatPhones(processes[0]._wechat, processes[0])
    code = wechat.new_phone_code("13800138000")
    for is_known in (False, True):
        wechat.change_weather(weather)
        with pytest.raises(Unavailable):
            await phones.find_phone(code)
        wechat.change_weather(Weather.FAIR)
        await tokens_of(processes)
    assert await phones.find_phone(code) == "13800138000"
