"""Answers of the database that everybody asks for: each is given to all for a moment, and asked for anew before it is too old."""
from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import DomainError
from server.domain.recent import RecentlyUsed

log = logging.getLogger(__name__)

BELIEVED = timedelta(seconds=1.5)  # with the time of an answer on its way, less than two seconds
AGEING = timedelta(seconds=0.5)  # early enough that what is in steady use is never too old

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Answer(Struct, Generic[Value], frozen=True):
    value: Value
    sign: object
    asked_at: datetime
    asked: float  # likewise, by a clock that does not jump


class Kept(Generic[Key, Value]):
    """Asks beside the requests: whoever finds nothing here asks the database itself."""

    def __init__(
        self,
        ask: Callable[[Key], Coroutine[Any, Any, Value]],
        clock: Clock,
        *,
        capacity: int,
        weigh: Callable[[Value], int] = lambda value: 1,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._ask = ask
        self._clock = clock
        self._weigh = weigh
        self._monotonic = monotonic
        self._answers: RecentlyUsed[Key, _Answer[Value]] = RecentlyUsed(capacity)
        self._asking: dict[Key, asyncio.Task[None]] = {}

    def recall(self, key: Key, sign: object = None) -> Value | None:
        """What the database said less than two seconds ago, if the sign is still the same: it says what else the answer rests on."""
        answer = self._answers.get(key)
        if answer is not None and answer.sign == sign:
            age, age_at = self._monotonic() - answer.asked, self._clock.now() - answer.asked_at
            if age < BELIEVED.total_seconds() and timedelta(0) <= age_at < BELIEVED:
                if age > AGEING.total_seconds():
                    self._ask_soon(key, sign)
                return answer.value
        self._ask_soon(key, sign)
        return None

    def _ask_soon(self, key: Key, sign: object) -> None:
        if key not in self._asking:
            task = self._asking[key] = asyncio.get_running_loop().create_task(self._renew(key, sign))
            task.add_done_callback(lambda _: self._asking.pop(key))

    async def _renew(self, key: Key, sign: object) -> None:
        asked_at, asked = self._clock.now(), self._monotonic()
        try:
            value = await self._ask(key)
        except DomainError:
            return  # who asks the database hears why
        except Exception:  # it is a task that nobody awaits: whatever it is, it is told, and the endpoint asks the database
            log.exception("what everybody asks for could not be read")
            return
        self._answers.put(key, _Answer(value, sign, asked_at, asked), self._weigh(value))
