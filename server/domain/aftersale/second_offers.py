"""Second offers: a lot that its winner did not pay is offered to the next bidder, at that bidder's highest bid."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.users import User
from server.domain.aftersale.books import Books
from server.domain.aftersale.news import NewsStore
from server.domain.aftersale.settlements import (
    PAY_WITHIN,
    Fate,
    Settlement,
    SettlementStore,
    SoldLot,
    SoldLotStore,
    bought,
)
from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.record import Bid, RecordStore
from server.domain.changes import Change
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.events import SaleNews
from server.domain.transactions import Contended, Transaction, Transactions

EXPIRED_AT_ONCE = 20
SHOWN_TO_A_BIDDER = 50


class OfferMissing(NotFound):
    """There is no such second offer, or it is somebody else's."""


class OfferDecided(Conflict):
    """It was accepted, declined or withdrawn, or its time is over."""


class LotNotFree(Conflict):
    """The lot is not free: it is paid, may yet be paid, is offered to somebody or was put up again."""


class NoBidderLeft(Conflict):
    """Everybody else whose bid stands has been asked."""


class OfferState(str, Enum):
    """What became of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SecondOffer(Struct, frozen=True, kw_only=True):
    """One lot for one bidder, at their own highest bid in fen, until it expires. A bidder is asked once for a lot."""

    id: int
    revision: int
    goods_id: int
    group_id: int
    sn: str
    user_id: int
    nickname: str
    price: int
    state: OfferState = OfferState.OPEN
    expires_at: datetime
    settlement_id: int | None = None  # what became of it when it was accepted
    told: int = 0
    made_at: datetime
    changed_at: datetime

    def decided(self, state: OfferState, now: datetime, **changes: Any) -> SecondOffer:
        """Raises OfferDecided: it is decided once, and accepted before it expires."""
        if self.state is not OfferState.OPEN or state is OfferState.ACCEPTED and now >= self.expires_at:
            raise OfferDecided()
        return replace(self, **changes, state=state, changed_at=now, revision=self.revision + 1)

    def told_of(self, now: datetime) -> tuple[SecondOffer, SaleNews]:
        """With one more news of it for its bidder."""
        news = SaleNews(
            id=f"second_offer-{self.id}:{self.told + 1}",
            user_id=self.user_id,
            about="second_offer",
            thing_id=self.id,
            number=self.told + 1,
            step=self.state.value,
            group_id=self.group_id,
            goods_id=self.goods_id,
            amount=self.price,
            until=self.expires_at if self.state is OfferState.OPEN else None,
            at=now,
        )
        return replace(self, told=self.told + 1), news


class Standing(Struct, frozen=True):
    """A bidder's highest bid on a lot that no void took back."""

    user_id: int
    nickname: str
    price: int
    seq: int


def rank_bidders(lot: Lot, bids: Iterable[Bid]) -> list[Standing]:
    """By their highest bids, the earlier of two equal ones first; of entries that operators made none counts."""
    best: dict[int, Standing] = {}
    for bid in bids:
        known = best.get(bid.user_id)
        if bid.intervention is None and lot.stands(bid.seq) and (known is None or bid.price > known.price):
            best[bid.user_id] = Standing(bid.user_id, bid.nickname, bid.price, bid.seq)
    return sorted(best.values(), key=lambda one: (-one.price, one.seq))


def next_bidder(ranked: Sequence[Standing], asked: Collection[int]) -> Standing:
    """The first who was not asked yet. Raises NoBidderLeft."""
    found = next((one for one in ranked if one.user_id not in asked), None)
    if found is None:
        raise NoBidderLeft()
    return found


Enter = Callable[[SecondOffer, SecondOffer], Change]  # a change into the log of operators


class OfferStore(Protocol):
    """Where second offers are kept."""

    async def add_offer(self, offer: SecondOffer, change: Change | None, within: Transaction) -> None: ...

    async def find_offer(self, offer_id: int, within: Transaction | None = None) -> SecondOffer | None: ...

    async def save_offer(self, before: SecondOffer, after: SecondOffer, change: Change | None, within: Transaction) -> bool:
        """False if it was changed since `before` was read."""

    async def list_of_lot(self, goods_id: int, within: Transaction) -> list[SecondOffer]: ...

    async def list_of_bidder(self, user_id: int, most: int) -> list[SecondOffer]:
        """Newest first."""

    async def list_expired(self, now: datetime, most: int) -> list[SecondOffer]:
        """Open ones whose time is over."""


class People(Protocol):
    """Knows users."""

    async def find_user(self, user_id: int) -> User | None: ...


