"""Sheets: the rows of a .csv or .xlsx file, as a person sees them."""
from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from msgspec import Struct

from server.domain.auctions.imports import Row
from server.outside.sheets.cells import Cell, Line, SheetNotReadable
from server.outside.sheets.kinds import CSV, SUFFIXES, find_other_kind
from server.outside.sheets.separated import BOM, decode, read_lines
from server.outside.sheets.workbook import read_workbook
from server.outside.sheets.worksheet import Merged, Worksheet

__all__ = ["SUFFIXES", "Sheet", "SheetNotReadable", "read_content", "read_sheet"]

MAX_FILE_BYTES = 32 * 2**20
MAX_MERGED_TOLD = 1_000  # cells; one is enough to refuse the sheet


class Sheet(Struct, frozen=True):
    """The rows under the headings, without empty ones. `encoding` is None where the format has only one."""

    rows: list[Row]
    encoding: str | None = None


def read_sheet(path: Path) -> Sheet:
    """Texts as a person sees them; only headings lose the space around them. A cell of which that is uncertain is in `unclear`.

    Takes bounded time and memory, whatever the file. Raises SheetNotReadable and OSError.
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    return read_content(content, path)


def read_content(content: bytes, path: Path) -> Sheet:
    """As `read_sheet`, of a file of that name that was read before. Raises SheetNotReadable."""
    if len(content) > MAX_FILE_BYTES:
        raise SheetNotReadable(f"is larger than {MAX_FILE_BYTES // 2**20} MB")
    if (kind := find_other_kind(content, path)) is not None:
        raise SheetNotReadable(kind)
    if path.suffix.lower() == CSV:
        text, encoding = decode(content)
        return Sheet(_Table(read_lines(text)).rows, encoding)
    worksheet = read_workbook(content)
    table = _Table(worksheet.lines)
    table.doubt_hidden(worksheet)
    table.doubt_merged(worksheet.merged)
    return Sheet(table.rows)


class _Table:
    """The lines of a sheet under its headings. Raises SheetNotReadable where these name nothing, or a column twice."""

    def __init__(self, lines: Iterable[Line]):
        rest = iter(lines)
        line, headings = next(rest, (1, {}))
        self._columns = {column: name for column, cell in headings.items() if (name := cell.text.strip(BOM).strip())}
        self._check_columns(line)
        self._unclear: dict[int, dict[str, str]] = {}  # by line
        self._lines = [(number, self._noted(number, cells)) for number, cells in rest]
        self._numbers = [number for number, _ in self._lines]

    @property
    def rows(self) -> list[Row]:
        return [self._row(line, cells) for line, cells in self._lines]

    def doubt_hidden(self, worksheet: Worksheet) -> None:
        """A hidden row is told once, and a hidden column where it first holds something."""
        hidden = {column for column in self._columns if worksheet.hides(column)}
        for line, cells in self._lines:
            for column in hidden & cells.keys():
                self._doubt(line, column, "hidden_column")
                hidden = hidden - {column}
            if line in worksheet.hidden_lines:
                self._doubt(line, min(self._columns), "hidden_row")

    def doubt_merged(self, merged: Iterable[Merged]) -> None:
        """Which of the rows a value is for that stands across several, only a person knows."""
        covered = (
            (line, column, cells.name)
            for cells in merged
            for line in self._numbers[bisect_left(self._numbers, cells.lines.start) : bisect_left(self._numbers, cells.lines.stop)]
            for column in self._columns.keys() & cells.columns
        )
        for line, column, name in islice(covered, MAX_MERGED_TOLD):
            self._doubt(line, column, f"merged:{name}")

    def _check_columns(self, line: int) -> None:
        if not self._columns:
            raise SheetNotReadable("is empty")
        name, times = Counter(self._columns.values()).most_common(1)[0]
        if times > 1:
            raise SheetNotReadable(f'line {line}: the column "{name}" stands there twice')

    def _noted(self, line: int, cells: Mapping[int, Cell]) -> Mapping[int, Cell]:
        for column, cell in cells.items():
            if cell.doubt is not None:
                self._doubt(line, column, cell.doubt)
        return cells

    def _doubt(self, line: int, column: int, reason: str) -> None:
        self._unclear.setdefault(line, {}).setdefault(self._columns.get(column, ""), reason)

    def _row(self, line: int, cells: Mapping[int, Cell]) -> Row:
        texts = {name: cells[column].text if column in cells else "" for column, name in self._columns.items()}
        for column, cell in cells.items():
            if column not in self._columns:
                texts.setdefault("", cell.text)
        numbers = {self._columns[column]: cell.number for column, cell in cells.items() if cell.number and column in self._columns}
        return Row(line, texts, self._unclear.get(line, {}), numbers)
