"""Columns of an imported sheet, named as the document names its fields, and how their cells are read."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from server.domain.auctions.imports import Problem, Row
from server.domain.groupbuy.offers import LARGEST_NUMBER, LARGEST_PRICE, Kind, State
from server.domain.moments import find_problem, to_utc

# Excel writes 2036/6/1 9:05 to a .csv.
_MOMENT = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2}) +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_YUAN = re.compile(r"[¥￥]? *([0-9]{1,10}(?:\.[0-9]{1,2})?)")
_WHOLE = re.compile(r"[0-9]{1,12}")
_KINDS = {"1": Kind.PHYSICAL, "2": Kind.VIRTUAL, "实物": Kind.PHYSICAL, "虚拟商品": Kind.VIRTUAL}
_FLAGS = {"0": False, "1": True, "否": False, "是": True}
_STATES = {"1": State.AWAITING_REVIEW, "2": State.APPROVED}


class _Unreadable(ValueError):
    """What is wrong with a cell, as the reason of a Problem."""


Reader = Callable[[str], Any]
N = TypeVar("N", int, Decimal)


def _text(most: int) -> Reader:
    def read(text: str) -> str:
        if len(text) > most:
            raise _Unreadable(f"too_long:{most}")
        return text.strip()

    return read


def _whole(least: int) -> Reader:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise _Unreadable("not_whole")
        return _within(int(text), least, LARGEST_NUMBER)

    return read


def _choice(choices: Mapping[str, Any]) -> Reader:
    def read(text: str) -> Any:
        if text not in choices:
            raise _Unreadable(f"not_among:{'|'.join(choices)}")
        return choices[text]

    return read


def _fen(text: str) -> int:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise _Unreadable("not_yuan")
    return int(_within(Decimal(found[1]), Decimal("0.01"), Decimal(LARGEST_PRICE // 100)) * 100)


def _moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise _Unreadable("not_a_time")
    year, month, day, hour, minute, second = map(int, found.groups(default="0"))
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise _Unreadable("not_a_time") from None
    if problem := find_problem(moment):
        raise _Unreadable(problem)
    return to_utc(moment)


def _within(number: N, least: N, most: N) -> N:
    if number < least:
        raise _Unreadable(f"at_least:{least}")
    if number > most:
        raise _Unreadable(f"at_most:{most}")
    return number


# column, named as the document names it → field, how it is read
REQUIRED: dict[str, tuple[str, Reader]] = {
    "groupbuy_name": ("name", _text(100)),
    "groupbuy_type": ("kind", _choice(_KINDS)),
    "groupbuy_starttime": ("start_at", _moment),
    "groupbuy_endtime": ("end_at", _moment),
    "goods_name": ("goods_name", _text(200)),
    "shop_id": ("shop_id", _whole(1)),
    "goods_price": ("goods_price", _fen),
    "groupbuy_price": ("price", _fen),
    "groupbuy_cat_id": ("category_id", _whole(1)),
}
OPTIONAL: dict[str, tuple[str, Reader]] = {
    "groupbuy_scat_id": ("subcategory_id", _whole(0)),
    "groupbuy_city_id": ("city_id", _whole(0)),
    "groupbuy_area_id": ("area_id", _whole(0)),
    "goods_id": ("goods_id", _whole(0)),
    "common_id": ("common_id", _whole(0)),
    "groupbuy_upper_limit": ("upper_limit", _whole(0)),
    "groupbuy_virtual_quantity": ("virtual_quantity", _whole(0)),
    "groupbuy_recommend": ("is_recommended", _choice(_FLAGS)),
    "groupbuy_state": ("state", _choice(_STATES)),
    "groupbuy_image": ("image", _text(500)),
    "groupbuy_image_rec": ("image_rec", _text(500)),
    "groupbuy_remark": ("remark", _text(500)),
    "groupbuy_intro": ("intro", _text(20_000)),
}
COLUMNS = REQUIRED | OPTIONAL
MOMENTS = ("groupbuy_starttime", "groupbuy_endtime")  # a date that a sheet keeps as one is nothing unusual there
TEXTS = ("groupbuy_name", "goods_name", "groupbuy_image", "groupbuy_image_rec", "groupbuy_remark", "groupbuy_intro")
COLUMN_OF = {field: column for column, (field, _) in COLUMNS.items()}


def read_row(row: Row) -> tuple[dict[str, Any], list[Problem]]:
    """The values by field of Terms, and `state` where it is given; and what is wrong with the cells."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, text in row.texts.items():
        text = text.strip()
        doubt = row.find_doubt(column)
        if doubt is not None and not (doubt == "date" and column in MOMENTS):
            problems.append(Problem(row.line, column, doubt, text))
            continue
        if column not in COLUMNS:
            # Not passed over in silence: a misspelt column would sell the goods on other terms than the sheet says.
            if text:
                problems.append(Problem(row.line, column, "unknown", text))
            continue
        field, read = COLUMNS[column]
        if not text:
            if column in REQUIRED:
                problems.append(Problem(row.line, column, "required"))
            continue
        try:
            values[field] = read(text if column in TEXTS else row.number(column).strip())
        except _Unreadable as error:
            problems.append(Problem(row.line, column, str(error), text))
    return values, problems
