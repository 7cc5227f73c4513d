"""The live channel's description is true: each message of real sessions is as it says, and each that it tells of occurs."""
from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args, get_type_hints

import jsonschema_rs
import pytest
from msgspec import Struct
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from websockets.asyncio.client import connect

from realtime import channels, codes, protocol
from realtime.description import EVENTS
from realtime.protocol import Command
from server.domain.accounts.users import Role
from server.domain.auctions.live import Notice
from server.domain.events import FloorStale, SaleNews
from server.domain.mall.community.support import Heard, LineKind
from tests.api import PATIENCE_SECONDS, Api
from tests.builders import Goods, make_group, make_user
from tests.clock import HandClock
from tests.handlers.mall.community import put_up
from tests.handlers.mall.ordering import act, hire
from tests.handlers.ops.test_auctions import Podium
from tests.mall import sign_in
from tests.operators import sign_in_with_second_factor
from tests.realtime.listening import Listener

SCHEMAS = "#/components/schemas/"


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


def protocol_events() -> list[type[Struct]]:
    kinds = [one for one in vars(protocol).values() if isinstance(one, type) and issubclass(one, Struct)]
    return [one for one in kinds if one.__module__ == protocol.__name__ and one.__struct_config__.tag_field == "type"]


class Recorder:
    """Every frame of some connections, held against the description: it may have nothing that is not described."""

    def __init__(self, description: dict[str, Any]):
        self.components = copy.deepcopy(description["components"])
        for schema in self.components["schemas"].values():
            if "properties" in schema:
                schema["additionalProperties"] = False
        self.messages: dict[str, Any] = description["components"]["messages"]
        self.seen: set[str] = set()
        self.kinds: set[str] = set()  # of what is pushed
        self.notices: set[str] = set()
        self._asked: dict[tuple[int, int], str] = {}

    def note_sent(self, connection: int, frame: dict[str, Any]) -> None:
        self._asked[connection, frame["id"]] = frame["op"]
        if frame.get("channel") != "nowhere":
            self._hold(frame["op"], frame)

    def note_frame(self, connection: int, frame: dict[str, Any]) -> None:
        if "push" in frame:
            self._hold("push", frame)
            for event in frame["push"]:
                self._note_event(event)
        elif frame["ok"]:
            self._hold(f"{self._asked[connection, frame['id']]}Reply", frame)
        else:
            self._hold("refusal", frame)

    def note_event(self, name: str, data: dict[str, Any]) -> None:
        """Of a stream."""
        self._hold("farewell" if name == "close" else "push" if "push" in data else "state", data)

    def _note_event(self, event: dict[str, Any]) -> None:
        fitting = [kind for kind in self._kinds_of_events() if self._fits({"$ref": SCHEMAS + kind}, event)]
        assert len(fitting) == 1, (event, fitting)
        self.kinds.add(fitting[0])
        if fitting[0] == "Notice":
            self.notices.add(event["type"])

    def _kinds_of_events(self) -> list[str]:
        return [one["$ref"].removeprefix(SCHEMAS) for one in self.components["schemas"]["Push"]["properties"]["push"]["items"]["anyOf"]]

    def _hold(self, name: str, frame: dict[str, Any]) -> None:
        payload = self.messages[name]["payload"]
        kinds = payload.get("anyOf", [payload])
        fitting = [kind["$ref"].removeprefix(SCHEMAS) for kind in kinds if self._fits(kind, frame)]
        if not fitting:
            jsonschema_rs.validate({**kinds[0], "components": self.components}, frame)  # tells what does not fit
        assert fitting, (name, frame)
        self.seen.add(name)
        self.kinds |= set(fitting[:1]) if len(kinds) > 1 else set()

    def _fits(self, schema: dict[str, Any], value: Any) -> bool:
        return jsonschema_rs.is_valid({**schema, "components": self.components}, value)

    @property
    def left(self) -> set[str]:
        """Whatever is described and did not occur."""
        described = set(self.messages) | set(self._kinds_of_events())
        described |= {kind["$ref"].removeprefix(SCHEMAS) for one in self.messages.values() for kind in one["payload"].get("anyOf", ())}
        return described - self.seen - self.kinds


