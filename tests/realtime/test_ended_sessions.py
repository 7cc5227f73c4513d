"""What logout, a change of password, a ban and a deletion do to tokens, sockets, streams and held polls of every process."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from realtime.codes import BANNED
from server.domain.accounts.users import Role, User
from server.domain.auctions.goods import Lot
from server.domain.events import Event, TokensChanged
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.realtime.listening import Listener
from tests.realtime.test_transports import EventReader
from tests.registering import PASSWORD, register, token_of

NEW = {"oldPassword": PASSWORD, "newPassword": "Copper-Meadow-81", "newPassword_confirmation": "Copper-Meadow-81"}
PATIENCE_SECONDS = 3  # what is told over Redis arrives in milliseconds; without it a token is asked about again within 5 s

Listen = Callable[..., Awaitable[Listener]]


async def sign_in(listener: Listener, token: str) -> Listener:
    assert (await listener.ask("auth", token=token))["ok"]
    assert (await listener.ask("subscribe", channel="me"))["ok"]
    return listener


async def wait_until_refused(process: Api, token: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await process.get("/api/auth/me", token=token)).status != 401:
            continue


def is_over(event: dict[str, object]) -> bool:
    return event["type"] == "token_expired" and event["channel"] == "me"


async def test_after_logout_the_token_and_its_sockets_are_signed_out_in_every_process(api: Api, other: Api, listen: Listen) -> None:
    await register(api)
    token, kept = await token_of(api), await token_of(api)
    assert (await other.get("/api/auth/me", token=token)).status == 200
    gone, stays = [await sign_in(await listen(other), one) for one in (token, kept)]
    await api.ask("DELETE", "/api/auth/logout", token=token)
    await gone.until(is_over)
    await wait_until_refused(other, token)
    assert (await gone.ask("subscribe", channel="me"))["error"] == "unauthenticated"
    assert (await stays.ask("subscribe", channel="me"))["ok"]


async def test_a_refresh_signs_the_old_token_out_in_every_process(api: Api, other: Api) -> None:
    await register(api)
    token = await token_of(api)
    assert (await other.get("/api/auth/me", token=token)).status == 200
    fresh = (await api.ask("PUT", "/api/auth/refresh", token=token)).json["data"]["access_token"]
    await wait_until_refused(other, token)
    assert (await other.get("/api/auth/me", token=fresh)).status == 200


async def test_a_change_of_password_signs_every_other_token_and_socket_out(api: Api, other: Api, listen: Listen) -> None:
    await register(api)
    mine, lost = await token_of(api), await token_of(api)
    kept = [await sign_in(await listen(process), mine) for process in (api, other)]
    ended = [await sign_in(await listen(process), lost) for process in (api, other)]
    assert (await other.get("/api/auth/me", token=lost)).status == 200
    assert (await api.ask("PUT", "/api/user/password/alice", token=mine, json=NEW)).status == 200
    for socket in ended:
        await socket.until(is_over)
    await wait_until_refused(other, lost)
    # Told in the same moment as the others: what did not sign them out by now never will.
    for socket in kept:
        assert (await socket.ask("subscribe", channel="me"))["ok"]
    assert (await other.get("/api/auth/me", token=mine)).status == 200


async def test_a_deletion_closes_the_user_s_sockets_and_nobody_else_s(api: Api, other: Api, listen: Listen) -> None:
    await register(api)
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    token = await token_of(api)
    sockets = [await sign_in(await listen(process), token) for process in (api, other)]
    stays = await sign_in(await listen(other), api.token_of(boss))
    assert (await api.ask("DELETE", "/api/user_info/alice", as_user=boss)).status == 200
    for socket in sockets:
        assert (await socket.until_closed())[0] == BANNED
    await wait_until_refused(other, token)
    assert (await stays.ask("ping"))["ok"]


# What lasts through a refresh, and ends with the login

REFRESHES = [("POST", "/api/auth/refresh"), ("PUT", "/api/auth/refresh")]


async def refresh(process: Api, token: str, method: str = "POST", path: str = "/api/auth/refresh") -> str:
    return (await process.ask(method, path, token=token)).json["data"]["access_token"]


async def log_out(process: Api, token: str) -> Answer:
    return await process.ask("DELETE", "/api/auth/logout", token=token)


class Held:
    """A poll that is being held: of `me`, or of a group by somebody who is signed in."""

    def __init__(self, process: Api, path: str, token: str, cursor: str):
        self._process = process
        self._asking = asyncio.ensure_future(process.get(path, token=token, query={"cursor": cursor, "wait": 20}))

    @classmethod
    async def hold(cls, process: Api, path: str, token: str) -> Held:
        cursor = (await process.get(path, token=token)).data["cursor"]
        waiting = process.application.services.auctions.waiting
        before = sum(len(held) for held in waiting._waiting.values())
        held = cls(process, path, token, cursor)
        while sum(len(held) for held in waiting._waiting.values()) == before:
            await asyncio.sleep(0)
        return held

    async def answer(self) -> Answer:
        return await self._asking


async def outbid(api: Api, lot: Lot, rival: User, price: int) -> None:
    assert (await api.bid(rival, lot, price)).status == 200


@pytest.mark.parametrize(("method", "path"), REFRESHES)
async def test_a_refresh_disturbs_no_socket_no_stream_and_no_held_poll(
    api: Api, other: Api, listen: Listen, clock: HandClock, method: str, path: str
) -> None:
    lot = await make_goods(api.application, closes_in=4 * 3600)
    await other.application.auctions.looks.look()
    alice, bob = await register(api), await make_user(api.application, "Bob")
    token = await token_of(api)
    sockets = [await sign_in(await listen(process), token) for process in (api, other)]
    streams = [await EventReader.open(process, "me", token=token) for process in (api, other)]
    for stream in streams:
        assert (await stream.next())["channel"] == "me"
    polls = [await Held.hold(process, "/api/live/me", token) for process in (api, other)]
    group_poll = await Held.hold(other, f"/api/live/group/{lot.group_id}", token)
    clock.advance(minutes=59)
    fresh = await refresh(api, token, method, path)
    await wait_until_refused(other, token)
    clock.advance(minutes=10)
    assert (await api.post("/api/group", token=fresh, json=offer_on(lot, 20000))).status == 200
    await outbid(api, lot, bob, 20500)
    for socket in sockets:
        assert (await socket.until(lambda event: event["type"] == "outbid"))["price"] == 20500
        assert socket.of_type("token_expired") == []
    for stream in streams:
        assert [event["type"] for event in (await stream.next())["push"]] == ["outbid"]
        stream.close()
    for poll in polls:
        assert [notice["price"] for notice in (await poll.answer()).data["missed"]] == [20500]
    assert (await group_poll.answer()).status == 200
    # And the socket bids under the token that followed.
    assert (await sockets[1].ask("bid", **offer_on(lot, 21000)))["ok"]
    assert alice.id == (await api.get("/api/auth/me", token=fresh)).json["data"]["id"]


def offer_on(lot: Lot, price: int) -> dict[str, int]:
    return {"goods_id": lot.id, "group_id": lot.group_id, "price": price}


@pytest.mark.parametrize("is_old", [True, False])
async def test_logging_out_with_the_old_token_or_the_new_ends_everything_of_both(
    api: Api, other: Api, listen: Listen, is_old: bool
) -> None:
    lot = await make_goods(api.application)
    await other.application.auctions.looks.look()
    bob = await make_user(api.application, "Bob")
    await register(api)
    old = await token_of(api)
    assert (await api.post("/api/group", token=old, json=offer_on(lot, 20000))).status == 200
    sockets = [await sign_in(await listen(process), old) for process in (api, other)]
    streams = [await EventReader.open(process, "me", token=old) for process in (api, other)]
    polls = [await Held.hold(process, "/api/live/me", old) for process in (api, other)]
    polls.append(await Held.hold(other, f"/api/live/group/{lot.group_id}", old))
    fresh = await refresh(other, old)
    polls.append(await Held.hold(other, f"/api/live/goods/{lot.id}", fresh))
    assert (await log_out(api, old if is_old else fresh)).status == 200
    for poll in polls:
        answer = await poll.answer()
        assert (answer.status, answer.json["error"], answer.json["data"]) == (401, "token_invalid", {})
    await outbid(api, lot, bob, 20500)
    for socket in sockets:
        await socket.until(is_over)
        assert not (await socket.ask("bid", **offer_on(lot, 21000)))["ok"]
        assert socket.of_type("outbid") == []
    for stream in streams:
        assert (await stream.next())["channel"] == "me"
        assert [event["type"] for event in (await stream.next())["push"]] == ["token_expired"]
        stream.close()
    for process in (api, other):
        for token in (old, fresh):
            await wait_until_refused(process, token)
            for method, path in REFRESHES:
                assert (await process.ask(method, path, token=token)).status == 401
            assert (await log_out(process, token)).status == 401


async def test_log_out_wins_over_refreshes_before_beside_and_after_it(api: Api, other: Api, listen: Listen) -> None:
    await register(api)
    for round in range(8):
        old = await token_of(api)
        socket = await sign_in(await listen(other), old)
        tries = [asyncio.ensure_future(process.ask("PUT", "/api/auth/refresh", token=old)) for process in (api, other) * round]
        tries.append(asyncio.ensure_future(log_out(other, old)))
        tries += [asyncio.ensure_future(process.ask("POST", "/api/auth/refresh", token=old)) for process in (other, api) * 3]
        answers = [await one for one in tries]
        await socket.until(is_over)
        given = [answer.json["data"]["access_token"] for answer in answers if answer.json.get("data")]
        for token in {old, *given}:
            for process in (api, other):
                await wait_until_refused(process, token)
                assert (await process.post("/api/auth/refresh", token=token)).status == 401
        await socket.close()


async def test_a_held_poll_ends_without_a_notice_with_a_ban_a_deletion_and_a_change_of_password(api: Api, other: Api) -> None:
    lot = await make_goods(api.application)
    boss = await register(api, "boss", roles=(Role.ADMIN,))
    bob = await make_user(api.application, "Bob")

    async def ban(user: User) -> None:
        await api.application.services.accounts.users.ban(user.id)

    async def delete(user: User) -> None:
        assert (await api.ask("DELETE", f"/api/user_info/{user.username}", as_user=boss)).status == 200

    async def change_password(user: User) -> None:
        mine = await token_of(api, user.username)
        assert (await api.ask("PUT", f"/api/user/password/{user.username}", token=mine, json=NEW)).status == 200

    for number, end in enumerate((ban, delete, change_password)):
        user = await register(api, f"user{number}")
        token = await token_of(api, user.username)
        price = 20000 + 1000 * number
        assert (await api.post("/api/group", token=token, json=offer_on(lot, price))).status == 200
        polls = [await Held.hold(process, "/api/live/me", token) for process in (api, other)]
        await end(user)
        await outbid(api, lot, bob, price + 500)
        for poll in polls:
            answer = await poll.answer()
            assert (answer.status, answer.json["error"], answer.json["data"]) == (401, "token_invalid", {})


async def test_ends_that_nobody_told_of_are_looked_for(api: Api, other: Api, listen: Listen) -> None:
    """As without Redis: the news of one process never reach the other."""
    await register(api)
    bob = await make_user(api.application, "Bob")
    await api.application.ground.broker.stop()
    gone, stays, banned = await token_of(api), await token_of(api), api.token_of(bob)
    sockets = [await sign_in(await listen(other), token) for token in (gone, stays, banned)]
    polls = [await Held.hold(other, "/api/live/me", token) for token in (gone, banned)]
    told: list[Event] = []
    other.application.ground.floor.listen(told.append)
    fresh = await refresh(api, gone)
    assert (await log_out(api, fresh)).status == 200
    await api.application.services.accounts.users.ban(bob.id)
    await sockets[0].until(is_over)
    assert (await sockets[2].until_closed())[0] == BANNED
    assert [(await poll.answer()).status for poll in polls] == [401, 401]
    assert (await sockets[1].ask("subscribe", channel="me"))["ok"]
    # Each end was told once.
    await other.application.accounts.endings.look()
    assert len([event for event in told if isinstance(event, TokensChanged)]) == 2
