"""Groups as a noun: drafts that nobody sees, published whole, then acted on while people bid."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from server.domain.auctions.admission import Admission, WhoMayBid
from server.domain.auctions.control import ControlService
from server.domain.auctions.desk.lots import Extension, Framing, LotDeskService, LotLog, SaleLot, framed, latest_end
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.imports import EXTEND_LIMIT
from server.domain.auctions.interventions import ActRefused
from server.domain.auctions.prices import MAX_PRICE, MOST_STEPS, StepFrom, find_step_problem
from server.domain.auctions.record import Act
from server.domain.changes import Cause, Change
from server.domain.clock import Clock, Stamp, Stamps
from server.domain.errors import InvalidInput
from server.domain.nouns import (
    ADD,
    Action,
    ChangedMeanwhile,
    Id,
    InUse,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    Rules,
    about,
    plain,
)
from server.domain.transactions import Transaction, Transactions

DRAFT_UNTIL = datetime(9999, 1, 1, tzinfo=timezone.utc)  # the `opening_until` of what is opened by hand
MOST_LOTS = 5000
MOST_EXTEND_LIMIT_SECONDS = 24 * 3600

Issue = Annotated[int, Meta(ge=1, le=2**31 - 1), about("期号", "Issue")]
StartAt = Annotated[datetime, about("开始时间", "Starts at")]
EndAt = Annotated[datetime, about("结束时间", "Ends at")]
PHASE_WORDS = {"draft": ("草稿", "Draft"), "published": ("已发布", "Published"), "ended": ("已结束", "Ended")}


Steps = Annotated[tuple[StepFrom, ...], Meta(max_length=MOST_STEPS), about("加价阶梯", "Steps by price")]


WHO_WORDS = {
    WhoMayBid.ANYONE: ("任何人", "Anyone"),
    WhoMayBid.APPROVED: ("已准入的竞买人", "Approved bidders"),
    WhoMayBid.DEPOSIT: ("已交保证金或已准入", "Bidders with a deposit, or approved"),
}
Who = Annotated[WhoMayBid, about("谁可以出价", "Who may bid", labels=WHO_WORDS)]
DepositAsked = Annotated[int, Meta(ge=0, le=MAX_PRICE), about("保证金", "Deposit", "money")]
LeadLimit = Annotated[int, Meta(ge=0, le=MAX_PRICE), about("每人领先总额上限（0 为不限）", "Most one may owe in all (0: no limit)", "money")]


class BiddingRules(Struct, frozen=True, kw_only=True):
    """How a group's lots are bid on, and by whom. With `steps`, these count instead of each lot's own; none: the lot's."""

    steps: Steps = ()
    who_may_bid: Who = WhoMayBid.ANYONE
    deposit: DepositAsked = 0
    lead_limit: LeadLimit = 0


class GroupTerms(Struct, frozen=True, kw_only=True):
    """What auctioneers decide of a group, until it is published."""

    issue: Issue
    start_at: StartAt
    end_at: EndAt
    extend_limit_seconds: Annotated[
        int, Meta(ge=0, le=MOST_EXTEND_LIMIT_SECONDS), about("延时上限（秒）", "Latest end after the planned one (s)")
    ] = int(EXTEND_LIMIT.total_seconds())
    steps: Steps = ()
    who_may_bid: Who = WhoMayBid.ANYONE
    deposit: DepositAsked = 0
    lead_limit: LeadLimit = 0
    note: Annotated[str, Meta(max_length=200), about("备注", "Note")] = ""


class SaleGroup(Struct, frozen=True, kw_only=True):
    """A group as it is kept. `opening_until` is set while it is a draft."""

    id: int
    issue: int
    start_at: datetime
    end_at: datetime
    extend_limit_seconds: int = int(EXTEND_LIMIT.total_seconds())
    steps: tuple[StepFrom, ...] = ()
    who_may_bid: WhoMayBid = WhoMayBid.ANYONE
    deposit: int = 0
    lead_limit: int = 0
    note: str = ""
    categories: tuple[str, ...] = ()
    opening_until: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 0

    @property
    def is_draft(self) -> bool:
        return self.opening_until is not None

    @property
    def framing(self) -> Framing:
        return Framing(
            start_at=self.start_at,
            end_at=self.end_at,
            latest_end_at=latest_end(self.end_at, self.extend_limit_seconds),
            steps=self.steps,
            admission=Admission(who_may_bid=self.who_may_bid, deposit=self.deposit, lead_limit=self.lead_limit),
        )

    @property
    def phase(self) -> str:
        return "draft" if self.is_draft else "ended" if self.ended_at is not None else "published"


