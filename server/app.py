"""Mounts documents, pages, static files and the websocket on one Tornado application."""
from __future__ import annotations

from typing import Any

from tornado.routing import Router as TornadoRouter
from tornado.web import Application as TornadoApplication

from handlers import DOCUMENTS
from handlers.bidding import prices
from handlers.pages import PAGES, STATIC, Page, StaticFile
from realtime.protocol import MAX_COMMAND_BYTES
from realtime.socket import LiveSocket
from realtime.stream import EventStream
from server.bootstrap import Application
from server.web.direct import FrontRouter
from server.web.endpoint import Endpoint
from server.web.forwarded import ForwardedRouter
from server.web.in_flight import InFlight
from server.web.routing import Router


def make_tornado_application(application: Application, in_flight: InFlight) -> TornadoRouter:
    """The HTTP side of a built application."""
    socket: dict[str, Any] = {
        "services": application.services,
        "hub": application.live.hub,
        "commands": application.live.commands,
        "addresses": {},
    }
    stream = {**socket, "wording": application.live.wording}
    pages = [(path, Page, {"file": file, "is_sandbox": application.config.is_sandbox}) for path, file in PAGES.items()]
    endpoints = TornadoApplication(
        [
            (r"/ws", LiveSocket, socket),
            (r"/api/live/stream", EventStream, stream),
            *pages,
            (r"/static/(.*)", StaticFile, {"path": str(STATIC)}),
            (r"/favicon\.ico()", StaticFile, {"path": str(STATIC / "favicon.svg")}),
            (r".*", Endpoint, {"router": Router(DOCUMENTS), "services": application.services, "in_flight": in_flight}),
        ],
        websocket_max_message_size=MAX_COMMAND_BYTES,
        log_function=application.ground.tallies.note_request,  # the endpoint writes its own line, structured
    )
    front = FrontRouter(endpoints, {prices.PATH: prices.PriceAnswer(application.ground.floor)}, in_flight)
    application.metrics.watch(front)
    trusted = application.config.trusted_proxies
    return ForwardedRouter(front, trusted) if trusted else front
