"""Imports: what puts the rows of a sheet into the catalogue, all of them or none."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from msgspec import convert, to_builtins

from server.domain.auctions.imports import GoodsRefused, Problem, Row
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.groupbuy.columns import COLUMN_OF, REQUIRED, read_row
from server.domain.groupbuy.desk import complete, find_problems
from server.domain.groupbuy.marks import MarkStore
from server.domain.groupbuy.offers import Offer, State, Terms
from server.domain.groupbuy.shops import Shop, ShopStore
from server.domain.groupbuy.stocking import Stocking

OFFERS_AT_ONCE = 100  # so many are written well within the database's time limit
ABANDONED_AFTER = timedelta(hours=1)  # an import that has not finished by then was killed


class NewOfferStore(Protocol):
    """Where imported offers are put; nobody sees them before `finish_import`."""

    async def begin_import(self, now: datetime, count: int) -> tuple[int, list[int]]:
        """The import's number and those of its offers, one after the other."""

    async def add_imported(self, offers: list[Offer]) -> None: ...

    async def finish_import(self, import_id: int, revision: int) -> None:
        """Makes all its offers visible at once."""

    async def remove_import(self, import_id: int) -> None: ...

    async def list_abandoned_imports(self, begun_before: datetime) -> list[int]: ...


class OfferImports:
    """Imports sheets of offers."""

    def __init__(self, stocking: Stocking, offers: NewOfferStore, shops: ShopStore, marks: MarkStore, clock: Clock):
        self._stocking = stocking
        self._offers = offers
        self._shops = shops
        self._marks = marks
        self._clock = clock

    async def check_offers(self, rows: Sequence[Row]) -> list[tuple[Terms, State, Shop]]:
        """What would be sold; writes nothing. Raises GoodsRefused with all problems of all rows, and Unavailable."""
        await self._stocking.refresh()
        shops = {shop.id: shop for shop in await self._shops.list_all()}
        # All rows have the same columns: one that is missing is told once.
        found = [Problem(row.line, column, "missing") for row in rows[:1] for column in REQUIRED if column not in row.texts]
        if found or not rows:
            raise GoodsRefused(found)
        read: list[tuple[Terms, State, Shop]] = []
        for row in rows:
            values, problems = read_row(row)
            if not problems:
                problems = list(self._check(row, values, shops))
            found += problems
            if not problems:
                state = values.pop("state", State.APPROVED)
                terms = complete(Terms(**values), self._stocking.furniture)
                read.append((terms, state, shops[terms.shop_id]))
        if found:
            raise GoodsRefused(found)
        return read

    async def import_offers(self, rows: Sequence[Row]) -> int:
        """How many there are now more. Raises as `check_offers` does, and then there is none more.

        After Unavailable none is there, or all.
        """
        read = await self.check_offers(rows)
        await self._sweep()
        import_id, ids = await self._offers.begin_import(self._clock.now(), len(read))
        try:
            rest = iter([self._offer(offer_id, import_id, *one) for offer_id, one in zip(ids, read)])
            while some := list(islice(rest, OFFERS_AT_ONCE)):
                await self._offers.add_imported(some)
        except BaseException:  # an interruption too
            with contextlib.suppress(Unavailable):
                await self._offers.remove_import(import_id)
            raise
        await self._offers.finish_import(import_id, await self._marks.next_revision())
        return len(read)

    def _check(self, row: Row, values: dict[str, Any], shops: Mapping[int, Shop]) -> Iterator[Problem]:
        terms = Terms(**{field: value for field, value in values.items() if field != "state"})
        problems = find_problems(terms, self._stocking.furniture)
        if terms.shop_id not in shops:
            problems["shop_id"] = ["unknown_id"]
        for field, reasons in problems.items():
            column = COLUMN_OF[field]
            reason = "unknown_id" if reasons[0] == "unknown" else reasons[0]
            yield Problem(row.line, column, reason, row.texts.get(column, ""))

    def _offer(self, offer_id: int, import_id: int, terms: Terms, state: State, shop: Shop) -> Offer:
        about = to_builtins(terms, builtin_types=(datetime,))
        now = self._clock.now()
        more = {"id": offer_id, "shop_name": shop.name, "state": state, "import_id": import_id, "changed_at": now}
        return convert({**about, **more}, Offer)

    async def _sweep(self) -> None:
        """Takes away what killed imports have left; nobody ever saw it."""
        for import_id in await self._offers.list_abandoned_imports(self._clock.now() - ABANDONED_AFTER):
            await self._offers.remove_import(import_id)
