"""Stored-value cards: money that is good for some goods, each with its own book. Money in fen."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.categories import Name
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Effect, Line, PriceRule, Rows
from server.domain.mall.promotions.coupon_rules import Scope
from server.domain.mall.promotions.coupon_taking import Receivers
from server.domain.mall.promotions.coupons import Categories, rows_for
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
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

MOST = 10**9
MOST_LISTED = 200


class CardUnusable(Conflict):
    """The card that is named is not the buyer's, is void, over or empty, or is not for what is ordered."""


class CardState(int, Enum):
    """As the document numbers them, but for 2: a card whose time is over."""

    GOOD = 0
    VOID = 1


OVER = 2
STATE_LABELS = {CardState.GOOD: ("正常", "Good"), CardState.VOID: ("作废", "Void")}


class CardCause(str, Enum):
    """What an entry in its book was made for."""

    ISSUED = "issued"
    TOP_UP = "top_up"
    ORDER = "order"
    BACK = "back"  # of an order that was closed
    REFUND = "refund"
    VOID = "void"


CAUSE_LABELS = {
    CardCause.ISSUED: ("发放", "Issued"),
    CardCause.TOP_UP: ("充值", "Topped up"),
    CardCause.ORDER: ("消费", "An order"),
    CardCause.BACK: ("订单关闭退回", "Back from an order"),
    CardCause.REFUND: ("退款", "Refund"),
    CardCause.VOID: ("作废", "Void"),
}


class CardTerms(Scope, frozen=True, kw_only=True):
    """`amount`: what is on it when it is issued."""

    user_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("用户编号", "User")]
    name: Annotated[Name, about("名称", "Name")]
    amount: Annotated[Annotated[int, Meta(ge=1, le=MOST)], about("面值", "Value", "money")]
    ends_at: Annotated[datetime | None, about("有效期至", "Good until")] = None


