"""小程序登录: ways in by a code of the mini-program."""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from handlers.mall.shapes import LoginShape, labels_in
from server.domain.accounts.users import UserBanned
from server.domain.accounts.wechat_login import CodesTooFrequent, LoginRefused, PhoneCodeRefused, RiskyUser
from server.domain.mall.members import AlreadyRegistered, NotRegistered
from server.domain.mall.mobiles import MobileTaken, OpenIdTaken
from server.domain.paces import MALL_SIGN_INS, PHONES
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

REFUSALS = (LoginRefused, CodesTooFrequent, RiskyUser, UserBanned)

Code = Annotated[str, Meta(min_length=1, max_length=256, description="微信登录接口返回的 code 参数数据")]
Sealed = Annotated[str, Meta(max_length=64 * 1024, description="微信登录接口返回的 加密用户信息")]
Iv = Annotated[str, Meta(max_length=256, description="微信登录接口返回的加密偏移数据")]
UserId = Annotated[int, Meta(ge=0, le=LARGEST_ID)]
Json = Annotated[str, Meta(max_length=20_000, description="用户的扩展数据，必须是 json 格式")]


class Authorization(Struct):
    """`referrer`: who brought the caller; counts for who is new."""

    code: Code
    referrer: UserId | None = None


@routes.post("/user/wxapp/authorize", access=ANYONE, pace=MALL_SIGN_INS, raises=REFUSALS)
async def authorize(call: Call, body: Authorization) -> LoginShape:
    """小程序静默登录，未注册时自动注册"""
    way_in = call.services.mall.mini_program
    return LoginShape.of(await way_in.authorize(body.code, call.client_address, referrer_id=body.referrer or None))


class CodeLogin(Struct):
    code: Code


@routes.post("/user/wxapp/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *REFUSALS))
async def log_in_by_code(call: Call, body: CodeLogin) -> LoginShape:
    """登录获取Token"""
    return LoginShape.of(await call.services.mall.mini_program.log_in(body.code, call.client_address))


class Registration(Struct):
    code: Code
    referrer: UserId | None = None
    postJsonString: Json | None = None


class SealedRegistration(Registration):
    """With name and picture as WeChat seals them, where it still does."""

    encryptedData: Sealed | None = None
    iv: Iv | None = None


@routes.post("/user/wxapp/register/complex", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, *REFUSALS))
async def register_with_profile(call: Call, body: SealedRegistration) -> LoginShape:
    """小程序用户注册[详细注册]"""
    signed_in = await call.services.mall.mini_program.register(
        body.code,
        call.client_address,
        iv=body.iv or "",
        sealed=body.encryptedData or "",
        referrer_id=body.referrer or None,
        extensions=labels_in(body.postJsonString, "postJsonString"),
    )
    return LoginShape.of(signed_in)


@routes.post("/user/wxapp/register/simple", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, *REFUSALS))
async def register(call: Call, body: Registration) -> LoginShape:
    """微信(小程序)用户注册[快速注册]"""
    signed_in = await call.services.mall.mini_program.register(
        body.code,
        call.client_address,
        referrer_id=body.referrer or None,
        extensions=labels_in(body.postJsonString, "postJsonString"),
    )
    return LoginShape.of(signed_in)


# ---- numbers, and other ways in of who is signed in

NOT_BOUND = (MobileTaken, PhoneCodeRefused, CodesTooFrequent)

PhoneCode = Annotated[str, Meta(min_length=1, max_length=256, description="手机号按钮 getPhoneNumber 的 code，并非 wx.login 的 code")]
Password = Annotated[str, Meta(max_length=128, description="设置登录密码")]


class SealedMobile(Struct):
    code: Code
    encryptedData: Sealed
    iv: Iv
    pwd: Password | None = None


@routes.post("/user/wxapp/bindMobile", access=SIGNED_IN, pace=PHONES, raises=(*NOT_BOUND, LoginRefused))
async def bind_sealed_mobile(call: Call, body: SealedMobile) -> str:
    """小程序绑定手机号码

    As the button of before told it: sealed, with a code of wx.login. The number is answered."""
    mobiles = call.services.mall.mobiles
    return await mobiles.bind_sealed(call.caller_login, body.code, body.iv, body.encryptedData, body.pwd)


class ToldMobile(Struct):
    code: PhoneCode
    pwd: Password | None = None


@routes.post("/user/wxapp/bindMobile/v2", access=SIGNED_IN, pace=PHONES, raises=NOT_BOUND)
async def bind_mobile(call: Call, body: ToldMobile) -> str:
    """小程序绑定手机号码，新版手机号按钮

    The number is answered."""
    return await call.services.mall.mobiles.bind_told(call.caller_login, body.code, body.pwd)


@routes.post("/user/wxapp/bindOpenid", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(OpenIdTaken, *REFUSALS))
async def bind_open_id(call: Call, body: CodeLogin) -> None:
    """当前登录用户绑定微信"""
    await call.services.mall.mobiles.bind_open_id(call.caller, body.code)


class SealedContent(Struct):
    code: Code
    encryptedData: Sealed
    iv: Iv


@routes.post("/user/wxapp/decode/encryptedData", access=ANYONE, pace=MALL_SIGN_INS, raises=(LoginRefused, CodesTooFrequent))
async def decode_content(call: Call, body: SealedContent) -> dict[str, Any]:
    """小程序数据解密接口"""
    return await call.services.mall.mobiles.decode(body.code, body.iv, body.encryptedData)


class MobileLogin(Struct):
    """`autoReg`: who is new is registered."""

    code: Code
    codeMobile: PhoneCode
    autoReg: bool = False
    referrer: UserId | None = None


@routes.post("/user/wxapp/login/mobile/v2", access=ANYONE, pace=PHONES, raises=(NotRegistered, PhoneCodeRefused, *REFUSALS))
async def log_in_by_mobile(call: Call, body: MobileLogin) -> LoginShape:
    """小程序手机号登录"""
    signed_in = await call.services.mall.mobiles.log_in(
        body.code, body.codeMobile, call.client_address, may_register=body.autoReg, referrer_id=body.referrer or None
    )
    return LoginShape.of(signed_in)
