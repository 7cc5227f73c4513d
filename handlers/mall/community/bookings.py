"""预约报名"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.community.shapes import nick_of, picture_of
from handlers.mall.shapes import (
    PAGED,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    absolute,
    document_time,
    labels_in,
    optional_time,
    paged,
    yuan,
)
from server.domain.mall.community.activities import (
    STATE_LABELS,
    Activity,
    ActivityClosed,
    ActivityMissing,
    AlreadyBooked,
    Booking,
    BookingMissing,
    BookingOver,
    NoTeams,
    NothingDue,
    NotTeamLeader,
    PlacesTaken,
    Team,
    TeamFull,
    TeamMissing,
)
from server.domain.mall.community.bookings import BookingAsked
from server.domain.mall.community.people import Named
from server.domain.mall.ledger import NotEnoughBalance
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

OPEN, CLOSED = 0, 1  # the document's numbers for what the staff has not closed, or has
STATUSES = {OPEN: "正常", CLOSED: "关闭"}

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Answers = Annotated[str, Meta(max_length=20_000, description="报名扩展数据JSON")]
Remark = Annotated[str, Meta(max_length=1000, description="备注")]


class ActivitiesQuery(Paging):
    status: Annotated[int, Meta(ge=0, le=1, description="状态 0 正常 1 关闭")] | None = None


class ActivityShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    title: str
    pic: str | None = None
    content: str | None = None
    amount: Yuan
    numberPersonMax: int | None = None
    numberPerson: int
    isTeam: bool
    teamNumberMax: int | None = None
    dateStart: DocumentTime | None = None
    dateEnd: DocumentTime | None = None
    status: int
    statusStr: str

    @classmethod
    def of(cls, activity: Activity, origin: str, *, is_whole: bool = False) -> ActivityShape:
        status = OPEN if activity.is_open else CLOSED
        return cls(
            id=activity.id,
            title=activity.title,
            pic=absolute(activity.picture, origin) or None,
            content=activity.content or None if is_whole else None,
            amount=yuan(activity.fee),
            numberPersonMax=activity.places or None,
            numberPerson=activity.taken,
            isTeam=activity.takes_teams,
            teamNumberMax=activity.most_in_team or None,
            dateStart=optional_time(activity.starts_at),
            dateEnd=optional_time(activity.ends_at),
            status=status,
            statusStr=STATUSES[status],
        )


@routes.post("/yuyue/items", access=ANYONE, raises=())
async def list_activities(call: Call, body: ActivitiesQuery) -> PageShape[ActivityShape]:
    """预约/报名项目列表"""
    page, is_open = body.to_page_query(PAGED), None if body.status is None else body.status == OPEN
    found = await call.services.mall.community.bookings.page_activities(is_open=is_open, page=page)
    return paged(found, page, lambda one: ActivityShape.of(one, call.origin))


class ActivityId(Struct):
    id: Id


class ActivityDetailShape(Struct):
    info: ActivityShape
    extJson: dict[str, str]


@routes.get("/yuyue/info", access=ANYONE, raises=(ActivityMissing,))
async def get_activity(call: Call, query: ActivityId) -> ActivityDetailShape:
    """预约/报名项目详情"""
    activity = await call.services.mall.community.bookings.get_activity(query.id)
    return ActivityDetailShape(ActivityShape.of(activity, call.origin, is_whole=True), {})


# ---- teams


class TeamId(Struct):
    teamId: Id


class TeamShape(Struct):
    """`uid` leads it."""

    id: int
    yuyueId: int
    name: str
    uid: int
    number: int
    dateAdd: DocumentTime

    @classmethod
    def of(cls, team: Team) -> TeamShape:
        return cls(team.id, team.activity_id, team.name, team.leader_id, team.members, document_time(team.founded_at))


@routes.get("/yuyue/info/team", access=ANYONE, raises=(TeamMissing,))
async def get_team(call: Call, query: TeamId) -> TeamShape:
    """预约/报名项目的团队详情"""
    return TeamShape.of(await call.services.mall.community.bookings.get_team(query.teamId))


class TeamsQuery(Paging, kw_only=True):
    yuyueId: Id


@routes.post("/yuyue/info/teams", access=ANYONE, raises=())
async def list_teams(call: Call, body: TeamsQuery) -> PageShape[TeamShape]:
    """预约/报名项目的所有团队列表"""
    page = body.to_page_query()
    return paged(await call.services.mall.community.bookings.page_teams(body.yuyueId, page), page, TeamShape.of)


class MembersQuery(Paging, kw_only=True):
    teamId: Id


class TeamMemberShape(Struct, omit_defaults=True, kw_only=True):
    """`id` is that of the booking."""

    id: int
    uid: int
    nick: str | None = None
    avatarUrl: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, named: Named[Booking], origin: str) -> TeamMemberShape:
        booking = named.made
        return cls(
            id=booking.id,
            uid=booking.user_id,
            nick=nick_of(named.user),
            avatarUrl=picture_of(named.user, origin),
            dateAdd=document_time(booking.booked_at),
        )


@routes.post("/yuyue/info/team/members", access=ANYONE, raises=())
async def list_members(call: Call, body: MembersQuery) -> PageShape[TeamMemberShape]:
    """预约/报名项目获取团队成员列表"""
    page = body.to_page_query()
    found = await call.services.mall.community.bookings.page_members(body.teamId, page)
    return paged(found, page, lambda one: TeamMemberShape.of(one, call.origin))


class BookingId(Struct):
    joinId: Id


@routes.post("/yuyue/info/team/members/del", access=SIGNED_IN, raises=(BookingMissing, NotTeamLeader, BookingOver))
async def remove_member(call: Call, body: BookingId) -> None:
    """预约/报名项目的团队长删除某个成员

    The booking is cancelled, and what was paid for it goes back into its member's wallet."""
    await call.services.mall.community.bookings.remove_member(call.caller, body.joinId)


