"""The price poll: what memory answers is what the database holds, and an unchanged price costs no body."""
from __future__ import annotations

from tests.api import Api
from tests.builders import make_goods, make_user


async def test_memory_and_database_give_the_same_price(api: Api) -> None:
    lot = await make_goods(api.application)
    path = f"/api/group/current/price/{lot.id}"
    from_database = await api.get(path)
    await api.application.auctions.looks.look()
    from_memory = await api.get(path)
    assert from_database.body == from_memory.body == b'{"code":1,"message":"","data":20000}'
    assert "Etag" in from_memory.headers and "Etag" not in from_database.headers


async def test_a_price_that_did_not_change_is_answered_by_304(api: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await api.application.auctions.looks.look()
    path = f"/api/group/current/price/{lot.id}"
    tag = (await api.get(path)).headers["Etag"]
    unchanged = await api.get(path, headers={"If-None-Match": tag})
    assert (unchanged.status, unchanged.body, unchanged.headers["Etag"]) == (304, b"", tag)
    await api.bid(alice, lot, 20001)
    changed = await api.get(path, headers={"If-None-Match": tag})
    assert (changed.status, changed.data) == (200, 20001)
    assert changed.headers["Etag"] != tag


async def test_while_the_floor_may_be_old_the_database_is_asked(api: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    api.application.ground.floor.mark_stale(True)
    answer = await api.get(f"/api/group/current/price/{lot.id}")
    assert answer.data == 20000 and "Etag" not in answer.headers
