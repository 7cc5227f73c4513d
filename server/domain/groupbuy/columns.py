"""Columns of an imported sheet, named as the document names its fields, and how their cells are read."""
from __future__ import annotations

from typing import Any

from server.domain.auctions.imports import Problem, Row
from server.domain.cell_values import FLAGS, Reader, Unreadable, choice, fen, moment, text_of, whole
from server.domain.groupbuy.offers import LARGEST_NUMBER, LARGEST_PRICE, Kind, State

_KINDS = {"1": Kind.PHYSICAL, "2": Kind.VIRTUAL, "实物": Kind.PHYSICAL, "虚拟商品": Kind.VIRTUAL}
_STATES = {"1": State.AWAITING_REVIEW, "2": State.APPROVED}
_PRICE = fen(1, LARGEST_PRICE)

# column, named as the document names it → field, how it is read
REQUIRED: dict[str, tuple[str, Reader]] = {
    "groupbuy_name": ("name", text_of(100)),
    "groupbuy_type": ("kind", choice(_KINDS)),
    "groupbuy_starttime": ("start_at", moment),
    "groupbuy_endtime": ("end_at", moment),
    "goods_name": ("goods_name", text_of(200)),
    "shop_id": ("shop_id", whole(1, LARGEST_NUMBER)),
    "goods_price": ("goods_price", _PRICE),
    "groupbuy_price": ("price", _PRICE),
    "groupbuy_cat_id": ("category_id", whole(1, LARGEST_NUMBER)),
}
OPTIONAL: dict[str, tuple[str, Reader]] = {
    "groupbuy_scat_id": ("subcategory_id", whole(0, LARGEST_NUMBER)),
    "groupbuy_city_id": ("city_id", whole(0, LARGEST_NUMBER)),
    "groupbuy_area_id": ("area_id", whole(0, LARGEST_NUMBER)),
    "goods_id": ("goods_id", whole(0, LARGEST_NUMBER)),
    "common_id": ("common_id", whole(0, LARGEST_NUMBER)),
    "groupbuy_upper_limit": ("upper_limit", whole(0, LARGEST_NUMBER)),
    "groupbuy_virtual_quantity": ("virtual_quantity", whole(0, LARGEST_NUMBER)),
    "groupbuy_recommend": ("is_recommended", choice(FLAGS)),
    "groupbuy_state": ("state", choice(_STATES)),
    "groupbuy_image": ("image", text_of(500)),
    "groupbuy_image_rec": ("image_rec", text_of(500)),
    "groupbuy_remark": ("remark", text_of(500)),
    "groupbuy_intro": ("intro", text_of(20_000)),
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
        except Unreadable as error:
            problems.append(Problem(row.line, column, str(error), text))
    return values, problems
