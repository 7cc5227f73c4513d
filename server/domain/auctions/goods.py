"""Goods, and their auction state: a lot."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.admission import FOR_EVERYONE, Admission
from server.domain.auctions.prices import StepFrom, step_at
from server.domain.auctions.record import Act, Bid, MaximumSet
from server.domain.clock import Stamp
from server.domain.paging import Page, PageQuery


class LotStatus(str, Enum):
    """`closed` is never stored: it is what an open lot whose time is over looks like until it is settled."""

    OPEN = "open"
    CLOSED = "closed"
    WON = "won"
    UNSOLD = "unsold"
    WITHDRAWN = "withdrawn"


class ExtendedBy(str, Enum):
    """Why a lot ends at another time than it was going to: a bid in its last moments, a while in which nobody could bid, an operator."""

    LATE_BID = "late_bid"
    OUTAGE = "outage"
    OPERATOR = "operator"


class Said(Struct, frozen=True):
    """What an operator did to a lot last, in words for everyone."""

    act: Act
    reason: str
    at: datetime


class Void(Struct, frozen=True):
    """Entries that stand no more: those after `back_to`, up to `up_to`; the one that says so follows."""

    back_to: int
    up_to: int


class Terms(Struct, frozen=True, kw_only=True):
    """What is sold and on which conditions; does not change once bids are taken. Amounts in fen.

    With `steps`, a table of its group, the lot's own `step` counts at no price.
    """

    id: int
    group_id: int
    sn: str
    category: str
    score: str
    sn_no: str
    low_price: int
    top_price: int
    step: int = 1
    extend_window_seconds: int = 60
    position: int = 0
    pictures: tuple[str, ...] = ()  # addresses of ours, the front first
    steps: tuple[StepFrom, ...] = ()
    admission: Admission = FOR_EVERYONE

    def step_at(self, price: int) -> int:
        """By how much a bid of that price must be beaten."""
        return step_at(price, self.step, self.steps)


class LotState(Struct, frozen=True, kw_only=True):
    """What everyone may know of a lot. `revision` grows with every change, `seq` with every bid."""

    goods_id: int
    group_id: int
    revision: int
    seq: int
    price: int
    user_id: int | None
    nickname: str | None
    status: LotStatus
    end_at: datetime
    changed_at: datetime
    changed_era: int = 0
    extended_by: ExtendedBy | None = None
    paused_at: datetime | None = None
    said: Said | None = None
    acts: int = 0  # of the `seq` entries, those that are no bids

    @property
    def is_running(self) -> bool:
        """Open, and its time passes."""
        return self.status is LotStatus.OPEN and self.paused_at is None

    def status_at(self, now: datetime) -> LotStatus:
        return LotStatus.CLOSED if self.is_running and now >= self.end_at else self.status


class LotMark(Struct, frozen=True, kw_only=True):
    """By this, two readings of a lot are told apart."""

    id: int
    group_id: int
    revision: int = 0
    projected_seq: int = 0
    announced_at: datetime | None = None


class Lot(Terms, frozen=True, kw_only=True):
    """A goods with its whole auction state: one document, changed by one conditional update at a time."""

    start_at: datetime
    end_at: datetime
    latest_end_at: datetime  # soft close moves the end up to here
    status: LotStatus = LotStatus.OPEN
    revision: int = 0
    seq: int = 0
    price: int = 0  # the leading bid; 0 while there is none
    leader_id: int | None = None
    leader_nickname: str | None = None
    leader_participation_id: int | None = None
    ceiling: int = 0
    head: str = ""  # hash of the newest entry of the record
    outbox: tuple[Bid, ...] = ()
    maximum_changed_at: datetime | None = None  # when the leader changed the maximum last
    maxima_count: int = 0  # how often the leader's maximum was changed without a bid
    maxima: tuple[MaximumSet, ...] = ()  # of these, what is on its way to the record
    projected_seq: int = 0  # participations are up to date with this bid
    changed_at: datetime  # with the era, what cursors compare
    changed_era: int = 0
    settled_at: datetime | None = None
    announced_at: datetime | None = None  # winner and losers are told
    outages: tuple[int, ...] = ()  # whose time it has been given back
    extended_by: ExtendedBy | None = None  # what moved the end last
    paused_at: datetime | None = None  # from then on its time does not pass
    said: Said | None = None
    instructions: tuple[str, ...] = ()  # ids of what operators did, each an entry of the record
    voids: tuple[Void, ...] = ()

    @property
    def mark(self) -> LotMark:
        return LotMark(
            id=self.id,
            group_id=self.group_id,
            revision=self.revision,
            projected_seq=self.projected_seq,
            announced_at=self.announced_at,
        )

    @property
    def has_bid(self) -> bool:
        return self.leader_id is not None

    @property
    def current_price(self) -> int:
        return self.price if self.has_bid else self.low_price

    @property
    def minimum_offer(self) -> int:
        """The least that the next bid must offer. The top price may always be offered: it ends the lot (封顶)."""
        if not self.has_bid:
            return self.low_price
        return min(self.price + self.step_at(self.price), self.top_price)

    @property
    def is_bought_out(self) -> bool:
        return self.has_bid and self.price == self.top_price

    @property
    def leading_seq(self) -> int:
        """The number of the entry that leads."""
        return next((void.back_to for void in reversed(self.voids) if void.up_to + 1 == self.seq), self.seq)

    def stands(self, seq: int) -> bool:
        """Whether no void took that bid back."""
        return not any(void.back_to < seq <= void.up_to for void in self.voids)

    @property
    def state(self) -> LotState:
        return LotState(
            goods_id=self.id,
            group_id=self.group_id,
            revision=self.revision,
            seq=self.seq,
            price=self.current_price,
            user_id=self.leader_id,
            nickname=self.leader_nickname,
            status=self.status,
            end_at=self.end_at,
            changed_at=self.changed_at,
            changed_era=self.changed_era,
            extended_by=self.extended_by,
            paused_at=self.paused_at,
            said=self.said,
            acts=len(self.instructions),
        )


class Projected(Struct, frozen=True):
    """Participations of a lot are up to date with that bid. If all bids of the outbox of a revision are in the record: which."""

    goods_id: int
    up_to_seq: int
    arrived_revision: int | None = None


class LotStore(Protocol):
    """Where lots are kept."""

    async def get_lot(self, goods_id: int) -> Lot:
        """With what is on its way. Raises NotFound, also while its group is being prepared."""

    async def list_whole_lots(self, goods_ids: Sequence[int]) -> list[Lot]:
        """As get_lot for each; those that are not found are left out."""

    async def find_newer_lot(self, goods_id: int, revision: int) -> Lot | None:
        """The lot if it has another revision than that; None while it has not."""

    async def commit_lot(self, before: Lot, after: Lot) -> bool:
        """Replaces the state of an open lot if nothing changed it since `before` was read; durable when it returns True.

        Raises Unavailable when the database does not answer: then it may or may not have happened.
        """

    async def commit_lots(self, changes: Sequence[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
        """As commit_lot for each of several lots, by one question. None where only reading the lot again tells what became of it; an
        error where that lot's state cannot be stored.
        """

    async def claim_turn(self, goods_id: int) -> Lot:
        """As get_lot, and makes the commits that other processes have under way miss."""

    async def list_lots(self, group_id: int) -> list[Lot]:
        """All lots of a group in its order, without what is on its way; none while it is being prepared."""

    async def list_lots_by_id(self, goods_ids: list[int]) -> list[Lot]:
        """Those that exist, without what is on its way."""

    async def page_lots(self, group_id: int, category: str | None, page: PageQuery) -> Page[Lot]:
        """In the group's order, without what is on its way."""

    async def list_marks_changed_since(self, group_ids: list[int], since: datetime) -> list[LotMark]:
        """The lots of these groups whose state, or their leader's maximum, changed after that moment; all of them since EPOCH."""

    async def note_projected(self, projected: Sequence[Projected]) -> None:
        """Remembers up to which bids participations are up to date, and empties the outboxes of those that nothing changed since."""

    async def note_announced(self, goods_id: int, at: datetime) -> None:
        """Remembers that winner and losers have been told."""

    async def extend_for_outage(self, lost: Sequence[tuple[Lot, timedelta]], outage_id: int, stamp: Stamp) -> bool:
        """Moves both ends of each open lot by what it lost, unless it changed since or has had it; whether all were moved."""


def withdrawn_because(lot: Lot) -> str | None:
    """Why the lot was taken off the sale; None where it was not."""
    return lot.said.reason if lot.status is LotStatus.WITHDRAWN and lot.said is not None else None


def by_category(lots: Iterable[Lot]) -> dict[str, list[Lot]]:
    """Lots under their category, both in the order of the group."""
    shelves: dict[str, list[Lot]] = {}
    for lot in lots:
        shelves.setdefault(lot.category, []).append(lot)
    return shelves
