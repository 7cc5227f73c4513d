"""Pages of configured origins may ask and read; those of others learn nothing."""
from __future__ import annotations

from dataclasses import replace

import pytest

from server.config import BadConfig, Config
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.realtime.raw import RawSocket

SHOP = "https://shop.example"
SHOWN = "Allow, ETag, Retry-After, WWW-Authenticate, X-Request-Id"
OURS = {"Vary": "Origin", "Access-Control-Allow-Origin": SHOP, "Access-Control-Expose-Headers": SHOWN}


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, public_origins=(SHOP, "http://localhost:8080"))


def said(answer: Answer) -> dict[str, str]:
    """What it says of origins."""
    return {name: text for name, text in answer.headers.get_all() if name == "Vary" or name.startswith("Access-Control-")}


ASKED = [
    ("GET", "/api/banners", 200),
    ("HEAD", "/api/banners", 200),
    ("GET", "/api/nothing", 404),
    ("BREW", "/api/banners", 405),
    ("POST", "/api/group", 401),
    ("GET", "/api/group?page=0", 422),
    ("GET", "/api/user_addresses", 401),
    ("GET", "/index.php?ctl=GroupBuy&met=index&typ=json", 200),
    ("GET", "/api/live/stream?channels=me", 401),
    ("GET", "/api/live/stream", 422),
    ("POST", "/api/live/stream", 405),
    ("GET", "/openapi.json", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), ASKED)
async def test_every_answer_can_be_read_by_pages_of_a_configured_origin(api: Api, method: str, path: str, status: int) -> None:
    answer = await api.ask(method, path, headers={"Origin": SHOP})
    assert (answer.status, said(answer)) == (status, OURS)


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "https://shop.example:444", "http://shop.example", SHOP + "/"])
@pytest.mark.parametrize(("method", "path", "status"), ASKED)
async def test_no_answer_can_be_read_by_pages_of_another(api: Api, origin: str | None, method: str, path: str, status: int) -> None:
    answer = await api.ask(method, path, headers={"Origin": origin} if origin else {})
    assert (answer.status, said(answer)) == (status, {"Vary": "Origin"})


async def test_a_form_that_cannot_be_read_is_told_too(api: Api) -> None:
    headers = {"Content-Type": "multipart/form-data", "Origin": SHOP}
    answer = await api.post("/api/auth/login", body=b"--", headers=headers)
    assert (answer.status, said(answer)) == (422, OURS)


async def test_the_price_from_memory_is_told_with_its_tag_and_when_it_is_the_same(api: Api) -> None:
    lot = await make_goods(api.application)
    await api.application.auctions.looks.look()
    first = await api.get(f"/api/group/current/price/{lot.id}", headers={"Origin": SHOP})
    assert (first.status, said(first)) == (200, OURS)
    again = await api.get(f"/api/group/current/price/{lot.id}", headers={"Origin": SHOP, "If-None-Match": first.headers["ETag"]})
    assert (again.status, said(again)) == (304, OURS)
    other = await api.get(f"/api/group/current/price/{lot.id}", headers={"Origin": "https://evil.example"})
    assert said(other) == {"Vary": "Origin"}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/group", "GET, HEAD, OPTIONS, POST"),
        ("/api/auth/login", "OPTIONS, POST"),
        ("/api/auth/refresh", "OPTIONS, POST, PUT"),
        ("/api/group/current/price/7", "GET, HEAD, OPTIONS"),
        ("/api/live/stream", "GET, OPTIONS"),
    ],
)
async def test_a_browser_that_asks_before_is_told_what_it_may_send(api: Api, path: str, methods: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = await api.ask("OPTIONS", path, headers={"Origin": SHOP, **asked})
    assert (answer.status, answer.headers["Allow"]) == (204, methods)
    assert said(answer) == OURS | {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": (
            "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id, X-Second-Factor"
        ),
        "Access-Control-Max-Age": "3600",
    }
    for headers in ({"Origin": "https://evil.example", **asked}, asked):
        assert said(await api.ask("OPTIONS", path, headers=headers)) == {"Vary": "Origin"}
    assert said(await api.ask("OPTIONS", path, headers={"Origin": SHOP})) == OURS


@pytest.mark.parametrize("path", ["/", "/static/js/api.js", "/sign-in"])
async def test_pages_and_files_are_for_our_own(api: Api, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = await api.ask(method, path, headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"})
        assert "Access-Control-Allow-Origin" not in said(answer)


async def test_socket_and_stream_open_for_the_same_origins(api: Api) -> None:
    lot = await make_goods(api.application)
    for origin, status in ((SHOP, 101), ("http://localhost:8080", 101), ("https://evil.example", 403)):
        socket = await RawSocket.connect(api)
        assert (await socket.shake_hands(Origin=origin)).status == status
        await socket.close()
        stream = await RawSocket.connect(api)
        await stream.send(f"GET /api/live/stream?channels=goods:{lot.id} HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n\r\n".encode())
        head = await stream.read_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200") and b"\r\nVary: Origin\r\n" in head
        assert (f"\r\nAccess-Control-Allow-Origin: {origin}\r\n".encode() in head) == (status == 101)
        await stream.close()


async def test_a_bid_is_taken_whoever_may_read_its_answer(api: Api) -> None:
    user, lot = await make_user(api.application), await make_goods(api.application)
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000}
    answer = await api.post("/api/group", as_user=user, json=offer, headers={"Origin": SHOP})
    assert (answer.status, said(answer)) == (200, OURS)


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://shop.example, http://localhost:8080", ("https://shop.example", "http://localhost:8080")),
        ("HTTPS://Shop.Example:443/", ("https://shop.example",)),
        ("http://shop.example:80,https://shop.example:80", ("http://shop.example", "https://shop.example:80")),
        ("http://[::1]:8080", ("http://[::1]:8080",)),
    ],
)
def test_origins_are_kept_as_browsers_write_them(text: str, origins: tuple[str, ...]) -> None:
    assert Config.from_environment({"PUBLIC_ORIGINS": text}).public_origins == origins


NO_ORIGINS = ["*", "null", "shop.example", "https://shop.example/x", "https://*.example", "ws://shop.example", "https://a@b"]


@pytest.mark.parametrize("text", NO_ORIGINS)
def test_what_no_browser_sends_is_no_origin(text: str) -> None:
    with pytest.raises(BadConfig, match="PUBLIC_ORIGINS holds"):
        Config.from_environment({"PUBLIC_ORIGINS": text})
