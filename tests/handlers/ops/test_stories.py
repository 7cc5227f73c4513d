"""拍品经过: all that happened to a lot, to look at, as a sheet, and on paper."""
from __future__ import annotations

import csv
import io
from typing import Any

from server.domain.accounts.users import Role
from server.domain.clock import to_ms
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.operators import sign_in_with_second_factor

OPS = "/api/ops/auctions/lots"


async def test_a_story_tells_bids_refusals_and_actions_and_is_taken_away(api: Api, clock: HandClock) -> None:
    auctioneer = await make_user(api.application, "auctioneer", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, auctioneer)
    lot = await make_goods(api.application, id=145, sn="<U9T>", closes_in=60)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "=Bob")
    await api.bid(alice, lot, 20000, max_price=25000)
    clock.advance(seconds=20)
    await api.bid(bob, lot, 20000)
    await api.bid(bob, lot, 22000)
    await api.post(f"{OPS}/145/extend", as_user=auctioneer, json={"minutes": 5, "reason": "展示"})
    await api.application.auctions.desks.drain()
    await api.application.auctions.refusals.drain()
    story = (await api.get(f"{OPS}/145/story", as_user=auctioneer)).data
    kinds: list[Any] = [[one["kind"], one["seq"], one["price"], one["is_proxy"], one["reason"]] for one in story["entries"]]
    assert kinds == [
        ["bid", 1, 20000, False, None],
        ["bid", 2, 22000, False, None],
        ["bid", 3, 22001, True, None],
        ["action", 4, 22001, False, "展示"],
        ["refused", None, 20000, False, "bid_too_low"],
    ]
    at = to_ms(clock.now())
    assert [(one["arrived_at"], one["committed_at"]) for one in story["entries"][:3]] == [(at - 20000, at - 20000), (at, at), (at, at)]
    assert [one["moved_ms"] for one in story["entries"]] == [0, 20000, 0, 300_000, 0]
    assert (story["price"], story["leader_nickname"], story["status"]) == (22001, "Alice", "open")

    sheet = await api.get(f"{OPS}/145/story.csv", as_user=auctioneer, headers={"Accept-Language": "zh"})
    lines = list(csv.reader(io.StringIO(sheet.body.decode("utf-8-sig"))))
    assert (len(lines), lines[0][:2]) == (6, ["到达", "落库"])
    assert lines[2][0].endswith(f".{at % 1000:03}") and lines[2][3:6] == ["2", "出价", "'=Bob"] and "220.00" in lines[2]
    assert "延长" in lines[4][10] and "展示" in lines[4][10] and lines[5][10] == "出价低于当前最低出价"
    assert 'filename="lot-145-' in sheet.headers["Content-Disposition"]

    page = await api.get(f"{OPS}/145/story.html", as_user=auctioneer, headers={"Accept-Language": "en"})
    assert page.headers["Content-Type"].startswith("text/html")
    text = page.body.decode()
    assert "@page { size: A4" in text and "&lt;U9T&gt;" in text and "<U9T>" not in text and "Proxy bid" in text
    assert (await api.get(f"{OPS}/145/story", as_user=alice)).status == 403
    assert (await api.get(f"{OPS}/404/story", as_user=auctioneer)).status == 404


async def test_what_comes_too_late_is_told_after_the_end_and_what_became_of_it(api: Api, clock: HandClock) -> None:
    auctioneer = await make_user(api.application, "auctioneer", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, auctioneer)
    lot = await make_goods(api.application, id=145, closes_in=60)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, lot, 20000)
    missed = f"/api/ops/auctions/groups/{lot.group_id}/missed-bids"
    for seconds, price in ((59, 19000), (2, 21000), (1.5, 22000), (2, 23000)):
        clock.advance(seconds=seconds)
        assert (await api.bid(bob, lot, price)).status == 409
    await api.application.auctions.refusals.drain()
    facts = {"goods_id": 145, "sn": lot.sn, "user_id": bob.id, "nickname": "Bob", "reason": "ended"}
    told = (await api.get(missed, as_user=auctioneer)).data
    assert [{name: one[name] for name in facts} for one in told] == [facts, facts]
    assert [(one["price"], one["late_ms"], one["hammer_price"]) for one in told] == [(22000, 2500, None), (21000, 1000, None)]
    await api.wait_until_ended(lot.group_id)
    told = (await api.get(missed, as_user=auctioneer)).data
    assert [(one["price"], one["hammer_price"], one["winner_id"]) for one in told] == [(22000, 20000, alice.id), (21000, 20000, alice.id)]
    story = (await api.get(f"{OPS}/145/story", as_user=auctioneer)).data
    assert [(one["kind"], one["price"]) for one in story["entries"]] == [
        ("bid", 20000), ("refused", 19000), ("end", 20000), ("refused", 21000), ("refused", 22000), ("refused", 23000)
    ]
    assert (await api.get(missed, as_user=alice)).status == 403
    assert (await api.get("/api/ops/auctions/groups/404/missed-bids", as_user=auctioneer)).status == 404
