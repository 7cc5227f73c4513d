"""Mounts documents, pages, static files and the websocket on one Tornado application."""
from __future__ import annotations

from functools import cache
from typing import Any

from tornado.routing import Router as TornadoRouter
from tornado.web import Application as TornadoApplication

from handlers import DOCUMENTS
from handlers.bidding.polls import Polls
from handlers.pages import NO_PAGE, PAGES, STATIC, TEMPLATES
from handlers.pictures import ADDRESS, PictureFile
from handlers.static_files import ADDRESSES, StaticFile
from realtime.protocol import MAX_COMMAND_BYTES
from realtime.socket import LiveSocket
from realtime.stream import EventStream
from server.bootstrap import Application
from server.web.assets import Assets
from server.web.bodies import BodyRouter
from server.web.connections import ConnectionRouter
from server.web.direct import FrontRouter
from server.web.endpoint import Endpoint
from server.web.forwarded import ForwardedRouter
from server.web.in_flight import InFlight
from server.web.known import KnownAnswers
from server.web.origins import Origins
from server.web.pages import Page, Site, UnknownPath
from server.web.routing import Router


def make_tornado_application(application: Application, in_flight: InFlight, assets: Assets | None = None) -> TornadoRouter:
    """The HTTP side of a built application; reads the files for browsers where none are given."""
    socket: dict[str, Any] = {
        "services": application.services,
        "hub": application.live.hub,
        "commands": application.live.commands,
        "door": application.live.door,
    }
    origins = Origins(application.config.public_origins)
    stream = {**socket, "wording": application.live.wording, "origins": origins}
    router = _find_routes(tuple(application.config.folders.items()))
    known = KnownAnswers(application.services)
    endpoint = {"router": router, "services": application.services, "in_flight": in_flight, "origins": origins, "known": known}
    assets = assets or Assets(STATIC)
    site = Site(TEMPLATES, assets, NO_PAGE, is_sandbox=application.config.is_sandbox, mall=application.config.mall_domain)
    page = {"site": site, "services": application.services, "in_flight": in_flight}
    endpoints = TornadoApplication(
        [
            (r"/ws", LiveSocket, socket),
            (r"/api/live/stream", EventStream, stream),
            *((route.path, Page, {**page, "page": route}) for route in PAGES),
            *((address, StaticFile, {"assets": assets}) for address in ADDRESSES),
            (ADDRESS, PictureFile, {"pictures": application.services.pictures, "in_flight": in_flight}),
            (UnknownPath(router), Page, page),
            (r".*", Endpoint, endpoint),
        ],
        websocket_max_message_size=MAX_COMMAND_BYTES,
        page_headers=site.headers,
        log_function=application.ground.tallies.note_request,  # the endpoint writes its own line, structured
    )
    showcase, tokens = application.services.auctions.showcase, application.services.accounts.tokens
    polls = Polls(showcase, application.ground.floor, application.clock)
    front = FrontRouter(endpoints, polls.answers(), showcase.coming, tokens, known, in_flight, origins)
    application.metrics.watch(front)
    trusted, bodies = application.config.trusted_proxies, BodyRouter(front, router)
    return ConnectionRouter(ForwardedRouter(bodies, trusted) if trusted else bodies)


@cache
def _find_routes(folders: tuple[tuple[str, tuple[str, ...]], ...]) -> Router:
    """Made once in a process: more than a thousand routes, the same for every application."""
    return Router(DOCUMENTS, dict(folders))
