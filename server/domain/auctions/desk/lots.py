"""Lots as a noun: added to a group that is not published, changed until somebody bids, acted on while people bid."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct, convert
from msgspec.structs import asdict, fields, replace

from server.domain.auctions.admission import FOR_EVERYONE, Admission
from server.domain.auctions.chain import genesis_hash
from server.domain.auctions.control import ControlService
from server.domain.auctions.goods import LotStatus, Said, Terms
from server.domain.auctions.imports import MAX_EXTEND_WINDOW_SECONDS, MAX_TEXT_CHARACTERS
from server.domain.auctions.interventions import ActRefused
from server.domain.auctions.lot_pictures import MOST_PICTURES
from server.domain.auctions.prices import MAX_PRICE, StepFrom
from server.domain.auctions.record import Act
from server.domain.changes import Cause, Change
from server.domain.clock import Clock, Stamp, Stamps
from server.domain.errors import InvalidInput
from server.domain.nouns import Action, Id, InUse, Noun, NounService, NounStore, NumberId, Revision, Rules, about, plain
from server.domain.pictures import FOLDER

FOLLOWING = ("head", "changed_at")
MOST_MINUTES = 7 * 24 * 60

STATUS_WORDS = {
    LotStatus.OPEN: ("竞拍中", "Open"),
    LotStatus.CLOSED: ("结算中", "Closing"),
    LotStatus.WON: ("已成交", "Won"),
    LotStatus.UNSOLD: ("流拍", "Unsold"),
    LotStatus.WITHDRAWN: ("已撤拍", "Withdrawn"),
}

Filled = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARACTERS, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARACTERS)]
Price = Annotated[int, Meta(ge=1, le=MAX_PRICE)]
Minutes = Annotated[int, Meta(ge=1, le=MOST_MINUTES), about("分钟", "Minutes")]
LotNumber = Annotated[int, Meta(ge=1, le=2**53 - 1)]
GroupId = Annotated[int, Meta(ge=1, le=2**53 - 1), about("期次", "Group", refers_to="auctions.groups")]


LotPicture = Annotated[
    str, Meta(pattern=rf"^{FOLDER}[0-9a-f]{{32}}\.(jpg|webp)$", extra_json_schema={"x-kind": "picture"})
]  # one of ours
Pictures = Annotated[tuple[LotPicture, ...], Meta(max_length=MOST_PICTURES), about("图片", "Pictures")]


class LotTerms(Struct, frozen=True, kw_only=True):
    """What auctioneers decide of a lot. Amounts in fen."""

    sn: Annotated[Filled, about("冠号", "Serial number")]
    category: Annotated[Filled, about("分类", "Category")]
    score: Annotated[Text, about("评分", "Grade")] = ""
    sn_no: Annotated[Text, about("号码类型", "Kind of number")] = ""
    low_price: Annotated[Price, about("起拍价", "Low price", "money")]
    top_price: Annotated[Price, about("封顶价", "Top price", "money")]
    step: Annotated[Price, about("加价幅度", "Step", "money")] = 1
    extend_window_seconds: Annotated[int, Meta(ge=0, le=MAX_EXTEND_WINDOW_SECONDS), about("延时窗口（秒）", "Soft close (s)")] = 60
    position: Annotated[int, Meta(ge=0, le=1_000_000), about("顺序", "Position")] = 0
    pictures: Pictures = ()


class NewLot(LotTerms, frozen=True, kw_only=True):
    """Also in which group, which does not change."""

    group_id: GroupId


class SaleLot(Terms, frozen=True, kw_only=True):
    """A lot as it is kept, without what belongs to its bids alone."""

    start_at: datetime
    end_at: datetime
    latest_end_at: datetime
    head: str
    changed_at: datetime
    changed_era: int = 0
    status: LotStatus = LotStatus.OPEN
    seq: int = 0
    price: int = 0
    leader_id: int | None = None
    leader_nickname: str | None = None
    paused_at: datetime | None = None
    said: Said | None = None
    copy_of: int | None = None  # the lot of another issue that it was
    revision: int = 0


class LotSight(Struct, frozen=True, kw_only=True):
    """A lot as auctioneers see it. `entries` counts bids and what operators did."""

    id: NumberId
    group_id: GroupId
    sn: Annotated[str, about("冠号", "Serial number")]
    category: Annotated[str, about("分类", "Category")]
    score: Annotated[str, about("评分", "Grade")]
    sn_no: Annotated[str, about("号码类型", "Kind of number")]
    low_price: Annotated[int, about("起拍价", "Low price", "money")]
    top_price: Annotated[int, about("封顶价", "Top price", "money")]
    step: Annotated[int, about("加价幅度", "Step", "money")]
    extend_window_seconds: Annotated[int, about("延时窗口（秒）", "Soft close (s)")]
    position: Annotated[int, about("顺序", "Position")]
    pictures: Pictures
    status: Annotated[LotStatus, about("状态", "Status", labels=STATUS_WORDS)]
    price: Annotated[int, about("领先价", "Leading bid", "money")]
    leader_id: Annotated[int | None, about("领先者", "Leader")]
    leader_nickname: Annotated[str | None, about("领先者昵称", "Leader's name")]
    entries: Annotated[int, about("记录数", "Entries")]
    start_at: Annotated[datetime, about("开始时间", "Starts at")]
    end_at: Annotated[datetime, about("结束时间", "Ends at")]
    is_paused: Annotated[bool, about("已暂停", "Paused")]
    said: Annotated[str, about("说明", "Said")]
    copy_of: Annotated[LotNumber | None, about("复制自", "Copy of", refers_to="auctions.lots")]
    revision: Revision


OF_TERMS = tuple(one.name for one in fields(LotTerms))


class Extension(Struct, frozen=True, kw_only=True):
    """By how much."""

    minutes: Minutes


class Voiding(Struct, frozen=True, kw_only=True):
    """`back_to`: the entry that stands again; 0 for the lot without a bid."""

    back_to: Annotated[int, Meta(ge=0, le=2**32 - 1), about("回到记录号", "Back to entry")]


def _act(act: Act, zh: str, en: str, form: type[Struct] | None = None, *, is_dangerous: bool = False) -> Action:
    async def run(desk: LotDeskService, id: int, cause: Cause, given: Any = None) -> SaleLot:
        return await desk.act_on(id, act, cause, given)

    return Action(act.value, zh, en, run, True, form, is_dangerous)


class Framing(Struct, frozen=True, kw_only=True):
    """What a group decides of all of its lots."""

    start_at: datetime
    end_at: datetime
    latest_end_at: datetime
    steps: tuple[StepFrom, ...] = ()
    admission: Admission = FOR_EVERYONE


class GroupsOfLots(Protocol):
    """Knows groups that are not published."""

    async def find_draft(self, group_id: int) -> Framing | None:
        """None where there is no such group, or it is published."""


class LotLog(Protocol):
    """Where is told what was done."""

    async def add_change(self, change: Change) -> None: ...


class LotRules(Rules[SaleLot]):
    """What is on sale is changed only while nobody has bid; lots come and go only before their group is published."""

    def __init__(self, groups: GroupsOfLots, moments: Stamps):
        self._groups = groups
        self._moments = moments

    def show(self, made: SaleLot) -> LotSight:
        told = {name: getattr(made, name) for name in OF_TERMS}
        return LotSight(
            **told,
            id=made.id,
            group_id=made.group_id,
            status=made.status,
            price=made.price,
            leader_id=made.leader_id,
            leader_nickname=made.leader_nickname,
            entries=made.seq,
            start_at=made.start_at,
            end_at=made.end_at,
            is_paused=made.paused_at is not None,
            said=made.said.reason if made.said is not None else "",
            copy_of=made.copy_of,
            revision=made.revision,
        )

    async def make(self, noun: Noun[SaleLot], id: Any, terms: Any, before: SaleLot | None) -> SaleLot:
        """Its record begins with its terms. Raises InvalidInput, and InUse once anything is in the record."""
        if terms.low_price >= terms.top_price:
            raise InvalidInput({"low_price": ["not_below:top_price"]})
        if before is None:
            framing = await self._groups.find_draft(terms.group_id)
            if framing is None:
                raise InvalidInput({"group_id": ["unknown"]})
            known = {**plain(framing), "revision": 0}
        elif before.seq > 0 or before.status is not LotStatus.OPEN:
            raise InUse("bids")
        else:
            known = plain(before)
        stamp = self._moments.stamp()
        changed: dict[str, Any] = {"revision": known["revision"] + 1, "changed_at": stamp.at, "changed_era": stamp.era}
        made = convert({**known, **plain(terms), "id": id, "head": "", **changed}, SaleLot)
        return convert({**plain(made), "head": genesis_hash(made)}, SaleLot)

    async def check_unused(self, made: SaleLot) -> None:
        if await self._groups.find_draft(made.group_id) is None:
            raise InUse("published")


class LotDeskService(NounService[SaleLot]):
    """Auctioneers' work on lots."""

    def __init__(
        self, lots: NounStore[SaleLot], groups: GroupsOfLots, control: ControlService, changes: LotLog, clock: Clock, moments: Stamps
    ):
        super().__init__(LOTS, lots, clock, LotRules(groups, moments))
        self._lots = lots
        self._control = control
        self._changes = changes

    def entry(self, verb: str, before: SaleLot | None, after: SaleLot | None, cause: Cause) -> Change:
        """Of what people decide: what follows from it is in the lot's own record."""
        made = super().entry(verb, before, after, cause)
        return replace(made, before=_decided(made.before), after=_decided(made.after))

    async def copied(self, lot: SaleLot, group_id: int, position: int) -> SaleLot:
        """The same goods on the same terms for a group that is not published; not yet kept. Raises InvalidInput."""
        known = {name: value for name, value in plain(lot).items() if name in NewLot.__struct_fields__}
        terms = NewLot(**{**known, "group_id": group_id, "position": position})
        made = await self.rules.make(self.noun, await self._lots.next_id(), terms, None)
        made = replace(made, pictures=lot.pictures, copy_of=lot.id)
        return replace(made, head=genesis_hash(made))

    async def act_on(self, id: Id, act: Act, cause: Cause, given: Extension | Voiding | None = None) -> SaleLot:
        """One conditional write, in turn with the lot's bids. Raises NotFound, ActRefused, InvalidInput and Unavailable."""
        lot = await self.get(id)
        seconds = given.minutes * 60 if isinstance(given, Extension) else 0
        back_to = given.back_to if isinstance(given, Voiding) else None
        entry = await self._control.act_on_lot(lot.id, act, cause, seconds=seconds, back_to=back_to)
        told = {"seq": entry.seq, **(asdict(given) if given is not None else {})}
        await self._changes.add_change(
            Change(
                noun=self.noun.full_name,
                thing_id=str(lot.id),
                verb=act.value,
                user_id=cause.user_id,
                at=entry.arrived_at,
                before={"seq": lot.seq},
                after=told,
                reason=cause.reason,
            )
        )
        return await self.get(id)


