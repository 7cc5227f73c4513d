"""Imports: things of a noun out of a sheet, drawn from its declaration, with the columns of its export."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Annotated, Any, Protocol, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from server.domain.auctions.imports import Problem, Row
from server.domain.cell_values import FLAGS, Unreadable, moment
from server.domain.errors import InvalidInput
from server.domain.exports import heading
from server.domain.nouns import About, Noun, hints_of, read_about

MOST_ROWS = 1000  # each is written by itself
DATE = "date"  # a doubt where a sheet keeps a moment and a text is asked for

_SWITCHES = {**FLAGS, "yes": True, "no": False, "true": True, "false": False}
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_SEPARATORS = re.compile(r"[、\n]|, ?|，")


class Sheets(Protocol):
    """Reads files that were sent."""

    async def read_rows(self, content: bytes, name: str) -> list[Row]:
        """The rows below the headings. Raises InvalidInput where the file is no sheet that can be read, and Unavailable."""


class ReadRow(Struct, frozen=True):
    """One line of the sheet, as a form would have sent it. `columns`: field → how the sheet heads it, `texts`: what stands there."""

    line: int
    values: dict[str, Any]
    columns: Mapping[str, str]
    texts: Mapping[str, str]

    def problems_of(self, refused: InvalidInput) -> list[Problem]:
        """What is wrong with its fields, by its columns."""
        return [
            Problem(self.line, self.columns.get(name, name), reason, self.texts.get(name, ""))
            for name, reasons in refused.problems.items()
            for reason in reasons
        ]


class NounSheets:
    """Reads sheets of things of any noun."""

    def __init__(self, sheets: Sheets):
        self._sheets = sheets

    async def read(self, noun: Noun[Any], content: bytes, name: str) -> tuple[list[ReadRow], list[Problem]]:
        """What could be read, and what is wrong with the other cells. Raises InvalidInput where it is no sheet, or one of too many rows."""
        rows = await self._sheets.read_rows(content, name)
        if not rows or len(rows) > MOST_ROWS:
            raise InvalidInput({"file": [f"at_most:{MOST_ROWS}" if rows else "required"]})
        return read_things(noun, rows)


def read_things(noun: Noun[Any], rows: Sequence[Row]) -> tuple[list[ReadRow], list[Problem]]:
    """Columns are called as the form or the export calls them, in either language. Those that operators do not decide are passed over."""
    terms = noun.new or noun.terms
    assert terms is not None
    told, hints = read_about(terms), hints_of(terms)
    fields = {title: name for name, column in told.items() for title in _titles(name, column)}
    shown = {title for name, column in read_about(noun.sight).items() for title in _titles(name, column)}
    readers = {name: reader_of(column, hints[name]) for name, column in told.items()}
    read: list[ReadRow] = []
    problems: list[Problem] = []
    for row in rows:
        values: dict[str, Any] = {}
        columns = {fields[title]: title for title in row.texts if title in fields}
        for title, text in row.texts.items():
            if title not in fields:
                # Not passed over in silence: a misspelt column would add things on other terms than the sheet says.
                if text.strip() and title not in shown:
                    problems.append(Problem(row.line, title, "unknown_column", text))
                continue
            doubt = row.find_doubt(title)
            if doubt is not None and not (doubt == DATE and readers[fields[title]] is moment):
                problems.append(Problem(row.line, title, doubt, text))
            elif text.strip():
                try:
                    values[fields[title]] = readers[fields[title]](row.number(title).strip())
                except Unreadable as error:
                    problems.append(Problem(row.line, title, str(error), text))
        read.append(ReadRow(row.line, values, columns, {name: row.texts[title] for name, title in columns.items()}))
    return read, problems


def _titles(name: str, column: About) -> tuple[str, ...]:
    return (name, column.zh, column.en, heading(column, "zh"), heading(column, "en"))


def reader_of(column: About, hint: Any) -> Callable[[str], Any]:
    """Of a cell's text, by the kind of the field; what the form asks beyond that, the form tells."""
    plain, is_many = _plain(hint)
    if column.labels:
        return _choices(column) if is_many else _choice(column)
    if column.kind == "money":
        return _fen
    return _list if is_many else _READERS.get(plain, _list)


def _plain(hint: Any) -> tuple[Any, bool]:
    """The type without what stands beside it, and whether it holds several."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
        return _plain(hint)
    return hint, get_origin(hint) in (list, tuple, set, frozenset)


def _choice(column: About) -> Callable[[str], Any]:
    known: dict[str, Any] = {}
    for value, zh, en in column.labels:
        known |= {zh: value, en: value, str(value): value}

    def read(text: str) -> Any:
        if text not in known:
            raise Unreadable(f"not_among:{'|'.join(zh for _, zh, _ in column.labels)}")
        return known[text]

    return read


def _choices(column: About) -> Callable[[str], Any]:
    read = _choice(column)
    return lambda text: [read(str(one)) for one in _list(text)]


def _list(text: str) -> Any:
    """As JSON, as exports write it; else one after the other."""
    if text[0] in "[{":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise Unreadable("not_json") from None
    parts = [one.strip() for one in _SEPARATORS.split(text) if one.strip()]
    return [int(one) if _WHOLE.fullmatch(one) else one for one in parts]


def _fen(text: str) -> int:
    try:
        fen = Decimal(text.lstrip("¥￥ ").replace(",", "")) * 100
    except InvalidOperation:
        raise Unreadable("not_yuan") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise Unreadable("not_yuan")
    return int(fen)


def _number(text: str) -> int | float:
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise Unreadable("not_number")
    return float(text)


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCHES:
        raise Unreadable("not_among:是|否")
    return _SWITCHES[text.lower()]


def _text(text: str) -> str:
    return text


_READERS: dict[type, Callable[[str], Any]] = {bool: _switch, int: _number, float: _number, datetime: moment, str: _text}
