"""Columns of an imported sheet of goods, headed as the lists of goods are, and how their cells are read."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from server.domain.auctions.imports import Problem, Row
from server.domain.cell_values import FLAGS, Reader, Unreadable, choice, fen, text_of, whole
from server.domain.cells import is_shortened
from server.domain.mall.goods.goods import LARGEST_PRICE, MOST_PIECES, GoodsTerms
from server.domain.nouns import read_about

MOST_PICTURES = 20
MOST_PART_CHARACTERS = 40
MOST_PROPERTIES = 10

_PICTURE = re.compile(r"(?:https?:/)?/[^\s/][^\s]{0,500}")
_PART_ENDS = re.compile(r"[;；\n]+")
_NAME_ENDS = re.compile(r"[:：]")
_UNITS = ("（元）", " (yuan)")  # after the headings of money, as lists of goods have them


def _pictures(text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    if len(found) > MOST_PICTURES:
        raise Unreadable(f"at_most:{MOST_PICTURES}")
    if not all(map(_PICTURE.fullmatch, found)):
        raise Unreadable("not_an_address")
    return found


def _specs(text: str) -> tuple[tuple[str, str], ...]:
    """颜色:红; 尺码:L"""
    pairs = [tuple(part.strip() for part in _NAME_ENDS.split(one, maxsplit=1)) for one in _PART_ENDS.split(text) if one.strip()]
    found = tuple((pair[0], pair[-1]) for pair in pairs if len(pair) == 2)
    if len(found) < len(pairs) or not all(0 < len(part) <= MOST_PART_CHARACTERS for pair in found for part in pair):
        raise Unreadable("not_specs")
    if len({name for name, _ in found}) < len(found) or len(found) > MOST_PROPERTIES:
        raise Unreadable("not_specs")
    return found


def _bar_code(text: str) -> str:
    if is_shortened(text):
        raise Unreadable("power")
    return str(text_of(64)(text))


_MONEY = fen(0, LARGEST_PRICE)
_COUNT = whole(0, MOST_PIECES)
_ANY_TEXT = text_of(200)

SPECS = "specs"
REQUIRED: dict[str, Reader] = {"name": text_of(120), "category_id": _ANY_TEXT, "pictures": _pictures, "price": _MONEY}
OPTIONAL: dict[str, Reader] = {
    SPECS: _specs,
    "original_price": _MONEY,
    "points": _COUNT,
    "stock": _COUNT,
    "subtitle": _ANY_TEXT,
    "shop_id": _ANY_TEXT,
    "freight_id": _ANY_TEXT,
    "minimum": whole(1, 9999),
    "unit": text_of(10),
    "weight_grams": _COUNT,
    "bar_code": _bar_code,
    "tags": _ANY_TEXT,
    "characteristic": _ANY_TEXT,
    "purchase_notes": text_of(2000),
    "content": text_of(200_000),
    "is_recommended": choice(FLAGS),
    "is_on_shelf": choice(FLAGS),
    "sort": whole(0, 9999),
}
COLUMNS = REQUIRED | OPTIONAL
OF_A_CHOICE = ("price", "original_price", "points", "stock")  # each row of a goods with specs has its own
OF_THE_FIRST = ("category_id", "pictures")  # required where a goods begins; its further rows need not repeat them
NUMBERS = ("price", "original_price", "points", "stock", "minimum", "weight_grams", "sort")
HEADINGS = {name: told.zh for name, told in read_about(GoodsTerms).items() if name in COLUMNS} | {SPECS: "规格"}
_FIELDS = {heading.casefold(): name for name, heading in HEADINGS.items()}
_FIELDS |= {told.en.casefold(): name for name, told in read_about(GoodsTerms).items() if name in COLUMNS}
_FIELDS |= {name: name for name in COLUMNS}


class Line(Struct, frozen=True):
    """One row of the sheet, read. `columns`: field → how the sheet heads it; `empty`: fields of columns in which nothing stands."""

    number: int
    values: Mapping[str, Any]
    columns: Mapping[str, str]
    empty: frozenset[str] = frozenset()

    @property
    def specs(self) -> tuple[tuple[str, str], ...]:
        return self.values.get(SPECS, ())

    def problem(self, field: str, reason: str, text: str = "") -> Problem:
        return Problem(self.number, self.columns.get(field, HEADINGS.get(field, field)), reason, text)


def field_of(heading: str) -> str | None:
    """Which field a column holds: by its heading in Chinese or English, or the field's own name."""
    plain = heading.strip()
    for unit in _UNITS:
        plain = plain.removesuffix(unit)
    return _FIELDS.get(plain.casefold())


def find_missing(row: Row) -> list[Problem]:
    """Columns that a sheet has to have; told once, at its first row."""
    there = {field_of(heading) for heading in row.texts}
    twice = [heading for heading in row.texts if [field_of(one) for one in row.texts].count(field_of(heading)) > 1]
    repeated = [Problem(row.line, heading, "repeated") for heading in twice if field_of(heading) is not None]
    return repeated + [Problem(row.line, HEADINGS[name], "missing") for name in REQUIRED if name not in there]


def read_line(row: Row) -> tuple[Line, list[Problem]]:
    """What could be read, and what is wrong with the other cells."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    empty: set[str] = set()
    columns = {field: heading for heading in row.texts if (field := field_of(heading)) is not None}
    for heading, text in row.texts.items():
        field, text = field_of(heading), text.strip()
        doubt = row.find_doubt(heading)
        if doubt is not None:
            problems.append(Problem(row.line, heading, doubt, text))
        elif field is None:
            # Not passed over in silence: a misspelt column would sell the goods on other terms than the sheet says.
            if text:
                problems.append(Problem(row.line, heading, "unknown_column", text))
        elif not text:
            empty.add(field)
            if field in REQUIRED and field not in OF_THE_FIRST:
                problems.append(Problem(row.line, heading, "required"))
        else:
            try:
                values[field] = COLUMNS[field](row.number(heading).strip() if field in NUMBERS else text)
            except Unreadable as error:
                problems.append(Problem(row.line, heading, str(error), text))
    return Line(row.line, values, columns, frozenset(empty)), problems


def gathered(lines: Iterable[Line]) -> list[list[Line]]:
    """Rows that are one goods: those of one name that follow each other, each with its specs."""
    found: list[list[Line]] = []
    for line in lines:
        last = found[-1][0] if found else None
        if last is not None and line.specs and last.specs and line.values.get("name") == last.values.get("name"):
            found[-1].append(line)
        else:
            found.append([line])
    return found
