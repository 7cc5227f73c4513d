"""二维码: answers are absolute addresses of pictures."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import absolute, object_in
from server.domain.errors import InvalidInput
from server.domain.mall.qr_codes import (
    LEAST_WIDTH,
    MOST_BYTES,
    MOST_SCENE_CHARACTERS,
    MOST_WIDTH,
    USUAL_WIDTH,
    MiniProgramCode,
    PageNotPublished,
)
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

Width = Annotated[int, Meta(ge=LEAST_WIDTH, le=MOST_WIDTH, description="二维码的宽度")]


class Content(Struct):
    content: Annotated[str, Meta(max_length=MOST_BYTES, description="二维码的内容")]
    width: Width = USUAL_WIDTH


@routes.post("/qrcode/content", access=ANYONE, pace=DRAWINGS, raises=())
async def draw_text(call: Call, body: Content) -> str:
    """普通二维码"""
    picture = await call.services.mall.qr_codes.draw_text(body.content, body.width)
    return absolute(picture.address, call.origin)


class WxaCode(Struct):
    """`expireHours` and what else is told of keeping the picture is not needed: it is kept."""

    scene: Annotated[str, Meta(max_length=MOST_SCENE_CHARACTERS, description="小程序码参数")]
    page: Annotated[str, Meta(max_length=256, description="例如 pages/index/index，不填默认跳主页面")] = ""
    width: Width = USUAL_WIDTH
    is_hyaline: Annotated[bool, Meta(description="是否需要透明底色")] = False
    autoColor: Annotated[bool, Meta(description="自动配置线条颜色")] = False
    env_version: Annotated[str, Meta(pattern="^(release|trial|develop)$")] = "release"
    check_path: bool | None = None
    postJsonString: Annotated[str, Meta(max_length=256, description='线条颜色，如 {"r": 0, "g": 0, "b": 0}')] | None = None

    def to_code(self) -> MiniProgramCode:
        """Raises InvalidInput."""
        return MiniProgramCode(
            scene=self.scene,
            page=self.page.lstrip("/"),
            width=self.width,
            is_transparent=self.is_hyaline,
            is_colored=self.autoColor,
            line_color=_color(self.postJsonString),
            version=self.env_version,
            is_page_checked=self.check_path,
        )


def _color(text: str | None) -> tuple[int, int, int] | None:
    """Raises InvalidInput."""
    told = object_in(text, "postJsonString")
    if not told:
        return None
    try:
        red, green, blue = (int(str(told[name])) for name in "rgb")
    except (KeyError, ValueError):
        raise InvalidInput({"postJsonString": ["wrong_form"]}) from None
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise InvalidInput({"postJsonString": ["wrong_form"]})
    return red, green, blue


@routes.post("/qrcode/wxa/unlimit", access=ANYONE, pace=DRAWINGS, raises=(PageNotPublished,))
async def draw_mini_program(call: Call, body: WxaCode) -> str:
    """无限生成小程序码"""
    picture = await call.services.mall.qr_codes.draw_mini_program(body.to_code())
    return absolute(picture.address, call.origin)
