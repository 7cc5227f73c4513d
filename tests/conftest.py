"""Fixtures that every test may use."""
from __future__ import annotations

import asyncio
import gc
import inspect
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import psutil
import pytest
import uvloop
from hypothesis import settings
from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain import rounds
from server.storage import mongo as storage
from server.storage.mongo import Mongo
from tests.api import PATIENCE_SECONDS, Api
from tests.clock import HandClock
from tests.services import TestServices, has_indexes, remove_all

# No test asserts a time; a busy machine takes long for what is quick elsewhere.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
# So the database is waited for as long as a test waits for anything, but where its absence is tried (`servers_patience`).
SERVERS_PATIENCE_MS = storage.OPERATION_TIMEOUT_MS
storage.OPERATION_TIMEOUT_MS = PATIENCE_SECONDS * 1000

# What tests write lies in memory where there is plenty: every write is synced before it is acknowledged, and a disk that is busy with
# something else may take longer for one than anything is waited for.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 3 << 30
if "TMPDIR" not in os.environ and MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) > ROOM_BYTES:
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

TESTS = Path(__file__).parent
# Side by side a file is one process's work. Those that take long begin first, so that none is left alone at the end; and by turns of their
# kinds, so that there are not as many browsers at once as there are processes.
LONGEST = (("browser/",), ("processes/", "test_deploy.py"), ("commands/", "demo/"), ("test_openapi.py", "handlers/ops/", "handlers/mall/"))

gc.set_threshold(20_000)  # objects that may have become garbage; Python's own 700 are for smaller programs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coroutine tests run on the IOLoop, by pytest-tornado; the longest files come first."""
    for item in items:
        is_coroutine = isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)
        if is_coroutine and item.get_closest_marker("gen_test") is None:  # a file's own says how long its tests may take
            item.add_marker(pytest.mark.gen_test)
    items[:] = _by_turns(items)


def _by_turns(items: list[pytest.Item]) -> list[pytest.Item]:
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    kinds: list[list[Path]] = [[] for _ in (*LONGEST, "others")]
    for file in files:
        name = file.relative_to(TESTS).as_posix()
        kinds[next((number for number, starts in enumerate(LONGEST) if name.startswith(starts)), len(LONGEST))].append(file)
    turns = [file for row in zip_longest(*kinds[:-1]) for file in row if file is not None]
    return [item for file in (*turns, *kinds[-1]) for item in files[file]]


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: looking through it for garbage is a tenth of what most tests cost."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """The databases of servers, and what waits in Redis."""
    remove_all()


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """pytest-tornado's own, without the calls that Tornado has deprecated since; on the loop that the server runs on."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    io_loop = IOLoop(asyncio_loop=loop, make_current=False)
    yield io_loop
    io_loop.run_sync(loop.shutdown_default_executor)
    io_loop.close(all_fds=True)
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def services() -> Iterator[TestServices]:
    """The services of this run."""
    running = TestServices()
    yield running
    running.stop()


@pytest.fixture
def config(services: TestServices) -> Iterator[Config]:
    """Settings with an empty database."""
    fresh = services.config()
    yield fresh
    services.remove(fresh)


@pytest.fixture
def mongo(io_loop: IOLoop, config: Config) -> Iterator[AsyncIOMotorDatabase]:
    """An empty database with its indexes."""
    assert config.mongodb_url is not None
    opened = Mongo(config.mongodb_url, config.mongodb_database)
    if not has_indexes(config):
        io_loop.run_sync(opened.create_indexes)
    yield opened.database
    opened.close()


@pytest.fixture
def servers_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is waited for as long as a server does; for what is opened after this."""
    monkeypatch.setattr(storage, "OPERATION_TIMEOUT_MS", SERVERS_PATIENCE_MS)


@pytest.fixture
def clock() -> HandClock:
    """What the application of this test takes for the time."""
    return HandClock()


@pytest.fixture
def application(
    io_loop: IOLoop, config: Config, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    """The whole server on an empty database, started and in touch with Redis. Its rounds come after their pause, not at any moment."""
    monkeypatch.setattr(rounds, "first_pause", lambda pause_seconds: pause_seconds)
    built = Application(config, clock)

    async def start() -> None:
        await built.start(makes_indexes=not has_indexes(config))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not built.ground.broker.is_connected:
                await asyncio.sleep(0.001)

    io_loop.run_sync(start)
    yield built
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)


@pytest.fixture
def api(io_loop: IOLoop, application: Application) -> Iterator[Api]:
    """The application on a port, asked over HTTP."""
    asking = Api(application)
    yield asking
    io_loop.run_sync(asking.close)
