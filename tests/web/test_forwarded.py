"""Forwarded addresses: believed from trusted proxies, and from nobody else."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from server.config import BadConfig, Config
from server.web.forwarded import Proxies
from tests.api import Api, serving
from tests.clock import HandClock
from tests.realtime.listening import Listener

NEAR, FAR, CLIENT = "10.0.0.1", "192.168.7.9", "203.0.113.5"
proxies = Proxies(["10.0.0.0/8", FAR, "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, "198.51.100.1", CLIENT),  # nobody asked for its word
        (NEAR, "", NEAR),
        (NEAR, CLIENT, CLIENT),
        (NEAR, f"198.51.100.1, {CLIENT}", CLIENT),  # what the client itself wrote stands left of it
        (NEAR, f"198.51.100.1, {CLIENT}, {FAR}", CLIENT),
        (NEAR, f"{FAR}, 10.9.9.9", FAR),
        (NEAR, "unknown", NEAR),
        (NEAR, f"{CLIENT}, nonsense, {FAR}", FAR),
        ("::ffff:10.0.0.1", CLIENT, CLIENT),
        (NEAR, "2001:db8::5", "2001:db8::5"),
        ("fd00::1", "2001:DB8:0::5", "2001:db8::5"),
    ],
)
def test_the_client_is_the_nearest_address_that_no_trusted_proxy_has(peer: str, header: str, client: str) -> None:
    assert proxies.client_address(peer, header) == client


def test_a_proxy_that_is_no_address_is_told_at_the_start() -> None:
    assert Config.from_environment({"TRUSTED_PROXIES": "10.0.0.0/8, ::1"}).trusted_proxies == ("10.0.0.0/8", "::1")
    with pytest.raises(BadConfig, match="TRUSTED_PROXIES holds 'nginx'"):
        Config.from_environment({"TRUSTED_PROXIES": "nginx"})


@pytest.fixture
def behind_proxy(io_loop: IOLoop, config: Config, clock: HandClock) -> Iterator[Api]:
    """A server that trusts the proxy on this machine."""
    with serving(io_loop, replace(config, trusted_proxies=("127.0.0.1",), sockets_per_address=1), clock) as asking:
        yield asking


async def address_seen(api: Api, **headers: str) -> str:
    """What the server takes for the address of a socket that is opened with these headers."""
    before = set(api.application.live.hub.sessions)
    listener = await Listener.open(api.url, additional_headers={name.replace("_", "-"): text for name, text in headers.items()})
    await listener.ask("ping")
    [session] = api.application.live.hub.sessions - before
    await listener.close()
    return session.address


async def test_a_trusted_proxys_word_is_taken(behind_proxy: Api) -> None:
    assert await address_seen(behind_proxy, X_Forwarded_For=CLIENT) == CLIENT
    assert await address_seen(behind_proxy, X_Real_IP="198.51.100.1", X_Forwarded_For=CLIENT) == CLIENT
    assert await address_seen(behind_proxy, X_Real_IP="198.51.100.1") == "127.0.0.1"


async def test_a_client_cannot_name_its_own_address(api: Api) -> None:
    assert await address_seen(api, X_Forwarded_For=CLIENT, X_Real_IP=CLIENT) == "127.0.0.1"


async def test_the_limit_of_sockets_counts_clients_not_the_proxy(behind_proxy: Api) -> None:
    first = await Listener.open(behind_proxy.url, additional_headers={"X-Forwarded-For": CLIENT})
    other = await Listener.open(behind_proxy.url, additional_headers={"X-Forwarded-For": "203.0.113.6"})
    assert (await other.ask("ping"))["ok"]
    third = await Listener.open(behind_proxy.url, additional_headers={"X-Forwarded-For": CLIENT})
    assert (await third.until_closed())[0] == 4012
    for listener in (first, other):
        await listener.close()