# ---- bookings


class BookingBody(Struct):
    """`teamId`: joins that team; `teamName`: leads a new one."""

    yuyueId: Id
    extJsonStr: Answers | None = None
    remark: Remark = ""
    teamId: Id | None = None
    teamName: Annotated[str, Meta(max_length=200, description="创建团队时候填写的团队名称")] = ""

    def to_asked(self) -> BookingAsked:
        """Raises InvalidInput."""
        return BookingAsked(
            activity_id=self.yuyueId,
            answers=labels_in(self.extJsonStr, "extJsonStr"),
            remark=self.remark,
            team_id=self.teamId,
            team_name=self.teamName.strip(),
        )


class BookingShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    yuyueId: int
    teamId: int | None = None
    status: int
    statusStr: str
    amount: Yuan
    remark: str | None = None
    dateAdd: DocumentTime
    datePay: DocumentTime | None = None
    datePayEnd: DocumentTime | None = None

    @classmethod
    def of(cls, booking: Booking) -> BookingShape:
        return cls(
            id=booking.id,
            yuyueId=booking.activity_id,
            teamId=booking.team_id,
            status=booking.state.value,
            statusStr=STATE_LABELS[booking.state][0],
            amount=yuan(booking.fee),
            remark=booking.remark or None,
            dateAdd=document_time(booking.booked_at),
            datePay=optional_time(booking.paid_at),
            datePayEnd=optional_time(booking.pays_until),
        )


BOOKING_REFUSALS = (ActivityMissing, ActivityClosed, PlacesTaken, AlreadyBooked, NoTeams, TeamMissing, TeamFull)


@routes.post("/yuyue/join", access=SIGNED_IN, raises=BOOKING_REFUSALS)
async def book(call: Call, body: BookingBody) -> BookingShape:
    """预约/报名

    What costs something waits for its payment, for a while."""
    return BookingShape.of(await call.services.mall.community.bookings.book(call.caller, body.to_asked()))


class BookingDetailShape(Struct):
    info: BookingShape
    extJson: dict[str, str]

    @classmethod
    def of(cls, booking: Booking) -> BookingDetailShape:
        return cls(BookingShape.of(booking), booking.answers)


@routes.get("/yuyue/join/info", access=SIGNED_IN, raises=(BookingMissing,))
async def get_booking(call: Call, query: BookingId) -> BookingDetailShape:
    """我的报名详情"""
    return BookingDetailShape.of(await call.services.mall.community.bookings.get_own(call.caller, query.joinId))


@routes.post("/yuyue/join/info", access=SIGNED_IN, raises=(BookingMissing,))
async def get_booking_by_form(call: Call, body: BookingId) -> BookingDetailShape:
    """我的报名详情，以表单查询"""
    return BookingDetailShape.of(await call.services.mall.community.bookings.get_own(call.caller, body.joinId))


@routes.post("/yuyue/join/list", access=SIGNED_IN, raises=())
async def list_bookings(call: Call, body: Paging) -> PageShape[BookingShape]:
    """我的预约列表

    The newest first."""
    page = body.to_page_query()
    return paged(await call.services.mall.community.bookings.page_own(call.caller, page), page, BookingShape.of)


class BookingChange(Struct):
    joinId: Id
    extJsonStr: Answers | None = None


@routes.post("/yuyue/join/update", access=SIGNED_IN, raises=(BookingMissing, BookingOver))
async def change_booking(call: Call, body: BookingChange) -> None:
    """修改预约/报名信息"""
    answers = labels_in(body.extJsonStr, "extJsonStr")
    await call.services.mall.community.bookings.change_answers(call.caller, body.joinId, answers)


class BookingPaid(Struct):
    joinId: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="报名ID")]


@routes.post("/yuyue/pay", access=SIGNED_IN, raises=(BookingMissing, BookingOver, NothingDue, NotEnoughBalance))
async def pay_booking(call: Call, body: BookingPaid) -> None:
    """支付报名费

    From the wallet."""
    await call.services.mall.community.bookings.pay(call.caller, body.joinId)
