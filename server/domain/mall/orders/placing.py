"""Placing orders: what is asked for, what it costs, and the moment at which pieces are held for it."""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.profiles import PHONE
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.earning import Earning, GivenBy
from server.domain.mall.ledger import wallet_of
from server.domain.mall.orders.order import Contact, Event, Happened, Order, OrderLine, OrderStatus
from server.domain.mall.orders.promotions import Asked, Promotions
from server.domain.mall.price_rules import Line
from server.domain.mall.pricing import Basket, Delivery, Quote, check_sold, make_quote
from server.domain.mall.settings import Settings, whole_number
from server.domain.mall.wares import Choice, GoodsMissing, SpecMissing, Stock, Wanted, Window
from server.domain.moments import SHANGHAI
from server.domain.regions import CITY, STREET, Region, RegionService
from server.domain.transactions import Transaction, Transactions

MOST_LINES = 100
MOST_PIECES = 9999  # of one choice
MOST_REMARK_CHARACTERS = 200
MOST_OPEN_MINUTES = 30 * 24 * 60
USUAL_OPEN_MINUTES = 30
POINTS_PERCENT, GROWTH_PERCENT = "order_score_percent", "order_growth_percent"  # of the yuan that are paid for goods
USUAL_GROWTH = 100
CODE_DIGITS = 12


class NothingOrdered(Conflict):
    """Nothing is left to order: no goods were named, or none of the shop that was."""


class SeveralShops(Conflict):
    """Goods of several shops are no one order."""


class RemarkTooLong(Conflict):
    """The remark has more than its characters."""


class ContactMissing(Conflict):
    """What is ordered has to be sent, and it was not said where to or to whom."""


class BadMobile(Conflict):
    """The receiver's number is none."""


class WantedLine(Struct, frozen=True, kw_only=True):
    """A line as it was asked for."""

    choice: Choice
    number: int
    inviter_id: int | None = None


class OrderRequest(Struct, frozen=True, kw_only=True):
    """What is asked for. `only_shop_id`: of all the lines those of that shop alone.

    `place`: the regions it goes to, from the province down, as far as they are told. `open_minutes`: how long it may stay unpaid at most;
    None: as long as the shop has set.
    """

    lines: tuple[WantedLine, ...]
    only_shop_id: int | None = None
    delivery: Delivery = Delivery.EXPRESS
    place: tuple[str, ...] = ()
    receiver: str = ""
    mobile: str = ""
    street_address: str = ""
    post_code: str = ""
    remark: str = ""
    extensions: dict[str, str] = {}
    pick_up_shop_id: int | None = None
    is_redeemable: bool = False
    open_minutes: int | None = None
    asked: Asked = Asked()

    def wanted(self) -> list[WantedLine]:
        """The lines, those of the same choice as one."""
        merged: dict[Choice, WantedLine] = {}
        for line in self.lines:
            known = merged.get(line.choice)
            number = line.number + (known.number if known is not None else 0)
            inviter_id = line.inviter_id if known is None else known.inviter_id or line.inviter_id
            merged[line.choice] = WantedLine(choice=line.choice, number=number, inviter_id=inviter_id)
        return list(merged.values())


class PlacingStore(Protocol):
    """Where orders are kept, as far as placing needs it."""

    async def next_order_id(self) -> int: ...

    async def next_line_ids(self, count: int) -> list[int]: ...

    async def add_order(self, order: Order, within: Transaction) -> None: ...

    async def take_turn(self, user_id: int, within: Transaction) -> None:
        """Of two transactions of one user that take their turns at once, one is run again after the other."""


class Admission(Protocol):
    """Says who may order."""

    async def check_may_order(self, user_id: int) -> None:
        """Raises a Conflict."""


