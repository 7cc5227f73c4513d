"""An order, and what it becomes."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from server.domain.errors import Conflict, NotFound
from server.domain.mall.earning import Earning, OwnCommission
from server.domain.mall.price_kinds import OF_A_PIECE, PriceKind
from server.domain.mall.price_rules import Effect, change_by, spread
from server.domain.mall.pricing import Delivery, PricedLine
from server.domain.mall.wares import Choice, Option, Pieces


class OrderMissing(NotFound):
    """There is no such order, or it is somebody else's."""


class WrongOrderState(Conflict):
    """The order is in a state in which that is not done; `status` tells which."""

    def __init__(self, status: OrderStatus):
        super().__init__(status)
        self.status = status


class GroupIncomplete(WrongOrderState):
    """It was bought in a group that is not complete: nothing is sent or handed over before."""


class NothingToPay(WrongOrderState):
    """The order is paid or closed."""


class OrderStatus(int, Enum):
    """As the document numbers them."""

    CLOSED = -1
    UNPAID = 0
    PAID = 1  # to be sent, or to be picked up
    SHIPPED = 2
    RECEIVED = 3  # to be reviewed
    REVIEWED = 4


class GroupMark(int, Enum):
    """Whether what was bought in a group waits for that."""

    NONE = 0
    WAITING = 1
    COMPLETE = 2


class Event(int, Enum):
    """What happened to an order, as its log numbers it."""

    CLOSED = -1
    PLACED = 0
    PAID = 1
    SHIPPED = 2
    RECEIVED = 3
    REVIEWED = 4
    PRICE_CHANGED = 5
    REFUNDED = 7


class Happened(Struct, frozen=True):
    """An entry in an order's log."""

    event: Event
    at: datetime


class Contact(Struct, frozen=True, kw_only=True):
    """Where an order is sent, and to whom. Regions by their numbers, with their names as they were then."""

    name: str
    mobile: str
    address: str
    province_id: str
    city_id: str
    district_id: str = ""
    street_id: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    post_code: str = ""

    @property
    def region_ids(self) -> tuple[str, ...]:
        """From the province down, as far as they are known."""
        return tuple(one for one in (self.province_id, self.city_id, self.district_id, self.street_id) if one)


class Trace(Struct, frozen=True):
    """Where a parcel was seen."""

    at: str  # as the carrier writes it
    text: str


class Parcel(Struct, frozen=True, kw_only=True):
    """What was sent, with whom."""

    carrier: str
    carrier_code: str = ""
    number: str
    sent_at: datetime
    traces: tuple[Trace, ...] = ()


class OrderLine(Struct, frozen=True, kw_only=True):
    """So many pieces of one choice, as they were bought. Money in fen; `amount` is that of all pieces.

    `returned`: pieces that were refunded, `restocked` those of them that never left; `claim_id`: what its buyer asks for after the sale,
    set while that is open. `earning` and `commission`: what it brings, to its buyer and to who recommended it.
    """

    id: int
    choice: Choice
    sku_id: int | None
    name: str
    picture: str
    spec_names: tuple[tuple[str, str], ...]
    options: tuple[Option, ...]
    number: int
    unit_price: int
    base_price: int
    amount: int
    points: int
    category_id: int
    shop_id: int
    freight_id: int
    unit: str
    bar_code: str
    after_sale: str
    inviter_id: int | None
    is_reviewed: bool = False
    returned: int = 0
    restocked: int = 0
    claim_id: int | None = None
    was_claimed: bool = False
    earning: Earning = Earning()
    commission: OwnCommission = OwnCommission()

    @classmethod
    def of(cls, id: int, priced: PricedLine, usual: Earning = Earning()) -> OrderLine:
        """`usual`: what is given for goods that say nothing of points; growth is always of it."""
        line, ware = priced.line, priced.line.ware
        own = ware.earning if ware.earning.points else usual
        return cls(
            id=id,
            choice=ware.choice,
            sku_id=ware.sku_id,
            name=ware.name,
            picture=ware.picture,
            spec_names=ware.spec_names,
            options=ware.options,
            number=line.number,
            unit_price=priced.unit_price,
            base_price=ware.base_price,
            amount=priced.amount,
            points=priced.points,
            category_id=ware.category_id,
            shop_id=ware.shop_id,
            freight_id=ware.freight_id,
            unit=ware.unit,
            bar_code=ware.bar_code,
            after_sale=ware.after_sale,
            inviter_id=line.inviter_id,
            earning=replace(own, growth=usual.growth),
            commission=ware.commission,
        )

    @property
    def pieces(self) -> Pieces:
        choice = self.choice
        return Pieces(choice.goods_id, self.sku_id, choice.day, choice.slot, self.name, self.number - self.restocked)


