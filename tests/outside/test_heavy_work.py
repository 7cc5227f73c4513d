"""Tests of server/outside/heavy_work.py."""
from __future__ import annotations

import asyncio
import threading

import pytest

from server.domain.errors import Unavailable
from server.outside.heavy_work import HeavyWork


async def test_the_event_loop_goes_on_while_work_is_done():
    work, may_end, has_begun = HeavyWork(), threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> int:
        loop.call_soon_threadsafe(has_begun.set)
        may_end.wait()
        return threading.get_ident()

    under_way = asyncio.ensure_future(work.run(wait))
    await has_begun.wait()
    may_end.set()
    assert await under_way != threading.get_ident()
    work.close()


async def test_who_comes_when_too_many_wait_is_told_so_and_later_ones_are_not():
    work, may_end = HeavyWork(threads=1, most_waiting=3), threading.Event()
    waiting = [asyncio.ensure_future(work.run(may_end.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await work.run(int)
    assert (refused.value.what, refused.value.retry_after_seconds) == ("processor", 3)
    may_end.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await work.run(int, "7") == 7
    work.close()


async def test_what_the_work_raises_is_raised():
    work = HeavyWork()
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await work.run(lambda: 1 // 0)
    work.close()
