"""Imports: what puts the rows of a sheet into the catalogue, all of them or none."""
from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import convert, to_builtins

from server.domain.auctions.imports import GoodsRefused, Problem, Row
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.groupbuy.desk import complete, find_problems
from server.domain.groupbuy.marks import MarkStore
from server.domain.groupbuy.offers import LARGEST_NUMBER, LARGEST_PRICE, Kind, Offer, State, Terms
from server.domain.groupbuy.shops import Shop, ShopStore
from server.domain.groupbuy.stocking import Stocking

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFERS_AT_ONCE = 100  # so many are written well within the database's time limit
ABANDONED_AFTER = timedelta(hours=1)  # an import that has not finished by then was killed

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_YUAN = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")
_WHOLE = re.compile(r"[0-9]{1,12}")
_KINDS = {"1": Kind.PHYSICAL, "2": Kind.VIRTUAL, "实物": Kind.PHYSICAL, "虚拟商品": Kind.VIRTUAL}
_FLAGS = {"0": False, "1": True, "否": False, "是": True}
_STATES = {"1": State.AWAITING_REVIEW, "2": State.APPROVED}


class _Unreadable(ValueError):
    """What is wrong with a cell, as the reason of a Problem."""


Reader = Callable[[str], Any]


def _text(most: int) -> Reader:
    def read(text: str) -> str:
        if len(text) > most:
            raise _Unreadable(f"too_long:{most}")
        return text.strip()

    return read


def _whole(least: int) -> Reader:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise _Unreadable("not_whole")
        return _within(int(text), least, LARGEST_NUMBER)

    return read


def _choice(choices: Mapping[str, Any]) -> Reader:
    def read(text: str) -> Any:
        if text not in choices:
            raise _Unreadable(f"not_among:{'|'.join(choices)}")
        return choices[text]

    return read


def _fen(text: str) -> int:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise _Unreadable("not_yuan")
    return _within(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")), 1, LARGEST_PRICE)


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(timezone.utc)
    raise _Unreadable("not_a_time")


def _within(number: int, least: int, most: int) -> int:
    if number < least:
        raise _Unreadable(f"at_least:{least}")
    if number > most:
        raise _Unreadable(f"at_most:{most}")
    return number


# column, named as the document names it → field, how it is read
REQUIRED: dict[str, tuple[str, Reader]] = {
    "groupbuy_name": ("name", _text(100)),
    "groupbuy_type": ("kind", _choice(_KINDS)),
    "groupbuy_starttime": ("start_at", _moment),
    "groupbuy_endtime": ("end_at", _moment),
    "goods_name": ("goods_name", _text(200)),
    "shop_id": ("shop_id", _whole(1)),
    "goods_price": ("goods_price", _fen),
    "groupbuy_price": ("price", _fen),
    "groupbuy_cat_id": ("category_id", _whole(1)),
}
OPTIONAL: dict[str, tuple[str, Reader]] = {
    "groupbuy_scat_id": ("subcategory_id", _whole(0)),
    "groupbuy_city_id": ("city_id", _whole(0)),
    "groupbuy_area_id": ("area_id", _whole(0)),
    "goods_id": ("goods_id", _whole(0)),
    "common_id": ("common_id", _whole(0)),
    "groupbuy_upper_limit": ("upper_limit", _whole(0)),
    "groupbuy_virtual_quantity": ("virtual_quantity", _whole(0)),
    "groupbuy_recommend": ("is_recommended", _choice(_FLAGS)),
    "groupbuy_state": ("state", _choice(_STATES)),
    "groupbuy_image": ("image", _text(500)),
    "groupbuy_image_rec": ("image_rec", _text(500)),
    "groupbuy_remark": ("remark", _text(500)),
    "groupbuy_intro": ("intro", _text(20_000)),
}
COLUMNS = REQUIRED | OPTIONAL
COLUMN_OF = {field: column for column, (field, _) in COLUMNS.items()}


class NewOfferStore(Protocol):
    """Where imported offers are put; nobody sees them before `finish_import`."""

    async def begin_import(self, now: datetime) -> int: ...

    async def next_ids(self, count: int) -> list[int]: ...

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
        shops = {shop.id: shop for shop in await self._shops.list_shops()}
        # All rows have the same columns: one that is missing is told once.
        found = [Problem(row.line, column, "missing") for row in rows[:1] for column in REQUIRED if column not in row.texts]
        if found or not rows:
            raise GoodsRefused(found)
        read: list[tuple[Terms, State, Shop]] = []
        for row in rows:
            values, problems = _read(row)
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
        import_id = await self._offers.begin_import(self._clock.now())
        try:
            ids = await self._offers.next_ids(len(read))
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


def _read(row: Row) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, text in row.texts.items():
        text = text.strip()
        if column not in COLUMNS:
            # Not passed over in silence: a misspelt column would sell the goods on other terms than the sheet says.
            if text:
                problems.append(Problem(row.line, column, "unknown", text))
            continue
        field, read = COLUMNS[column]
        if not text:
            if column in REQUIRED:
                problems.append(Problem(row.line, column, "required"))
            continue
        try:
            values[field] = read(text)
        except _Unreadable as error:
            problems.append(Problem(row.line, column, str(error), text))
    return values, problems