class PlacingService:
    """Prices and orders. Both ask the same questions and reckon by the same function."""

    def __init__(
        self,
        orders: PlacingStore,
        window: Window,
        stock: Stock,
        regions: RegionService,
        settings: Settings,
        promotions: Promotions,
        admission: Admission,
        transactions: Transactions,
        clock: Clock,
    ):
        self._orders = orders
        self._admission = admission
        self._promotions = promotions
        self._window = window
        self._stock = stock
        self._regions = regions
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    async def query_price(self, buyer_id: int, request: OrderRequest) -> Quote:
        """What placing it now would charge; without an address too. Raises what `place` raises but for the contact."""
        return make_quote(await self._fill(buyer_id, request, await self._find_place(request)))

    async def place(self, buyer_id: int, request: OrderRequest, address: str) -> Order:
        """The order, unpaid, with its pieces held.

        Raises RemarkTooLong, NothingOrdered, SeveralShops, GoodsMissing, SpecMissing, OffShelf, BelowMinimum, OverLimit, OutOfStock,
        ContactMissing, BadMobile and InvalidInput; what promotions raise, of what is named and cannot be used; and what the admission
        raises of who may not order.
        """
        await self._admission.check_may_order(buyer_id)
        if len(request.remark) > MOST_REMARK_CHARACTERS:
            raise RemarkTooLong()
        place = await self._find_place(request)
        basket = await self._fill(buyer_id, request, place)
        contact = _contact(request, place) if basket.needs_delivery else None
        order = await self._make_order(buyer_id, request, make_quote(basket), contact, address)
        is_limited = any(line.ware.most is not None for line in basket.lines)
        wanted = [Wanted(line.ware.choice, line.number) for line in basket.lines]

        async def work(within: Transaction) -> None:
            if is_limited:
                await self._orders.take_turn(buyer_id, within)
                await self._window.check_limits(wanted, buyer_id, within)
            await self._stock.hold(order.pieces, within)
            await self._promotions.use(order, within)
            await self._orders.add_order(order, within)

        about = [f"goods:{piece.goods_id}" for piece in order.pieces]
        await self._transactions.run(work, about=[*about, wallet_of(buyer_id)] if order.points_spent else about)
        return order

    async def _fill(self, buyer_id: int, request: OrderRequest, place: Sequence[Region]) -> Basket:
        found = await self._find_lines(buyer_id, request)
        lines, asked = _part(found, request)
        _check_lines(lines)
        parcel = [(line.ware, line.number) for line in lines if line.ware.needs_delivery]
        is_sent = bool(parcel) and request.delivery is not Delivery.PICK_UP
        freight = await self._window.reckon_freight(parcel, [region.code for region in place]) if is_sent else 0
        rules = await self._promotions.find_rules(buyer_id, asked, lines)
        return Basket(lines=tuple(lines), delivery=request.delivery, freight=freight, rules=rules)

    async def _find_lines(self, buyer_id: int, request: OrderRequest) -> list[Line]:
        wanted = request.wanted()
        wares = await self._window.find_wares([Wanted(one.choice, one.number) for one in wanted], buyer_id)
        lines = []
        for one, ware in zip(wanted, wares):
            if ware is None:
                raise SpecMissing() if await self._window.has_goods(one.choice.goods_id) else GoodsMissing()
            lines.append(Line(ware=ware, number=one.number, inviter_id=one.inviter_id))
        return lines

    async def _find_place(self, request: OrderRequest) -> list[Region]:
        """From the province down, by the narrowest region that is told."""
        if not request.place:
            return []
        try:
            return (await self._regions.open()).get_path(request.place[-1])
        except NotFound:
            raise InvalidInput({REGION_FIELDS[len(request.place) - 1]: ["unknown"]}) from None

    async def _find_pick_up_shop(self, request: OrderRequest) -> tuple[int | None, str]:
        if request.pick_up_shop_id is None or request.delivery is not Delivery.PICK_UP:
            return None, ""
        names = await self._window.find_shop_names([request.pick_up_shop_id])
        if request.pick_up_shop_id not in names:
            raise InvalidInput({"shopIdZt": ["unknown"]})
        return request.pick_up_shop_id, names[request.pick_up_shop_id]

    async def _open_minutes(self, request: OrderRequest) -> int:
        """0: for ever. A buyer may have it closed earlier than the shop does, not later: pieces are held all the while."""
        most = await whole_number(self._settings, "order_pay_minutes", USUAL_OPEN_MINUTES)
        asked = request.open_minutes or most
        return min(asked, most) if most else asked

    async def _usual_earning(self) -> Earning:
        points = await whole_number(self._settings, POINTS_PERCENT, 0)
        growth = await whole_number(self._settings, GROWTH_PERCENT, USUAL_GROWTH)
        return Earning(points=points, by=GivenBy.PERCENT, growth=growth)

    async def _make_order(self, buyer_id: int, request: OrderRequest, quote: Quote, contact: Contact | None, address: str) -> Order:
        now = self._clock.now()
        order_id = await self._orders.next_order_id()
        line_ids = await self._orders.next_line_ids(len(quote.lines))
        minutes = await self._open_minutes(request)
        usual = await self._usual_earning()
        shop_id, shop_name = await self._find_pick_up_shop(request)
        return Order(
            id=order_id,
            revision=1,
            number=_number(order_id, now),
            user_id=buyer_id,
            shop_id=quote.lines[0].line.ware.shop_id,
            status=OrderStatus.UNPAID,
            lines=tuple(OrderLine.of(line_id, priced, usual) for line_id, priced in zip(line_ids, quote.lines)),
            goods=quote.goods,
            freight=quote.freight,
            additional=quote.additional,
            discount=quote.discount,
            real=quote.real,
            points=quote.points,
            effects=quote.effects,
            delivery=request.delivery,
            needs_delivery=quote.needs_delivery,
            contact=contact,
            pick_up_shop_id=shop_id,
            pick_up_shop_name=shop_name,
            is_redeemable=request.is_redeemable,
            code="".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS)),
            remark=request.remark,
            extensions=request.extensions,
            log=(Happened(Event.PLACED, now),),
            address=address,
            placed_at=now,
            closes_at=now + timedelta(minutes=min(minutes, MOST_OPEN_MINUTES)) if minutes else None,
            changed_at=now,
        )


