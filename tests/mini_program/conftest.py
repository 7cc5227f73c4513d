"""The SDK for the server of a test."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from tests.api import Api
from tests.mini_program.sdk import Sdk


@pytest.fixture
def sdk(io_loop: IOLoop, api: Api) -> Iterator[Sdk]:
    started = io_loop.run_sync(lambda: Sdk.start(api.url))
    yield started
    io_loop.run_sync(started.stop)
