"""Makes avatars anew from whatever was uploaded."""
from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from server.domain.accounts.avatars import NotAPicture
from server.outside.heavy_work import HeavyWork

KINDS = ("JPEG", "PNG", "WEBP", "GIF")  # by content; nothing that can hold a script or read a file
MOST_PIXELS = 24_000_000  # a telephone's photo; more would take hundreds of megabytes to open
SIDE = 256
QUALITY = 85


class AvatarPictures:
    """Implements AvatarPainter."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def redraw(self, content: bytes) -> bytes:
        return await self._work.run(_redraw, content)


def _redraw(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as opened:
            # Read from the header, before a pixel is unpacked.
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPicture()
            opened.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(opened)
            square = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise NotAPicture() from error
    paper = Image.new("RGB", (SIDE, SIDE), "white")
    paper.paste(square, mask=square.getchannel("A"))
    made = io.BytesIO()
    paper.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()