class Recorded:
    """A connection whose frames a recorder notes, both ways."""

    def __init__(self, connection: Any, recorder: Recorder):
        self._connection = connection
        self._recorder = recorder

    async def send(self, frame: str) -> None:
        self._recorder.note_sent(id(self), json.loads(frame))
        await self._connection.send(frame)

    async def recv(self) -> str:
        frame = await self._connection.recv()
        self._recorder.note_frame(id(self), json.loads(frame))
        return frame

    async def close(self) -> None:
        await self._connection.close()


async def listen(api: Api, recorder: Recorder, *channels: str, token: str | None = None) -> Listener:
    connection = await connect(api.url.replace("http", "ws", 1) + "/ws")
    listener = Listener(Recorded(connection, recorder))  # type: ignore[arg-type]
    if token is not None:
        assert (await listener.ask("auth", token=token))["ok"]
    for channel in channels:
        assert (await listener.ask("subscribe", channel=channel))["ok"]
    return listener


async def read_stream(api: Api, recorder: Recorder, channels: str, token: str, *, until: str) -> None:
    """Reads the stream of these channels until an event of that name ends it."""
    ended = asyncio.Event()
    rest = b""

    def take(chunk: bytes) -> None:
        nonlocal rest
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if not line.startswith(b":"))
            if b"data" in fields:
                name = fields.get(b"event", b"").decode()
                recorder.note_event(name, json.loads(fields[b"data"]))
                if name == until:
                    ended.set()

    client = AsyncHTTPClient(force_instance=True)
    request = HTTPRequest(
        f"{api.url}/api/live/stream?channels={channels}",
        headers={"Authorization": f"Bearer {token}"},
        streaming_callback=take,
        request_timeout=PATIENCE_SECONDS,
    )
    reading = asyncio.ensure_future(client.fetch(request, raise_error=False))
    try:
        await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    finally:
        client.close()
        await asyncio.gather(reading, return_exceptions=True)


