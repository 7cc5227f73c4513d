"""Draws QR codes."""
from __future__ import annotations

import io

import segno

from server.outside.heavy_work import HeavyWork

QUIET = 4  # points around a code that stay white


class QrPictures:
    """Implements QrPainter."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def draw(self, content: str, width: int) -> bytes:
        return await self._work.run(_draw, content, width)


def _draw(content: str, width: int) -> bytes:
    # UTF-8 whatever the text: some readers know no other encoding of Chinese.
    code = segno.make(content, error="m", encoding="utf-8", micro=False)
    points, _ = code.symbol_size(border=QUIET)
    made = io.BytesIO()
    code.save(made, kind="png", scale=max(1, width // points), border=QUIET)
    return made.getvalue()
