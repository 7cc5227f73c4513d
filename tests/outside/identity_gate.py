"""A stand-in for the operator's gateway that knows whose an identity number is."""
from __future__ import annotations

import json
from enum import Enum

from tornado.web import Application, RequestHandler

from tests.outside.stand_in import StandIn

SECRET = "a-secret-of-gateways"


class Weather(str, Enum):
    """How the gateway is today."""

    FAIR = "fair"
    BROKEN = "broken"  # status 502, a page of HTML
    ODD = "odd"  # answers something else than was agreed


class IdentityGateStandIn(StandIn[Weather]):
    """The gateway on a port of its own, with the people that it knows: number → name."""

    def __init__(self) -> None:
        super().__init__(Weather.FAIR)
        self.people: dict[str, str] = {}
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/identities"

    @property
    def weather(self) -> Weather:
        return self._weather

    def _application(self) -> Application:
        return Application([(r"/identities", Identities, {"gate": self})], log_function=lambda handler: None)


class Identities(RequestHandler):
    """Whether name and number belong together."""

    def initialize(self, gate: IdentityGateStandIn) -> None:
        self.gate = gate

    def post(self) -> None:
        self.gate.asked += 1
        if self.gate.weather is Weather.BROKEN:
            self.set_status(502)
            self.write("<html><body>Bad Gateway</body></html>")
        elif self.request.headers.get("Authorization") != f"Bearer {SECRET}":
            self.set_status(403)
        elif self.gate.weather is Weather.ODD:
            self.write({"ok": 1})
        else:
            told = json.loads(self.request.body)
            self.write({"matches": self.gate.people.get(told["number"]) == told["name"]})
