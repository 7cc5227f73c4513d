"""A stand-in for the operator's gateway that sends codes: it keeps what it was asked to send, and has its bad days.

`python -m tests.outside.code_gateway --port N` runs it by itself: GET /stand-in/sent lists what was sent, the last one first;
PUT /stand-in/weather {weather} sets one of fair, refusing, broken, slow.
"""
from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

import msgspec
from msgspec import Struct
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

from tests.outside.stand_in import StandIn

SECRET = "a-secret-of-gateways"


class Weather(str, Enum):
    """How the gateway is today."""

    FAIR = "fair"
    REFUSING = "refusing"  # status 403, as for a wrong secret
    BROKEN = "broken"  # status 502, a page of HTML
    SLOW = "slow"  # answers when the weather changes


class Sending(Struct, frozen=True):
    """A code that it was asked to send."""

    channel: str
    target: str
    code: str
    minutes: int


class CodeGatewayStandIn(StandIn[Weather]):
    """The gateway on a port of its own."""

    def __init__(self, secret: str = SECRET):
        super().__init__(Weather.FAIR)
        self.secret = secret
        self.sent: list[Sending] = []  # the last one is the newest
        self.asked = 0  # with those that were refused

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/codes"

    def _application(self) -> Application:
        handlers = [
            (r"/codes", Codes, {"gateway": self}),
            (r"/stand-in/sent", Sent, {"gateway": self}),
            (r"/stand-in/weather", WeatherStation, {"gateway": self}),
        ]
        return Application(handlers, log_function=lambda handler: None)

    def last_code(self, target: str) -> str:
        """What was sent there at last."""
        return next(one.code for one in reversed(self.sent) if one.target == target)

    async def answer(self, authorization: str, body: bytes) -> int:
        """The status."""
        self.asked += 1
        while self._weather is Weather.SLOW:
            await self._weather_changed.wait()
        if self._weather is Weather.BROKEN:
            return 502
        if self._weather is Weather.REFUSING or authorization != f"Bearer {self.secret}":
            return 403
        self.sent.append(msgspec.json.decode(body, type=Sending))
        return 202


class StandInHandler(RequestHandler):
    """Knows its stand-in."""

    def initialize(self, gateway: CodeGatewayStandIn) -> None:
        self.gateway = gateway


class Codes(StandInHandler):
    """Sends a code."""

    async def post(self) -> None:
        status = await self.gateway.answer(self.request.headers.get("Authorization", ""), self.request.body)
        self.set_status(status)
        self.write("<html><body>Bad Gateway</body></html>" if status == 502 else {})


class Sent(StandInHandler):
    """What was sent."""

    def get(self) -> None:
        self.write(json.dumps([msgspec.to_builtins(one) for one in reversed(self.gateway.sent)]))


class WeatherStation(StandInHandler):
    """Changes the weather."""

    class Wanted(Struct):
        weather: Weather

    def put(self) -> None:
        self.gateway.change_weather(msgspec.json.decode(self.request.body, type=self.Wanted).weather)
        self.set_status(204)


@contextmanager
def standing_in(io_loop: IOLoop) -> Iterator[CodeGatewayStandIn]:
    """On that loop, for as long as it is needed."""
    gateway = CodeGatewayStandIn()

    async def start() -> None:
        gateway.start()

    io_loop.run_sync(start)
    yield gateway
    io_loop.run_sync(gateway.stop)


async def serve(port: int, secret: str) -> None:
    """Runs until it is interrupted."""
    gateway = CodeGatewayStandIn(secret)
    gateway.start(port)
    print(f"MALL_CODES_URL={gateway.url} MALL_CODES_SECRET={secret}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A stand-in for the gateway that sends codes")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", default=SECRET)
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.port, arguments.secret))
    except KeyboardInterrupt:
        pass
