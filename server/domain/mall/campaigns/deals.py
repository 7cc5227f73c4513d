"""What bargains and groups have to do with orders: their prices, and what becomes of them when an order is placed, paid, closed or
refunded."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.mall.campaigns.bargains import BargainOver, BargainStore, BargainUsed, RunState, RunStore, slot_of
from server.domain.mall.campaigns.groups import BuyerGroup, GroupMissing, GroupOver, GroupState, GroupStore
from server.domain.mall.goods.goods import Goods
from server.domain.mall.orders.order import GroupMark, Order
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Effect, FixedPrice, Line, PriceRule, Rows
from server.domain.transactions import Contended, Transaction


class PieceAt(Struct, frozen=True, kw_only=True):
    """One piece of one line costs this, before its options, where that is less than without it; the others cost what they did."""

    kind: PriceKind
    name: str = ""
    source_id: int
    index: int
    price: int

    def apply(self, rows: Rows) -> Effect | None:
        line = rows.lines[self.index]
        options = line.ware.unit_price - line.ware.price
        change = min(0, self.price + options - rows.amounts[self.index] // line.number)
        changes = tuple(change if index == self.index else 0 for index in range(len(rows.lines)))
        return Effect(kind=self.kind, name=self.name, source_id=self.source_id, rows=changes)


class BargainPromotion:
    """One piece at what friends have cut it down to, once. Implements Promotion."""

    def __init__(self, bargains: BargainStore, runs: RunStore, clock: Clock):
        self._bargains = bargains
        self._runs = runs
        self._clock = clock

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """None for who has no open bargain of these goods: clients name one with whatever is bought beside it."""
        if asked.bargain_id is None:
            return ()
        run = await self._runs.find_run(slot_of(asked.bargain_id, buyer_id))
        bargain = await self._bargains.find_bargain(asked.bargain_id)
        if run is None or bargain is None or run.state is not RunState.OPEN:
            return ()
        index = next((index for index, line in enumerate(lines) if line.ware.choice.goods_id == run.goods_id), None)
        if index is None or not bargain.is_open_at(self._clock.now()) or bargain.left < 1:
            return ()
        return (PieceAt(kind=PriceKind.BARGAIN, name=bargain.name, source_id=run.id, index=index, price=run.price_now),)

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises BargainUsed and BargainOver."""
        run_id = order.source_of(PriceKind.BARGAIN)
        if run_id is None:
            return
        run, now = await self._runs.find_run_by_id(run_id, within), self._clock.now()
        if run is None or run.state is not RunState.OPEN:
            raise BargainUsed()
        bargain = await self._bargains.find_bargain(run.bargain_id, within)
        if bargain is None:
            raise BargainOver()
        bargain.check_open(now)
        await self._bargains.count_pieces(run.bargain_id, held=1, within=within)
        if not await self._runs.save_run(run, run.become(now, state=RunState.ORDERED, order_id=order.id), within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it

    async def give_back(self, order: Order, within: Transaction) -> None:
        await self._turn(order, RunState.OPEN, within, held=-1)

    async def settle(self, order: Order, within: Transaction) -> None:
        await self._turn(order, RunState.BOUGHT, within, held=-1, sold=1)

    async def receive(self, order: Order, within: Transaction) -> None:
        """Its price was paid before."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """What was bought at that price was bought."""

    async def _turn(self, order: Order, state: RunState, within: Transaction, *, held: int, sold: int = 0) -> None:
        run_id = order.source_of(PriceKind.BARGAIN)
        run = None if run_id is None else await self._runs.find_run_by_id(run_id, within)
        if run is None or run.state is not RunState.ORDERED or run.order_id != order.id:
            return
        order_id = None if state is RunState.OPEN else order.id
        await self._bargains.count_pieces(run.bargain_id, held=held, sold=sold, within=within)
        if not await self._runs.save_run(run, run.become(self._clock.now(), state=state, order_id=order_id), within):
            raise Contended()


class GroupedGoods(Protocol):
    """Goods by their numbers."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Goods]: ...


class MarkedOrders(Protocol):
    """Orders, as far as groups mark them."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...

    async def save_order(self, before: Order, after: Order, within: Transaction) -> bool: ...


class GroupPromotion:
    """All pieces at the group's price, for a place in it. Implements Promotion."""

    def __init__(self, groups: GroupStore, goods: GroupedGoods, orders: MarkedOrders, clock: Clock):
        self._groups = groups
        self._goods = goods
        self._orders = orders
        self._clock = clock

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """Raises GroupMissing, and why nobody, or not that buyer, can join."""
        if asked.group_id is None:
            return ()
        group, goods_ids = await self._groups.find_group(asked.group_id), _goods_of(lines)
        if group is None:
            raise GroupMissing("group")
        if asked.is_part and group.goods_id not in goods_ids:
            return ()
        group.check_joinable(buyer_id, goods_ids, self._clock.now())
        [goods] = await self._goods.find_by_ids(goods_ids)
        prices = tuple(_group_price(goods, line.ware.sku_id) for line in lines)
        return (FixedPrice(kind=PriceKind.GROUP, name="拼团", source_id=group.id, prices=prices),)

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises why nobody, or not that buyer, can join any more."""
        group = await self._group_of(order, within)
        if group is None:
            return
        now = self._clock.now()
        group.check_joinable(order.user_id, sorted({line.choice.goods_id for line in order.lines}), now)
        await self._save(group, group.seated(order.user_id, order.id, now), within)

    async def give_back(self, order: Order, within: Transaction) -> None:
        group = await self._group_of(order, within)
        if group is not None and group.seat_of(order.id) is not None:
            await self._save(group, group.left_by(order.id, self._clock.now()), within)

    async def settle(self, order: Order, within: Transaction) -> None:
        """Raises GroupOver: the money stays in the wallet then."""
        group = await self._group_of(order, within)
        if group is None:
            return
        after = group.paid_for(order.id, self._clock.now())
        await self._save(group, after, within)
        is_complete = after.state is GroupState.COMPLETE
        for order_id in [seat.order_id for seat in after.paid] if is_complete else [order.id]:
            await self._mark(order_id, GroupMark.COMPLETE if is_complete else GroupMark.WAITING, within)

    async def receive(self, order: Order, within: Transaction) -> None:
        """Its price was paid before."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """Who has all their money back before the group is complete is in it no more."""
        group = await self._group_of(order, within)
        if group is not None and back.is_last and group.state is GroupState.RUNNING:
            await self._save(group, group.left_by(order.id, self._clock.now()), within)

    async def _group_of(self, order: Order, within: Transaction) -> BuyerGroup | None:
        """Raises GroupOver if it is gone."""
        group_id = order.source_of(PriceKind.GROUP)
        found = None if group_id is None else await self._groups.find_group(group_id, within)
        if group_id is not None and found is None:
            raise GroupOver()
        return found

    async def _mark(self, order_id: int, mark: GroupMark, within: Transaction) -> None:
        order = await self._orders.find_order(order_id, within)
        assert order is not None
        if not await self._orders.save_order(order, order.become(self._clock.now(), group=mark), within):
            raise Contended()

    async def _save(self, before: BuyerGroup, after: BuyerGroup, within: Transaction) -> None:
        if not await self._groups.save_group(before, after, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it


def _goods_of(lines: Sequence[Line]) -> list[int]:
    return sorted({line.ware.choice.goods_id for line in lines})


def _group_price(goods: Goods, sku_id: int | None) -> int | None:
    """Of one piece; None where none was set."""
    sku = next((sku for sku in goods.skus if sku.id == sku_id), None)
    return (sku.group_price if sku else 0) or goods.group_price or None
