"""The books of the after-sale: settlements and sold lots change together, each change in one transaction with its news."""
from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from server.domain.aftersale.news import NewsStore
from server.domain.aftersale.settlements import (
    Fate,
    FinishedGroups,
    LotsGone,
    Settlement,
    SettlementMissing,
    SettlementStore,
    SoldLot,
    SoldLotStore,
    bundles_of,
    settle,
    winner_key,
)
from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.groups import Group
from server.domain.changes import Change
from server.domain.clock import Clock
from server.domain.events import Publisher, SaleNews
from server.domain.transactions import Contended, Transaction, Transactions

GROUPS_AT_ONCE = 5

Apply = Callable[[Settlement, datetime, Transaction], Awaitable[Settlement]]
Enter = Callable[[Settlement, Settlement], Change]  # a change into the log of operators


class Books:
    """Reads and changes settlements. Of two who decide about one, the second decides on what the first left."""

    def __init__(
        self,
        settlements: SettlementStore,
        sold: SoldLotStore,
        news: NewsStore,
        transactions: Transactions,
        publisher: Publisher,
        clock: Clock,
    ):
        self._settlements = settlements
        self._sold = sold
        self._news = news
        self._transactions = transactions
        self._publisher = publisher
        self._clock = clock

    async def get(self, settlement_id: int, owner_id: int | None = None, within: Transaction | None = None) -> Settlement:
        """Raises SettlementMissing, also where it is not that owner's."""
        found = await self._settlements.find_settlement(settlement_id, within)
        if found is None or owner_id is not None and found.user_id != owner_id:
            raise SettlementMissing("settlement")
        return found

    async def make(self, group: Group, bundle: Sequence[Lot]) -> None:
        """The settlement of one winner, exactly once whoever tries it how often; the winner is told."""
        assert bundle[0].leader_id is not None
        key, number = winner_key(group.id, bundle[0].leader_id), await self._settlements.next_settlement_id()

        async def work(within: Transaction) -> SaleNews | None:
            if await self._settlements.find_by_key(key, within) is not None:
                return None
            settlement, rows = settle(number, group, bundle, self._clock.now())
            news = await self.add_within(settlement, within)
            await self._sold.add_sold(rows, within)
            return news

        self.tell(await self._transactions.run(work))

    async def add_within(self, settlement: Settlement, within: Transaction) -> SaleNews:
        """As part of a transaction; gives what is to be told once it lasts."""
        settlement, news = settlement.told_of(settlement.state.value, settlement.made_at)
        await self._settlements.add_settlement(settlement, within)
        await self._news.add_news(news, within)
        return news

    async def change(
        self, settlement_id: int, apply: Apply, *, owner_id: int | None = None, step: str = "", enter: Enter | None = None
    ) -> Settlement:
        """With a `step` its winner is told of it, with `enter` operators find it in their log. Raises what `apply` raises,
        SettlementMissing, Contended and Unavailable.
        """

        async def work(within: Transaction) -> tuple[Settlement, SaleNews | None]:
            before = await self.get(settlement_id, owner_id, within)
            return await self.change_within(before, apply, within, step=step, enter=enter)

        after, news = await self._transactions.run(work, [f"settlement:{settlement_id}"])
        self.tell(news)
        return after

    async def change_within(
        self, before: Settlement, apply: Apply, within: Transaction, *, step: str = "", enter: Enter | None = None
    ) -> tuple[Settlement, SaleNews | None]:
        """As part of a transaction; gives what is to be told once it lasts, too."""
        now = self._clock.now()
        after, news = await apply(before, now, within), None
        if step:
            after, news = after.told_of(step, now)
            await self._news.add_news(news, within)
        if not await self._settlements.save_settlement(before, after, enter(before, after) if enter is not None else None, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it
        return after, news

    async def free_lots_within(self, settlement: Settlement, now: datetime, within: Transaction) -> None:
        """Of one that is given up: they may go elsewhere."""
        for row in await self._rows_of(settlement, within):
            await self.save_row(row, row.become(now, fate=Fate.FREE), None, within)

    async def take_back_lots_within(self, settlement: Settlement, now: datetime, within: Transaction) -> None:
        """Raises LotsGone unless all of them are free."""
        rows = await self._rows_of(settlement, within)
        if any(row.fate is not Fate.FREE or row.settlement_id != settlement.id for row in rows):
            raise LotsGone()
        for row in rows:
            await self.save_row(row, row.become(now, fate=Fate.SETTLED), None, within)

    async def save_row(self, before: SoldLot, after: SoldLot, change: Change | None, within: Transaction) -> None:
        """As part of the transaction that read it."""
        if not await self._sold.save_sold(before, after, change, within):
            raise Contended()

    def tell(self, *news: SaleNews | None) -> None:
        """What lasts by now."""
        for one in news:
            if one is not None:
                self._publisher.publish(one)

    async def tell_again(self, settlement_id: int) -> None:
        """The newest news of it; who has heard them already ignores them."""
        settlement = await self.get(settlement_id)
        self.tell(await self._news.find_news(settlement.newest_news))

    async def _rows_of(self, settlement: Settlement, within: Transaction) -> list[SoldLot]:
        return await self._sold.list_sold([lot.goods_id for lot in settlement.lots], within)


class SettlementMaker:
    """Makes the settlements of groups that ended. Any process may try at any time; whatever dies, another goes on."""

    def __init__(self, books: Books, groups: FinishedGroups, lots: LotStore, clock: Clock):
        self._books = books
        self._groups = groups
        self._lots = lots
        self._clock = clock

    async def make_due(self) -> int:
        """One round; of how many groups."""
        groups = await self._groups.list_unsettled(GROUPS_AT_ONCE)
        for group in groups:
            for bundle in bundles_of(await self._lots.list_lots(group.id)).values():
                await self._books.make(group, bundle)
            await self._groups.note_settled(group.id, self._clock.now())
        return len(groups)
