"""登录授权: sign-in by the mini-program, and tokens."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.accounts.tokens import AccessToken
from server.domain.accounts.wechat_login import (
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    OpenIdMismatch,
    RiskyUser,
    WatermarkMismatch,
)
from server.domain.paces import REFRESHES, SIGN_INS
from server.web.access import ANYONE, SIGNED_IN, TOKEN_HOLDER
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class CodeLogin(Struct):
    code: Annotated[str, Meta(min_length=1, max_length=256, description="wx.login() 获取")]
    iv: Annotated[str, Meta(max_length=256, description="加密算法的初始向量 IV")] = ""
    encryptedData: Annotated[str, Meta(max_length=64 * 1024, description="包括敏感数据在内的完整用户信息的加密数据")] = ""


class TokenShape(Struct):
    """`expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int

    @classmethod
    def of(cls, token: AccessToken) -> TokenShape:
        return cls(token.access_token, "bearer", token.expires_in)


REFUSALS = (CodeRefused, DataNotReadable, OpenIdMismatch, WatermarkMismatch, RiskyUser, CodesTooFrequent)


@routes.post("/auth/login", access=ANYONE, pace=SIGN_INS, raises=REFUSALS)
async def log_in_by_code(call: Call, body: CodeLogin) -> TokenShape:
    """小程序登录"""
    return TokenShape.of(await call.services.login.login_by_code(body.code, body.iv, body.encryptedData))


@routes.post("/auth/refresh", access=TOKEN_HOLDER, pace=REFRESHES, raises=())
async def refresh_token(call: Call) -> TokenShape:
    """Refresh a token. An expired one can be refreshed too."""
    return TokenShape.of(await call.services.tokens.refresh(call.token))


class UserShape(Struct):
    id: int
    nickname: str
    avatar: str
    roles: list[str]


@routes.post("/auth/me", access=SIGNED_IN, raises=())
async def get_authenticated_user(call: Call) -> UserShape:
    """Get the authenticated User."""
    user = call.caller
    return UserShape(user.id, user.nickname, user.avatar, [role.value for role in user.roles])