class Card(CardTerms, frozen=True, kw_only=True):
    """`balance` is the sum of its entries, which `entries` counts."""

    id: NumberId
    revision: Revision = 0
    balance: Annotated[int, about("余额", "Balance", "money")] = 0
    entries: Annotated[int, about("明细数", "Entries")] = 0
    state: Annotated[CardState, about("状态", "State", labels=STATE_LABELS)] = CardState.GOOD
    issued_at: Annotated[datetime, about("发放时间", "Issued at")]

    def is_over_at(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def is_good_at(self, now: datetime) -> bool:
        return self.state is CardState.GOOD and not self.is_over_at(now)

    def book(self, cause: CardCause, change: int, key: str, now: datetime, order_id: int | None = None) -> tuple[Card, CardEntry]:
        """After so many fen came on it, or went off. Raises CardUnusable where there are fewer."""
        balance = self.balance + change
        if balance < 0:
            raise CardUnusable()
        seq = self.entries + 1
        entry = CardEntry(
            id=f"{self.id}:{seq}",
            card_id=self.id,
            user_id=self.user_id,
            seq=seq,
            cause=cause,
            change=change,
            balance=balance,
            key=key,
            order_id=order_id,
            at=now,
        )
        return replace(self, balance=balance, entries=seq, revision=self.revision + 1), entry


class CardEntry(Struct, frozen=True, kw_only=True):
    """One change of one card, that nothing changes again; `key` is unique for what it was made for."""

    id: str  # card:seq
    card_id: int
    user_id: int
    seq: int
    cause: CardCause
    change: int
    balance: int
    key: str
    order_id: int | None = None
    at: datetime


class CardPrice(Struct, frozen=True, kw_only=True):
    """A card as a rule of a price: it pays for the lines that it is for, and where it is for all, for the freight too."""

    card: Card
    rows: tuple[int, ...]

    @property
    def kind(self) -> PriceKind:
        return PriceKind.CARD

    def apply(self, rows: Rows) -> Effect | None:
        taken = rows.take(self.card.balance, self.rows)
        freight = min(self.card.balance + sum(taken), rows.freight) if self.card.is_for_all else 0
        return Effect(kind=self.kind, name=self.card.name, source_id=self.card.id, rows=taken, freight=-freight)


class CardStore(NounStore[Card], Protocol):
    """Where cards and their books are kept."""

    async def find_card(self, card_id: int, within: Transaction | None = None) -> Card | None: ...

    async def list_of(self, user_id: int, most: int) -> list[Card]:
        """The newest first."""

    async def find_card_entry(self, key: str, within: Transaction | None = None) -> CardEntry | None: ...

    async def add_card_entry(self, entry: CardEntry, within: Transaction) -> None: ...

    async def page_card_entries(self, user_id: int, card_id: int | None, page: PageQuery) -> Page[CardEntry]:
        """The newest first."""


class CardService:
    """Members' cards. Implements Promotion."""

    def __init__(self, cards: CardStore, categories: Categories, clock: Clock):
        self._cards = cards
        self._categories = categories
        self._clock = clock

    async def list_cards(self, user_id: int) -> list[Card]:
        return await self._cards.list_of(user_id, MOST_LISTED)

    async def page_entries(self, user_id: int, card_id: int | None, page: PageQuery) -> Page[CardEntry]:
        """Of that member's cards alone."""
        return await self._cards.page_card_entries(user_id, card_id, page)

    # ---- in orders

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """Raises CardUnusable."""
        if asked.card_id is None:
            return ()
        card = await self._cards.find_card(asked.card_id)
        if card is None or card.user_id != buyer_id or not card.is_good_at(self._clock.now()):
            raise CardUnusable()
        rows = await rows_for(card, lines, self._categories)
        if not rows or card.balance == 0:  # nobody pays in full who was told that their card pays
            raise CardUnusable()
        return (CardPrice(card=card, rows=rows),)

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises CardUnusable."""
        for card_id, amount in _charges(order).items():
            card = await self._cards.find_card(card_id, within)
            if card is None or card.user_id != order.user_id or not card.is_good_at(self._clock.now()):
                raise CardUnusable()
            await self._book(card, CardCause.ORDER, -amount, charge_key(order.id), order.id, within)

    async def give_back(self, order: Order, within: Transaction) -> None:
        for card_id, amount in _charges(order).items():
            await self._return(card_id, CardCause.BACK, amount, back_key(order.id), order.id, within)

    async def settle(self, order: Order, within: Transaction) -> None:
        """It was charged when the order was placed."""

    async def receive(self, order: Order, within: Transaction) -> None:
        """It was charged when the order was placed."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        for card_id, amount in back.cards.items():
            await self._return(card_id, CardCause.REFUND, amount, key, order.id, within)

    async def _return(self, card_id: int, cause: CardCause, amount: int, key: str, order_id: int, within: Transaction) -> None:
        card = await self._cards.find_card(card_id, within)
        if card is not None and amount:
            await self._book(card, cause, amount, key, order_id, within)

    async def _book(self, card: Card, cause: CardCause, change: int, key: str, order_id: int, within: Transaction) -> None:
        await book_within(self._cards, card, cause, change, key, self._clock.now(), within, order_id=order_id)


async def book_within(
    cards: CardStore,
    card: Card,
    cause: CardCause,
    change: int,
    key: str,
    now: datetime,
    within: Transaction,
    *,
    order_id: int | None = None,
) -> Card:
    """As part of a transaction, once for its key. Raises CardUnusable."""
    key = f"card:{card.id}:{key}"
    if await cards.find_card_entry(key, within) is not None:
        return card
    after, entry = card.book(cause, change, key, now, order_id)
    if not await cards.save(card, after, None, within):
        raise Contended()
    await cards.add_card_entry(entry, within)
    return after


def charge_key(order_id: int) -> str:
    return f"order:{order_id}"


def back_key(order_id: int) -> str:
    return f"order:{order_id}:back"


def _charges(order: Order) -> dict[int, int]:
    """What the order has taken off each card."""
    effects = [effect for effect in order.effects if effect.kind is PriceKind.CARD and effect.source_id is not None]
    return {effect.source_id: -effect.amount for effect in effects if effect.source_id is not None}


class TopUp(Struct, frozen=True, kw_only=True):
    amount: Annotated[Annotated[int, Meta(ge=1, le=MOST)], about("金额", "Amount", "money")]


class CardDesk(NounService[Card]):
    """Cards that the staff issues. What is on one changes with its entry, in one transaction."""

    def __init__(self, cards: CardStore, receivers: Receivers, transactions: Transactions, clock: Clock):
        super().__init__(CARDS, cards, clock)
        self._cards = cards
        self._receivers = receivers
        self._transactions = transactions

    async def try_out(self, terms: Struct) -> None:
        """Raises InvalidInput."""
        assert isinstance(terms, CardTerms)
        if await self._receivers.find_receiver(terms.user_id, "") is None:
            raise InvalidInput({"user_id": ["unknown"]})

    async def add(self, terms: Struct, cause: Reason = NOBODY) -> Card:
        """Raises InvalidInput."""
        assert isinstance(terms, CardTerms)
        await self.try_out(terms)
        now = self._clock.now()
        empty = Card(
            id=await self._cards.next_id(),
            user_id=terms.user_id,
            name=terms.name,
            amount=terms.amount,
            ends_at=terms.ends_at,
            goods_ids=terms.goods_ids,
            category_ids=terms.category_ids,
            shop_id=terms.shop_id,
            issued_at=now,
        )
        made, first = empty.book(CardCause.ISSUED, terms.amount, f"card:{empty.id}:issued", now)
        entry = self.entry(ADD, None, made, cause)

        async def work(within: Transaction) -> None:
            await self._cards.add(made, entry, within)
            await self._cards.add_card_entry(first, within)

        await self._transactions.run(work)
        return made

    async def top_up(self, card_id: Id, cause: Reason, wanted: TopUp) -> Card:
        """Raises NotFound, CardUnusable and ChangedMeanwhile."""
        return await self._change(card_id, "top-up", CardCause.TOP_UP, cause, wanted.amount)

    async def void_card(self, card_id: Id, cause: Reason) -> Card:
        """What is on it is lost. Raises NotFound, CardUnusable and ChangedMeanwhile."""
        return await self._change(card_id, "void", CardCause.VOID, cause, None)

    async def _change(self, card_id: Id, verb: str, what: CardCause, cause: Reason, amount: int | None) -> Card:
        before = await self.get(card_id)
        if before.state is not CardState.GOOD:
            raise CardUnusable()
        change = -before.balance if amount is None else amount
        key = f"card:{before.id}:{what.value}:{before.entries + 1}"
        after, made = before.book(what, change, key, self._clock.now())
        after = replace(after, state=CardState.VOID) if amount is None else after
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._cards.save(before, after, entry, within):
                raise ChangedMeanwhile()
            await self._cards.add_card_entry(made, within)

        await self._transactions.run(work)
        return after


CARDS = Noun(
    area="mall",
    name="cards",
    zh="储值卡",
    en="Stored-value cards",
    made=Card,
    new=CardTerms,
    searched=("name",),
    sorted=("id", "balance", "issued_at"),
    filtered=("user_id", "state"),
    order=("-id",),
    is_kept=True,
    raises=(CardUnusable,),
    actions=(
        Action("top-up", "充值", "Top up", CardDesk.top_up, needs_reason=True, input=TopUp),
        Action("void", "作废", "Void", CardDesk.void_card, needs_reason=True, is_dangerous=True),
    ),
)