class GroupSight(Struct, frozen=True, kw_only=True):
    """A group as auctioneers see it."""

    id: NumberId
    issue: Issue
    phase: Annotated[str, about("状态", "Phase", labels=PHASE_WORDS)]
    start_at: StartAt
    end_at: EndAt
    extend_limit_seconds: Annotated[int, about("延时上限（秒）", "Latest end after the planned one (s)")]
    steps: Steps
    who_may_bid: Who
    deposit: DepositAsked
    lead_limit: LeadLimit
    note: Annotated[str, about("备注", "Note")]
    ended_at: Annotated[datetime | None, about("结算时间", "Ended at")]
    revision: Revision


class Copying(Struct, frozen=True, kw_only=True):
    """As a draft of another issue: all lots, or those that were not sold or not paid. Each tells which one it was copied from."""

    issue: Issue
    start_at: StartAt
    end_at: EndAt
    only_unsold: Annotated[bool, about("仅未成交和未付款", "Unsold and unpaid only")] = False


Order = about("拍品顺序", "Lots in order", refers_to="auctions.lots", owner="group_id")


class Ordering(Struct, frozen=True, kw_only=True):
    """Lots of the group in the order they are to stand; others come after them as they stood."""

    goods_ids: Annotated[list[Annotated[int, Meta(ge=1, le=2**53 - 1)]], Meta(max_length=MOST_LOTS), Order]


class Words(Struct, frozen=True, kw_only=True):
    """For everyone who looks at the group."""

    text: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S"), about("公告", "Text")]


class LotShelf(NounStore[SaleLot], Protocol):
    """Where lots are kept."""

    async def move(self, goods_id: int, position: int, stamp: Stamp) -> None:
        """It stands there from now on, and floors see that; whatever else is decided of it is left alone."""

    async def frame(self, lots: list[SaleLot], within: Transaction) -> bool:
        """Writes what their group decides of lots, each of the revision after the one that is kept; False where anything was done to one
        of them meanwhile: then the transaction has to be given up.
        """

    async def add_many(self, made: list[SaleLot], changes: list[Change] | None = None, within: Transaction | None = None) -> None: ...


class UnpaidLots(Protocol):
    """Lots that were sold, that nobody pays, and that are free."""

    async def list_unpaid(self, group_id: int) -> set[int]: ...

    async def relist_within(self, copies: Mapping[int, int], within: Transaction) -> None:
        """By lot its copy, as part of the transaction that writes the copies. Raises ChangedMeanwhile unless all are free still."""


class GroupRules(Rules[SaleGroup]):
    """A group ends after it begins, and is changed as long as nobody sees it."""

    def __init__(self, clock: Clock, lots: LotShelf):
        self._clock = clock
        self._lots = lots

    def show(self, made: SaleGroup) -> GroupSight:
        known = {name: value for name, value in plain(made).items() if name not in ("opening_until", "categories")}
        return GroupSight(**known, phase=made.phase)

    async def check(self, after: SaleGroup, before: SaleGroup | None) -> None:
        if before is not None and not before.is_draft:
            raise InUse("published")
        if after.end_at <= max(after.start_at, self._clock.now()):
            raise InvalidInput({"end_at": ["not_after_start"]})
        check_rules(after)

    async def make(self, noun: Noun[SaleGroup], id: Any, terms: Any, before: SaleGroup | None) -> SaleGroup:
        made = await super().make(noun, id, terms, before)
        return replace(made, opening_until=DRAFT_UNTIL)

    async def check_unused(self, made: SaleGroup) -> None:
        if not made.is_draft:
            raise InUse("published")
        if await self._lots.list_all(group_id=made.id):
            raise InUse("lots")


def check_rules(rules: BiddingRules | SaleGroup) -> None:
    """Raises InvalidInput."""
    problem = find_step_problem(rules.steps)
    if problem is not None:
        raise InvalidInput({"steps": [problem]})
    if (rules.who_may_bid is WhoMayBid.DEPOSIT) != (rules.deposit > 0):
        raise InvalidInput({"deposit": ["required" if not rules.deposit else "at_most:0"]})


