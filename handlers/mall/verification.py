"""验证码: by picture, by SMS and by mail."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.verification import (
    CodeExpired,
    CodeWrong,
    DaySpent,
    NumberMissing,
    PictureCodeMissing,
    PictureCodeWrong,
    PictureKeyMissing,
    SendingOff,
    TooSoon,
)
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes(LOOSE)

SENDING = (TooSoon, DaySpent, SendingOff)

Key = Annotated[str, Meta(max_length=128, description="验证码标识，建议用时间戳或者随机数")]
Answer = Annotated[str, Meta(max_length=32, description="用户输入的验证码")]
Mobile = Annotated[str, Meta(max_length=32, description="手机号码")]
MailAddress = Annotated[str, Meta(max_length=254, description="电子邮件")]


class PictureName(Struct):
    key: Key = ""


@routes.get("/verification/pic/get", access=ANYONE, pace=DRAWINGS, media=("image/png",), raises=())
async def get_picture(call: Call, query: PictureName) -> Raw:
    """获取图形验证码

    A PNG. The next picture of the same key takes its place."""
    return Raw(await call.services.mall.verification.draw_picture(query.key), "image/png")


class PictureAnswer(Struct):
    key: Key
    code: Answer


@routes.post("/verification/pic/check", access=ANYONE, raises=(PictureCodeWrong,))
async def check_picture(call: Call, body: PictureAnswer) -> None:
    """校验图形验证码是否正确

    Right or wrong, the picture is spent."""
    await call.services.mall.verification.spend_picture(body.key, body.code)


class SmsWanted(Struct):
    mobile: Mobile
    key: Key | None = None
    picCode: Answer | None = None


@routes.get(
    "/verification/sms/get", access=ANYONE, raises=(PictureKeyMissing, PictureCodeMissing, PictureCodeWrong, *SENDING)
)
async def send_sms(call: Call, query: SmsWanted) -> None:
    """获取短信验证码"""
    await call.services.mall.verification.send_sms(query.mobile, call.client_address, query.key, query.picCode)


@routes.get("/verification/sms/get-by-token", access=SIGNED_IN, raises=(NumberMissing, *SENDING))
async def send_sms_to_own(call: Call) -> None:
    """获取短信验证码，发往已绑定的手机号"""
    await call.services.mall.verification.send_sms_to_own(call.caller.phone, call.client_address)


class SmsAnswer(Struct):
    mobile: Mobile
    code: Answer


@routes.post("/verification/sms/check", access=ANYONE, raises=(CodeWrong, CodeExpired))
async def check_sms(call: Call, body: SmsAnswer) -> None:
    """校验短信验证码是否正确

    It costs one of five tries; what the code is used for spends it."""
    await call.services.mall.verification.check_sms(body.mobile, body.code)


class MailWanted(Struct):
    mail: MailAddress


@routes.get("/verification/mail/get", access=ANYONE, raises=SENDING)
async def send_mail(call: Call, query: MailWanted) -> None:
    """获取邮件验证码"""
    await call.services.mall.verification.send_mail(query.mail, call.client_address)


class MailAnswer(Struct):
    mail: MailAddress
    code: Answer


@routes.post("/verification/mail/check", access=ANYONE, raises=(CodeWrong, CodeExpired))
async def check_mail(call: Call, body: MailAnswer) -> None:
    """校验邮件验证码是否正确

    It costs one of five tries; what the code is used for spends it."""
    await call.services.mall.verification.check_mail(body.mail, body.code)
