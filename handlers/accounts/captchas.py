"""验证码: pictures that prove a person."""
from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from msgspec import Meta, Struct

from handlers.accounts.shapes import DocumentTime, document_time
from handlers.accounts.texts import UsernameText
from server.domain.errors import TooMany
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class CaptchaAsked(Struct):
    username: UsernameText


class CaptchaShape(Struct):
    """`captcha_image_content` is a PNG as a data URI."""

    captcha_key: str
    expired_at: DocumentTime
    captcha_image_content: Annotated[str, Meta(pattern=r"^data:image/png;base64,")]


@routes.post("/captchas", access=ANYONE, status=201, raises=(TooMany,))
async def make_captcha(call: Call, body: CaptchaAsked) -> CaptchaShape:
    """Generate captcha code and save to cache 生成验证码并写入缓存"""
    made = await call.services.accounts.captchas.make_captcha(body.username, call.client_address)
    picture = f"data:image/png;base64,{b64encode(made.picture).decode()}"
    return CaptchaShape(made.key, document_time(made.expires_at), picture)
