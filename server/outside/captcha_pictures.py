"""Draws captchas."""
from __future__ import annotations

from captcha.image import ImageCaptcha, random_color

from server.outside.heavy_work import HeavyWork

WIDTH, HEIGHT = 200, 70  # px; five characters with room to bend
INK = (70, 150)  # of each colour: darker is drawn thinner by the library, lighter is lost on its paper


class CaptchaPictures:
    """Implements CaptchaPainter."""

    def __init__(self, work: HeavyWork):
        self._work = work
        self._image = _Legible(WIDTH, HEIGHT)

    async def draw(self, code: str) -> bytes:
        return await self._work.run(self._draw, code)

    def _draw(self, code: str) -> bytes:
        return self._image.generate(code, fg_color=random_color(*INK)).getvalue()


class _Legible(ImageCaptcha):
    """Bent, but not one character over the next: a wrong answer costs people a new picture."""

    word_offset_dx = 0.08
    character_rotate = (-24, 24)
