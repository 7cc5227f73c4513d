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
from server.web.connections import ConnectionRouter
from server.web.direct import FrontRouter
from server.web.endpoint import Endpoint
from server.web.forwarded import ForwardedRouter
from server.web.in_flight import InFlight
from server.web.origins import Origins
from server.web.routing import Router


def make_tornado_application(application: Application, in_flight: InFlight) -> TornadoRouter:
    """The HTTP side of a built application."""
    socket: dict[str, Any] = {
        "services": application.services,
        "hub": application.live.hub,
        "commands": application.live.commands,
        "addresses": {},
    }
    origins = Origins(application.config.public_origins)
    stream = {**socket, "wording": application.live.wording, "origins": origins}
    endpoint = {"router": Router(DOCUMENTS), "services": application.services, "in_flight": in_flight, "origins": origins}
    pages = [(path, Page, {"file": file, "is_sandbox": application.config.is_sandbox}) for path, file in PAGES.items()]
    endpoints = TornadoApplication(
        [
            (r"/ws", LiveSocket, socket),
            (r"/api/live/stream", EventStream, stream),
            *pages,
            (r"/static/(.*)", StaticFile, {"path": str(STATIC)}),
            (r"/favicon\.ico()", StaticFile, {"path": str(STATIC / "favicon.svg")}),
            (r".*", Endpoint, endpoint),
        ],
        websocket_max_message_size=MAX_COMMAND_BYTES,
        log_function=application.ground.tallies.note_request,  # the endpoint writes its own line, structured
    )
    front = FrontRouter(endpoints, {prices.PATH: prices.PriceAnswer(application.ground.floor)}, in_flight, origins)
    application.metrics.watch(front)
    trusted = application.config.trusted_proxies
    return ConnectionRouter(ForwardedRouter(front, trusted) if trusted else front)
