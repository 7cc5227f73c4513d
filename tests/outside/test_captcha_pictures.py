"""Tests of server/outside/captcha_pictures.py."""
from __future__ import annotations

import io

from PIL import Image

from server.outside.captcha_pictures import HEIGHT, WIDTH, CaptchaPictures
from server.outside.heavy_work import HeavyWork


async def test_a_picture_shows_its_code_another_way_each_time_and_says_nothing_beside():
    work = HeavyWork()
    pictures = [await CaptchaPictures(work).draw("ACDEF") for _ in range(3)]
    work.close()
    assert len(set(pictures)) == 3
    for content in pictures:
        assert b"ACDEF" not in content
        with Image.open(io.BytesIO(content)) as opened:
            assert (opened.format, opened.size, opened.info) == ("PNG", (WIDTH, HEIGHT), {})
            shades = opened.convert("L").getcolors()
            assert shades is not None and len(shades) > 40  # something stands out from the paper
