"""Sheets of separated values: which encoding a text is in, and its lines."""
from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator

from server.outside.sheets.cells import Cell, Line, SheetNotReadable, text_cell

BOM = "\ufeff"
MAX_CELLS = 500_000
_SEPARATORS = ",\t;"  # Excel's text is separated by tabs, and its .csv by semicolons where a comma is for decimals
_OWN_WORD = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)  # how a file tells Excel its separator
_FIRST_LINE = re.compile(r"[\s\ufeff]*([^\r\n]+)")  # that holds something
_REMEDY = "save it as CSV UTF-8"
_EXAMPLE = re.compile(r"[^\x00-\x7f]{1,12}")


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises SheetNotReadable where it could be another text as well."""
    for mark, encoding, name in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if content.startswith(mark):
            return _decoded(content, encoding, f"is no {name}, though it begins so: {_REMEDY}"), name
    if b"\0" in content:
        raise SheetNotReadable(f"is no text, or one in UTF-16 without its mark: {_REMEDY}")
    text = _as(content, "utf-8")
    if text is not None:
        _check_utf_8(text, content)
        return text, "UTF-8"
    # It takes nearly any bytes for text. It is what Excel writes as "CSV" on a Chinese Windows.
    text = _decoded(content, "gb18030", "is text neither in UTF-8 nor in GB18030")
    _check_gb18030(text, content)
    return text, "GB18030"


def read_lines(text: str) -> Iterator[Line]:
    """The lines that hold something."""
    separator, skipped = _separator(text)
    if text.count(separator) > MAX_CELLS:
        raise SheetNotReadable(f"has more than {MAX_CELLS} cells")
    reader = csv.reader(io.StringIO(text[skipped:], newline=""), delimiter=separator, strict=True)
    first = line = 2 if skipped else 1
    try:
        for cells in reader:
            filled = {column: _cell(cell) for column, cell in enumerate(cells, start=1) if cell.strip(BOM).strip()}
            if filled:
                yield line, filled
            line = reader.line_num + first  # a quoted cell may go over several
    except csv.Error as error:
        raise SheetNotReadable(f"line {line}: {error}") from None


def _cell(text: str) -> Cell:
    # Excel shows what that makes, not this text.
    return Cell(text, "formula") if text.startswith("=") else text_cell(text)


def _separator(text: str) -> tuple[str, int]:
    if own := _OWN_WORD.match(text):
        return own[1], own.end()
    headings = _FIRST_LINE.match(text)
    return next((one for one in _SEPARATORS if headings and one in headings[1]), ","), 0


def _as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decoded(content: bytes, encoding: str, refusal: str) -> str:
    text = _as(content, encoding)
    if text is None:
        raise SheetNotReadable(refusal)
    return text


def _check_utf_8(text: str, content: bytes) -> None:
    """Few Chinese words in GB18030 happen to be UTF-8 as well: of Greek, Arabic or accented letters."""
    if not text.isascii() and max(text) < "\u0800":
        other = _as(content, "gb18030")
        if other is not None and _count_odd_gb(other) == 0:
            raise SheetNotReadable(_either("UTF-8", text, "GB18030", other))


def _check_gb18030(text: str, content: bytes) -> None:
    """Refuses rubbish: what other encodings, Big5 above all, make when they are taken for GB18030."""
    count = _count(text, lambda one: not one.isascii())
    odd = _count_odd_gb(text)
    other = _as(content, "big5hkscs")
    if any(_is_private(one) for one in text) or 2 * odd > count or (other is not None and odd > _count_odd_big5(other)):
        looks_like = f", and looks like Big5 ({_example(other)})" if other is not None else ""
        raise SheetNotReadable(f"is text neither in UTF-8 nor in GB18030{looks_like}: {_REMEDY}")
    if other is not None and odd == _count_odd_big5(other):
        raise SheetNotReadable(_either("GB18030", text, "Big5", other))


def _count_odd_gb(text: str) -> int:
    """Characters that a Chinese text in two bytes each hardly has; what GB18030 writes in four cannot be anything else."""
    return _count(text, lambda one: not (one.isascii() or _is_common(one) or len(one.encode("gb18030")) == 4))


def _count_odd_big5(text: str) -> int:
    return _count(text, lambda one: not (one.isascii() or _lead(one, "big5") in _BIG5_COMMON))


def _count(text: str, is_counted: Callable[[str], bool]) -> int:
    return sum(times for one, times in Counter(text).items() if is_counted(one))


_GB_COMMON = frozenset((*range(0xA1, 0xA4), *range(0xB0, 0xF8)))  # signs, and the 6,763 characters of simplified Chinese
_BIG5_COMMON = frozenset(range(0xA1, 0xC7))  # signs, and the 5,401 characters of daily traditional Chinese


def _is_common(one: str) -> bool:
    return _lead(one, "gb2312") in _GB_COMMON or _lead(one, "big5") in _BIG5_COMMON


def _lead(one: str, encoding: str) -> int:
    try:
        return one.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0


def _is_private(one: str) -> bool:
    return "\ue000" <= one <= "\uf8ff"


def _either(name: str, text: str, other_name: str, other: str) -> str:
    return f"is text in {name} ({_example(text)}) or in {other_name} ({_example(other)}), which cannot be told: {_REMEDY}"


def _example(text: str) -> str:
    found = _EXAMPLE.search(text)
    return found[0] if found else ""
