"""How the areas are started together."""
from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import Any

import pytest

from server.bootstrap import Application
from server.config import BadConfig, Config
from server.domain.errors import Unavailable
from tests.clock import HandClock


def running() -> Counter[str]:
    """What runs beside the requests, by the name of its task and of its function."""
    tasks = asyncio.all_tasks()
    return Counter([*(task.get_name() for task in tasks), *(getattr(task.get_coro(), "__qualname__", "") for task in tasks)])


async def test_a_start_that_is_tried_again_begins_nothing_twice(
    config: Config, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = Application(config, clock)

    async def be_away(*_: Any) -> None:
        raise Unavailable("database")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(application.stores.accounts.endings, "find_newest", be_away)
            with pytest.raises(Unavailable):
                await application.start()
    await application.start()
    try:
        began = running()
        names = ("Looks._run", "Keeper._run", "looking for ended sessions", "erasing", "sweeping")
        assert [began[name] for name in names] == [1] * len(names)
    finally:
        await application.drain()
        await application.stop()


async def test_production_starts_on_a_replica_set_alone(config: Config, clock: HandClock) -> None:
    wechat = dataclasses.replace(config, wechat_appid="wx0123456789abcdef", wechat_secret="secret")
    application = Application(dataclasses.replace(wechat, env="production", takes_payments=False), clock)
    before = running()
    with pytest.raises(BadConfig, match="replica set"):
        await application.start()
    assert running() == before
    await application.stop()
