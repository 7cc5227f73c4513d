"""What buyers ask for after the sale, for pieces of one line of an order, and how far that is."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.orders.order import GroupMark, Order, OrderLine, OrderMissing, OrderStatus
from server.domain.mall.orders.returns import find_return
from server.domain.mall.price_rules import spread
from server.domain.mall.settings import Settings, whole_number
from server.domain.transactions import Contended, Transaction, Transactions

DAYS, USUAL_DAYS = "after_sale_days", 7  # for which a buyer may ask, once the goods are there
MOST_PICTURES = 9


class ClaimRefused(Conflict):
    """That cannot be asked for of this order: its state, its time, or what its goods offer."""


class AlreadyClaimed(Conflict):
    """Something is asked for already, and not decided."""


class ClaimMissing(NotFound):
    """Nothing is asked for there."""


class WrongClaimState(Conflict):
    """The claim is in a state in which that is not done."""


class ClaimKind(int, Enum):
    """As the document numbers them."""

    MONEY = 0
    RETURN = 1
    EXCHANGE = 2


class ClaimState(int, Enum):
    WAITING = 0
    CANCELLED = 1
    REFUSED = 2
    UNDER_WAY = 3  # the shop waits for the goods
    DONE = 4


class Step(int, Enum):
    """Of sending goods back."""

    NONE = 0
    TO_SEND = 1
    SENT = 2


class ReturnAddress(Struct, frozen=True, kw_only=True):
    """Where the goods are to go."""

    name: str
    mobile: str
    address: str


class Claim(Struct, frozen=True, kw_only=True):
    """Money in fen: `amount` is what was asked for, no more than was paid for the pieces; `refunded` what was given back for it."""

    id: int
    revision: int
    order_id: int
    order_number: str
    line_id: int
    user_id: int
    goods_id: int
    goods_name: str
    number: int
    amount: int
    kind: ClaimKind
    is_received: bool
    reason: str
    remark: str = ""
    pictures: tuple[str, ...] = ()
    state: ClaimState = ClaimState.WAITING
    step: Step = Step.NONE
    address: ReturnAddress | None = None
    carrier: str = ""
    tracking: str = ""
    answer: str = ""  # the shop's
    refunded: int = 0
    refund_id: int | None = None
    asked_at: datetime
    changed_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in (ClaimState.WAITING, ClaimState.UNDER_WAY)

    def become(self, now: datetime, **changes: Any) -> Claim:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def cancelled(self, now: datetime) -> Claim:
        """By its buyer, before the shop has decided. Raises WrongClaimState."""
        if self.state is not ClaimState.WAITING:
            raise WrongClaimState()
        return self.become(now, state=ClaimState.CANCELLED)

    def refused(self, answer: str, now: datetime) -> Claim:
        """Raises WrongClaimState."""
        self.check_open()
        return self.become(now, state=ClaimState.REFUSED, answer=answer)

    def asked_back(self, address: ReturnAddress, now: datetime) -> Claim:
        """The goods are to be sent there. Raises WrongClaimState."""
        self.check_open()
        if self.kind is ClaimKind.MONEY or self.step is Step.SENT:
            raise WrongClaimState()
        return self.become(now, state=ClaimState.UNDER_WAY, step=Step.TO_SEND, address=address)

    def sent_back(self, carrier: str, tracking: str, now: datetime) -> Claim:
        """Raises WrongClaimState."""
        if self.state is not ClaimState.UNDER_WAY:
            raise WrongClaimState()
        return self.become(now, step=Step.SENT, carrier=carrier, tracking=tracking)

    def done(self, now: datetime, *, refunded: int, refund_id: int | None) -> Claim:
        """Raises WrongClaimState."""
        self.check_open()
        return self.become(now, state=ClaimState.DONE, refunded=refunded, refund_id=refund_id)

    def check_open(self) -> None:
        """Raises WrongClaimState."""
        if not self.is_open:
            raise WrongClaimState()


class ClaimRequest(Struct, frozen=True, kw_only=True):
    """What is asked for: of one line, or of all that are left; of so many pieces, or of all that are left."""

    line_id: int | None = None
    number: int | None = None
    amount: int
    kind: ClaimKind
    is_received: bool
    reason: str
    remark: str = ""
    pictures: tuple[str, ...] = ()


# ---- rules


def check_claimable(order: Order, line: OrderLine, kind: ClaimKind, now: datetime, days: int) -> None:
    """Raises ClaimRefused and AlreadyClaimed."""
    if line.claim_id is not None:
        raise AlreadyClaimed()
    if order.is_refunded:
        raise ClaimRefused()
    is_sent = order.status in (OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.REVIEWED)
    if not (is_sent or order.status is OrderStatus.PAID and kind is ClaimKind.MONEY):
        raise ClaimRefused()
    received_at = order.received_at
    if received_at is not None and now - received_at > timedelta(days=days):
        raise ClaimRefused()
    if order.group is GroupMark.WAITING or str(kind.value) not in line.after_sale.split(",") or line.returned >= line.number:
        raise ClaimRefused()


def most_for(order: Order, pieces: Mapping[int, int]) -> int:
    """Fen that were paid for so many pieces of these lines, without the freight."""
    back = find_return(order, {line.id: line.returned for line in order.lines}, pieces)
    return back.money - back.freight


def amount_of(order: Order, claim: Claim, number: int) -> int:
    """Fen that so many of its pieces bring back, unless the staff says otherwise: what was asked for. Nobody can ask for the freight; of an
    order that was never sent it comes with the last pieces, where these are asked for whole.
    """
    back = find_return(order, {line.id: line.returned for line in order.lines}, {claim.line_id: number})
    is_whole = order.status is OrderStatus.PAID and claim.amount >= back.money - back.freight
    return claim.amount + (back.freight if is_whole else 0)


# ---- stores and service


class ClaimStore(Protocol):
    """Where claims are kept."""

    async def next_claim_ids(self, count: int) -> list[int]: ...

    async def add_claim(self, claim: Claim, within: Transaction) -> None: ...

    async def find_claim(self, claim_id: int, within: Transaction | None = None) -> Claim | None: ...

    async def save_claim(self, before: Claim, after: Claim, within: Transaction | None = None) -> bool:
        """False if it was changed since `before` was read."""

    async def list_claims(self, order_id: int) -> list[Claim]:
        """The newest first."""


class ClaimedOrders(Protocol):
    """Orders, as far as claims mark them."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...

    async def save_order(self, before: Order, after: Order, within: Transaction) -> bool: ...


