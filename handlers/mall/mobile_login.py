"""手机号登录: ways in by a number that was proven by a code, and a password."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import LoginShape, labels_in
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.users import UserBanned
from server.domain.mall.members import AlreadyRegistered, MemberChange, NotRegistered
from server.domain.mall.mobiles import MobileTaken
from server.domain.mall.proven_login import Registration as ProvenRegistration
from server.domain.mall.verification import CodeExpired, CodeWrong
from server.domain.paces import MALL_SIGN_INS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

CODES = (CodeWrong, CodeExpired)

Mobile = Annotated[str, Meta(max_length=32, description="手机号码")]
Code = Annotated[str, Meta(max_length=32, description="短信验证码")]
Password = Annotated[str, Meta(max_length=128, description="密码，至少 6 位")]
Place = Annotated[str, Meta(max_length=64)]


class Registration(Struct, kw_only=True):
    """`autoLogin`: signs in at once; who has registered before is signed in by the code, and keeps the password of before."""

    mobile: Mobile
    pwd: Password
    code: Code
    nick: Annotated[str, Meta(max_length=256, description="昵称")] | None = None
    province: Place | None = None
    city: Place | None = None
    postJsonString: Annotated[str, Meta(max_length=20_000, description="用户的扩展数据，必须是 json 格式")] | None = None
    referrer: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    autoLogin: bool = False

    def to_registration(self) -> ProvenRegistration:
        """Raises InvalidInput."""
        extensions = labels_in(self.postJsonString, "postJsonString")
        return ProvenRegistration(
            name=self.mobile,
            password=self.pwd,
            code=self.code,
            profile=MemberChange(nickname=self.nick, province=self.province, city=self.city, extensions=extensions or None),
            referrer_id=self.referrer or None,
            signs_in=self.autoLogin,
        )


@routes.post("/user/m/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, UserBanned, *CODES))
async def register_by_mobile(call: Call, body: Registration) -> LoginShape | None:
    """用户注册[手机号]"""
    signed_in = await call.services.mall.mobile_login.register(body.to_registration(), call.client_address)
    return None if signed_in is None else LoginShape.of(signed_in)


class MobileSignIn(Struct):
    mobile: Mobile
    pwd: Password


@routes.post(
    "/user/m/login", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, WrongCredentials, LoginBlocked, UserBanned)
)
async def log_in_with_password(call: Call, body: MobileSignIn) -> LoginShape:
    """用户登录"""
    return LoginShape.of(await call.services.mall.mobile_login.log_in(body.mobile, body.pwd, call.client_address))


class ForgottenPassword(Struct):
    mobile: Mobile
    pwd: Password
    code: Code


@routes.post("/user/m/reset-pwd", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *CODES))
async def reset_password(call: Call, body: ForgottenPassword) -> None:
    """重设密码[手机找回密码]

    Whoever is signed in as that user is signed out."""
    await call.services.mall.mobile_login.reset_password(body.mobile, body.pwd, body.code)


class ProvenMobile(Struct):
    mobile: Mobile
    code: Code
    pwd: Password | None = None


@routes.post("/user/m/bind-mobile", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(MobileTaken, *CODES))
async def bind_proven_mobile(call: Call, body: ProvenMobile) -> str:
    """绑定手机号码

    The number is answered. With a password every other login of the caller ends."""
    return await call.services.mall.mobile_login.bind(call.caller_login, body.mobile, body.code, body.pwd)