class Order(Struct, frozen=True, kw_only=True):
    """What was bought in one shop at once. Money in fen: `real` is what is paid, `refunded` what of it was given back.

    `effects`: which rule changed how much of the price, in their order; those of a piece are in the lines' prices already. All others, on
    what the lines cost, make `real`. `discount` is what coupons, points and cards took off, `additional` what was added to the goods.
    `closes_at`: when it closes if nobody has paid; None: never. `code` is shown when it is picked up.
    """

    id: int
    revision: int
    number: str
    user_id: int
    shop_id: int
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    goods: int
    freight: int
    additional: int = 0
    discount: int
    real: int
    points: int
    effects: tuple[Effect, ...] = ()
    payments: tuple[str, ...] = ()  # by their numbers, those that were made for it
    refunded: int = 0
    is_refunded: bool = False
    group: GroupMark = GroupMark.NONE
    delivery: Delivery
    needs_delivery: bool
    contact: Contact | None = None
    pick_up_shop_id: int | None = None
    pick_up_shop_name: str = ""
    is_redeemable: bool = False
    code: str
    remark: str = ""
    note: str = ""  # the staff's
    extensions: dict[str, str] = {}
    parcels: tuple[Parcel, ...] = ()
    log: tuple[Happened, ...]
    address: str = ""  # of the network, that it was placed from
    is_hidden: bool = False
    placed_at: datetime
    closes_at: datetime | None = None
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    changed_at: datetime

    @property
    def pieces(self) -> list[Pieces]:
        return [line.pieces for line in self.lines]

    @property
    def holds(self) -> bool:
        """Whether its pieces are held for it."""
        return self.status is OrderStatus.UNPAID

    @property
    def has_sold(self) -> bool:
        """Whether its pieces are sold: paid for, and not taken back."""
        return self.status not in (OrderStatus.UNPAID, OrderStatus.CLOSED)

    @property
    def piece_count(self) -> int:
        return sum(line.number for line in self.lines)

    @property
    def points_spent(self) -> int:
        """On the price, when it was placed; `points` are paid with it."""
        return sum(effect.points for effect in self.effects)

    @property
    def left_of_rows(self) -> tuple[int, ...]:
        """What is paid in money for each line, without the freight."""
        rows = [line.amount for line in self.lines]
        for effect in self.effects_on_sums:
            rows = [amount + change for amount, change in zip(rows, effect.rows, strict=True)]
        return tuple(rows)

    @property
    def effects_on_sums(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.kind not in OF_A_PIECE]

    @property
    def left_of_freight(self) -> int:
        """What is paid in money for sending it."""
        return self.freight + sum(effect.freight for effect in self.effects if effect.kind is not PriceKind.FREIGHT)

    def taken_by(self, kind: PriceKind) -> int:
        """Fen that rules of this kind have taken off."""
        return -change_by(self.effects, kind)

    @property
    def received_at(self) -> datetime | None:
        return next((one.at for one in self.log if one.event is Event.RECEIVED), None)

    @property
    def was_claimed(self) -> bool:
        """Whether something was asked for after the sale, or given back."""
        return self.is_refunded or any(line.was_claimed for line in self.lines)

    def get_line(self, line_id: int) -> OrderLine:
        """Raises OrderMissing."""
        found = next((line for line in self.lines if line.id == line_id), None)
        if found is None:
            raise OrderMissing("order")
        return found

    @property
    def is_pick_up(self) -> bool:
        return self.delivery is Delivery.PICK_UP

    def check_status(self, *statuses: OrderStatus) -> None:
        """Raises WrongOrderState unless it has one of them."""
        if self.status not in statuses:
            raise WrongOrderState(self.status)

    def check_sendable(self) -> None:
        """Raises WrongOrderState unless it is paid and not received, and GroupIncomplete while its group is not."""
        self.check_status(OrderStatus.PAID, OrderStatus.SHIPPED)
        if self.group is GroupMark.WAITING:
            raise GroupIncomplete(self.status)

    def source_of(self, kind: PriceKind) -> int | None:
        """What its price of that kind comes from: the run of a bargain, the group, the coupon."""
        return next((effect.source_id for effect in self.effects if effect.kind is kind), None)

    def become(self, now: datetime, *events: Event, **changes: Any) -> Order:
        """With these changes, and what happened in its log."""
        log = (*self.log, *(Happened(event, now) for event in events))
        return replace(self, **changes, log=log, changed_at=now, revision=self.revision + 1)

    # ---- what it becomes; the rules of each

    def paid(self, now: datetime, payment_number: str | None = None) -> Order:
        """From the wallet, in which a payment may be that was made for it. Raises NothingToPay."""
        if self.status is not OrderStatus.UNPAID:
            raise NothingToPay(self.status)
        payments = () if payment_number is None else (payment_number,)
        return self.become(now, Event.PAID, status=OrderStatus.PAID, paid_at=now, closes_at=None, payments=payments)

    def closed(self, now: datetime) -> Order:
        """By its buyer, the staff, or because its time is over. Raises WrongOrderState."""
        self.check_status(OrderStatus.UNPAID)
        return self.become(now, Event.CLOSED, status=OrderStatus.CLOSED, closed_at=now, closes_at=None)

    def shipped(self, parcel: Parcel, now: datetime) -> Order:
        """The first parcel, or one more. Raises WrongOrderState."""
        self.check_sendable()
        events = (Event.SHIPPED,) if self.status is OrderStatus.PAID else ()
        return self.become(now, *events, status=OrderStatus.SHIPPED, parcels=(*self.parcels, parcel))

    def received(self, now: datetime) -> Order:
        """Its buyer has it. Raises WrongOrderState."""
        self.check_status(OrderStatus.SHIPPED)
        return self.become(now, Event.RECEIVED, status=OrderStatus.RECEIVED)

    def redeemed(self, now: datetime) -> Order:
        """It was handed over for its code. Raises WrongOrderState."""
        self.check_sendable()
        return self.become(now, Event.RECEIVED, status=OrderStatus.RECEIVED)

    def reviewed(self, now: datetime) -> Order:
        """Raises WrongOrderState."""
        self.check_status(OrderStatus.RECEIVED)
        lines = tuple(replace(line, is_reviewed=True) for line in self.lines)
        return self.become(now, Event.REVIEWED, status=OrderStatus.REVIEWED, lines=lines)

    def priced(self, real: int, now: datetime) -> Order:
        """At what the staff asks for it; the difference goes by what each line and the freight cost. Raises WrongOrderState."""
        self.check_status(OrderStatus.UNPAID)
        weights = [*self.left_of_rows, self.left_of_freight]
        parts = spread(abs(real - self.real), weights if any(weights) else [1, *weights[1:]])
        *rows, freight = (part if real > self.real else -part for part in parts)
        effects = (*self.effects, Effect(kind=PriceKind.STAFF, rows=tuple(rows), freight=freight))
        return self.become(now, Event.PRICE_CHANGED, real=real, effects=effects)

    def given_back(self, pieces: Mapping[int, int], money: int, now: datetime) -> Order:
        """So many pieces of each line, by their ids, for that money. Of what was not sent yet so much less is sent; without any left it is
        closed. Raises WrongOrderState."""
        self.check_status(OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.REVIEWED)
        if self.is_refunded:
            raise WrongOrderState(self.status)
        is_unsent = self.status is OrderStatus.PAID
        lines = tuple(_returned(line, pieces.get(line.id, 0), is_restocked=is_unsent) for line in self.lines)
        is_whole = all(line.returned == line.number for line in lines)
        is_closed = is_whole and is_unsent
        events = (Event.REFUNDED, Event.CLOSED) if is_closed else (Event.REFUNDED,)
        closing: dict[str, Any] = {"status": OrderStatus.CLOSED, "closed_at": now} if is_closed else {}
        return self.become(now, *events, lines=lines, refunded=self.refunded + money, is_refunded=is_whole, **closing)

    def claimed(self, line_id: int, claim_id: int | None, now: datetime) -> Order:
        """With something asked for of that line after the sale; None: it is over."""
        changed = (replace(one, claim_id=claim_id, was_claimed=True) if one.id == line_id else one for one in self.lines)
        return self.become(now, lines=tuple(changed))


def _returned(line: OrderLine, number: int, *, is_restocked: bool) -> OrderLine:
    return replace(line, returned=line.returned + number, restocked=line.restocked + (number if is_restocked else 0))
