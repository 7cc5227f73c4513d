"""Tests of server/outside/pictures.py: only pixels survive."""
from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from server.domain.pictures import NotAPicture, PictureKind, Remade, TooManyPixels
from server.outside.heavy_work import HeavyWork
from server.outside.pictures import AVATAR_SIDE, FULL_SIDE, MOST_PIXELS, SMALL_SIDE, PicturePress

SCRIPT = b"<script>alert(1)</script>"


async def redraw(content: bytes) -> Image.Image:
    work = HeavyWork()
    try:
        made = await PicturePress(work).redraw(content)
    finally:
        work.close()
    assert SCRIPT not in made and b"secret" not in made
    opened = Image.open(io.BytesIO(made))
    opened.load()
    assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (AVATAR_SIDE, AVATAR_SIDE))
    return opened


async def remake(content: bytes) -> tuple[Remade, Image.Image, Image.Image]:
    """With both sizes opened."""
    work = HeavyWork()
    try:
        made = await PicturePress(work).remake(content)
    finally:
        work.close()
    opened = []
    for rendition in (made.full, made.small):
        assert SCRIPT not in rendition.content and b"secret" not in rendition.content
        opened.append(Image.open(io.BytesIO(rendition.content)))
        opened[-1].load()
        assert opened[-1].size == (rendition.width, rendition.height)
        assert opened[-1].format == ("JPEG" if made.kind is PictureKind.JPEG else "WEBP")
        assert not opened[-1].getexif() and "icc_profile" not in opened[-1].info
    return made, opened[0], opened[1]


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


def sideways() -> bytes:
    """Dark on the left of a photo that is to be turned a quarter to the right."""
    photo = Image.new("RGB", (1000, 600), "white")
    photo.paste("black", (0, 0, 500, 600))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = io.BytesIO()
    photo.save(made, "JPEG", exif=exif)
    return made.getvalue()


TAKEN = [
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
]


@pytest.mark.parametrize("content", TAKEN)
async def test_pictures_of_every_kind_taken_become_one_kind(content):
    await redraw(content)


@pytest.mark.parametrize("content", TAKEN)
async def test_every_picture_gets_two_sizes_of_its_own_shape(content):
    made, full, small = await remake(content)
    with Image.open(io.BytesIO(content)) as given:
        shape = given.size
    assert made.kind is PictureKind.JPEG
    for remade, side in ((full, FULL_SIDE), (small, SMALL_SIDE)):
        scale = min(1, side / max(shape))
        assert remade.size == tuple(max(1, round(length * scale)) for length in shape)


async def test_what_is_transparent_becomes_white_and_colours_stay():
    assert (await redraw(picture("PNG", "RGBA", colour=(255, 0, 0, 0)))).getpixel((9, 9)) == (255, 255, 255)
    red, green, blue = (await redraw(picture("PNG", colour=(200, 10, 10)))).getpixel((9, 9))  # type: ignore[misc]
    assert red > 190 and green < 20 and blue < 20


async def test_what_can_be_seen_through_stays_so_and_only_that_is_webp():
    made, full, small = await remake(picture("PNG", "RGBA", colour=(255, 0, 0, 90)))
    assert made.kind is PictureKind.WEBP
    assert [abs(one.getpixel((9, 9))[3] - 90) <= 2 for one in (full, small)] == [True, True]  # type: ignore[index]
    assert (await remake(picture("PNG", "RGBA", colour=(255, 0, 0, 255))))[0].kind is PictureKind.JPEG


async def test_colours_of_another_space_become_those_of_the_web():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    _, full, _ = await remake(picture("PNG", colour=(200, 10, 10), icc_profile=swapped))
    red, green, blue = full.getpixel((9, 9))  # type: ignore[misc]
    assert red < 20 and green < 20 and blue > 190
    for profile in (None, srgb, SCRIPT):
        assert (await remake(picture("PNG", colour=(200, 10, 10), icc_profile=profile)))[1].getpixel((9, 9)) == (200, 10, 10)


async def test_what_rides_along_with_the_pixels_is_gone():
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode() + "secret"
    content = picture("JPEG", exif=exif, comment=b"secret") + SCRIPT
    for made in (await redraw(content), *(await remake(content))[1:]):
        assert not made.getexif()
        assert "comment" not in made.info


async def test_a_photo_taken_sideways_is_put_upright():
    upright = await redraw(sideways())
    top, bottom = (upright.convert("L").getpixel((AVATAR_SIDE // 2, y)) for y in (20, AVATAR_SIDE - 20))
    assert top < 60 and bottom > 200  # type: ignore[operator]
    made, full, _ = await remake(sideways())
    assert (made.full.width, made.full.height) == (600, 1000)
    top, bottom = (full.convert("L").getpixel((300, y)) for y in (100, 900))
    assert top < 60 and bottom > 200  # type: ignore[operator]


REFUSED = [
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
]


@pytest.mark.parametrize("content", REFUSED)
async def test_what_is_no_picture_is_refused_however_it_calls_itself(content):
    with pytest.raises(NotAPicture):
        await redraw(content)
    with pytest.raises(NotAPicture):
        await remake(content)


@pytest.mark.parametrize("content", [png_header(100_000, 100_000), png_header(2**31 - 1, 2**31 - 1), png_header(1, MOST_PIXELS + 1)])
async def test_what_would_burst_when_opened_is_told_so_by_its_header(content):
    with pytest.raises(TooManyPixels) as refused:
        await remake(content)
    assert refused.value.reason == f"too_many_pixels:{MOST_PIXELS // 1_000_000}"