def _decided(values: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: value for name, value in values.items() if name not in FOLLOWING}


LOTS = Noun(
    area="auctions",
    name="lots",
    zh="拍品",
    en="Lots",
    made=SaleLot,
    terms=LotTerms,
    new=NewLot,
    shown=LotSight,
    label="sn",
    searched=("sn", "category", "score", "sn_no"),
    sorted=("id", "sn", "position", "low_price", "end_at"),
    filtered=("group_id", "category", "status", "end_at", "copy_of"),
    order=("-group_id", "position", "id"),
    raises=(ActRefused,),
    actions=(
        _act(Act.START, "提前开始", "Start early"),
        _act(Act.PAUSE, "暂停", "Pause"),
        _act(Act.RESUME, "恢复", "Resume"),
        _act(Act.EXTEND, "延长", "Extend", Extension),
        _act(Act.END, "立即结束", "End now", is_dangerous=True),
        _act(Act.WITHDRAW, "撤拍", "Withdraw", is_dangerous=True),
        _act(Act.VOID, "撤销出价", "Void bids", Voiding, is_dangerous=True),
    ),
)


def framed(lot: SaleLot, framing: Framing, stamp: Stamp) -> SaleLot:
    """The lot as its group decides, its record begun anew; with the next revision."""
    told = {name: getattr(framing, name) for name in Framing.__struct_fields__}
    made = replace(lot, **told, revision=lot.revision + 1, changed_at=stamp.at, changed_era=stamp.era)
    return replace(made, head=genesis_hash(made))


def latest_end(end_at: datetime, extend_limit_seconds: int) -> datetime:
    return end_at + timedelta(seconds=extend_limit_seconds)