class Drafts:
    """Implements GroupsOfLots."""

    def __init__(self, groups: NounStore[SaleGroup]):
        self._groups = groups

    async def find_draft(self, group_id: int) -> Framing | None:
        group = await self._groups.find(group_id)
        return group.framing if group is not None and group.is_draft else None


class GroupDeskService(NounService[SaleGroup]):
    """Auctioneers' work on groups."""

    def __init__(
        self,
        groups: NounStore[SaleGroup],
        lots: LotShelf,
        lot_desk: LotDeskService,
        control: ControlService,
        unpaid: UnpaidLots,
        transactions: Transactions,
        changes: LotLog,
        clock: Clock,
        moments: Stamps,
    ):
        super().__init__(GROUPS, groups, clock, GroupRules(clock, lots))
        self._moments = moments
        self._groups = groups
        self._lots = lots
        self._lot_desk = lot_desk
        self._control = control
        self._unpaid = unpaid
        self._transactions = transactions
        self._changes = changes

    async def publish(self, id: Id, cause: Cause) -> SaleGroup:
        """Everybody sees it from now on, whole.

        Raises NotFound, InUse where it is published or has no lot, InvalidInput, ChangedMeanwhile.
        """
        before = await self.get(id)
        if not before.is_draft:
            raise InUse("published")
        await self.rules.check(before, before)
        lots = await self._lots.list_all("position", group_id=before.id)
        if not lots:
            raise InUse("no_lots")
        categories = tuple(dict.fromkeys(lot.category for lot in lots))
        after = replace(before, opening_until=None, categories=categories, revision=before.revision + 1)
        await self._frame(before, after, lots, "publish", cause)
        return after

    async def set_rules(self, id: Id, cause: Cause, given: BiddingRules) -> SaleGroup:
        """For all of its lots at once, also of a group that everybody sees; never once there is an entry in a record.

        Raises NotFound, InvalidInput, InUse and ChangedMeanwhile.
        """
        before = await self.get(id)
        check_rules(given)
        lots = await self._lots.list_all("position", group_id=before.id)
        if before.ended_at is not None or any(lot.seq > 0 or lot.status is not LotStatus.OPEN for lot in lots):
            raise InUse("bids")
        after = replace(before, **asdict(given), revision=before.revision + 1)
        await self._frame(before, after, lots, "set-rules", cause)
        return after

    async def _frame(self, before: SaleGroup, after: SaleGroup, lots: list[SaleLot], verb: str, cause: Cause) -> None:
        """The group and what it decides of its lots, all of it or nothing. Raises ChangedMeanwhile."""
        stamp, entry = self._moments.stamp(), self.entry(verb, before, after, cause)
        made = [framed(lot, after.framing, stamp) for lot in lots]

        async def work(within: Transaction) -> None:
            if not await self._groups.save(before, after, entry, within) or not await self._lots.frame(made, within):
                raise ChangedMeanwhile()

        await self._transactions.run(work)

    async def copy(self, id: Id, cause: Cause, given: Copying) -> SaleGroup:
        """A draft with the same lots on the same terms, all of them or none; gives the draft. What was not paid is marked as gone on, and
        goes on once. Raises NotFound, InvalidInput and ChangedMeanwhile.
        """
        source = await self.get(id)
        lots = await self._lots.list_all("position", group_id=source.id)
        unpaid = await self._unpaid.list_unpaid(source.id) if given.only_unsold else set()
        if given.only_unsold:
            lots = [lot for lot in lots if lot.status in (LotStatus.UNSOLD, LotStatus.WITHDRAWN) or lot.id in unpaid]
        terms = GroupTerms(
            issue=given.issue,
            start_at=given.start_at,
            end_at=given.end_at,
            extend_limit_seconds=source.extend_limit_seconds,
            steps=source.steps,
            who_may_bid=source.who_may_bid,
            deposit=source.deposit,
            lead_limit=source.lead_limit,
            note=source.note,
        )
        draft = await self.add(terms, cause)
        copies = [await self._lot_desk.copied(lot, draft.id, position) for position, lot in enumerate(lots)]
        moved = {lot.id: made.id for lot, made in zip(lots, copies) if lot.id in unpaid}

        async def work(within: Transaction) -> None:
            await self._lots.add_many(copies, [self._lot_desk.entry(ADD, None, made, cause) for made in copies], within)
            await self._unpaid.relist_within(moved, within)

        if copies:
            await self._transactions.run(work)
        return draft

    async def order(self, id: Id, cause: Cause, given: Ordering) -> SaleGroup:
        """Raises NotFound, and InvalidInput for lots of other groups."""
        group = await self.get(id)
        lots = {lot.id: lot for lot in await self._lots.list_all("position", group_id=group.id)}
        if len(set(given.goods_ids)) < len(given.goods_ids) or not lots.keys() >= set(given.goods_ids):
            raise InvalidInput({"goods_ids": ["unknown"]})
        rest = [goods_id for goods_id in lots if goods_id not in set(given.goods_ids)]
        for position, goods_id in enumerate([*given.goods_ids, *rest]):
            if lots[goods_id].position != position:
                await self._lots.move(goods_id, position, self._moments.stamp())
        await self._tell(group, "order", cause, {"goods_ids": given.goods_ids})
        return group

    async def act_on(self, id: Id, act: Act, cause: Cause, given: Extension | None = None) -> SaleGroup:
        """On every open lot of it, each by one conditional write. Raises NotFound, InUse for a draft, and Unavailable."""
        group = await self._get_published(id)
        done = await self._control.act_on_group(group.id, act, cause, seconds=given.minutes * 60 if given is not None else 0)
        await self._tell(group, act.value, cause, {"lots": done.lots, "refused": done.refused})
        return await self.get(id)

    async def announce(self, id: Id, cause: Cause, given: Words) -> SaleGroup:
        """Raises NotFound, and InUse for a draft."""
        group = await self._get_published(id)
        await self._control.announce(group.id, given.text.strip())
        await self._tell(group, "announce", cause, {"text": given.text.strip()})
        return group

    async def _get_published(self, id: Id) -> SaleGroup:
        group = await self.get(id)
        if group.is_draft:
            raise InUse("draft")
        return group

    async def _tell(self, group: SaleGroup, verb: str, cause: Cause, told: dict[str, Any]) -> None:
        await self._changes.add_change(
            Change(
                noun=self.noun.full_name,
                thing_id=str(group.id),
                verb=verb,
                user_id=cause.user_id,
                at=self._clock.now(),
                before={},
                after=told,
                reason=cause.reason,
            )
        )


