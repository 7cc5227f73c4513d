"""投票模块"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.community.shapes import nick_of, picture_of
from handlers.mall.shapes import (
    PAGED,
    DocumentTime,
    PageShape,
    Paging,
    absolute,
    document_time,
    optional_time,
    paged,
)
from server.domain.errors import InvalidInput
from server.domain.mall.community.people import Named
from server.domain.mall.community.polls import (
    AlreadyVoted,
    Ballot,
    BallotMissing,
    OptionTerms,
    OptionUnknown,
    Poll,
    PollClosed,
    PollFull,
    PollMissing,
    WrongNumberOfOptions,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

OPEN, CLOSED = 0, 1  # the document's numbers for what the staff has not closed, or has
STATUSES = {OPEN: "正常", CLOSED: "关闭"}
MOST_DIGITS = 10

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class OptionShape(Struct, omit_defaults=True, kw_only=True):
    """`isBest`: none has more votes."""

    id: int
    voteId: int
    title: str
    pic: str | None = None
    number: int
    isBest: bool

    @classmethod
    def of(cls, poll: Poll, option: OptionTerms, origin: str) -> OptionShape:
        return cls(
            id=option.id,
            voteId=poll.id,
            title=option.title,
            pic=absolute(option.picture, origin) or None,
            number=poll.votes_of(option.id),
            isBest=poll.is_best(option.id),
        )


class PollShape(Struct, omit_defaults=True, kw_only=True):
    """`items` where they are asked for."""

    id: int
    title: str
    content: str | None = None
    status: int
    statusStr: str
    numberMin: int
    numberMax: int
    numberPerson: int
    numberPersonMax: int | None = None
    dateStart: DocumentTime | None = None
    dateEnd: DocumentTime | None = None
    items: list[OptionShape] | None = None

    @classmethod
    def of(cls, poll: Poll, origin: str, *, is_whole: bool = False, has_items: bool = False) -> PollShape:
        status = OPEN if poll.is_open else CLOSED
        return cls(
            id=poll.id,
            title=poll.title,
            content=poll.content or None if is_whole else None,
            status=status,
            statusStr=STATUSES[status],
            numberMin=poll.least,
            numberMax=poll.most,
            numberPerson=poll.voters,
            numberPersonMax=poll.most_voters or None,
            dateStart=optional_time(poll.starts_at),
            dateEnd=optional_time(poll.ends_at),
            items=_options(poll, origin) if has_items else None,
        )


def _options(poll: Poll, origin: str) -> list[OptionShape]:
    return [OptionShape.of(poll, option, origin) for option in poll.options]


class PollsQuery(Paging):
    status: Annotated[int, Meta(ge=0, le=1, description="状态 0 正常 1 关闭")] | None = None
    showItems: bool = False


@routes.post("/vote/items", access=ANYONE, raises=())
async def list_polls(call: Call, body: PollsQuery) -> PageShape[PollShape]:
    """投票项目列表"""
    page, is_open = body.to_page_query(PAGED), None if body.status is None else body.status == OPEN
    found = await call.services.mall.community.polls.page_polls(is_open=is_open, page=page)
    return paged(found, page, lambda one: PollShape.of(one, call.origin, has_items=body.showItems))


class PollId(Struct):
    id: Id


class PollDetailShape(Struct):
    info: PollShape
    items: list[OptionShape]
    extJson: dict[str, str]


@routes.get("/vote/info", access=ANYONE, raises=(PollMissing,))
async def get_poll(call: Call, query: PollId) -> PollDetailShape:
    """投票项目详情"""
    poll = await call.services.mall.community.polls.get_poll(query.id)
    return PollDetailShape(PollShape.of(poll, call.origin, is_whole=True), _options(poll, call.origin), {})


class Vote(Struct):
    """`items`: numbers of options, with commas between."""

    voteId: Id
    items: Annotated[str, Meta(max_length=4000, description="投票选项ID多个选项用逗号分隔")] = ""
    remark: Annotated[str, Meta(max_length=1000, description="备注")] = ""

    def option_ids(self) -> list[int]:
        """Raises InvalidInput."""
        parts = [part.strip().strip('"') for part in self.items.strip().strip("[]").split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) <= MOST_DIGITS for part in parts):
            raise InvalidInput({"items": ["wrong_form" if self.items else "required"]})
        return [int(part) for part in parts]


@routes.post(
    "/vote/vote",
    access=SIGNED_IN,
    raises=(PollMissing, PollClosed, PollFull, AlreadyVoted, OptionUnknown, WrongNumberOfOptions),
)
async def vote(call: Call, body: Vote) -> None:
    """投票

    Once for each member."""
    await call.services.mall.community.polls.vote(call.caller, body.voteId, body.option_ids(), body.remark)


class OwnQuery(Struct):
    voteId: Id


class BallotShape(Struct, omit_defaults=True, kw_only=True):
    """`items` with commas between."""

    id: int
    voteId: int
    items: str
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, ballot: Ballot) -> BallotShape:
        return cls(
            id=ballot.id,
            voteId=ballot.poll_id,
            items=_joined(ballot),
            remark=ballot.remark or None,
            dateAdd=document_time(ballot.voted_at),
        )


def _joined(ballot: Ballot) -> str:
    return ",".join(map(str, ballot.option_ids))


@routes.get("/vote/vote/info", access=SIGNED_IN, raises=(BallotMissing,))
async def get_own_ballot(call: Call, query: OwnQuery) -> BallotShape:
    """我的投票详情"""
    return BallotShape.of(await call.services.mall.community.polls.get_own(call.caller, query.voteId))


class BallotsQuery(Paging, kw_only=True):
    voteId: Id


class BallotRowShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    voteId: int
    uid: int
    nick: str | None = None
    avatarUrl: str | None = None
    items: str
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, named: Named[Ballot], origin: str) -> BallotRowShape:
        ballot = named.made
        return cls(
            id=ballot.id,
            voteId=ballot.poll_id,
            uid=ballot.user_id,
            nick=nick_of(named.user),
            avatarUrl=picture_of(named.user, origin),
            items=_joined(ballot),
            remark=ballot.remark or None,
            dateAdd=document_time(ballot.voted_at),
        )


@routes.post("/vote/vote/list", access=ANYONE, raises=(PollMissing,))
async def list_ballots(call: Call, body: BallotsQuery) -> PageShape[BallotRowShape]:
    """投票明细记录查询

    The newest first; none where the shop does not show who voted for what."""
    page = body.to_page_query()
    found = await call.services.mall.community.polls.page_ballots(body.voteId, page)
    return paged(found, page, lambda one: BallotRowShape.of(one, call.origin))
