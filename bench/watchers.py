"""The watchers' process, as a measurement sees it."""
from __future__ import annotations

import asyncio
import sys

import msgspec

from bench.sink import Order, Report, State

REPORT_BYTES = 2**26  # the longest line there is


class Watchers:
    """So many listeners of one channel (bench/sink.py)."""

    def __init__(self, process: asyncio.subprocess.Process, count: int):
        self._process = process
        self.count = count

    @classmethod
    async def start(
        cls,
        port: int,
        count: int,
        channel: str,
        *,
        cursor: str | None = None,
        records: bool = False,
        comes_back: bool = False,
        stalls: bool = False,
    ) -> Watchers:
        """Returns when all listen.

        `cursor`: from there on;
        `records`: reports tell who held what when; `comes_back`: after being sent away; `stalls`: from then on they read nothing.
        """
        command = [sys.executable, "-m", "bench.sink", "127.0.0.1", str(port), str(count), channel]
        command += ["--cursor", cursor] if cursor is not None else []
        command += ["--records"] * records + ["--comes-back"] * comes_back + ["--stalls"] * stalls
        pipe = asyncio.subprocess.PIPE
        watchers = cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=REPORT_BYTES), count)
        await watchers._report()
        return watchers

    async def until_sent(self, more_bytes: int) -> None:
        """Until they together have taken so many more bytes."""
        await self._obey(Order(more_bytes=more_bytes))

    async def until_held(self, states: dict[int, State]) -> Report:
        """Until each holds exactly these states, by goods_id; at once if there are none."""
        return await self._obey(Order(held=states))

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _obey(self, order: Order) -> Report:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        return await self._report()

    async def _report(self) -> Report:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise SystemExit("the watchers' process ended")
        return msgspec.json.decode(line, type=Report)
