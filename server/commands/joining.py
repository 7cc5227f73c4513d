"""Work of a command on everything that a server consists of, beside a running one or without."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.bootstrap import Application
from server.config import Config
from server.process.embedded import EmbeddedServices

T = TypeVar("T")


def run_on_application(config: Config, work: Callable[[Application], Awaitable[T]]) -> T:
    """The application is built, not started; when this returns, running servers have its news. Raises what `work` does, and Unavailable."""
    embedded = EmbeddedServices(config)
    try:
        return asyncio.run(_run(embedded.start_or_join().with_secret(), work))
    finally:
        embedded.stop()


async def _run(config: Config, work: Callable[[Application], Awaitable[T]]) -> T:
    application = Application(config)
    try:
        await application.mongo.create_indexes()
        return await work(application)
    finally:
        await application.stop()
