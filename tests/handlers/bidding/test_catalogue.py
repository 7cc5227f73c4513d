"""拍品目录: looking through a group, the neighbours of a lot, and the watch list."""
from __future__ import annotations

from typing import Any

import pytest

from server.domain.accounts.users import Role
from server.domain.auctions import watchlists
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock

GROUP = 7
MANY = 3000


def ids(data: dict[str, Any]) -> list[int]:
    return [one["id"] for one in data["list"]]


async def test_memory_and_database_list_the_same(api: Api, clock: HandClock) -> None:
    serials = ["J88888888", "U9T0069000", "J12344321", "K00000123"]
    goods = [Goods(id=100 + place, sn=sn, category="三版币" if sn[0] == "J" else "纪念钞") for place, sn in enumerate(serials)]
    await make_group(api.application, *goods, id=GROUP)
    alice = await make_user(api.application)
    lists = "", "?fancy=radar", "?text=u9t", "?order=bids&limit=2", "?category=三版币&page=2&limit=1"
    floor = api.application.ground.floor
    await api.application.auctions.looks.look()
    for path in (*lists, "/102?order=dearest", "/101?text=J"):
        address = f"/api/group/catalogue/{GROUP}{path}"
        from_memory = (await api.get(address)).data
        floor.mark_stale(True)
        from_database = (await api.get(address)).data
        floor.mark_stale(False)
        if "list" in from_memory:
            assert from_database.pop("cursor") is None and isinstance(from_memory.pop("cursor"), str)
        assert from_memory == from_database
    whole = (await api.get(f"/api/group/catalogue/{GROUP}")).data
    assert (whole["total"], whole["lots"]) == (4, 4)
    assert whole["categories"] == [{"category": "三版币", "count": 2}, {"category": "纪念钞", "count": 2}]
    assert {one["fancy"]: one["count"] for one in whole["fancies"]} == {"solid": 1, "radar": 1, "low": 1}
    assert whole["list"][0]["fancies"] == ["solid"] and whole["list"][0]["live"]["bids"] == 0

    await api.bid(alice, (await api.application.stores.auctions.lots.get_lot(103)), 21000)
    clock.advance(seconds=0.6)  # an order is kept for a moment; what is shown is not
    listed = (await api.get(f"/api/group/catalogue/{GROUP}?order=bids")).data
    assert ids(listed) == [103, 100, 101, 102]
    assert (listed["list"][0]["live"]["price"], listed["list"][0]["live"]["bids"]) == (21000, 1)
    mine = (await api.get(f"/api/group/catalogue/{GROUP}?whose=mine", as_user=alice)).data
    assert ids(mine) == [103] and mine["lots"] == 4


async def test_the_cursor_of_a_list_tells_what_changed_since(api: Api, clock: HandClock) -> None:
    group = await make_group(api.application, Goods(id=100), Goods(id=101), id=GROUP)
    await api.application.auctions.looks.look()
    cursor = (await api.get(f"/api/group/catalogue/{group.id}?limit=1")).data["cursor"]
    await api.bid(await make_user(api.application), await api.application.stores.auctions.lots.get_lot(101), 20500)
    told = (await api.get(f"/api/live/group/{group.id}?cursor={cursor}")).data
    assert told["recovered"] and [(one["goods_id"], one["price"]) for one in told["state"]] == [(101, 20500)]


async def test_neighbours_follow_the_list_one_came_from(api: Api) -> None:
    serials = ["J88888888", "U9T0069000", "J12344321", "K00000123"]
    goods = [Goods(id=100 + place, sn=sn, low_price=20000 - place) for place, sn in enumerate(serials)]
    await make_group(api.application, *goods, id=GROUP)
    await api.application.auctions.looks.look()

    async def place(goods_id: int, query: str = "") -> list[Any]:
        data = (await api.get(f"/api/group/catalogue/{GROUP}/{goods_id}{query}")).data
        return [data["place"], data["total"], *((data[side] or {}).get("sn") for side in ("previous", "next"))]

    assert await place(100) == [1, 4, None, "U9T0069000"]
    assert await place(102) == [3, 4, "U9T0069000", "K00000123"]
    assert await place(102, "?text=J") == [2, 2, "J88888888", None]
    assert await place(102, "?order=cheapest") == [2, 4, "K00000123", "U9T0069000"]
    assert await place(101, "?text=J") == [None, 2, None, None]
    assert (await api.get("/api/group/catalogue/999/100")).status == 404


async def test_a_list_of_thousands_asks_the_database_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_group(api.application, *(Goods(id=1000 + place, sn=f"J{place:08}") for place in range(MANY)), id=GROUP)
    await api.application.auctions.looks.look()

    async def ask(*_: Any) -> Any:
        raise AssertionError("the database was asked")

    for question in ("list_lots", "page_lots", "list_lots_by_id", "get_lot"):
        monkeypatch.setattr(type(api.application.stores.auctions.lots), question, ask)
    data = (await api.get(f"/api/group/catalogue/{GROUP}?text=j0000&order=ending&limit=60&page=3")).data
    assert (data["total"], data["lots"], len(data["list"]), data["list"][0]["id"]) == (MANY, MANY, 60, 1120)
    assert (await api.get(f"/api/group/catalogue/{GROUP}/2500?order=bids")).data["place"] == 1501


async def test_a_watch_list_is_kept_with_the_account(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    await make_group(api.application, Goods(id=100), Goods(id=101), Goods(id=102), id=GROUP)
    elsewhere = await make_goods(api.application)
    for goods_id in (101, elsewhere.id, 101):
        assert (await api.put(f"/api/group/watched/{goods_id}", as_user=alice)).data == {"goods_id": goods_id, "is_watched": True}
    watched = (await api.get("/api/group/watched?limit=1", as_user=alice)).data
    assert (ids(watched), watched["total"], watched["goods_ids"]) == ([elsewhere.id], 2, [elsewhere.id, 101])
    path = f"/api/group/catalogue/{GROUP}?whose=watched"
    assert ids((await api.get(path, as_user=alice)).data) == [101]
    assert ids((await api.get(path, as_user=bob)).data) == []
    assert (await api.get(path)).json["error"] == "unauthenticated"
    assert (await api.get(f"/api/group/catalogue/{GROUP}/102?whose=watched", as_user=alice)).data["place"] == 2  # while it is looked at

    monkeypatch.setattr(watchlists, "MOST_WATCHED", 2)
    assert (await api.put("/api/group/watched/102", as_user=alice)).json["error"] == "watchlist_full"
    assert (await api.put("/api/group/watched/101", as_user=alice)).status == 200
    assert (await api.put("/api/group/watched/999", as_user=alice)).status == 404
    for _ in range(2):
        assert (await api.delete("/api/group/watched/101", as_user=alice)).data == {"goods_id": 101, "is_watched": False}
    assert (await api.put("/api/group/watched/102", as_user=alice)).status == 200

    boss = await make_user(api.application, "Boss", roles=(Role.ADMIN,))
    await api.application.services.accounts.erasure.delete_user(boss, f"id:{alice.id}")
    assert await api.application.mongo.database.watchlists.find_one({"_id": alice.id}) is None
