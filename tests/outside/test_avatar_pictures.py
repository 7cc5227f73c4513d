"""Tests of server/outside/avatar_pictures.py: only pixels survive."""
from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from server.domain.accounts.avatars import NotAPicture
from server.outside.avatar_pictures import SIDE, AvatarPictures
from server.outside.heavy_work import HeavyWork

SCRIPT = b"<script>alert(1)</script>"


async def redraw(content: bytes) -> Image.Image:
    work = HeavyWork()
    try:
        made = await AvatarPictures(work).redraw(content)
    finally:
        work.close()
    assert SCRIPT not in made and b"secret" not in made
    opened = Image.open(io.BytesIO(made))
    opened.load()
    assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (SIDE, SIDE))
    return opened


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (300, 200), colour: object = "red", **about: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, kind, **about)  # type: ignore[arg-type]
    return made.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds next to nothing."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    about = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", about) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG"),
        picture("PNG"),
        picture("WEBP"),
        picture("GIF"),
        picture("PNG", "L", colour=128),
        picture("PNG", "P", colour=1),
        picture("PNG", "I;16", colour=9),
        picture("JPEG", "CMYK", colour=(0, 0, 0, 0)),
        picture("PNG", size=(1, 1)),
        picture("PNG", size=(5000, 1)),
        picture("JPEG", size=(4000, 3000)),
    ],
)
async def test_pictures_of_every_kind_taken_become_one_kind(content):
    await redraw(content)


async def test_what_is_transparent_becomes_white_and_colours_stay():
    assert (await redraw(picture("PNG", "RGBA", colour=(255, 0, 0, 0)))).getpixel((9, 9)) == (255, 255, 255)
    red, green, blue = (await redraw(picture("PNG", colour=(200, 10, 10)))).getpixel((9, 9))  # type: ignore[misc]
    assert red > 190 and green < 20 and blue < 20


async def test_what_rides_along_with_the_pixels_is_gone():
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode() + "secret"
    made = await redraw(picture("JPEG", exif=exif, comment=b"secret") + SCRIPT)
    assert not made.getexif()
    assert "comment" not in made.info


async def test_a_photo_taken_sideways_is_put_upright():
    photo = Image.new("RGB", (100, 100), "white")
    photo.paste("black", (0, 0, 50, 100))  # dark on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    made = io.BytesIO()
    photo.save(made, "JPEG", exif=exif)
    upright = await redraw(made.getvalue())
    top, bottom = (upright.convert("L").getpixel((SIDE // 2, y)) for y in (20, SIDE - 20))
    assert top < 60 and bottom > 200  # type: ignore[operator]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
        b"GIF89a" + SCRIPT,
        b"\x89PNG\r\n\x1a\n" + SCRIPT,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        picture("BMP"),
        picture("TIFF"),
        picture("JPEG")[:300],
        picture("PNG")[:-40],
        png_header(100_000, 100_000),
        png_header(5000, 5000),
        png_header(2**31 - 1, 2**31 - 1),
        png_header(64, 64),
    ],
)
async def test_what_is_no_picture_is_refused_however_it_calls_itself(content):
    with pytest.raises(NotAPicture):
        await redraw(content)
