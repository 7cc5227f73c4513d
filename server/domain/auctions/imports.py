"""Imports: what makes the rows of a sheet a new group, whole or not at all."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct, convert
from msgspec.structs import replace

from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.preparation import LEASE, IssueExists, NewGroupStore, Preparation
from server.domain.auctions.prices import MAX_PRICE
from server.domain.cells import find_unseen, is_shortened, look_of, mixes_alphabets
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, Unavailable
from server.domain.rounds import Rounds

log = logging.getLogger(__name__)

EXTEND_LIMIT = timedelta(minutes=30)  # soft close goes on no longer after a group's planned end, unless it is told otherwise
MAX_TEXT_CHARACTERS = 64  # goods of a longer category could not be asked for
MAX_EXTEND_WINDOW_SECONDS = 24 * 3600
LOTS_AT_ONCE = 100  # so many are written well within the database's time limit
SWEEP_SECONDS = 60  # what is swept shows nowhere: it can wait
ASK_AGAIN_SECONDS = 0.5

TEXTS = ("sn", "category", "score", "sn_no")
FILLED = ("sn", "category")
DISTINCT = "sn"  # no two rows may have the same
TOLD_APART = ("sn", "category")  # nor may two that differ look the same
PRICES = ("low_price", "top_price")
# column → the least and the most it may hold. A lot at 0 fen could not be bid on: no price beats it.
NUMBERS = {
    **{"low_price": (1, MAX_PRICE), "top_price": (1, MAX_PRICE)},
    **{"step": (1, MAX_PRICE), "extend_window": (0, MAX_EXTEND_WINDOW_SECONDS)},
}
PICTURES = "pictures"  # addresses, or names of files beside the sheet; read by lot_pictures.py
REQUIRED = (*TEXTS, *PRICES)
OPTIONAL = ("step", "extend_window")
FIELDS = {"extend_window": "extend_window_seconds"}  # where a column's name is not the field's

_WHOLE_NUMBER = re.compile(r"(-?)0*([0-9]+)")
_DIGITS_READ = 20  # a number with more is out of every bound, whatever the rest of them


class EndsTooEarly(Conflict):
    """The group would end before it starts, or has ended already."""


class Problem(Struct, frozen=True):
    """What is wrong with one cell. `reason` is `kind` or `kind:parameter`, `text` what the cell holds."""

    line: int
    column: str
    reason: str
    text: str = ""


class GoodsRefused(InvalidInput):
    """The sheet cannot be sold as it is; `found` are all problems of all its rows, in order."""

    def __init__(self, found: Sequence[Problem]):
        super().__init__({"rows": ["wrong_form" if found else "required"]})
        self.found = tuple(found)


class Row(Struct, frozen=True):
    """One line of a sheet: its texts by column, as a person sees them there. What stands beyond the columns is under "".

    `unclear` has the reasons, as of Problem, why that is not certain of a column. `numbers` are texts without the commas
    between thousands, where it is the sheet that puts these in.
    """

    line: int
    texts: Mapping[str, str]
    unclear: Mapping[str, str] = {}
    numbers: Mapping[str, str] = {}

    def has(self, column: str) -> bool:
        return column in self.unclear or bool(self.texts.get(column, "").strip())

    def number(self, column: str) -> str:
        """What stands there, where a number is asked for."""
        return self.numbers.get(column, self.texts.get(column, ""))

    def find_doubt(self, column: str) -> str | None:
        """Why what is seen in a column may not be what would be sold, as the reason of a Problem."""
        if column in self.unclear:
            return self.unclear[column]
        unseen = find_unseen(self.texts[column])
        return None if unseen is None else f"unseen:{unseen}"


def fill_in(rows: Iterable[Row], usual: Mapping[str, str]) -> list[Row]:
    """The rows with the usual text where a row leaves such a column empty."""
    return [replace(row, texts={**row.texts, **{name: text for name, text in usual.items() if not row.has(name)}}) for row in rows]


def read_goods(rows: Sequence[Row]) -> list[Terms]:
    """The goods in the order of the sheet; their ids are 0 until the import gives them. Raises GoodsRefused."""
    found = [problem for row in rows for problem in _problems_of(row)]
    found += [problem for column in TOLD_APART for problem in _repeats(rows, column)]
    if found or not rows:
        raise GoodsRefused(sorted(found, key=lambda problem: problem.line))
    return [_terms(row, position) for position, row in enumerate(rows)]


def _problems_of(row: Row) -> Iterator[Problem]:
    for column in REQUIRED:
        if column not in row.texts:
            yield Problem(row.line, column, "missing")
    for column, text in row.texts.items():
        reason = row.find_doubt(column) or _problem_of_cell(column, row.number(column) if column in NUMBERS else text)
        if reason is not None:
            yield Problem(row.line, column, reason, text)
    low, top = (_whole_number(row.number(column)) for column in PRICES)
    if low is not None and top is not None and low >= top > 0:
        yield Problem(row.line, "low_price", "not_below:top_price", row.texts["low_price"])


def _problem_of_cell(column: str, text: str) -> str | None:
    is_empty = not text.strip()
    if column in NUMBERS:
        if is_empty:
            return None if column in OPTIONAL else "required"
        return _problem_of_number(_whole_number(text), *NUMBERS[column])
    if column in TEXTS:
        if is_empty and column in FILLED:
            return "required"
        if len(text) > MAX_TEXT_CHARACTERS:
            return f"too_long:{MAX_TEXT_CHARACTERS}"
        return _problem_of_serial(text) if column == "sn" else None
    if column == PICTURES:
        return None
    # Not passed over in silence: a misspelt "step" would sell the lot on other terms than the sheet says.
    return None if is_empty else "unknown"


def _problem_of_serial(text: str) -> str | None:
    if is_shortened(text):
        return "power"
    return "mixed" if mixes_alphabets(text) else None


def _problem_of_number(number: int | None, least: int, most: int) -> str | None:
    if number is None:
        return "not_whole"
    if number < least:
        return f"at_least:{least}"
    return f"at_most:{most}" if number > most else None


def _repeats(rows: Iterable[Row], column: str) -> Iterator[Problem]:
    first: dict[str, tuple[str, int]] = {}
    for row in rows:
        text = row.texts.get(column, "")
        if not text.strip() or column in row.unclear:
            continue
        is_distinct = column == DISTINCT
        seen, line = first.setdefault(look_of(text), (text.strip() if is_distinct else text, row.line))
        if seen != (text.strip() if is_distinct else text):
            yield Problem(row.line, column, f"looks_like:{line}", text)
        elif is_distinct and line != row.line:
            yield Problem(row.line, column, f"repeated:{line}", text)


def _whole_number(text: str) -> int | None:
    found = _WHOLE_NUMBER.fullmatch(text.strip())
    return None if found is None else int(found[1] + found[2][:_DIGITS_READ])


def _terms(row: Row, position: int) -> Terms:
    texts = {column: row.texts[column] for column in TEXTS}
    numbers = {FIELDS.get(column, column): _whole_number(row.number(column)) for column in NUMBERS if row.has(column)}
    return convert({**texts, **numbers, "id": 0, "group_id": 0, "position": position}, Terms)


class NewLotStore(Protocol):
    """Where the lots of a group are put that is being prepared."""

    async def add_lots(self, lots: list[Lot]) -> None: ...

    async def remove_lots(self, group_id: int) -> None: ...

    async def next_ids(self, count: int) -> list[int]: ...


Progress = Callable[[int, int], None]  # lots written, lots in all


class ImportService:
    """Opens new groups. One write opens a group after all its lots are there, so it is on sale whole or not at all."""

    def __init__(self, groups: NewGroupStore, lots: NewLotStore, clock: Clock):
        self._groups = groups
        self._lots = lots
        self._clock = clock
        self._rounds = Rounds("sweeping", self.sweep, SWEEP_SECONDS)

    async def check_group(self, rows: Sequence[Row], issue: int, start_at: datetime, end_at: datetime) -> list[Terms]:
        """The goods that would be sold; writes nothing. Raises GoodsRefused, EndsTooEarly, IssueExists, Unavailable."""
        goods = read_goods(rows)
        if end_at <= max(start_at, self._clock.now()):
            raise EndsTooEarly()
        if await self._groups.find_by_issue(issue) is not None:
            raise IssueExists(issue)
        return goods

    async def import_group(
        self,
        rows: Sequence[Row],
        issue: int,
        start_at: datetime,
        end_at: datetime,
        *,
        pictures: Mapping[int, tuple[str, ...]] = MappingProxyType({}),
        extend_limit: timedelta = EXTEND_LIMIT,
        on_progress: Progress = lambda done, total: None,
    ) -> Group:
        """Puts the rows on sale as one issue; `pictures` are the addresses of each line's.

        Raises as `check_group` does, or PreparationLapsed; then nothing is on sale. After Unavailable the group may be there,
        whole; a repeated import finds it by its issue.
        """
        checked = await self.check_group(rows, issue, start_at, end_at)
        goods = [replace(terms, pictures=pictures.get(row.line, ())) for row, terms in zip(rows, checked)]
        categories = tuple(dict.fromkeys(terms.category for terms in goods))
        group = Group(id=await self._groups.next_id(), issue=issue, start_at=start_at, end_at=end_at, categories=categories)
        preparation = Preparation(self._groups, group, self._clock)
        await self._begin(preparation)
        try:
            async with preparation.kept_alive():
                await self._write_lots(await self._open_lots(goods, group, extend_limit), on_progress)
                await preparation.open()
        except BaseException:  # an interruption too
            # While the database is away it stays, unseen, and is swept later.
            with contextlib.suppress(Unavailable):
                await preparation.give_up()
                await self.sweep()
            raise
        return group

    async def sweep(self) -> None:
        """Takes away what imports have left that were killed or failed. Nobody ever saw it. Raises Unavailable."""
        for group_id in await self._groups.lapse_overdue(self._clock.now()):
            await self._lots.remove_lots(group_id)
            await self._groups.remove_group(group_id)
            log.info("what an import that died had written is swept", extra={"group_id": group_id})

    def start(self) -> None:
        """Sweeps from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def _begin(self, preparation: Preparation) -> None:
        """Where an import of the same issue was killed a moment ago, waits until it counts as dead."""
        deadline = self._clock.now() + LEASE + timedelta(seconds=2 * ASK_AGAIN_SECONDS)
        while True:
            await self.sweep()
            try:
                return await preparation.begin()
            except IssueExists as error:
                is_open = await self._groups.find_by_issue(error.issue) is not None
                if is_open or self._clock.now() > deadline:
                    raise
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    async def _open_lots(self, goods: list[Terms], group: Group, extend_limit: timedelta) -> list[Lot]:
        now = self._clock.now()
        numbered = zip(goods, await self._lots.next_ids(len(goods)))
        sold = (replace(terms, id=goods_id, group_id=group.id) for terms, goods_id in numbered)
        return [
            new_lot(terms, start_at=group.start_at, end_at=group.end_at, extend_limit=extend_limit, now=now) for terms in sold
        ]

    async def _write_lots(self, lots: list[Lot], on_progress: Progress) -> None:
        for first in range(0, len(lots), LOTS_AT_ONCE):
            batch = lots[first : first + LOTS_AT_ONCE]
            await self._lots.add_lots(batch)
            on_progress(first + len(batch), len(lots))
