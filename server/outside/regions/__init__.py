"""The national list of regions as it was published; README.md says by whom, when, and under which licence."""
from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

from server.domain.regions import Regions
from server.outside.heavy_work import HeavyWork

LIST = Path(__file__).parent / "national.txt.xz"


class NationalRegions:
    """Reads the list, which takes a moment of a processor."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def read(self) -> Regions:
        """Raises Unavailable when too many wait."""
        return await self._work.run(_unpack)


@cache  # the same for all who read it in one process
def _unpack() -> Regions:
    return Regions(lzma.decompress(LIST.read_bytes()).decode())
