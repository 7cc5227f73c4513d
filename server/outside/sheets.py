"""Sheets: the rows of a .csv or .xlsx file, as texts."""
from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from msgspec import Struct
from openpyxl.utils.exceptions import InvalidFileException

from server.domain.auctions.imports import Row

BOM = "\ufeff"


class SheetNotReadable(Exception):
    """The file holds no sheet; the text tells why, and on which line if it is one line's fault."""


class Sheet(Struct, frozen=True):
    """The rows under the headings, without empty ones. `encoding` is None where the format has only one."""

    rows: list[Row]
    encoding: str | None = None


def read_sheet(path: Path) -> Sheet:
    """Texts as the file has them; only headings lose the space around them. Raises SheetNotReadable and OSError."""
    content = path.read_bytes()
    if path.suffix.lower() == ".xlsx":
        return Sheet(_rows(_xlsx_lines(content)))
    if path.suffix.lower() == ".csv":
        text, encoding = _decode(content)
        return Sheet(_rows(_csv_lines(text)), encoding)
    raise SheetNotReadable("is neither .csv nor .xlsx")


def _decode(content: bytes) -> tuple[str, str]:
    # GB18030 second: it takes nearly any bytes for text. It is what Excel writes as "CSV" on a Chinese Windows.
    for encoding, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")):
        try:
            return content.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise SheetNotReadable("is text neither in UTF-8 nor in GB18030")


def _csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1  # a quoted cell may go over several
    except csv.Error as error:
        raise SheetNotReadable(f"line {line}: {error}") from None


def _xlsx_lines(content: bytes) -> list[tuple[int, list[str]]]:
    """Of the first worksheet."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        with contextlib.closing(book):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write wrong ones
            return [(line, [_text(cell) for cell in cells]) for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1)]
    except (InvalidFileException, BadZipFile, ParseError, LookupError, ValueError, OSError) as error:
        raise SheetNotReadable(f"is no Excel workbook that can be read: {error}") from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    # A workbook may keep a whole number as 20000.0; in a .csv that would be somebody's yuan with two decimals.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _rows(lines: Iterable[tuple[int, Sequence[str]]]) -> list[Row]:
    filled = ((line, cells) for line, cells in lines if any(cell.strip(BOM).strip() for cell in cells))
    line, headings = next(filled, (1, ()))
    columns = [heading.strip(BOM).strip() for heading in headings]
    _check_columns(columns, line)
    return [_row(line, columns, cells) for line, cells in filled]


def _check_columns(columns: list[str], line: int) -> None:
    named = [column for column in columns if column]
    if not named:
        raise SheetNotReadable("is empty")
    for column in named:
        if named.count(column) > 1:
            raise SheetNotReadable(f'line {line}: the column "{column}" stands there twice')


def _row(line: int, columns: list[str], cells: Sequence[str]) -> Row:
    texts: dict[str, str] = {}
    for column, cell in zip_longest(columns, cells, fillvalue=""):
        if column:
            texts[column] = cell
        elif cell.strip():
            texts.setdefault("", cell)
    return Row(line, texts)
