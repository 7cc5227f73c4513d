"""二维码, over HTTP."""
from __future__ import annotations

import io
from typing import Any

import pytest
import segno
from PIL import Image

from tests.api import Api
from tests.mall import Shopper, data_of

QUIET = 4


async def shown(api: Api, answer: dict[str, Any]) -> Image.Image:
    """The picture at the address that was answered."""
    address = data_of(answer)
    assert address.startswith(f"{api.url}/pictures/")
    found = await api.get(address.removeprefix(api.url))
    assert found.status == 200
    return Image.open(io.BytesIO(found.body)).convert("L")


def points(picture: Image.Image, content: str) -> list[list[int]]:
    """The code's points, as they are seen: 1 is dark."""
    side = segno.make(content, error="m", encoding="utf-8", micro=False).symbol_size(border=QUIET)[0]
    scale = picture.width // int(side)
    middles = [scale * (QUIET + place) + scale // 2 for place in range(int(side) - 2 * QUIET)]
    return [[int(picture.getpixel((x, y)) < 128) for x in middles] for y in middles]  # type: ignore[operator]


def expected(content: str) -> list[list[int]]:
    return [list(row) for row in segno.make(content, error="m", encoding="utf-8", micro=False).matrix]


@pytest.mark.parametrize("content", ["https://mall.example/?a=1", "汉字与 émoji 🧧", "0" * 400])
async def test_a_text_is_drawn_point_by_point(api: Api, content: str) -> None:
    picture = await shown(api, await Shopper(api).post("/qrcode/content", content=content, width=650))
    assert picture.width <= 650
    assert points(picture, content) == expected(content)


async def test_without_wechat_a_mini_program_s_code_is_of_page_and_scene(api: Api) -> None:
    wanted = {"scene": "7,12", "page": "pages/goods-details/index", "is_hyaline": "true", "autoColor": "true", "expireHours": 1}
    answer = await Shopper(api).post("/qrcode/wxa/unlimit", **wanted, env_version="develop", check_path="false")
    content = "pages/goods-details/index?scene=7%2C12"
    assert points(await shown(api, answer), content) == expected(content)
    assert data_of(await Shopper(api).post("/qrcode/wxa/unlimit", **wanted)) == data_of(answer)


@pytest.mark.parametrize(
    "path, form, code",
    [
        ("content", {}, 300),
        ("content", {"content": "字" * 778}, 601),
        ("content", {"content": "x", "width": "9999999"}, 601),
        ("wxa/unlimit", {}, 300),
        ("wxa/unlimit", {"scene": "x" * 33}, 601),
        ("wxa/unlimit", {"scene": "x", "env_version": "other"}, 601),
        ("wxa/unlimit", {"scene": "x", "postJsonString": '{"r": 1}'}, 601),
        ("wxa/unlimit", {"scene": "x", "postJsonString": '{"r": 1, "g": 256, "b": 0}'}, 601),
    ],
)
async def test_what_cannot_be_drawn_is_refused(api: Api, path: str, form: dict[str, str], code: int) -> None:
    assert (await Shopper(api).post(f"/qrcode/{path}", **form))["code"] == code
