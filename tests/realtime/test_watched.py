"""The channel of a watch list: lots of all groups, and the list itself, on every screen of the account."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.api import Answer, Api
from tests.builders import Goods, make_group, make_user
from tests.realtime.listening import Listener

Listen = Callable[..., Awaitable[Listener]]


async def test_a_watch_list_is_heard_across_groups_and_follows_its_changes(listen: Listen, api: Api, other: Api) -> None:
    await make_group(api.application, Goods(id=145), Goods(id=146), id=7)
    await make_group(api.application, Goods(id=201), id=8, closes_in=9000)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    lots = {goods_id: await api.application.stores.auctions.lots.get_lot(goods_id) for goods_id in (145, 146, 201)}
    for process in (api, other):
        await process.application.auctions.looks.look()
    for goods_id in (145, 201):
        await api.put(f"/api/group/watched/{goods_id}", as_user=alice)

    nobody = await listen()
    assert (await nobody.ask("subscribe", channel="watched"))["error"] == "unauthenticated"
    phone = await listen(other)
    await phone.ask("auth", token=api.token_of(alice))
    first = await phone.ask("subscribe", channel="watched")
    assert (first["recovered"], first["goods_ids"], [one["goods_id"] for one in first["state"]]) == (False, [145, 201], [145, 201])

    await api.bid(bob, lots[201], 20500)
    event = await phone.until_price(20500)
    assert (event["channel"], event["goods_id"], event["group_id"]) == ("watched", 201, 8)

    await api.put("/api/group/watched/146", as_user=alice)
    event = await phone.until(lambda event: event["type"] == "watched" and event["goods_id"] == 146)  # news of the others may come still
    assert event["is_watched"] is True
    await api.bid(bob, lots[146], 21000)
    assert (await phone.until_price(21000))["goods_id"] == 146
    await api.delete("/api/group/watched/201", as_user=alice)
    await phone.until(lambda event: event["type"] == "watched" and not event["is_watched"])
    await api.bid(bob, lots[201], 22000)
    await api.bid(bob, lots[145], 23000)
    await phone.until_price(23000)
    assert all(event.get("price") != 22000 for event in phone.events)

    again = await phone.ask("subscribe", channel="watched", cursor=first["cursor"])
    assert (again["recovered"], again["goods_ids"]) == (False, [145, 146])  # another list: the whole state
    await api.bid(alice, lots[146], 24000)
    await phone.until_price(24000)
    once_more = await phone.ask("subscribe", channel="watched", cursor=again["cursor"])
    assert once_more["recovered"] and [(one["goods_id"], one["price"]) for one in once_more["state"]] == [(146, 24000)]
    assert (await phone.ask("unsubscribe", channel="watched"))["ok"]
    await phone.close()
    await nobody.close()


async def test_its_twin_waits_for_a_change_of_a_lot_or_of_the_list(api: Api) -> None:
    await make_group(api.application, Goods(id=145), Goods(id=146), id=7)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    lot = await api.application.stores.auctions.lots.get_lot(145)
    await api.application.auctions.looks.look()
    await api.put("/api/group/watched/145", as_user=alice)
    assert (await api.get("/api/live/watched")).status == 401
    first = (await api.get("/api/live/watched", as_user=alice)).data
    assert (first["goods_ids"], [one["price"] for one in first["state"]]) == ([145], [20000])

    async def wait(cursor: str) -> Answer:
        return await api.get("/api/live/watched", as_user=alice, query={"cursor": cursor, "wait": 25})

    waiting = asyncio.ensure_future(wait(first["cursor"]))
    await api.bid(bob, lot, 20500)
    second = (await waiting).data
    assert second["recovered"] and [one["price"] for one in second["state"]] == [20500]
    waiting = asyncio.ensure_future(wait(second["cursor"]))
    await api.put("/api/group/watched/146", as_user=alice)
    third = (await waiting).data
    assert not third["recovered"] and third["goods_ids"] == [145, 146]
