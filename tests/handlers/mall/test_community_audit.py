"""Tests of server/domain/mall/community/audit.py, on what members have really done."""
from __future__ import annotations

from typing import Any

from server.composition.mall import build_mall_audit
from tests.api import Api
from tests.handlers.mall.community import put_up
from tests.handlers.mall.ordering import act, hire
from tests.mall import data_of, sign_in


async def findings(api: Api) -> list[str]:
    audit = await build_mall_audit(api.application.stores.mall, api.application.clock).audit()
    return [f"{found.about} {found.problem}" for found in audit.findings]


async def test_what_was_written_by_hand_is_found(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    await alice.give(balance=700)
    activity = await put_up(api, operator, "activities", title="体检", fee=700, takes_teams=True)
    booking = data_of(await alice.post("/yuyue/join", yuyueId=activity["id"], teamName="一队"))
    users = api.application.services.accounts.users
    await api.application.services.mall.community.bookings.pay(await users.get_user(alice.uid), booking["id"])
    poll = await put_up(api, operator, "polls", title="最美", options=[{"title": "甲"}])
    await alice.post("/vote/vote", voteId=poll["id"], items="1")
    queue = await put_up(api, operator, "queues", name="小桌")
    await alice.post("/queuing/get", typeId=queue["id"])
    assert await findings(api) == []

    database = api.application.mongo.database
    broken: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
        ("mall_activities", {"taken": 2}, {"taken": 1}, "activity 1 has counted 2, and there is 1"),
        ("mall_teams", {"members": 0}, {"members": 1}, "team 1 has counted 0, and there is 1"),
        ("mall_polls", {"voters": 3}, {"voters": 1}, "poll 1 has counted (3, {'1': 1}), and there is (1, {'1': 1})"),
        ("mall_queues", {"given": 2}, {"given": 1}, "queue 1 has counted [1, 2], and there is [1]"),
        ("mall_bookings", {"fee": 600}, {"fee": 700}, "booking 1 the ledger has another payment"),
        ("mall_bookings", {"paid_at": None}, {}, "booking 1 the ledger has a payment that never was"),
    ]
    for name, wrong, right, told in broken:
        await database[name].update_one({"_id": 1}, {"$set": wrong})
        assert await findings(api) == [told]
        await database[name].update_one({"_id": 1}, {"$set": right})
    await database.mall_bookings.update_one({"_id": 1}, {"$set": {"paid_at": api.application.clock.now()}})
    assert (await act(api, operator, "bookings", 1, "cancel", reason="天气")).status == 200
    assert await findings(api) == []
    await database.mall_bookings.delete_one({"_id": 1})
    assert await findings(api) == [f"wallet {alice.uid} entry {seq} was made for booking 1, which there is not" for seq in (2, 3)]