REGION_FIELDS = ("provinceId", "cityId", "districtId", "streetId")


def _contact(request: OrderRequest, place: Sequence[Region]) -> Contact:
    """Raises ContactMissing and BadMobile."""
    if not (request.receiver and request.street_address and len(place) >= CITY):
        raise ContactMissing()
    if not PHONE.fullmatch(request.mobile):
        raise BadMobile()
    ids, names = [region.code for region in place] + [""] * STREET, [region.name for region in place] + [""] * STREET
    return Contact(
        name=request.receiver,
        mobile=request.mobile,
        address=request.street_address,
        province_id=ids[0],
        city_id=ids[1],
        district_id=ids[2],
        street_id=ids[3],
        province=names[0],
        city=names[1],
        district=names[2],
        street=names[3],
        post_code=request.post_code,
    )


def _part(lines: Sequence[Line], request: OrderRequest) -> tuple[list[Line], Asked]:
    """Of the shop that is asked for alone; the first order of a checkout is that of its first shop, as carts list them."""
    if request.only_shop_id is None:
        return list(lines), request.asked
    shops = sorted({line.ware.shop_id for line in lines})
    mine = [line for line in lines if line.ware.shop_id == request.only_shop_id]
    return mine, request.asked if len(shops) < 2 else request.asked.in_part(is_first=request.only_shop_id == shops[0])


def _check_lines(lines: Sequence[Line]) -> None:
    if not lines:
        raise NothingOrdered()
    if len({line.ware.shop_id for line in lines}) > 1:
        raise SeveralShops()
    check_sold(lines)


def _number(order_id: int, now: datetime) -> str:
    return f"OD{now.astimezone(SHANGHAI):%y%m%d%H%M%S}{order_id:06}"
