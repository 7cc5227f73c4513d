"""Makes pictures anew from whatever was uploaded, and never lets a byte of that through but its pixels."""
from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from server.domain.pictures import NotAPicture, PictureKind, Remade, Rendition, TooManyPixels
from server.outside.heavy_work import HeavyWork

KINDS = ("JPEG", "PNG", "WEBP", "GIF")  # by content; nothing that can hold a script or read a file
MOST_PIXELS = 36_000_000  # a note's scan at 1200 dpi has 27 million; more would take hundreds of megabytes to open
AVATAR_SIDE = 256
FULL_SIDE = 1600  # of the longer side: fills a desktop's window, and a telephone's screen three times enlarged
SMALL_SIDE = 480  # a card's width on a telephone, at its own pixels
QUALITY = 85


class PicturePress:
    """Implements PicturePainter and AvatarPainter."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def remake(self, content: bytes) -> Remade:
        return await self._work.run(_remake, content)

    async def redraw(self, content: bytes) -> bytes:
        return await self._work.run(_redraw, content)


def _redraw(content: bytes) -> bytes:
    with _opened(content, AVATAR_SIDE * 2) as opened:
        square = ImageOps.fit(_upright(opened), (AVATAR_SIDE, AVATAR_SIDE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square.getchannel("A") if square.mode == "RGBA" else None)
    return _written(paper, PictureKind.JPEG)


def _remake(content: bytes) -> Remade:
    with _opened(content, FULL_SIDE) as opened:
        profile = opened.info.get("icc_profile") if opened.mode == "RGB" else None
        full = _upright(opened)
        full.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS)
    if profile:
        _bring_to_srgb(full, profile)
    if full.mode == "RGBA" and full.getchannel("A").getextrema() == (255, 255):
        full = full.convert("RGB")
    kind = PictureKind.WEBP if full.mode == "RGBA" else PictureKind.JPEG
    small = full.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return Remade(kind=kind, full=_rendition(full, kind), small=_rendition(small, kind))


@contextlib.contextmanager
def _opened(content: bytes, side: int) -> Iterator[Image.Image]:
    """Of about that side at least, where the kind can be read smaller than it is. Raises NotAPicture, also for what the body meets."""
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as opened:
            # Read from the header, before a pixel is unpacked.
            if opened.width * opened.height > MOST_PIXELS:
                raise TooManyPixels(MOST_PIXELS)
            opened.draft("RGB", (side, side))
            yield opened
    except (Image.DecompressionBombError, MemoryError) as error:
        raise TooManyPixels(MOST_PIXELS) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAPicture() from error


def _upright(opened: Image.Image) -> Image.Image:
    """As it was meant to be seen, with or without transparency, and with nothing but its pixels."""
    upright = ImageOps.exif_transpose(opened)
    made = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    made.info.clear()
    return made


def _bring_to_srgb(picture: Image.Image, profile: bytes) -> None:
    """A telephone's photo has colours of its own, and the profile that tells them is not kept. A profile nobody can read tells nothing."""
    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB"), inPlace=True)


def _rendition(picture: Image.Image, kind: PictureKind) -> Rendition:
    return Rendition(content=_written(picture, kind), width=picture.width, height=picture.height)


def _written(picture: Image.Image, kind: PictureKind) -> bytes:
    made = io.BytesIO()
    if kind is PictureKind.JPEG:
        picture.save(made, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    else:
        picture.save(made, "WEBP", quality=QUALITY, method=4)
    return made.getvalue()
