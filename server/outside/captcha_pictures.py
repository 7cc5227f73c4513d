"""Draws captchas."""
from __future__ import annotations

from captcha.image import ImageCaptcha

from server.outside.heavy_work import HeavyWork

WIDTH, HEIGHT = 200, 70  # px; five characters with room to bend


class CaptchaPictures:
    """Implements CaptchaPainter."""

    def __init__(self, work: HeavyWork):
        self._work = work
        self._image = ImageCaptcha(WIDTH, HEIGHT)

    async def draw(self, code: str) -> bytes:
        return await self._work.run(self._draw, code)

    def _draw(self, code: str) -> bytes:
        return self._image.generate(code).getvalue()