class ClaimService:
    """What buyers do about their claims. A line has one open claim at most: it is written together with its order."""

    def __init__(self, claims: ClaimStore, orders: ClaimedOrders, settings: Settings, transactions: Transactions, clock: Clock):
        self._claims = claims
        self._orders = orders
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    async def apply(self, user_id: int, order_id: int, request: ClaimRequest) -> list[Claim]:
        """A claim for each line that is meant. Raises OrderMissing, ClaimRefused and AlreadyClaimed."""
        known = await self._get_own(user_id, order_id)
        ids = await self._claims.next_claim_ids(len(known.lines))
        days = await whole_number(self._settings, DAYS, USUAL_DAYS)

        async def work(within: Transaction) -> list[Claim]:
            order, now = await self._get_own(user_id, order_id, within), self._clock.now()
            lines = [line for line in order.lines if request.line_id in (None, line.id)]
            if request.line_id is None:
                lines = [line for line in lines if line.returned < line.number] or lines
            if not lines:
                raise ClaimRefused()
            made = _make_claims(order, lines, request, ids, now, days)
            after = order
            for claim in made:
                after = after.claimed(claim.line_id, claim.id, now)
                await self._claims.add_claim(claim, within)
            # One change of what was read, however many lines it is about.
            after = replace(after, revision=order.revision + 1)
            if not await self._orders.save_order(order, after, within):
                raise Contended()  # it was read in the same transaction: nobody can have changed it
            return made

        return await self._transactions.run(work)

    async def cancel(self, user_id: int, order_id: int, line_id: int | None) -> None:
        """What is open of that line, or of any. Raises OrderMissing, ClaimMissing and WrongClaimState."""

        async def work(within: Transaction) -> None:
            order, now = await self._get_own(user_id, order_id, within), self._clock.now()
            lines = [line for line in order.lines if line.claim_id is not None and line_id in (None, line.id)]
            if not lines:
                raise ClaimMissing("claim")
            after = order
            for line in lines:
                assert line.claim_id is not None
                claim = await self._claims.find_claim(line.claim_id, within)
                assert claim is not None
                if not await self._claims.save_claim(claim, claim.cancelled(now), within):
                    raise Contended()
                after = after.claimed(line.id, None, now)
            if not await self._orders.save_order(order, replace(after, revision=order.revision + 1), within):
                raise Contended()

        await self._transactions.run(work)

    async def list_claims(self, user_id: int, order_id: int, line_id: int | None) -> list[Claim]:
        """The newest first. Raises OrderMissing."""
        await self._get_own(user_id, order_id)
        return [claim for claim in await self._claims.list_claims(order_id) if line_id in (None, claim.line_id)]

    async def tell_parcel(self, user_id: int, claim_id: int, carrier: str, tracking: str) -> None:
        """By which the goods are sent back. Raises ClaimMissing and WrongClaimState."""
        claim = await self._claims.find_claim(claim_id)
        if claim is None or claim.user_id != user_id:
            raise ClaimMissing("claim")
        if not await self._claims.save_claim(claim, claim.sent_back(carrier, tracking, self._clock.now())):
            raise WrongClaimState()

    async def _get_own(self, user_id: int, order_id: int, within: Transaction | None = None) -> Order:
        found = await self._orders.find_order(order_id, within)
        if found is None or found.user_id != user_id:
            raise OrderMissing("order")
        return found


def _make_claims(
    order: Order, lines: list[OrderLine], request: ClaimRequest, ids: list[int], now: datetime, days: int
) -> list[Claim]:
    """What is asked for all of them together is theirs by what was paid for each."""
    for line in lines:
        check_claimable(order, line, request.kind, now, days)
    numbers = {line.id: min(request.number or line.number, line.number - line.returned) for line in lines}
    most = [most_for(order, {line.id: numbers[line.id]}) for line in lines]
    asked = 0 if request.kind is ClaimKind.EXCHANGE else min(request.amount, most_for(order, numbers))
    amounts = [asked] if len(lines) == 1 else spread(asked, most)
    return [
        Claim(
            id=id,
            revision=1,
            order_id=order.id,
            order_number=order.number,
            line_id=line.id,
            user_id=order.user_id,
            goods_id=line.choice.goods_id,
            goods_name=line.name,
            number=numbers[line.id],
            amount=amount,
            kind=request.kind,
            is_received=request.is_received,
            reason=request.reason,
            remark=request.remark,
            pictures=request.pictures,
            asked_at=now,
            changed_at=now,
        )
        for id, line, amount in zip(ids, lines, amounts)
    ]
