"""Activities: what members book a place at, alone or in teams; what a booking costs, and until when it is held unpaid."""
from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.community.windows import Window, check_window
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.mall.ledger import Sums
from server.domain.nouns import Noun, NumberId, Revision, Rules, about

MOST_FEE = 10**9  # fen
MOST_PLACES = 1_000_000
MOST_ANSWERS, MOST_LABEL_CHARACTERS, MOST_ANSWER_CHARACTERS = 50, 60, 500
MOST_REMARK_CHARACTERS = 200
MOST_TEAM_NAME_CHARACTERS = 40


class ActivityMissing(NotFound):
    """There is no such activity."""


class ActivityClosed(Conflict):
    """It takes no bookings now: it is closed, has not begun to take them, or does no more."""


class PlacesTaken(Conflict):
    """All its places are taken."""


class AlreadyBooked(Conflict):
    """The member has as many places there as one may have."""


class NoTeams(Conflict):
    """Nobody books in teams there."""


class TeamMissing(NotFound):
    """The activity has no such team."""


class TeamFull(Conflict):
    """The team has as many members as it may have."""


class NotTeamLeader(Conflict):
    """Only who leads the team may do this, and not to themselves."""


class BookingMissing(NotFound):
    """The member has no such booking."""


class BookingOver(Conflict):
    """The booking was cancelled, or is done."""


class NothingDue(Conflict):
    """The booking is paid, or was free."""


class BookingState(int, Enum):
    """As the mini-program counts them: below two it is still to come."""

    UNPAID = 0
    BOOKED = 1
    DONE = 2
    CANCELLED = 3


STATE_LABELS = {
    BookingState.UNPAID: ("待支付", "Unpaid"),
    BookingState.BOOKED: ("已报名", "Booked"),
    BookingState.DONE: ("已完成", "Done"),
    BookingState.CANCELLED: ("已取消", "Cancelled"),
}

Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Count = Annotated[int, Meta(ge=0, le=MOST_PLACES)]


class ActivityTerms(Window, frozen=True, kw_only=True):
    """What of zero places, members or minutes stands there is not limited."""

    title: Annotated[Name, about("标题", "Title")]
    picture: Annotated[str, Meta(max_length=512), about("图片", "Picture", "picture")] = ""
    content: Annotated[str, Meta(max_length=200_000), about("介绍", "Content", "html")] = ""
    fee: Annotated[int, Meta(ge=0, le=MOST_FEE), about("报名费", "Fee", "money")] = 0
    places: Annotated[Count, about("名额", "Places")] = 0
    most_each: Annotated[Count, about("每人最多报名次数", "Places for one member")] = 1
    minutes_unpaid: Annotated[Count, about("未支付保留分钟数", "Minutes that a place is held unpaid")] = 30
    takes_teams: Annotated[bool, about("组队报名", "Takes teams")] = False
    most_in_team: Annotated[Count, about("每队人数", "Members of a team")] = 0


class Activity(ActivityTerms, frozen=True, kw_only=True):
    """`taken` counts bookings that are not cancelled."""

    id: NumberId
    revision: Revision = 0
    taken: Annotated[int, about("已占名额", "Taken")] = 0

    def check_free(self, now: datetime, booked: int) -> None:
        """Whether somebody who booked so often there may book once more. Raises ActivityClosed, PlacesTaken and AlreadyBooked."""
        if not self.is_open_at(now):
            raise ActivityClosed()
        if self.most_each and booked >= self.most_each:
            raise AlreadyBooked()
        if self.places and self.taken >= self.places:
            raise PlacesTaken()

    def held_until(self, now: datetime) -> datetime | None:
        """How long a place that is booked now waits for its payment; None: for ever, or it costs nothing."""
        return now + timedelta(minutes=self.minutes_unpaid) if self.fee and self.minutes_unpaid else None


class Team(Struct, frozen=True, kw_only=True):
    """Members who book together. `members` counts their bookings that are not cancelled."""

    id: int
    activity_id: int
    name: str
    leader_id: int
    members: int = 0
    founded_at: datetime

    def check_free(self, activity: Activity) -> None:
        """Raises TeamFull."""
        if activity.most_in_team and self.members >= activity.most_in_team:
            raise TeamFull()


