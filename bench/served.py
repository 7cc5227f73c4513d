"""A server as `run.py serve` starts it, with a running group, for as long as something is measured."""
from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.processes.server import ServerProcess

GROUP = 7
CHANNEL = f"group:{GROUP}"
FIRST_GOODS = 145
LOTS = 34  # as in the document's own group
GOODS = range(FIRST_GOODS, FIRST_GOODS + LOTS)


@asynccontextmanager
async def served(*, workers: int, lots: int = LOTS, **settings: Any) -> AsyncIterator[ServerProcess]:
    """In a folder of its own, with group 7 and its lots, `GOODS` unless told how many; nobody has bid."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=workers, settings=settings, is_embedded=True)
        server.launch()
        try:
            await server.wait_until_ready()
            await server.open_group(lots=lots)
            yield server
        finally:
            server.stop()
