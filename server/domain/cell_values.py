"""What stands in a cell of a sheet, read as a value."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from server.domain.moments import find_problem, to_utc

# Excel writes 2036/6/1 9:05 to a .csv.
_MOMENT = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2}) +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_YUAN = re.compile(r"[¥￥]? *([0-9]{1,10}(?:\.[0-9]{1,2})?)")
_WHOLE = re.compile(r"[0-9]{1,12}")
FLAGS = {"0": False, "1": True, "否": False, "是": True}


class Unreadable(ValueError):
    """What is wrong with a cell, as the reason of a Problem."""


Reader = Callable[[str], Any]
N = TypeVar("N", int, Decimal)


def text_of(most: int) -> Reader:
    """Without the space around it."""

    def read(text: str) -> str:
        if len(text) > most:
            raise Unreadable(f"too_long:{most}")
        return text.strip()

    return read


def whole(least: int, most: int) -> Reader:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise Unreadable("not_whole")
        return _within(int(text), least, most)

    return read


def choice(choices: Mapping[str, Any]) -> Reader:
    def read(text: str) -> Any:
        if text not in choices:
            raise Unreadable(f"not_among:{'|'.join(choices)}")
        return choices[text]

    return read


def fen(least: int, most: int) -> Reader:
    """Of an amount in yuan, between two in fen."""

    def read(text: str) -> int:
        found = _YUAN.fullmatch(text)
        if found is None:
            raise Unreadable("not_yuan")
        return int(_within(Decimal(found[1]), Decimal(least) / 100, Decimal(most // 100)) * 100)

    return read


def moment(text: str) -> datetime:
    """Of Asia/Shanghai."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Unreadable("not_a_time")
    year, month, day, hour, minute, second = map(int, found.groups(default="0"))
    try:
        read = datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise Unreadable("not_a_time") from None
    if problem := find_problem(read):
        raise Unreadable(problem)
    return to_utc(read)


def _within(number: N, least: N, most: N) -> N:
    if number < least:
        raise Unreadable(f"at_least:{least}")
    if number > most:
        raise Unreadable(f"at_most:{most}")
    return number
