"""用户名、邮箱登录: ways in by a name and a password, or by a mail address that a code has proven."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.dialect import MallDialect
from handlers.mall.failures.community import BY_NAME
from handlers.mall.shapes import LoginShape, labels_in
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.usernames import UsernameTaken
from server.domain.accounts.users import UserBanned
from server.domain.mall.community.username_login import UsernameSet
from server.domain.mall.members import AlreadyRegistered, MemberChange, NotRegistered
from server.domain.mall.proven_login import MailTaken, Registration
from server.domain.mall.verification import CodeExpired, CodeWrong
from server.domain.paces import MALL_SIGN_INS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE, MallDialect(BY_NAME))

CODES = (CodeWrong, CodeExpired)
NOT_LET_IN = (WrongCredentials, LoginBlocked, UserBanned)

Username = Annotated[str, Meta(max_length=64, description="用户名，3 至 32 位英文字母和数字")]
MailAddress = Annotated[str, Meta(max_length=254, description="电子邮件")]
Code = Annotated[str, Meta(max_length=32, description="邮件验证码")]
Password = Annotated[str, Meta(max_length=128, description="密码，至少 6 位")]
Place = Annotated[str, Meta(max_length=64)]


class Newcomer(Struct, kw_only=True):
    """`autoLogin`: signs in at once; also who has registered before, if they prove it."""

    pwd: Password
    nick: Annotated[str, Meta(max_length=256, description="昵称")] | None = None
    province: Place | None = None
    city: Place | None = None
    postJsonString: Annotated[str, Meta(max_length=20_000, description="用户的扩展数据，必须是 json 格式")] | None = None
    referrer: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    autoLogin: bool = False

    def to_registration(self, name: str, code: str = "") -> Registration:
        """Raises InvalidInput."""
        extensions = labels_in(self.postJsonString, "postJsonString")
        return Registration(
            name=name,
            password=self.pwd,
            code=code,
            profile=MemberChange(nickname=self.nick, province=self.province, city=self.city, extensions=extensions or None),
            referrer_id=self.referrer or None,
            signs_in=self.autoLogin,
        )


class UsernameNewcomer(Newcomer, kw_only=True):
    username: Username


@routes.post(
    "/user/username/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, LoginBlocked, UserBanned)
)
async def register_by_username(call: Call, body: UsernameNewcomer) -> LoginShape | None:
    """用户注册[用户名注册]"""
    way = call.services.mall.community.usernames
    signed_in = await way.register(body.to_registration(body.username), call.client_address)
    return None if signed_in is None else LoginShape.of(signed_in)


class UsernameSignIn(Struct):
    username: Username
    pwd: Password


@routes.post("/user/username/login", access=ANYONE, pace=MALL_SIGN_INS, raises=NOT_LET_IN)
async def log_in_by_username(call: Call, body: UsernameSignIn) -> LoginShape:
    """用户登录[用户名]

    Whether the name or the password is wrong is not told."""
    return LoginShape.of(await call.services.mall.community.usernames.log_in(body.username, body.pwd, call.client_address))


class OwnUsername(Struct):
    username: Username
    pwd: Password | None = None


@routes.post("/user/username/bindUsername", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(UsernameTaken, UsernameSet))
async def bind_username(call: Call, body: OwnUsername) -> None:
    """设置用户名

    Once: names are not given out twice. With a password every other login of the caller ends."""
    await call.services.mall.community.usernames.bind(call.caller_login, body.username, body.pwd)


# ---- mail


class MailNewcomer(Newcomer, kw_only=True):
    email: MailAddress
    code: Code


@routes.post("/user/email/register", access=ANYONE, pace=MALL_SIGN_INS, raises=(AlreadyRegistered, UserBanned, *CODES))
async def register_by_mail(call: Call, body: MailNewcomer) -> LoginShape | None:
    """用户注册[邮箱注册]"""
    way = call.services.mall.community.mails
    signed_in = await way.register(body.to_registration(body.email, body.code), call.client_address)
    return None if signed_in is None else LoginShape.of(signed_in)


class MailSignIn(Struct):
    email: MailAddress
    pwd: Password


@routes.post("/user/email/login", access=ANYONE, pace=MALL_SIGN_INS, raises=NOT_LET_IN)
async def log_in_by_mail(call: Call, body: MailSignIn) -> LoginShape:
    """用户登录[邮箱登录]

    Whether the address or the password is wrong is not told."""
    return LoginShape.of(await call.services.mall.community.mails.log_in(body.email, body.pwd, call.client_address))


class ForgottenPassword(Struct):
    email: MailAddress
    pwd: Password
    code: Code


@routes.post("/user/email/reset-pwd", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, *CODES))
async def reset_password_by_mail(call: Call, body: ForgottenPassword) -> None:
    """重设密码[邮箱找回密码]

    Whoever is signed in as that user is signed out."""
    await call.services.mall.community.mails.reset_password(body.email, body.pwd, body.code)


class OwnMail(Struct):
    email: MailAddress
    code: Code
    pwd: Password | None = None


@routes.post("/user/email/bindEmail", access=SIGNED_IN, pace=MALL_SIGN_INS, raises=(MailTaken, *CODES))
async def bind_mail(call: Call, body: OwnMail) -> None:
    """设置邮箱地址[绑定邮箱]

    With a password every other login of the caller ends."""
    await call.services.mall.community.mails.bind(call.caller_login, body.email, body.code, body.pwd)
