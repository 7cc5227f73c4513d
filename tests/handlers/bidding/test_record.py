"""出价记录: all entries of a lot in pages, as a line, as a sheet."""
from __future__ import annotations

import csv
import io

from server.storage.auctions.goods import to_texts
from tests.api import Api
from tests.builders import Goods, make_group, make_user
from tests.clock import HandClock

GROUP, LOT = 7, 145


async def test_the_whole_record_is_read_in_pages_as_a_line_and_as_a_sheet(api: Api, clock: HandClock) -> None:
    await make_group(api.application, Goods(id=LOT, extend_window_seconds=60, step=100), id=GROUP, closes_in=600)
    alice, bob = await make_user(api.application, "爱收藏的钞", id=5), await make_user(api.application, "=B", id=6)
    lot = await api.application.stores.auctions.lots.get_lot(LOT)
    path = f"/api/group/bids/{LOT}"
    nothing = await api.get(path)
    assert nothing.data == {"current_page": 1, "list": [], "total": 0}
    assert (await api.get(f"{path}/line")).data == {"at": [], "price": []}

    await api.bid(alice, lot, 20000, max_price=30000)
    clock.advance(seconds=540.25)
    await api.bid(bob, lot, 25000)  # answered by Alice's maximum
    await api.bid(bob, lot, 31000)
    clock.advance(seconds=30)
    await api.bid(alice, lot, 32000)
    whole = (await api.get(path)).data
    assert whole["total"] == 5
    told = [(one["seq"], one["price"], one["is_proxy"], one["is_extended"], one["is_void"]) for one in whole["list"]]
    assert told == [
        (5, 32000, False, True, False),
        (4, 31000, False, False, False),
        (3, 25100, True, False, False),
        (2, 25000, False, True, False),
        (1, 20000, False, False, False),
    ]
    newest = whole["list"][0]
    assert newest["at"] % 1000 == 250 and (newest["user_id"], newest["nickname"]) == (5, "爱收藏的钞")
    assert "max_price" not in str(whole)

    # The live channel tells the same of the last ones; so does the record once all has arrived there.
    live = (await api.get(f"/api/live/goods/{LOT}")).data["bids"]
    marks = [(one["seq"], one.get("is_proxy", False), one.get("is_extended", False)) for one in live]
    assert marks == [(seq, is_proxy, is_extended) for seq, _, is_proxy, is_extended, _ in told]
    await api.application.auctions.desks.drain()
    assert (await api.get(path)).data == whole
    second = (await api.get(f"{path}?page=2&limit=2")).data
    assert (second["current_page"], second["total"], second["list"]) == (2, 5, whole["list"][2:4])
    assert (await api.get(f"{path}?page=4&limit=2")).data["list"] == []
    line = (await api.get(f"{path}/line")).data
    assert line == {"at": [one["at"] for one in whole["list"]][::-1], "price": [20000, 25000, 25100, 31000, 32000]}

    sheet = await api.get(f"{path}/sheet?language=zh")
    assert sheet.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="bids-{GROUP}-{LOT}.csv"'
    rows = list(csv.reader(io.StringIO(sheet.body.decode("utf-8-sig"))))
    assert rows[0] == ["序号", "时间", "出价人", "价格（元）", "方式", "说明"]
    assert [row[2:] for row in rows[2:5]] == [
        ["'=**#6", "250.00", "出价", "延时"],
        ["爱**钞#5", "251.00", "自动出价", ""],
        ["'=**#6", "310.00", "出价", ""],
    ]
    assert rows[5][1].endswith(".250")
    for missing in ("", "/line", "/sheet"):
        assert (await api.get(f"/api/group/bids/999{missing}")).status == 404


async def test_of_bids_that_arrive_in_another_order_none_is_left_out(api: Api) -> None:
    """Who reads the record while several are written into it may find a later one and not yet the one before."""
    await make_group(api.application, Goods(id=LOT), id=GROUP)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    lot = await api.application.stores.auctions.lots.get_lot(LOT)
    for user, price in ((alice, 20000), (bob, 21000), (alice, 22000)):
        await api.bid(user, lot, price)
    await api.application.auctions.desks.drain()
    database = api.application.mongo.database
    for late in (1, 2, 3):
        [bid] = await api.application.stores.auctions.record.list_numbered(LOT, [late])
        document = await database.bids.find_one_and_delete({"goods_id": LOT, "seq": late})
        await database.lots.update_one({"_id": LOT}, {"$set": {"outbox": to_texts([bid])}})
        assert [one["seq"] for one in (await api.get(f"/api/live/goods/{LOT}")).data["bids"]] == [3, 2, 1], late
        assert [one["seq"] for one in (await api.get(f"/api/group/bids/{LOT}")).data["list"]] == [3, 2, 1], late
        await database.bids.insert_one(document)
