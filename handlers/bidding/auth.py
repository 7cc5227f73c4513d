"""登录授权: sign-in by the mini-program, and tokens."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.accounts.avatars import MAX_AVATAR_BYTES
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.users import User, UserBanned
from server.domain.accounts.wechat_login import (
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    OpenIdMismatch,
    PhoneCodeRefused,
    RiskyUser,
    WatermarkMismatch,
)
from server.domain.paces import PHONES, REFRESHES, SIGN_INS, UPLOADS
from server.web.access import ANYONE, SIGNED_IN, TOKEN_HOLDER
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

FORM_BYTES = 64 * 1024  # what a form needs around its file


class CodeLogin(Struct):
    code: Annotated[str, Meta(min_length=1, max_length=256, description="wx.login() 获取")]
    iv: Annotated[str, Meta(max_length=256, description="加密算法的初始向量 IV")] | None = None
    encryptedData: Annotated[str, Meta(max_length=64 * 1024, description="包括敏感数据在内的完整用户信息的加密数据")] | None = None


class TokenShape(Struct):
    """`expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int

    @classmethod
    def of(cls, token: AccessToken) -> TokenShape:
        return cls(token.access_token, "bearer", token.expires_in)


REFUSALS = (CodeRefused, DataNotReadable, OpenIdMismatch, WatermarkMismatch, RiskyUser, UserBanned, CodesTooFrequent)


@routes.post("/auth/login", access=ANYONE, pace=SIGN_INS, raises=REFUSALS)
async def log_in_by_code(call: Call, body: CodeLogin) -> TokenShape:
    """小程序登录

    The code of wx.login signs in by itself; sealed data may come along, and is checked then.
    """
    login = call.services.accounts.wechat_login
    return TokenShape.of(await login.login_by_code(body.code, body.iv or "", body.encryptedData or ""))


@routes.post("/auth/refresh", access=TOKEN_HOLDER, pace=REFRESHES, raises=())
async def refresh_token(call: Call) -> TokenShape:
    """Refresh a token. An expired one can be refreshed too."""
    return TokenShape.of(await call.services.accounts.tokens.refresh(call.token))


class UserShape(Struct):
    id: int
    nickname: str
    avatar: str
    roles: list[str]

    @classmethod
    def of(cls, user: User) -> UserShape:
        return cls(user.id, user.nickname, user.avatar, [role.value for role in user.roles])


@routes.post("/auth/me", access=SIGNED_IN, raises=())
async def get_authenticated_user(call: Call) -> UserShape:
    """Get the authenticated User."""
    return UserShape.of(call.caller)


class Nickname(Struct):
    nickname: Annotated[str, Meta(min_length=1, max_length=256, description="昵称，最多 32 个字符")]


@routes.put("/auth/me", access=SIGNED_IN, raises=())
async def rename_authenticated_user(call: Call, body: Nickname) -> UserShape:
    """修改昵称

    What the user chooses is not replaced by a later sign-in. A bid made next carries the new name.
    """
    return UserShape.of(await call.services.accounts.profiles.rename(call.caller, body.nickname))


@routes.post("/auth/avatar", access=SIGNED_IN, pace=UPLOADS, max_body_bytes=MAX_AVATAR_BYTES + FORM_BYTES, raises=())
async def upload_avatar(call: Call, body: Upload) -> UserShape:
    """上传头像

    What chooseAvatar gives: JPEG, PNG, WebP or GIF of at most 1 MB, as the file of a form or as the body. The picture of before is
    served no longer.
    """
    return UserShape.of(await call.services.accounts.avatars.upload_avatar(call.caller, body.content))


class PhoneCode(Struct):
    code: Annotated[str, Meta(min_length=1, max_length=256, description="手机号按钮 getPhoneNumber 的 code，并非 wx.login 的 code")]


class PhoneShape(Struct):
    """`phone` with its country's code unless it is of the mainland."""

    phone: str


@routes.post("/auth/phone", access=SIGNED_IN, pace=PHONES, raises=(PhoneCodeRefused, CodesTooFrequent))
async def keep_phone(call: Call, body: PhoneCode) -> PhoneShape:
    """绑定手机号"""
    return PhoneShape((await call.services.accounts.phones.keep_phone(call.caller, body.code)).phone)
