"""Sheets written for people: .csv as Excel opens it, and .xlsx. Each in a file that is gone when it is closed."""
from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import BinaryIO, cast

import xlsxwriter

from server.domain.exports import Cell, SheetFormat, SheetWriter, Yuan
from server.outside.heavy_work import HeavyWork

# What a spreadsheet takes for the beginning of a formula. An apostrophe before it makes it text; that a tab or a line's end
# comes first helps nobody.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MOST_CHARACTERS = 32_767  # of a cell in Excel
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
MONEY_FORMAT = "0.00"


def open_sheets(work: HeavyWork) -> Callable[[SheetFormat], SheetWriter]:
    """What begins a sheet of a format; its rows are written beside the event loop."""
    kinds: dict[SheetFormat, Callable[[HeavyWork], SheetWriter]] = {SheetFormat.CSV: CsvWriter, SheetFormat.XLSX: XlsxWriter}
    return lambda sheet_format: kinds[sheet_format](work)


class CsvWriter:
    """UTF-8 with the mark by which Excel knows it."""

    def __init__(self, work: HeavyWork):
        self._work = work
        self._file = tempfile.TemporaryFile()
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)

    async def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        await self._work.run(self._writer.writerows, [[_csv_text(cell) for cell in row] for row in rows])

    async def finish(self) -> BinaryIO:
        self._text.detach()
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    async def give_up(self) -> None:
        self._file.close()


class XlsxWriter:
    """Each row goes to disk when the next begins."""

    def __init__(self, work: HeavyWork):
        self._work = work
        self._file = tempfile.TemporaryFile()
        self._book = xlsxwriter.Workbook(self._file, {"constant_memory": True})
        self._sheet = self._book.add_worksheet()
        self._time = self._book.add_format({"num_format": TIME_FORMAT})
        self._money = self._book.add_format({"num_format": MONEY_FORMAT})
        self._line = 0

    async def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        await self._work.run(self._write, rows)

    async def finish(self) -> BinaryIO:
        await self._work.run(self._book.close)
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    async def give_up(self) -> None:
        # The library lets go of its own files only so.
        await self._work.run(self._book.close)
        self._file.close()

    def _write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            for place, cell in enumerate(row):
                self._write_cell(place, cell)
            self._line += 1

    def _write_cell(self, place: int, cell: Cell) -> None:
        if isinstance(cell, Yuan):
            self._sheet.write_number(self._line, place, cell.fen / 100, self._money)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._line, place, cell, self._time)
        elif isinstance(cell, (int, float)):
            self._sheet.write_number(self._line, place, cell)
        elif cell is not None:
            # As text, whatever it begins with: never a formula, never a link.
            self._sheet.write_string(self._line, place, cell[:MOST_CHARACTERS])


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Yuan):
        return f"{cell.fen // 100}.{cell.fen % 100:02}" if cell.fen >= 0 else f"-{-cell.fen // 100}.{-cell.fen % 100:02}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell
