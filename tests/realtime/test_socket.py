"""The live channel end to end: what its contract promises, over real sockets."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import websockets
from msgspec.structs import replace

from realtime import codes
from server.bootstrap import Application
from server.domain.accounts.users import Role
from server.domain.auctions import live
from server.domain.auctions.goods import ExtendedBy, LotStatus
from server.domain.auctions.record import Bid
from server.domain.clock import to_ms
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import NOON, HandClock
from tests.realtime.listening import Listener
from tests.realtime.raw import PATIENCE_SECONDS, TEXT, RawSocket, command, frame

Listen = Callable[..., Awaitable[Listener]]


async def test_a_reply_carries_the_commands_id_and_the_servers_time(listen: Listen, clock: HandClock) -> None:
    listener = await listen()
    assert await listener.ask("ping") == {"id": 1, "ok": True, "ts": to_ms(clock.now())}


async def test_signing_in_tells_who_one_is_and_until_when(listen: Listen, api: Api, clock: HandClock) -> None:
    alice = await make_user(api.application, "Alice")
    reply = await (await listen()).ask("auth", token=api.token_of(alice))
    assert reply["ok"] and reply["user"] == {"id": alice.id, "nickname": "Alice"}
    assert reply["expires_at"] == to_ms(clock.now()) + 3600_000


async def test_a_native_client_signs_in_by_the_handshake(listen: Listen, api: Api) -> None:
    alice = await make_user(api.application)
    listener = await listen(additional_headers={"Authorization": f"Bearer {api.token_of(alice)}"})
    assert (await listener.ask("subscribe", channel="me"))["ok"]


async def test_a_false_token_closes_the_socket_for_good(listen: Listen) -> None:
    listener = await listen()
    reply = await listener.ask("auth", token="nonsense")
    assert (reply["ok"], reply["error"]) == (False, "token_invalid")
    assert (await listener.until_closed())[0] == codes.BAD_TOKEN


async def test_an_expired_token_may_be_followed_by_a_good_one(listen: Listen, api: Api, clock: HandClock) -> None:
    alice = await make_user(api.application)
    old = api.token_of(alice)
    clock.advance(hours=2)
    listener = await listen()
    assert (await listener.ask("auth", token=old))["error"] == "token_expired"
    assert (await listener.ask("auth", token=api.token_of(alice)))["ok"]


async def test_a_group_is_told_whole_on_subscribing(listen: Listen, api: Api) -> None:
    group = await make_group(api.application, Goods(id=145), Goods(id=146, low_price=20100))
    listener = await listen()
    reply = await listener.ask("subscribe", channel=f"group:{group.id}")
    assert (reply["ok"], reply["channel"], reply["recovered"]) == (True, f"group:{group.id}", False)
    nobody = {"seq": 0, "user_id": None, "nickname": None, "status": "open", "end_at": to_ms(group.end_at), "extended_by": None, "bids": 0}
    nobody |= {"is_paused": False, "said": None}
    assert reply["state"] == [{"goods_id": 145, "price": 20000, **nobody}, {"goods_id": 146, "price": 20100, **nobody}]


async def test_a_bid_by_rest_shows_on_sockets_of_both_processes_and_its_loser_hears_of_it(
    listen: Listen, api: Api, other: Api
) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    watchers = [await listen(), await listen(other)]
    for watcher in watchers:
        await watcher.ask("subscribe", channel=f"group:{lot.group_id}")
    phone = await listen(other)
    await phone.ask("auth", token=other.token_of(alice))
    assert (await phone.ask("subscribe", channel="me"))["missed"] == []

    assert (await api.bid(alice, lot, 20000)).status == 200
    assert (await api.bid(bob, lot, 21000)).status == 200
    for watcher in watchers:
        event = await watcher.until_price(21000)
        assert event == {
            "type": "price",
            "channel": f"group:{lot.group_id}",
            "goods_id": lot.id,
            "group_id": lot.group_id,
            "seq": 2,
            "price": 21000,
            "user_id": bob.id,
            "nickname": "Bob",
            "at": event["at"],
            "end_at": to_ms(lot.end_at),
        }
    outbid = await phone.until(lambda event: event["type"] == "outbid")
    facts = {"goods_id": lot.id, "group_id": lot.group_id, "price": 21000, "your_price": 20000}
    assert outbid == {"type": "outbid", "channel": "me", "id": f"{lot.id}:2", "at": outbid["at"], **facts}


async def test_a_bid_over_the_socket_is_answered_as_by_rest(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    listener = await listen()
    await listener.ask("auth", token=api.token_of(alice))
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000, "request_id": "one"}
    first = await listener.ask("bid", **offer)
    assert (first["ok"], first["seq"]) == (True, 1)
    by_rest = await api.post("/api/group", as_user=alice, json=offer)
    assert first["participation"] == by_rest.without_receipt["data"]
    assert first["receipt"] == by_rest.data["receipt"]
    refused = await listener.ask("bid", **offer | {"request_id": "two"})
    assert (refused["ok"], refused["error"], refused["current"], refused["minimum"]) == (False, "bid_too_low", 20000, 20001)
    assert refused["message"] and '"outcome":"bid_too_low"' in refused["receipt"]["statement"]


async def test_a_maximum_is_changed_and_cancelled_over_the_socket_and_no_watcher_hears_of_it(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    watcher, listener = await listen(), await listen()
    await watcher.ask("subscribe", channel=f"group:{lot.group_id}")
    await listener.ask("auth", token=api.token_of(alice))
    ids = {"goods_id": lot.id, "group_id": lot.group_id}
    assert (await listener.ask("bid", **ids, price=20000))["ok"]
    for max_price in (30000, 25000, None):
        reply = await listener.ask("maximum", **ids, max_price=max_price)
        assert (reply["ok"], reply["max_price"]) == (True, max_price)
    assert (await api.bid(bob, lot, 20001)).status == 200
    await watcher.until_price(20001)
    assert [event["seq"] for event in watcher.events if event["type"] == "price"] == [1, 2]
    refused = await listener.ask("maximum", **ids, max_price=30000)
    assert (refused["error"], refused["current"], refused["minimum"]) == ("not_leading", 20001, 20002)


async def test_a_bid_needs_a_user(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    reply = await (await listen()).ask("bid", goods_id=lot.id, group_id=lot.group_id, price=20000)
    assert (reply["ok"], reply["error"]) == (False, "unauthenticated")


async def test_goods_are_told_with_their_bids_and_watchers_and_then_bid_by_bid(listen: Listen, api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    alice = await make_user(api.application, "Alice")
    await api.bid(alice, lot, 20000)
    channel = f"goods:{lot.id}"
    listener = await listen()
    reply = await listener.ask("subscribe", channel=channel)
    assert [state["price"] for state in reply["state"]] == [20000]
    assert [(bid["seq"], bid["price"], bid["nickname"]) for bid in reply["bids"]] == [(1, 20000, "Alice")]
    assert reply["watchers"] == 1
    for price in (20001, 20002, 20003):
        await other.bid(alice, lot, price)
    await listener.until_price(20003)
    assert [event["seq"] for event in listener.of_type("price")] == [2, 3, 4]

    second = await listen(other)
    await second.ask("subscribe", channel=channel)
    assert (await listener.until(lambda event: event["type"] == "watchers" and event["watchers"] == 2))["channel"] == channel


async def test_a_bid_that_goes_to_the_record_while_it_is_read_is_among_the_last(
    listen: Listen, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()

    async def read_too_early(goods_id: int, up_to_seq: int, limit: int) -> list[Bid]:
        monkeypatch.undo()
        await api.application.auctions.desks.drain()
        return []

    await api.bid(await make_user(api.application), lot, 20000)
    monkeypatch.setattr(api.application.stores.auctions.record, "list_newest_bids", read_too_early)
    reply = await (await listen()).ask("subscribe", channel=f"goods:{lot.id}")
    assert [(bid["seq"], bid["price"]) for bid in reply["bids"]] == [(1, 20000)]


async def test_the_end_of_a_lot_is_told_with_winner_and_losers(listen: Listen, api: Api, other: Api, clock: HandClock) -> None:
    group = await make_group(api.application, Goods(id=145), Goods(id=146), closes_in=600)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    await api.bid(alice, lots[0], 20000)
    await api.bid(bob, lots[0], 20001)
    phones = []
    for user, where in ((alice, api), (bob, other)):
        phone = await listen(where)
        await phone.ask("auth", token=api.token_of(user))
        await phone.ask("subscribe", channel="me")
        await phone.ask("subscribe", channel=f"group:{group.id}")
        phones.append(phone)
    clock.advance(minutes=11)
    await api.wait_until_ended(group.id)
    for phone, word in zip(phones, ("lost", "won")):
        notice = await phone.until(lambda event: event["channel"] == "me")
        assert (notice["type"], notice["goods_id"], notice["price"]) == (word, 145, 20001)
        won = await phone.until(lambda event: event["type"] == "lot" and event["status"] == "won")
        assert (won["goods_id"], won["seq"], won["price"], won["user_id"]) == (145, 2, 20001, bob.id)
        unsold = await phone.until(lambda event: event["type"] == "lot" and event["status"] == "unsold")
        assert (unsold["goods_id"], unsold["user_id"]) == (146, None)
        await phone.until(lambda event: event["type"] == "group" and event["status"] == 2)


async def test_a_late_bid_is_told_as_an_extension(listen: Listen, api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, closes_in=30)
    await api.application.auctions.looks.look()
    listener = await listen()
    await listener.ask("subscribe", channel=f"group:{lot.group_id}")
    await api.bid(await make_user(api.application), lot, 20000)
    extended = await listener.until(lambda event: event["type"] == "extended")
    assert (extended["goods_id"], extended["end_at"], extended["extended_by"]) == (lot.id, to_ms(clock.now()) + 60_000, "late_bid")
    [state] = (await (await listen()).ask("subscribe", channel=f"group:{lot.group_id}"))["state"]
    assert (state["end_at"], state["extended_by"]) == (extended["end_at"], "late_bid")
    group = await listener.until(lambda event: event["type"] == "group")
    assert group["end_at"] == extended["end_at"]


async def test_a_late_bid_on_goods_that_no_process_has_looked_at_yet_is_told_as_the_reason(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application, closes_in=30, is_seen=False)
    listener = await listen()
    await listener.ask("subscribe", channel=f"goods:{lot.id}")
    await api.bid(await make_user(api.application), lot, 20000)
    # By its first price; where a look has come between, which may be at any moment, by an event of its own.
    told = await listener.until(lambda event: "extended_by" in event)
    assert told["extended_by"] == "late_bid"


@pytest.mark.parametrize("is_seen", [False, True])
@pytest.mark.parametrize("kind", ["goods", "group"])
@pytest.mark.parametrize(
    ("told_by", "change"),
    [
        ("extended", {"end_at": NOON + timedelta(days=2), "extended_by": ExtendedBy.OUTAGE}),
        ("lot", {"status": LotStatus.UNSOLD}),
    ],
)
async def test_what_comes_without_a_bid_is_told_to_who_came_before_the_first_look(
    listen: Listen, api: Api, clock: HandClock, told_by: str, change: dict[str, Any], kind: str, is_seen: bool
) -> None:
    lot = await make_goods(api.application, closes_in=1800, is_seen=is_seen)
    listener = await listen()
    await listener.ask("subscribe", channel=f"goods:{lot.id}" if kind == "goods" else f"group:{lot.group_id}")
    changed = replace(lot, revision=lot.revision + 1, changed_at=clock.now(), **change)
    assert await api.application.stores.auctions.lots.commit_lot(lot, changed)
    await api.application.auctions.looks.look()
    told = await listener.until(lambda event: event["type"] == told_by)
    expected = {name: to_ms(value) if name == "end_at" else value.value for name, value in change.items()}
    assert told.items() >= {"goods_id": lot.id, **expected}.items()


async def test_a_bid_on_goods_that_no_process_has_looked_at_yet_reaches_who_watches_them(listen: Listen, api: Api, other: Api) -> None:
    lot = await make_goods(api.application, is_seen=False)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    phone = await listen(other)
    await phone.ask("auth", token=other.token_of(alice))
    await phone.ask("subscribe", channel="me")
    await phone.ask("subscribe", channel=f"group:{lot.group_id}")
    await api.bid(alice, lot, 20000)
    await api.bid(bob, lot, 20001)
    await phone.until_price(20001)
    assert (await phone.until(lambda event: event["type"] == "outbid"))["price"] == 20001


async def test_a_cursor_brings_only_the_lots_that_changed(listen: Listen, api: Api, other: Api) -> None:
    group = await make_group(api.application, Goods(id=145), Goods(id=146))
    alice = await make_user(api.application)
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    channel = f"group:{group.id}"
    listener = await listen()
    await listener.ask("subscribe", channel=channel)
    await api.bid(alice, lots[0], 20000)
    await listener.until_price(20000)
    cursor = listener.cursors[channel]
    await listener.close()
    elsewhere = await listen(other)
    same = await elsewhere.ask("subscribe", channel=channel, cursor=cursor)
    assert (same["recovered"], same["state"]) == (True, [])
    await api.bid(alice, lots[1], 20001)
    await elsewhere.until_price(20001)  # the other process has heard of it
    for where in (api, other):
        resumed = await listen(where)
        reply = await resumed.ask("subscribe", channel=channel, cursor=cursor)
        assert reply["recovered"]
        assert [(state["goods_id"], state["price"]) for state in reply["state"]] == [(146, 20001)]


async def test_a_cursor_of_something_else_brings_the_whole_state(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    listener = await listen()
    foreign = (await listener.ask("subscribe", channel=f"goods:{lot.id}"))["cursor"]
    for cursor in (foreign, "nonsense", "", "AAAA"):
        reply = await listener.ask("subscribe", channel=f"group:{lot.group_id}", cursor=cursor)
        assert (reply["recovered"], len(reply["state"])) == (False, 1)


async def test_notices_missed_while_away_come_once_and_in_order(listen: Listen, api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    phone = await listen()
    await phone.ask("auth", token=api.token_of(alice))
    await phone.ask("subscribe", channel="me")
    await api.bid(alice, lot, 20000)
    await api.bid(bob, lot, 20001)
    await phone.until(lambda event: event["type"] == "outbid")
    cursor = phone.cursors["me"]
    await phone.close()
    for price in (20002, 20004):
        await api.bid(alice, lot, price)
        await other.bid(bob, lot, price + 1)
    again = await listen(other)
    await again.ask("auth", token=other.token_of(alice))
    missed = (await again.ask("subscribe", channel="me", cursor=cursor))["missed"]
    assert [(notice["type"], notice["price"], notice["your_price"]) for notice in missed] == [
        ("outbid", 20003, 20002),
        ("outbid", 20005, 20004),
    ]
    assert again.events == []


async def test_operators_read_every_accepted_and_refused_bid(listen: Listen, api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application, "Alice")
    operator = await make_user(api.application, "Operator", roles=[Role.OPERATOR])
    console = await listen(other)
    await console.ask("auth", token=api.token_of(operator))
    assert (await console.ask("subscribe", channel="ops"))["bids"] == []
    await api.bid(alice, lot, 20000)
    await api.bid(alice, lot, 20000)
    taken = await console.until(lambda event: event["type"] == "bid")
    assert (taken["user_id"], taken["price"], taken["seq"]) == (alice.id, 20000, 1)
    assert taken["worker"] and taken["latency_ms"] > 0 and taken["request_id"]
    refused = await console.until(lambda event: event["type"] == "refused")
    assert (refused["user_id"], refused["price"], refused["reason"]) == (alice.id, 20000, "bid_too_low")
    statistics = await console.until(lambda event: event["type"] == "stats")
    assert statistics.keys() >= {"sockets", "bids_per_second", "ending_within_minute"}

    cursor = console.cursors["ops"]
    await console.close()
    await other.bid(alice, lot, 20002)
    await other.bid(alice, lot, 20002)
    again = await listen()
    await again.ask("auth", token=api.token_of(operator))
    missed = await again.ask("subscribe", channel="ops", cursor=cursor)
    assert missed["recovered"]
    # What had not crossed over when it subscribed comes as news; nothing comes twice.
    for kind in ("bid", "refused"):
        if not any(entry["type"] == kind for entry in missed["bids"]):
            await again.until(lambda event, kind=kind: event["type"] == kind)  # type: ignore[misc]
    await again.ask("ping")
    told = [*missed["bids"], *again.of_type("bid", "refused")]
    assert sorted((entry["type"], entry["price"]) for entry in told) == [("bid", 20002), ("refused", 20002)]


@pytest.mark.parametrize(("channel", "error"), [("me", "unauthenticated"), ("ops", "unauthenticated")])
async def test_personal_channels_need_a_user(listen: Listen, channel: str, error: str) -> None:
    assert (await (await listen()).ask("subscribe", channel=channel))["error"] == error


async def test_the_operators_channel_is_not_for_bidders(listen: Listen, api: Api) -> None:
    listener = await listen()
    await listener.ask("auth", token=api.token_of(await make_user(api.application)))
    assert (await listener.ask("subscribe", channel="ops"))["error"] == "forbidden"


@pytest.mark.parametrize("channel", ["", "group", "group:0", "group:x", "goods:-1", "nobody", "group:1 ", "me:1"])
async def test_a_channel_that_does_not_exist_is_bad_input(listen: Listen, channel: str) -> None:
    assert (await (await listen()).ask("subscribe", channel=channel))["error"] == "invalid_input"


@pytest.mark.parametrize("channel", ["group:999", "goods:999"])
async def test_unknown_goods_and_groups_are_not_found(listen: Listen, channel: str) -> None:
    assert (await (await listen()).ask("subscribe", channel=channel))["error"] == "not_found"


async def test_unsubscribing_ends_the_events(listen: Listen, api: Api) -> None:
    lot = await make_goods(api.application)
    channel = f"group:{lot.group_id}"
    listener = await listen()
    await listener.ask("subscribe", channel=channel)
    assert (await listener.ask("unsubscribe", channel=channel))["channel"] == channel
    await api.bid(await make_user(api.application), lot, 20000)
    await listener.ask("ping")
    assert listener.events == []


@pytest.mark.parametrize(
    "facts",
    [
        {"op": "bid"},
        {"op": "bid", "goods_id": "1", "group_id": 1, "price": 1},
        {"op": "bid", "goods_id": 1, "group_id": 1, "price": -1},
        {"op": "bid", "goods_id": 1, "group_id": 1, "price": 1.5},
        {"op": "bid", "goods_id": 1, "group_id": 1, "price": 2**63},
        {"op": "bid", "goods_id": 1, "group_id": 1, "price": True},
        {"op": "bid", "goods_id": 1, "group_id": 1, "price": 1, "request_id": "x" * 129},
        {"op": "auth", "token": 5},
        {"op": "subscribe"},
        {"op": "dance"},
        {},
    ],
)
async def test_a_command_of_the_wrong_form_is_bad_input(listen: Listen, facts: dict[str, Any]) -> None:
    listener = await listen()
    await listener.send({"id": 7, **facts})
    reply = await listener.reply_to(7)
    assert (reply["ok"], reply["error"]) == (False, "invalid_input")


@pytest.mark.parametrize("frame", ["", "{", "[]", "null", "5", '"x"', "{}", '{"id": "x", "op": "ping"}', b"binary", "[" * 10_000])
async def test_what_is_no_command_closes_the_socket_for_good(listen: Listen, frame: str | bytes) -> None:
    listener = await listen()
    await listener.send(frame)
    assert (await listener.until_closed())[0] == codes.PROTOCOL_ERROR


async def test_a_frame_that_is_too_long_closes_the_socket(listen: Listen) -> None:
    listener = await listen()
    await listener.send("x" * 20_000)
    assert (await listener.until_closed())[0] == 1009


async def test_too_many_commands_close_the_socket(listen: Listen) -> None:
    listener = await listen()
    for number in range(60):
        await listener.send({"id": number, "op": "ping"})
    assert (await listener.until_closed())[0] == codes.TOO_MANY_COMMANDS


async def test_browsers_are_accepted_from_our_own_pages_only(listen: Listen, api: Api) -> None:
    await listen(origin=api.url)
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await listen(origin="https://evil.example")


async def test_a_ban_closes_the_users_sockets_everywhere(listen: Listen, api: Api, other: Api) -> None:
    alice = await make_user(api.application)
    sockets = [await listen(), await listen(other)]
    for socket, where in zip(sockets, (api, other)):
        assert (await socket.ask("auth", token=where.token_of(alice)))["ok"]
    await api.application.services.accounts.users.ban(alice.id)
    for socket in sockets:
        assert (await socket.until_closed())[0] == codes.BANNED


async def test_a_socket_goes_on_under_the_token_that_followed_its_own(listen: Listen, api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, closes_in=3 * 3600)
    token = api.token_of(await make_user(api.application))
    listener = await listen()
    await listener.ask("auth", token=token)
    await listener.ask("subscribe", channel="me")
    clock.advance(minutes=59)
    fresh = (await api.post("/api/auth/refresh", token=token)).data["access_token"]
    for price, minutes in ((20000, 0), (20001, 30)):
        clock.advance(minutes=minutes)  # until the first has run out
        await api.application.live.keeper.look(time.monotonic())
        offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": price}
        assert (await listener.ask("bid", **offer))["ok"]
    assert listener.of_type("token_expired") == []
    assert (await listener.ask("auth", token=fresh))["ok"]
    clock.advance(minutes=31)
    await api.application.live.keeper.look(time.monotonic())
    await listener.until(lambda event: event == {"type": "token_expired", "channel": "me"})


async def test_a_draining_server_sends_its_listeners_away_with_a_delay_each(listen: Listen, application: Application) -> None:
    listener = await listen()
    application.live.keeper.drain()
    code, reason = await listener.until_closed()
    assert code == codes.GOING_AWAY
    assert 0 <= json.loads(reason)["delay_ms"] <= 5000


@pytest.mark.parametrize("is_dropped", [True, False])
async def test_no_bid_is_made_that_the_bidder_cannot_be_told_of(
    api: Api, monkeypatch: pytest.MonkeyPatch, is_dropped: bool
) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    socket = await RawSocket.open(api, Authorization=f"Bearer {api.token_of(user)}")
    await socket.ask(1)
    (session,) = api.application.live.hub.sessions
    tokens = api.application.services.accounts.tokens
    check, asked, is_over = tokens.check, asyncio.Semaphore(0), asyncio.Event()

    async def check_slowly(token: str | None) -> object:
        asked.release()
        await is_over.wait()
        return await check(token)

    monkeypatch.setattr(tokens, "check", check_slowly)
    bids = [command(2 + index, "bid", goods_id=lot.id, group_id=lot.group_id, price=20000 + index) for index in range(3)]
    await socket.send(b"".join(frame(TEXT, bid) for bid in bids))
    await asyncio.wait_for(asked.acquire(), PATIENCE_SECONDS)
    if is_dropped:
        session.wire.abort()
    else:
        session.wire.close(codes.TOO_SLOW, "too slow")
    is_over.set()
    await socket.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while api.application.live.hub.sessions:
            await asyncio.sleep(0)
    await api.application.auctions.desks.drain()
    assert asked.locked(), "what was read ahead was begun"
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


async def test_who_missed_too_much_is_told_that_the_recovery_is_not_whole(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_NOTICES", 3)
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    asked = {"cursor": (await api.get("/api/live/me", as_user=alice)).data["cursor"]}
    prices = iter(range(20000, 20100))
    for is_recovered in (True, False):
        for user in (alice, bob) * 2:
            assert (await api.bid(user, lot, next(prices))).status == 200
        await api.application.auctions.desks.drain()
        missed = (await api.get("/api/live/me", as_user=alice, query=asked)).data
        assert (missed["recovered"], len(missed["missed"])) == ((True, 2) if is_recovered else (False, 0))

    async def never(*question: object) -> None:
        raise AssertionError("what was too much is not read again")

    with monkeypatch.context() as reading:
        reading.setattr(api.application.stores.auctions.record, "list_outbid", never)
        again = (await api.get("/api/live/me", as_user=alice, query=asked)).data
        assert (again["recovered"], again["missed"]) == (False, [])
    asked = {"cursor": missed["cursor"]}
    assert (await api.get("/api/live/me", as_user=alice, query=asked)).data["missed"] == []


async def test_however_many_come_back_the_record_is_asked_for_few_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    lot, record, running, most = await make_goods(api.application), api.application.stores.auctions.record, 0, 0
    users = [await make_user(api.application, f"bidder {number}") for number in range(8)]
    cursors = [(await api.get("/api/live/me", as_user=user)).data["cursor"] for user in users]
    for price, user in enumerate((*users, users[0]), 20000):
        assert (await api.bid(user, lot, price)).status == 200
    await api.application.auctions.desks.drain()
    list_outbid = record.list_outbid

    async def counted(*question: Any) -> list[tuple[Bid, datetime]]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await list_outbid(*question)
        finally:
            running -= 1

    monkeypatch.setattr(record, "list_outbid", counted)
    asked = (api.get("/api/live/me", as_user=user, query={"cursor": cursor}) for user, cursor in zip(users, cursors))
    answers = [answer.data for answer in await asyncio.gather(*asked)]
    assert [(one["recovered"], len(one["missed"])) for one in answers] == [(True, 1)] * 8
    assert most == live.RECOVERIES_AT_ONCE


async def test_a_first_subscription_to_notices_asks_the_record_once_and_for_no_more_than_it_would_tell(
    listen: Listen, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, record, asked = await make_user(api.application), api.application.stores.auctions.record, list[int]()
    list_outbid = record.list_outbid

    async def counted(user_id: int, after: datetime, limit: int) -> list[tuple[Bid, datetime]]:
        asked.append(limit)
        return await list_outbid(user_id, after, limit)

    monkeypatch.setattr(record, "list_outbid", counted)
    listener = await listen()
    await listener.ask("auth", token=api.token_of(alice))
    assert (await listener.ask("subscribe", channel="me"))["missed"] == []
    assert asked == [live.MOST_NOTICES + 1]
