"""Cells of a sheet: what a person sees in them, and why that may be uncertain."""
from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

# What Excel, WPS and others show where a formula failed.
_ERRORS = frozenset(
    "#N/A #REF! #NAME? #VALUE! #DIV/0! #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #BUSY! #UNKNOWN! #GETTING_DATA".split()
)
_TOO_NARROW = re.compile(r"#{3,}")  # what a spreadsheet shows, and exports, of a number that its column has no room for


class SheetNotReadable(Exception):
    """The file holds no sheet; the text tells why, and on which line if it is one line's fault."""


class Cell(Struct, frozen=True):
    """A cell that is not empty. `doubt` is the reason of a Problem, where it is not certain that a person sees that text.

    `number` is the text without the commas between thousands, where the sheet keeps a number and puts them in.
    """

    text: str
    doubt: str | None = None
    number: str | None = None


Line = tuple[int, Mapping[int, Cell]]  # its number, and its cells by their columns; both count from 1


def text_cell(text: str) -> Cell:
    """A cell that holds a text, not a number."""
    if text.strip() in _ERRORS:
        return Cell(text, "error")
    return Cell(text, "too_narrow" if _TOO_NARROW.fullmatch(text.strip()) else None)
