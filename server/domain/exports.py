"""Exports: lists of nouns as sheets for people. Money in yuan, times of Asia/Shanghai, choices by their words."""
from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, BinaryIO, Protocol

import msgspec
from msgspec import Struct, to_builtins

from server.domain.errors import Conflict
from server.domain.moments import SHANGHAI
from server.domain.nouns import About, Made, Noun, NounService, read_about
from server.domain.paging import ListQuery

ROWS_AT_ONCE = 200
MOST_ROWS = 1_000_000  # an Excel sheet has 1,048,576 lines


class TooManyRows(Conflict):
    """More than a sheet holds; a filter makes them fewer."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class SheetFormat(Enum):
    CSV = "csv"
    XLSX = "xlsx"


class Yuan(Struct, frozen=True):
    """A cell with money."""

    fen: int


Cell = str | int | float | bool | datetime | Yuan | None  # a datetime without zone: as it is to be read


class SheetWriter(Protocol):
    """One sheet that is being written, row by row, without keeping them in memory."""

    async def write(self, rows: Sequence[Sequence[Cell]]) -> None: ...

    async def finish(self) -> BinaryIO:
        """The file, from its beginning; who closes it lets go of it."""

    async def give_up(self) -> None:
        """Nothing of it stays."""


class ExportService:
    """Writes sheets."""

    def __init__(self, open_sheet: Callable[[SheetFormat], SheetWriter]):
        self._open_sheet = open_sheet

    async def export(self, service: NounService[Made], query: ListQuery, sheet_format: SheetFormat, language: str) -> BinaryIO:
        """All that match, under headings in that language. Raises TooManyRows, and what listing raises."""
        columns = read_about(service.noun.sight)
        sheet = self._open_sheet(sheet_format)
        try:
            await sheet.write([[heading(column, language) for column in columns.values()]])
            rows: list[list[Cell]] = []
            async for row in self._rows(service, query, columns, language):
                rows.append(row)
                if len(rows) == ROWS_AT_ONCE:
                    await sheet.write(rows)
                    rows = []
            await sheet.write(rows)
            return await sheet.finish()
        except BaseException:
            await sheet.give_up()
            raise

    async def write(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]], sheet_format: SheetFormat) -> BinaryIO:
        """What is no noun's list."""
        sheet = self._open_sheet(sheet_format)
        try:
            await sheet.write([headings])
            for start in range(0, len(rows), ROWS_AT_ONCE):
                await sheet.write(rows[start : start + ROWS_AT_ONCE])
            return await sheet.finish()
        except BaseException:
            await sheet.give_up()
            raise

    async def _rows(
        self, service: NounService[Made], query: ListQuery, columns: dict[str, About], language: str
    ) -> AsyncIterator[list[Cell]]:
        count = 0
        async for made in service.each(query):
            count += 1
            if count > MOST_ROWS:
                raise TooManyRows(MOST_ROWS)
            shown = service.rules.show(made)
            yield [to_cell(getattr(shown, name), column, language) for name, column in columns.items()]


def heading(column: About, language: str) -> str:
    title = column.zh if language == "zh" else column.en
    if column.kind != "money":
        return title
    return f"{title}（元）" if language == "zh" else f"{title} (yuan)"


def to_cell(value: Any, column: About, language: str) -> Cell:
    """As people read it."""
    if value is None:
        return None
    if column.labels:
        plain = to_builtins(value)
        words = {known: (zh if language == "zh" else en) for known, zh, en in column.labels}
        return ", ".join(words.get(one, str(one)) for one in (plain if isinstance(plain, (list, tuple)) else [plain]))
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    if column.kind == "money":
        return Yuan(value)
    if isinstance(value, (str, int, float)):
        return value
    return msgspec.json.encode(value).decode()


def file_name(noun: Noun[Any], sheet_format: SheetFormat, now: datetime) -> str:
    return f"{noun.area}-{noun.name}-{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.{sheet_format.value}"
