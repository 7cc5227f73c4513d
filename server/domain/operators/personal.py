"""Personal data on demand: everything that is kept of one person, for them to have."""
from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from server.domain.changes import Cause, Change
from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.nouns import NounStore
from server.domain.operators.persons import PERSONS, Person

EXPORT = "export"


Kept: TypeAlias = dict[str, list[dict[str, Any]]]  # by where it is kept, each thing with all of its fields; times are moments


class PersonalData(Struct, frozen=True, kw_only=True):
    """`merged`: the same of each log-in that became theirs, by its number."""

    user_id: int
    made_at: datetime
    kept: Kept
    merged: dict[int, Kept]


class PersonalStore(Protocol):
    """Knows where anything is kept that tells of a person."""

    def each_of(self, user_id: int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Where it is kept, and the thing; without what is nobody's to read: secrets that let in, and what serves the storage alone."""


class ChangeLog(Protocol):
    """Where is told what was done."""

    async def add_change(self, change: Change) -> None: ...


class PersonalDataService:
    """Gathers it for operators, who give it to whom it belongs."""

    def __init__(self, people: NounStore[Person], kept: PersonalStore, changes: ChangeLog, clock: Clock):
        self._people = people
        self._kept = kept
        self._changes = changes
        self._clock = clock

    async def export(self, user_id: int, cause: Cause) -> PersonalData:
        """The log has it before anything is read. Raises NotFound."""
        person = await self._people.find(user_id)
        if person is None:
            raise NotFound("user")
        now = self._clock.now()
        await self._changes.add_change(
            Change(
                noun=PERSONS,
                thing_id=str(user_id),
                verb=EXPORT,
                user_id=cause.user_id,
                at=now,
                before={},
                after={},
                reason=cause.reason,
            )
        )
        merged = {number: await self._gather(number) for number in person.merged}
        return PersonalData(user_id=user_id, made_at=now, kept=await self._gather(user_id), merged=merged)

    async def _gather(self, user_id: int) -> Kept:
        kept: Kept = {}
        async for place, thing in self._kept.each_of(user_id):
            kept.setdefault(place, []).append(thing)
        return kept
