"""The audit of books without an end: the process that walks over lots walks over each kind of books too, in slices."""
from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from server.domain.auditing.slices import Slices
from server.domain.auditing.standings import FINDINGS_KEPT, PartStanding, WrongPlace, warn_of
from server.domain.clock import Clock
from server.domain.rounds import Rounds

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
BEGIN_SECONDS = 15.0  # after a start the machine is wanted for what people ask
PAUSE_SECONDS = 20.0  # between two walks: where there is little, this is what keeps them cheap


class Noted(Protocol):
    """What is wrong, as far as a walk has come."""

    @property
    def finding_count(self) -> int: ...

    @property
    def findings(self) -> Sequence[Any]:
        """Each has `about` and `problem`; not all need be kept."""


Found = TypeVar("Found", bound=Noted)


class Books(Generic[Found]):
    """One kind of books. `walk` fills in what `begin` gives; it takes `share` of the time at most."""

    def __init__(self, name: str, begin: Callable[[], Found], walk: Callable[[Found], Coroutine[Any, Any, object]], share: float):
        self.name = name
        self.begin = begin
        self.walk = walk
        self.slices = Slices(share)


class BookStandings(Struct, frozen=True):
    """What was found in all kinds of books, for all processes."""

    parts: tuple[PartStanding, ...] = ()


class BookStandingStore(Protocol):
    """Where it is kept."""

    async def read_book_standings(self) -> BookStandings | None: ...

    async def save_book_standings(self, standings: BookStandings) -> None: ...


class BooksWatch:
    """One round every two seconds, in every process: the walker tells what it has found so far, the others read it."""

    def __init__(self, books: Sequence[Books[Any]], standings: BookStandingStore, is_walker: Callable[[], bool], clock: Clock):
        self._walks = [BooksWalk(one, clock) for one in books]
        self._standings = standings
        self._is_walker = is_walker
        self._walking: list[Rounds] = []  # while this process walks
        self._begins_at = 0.0  # as time.monotonic() tells it
        self._looking = Rounds("the continuous audit of books", self.look, LOOK_SECONDS)
        self._seen = BookStandings()

    def start(self) -> None:
        self._begins_at = time.monotonic() + BEGIN_SECONDS
        self._looking.start()

    async def stop(self) -> None:
        await self._looking.stop()
        await self._stop_walking()

    @property
    def parts(self) -> Sequence[PartStanding]:
        """As last seen."""
        return self._seen.parts

    async def look(self) -> None:
        """Raises Unavailable."""
        if not self._is_walker() or time.monotonic() < self._begins_at:
            await self._stop_walking()
            self._see(await self._standings.read_book_standings() or BookStandings())
            return
        if not self._walking:
            known = {part.name: part for part in (await self._standings.read_book_standings() or BookStandings()).parts}
            self._walking = [walk.go_on(known.get(walk.name)) for walk in self._walks]
        now = BookStandings(tuple(walk.standing for walk in self._walks))
        if now != self._seen:
            self._see(now)
            await self._standings.save_book_standings(now)

    async def _stop_walking(self) -> None:
        walking, self._walking = self._walking, []
        for rounds in walking:
            await rounds.stop()

    def _see(self, standings: BookStandings) -> None:
        warn_of(self._seen.parts, standings.parts)
        self._seen = standings


class BooksWalk:
    """One walk after the other over one kind of books. What was found stays until a whole walk was made without it."""

    def __init__(self, books: Books[Any], clock: Clock):
        self.name = books.name
        self._books = books
        self._clock = clock
        self._before = PartStanding(name=books.name)  # after the last whole walk
        self._found: Noted | None = None  # while a walk is under way

    def go_on(self, before: PartStanding | None) -> Rounds:
        """After what the process before has found."""
        self._before = before or self._before
        rounds = Rounds(f"the audit of {self.name}", self.walk, PAUSE_SECONDS)
        rounds.start()
        return rounds

    @property
    def standing(self) -> PartStanding:
        if self._found is None or not self._found.finding_count:
            return self._before
        wrong = dict.fromkeys((*self._before.findings, *_wrong_places(self._found)))
        count = max(self._before.finding_count, self._found.finding_count, len(wrong))
        return replace(self._before, findings=tuple(wrong)[:FINDINGS_KEPT], finding_count=count)

    async def walk(self) -> None:
        """Raises Unavailable; what was found until then stays."""
        self._found = found = self._books.begin()
        unreadable: tuple[WrongPlace, ...] = ()
        try:
            await self._books.slices.run(self._books.walk(found))
        except msgspec.ValidationError as error:
            unreadable = (WrongPlace(self.name, f"holds what cannot be read: {error}"),)
        except BaseException:
            self._before = self.standing
            raise
        finally:
            self._found = None
        self._before = PartStanding(
            name=self.name,
            passes=self._before.passes + 1,
            findings=(*unreadable, *_wrong_places(found))[:FINDINGS_KEPT],
            finding_count=found.finding_count + len(unreadable),
            looked_at=self._clock.now(),
        )


def _wrong_places(found: Noted) -> list[WrongPlace]:
    return [WrongPlace(one.about, one.problem) for one in found.findings[:FINDINGS_KEPT]]
