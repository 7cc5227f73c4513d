"""The audit of bookings, polls and queues: whether what is counted is what there is, and what was charged has its entry."""
from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from server.domain.auditing.slices import giving_way
from server.domain.mall.audit import MallAudit, compare_entry, portions
from server.domain.mall.community.activities import Activity, Booking, Team, paid_key, refunded_key
from server.domain.mall.community.polls import Poll
from server.domain.mall.community.queues import Queue
from server.domain.mall.ledger import Entry

Made = TypeVar("Made", bound=Struct, covariant=True)


class Audited(Protocol[Made]):
    """Things of one kind, as they are kept."""

    def each_one(self) -> AsyncIterator[Made]: ...

    async def find(self, id: Any) -> Made | None: ...


class AuditedBookings(Audited[Booking], Protocol):
    """Bookings, as they are kept."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Booking]: ...

    async def count_places(self, activity_id: int) -> int:
        """Bookings there that are not cancelled."""

    async def count_members(self, team_id: int) -> int:
        """As `count_places`, of a team."""


class AuditedBallots(Protocol):
    """Ballots, as they are kept."""

    async def list_choices(self, poll_id: int) -> list[list[int]]:
        """What each voter chose."""


class AuditedTickets(Protocol):
    """Numbers of queues, as they are kept."""

    async def list_numbers(self, queue_id: int, round: int) -> list[int]: ...


class AuditedEntries(Protocol):
    """The ledger, as it is kept."""

    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]: ...


class CommunityAudit:
    """Implements AuditPart."""

    def __init__(
        self,
        activities: Audited[Activity],
        teams: Audited[Team],
        bookings: AuditedBookings,
        polls: Audited[Poll],
        ballots: AuditedBallots,
        queues: Audited[Queue],
        tickets: AuditedTickets,
        entries: AuditedEntries,
    ):
        self._activities = activities
        self._teams = teams
        self._bookings = bookings
        self._polls = polls
        self._ballots = ballots
        self._queues = queues
        self._tickets = tickets
        self._entries = entries

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {"booking": self._bookings.find_by_ids}

    async def audit(self, audit: MallAudit) -> None:
        await _compare("activity", self._activities, lambda one: one.taken, lambda one: self._bookings.count_places(one.id), audit)
        await _compare("team", self._teams, lambda one: one.members, lambda one: self._bookings.count_members(one.id), audit)
        await _compare("poll", self._polls, _counted, self._count_votes, audit)
        await _compare("queue", self._queues, lambda one: list(range(1, one.given + 1)), self._list_numbers, audit)
        async for some in portions(self._bookings.each_one()):
            entries = await self._find_entries(some)
            for booking in some:
                problems = find_booking_problems(booking, entries)
                again = await self._bookings.find(booking.id) if problems else None
                problems = [] if again is None else find_booking_problems(again, await self._find_entries([again]))
                for problem in problems:
                    audit.note(f"booking {booking.id}", problem)

    async def _find_entries(self, bookings: Sequence[Booking]) -> dict[str, Entry]:
        return await self._entries.find_entries([key for one in bookings for key in (paid_key(one), refunded_key(one))])

    async def _count_votes(self, poll: Poll) -> tuple[int, dict[str, int]]:
        choices = await self._ballots.list_choices(poll.id)
        return len(choices), dict(Counter(str(id) for chosen in choices for id in chosen))

    async def _list_numbers(self, queue: Queue) -> list[int]:
        return sorted(await self._tickets.list_numbers(queue.id, queue.round))


def find_booking_problems(booking: Booking, entries: Mapping[str, Entry]) -> list[str]:
    """What of a booking contradicts the ledger."""
    return [
        *compare_entry(entries.get(paid_key(booking)), booking.user_id, booking.charged, "payment"),
        *compare_entry(entries.get(refunded_key(booking)), booking.user_id, booking.given_back, "refund"),
    ]


def _counted(poll: Poll) -> tuple[int, dict[str, int]]:
    return poll.voters, poll.counts


Thing = TypeVar("Thing", Activity, Team, Poll, Queue)


async def _compare(
    kind: str,
    kept: Audited[Thing],
    told: Callable[[Thing], object],
    count: Callable[[Thing], Awaitable[object]],
    audit: MallAudit,
) -> None:
    """Both are read one after the other: only what is told the same before and after may be compared."""
    async for one in giving_way(kept.each_one()):
        if told(one) == await count(one):
            continue
        before = await kept.find(one.id)
        there = None if before is None else await count(before)
        after = await kept.find(one.id)
        if before is not None and after is not None and told(before) == told(after) != there:
            audit.note(f"{kind} {one.id}", f"has counted {told(after)}, and there is {there}")
