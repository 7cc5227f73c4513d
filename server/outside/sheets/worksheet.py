"""One worksheet of a workbook, as a stream: its cells, and what is merged, hidden or struck out."""
from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from server.outside.sheets.archive import Reader
from server.outside.sheets.cells import Cell, Line
from server.outside.sheets.number_formats import GENERAL, show_moment, show_number, show_text

MAX_MERGED = 1_000
MAX_TEXT_CHARACTERS = 32_767  # Excel's own limit
LAST_LINE, LAST_COLUMN = 1_048_576, 16_384

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes a character that XML has no place for


class Look(Struct, frozen=True):
    """What a cell's style does to what is seen in it."""

    code: str = GENERAL
    is_struck: bool = False


class Text(Struct, frozen=True):
    """A text of the workbook; `is_struck` when a part of it is struck out."""

    text: str
    is_struck: bool = False


class Merged(Struct, frozen=True):
    """Cells shown as one."""

    name: str
    lines: range
    columns: range


class Runs:
    """Puts a text together from its runs, without the reading aids above them."""

    def __init__(self) -> None:
        self._parts: list[str] | None = None  # set inside of an element whose text counts
        self._texts: list[str] = []
        self._is_reading_aid = False
        self._is_struck = False

    def open(self, attributes: dict[str, str]) -> None:
        self._parts = None if self._is_reading_aid else []

    def add(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def close(self) -> None:
        if self._parts is not None:
            self._texts.append("".join(self._parts))
        self._parts = None

    def open_aid(self, attributes: dict[str, str]) -> None:
        self._is_reading_aid = True

    def close_aid(self) -> None:
        self._is_reading_aid = False

    def strike(self, attributes: dict[str, str]) -> None:
        self._is_struck = is_set(attributes, "val", otherwise=True)

    def take(self) -> Text:
        """What has been put together, and begins anew."""
        text = Text(_unescaped("".join(self._texts)), self._is_struck)
        if len(text.text) > MAX_TEXT_CHARACTERS:
            raise ValueError(f"a text is longer than {MAX_TEXT_CHARACTERS} characters")
        self.clear()
        return text

    def clear(self) -> None:
        self._texts.clear()
        self._is_struck = False


class Worksheet(Reader):
    """Reads a sheet. Afterwards `lines` has what is not empty, in order."""

    def __init__(self, texts: Sequence[Text], looks: Sequence[Look], *, is_1904: bool, is_calculated_anew: bool):
        self.lines: list[Line] = []
        self.merged: list[Merged] = []
        self.hidden_lines: set[int] = set()
        self._hidden_columns = bytearray(LAST_COLUMN + 2)
        self._column_ranges = 0
        self._texts = texts
        self._looks = looks
        self._is_1904 = is_1904
        self._is_calculated_anew = is_calculated_anew
        self._shows_zeros = True
        self._line = 0
        self._column = 0
        self._cells: dict[int, Cell] = {}
        self._about: dict[str, str] = {}
        self._value: str | None = None
        self._has_formula = False
        self._inner = Runs()
        self.starts = {
            **{"row": self._open_row, "c": self._open_cell, "v": self._inner.open, "t": self._inner.open, "f": self._note_formula},
            **{"rPh": self._inner.open_aid, "strike": self._inner.strike, "mergeCell": self._note_merged},
            **{"col": self._note_columns, "sheetView": self._note_view},
        }
        self.ends = {
            **{"row": self._close_row, "c": self._close_cell, "v": self._close_value, "t": self._inner.close},
            "rPh": self._inner.close_aid,
        }
        self.text = self._inner.add

    def hides(self, column: int) -> bool:
        return bool(self._hidden_columns[column])

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._line = _next(self._line, int(attributes.get("r", self._line + 1)), LAST_LINE)
        self._column = 0
        self._cells = {}
        if is_set(attributes, "hidden") or float(attributes.get("ht", 1)) == 0:
            self.hidden_lines.add(self._line)

    def _close_row(self) -> None:
        if self._cells:
            self.lines.append((self._line, self._cells))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        line, column = _place(attributes["r"]) if "r" in attributes else (self._line, self._column + 1)
        if line != self._line:
            raise ValueError(f"cell {attributes['r']} stands in row {self._line}")
        self._column = _next(self._column, column, LAST_COLUMN)
        self._about = attributes
        self._inner.clear()
        self._value = None
        self._has_formula = False

    def _note_formula(self, attributes: dict[str, str]) -> None:
        self._has_formula = True

    def _close_value(self) -> None:
        self._inner.close()
        self._value = self._inner.take().text

    def _close_cell(self) -> None:
        cell = self._shown()
        if cell is not None and (cell.text.strip() or cell.doubt):
            self._cells[self._column] = cell

    def _shown(self) -> Cell | None:
        kind = self._about.get("t", "n")
        look = self._looks[int(self._about.get("s", 0))]
        inner = self._inner.take() if kind == "inlineStr" else None
        if kind != "str" and self._value == "":
            self._value = None
        if self._has_formula and self._is_unknown(kind):
            return Cell("", "formula")
        if inner is None and self._value is None:
            return None
        text = inner if inner is not None else self._texts[int(self._value or 0)] if kind == "s" else Text(self._value or "")
        cell = self._render(kind, text.text, look)
        return Cell(cell.text, "struck") if cell.doubt is None and (text.is_struck or look.is_struck) else cell

    def _is_unknown(self, kind: str) -> bool:
        # Writers that cannot calculate store nothing, or 0, and leave it to Excel when it opens the file.
        return self._value is None or (self._is_calculated_anew and kind == "n" and self._value == "0")

    def _render(self, kind: str, text: str, look: Look) -> Cell:
        if kind in ("s", "str", "inlineStr"):
            return show_text(text, look.code)
        if kind == "b":
            return Cell("TRUE" if text == "1" else "FALSE", "boolean")
        if kind == "e":
            return Cell(text, "error")
        if kind == "d":
            return show_moment(text)
        cell = show_number(text, look.code, is_1904=self._is_1904)
        is_hidden = cell.doubt is None and not self._shows_zeros and float(text) == 0
        return Cell(cell.text, "hidden_zero") if is_hidden else cell

    def _note_merged(self, attributes: dict[str, str]) -> None:
        if len(self.merged) == MAX_MERGED:
            raise ValueError(f"it has more than {MAX_MERGED} merged cells")
        name = attributes["ref"]
        first, _, last = name.partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        self.merged.append(Merged(name, range(top, bottom + 1), range(left, right + 1)))

    def _note_columns(self, attributes: dict[str, str]) -> None:
        first, last = int(attributes["min"]), int(attributes["max"])
        self._column_ranges += 1
        if not 1 <= first <= last <= LAST_COLUMN or self._column_ranges > LAST_COLUMN:
            raise ValueError(f"it has no columns {first} to {last}")
        if is_set(attributes, "hidden") or float(attributes.get("width", 1)) == 0:
            self._hidden_columns[first : last + 1] = b"\x01" * (last + 1 - first)

    def _note_view(self, attributes: dict[str, str]) -> None:
        self._shows_zeros = is_set(attributes, "showZeros", otherwise=True)


def is_set(attributes: dict[str, str], name: str, *, otherwise: bool = False) -> bool:
    """Whether a flag of an element is on."""
    return attributes[name] in ("1", "true") if name in attributes else otherwise


def _next(before: int, number: int, last: int) -> int:
    if not before < number <= last:
        raise ValueError(f"{number} comes after {before}")
    return number


def _place(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference} is no cell")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    units = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # two of them may be one character
