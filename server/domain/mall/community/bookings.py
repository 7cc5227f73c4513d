"""Bookings: members take places at activities, pay for them, and lead or join teams. The last place goes to one."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.names import one_line
from server.domain.accounts.users import User
from server.domain.changes import Change
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.mall.community.activities import (
    MOST_REMARK_CHARACTERS,
    MOST_TEAM_NAME_CHARACTERS,
    Activity,
    ActivityMissing,
    Booking,
    BookingMissing,
    BookingState,
    NoTeams,
    NotTeamLeader,
    Team,
    TeamMissing,
    check_answers,
    paid_key,
    refunded_key,
)
from server.domain.mall.community.people import Named, People, with_people
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.nouns import NounStore
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

AT_ONCE = 100  # overdue bookings of one round


class ActivityStore(NounStore[Activity], Protocol):
    """Where activities are kept."""

    async def find_within(self, id: int, within: Transaction) -> Activity | None: ...

    async def count_places(self, before: Activity, more: int, within: Transaction) -> bool:
        """So many more are taken; False if it was another number by then."""


class TeamStore(Protocol):
    """Where teams are kept."""

    async def next_id(self) -> int: ...

    async def find(self, id: int) -> Team | None: ...

    async def find_within(self, id: int, within: Transaction) -> Team | None: ...

    async def add(self, made: Team, change: Change | None = None, within: Transaction | None = None) -> None: ...

    async def count_members(self, before: Team, more: int, within: Transaction) -> bool: ...

    async def page_teams(self, activity_id: int, page: PageQuery) -> Page[Team]:
        """Those with members, the first one first."""


class BookingStore(NounStore[Booking], Protocol):
    """Where bookings are kept."""

    async def find_within(self, id: int, within: Transaction) -> Booking | None: ...

    async def count_booked(self, activity_id: int, user_id: int, within: Transaction) -> int:
        """Bookings of that member there that are not cancelled."""

    async def page_own(self, user_id: int, page: PageQuery) -> Page[Booking]:
        """The newest first."""

    async def page_members(self, team_id: int, page: PageQuery) -> Page[Booking]:
        """Those that are not cancelled, the first one first."""

    async def list_overdue(self, now: datetime, most: int) -> list[Booking]:
        """Unpaid ones that are held no longer."""


class BookingAsked(Struct, frozen=True, kw_only=True):
    """What a member asks for. `team_id`: joins that team; `team_name`: leads a new one."""

    activity_id: int
    answers: dict[str, str] = {}
    remark: str = ""
    team_id: int | None = None
    team_name: str = ""

    def check(self) -> None:
        """Raises InvalidInput."""
        check_answers(self.answers, "extJsonStr")
        if len(self.remark) > MOST_REMARK_CHARACTERS:
            raise InvalidInput({"remark": [f"too_long:{MOST_REMARK_CHARACTERS}"]})
        if len(self.team_name) > MOST_TEAM_NAME_CHARACTERS:
            raise InvalidInput({"teamName": [f"too_long:{MOST_TEAM_NAME_CHARACTERS}"]})


class Books:
    """What of a booking is written together: the booking, the places of its activity and of its team, and the money."""

    def __init__(self, activities: ActivityStore, teams: TeamStore, bookings: BookingStore, ledger: Ledger):
        self._activities = activities
        self._teams = teams
        self._bookings = bookings
        self._ledger = ledger

    async def save(self, before: Booking, after: Booking, change: Change | None, within: Transaction) -> None:
        """With the place that is free again and the money that goes back, if it was cancelled."""
        if not await self._bookings.save(before, after, change, within):
            raise Contended()
        if after.state is BookingState.CANCELLED and before.state is not BookingState.CANCELLED:
            await self._give_place_back(before, within)
        await self._post(paid_key(after), after, after.charged, within)
        await self._post(refunded_key(after), after, after.given_back, within)

    async def _give_place_back(self, booking: Booking, within: Transaction) -> None:
        activity = await self._activities.find_within(booking.activity_id, within)
        if activity is not None and not await self._activities.count_places(activity, -1, within):
            raise Contended()
        team = None if booking.team_id is None else await self._teams.find_within(booking.team_id, within)
        if team is not None and not await self._teams.count_members(team, -1, within):
            raise Contended()

    async def _post(self, key: str, booking: Booking, change: Sums, within: Transaction) -> None:
        if change != Sums():
            posting = Posting(user_id=booking.user_id, cause=Cause.BOOKING, key=key, change=change, remark=f"#{booking.id}")
            await self._ledger.post_within(posting, within)


class BookingService:
    """Members' bookings. What is told of an activity is read with it in one transaction, so no place is given twice."""

    def __init__(
        self,
        activities: ActivityStore,
        teams: TeamStore,
        bookings: BookingStore,
        books: Books,
        people: People,
        transactions: Transactions,
        clock: Clock,
    ):
        self._activities = activities
        self._teams = teams
        self._bookings = bookings
        self._books = books
        self._people = people
        self._transactions = transactions
        self._clock = clock

    # ---- activities and teams

    async def page_activities(self, *, is_open: bool | None, page: PageQuery) -> Page[Activity]:
        """The newest first."""
        filters = {} if is_open is None else {"is_open": is_open}
        return await self._activities.page(ListQuery(filters=filters, order=("-id",)), page)

    async def get_activity(self, activity_id: int) -> Activity:
        """Raises ActivityMissing."""
        found = await self._activities.find(activity_id)
        if found is None:
            raise ActivityMissing("activity")
        return found

    async def get_team(self, team_id: int) -> Team:
        """Raises TeamMissing."""
        found = await self._teams.find(team_id)
        if found is None:
            raise TeamMissing("team")
        return found

    async def page_teams(self, activity_id: int, page: PageQuery) -> Page[Team]:
        return await self._teams.page_teams(activity_id, page)

    async def page_members(self, team_id: int, page: PageQuery) -> Page[Named[Booking]]:
        """With who they are."""
        found = await self._bookings.page_members(team_id, page)
        return await with_people(self._people, found, [one.user_id for one in found.items])

    # ---- bookings

    async def book(self, member: User, asked: BookingAsked) -> Booking:
        """A place of theirs, to be paid if it costs something.

        Raises InvalidInput, ActivityMissing, ActivityClosed, PlacesTaken, AlreadyBooked, NoTeams, TeamMissing, TeamFull and Contended.
        """
        asked.check()
        booking_id, team_id = await self._bookings.next_id(), await self._teams.next_id() if asked.team_name else None

        async def work(within: Transaction) -> Booking:
            now = self._clock.now()
            activity = await self._activities.find_within(asked.activity_id, within)
            if activity is None:
                raise ActivityMissing("activity")
            activity.check_free(now, await self._bookings.count_booked(activity.id, member.id, within))
            team = await self._find_team(member, asked, activity, team_id, within)
            booking = Booking(
                id=booking_id,
                activity_id=activity.id,
                user_id=member.id,
                team_id=None if team is None else team.id,
                state=BookingState.UNPAID if activity.fee else BookingState.BOOKED,
                fee=activity.fee,
                answers=asked.answers,
                remark=one_line(asked.remark),
                booked_at=now,
                pays_until=activity.held_until(now),
            )
            if not await self._activities.count_places(activity, 1, within):
                raise Contended()
            if team is not None and not await self._teams.count_members(team, 1, within):
                raise Contended()
            await self._bookings.add(booking, None, within)
            return booking

        return await self._transactions.run(work, (f"activity:{asked.activity_id}",))

    async def _find_team(
        self, member: User, asked: BookingAsked, activity: Activity, new_id: int | None, within: Transaction
    ) -> Team | None:
        if asked.team_id is None and new_id is None:
            return None
        if not activity.takes_teams:
            raise NoTeams()
        if asked.team_id is not None:
            team = await self._teams.find_within(asked.team_id, within)
            if team is None or team.activity_id != activity.id:
                raise TeamMissing("team")
            team.check_free(activity)
            return team
        assert new_id is not None
        name = one_line(asked.team_name)
        made = Team(id=new_id, activity_id=activity.id, name=name, leader_id=member.id, founded_at=self._clock.now())
        await self._teams.add(made, None, within)
        return made

    async def page_own(self, member: User, page: PageQuery) -> Page[Booking]:
        """The newest first."""
        return await self._bookings.page_own(member.id, page)

    async def get_own(self, member: User, booking_id: int) -> Booking:
        """Raises BookingMissing."""
        return _own(await self._bookings.find(booking_id), member.id)

    async def change_answers(self, member: User, booking_id: int, answers: dict[str, str]) -> None:
        """Raises InvalidInput, BookingMissing and BookingOver."""
        check_answers(answers, "extJsonStr")

        async def work(within: Transaction) -> None:
            before = _own(await self._bookings.find_within(booking_id, within), member.id)
            await self._books.save(before, before.answered(answers), None, within)

        await self._transactions.run(work)

    async def pay(self, member: User, booking_id: int) -> None:
        """Out of the wallet. Raises BookingMissing, NothingDue, BookingOver, NotEnoughBalance and Contended."""
        await self._transactions.run(
            lambda within: self.pay_within(member.id, booking_id, within), (wallet_of(member.id), f"booking:{booking_id}")
        )

    async def pay_within(self, member_id: int, booking_id: int, within: Transaction) -> Booking:
        """As `pay`, as part of a transaction."""
        before = _own(await self._bookings.find_within(booking_id, within), member_id)
        after = before.paid(self._clock.now())
        await self._books.save(before, after, None, within)
        return after

    async def remove_member(self, leader: User, booking_id: int) -> None:
        """Out of the team that the caller leads: the booking is cancelled, and what was paid for it goes back.

        Raises BookingMissing, NotTeamLeader, BookingOver and Contended.
        """

        async def work(within: Transaction) -> None:
            before = await self._bookings.find_within(booking_id, within)
            team = None if before is None or before.team_id is None else await self._teams.find_within(before.team_id, within)
            if before is None or team is None:
                raise BookingMissing("booking")
            if team.leader_id != leader.id or before.user_id == leader.id:
                raise NotTeamLeader()
            await self._books.save(before, before.cancelled(self._clock.now()), None, within)

        await self._transactions.run(work)

    async def close_overdue(self) -> int:
        """Gives places back that nobody has paid for in time; how many."""
        found: Sequence[Booking] = await self._bookings.list_overdue(self._clock.now(), AT_ONCE)
        for one in found:
            await self._transactions.run(lambda within, id=one.id: self._close(id, within))  # type: ignore[misc]
        return len(found)

    async def _close(self, booking_id: int, within: Transaction) -> None:
        now, before = self._clock.now(), await self._bookings.find_within(booking_id, within)
        if before is not None and before.state is BookingState.UNPAID and before.pays_until is not None and before.pays_until <= now:
            await self._books.save(before, before.cancelled(now), None, within)


def _own(booking: Booking | None, member_id: int) -> Booking:
    if booking is None or booking.user_id != member_id:
        raise BookingMissing("booking")
    return booking
