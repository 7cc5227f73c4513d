"""Sheets that were sent over HTTP, read beside the event loop."""
from __future__ import annotations

from pathlib import Path

from server.domain.auctions.imports import Row
from server.domain.errors import InvalidInput
from server.outside.heavy_work import HeavyWork
from server.outside.sheets import SheetNotReadable, read_content

ARCHIVE = b"PK\x03\x04"  # how an .xlsx begins
MOST_NAME_CHARACTERS = 200


class UploadedSheets:
    """Implements Sheets. A file without a name is what its content says."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def read_rows(self, content: bytes, name: str) -> list[Row]:
        path = Path(name[-MOST_NAME_CHARACTERS:] or ("sheet.xlsx" if content.startswith(ARCHIVE) else "sheet.csv"))
        try:
            return (await self._work.run(read_content, content, path)).rows
        except SheetNotReadable as error:
            raise InvalidInput({"file": [f"no_sheet:{error}"]}) from None
