"""A second process beside the application of the test, and listeners."""
from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from tests.api import Api, serving
from tests.clock import HandClock
from tests.realtime.listening import Listener


@pytest.fixture
def other(io_loop: IOLoop, application: Application, config: Config, clock: HandClock) -> Iterator[Api]:
    """Another process on the same database and Redis."""
    with serving(io_loop, config, clock) as asking:
        yield asking


@pytest.fixture
def listen(io_loop: IOLoop, api: Api) -> Iterator[Callable[..., Awaitable[Listener]]]:
    """Opens a socket, to the application unless told where; closed at the end."""
    listeners: list[Listener] = []

    async def open_listener(to: Api | None = None, **options: Any) -> Listener:
        listener = await Listener.open((to or api).url, **options)
        listeners.append(listener)
        return listener

    yield open_listener
    for listener in listeners:
        io_loop.run_sync(listener.close)
