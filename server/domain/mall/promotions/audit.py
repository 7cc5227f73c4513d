"""The audit of promotions: whether coupons are as many as were given, what was given for them was taken, cards are the sums of their books,
and orders and what they used agree.

It may run beside any number of servers: what seems wrong is looked at again before it is told.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from server.domain.mall.audit import AuditedLedger, AuditedOrders, MallAudit, compare_entry, portions
from server.domain.mall.ledger import Entry, Sums
from server.domain.mall.orders.order import Order, OrderStatus
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.promotions.cards import Card, CardEntry, back_key, charge_key
from server.domain.mall.promotions.coupon_rules import CouponRule, CouponTally
from server.domain.mall.promotions.coupon_taking import given_key
from server.domain.mall.promotions.coupons import Coupon, CouponState
from server.domain.mall.promotions.earnings import (
    OrderEarning,
    earned_key,
    find_earning_problems,
    has_earned,
    unearned_keys,
)
from server.domain.mall.promotions.levels import LevelPurchase, gift_key, paid_key
from server.domain.mall.promotions.points import Voucher, VoucherState
from server.domain.mall.promotions.points_service import voucher_key
from server.domain.mall.promotions.points_use import back_key as points_back_key
from server.domain.mall.promotions.points_use import spent_key
from server.domain.mall.promotions.shares import Share, share_key
from server.domain.mall.promotions.signs import Sign, sign_key
from server.domain.mall.promotions.standings import LevelGift
from server.domain.paging import ListQuery

Finder = Callable[[Iterable[int]], Awaitable[list[Any]]]


class AuditedTable(Protocol):
    """Things of one kind, as they are kept."""

    def each(self, query: ListQuery) -> AsyncIterator[Any]: ...

    async def find(self, id: Any) -> Any: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Any]: ...


class AuditedCoupons(AuditedTable, Protocol):
    """Coupons, and what is counted of them."""

    async def find_tallies(self, rule_ids: Sequence[int]) -> dict[int, CouponTally]: ...

    async def count_made(self, rule_id: int) -> CouponTally:
        """As the coupons themselves and the printed numbers tell it."""


class AuditedCards(AuditedTable, Protocol):
    """Cards and their books."""

    def each_entry(self, card_id: int) -> AsyncIterator[CardEntry]: ...

    async def find_card_entry(self, key: str) -> CardEntry | None: ...


class PromotionAudit:
    """Implements AuditPart."""

    def __init__(
        self,
        rules: AuditedTable,
        coupons: AuditedCoupons,
        signs: AuditedTable,
        shares: AuditedTable,
        vouchers: AuditedTable,
        purchases: AuditedTable,
        level_gifts: AuditedTable,
        cards: AuditedCards,
        earnings: AuditedTable,
        orders: AuditedOrders,
        ledger: AuditedLedger,
    ):
        self._rules = rules
        self._coupons = coupons
        self._signs = signs
        self._shares = shares
        self._vouchers = vouchers
        self._purchases = purchases
        self._level_gifts = level_gifts
        self._cards = cards
        self._earnings = earnings
        self._orders = orders
        self._ledger = ledger

    @property
    def origins(self) -> Mapping[str, Finder]:
        return {
            "coupon": self._coupons.find_by_ids,
            "sign": self._signs.find_by_ids,
            "share": self._shares.find_by_ids,
            "voucher": self._vouchers.find_by_ids,
            "level": self._purchases.find_by_ids,
        }

    async def audit(self, audit: MallAudit) -> None:
        await self._audit_tallies(audit)
        await self._audit_entries(audit, "coupon", self._coupons, lambda one: given_key(one.id), _given_for)
        await self._audit_entries(audit, "sign-in", self._signs, lambda one: sign_key(one.id), _brought_by)
        await self._audit_entries(audit, "share", self._shares, lambda one: share_key(one.id), _brought_by)
        await self._audit_entries(audit, "voucher", self._vouchers, lambda one: voucher_key(one.id), _exchanged)
        await self._audit_entries(audit, "level purchase", self._purchases, lambda one: paid_key(one.id), _paid_for)
        await self._audit_entries(audit, "level gift", self._level_gifts, gift_key, _brought_by_level)
        async for card in self._cards.each(ListQuery()):
            await self._audit_card(card, audit)
        async for coupon in self._coupons.each(ListQuery()):
            if coupon.state is CouponState.USED:
                await self._audit_used(coupon, audit)
        async for some in portions(self._orders.each_order()):
            await self._audit_orders(some, audit)
            await self._audit_earned(some, audit)
        async for earning in self._earnings.each(ListQuery()):
            if await self._find_earning_problems(earning):
                again = await self._earnings.find(earning.id)
                for problem in [] if again is None else await self._find_earning_problems(again):
                    audit.note(f"earning of order {earning.id}", problem)

    async def _audit_tallies(self, audit: MallAudit) -> None:
        async for rule in self._rules.each(ListQuery()):
            if await self._find_tally_problem(rule) is not None and (problem := await self._find_tally_problem(rule)) is not None:
                audit.note(f"coupon rule {rule.id}", problem)

    async def _find_tally_problem(self, rule: CouponRule) -> str | None:
        counted, made = (await self._coupons.find_tallies([rule.id]))[rule.id], await self._coupons.count_made(rule.id)
        if counted != made:
            return f"counts {counted.given} given and {counted.used} used, and there are {made.given} and {made.used}"
        return None

    async def _audit_entries(
        self,
        audit: MallAudit,
        what: str,
        table: AuditedTable,
        key: Callable[[Any], str],
        change: Callable[[Any], tuple[int, Sums]],
    ) -> None:
        async for some in portions(table.each(ListQuery())):
            entries = await self._ledger.find_entries([key(one) for one in some])
            for one in some:
                problems = compare_entry(entries.get(key(one)), *change(one), what)
                if problems:
                    again, found = await table.find(one.id), await self._ledger.find_entries([key(one)])
                    problems = [] if again is None else compare_entry(found.get(key(one)), *change(again), what)
                for problem in problems:
                    audit.note(f"{what} {one.id}", problem)

    async def _audit_card(self, card: Card, audit: MallAudit) -> None:
        balance, seq = 0, 0
        async for entry in self._cards.each_entry(card.id):
            if entry.seq > card.entries:
                break  # made since the card was read
            seq, balance = seq + 1, balance + entry.change
            if (entry.seq, entry.balance) != (seq, balance) or balance < 0:
                audit.note(f"card {card.id} entry {entry.seq}", "does not follow from those before it")
                return
        if (seq, balance) != (card.entries, card.balance):
            audit.note(f"card {card.id}", "is not the sum of its entries")

    async def _audit_earned(self, orders: list[Order], audit: MallAudit) -> None:
        """Whoever has what earns something has been given it."""
        owing = [order.id for order in orders if has_earned(order)]
        there = {one.id for one in await self._earnings.find_by_ids(owing)} if owing else set()
        for order_id in owing:
            if order_id not in there:
                audit.note(f"order {order_id}", "has brought its buyer nothing, and should have")

    async def _find_earning_problems(self, earning: OrderEarning) -> list[str]:
        entries = await self._ledger.find_entries([earned_key(earning.id), *unearned_keys(earning)])
        order = await self._orders.find_order(earning.id)
        return find_earning_problems(earning, order, [entry.change for entry in entries.values()])

    async def _audit_used(self, coupon: Coupon, audit: MallAudit) -> None:
        order = None if coupon.order_id is None else await self._orders.find_order(coupon.order_id)
        if order is None or (PriceKind.COUPON, coupon.id) not in _sources(order):
            again = await self._coupons.find(coupon.id)
            if again is not None and again == coupon:
                audit.note(f"coupon {coupon.id}", "is used by an order that does not name it")

    async def _audit_orders(self, orders: list[Order], audit: MallAudit) -> None:
        named = [order for order in orders if _sources(order) or order.points_spent]
        if not named:
            return
        for order in named:
            problems = await self._find_problems(order)
            if problems:
                again = await self._orders.find_order(order.id)
                problems = [] if again is None else await self._find_problems(again)
            for problem in problems:
                audit.note(f"order {order.id}", problem)

    async def _find_problems(self, order: Order) -> list[str]:
        was_let_go = order.status is OrderStatus.CLOSED and order.paid_at is None
        entries = await self._ledger.find_entries([spent_key(order.id), points_back_key(order.id)])
        problems = _points_problems(order, entries, was_let_go=was_let_go)
        is_returned = was_let_go or all(line.returned == line.number for line in order.lines)
        for kind, source_id in _sources(order):
            if kind is PriceKind.COUPON and not is_returned:
                coupon = await self._coupons.find(source_id)
                if coupon is None or (coupon.state, coupon.order_id) != (CouponState.USED, order.id):
                    problems.append(f"has used coupon {source_id}, which is not used by it")
            if kind is PriceKind.CARD:
                charged = await self._cards.find_card_entry(f"card:{source_id}:{charge_key(order.id)}")
                back = await self._cards.find_card_entry(f"card:{source_id}:{back_key(order.id)}")
                amount = order.taken_by(PriceKind.CARD)
                if charged is None or charged.change != -amount:
                    problems.append(f"was paid by card {source_id}, whose book says another thing")
                if (None if back is None else back.change) != (amount if was_let_go else None):
                    problems.append(f"does not agree with card {source_id} on what came back")
        return problems


def _points_problems(order: Order, entries: Mapping[str, Entry], *, was_let_go: bool) -> list[str]:
    spent, back = Sums(points=-order.points_spent), Sums(points=order.points_spent) if was_let_go else Sums()
    return [
        *compare_entry(entries.get(spent_key(order.id)), order.user_id, spent, "deduction of points"),
        *compare_entry(entries.get(points_back_key(order.id)), order.user_id, back, "return of points"),
    ]


def _sources(order: Order) -> list[tuple[PriceKind, int]]:
    """Coupons and cards that it used."""
    kinds = (PriceKind.COUPON, PriceKind.CARD)
    return [(one.kind, one.source_id) for one in order.effects if one.kind in kinds and one.source_id is not None]


def _given_for(coupon: Coupon) -> tuple[int, Sums]:
    return coupon.taker_id, Sums(balance=-coupon.paid, points=-coupon.points)


def _brought_by(one: Sign | Share) -> tuple[int, Sums]:
    return one.user_id, Sums(points=one.points)


def _brought_by_level(gift: LevelGift) -> tuple[int, Sums]:
    return gift.id, Sums(points=gift.points)


def _exchanged(voucher: Voucher) -> tuple[int, Sums]:
    return voucher.user_id or 0, Sums(points=voucher.points) if voucher.state is VoucherState.EXCHANGED else Sums()


def _paid_for(purchase: LevelPurchase) -> tuple[int, Sums]:
    return purchase.user_id, Sums(balance=-purchase.paid)