class Booking(Struct, frozen=True, kw_only=True):
    """One member's place at an activity. `fee` in fen as it was then; `answers`: what they filled in, by label."""

    id: NumberId
    revision: Revision = 1
    activity_id: Annotated[int, about("活动", "Activity", refers_to="mall.activities")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    team_id: Annotated[int | None, about("团队", "Team")] = None
    state: Annotated[BookingState, about("状态", "State", labels=STATE_LABELS)]
    fee: Annotated[int, about("报名费", "Fee", "money")] = 0
    answers: Annotated[dict[str, str], about("报名信息", "Answers", "list")] = {}
    remark: Annotated[str, about("备注", "Remark")] = ""
    booked_at: Annotated[datetime, about("报名时间", "Booked at")]
    pays_until: Annotated[datetime | None, about("支付期限", "To be paid until")] = None
    paid_at: Annotated[datetime | None, about("支付时间", "Paid at")] = None
    ended_at: Annotated[datetime | None, about("结束时间", "Ended at")] = None

    @property
    def is_to_come(self) -> bool:
        return self.state in (BookingState.UNPAID, BookingState.BOOKED)

    @property
    def takes_place(self) -> bool:
        return self.state is not BookingState.CANCELLED

    @property
    def charged(self) -> Sums:
        """What paying it has done to its member's wallet."""
        return Sums(balance=-self.fee) if self.paid_at is not None else Sums()

    @property
    def given_back(self) -> Sums:
        """What cancelling it has done to its member's wallet."""
        return Sums(balance=self.fee) if self.paid_at is not None and self.state is BookingState.CANCELLED else Sums()

    # ---- what it becomes; the rules of each

    def paid(self, now: datetime) -> Booking:
        """Raises NothingDue and BookingOver."""
        if self.state is BookingState.BOOKED:
            raise NothingDue()
        if self.state is not BookingState.UNPAID or self.pays_until is not None and now >= self.pays_until:
            raise BookingOver()
        return replace(self, state=BookingState.BOOKED, paid_at=now, pays_until=None, revision=self.revision + 1)

    def cancelled(self, now: datetime) -> Booking:
        """Raises BookingOver."""
        if not self.is_to_come:
            raise BookingOver()
        return replace(self, state=BookingState.CANCELLED, ended_at=now, pays_until=None, revision=self.revision + 1)

    def done(self, now: datetime) -> Booking:
        """They were there. Raises BookingOver unless it is booked."""
        if self.state is not BookingState.BOOKED:
            raise BookingOver()
        return replace(self, state=BookingState.DONE, ended_at=now, revision=self.revision + 1)

    def answered(self, answers: dict[str, str]) -> Booking:
        """With other answers. Raises BookingOver."""
        if not self.is_to_come:
            raise BookingOver()
        return replace(self, answers=answers, revision=self.revision + 1)


def check_answers(answers: dict[str, str], field: str) -> None:
    """Raises InvalidInput, naming the field."""
    if len(answers) > MOST_ANSWERS:
        raise InvalidInput({field: [f"at_most:{MOST_ANSWERS}"]})
    if any(len(label) > MOST_LABEL_CHARACTERS for label in answers):
        raise InvalidInput({field: [f"too_long:{MOST_LABEL_CHARACTERS}"]})
    if any(len(answer) > MOST_ANSWER_CHARACTERS for answer in answers.values()):
        raise InvalidInput({field: [f"too_long:{MOST_ANSWER_CHARACTERS}"]})


def paid_key(booking: Booking) -> str:
    """Of the entry that its payment is."""
    return f"booking:{booking.id}:paid"


def refunded_key(booking: Booking) -> str:
    return f"booking:{booking.id}:refunded"


class ActivityRules(Rules[Activity]):
    """An activity ends after it begins; what is told of it is cleaned."""

    def __init__(self, cleaner: HtmlCleaner):
        self._cleaner = cleaner

    async def make(self, noun: Noun[Activity], id: int, terms: ActivityTerms, before: Activity | None) -> Activity:
        check_window(terms)
        return await super().make(noun, id, await with_clean_html(terms, self._cleaner), before)


ACTIVITIES = Noun(
    area="mall",
    name="activities",
    zh="预约活动",
    en="Activities",
    made=Activity,
    terms=ActivityTerms,
    label="title",
    searched=("title",),
    sorted=("id", "title", "fee", "taken"),
    filtered=("is_open", "takes_teams"),
    order=("-id",),
    is_kept=True,  # bookings name it
)
