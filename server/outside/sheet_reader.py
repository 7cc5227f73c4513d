"""Sheets that come over the network: read off the event loop."""
from __future__ import annotations

from pathlib import PurePath

from server.domain.auctions.import_jobs import SheetUnreadable
from server.domain.auctions.imports import Row
from server.outside.heavy_work import HeavyWork
from server.outside.sheets import SheetNotReadable, read_content


class SheetReader:
    """Reads what `read_sheet` reads, of its bytes."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def read(self, content: bytes, name: str) -> list[Row]:
        """Raises SheetUnreadable, and Unavailable when too many wait."""
        try:
            return (await self._work.run(read_content, content, PurePath(name))).rows
        except SheetNotReadable as error:
            raise SheetUnreadable(str(error)) from None
