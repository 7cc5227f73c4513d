"""Pictures that a telephone scans: of any text, and the mini-program's own, which open it at a page."""
from __future__ import annotations

import logging
from typing import Protocol
from urllib.parse import urlencode

from msgspec import Struct

from server.domain.errors import Conflict, InvalidInput
from server.domain.pictures import Picture, PictureService

log = logging.getLogger(__name__)

MOST_BYTES = 2331  # what the largest QR code holds of a text, when a seventh of it may be spoilt
USUAL_WIDTH, LEAST_WIDTH, MOST_WIDTH = 430, 280, 1280  # px
MOST_SCENE_CHARACTERS = 32


class PageNotPublished(Conflict):
    """WeChat knows no such page of the mini-program that everybody has."""


class MiniProgramCode(Struct, frozen=True, kw_only=True):
    """What a mini-program's code opens: `page` is told `scene`. `line_color`: r, g and b; None: black.

    `version` is that of the mini-program, `release` if it is empty.
    """

    scene: str
    page: str = ""
    width: int = USUAL_WIDTH
    is_transparent: bool = False
    is_colored: bool = False
    line_color: tuple[int, int, int] | None = None
    version: str = ""
    is_page_checked: bool | None = None


class QrPainter(Protocol):
    """Draws QR codes."""

    async def draw(self, content: str, width: int) -> bytes:
        """A PNG of no more than that width, unless its points would be smaller than a pixel. Raises Unavailable when too many wait."""


class MiniProgramPainter(Protocol):
    """Draws codes that open the mini-program."""

    async def draw(self, wanted: MiniProgramCode) -> bytes:
        """Raises PageNotPublished, InvalidInput, TooMany and Unavailable."""


class SandboxMiniProgramCodes:
    """Implements MiniProgramPainter without WeChat: a QR code of the page with its scene, which opens nothing."""

    def __init__(self, painter: QrPainter):
        self._painter = painter
        log.warning("mini-program code sandbox: without WECHAT_APPID its codes are QR codes of page and scene, which open nothing")

    async def draw(self, wanted: MiniProgramCode) -> bytes:
        return await self._painter.draw(f"{wanted.page}?{urlencode({'scene': wanted.scene})}", wanted.width)


class QrCodeService:
    """Draws codes and keeps them as pictures; the same code is one picture."""

    def __init__(self, painter: QrPainter, mini_program: MiniProgramPainter, pictures: PictureService):
        self._painter = painter
        self._mini_program = mini_program
        self._pictures = pictures

    async def draw_text(self, content: str, width: int = USUAL_WIDTH) -> Picture:
        """Raises InvalidInput and Unavailable."""
        if len(content.encode()) > MOST_BYTES:
            raise InvalidInput({"content": [f"too_long:{MOST_BYTES}"]})
        return await self._pictures.add_picture(await self._painter.draw(content, width))

    async def draw_mini_program(self, wanted: MiniProgramCode) -> Picture:
        """Raises PageNotPublished, InvalidInput, TooMany and Unavailable."""
        return await self._pictures.add_picture(await self._mini_program.draw(wanted))
