"""What stand-ins have in common: a port of their own, and a weather that a test changes."""
from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

Sky = TypeVar("Sky")


class StandIn(Generic[Sky]):
    """A server of somebody else's; `fair` is the weather in which it does all it should."""

    def __init__(self, fair: Sky):
        self._fair = self._weather = fair
        self._weather_changed = asyncio.Event()
        self._server: HTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int = 0) -> None:
        """Listens; again on the same port after `stop`."""
        sockets = bind_sockets(port or self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server = HTTPServer(self._application())
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Refuses connections from now on."""
        assert self._server is not None
        self.change_weather(self._fair)
        self._server.stop()
        await self._server.close_all_connections()

    def change_weather(self, weather: Sky) -> None:
        self._weather = weather
        self._weather_changed.set()
        self._weather_changed = asyncio.Event()

    def _application(self) -> Application:
        raise NotImplementedError  # abstract: each has paths of its own
