"""Adjustments: what the shop's staff adds to a wallet or takes out of it, each with its reason; large ones by two people."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.user_service import UserService
from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.ledger import Cause, Ledger, NotEnough, Posting, Sums, TooMuch
from server.domain.nouns import (
    ADD,
    NOBODY,
    Action,
    ChangedMeanwhile,
    Id,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    about,
)
from server.domain.transactions import Transaction, Transactions

MOST = 10**11  # fen, points or growth at once
MOST_REMARK_CHARACTERS = 200

Part = Annotated[int, Meta(ge=-MOST, le=MOST)]


class AlreadyDecided(Conflict):
    """The adjustment was made or refused before."""


class SamePerson(Conflict):
    """Who asked for an adjustment is not the one who may approve it."""


class AdjustmentState(int, Enum):
    """What became of it."""

    AWAITING = 0
    MADE = 1
    REFUSED = 2


STATE_LABELS = {
    AdjustmentState.AWAITING: ("待复核", "Awaits another's approval"),
    AdjustmentState.MADE: ("已生效", "Made"),
    AdjustmentState.REFUSED: ("已拒绝", "Refused"),
}


class AdjustmentTerms(Struct, frozen=True, kw_only=True):
    """What is added to each purse; taken out of it, if it is negative."""

    user_id: Annotated[int, Meta(ge=1, le=2**53 - 1), about("用户编号", "User")]
    balance: Annotated[Part, about("余额", "Balance", "money")] = 0
    points: Annotated[Part, about("积分", "Points")] = 0
    growth: Annotated[Part, about("成长值", "Growth")] = 0
    remark: Annotated[str, Meta(min_length=1, max_length=MOST_REMARK_CHARACTERS), about("说明", "Remark")]

    @property
    def change(self) -> Sums:
        return Sums(balance=self.balance, points=self.points, growth=self.growth)


class Adjustment(AdjustmentTerms, frozen=True, kw_only=True):
    """One that was asked for; `decided_by` is somebody else for large ones."""

    id: NumberId
    revision: Revision
    state: Annotated[AdjustmentState, about("状态", "State", labels=STATE_LABELS)]
    asked_by: Annotated[int | None, about("申请人", "Asked by")]
    asked_at: Annotated[datetime, about("申请时间", "Asked at")]
    decided_by: Annotated[int | None, about("复核人", "Decided by")] = None
    decided_at: Annotated[datetime | None, about("复核时间", "Decided at")] = None


class AdjustmentDesk(NounService[Adjustment]):
    """The staff's work on wallets. An adjustment and what it does to a wallet are written together."""

    def __init__(
        self,
        adjustments: NounStore[Adjustment],
        ledger: Ledger,
        users: UserService,
        transactions: Transactions,
        clock: Clock,
        *,
        most_alone: int,
    ):
        super().__init__(ADJUSTMENTS, adjustments, clock)
        self._adjustments = adjustments
        self._ledger = ledger
        self._users = users
        self._transactions = transactions
        self._most_alone = most_alone  # fen, points or growth that one person adds or takes out by themselves

    async def try_out(self, terms: Struct) -> None:
        """Raises InvalidInput."""
        assert isinstance(terms, AdjustmentTerms)
        user = await self._users.find_user(terms.user_id)
        if user is None or user.deleted_at is not None:
            raise InvalidInput({"user_id": ["unknown"]})
        if terms.change == Sums():
            raise InvalidInput({"balance": ["required"]})

    async def add(self, terms: Struct, cause: Reason = NOBODY) -> Adjustment:
        """Made at once, unless it is so large that another has to approve it. Raises InvalidInput and NotEnough, by its kind."""
        assert isinstance(terms, AdjustmentTerms)
        await self.try_out(terms)
        now = self._clock.now()
        is_small = max(abs(terms.balance), abs(terms.points), abs(terms.growth)) <= self._most_alone
        made = Adjustment(
            id=await self._adjustments.next_id(),
            revision=1,
            user_id=terms.user_id,
            balance=terms.balance,
            points=terms.points,
            growth=terms.growth,
            remark=terms.remark,
            state=AdjustmentState.MADE if is_small else AdjustmentState.AWAITING,
            asked_by=cause.user_id,
            asked_at=now,
            decided_by=cause.user_id if is_small else None,
            decided_at=now if is_small else None,
        )
        entry = self.entry(ADD, None, made, cause)

        async def work(within: Transaction) -> None:
            await self._adjustments.add(made, entry, within)
            await self._apply(made, within)

        await self._transactions.run(work)
        return made

    async def approve_adjustment(self, adjustment_id: Id, cause: Reason) -> Adjustment:
        """Raises NotFound, SamePerson, AlreadyDecided, ChangedMeanwhile and NotEnough, by its kind."""
        return await self._decide(adjustment_id, "approve", AdjustmentState.MADE, cause)

    async def refuse_adjustment(self, adjustment_id: Id, cause: Reason) -> Adjustment:
        """Also by who asked for it. Raises NotFound, AlreadyDecided and ChangedMeanwhile."""
        return await self._decide(adjustment_id, "refuse", AdjustmentState.REFUSED, cause)

    async def _decide(self, adjustment_id: Id, verb: str, state: AdjustmentState, cause: Reason) -> Adjustment:
        before = await self.get(adjustment_id)
        if before.state is not AdjustmentState.AWAITING:
            raise AlreadyDecided()
        if state is AdjustmentState.MADE and cause.user_id == before.asked_by:
            raise SamePerson()
        now = self._clock.now()
        after = replace(before, state=state, decided_by=cause.user_id, decided_at=now, revision=before.revision + 1)
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._adjustments.save(before, after, entry, within):
                raise ChangedMeanwhile()
            await self._apply(after, within)

        await self._transactions.run(work)
        return after

    async def _apply(self, adjustment: Adjustment, within: Transaction) -> None:
        if adjustment.state is AdjustmentState.MADE:
            key, change = f"adjustment:{adjustment.id}", adjustment.change
            posting = Posting(user_id=adjustment.user_id, cause=Cause.ADJUSTMENT, key=key, change=change, remark=adjustment.remark)
            await self._ledger.post_within(posting, within)


ADJUSTMENTS = Noun(
    area="mall",
    name="adjustments",
    zh="钱包调整",
    en="Adjustments of wallets",
    made=Adjustment,
    new=AdjustmentTerms,
    label="remark",
    searched=("remark",),
    sorted=("id", "user_id", "balance", "points", "asked_at"),
    filtered=("user_id", "state", "balance"),
    order=("-id",),
    is_kept=True,
    raises=(AlreadyDecided, SamePerson, NotEnough, TooMuch),
    actions=(
        Action("approve", "复核通过", "Approve", AdjustmentDesk.approve_adjustment),
        Action("refuse", "拒绝", "Refuse", AdjustmentDesk.refuse_adjustment, needs_reason=True),
    ),
)
