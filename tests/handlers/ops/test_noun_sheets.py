"""Sheets of any noun: what an export has written is taken in again, and every problem told by row and column before anything is."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from server.domain.accounts.users import Role
from tests.api import Api
from tests.builders import make_user
from tests.nouns import Desk, open_desk, refused


def csv_of(*rows: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def look_at(desk: Desk, sheet: bytes) -> list[tuple[int, str, str]]:
    found = (await desk.send_sheet("/import/preview", sheet)).data
    assert found["problem_count"] == len(found["problems"])
    return [(one["line"], one["column"], one["reason"]) for one in found["problems"]]


async def test_what_was_exported_is_taken_in_again(api: Api) -> None:
    operator = (await open_desk(api, "groupbuy.offers")).user
    for name in ("mall.shops", "mall.coupon-rules", "mall.raffles", "groupbuy.price-ranges", "groupbuy.offers"):
        desk = Desk(api, operator, name)
        added = await desk.add()
        for sheet_format in ("csv", "xlsx"):
            sheet = (await desk.ask("GET", "/export", format=sheet_format)).body
            assert await look_at(desk, sheet) == [], name
            taken = await desk.send_sheet("/import", sheet)
            assert taken.status == 201, taken.body
            again = [one for one in taken.json["data"] if all(one[field] == added[field] for field in desk.sample.new)]
            assert again and added["id"] not in [one["id"] for one in again], name


async def test_every_problem_is_told_by_row_and_column_and_nothing_is_taken_in(api: Api) -> None:
    desk = await open_desk(api, "mall.coupon-rules")
    heads = ("名称", "least", "At most", "total", "有效天数", "满多少可用（元）", "面值类型", "谁", "编号")
    good = ("满减", "500", "500", "50", "10", "20.5", "金额（分）", "", "99")
    sheet = csv_of(heads, good, ("", "5元", "5", "一", "10", "5.001", "实物", "我", ""))
    assert sorted(await look_at(desk, sheet)) == [
        (3, "least", "not_number"),
        (3, "total", "not_number"),
        (3, "名称", "required"),
        (3, "满多少可用（元）", "not_yuan"),
        (3, "谁", "unknown_column"),
        (3, "面值类型", "not_among:金额（分）|减免百分比"),
    ]
    before = await desk.listed()
    answer = await desk.send_sheet("/import", sheet)
    assert refused(answer) == (422, "invalid_input") and "3.least" in answer.json["data"] and await desk.listed() == before
    [made] = (await desk.send_sheet("/import", csv_of(heads, good))).json["data"]
    assert (made["least"], made["threshold"], made["valid_days"]) == (500, 2050, 10)
    for wrong in (b"", csv_of(("名称",), *[("甲",)] * 1001), b"PK\x03\x04 and no sheet"):
        assert refused(await desk.send_sheet("/import/preview", wrong)) == (422, "invalid_input")


async def test_rules_of_the_noun_are_asked_before_anything_is_written(api: Api) -> None:
    desk = await open_desk(api, "groupbuy.areas")
    sheet = csv_of(("name", "parent_id"), ("黄浦区", "15"), ("静安区", "404"))
    assert await look_at(desk, sheet) == [(3, "parent_id", "unknown")]
    assert (await desk.send_sheet("/import", sheet)).status == 422
    taken = await desk.send_sheet("/import", csv_of(("name", "parent_id"), ("黄浦区", "15"), ("静安区", "15")))
    assert [one["name"] for one in taken.json["data"]] == ["黄浦区", "静安区"]
    assert [entry["verb"] for entry in await desk.log()] == ["add", "add"]
    reader = await make_user(api.application, "reader", roles=[Role.BOOKKEEPER])
    denied = Desk(api, reader, "groupbuy.areas")
    assert refused(await denied.send_sheet("/import", sheet))[0] == 403
