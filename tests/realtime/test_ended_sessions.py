"""What logout, a change of password and a deletion do to tokens and sockets of every process."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from realtime.codes import BANNED
from server.domain.accounts.users import Role
from tests.api import Api
from tests.realtime.listening import Listener
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