def _act(act: Act, zh: str, en: str, form: type[Struct] | None = None, *, is_dangerous: bool = False) -> Action:
    async def run(desk: GroupDeskService, id: int, cause: Cause, given: Any = None) -> SaleGroup:
        return await desk.act_on(id, act, cause, given)

    return Action(act.value, zh, en, run, True, form, is_dangerous)


GROUPS = Noun(
    area="auctions",
    name="groups",
    zh="期次",
    en="Groups",
    made=SaleGroup,
    terms=GroupTerms,
    shown=GroupSight,
    label="issue",
    searched=("note",),
    sorted=("id", "issue", "start_at", "end_at"),
    filtered=("issue", "start_at", "end_at"),
    order=("-id",),
    raises=(ActRefused,),
    actions=(
        Action("publish", "发布", "Publish", lambda desk, id, cause: desk.publish(id, cause)),
        Action("copy", "复制到新一期", "Copy to another issue", lambda desk, id, cause, given: desk.copy(id, cause, given), input=Copying),
        Action("order", "排序", "Order lots", lambda desk, id, cause, given: desk.order(id, cause, given), input=Ordering),
        Action("set-rules", "出价规则", "Bidding rules", lambda desk, id, cause, given: desk.set_rules(id, cause, given), True, BiddingRules),
        Action("announce", "公告", "Announce", lambda desk, id, cause, given: desk.announce(id, cause, given), input=Words),
        _act(Act.START, "提前开始", "Start early"),
        _act(Act.PAUSE, "暂停", "Pause"),
        _act(Act.RESUME, "恢复", "Resume"),
        _act(Act.EXTEND, "延长", "Extend", Extension),
        _act(Act.END, "立即结束", "End now", is_dangerous=True),
    ),
)