class SecondOfferService:
    """Makes second offers and takes their answers. What an offer decides about a lot is one transaction with the lot's row, so that of a
    late payment and an offer, or of two answers, one is first and the other finds it decided.
    """

    def __init__(
        self,
        books: Books,
        offers: OfferStore,
        sold: SoldLotStore,
        settlements: SettlementStore,
        news: NewsStore,
        lots: LotStore,
        groups: GroupStore,
        record: RecordStore,
        people: People,
        transactions: Transactions,
        clock: Clock,
    ):
        self._books = books
        self._offers = offers
        self._sold = sold
        self._settlements = settlements
        self._news = news
        self._lots = lots
        self._groups = groups
        self._record = record
        self._people = people
        self._transactions = transactions
        self._clock = clock

    # ---- operators

    async def find_standings(self, goods_id: int) -> list[Standing]:
        """Bidders who may be asked at all: who is banned or gone is not. By their highest bids."""
        [lot] = await self._lots.list_lots_by_id([goods_id])
        ranked = rank_bidders(lot, await self._record.list_bids(goods_id))
        users = {one.user_id: await self._people.find_user(one.user_id) for one in ranked}
        return [one for one in ranked if (user := users[one.user_id]) and not user.is_banned and not user.is_gone]

    async def offer_within(
        self, row: SoldLot, ranked: Sequence[Standing], number: int, expires_at: datetime, within: Transaction
    ) -> SecondOffer:
        """Asks the next bidder, as part of a transaction that saves the row too. Raises LotNotFree and NoBidderLeft."""
        if row.fate is not Fate.FREE:
            raise LotNotFree()
        asked = {one.user_id for one in await self._offers.list_of_lot(row.id, within)}
        bidder, now = next_bidder(ranked, {*asked, row.winner_id, row.user_id}), self._clock.now()
        return SecondOffer(
            id=number,
            revision=1,
            goods_id=row.id,
            group_id=row.group_id,
            sn=row.sn,
            user_id=bidder.user_id,
            nickname=bidder.nickname,
            price=bidder.price,
            expires_at=expires_at,
            made_at=now,
            changed_at=now,
        )

    async def add_within(self, offer: SecondOffer, change: Change | None, within: Transaction) -> SaleNews:
        """As part of a transaction; gives what is to be told once it lasts."""
        offer, news = offer.told_of(offer.made_at)
        await self._offers.add_offer(offer, change, within)
        await self._news.add_news(news, within)
        return news

    # ---- bidders

    async def list_offers(self, bidder: User) -> list[SecondOffer]:
        """Newest first."""
        return await self._offers.list_of_bidder(bidder.id, SHOWN_TO_A_BIDDER)

    async def accept(self, bidder: User, offer_id: int) -> Settlement:
        """The settlement to be paid, made once. Raises OfferMissing and OfferDecided."""
        number = await self._settlements.next_settlement_id()
        offer = await self._get_own(bidder.id, offer_id)
        [group] = await self._groups.list_groups_by_id([offer.group_id])

        async def work(within: Transaction) -> tuple[Settlement, list[SaleNews]]:
            before, now = await self._get_own(bidder.id, offer_id, within), self._clock.now()
            after = before.decided(OfferState.ACCEPTED, now, settlement_id=number)
            row = await self._get_row(before, within)
            made = Settlement(
                id=number,
                revision=1,
                key=f"offer:{before.id}",
                group_id=before.group_id,
                issue=group.issue,
                user_id=before.user_id,
                nickname=before.nickname,
                lots=(bought(row, before.price),),
                amount=before.price,
                pay_by=now + PAY_WITHIN,
                made_at=now,
                changed_at=now,
            )
            of_offer = await self._save_within(before, after, None, within)
            of_settlement = await self._books.add_within(made, within)
            in_it = {"settlement_id": number, "user_id": before.user_id, "price": before.price, "fate": Fate.SETTLED, "offer_id": None}
            await self._books.save_row(row, row.become(now, **in_it), None, within)
            return made, [of_offer, of_settlement]

        made, news = await self._transactions.run(work, [f"sold:{offer.goods_id}"])
        self._books.tell(*news)
        return await self._books.get(made.id)

    async def decline(self, bidder: User, offer_id: int) -> SecondOffer:
        """Raises OfferMissing and OfferDecided."""
        await self._get_own(bidder.id, offer_id)
        return await self.end(offer_id, OfferState.DECLINED)

    async def end(self, offer_id: int, state: OfferState, enter: Enter | None = None) -> SecondOffer:
        """Without a sale: the lot is free again. Raises OfferMissing and OfferDecided."""

        async def work(within: Transaction) -> tuple[SecondOffer, SaleNews]:
            before, now = await self._get(offer_id, within), self._clock.now()
            after = before.decided(state, now)
            row = await self._get_row(before, within)
            news = await self._save_within(before, after, enter(before, after) if enter is not None else None, within)
            await self._books.save_row(row, row.become(now, fate=Fate.FREE, offer_id=None), None, within)
            return after, news

        after, news = await self._transactions.run(work)
        self._books.tell(news)
        return after

    async def expire_overdue(self) -> int:
        """One round; how many. One that is accepted at the same moment is accepted or expired, not both."""
        overdue = await self._offers.list_expired(self._clock.now(), EXPIRED_AT_ONCE)
        for offer in overdue:
            try:
                await self.end(offer.id, OfferState.EXPIRED)
            except OfferDecided:
                continue  # by somebody else meanwhile
        return len(overdue)

    async def _save_within(self, before: SecondOffer, after: SecondOffer, change: Change | None, within: Transaction) -> SaleNews:
        after, news = after.told_of(after.changed_at)
        await self._news.add_news(news, within)
        if not await self._offers.save_offer(before, after, change, within):
            raise Contended()
        return news

    async def _get(self, offer_id: int, within: Transaction | None = None) -> SecondOffer:
        found = await self._offers.find_offer(offer_id, within)
        if found is None:
            raise OfferMissing("second offer")
        return found

    async def _get_own(self, bidder_id: int, offer_id: int, within: Transaction | None = None) -> SecondOffer:
        found = await self._get(offer_id, within)
        if found.user_id != bidder_id:
            raise OfferMissing("second offer")
        return found

    async def _get_row(self, offer: SecondOffer, within: Transaction) -> SoldLot:
        row = await self._sold.find_sold(offer.goods_id, within)
        assert row is not None and row.offer_id == offer.id
        return row
