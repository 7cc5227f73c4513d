"""Goods of a sheet: looked at first, then put into the mall, all of them or none."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.accounts.users import Role, User
from server.domain.mall.goods.goods import counted
from tests.api import Answer, Api
from tests.builders import make_user
from tests.handlers.mall.ordering import OPS, hire
from tests.handlers.mall.test_window import put
from tests.mall import Shopper, data_of
from tests.nouns import refused

PICTURE = "https://pictures.example/1.png"
HEADINGS = ("名称", "分类", "图片", "价格（元）", "规格", "入库数量", "门店", "运费模板", "条码", "上架")
ALBUM = ("钞王定位册", "集藏/册子", f"{PICTURE} /pictures/a.jpg", "39.90", "", "12", "总店", "", "690001", "是")
SMALL = ("护币袋", "护币袋", PICTURE, "6", "尺寸:小; 颜色：白", "5", "", "快递", "", "")
LARGE = ("护币袋", "", "", "9.5", "尺寸:大; 颜色：白", "7", "", "", "", "")


def csv_of(*rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, money = book.add_worksheet(), book.add_format({"num_format": "0.00"})
    for number, row in enumerate([HEADINGS, *rows]):
        for column, value in enumerate(row):
            sheet.write(number, column, value, money if isinstance(value, float) else None)
    book.close()
    return file.getvalue()


class Desk:
    """A mall with categories, a shop and a freight template, and who imports there."""

    def __init__(self, api: Api, operator: User):
        self.api = api
        self.operator = operator

    async def send(self, content: bytes, *, name: str = "", to: str = "", **about: Any) -> Answer:
        headers = {"Content-Type": "application/octet-stream", "Accept-Language": "en"}
        if name:
            mark = "----sheet"
            head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
            content, headers["Content-Type"] = head + content + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
        user = about.get("as_user", self.operator)
        return await self.api.ask("POST", f"{OPS}/goods/import{to}", as_user=user, body=content, headers=headers)

    async def problems(self, content: bytes) -> list[tuple[int, str, str]]:
        found = (await self.send(content, to="/preview")).data
        assert found["problem_count"] == len(found["problems"])
        return [(one["line"], one["column"], one["reason"]) for one in found["problems"]]

    async def count(self) -> int:
        return (await self.api.get(f"{OPS}/goods", as_user=self.operator)).data["total"]


async def open_desk(api: Api) -> Desk:
    operator = await hire(api)
    top = await put(api, operator, "categories", name="集藏")
    for name in ("册子", "护币袋"):
        await put(api, operator, "categories", name=name, parent_id=top["id"])
    await put(api, operator, "categories", name="册子")
    await put(api, operator, "shops", name="总店")
    await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600}])
    return Desk(api, operator)


async def test_a_sheet_is_looked_at_and_then_sold_as_it_shows(api: Api, mongo: AsyncIOMotorDatabase) -> None:
    desk, guest = await open_desk(api), Shopper(api)
    content = csv_of(ALBUM, SMALL, LARGE)
    seen = (await desk.send(content, to="/preview")).data
    shown = [(one["line"], one["name"], one["price"], one["stock"], one["specs"]) for one in seen["goods"]]
    assert shown == [(2, "钞王定位册", 3990, 12, 0), (3, "护币袋", 600, 12, 2)]
    assert (seen["problems"], await desk.count()) == ([], 0)
    answer = await desk.send(content, name="商品.csv")
    imported = answer.json["data"]
    assert (answer.status, [one["name"] for one in imported]) == (201, ["钞王定位册", "护币袋"])
    album, bags = [(await api.get(f"{OPS}/goods/{one['id']}", as_user=desk.operator)).data for one in imported]
    assert (album["pictures"], album["bar_code"], album["stock"]) == ([PICTURE, "/pictures/a.jpg"], "690001", 12)
    assert (album["shop_id"], album["freight_id"], bags["freight_id"]) == (1, 0, 1)
    assert [(one["name"], [value["name"] for value in one["values"]]) for one in bags["properties"]] == [
        ("尺寸", ["小", "大"]),
        ("颜色", ["白"]),
    ]
    assert [(one["values"], one["price"], one["stock"]) for one in bags["skus"]] == [(["小", "白"], 600, 5), (["大", "白"], 950, 7)]
    # Buyers find it, its pieces are counted, and the log tells who brought it.
    listed = data_of(await guest.post("/shop/goods/list/v2", k="护币袋"))["result"]
    assert [(one["name"], one["minPrice"], one["stores"]) for one in listed] == [("护币袋", 6.0, 12)]
    stored = await api.application.stores.mall.goods.find(bags["id"])
    assert stored is not None
    free = {one["_id"]: one["free"] async for one in mongo.mall_stock.find({"goods_id": bags["id"]})}
    assert free == counted(stored)
    intakes = (await api.get(f"{OPS}/intakes", as_user=desk.operator, query={"goods_id": bags["id"]})).data["list"]
    assert {(one["count_id"], one["seq"], one["came_in"], one["verb"]) for one in intakes} == {(at, 1, free[at], "add") for at in free}
    log = (await api.get("/api/ops/log", as_user=desk.operator, query={"noun": "mall.goods"})).data["list"]
    assert [(entry["verb"], entry["reason"], entry["user_id"]) for entry in log] == [("add", "商品.csv", desk.operator.id)] * 2
    # The same again puts nothing there twice.
    again = await desk.send(content, name="商品.csv")
    assert refused(again) == (422, "invalid_input")
    taken = ["is taken"]
    assert again.json["data"] == {"2.名称": taken, "2.条码": taken, "3.名称": taken}
    assert await desk.count() == 2


async def test_every_problem_is_told_by_row_and_column_and_nothing_is_imported(api: Api) -> None:
    desk = await open_desk(api)
    wrong = csv_of(
        ALBUM,
        ("", "没有的", "a.png", "1.999", "尺寸", "-1", "分店", "慢递", "6.90001E+12", "也许"),
        ("放大镜", "册子", PICTURE, "", "", "", "", "", "", ""),
        ("钞王定位册", "护币袋", PICTURE, "5", "", "", "", "", "690001", ""),
        ("镊子", "护币袋", PICTURE, "5", "材质:钢", "1", "", "", "", ""),
        ("镊子", "护币袋", PICTURE, "6", "材质:钢", "1", "总店", "", "", ""),
        ("放\u200b大镜", "护币袋", PICTURE, "6", "", "", "", "", "", ""),
    )
    found = await desk.problems(wrong)
    assert found == [
        (3, "名称", "required"),
        (3, "图片", "not_an_address"),
        (3, "价格（元）", "not_yuan"),
        (3, "规格", "not_specs"),
        (3, "入库数量", "not_whole"),
        (3, "条码", "power"),
        (3, "上架", "not_among:0|1|否|是"),
        (3, "分类", "unknown"),
        (3, "门店", "unknown"),
        (3, "运费模板", "unknown"),
        (4, "价格（元）", "required"),
        (4, "分类", "ambiguous"),
        (5, "名称", "repeated_line:2"),
        (5, "条码", "repeated_line:2"),
        (7, "门店", "differs:6"),
        (8, "名称", "unseen:U+200B"),
    ]
    answer = await desk.send(wrong)
    assert refused(answer) == (422, "invalid_input")
    assert answer.json["data"]["3.价格（元）"] == ["must be an amount in yuan with at most two decimals"]
    assert len(answer.json["data"]) == len(found)
    # Of one choice there is one price.
    steel = ("镊子", "护币袋", PICTURE, "5", "材质:钢", "1", "", "", "", "")
    assert await desk.problems(csv_of(steel, steel)) == [(3, "规格", "repeated")]
    assert await desk.problems(csv_of(ALBUM[:3], headings=("名称", "分类", "颜色"))) == [(2, "图片", "missing"), (2, "价格", "missing")]
    assert await desk.problems(csv_of((*ALBUM, "9"), headings=(*HEADINGS, "售价"))) == [(2, "售价", "unknown_column")]
    assert await desk.count() == 0


async def test_a_workbook_is_read_as_a_person_sees_it(api: Api) -> None:
    desk = await open_desk(api)
    row = ("放大镜", "护币袋", PICTURE, 19.5, "", 3, "", "", "6901234567890", "是")
    formula = ("镊子", "护币袋", PICTURE, "=1+1", "", 3, "", "", "", "是")
    assert await desk.problems(xlsx_of(row)) == []
    shortened = ("镊子", "护币袋", PICTURE, 2, "", 3, "", "", 6901234567890, "是")
    assert await desk.problems(xlsx_of(row, formula)) == [(3, "价格（元）", "formula")]
    assert await desk.problems(xlsx_of(row, shortened)) == [(3, "条码", "power")]
    answer = await desk.send(xlsx_of(row), name="goods.xlsx")
    assert answer.status == 201, answer.body
    [made] = (await api.get(f"{OPS}/goods", as_user=desk.operator)).data["list"]
    assert (made["price"], made["stock"], made["bar_code"]) == (1950, 3, "6901234567890")


async def test_what_is_no_sheet_and_who_is_no_staff_is_refused(api: Api) -> None:
    desk = await open_desk(api)
    for content, name in ((b"", ""), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.xls"), (b"PK\x03\x04broken", "a.xlsx"), (b"a", "a.pdf")):
        for to in ("", "/preview"):
            answer = await desk.send(content, name=name, to=to)
            assert refused(answer) == (422, "invalid_input")
            assert [*answer.json["data"]] == ["file"]
    assert refused(await desk.send(csv_of())) == (422, "invalid_input")
    bookkeeper = await make_user(api.application, "books", roles=[Role.BOOKKEEPER])
    assert refused(await desk.send(csv_of(ALBUM), as_user=bookkeeper))[0] == 403
    assert await desk.count() == 0