@pytest.mark.gen_test(timeout=60)
async def test_the_live_channel_is_as_it_is_described(api: Api, clock: HandClock) -> None:
    application = api.application
    recorder = Recorder((await api.get("/asyncapi.json")).json)
    goods = [Goods(id=145, extend_window_seconds=0), Goods(id=146), Goods(id=147)]
    await make_group(application, *goods, id=7, closes_in=900)
    alice, bob = await make_user(application, "alice"), await make_user(application, "bob")
    operator = await make_user(application, "olive", roles=[Role.AUCTIONEER])
    await sign_in_with_second_factor(api, operator)
    podium = Podium(api, operator)

    # Everybody's commands, good and bad.
    reader = await listen(api, recorder, "group:7", "goods:145")
    assert (await reader.ask("ping"))["ok"]
    assert (await reader.ask("subscribe", channel="nowhere"))["data"]["channel"]
    assert (await reader.ask("bid", goods_id=145, group_id=7, price=20000))["error"]
    assert (await reader.ask("unsubscribe", channel="goods:145"))["ok"]
    desk = await listen(api, recorder, "ops", token=api.token_of(operator))
    mine = await listen(api, recorder, "me", "goods:145", "group:7", token=api.token_of(alice))
    clerk = await hire(api)
    queue = await put_up(api, clerk, "queues", name="小桌")
    told = f"group:7,goods:145,queue:{queue['id']},me,watched,ops"
    stream = asyncio.ensure_future(read_stream(api, recorder, told, api.token_of(operator), until="close"))
    ahead = await listen(api, recorder, f"queue:{queue['id']}", "watched", token=api.token_of(alice))
    assert (await api.put("/api/group/watched/145", as_user=alice)).status == 200
    await ahead.until(lambda event: event["type"] == "watched")
    await act(api, clerk, "queues", queue["id"], "call-next")
    await ahead.until(lambda event: event["type"] == "queue")
    shopper = await sign_in(api)
    await application.services.mall.community.support.hear(Heard(key="1", open_id="alice", kind=LineKind.TEXT, text="在吗"))
    assert (await desk.until(lambda event: event["type"] == "support"))["user_id"] == shopper.uid

    # A lot's life.
    assert (await mine.ask("bid", goods_id=145, group_id=7, price=20000, request_id="one"))["ok"]
    assert (await mine.ask("maximum", goods_id=145, group_id=7, max_price=21000))["max_price"] == 21000
    low = await mine.ask("bid", goods_id=145, group_id=7, price=100)
    assert (low["error"], low["current"]) == ("below_low_price", 20000)
    assert (await api.post("/api/group", as_user=bob, json={"goods_id": 145, "group_id": 7, "price": 30000})).status == 200
    await mine.until(lambda event: event["type"] == "outbid")
    assert (await podium.lot(145, "extend", minutes=10)).status == 200
    assert (await podium.lot(145, "pause")).status == 200
    assert (await podium.lot(145, "resume")).status == 200
    assert (await podium.group(7, "announce", text="稍候")).status == 200
    assert (await podium.lot(145, "void", back_to=1)).status == 200
    await mine.until(lambda event: event["type"] == "voided")
    for number in (146, 147):
        assert (await mine.ask("bid", goods_id=number, group_id=7, price=20000))["ok"]
    assert (await podium.lot(147, "withdraw")).status == 200
    await mine.until(lambda event: event["type"] == "withdrawn")
    for is_stale in (True, False):
        application.ground.floor.take(FloorStale(is_stale=is_stale))
    for kind in ("bid", "refused", "action", "stats"):
        await desk.until(lambda event: event["type"] == kind)

    # Its end, and what comes after it.
    assert (await api.post("/api/group", as_user=bob, json={"goods_id": 146, "group_id": 7, "price": 40000})).status == 200
    clock.advance(minutes=30)
    await api.wait_until_ended(7)
    for kind in ("won", "lost", "settlement"):
        await mine.until(lambda event: event["type"] == kind)
    offered: dict[str, Any] = {"group_id": 7, "goods_id": 146, "amount": 20000, "until": clock.now() + timedelta(days=1), "at": clock.now()}
    news = SaleNews(id="second_offer-1:1", user_id=alice.id, about="second_offer", thing_id=1, number=1, step="open", **offered)
    application.ground.publisher.publish(news)
    await mine.until(lambda event: event["type"] == "second_offer")
    assert (await api.delete("/api/auth/logout", as_user=alice)).status == 200
    await mine.until(lambda event: event["type"] == "token_expired")
    application.live.keeper.drain()
    await stream
    assert await reader.until_closed()

    assert recorder.left == set()
    assert recorder.notices == set(get_args(get_type_hints(Notice)["type"]))


async def test_every_command_close_code_and_reference_is_described(api: Api) -> None:
    description = (await api.get("/asyncapi.json")).json
    assert description["asyncapi"] == "3.0.0"
    commands = {kind.__struct_config__.tag for kind in Command.__args__}
    assert {name for name, one in description["operations"].items() if one["action"] == "receive"} == commands
    assert set(protocol_events()) <= set(EVENTS)
    for language in description["info"]["description"].split("\n\n"):
        assert all(f"`{kind}:" in language for kind in channels.NUMBERED) and all(f"`{kind}`" in language for kind in channels.PERSONAL)
    told = {one["code"] for one in description["channels"]["socket"]["x-close-codes"]}
    assert told == {code for code in codes.COUNTED if code >= 4000}
    for node in nodes(description):
        if "$ref" in node:
            place: Any = description
            for name in node["$ref"].removeprefix("#/").split("/"):
                place = place[name]
        assert not isinstance(node.get("discriminator"), dict)  # as OpenAPI has it
    for schema in description["components"]["schemas"].values():
        jsonschema_rs.validator_for({**schema, "components": description["components"]})
    texts = [one["summary"] for one in (*description["operations"].values(), *description["components"]["messages"].values())]
    assert all(len(text.split("\n\n")) == 2 for text in texts)
