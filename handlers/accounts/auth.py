"""登录授权: registration, sign-in by password, and tokens."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.accounts.shapes import UserShape
from handlers.accounts.texts import (
    NameText,
    NewPasswordText,
    OptionalNameText,
    PasswordText,
    RequiredText,
    UsernameText,
)
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.invitations import InvitationRefused
from server.domain.accounts.password_login import CaptchaAnswer, WrongCredentials
from server.domain.accounts.registration import Registration
from server.domain.accounts.usernames import UsernameTaken
from server.domain.accounts.users import UserBanned
from server.domain.errors import NotFound, TooMany
from server.domain.paces import REFRESHES
from server.web.access import ANYONE, SIGNED_IN, TOKEN_HOLDER
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

Text = Annotated[str, Meta(max_length=128)]


class Register(Struct):
    """`name` is the real one, told to nobody but those who deliver; `nickname`, made where none is chosen, is what other bidders see."""

    name: NameText
    username: UsernameText
    password: NewPasswordText
    password_confirmation: NewPasswordText
    invitation_code: RequiredText
    captcha_key: Text
    captcha_code: RequiredText
    nickname: OptionalNameText = ""


@routes.post("/auth/register", access=ANYONE, status=201, raises=(UsernameTaken, InvitationRefused, TooMany))
async def register(call: Call, body: Register) -> UserShape:
    """Register user"""
    form = Registration(
        name=body.name,
        nickname=body.nickname,
        username=body.username,
        password=body.password,
        password_confirmation=body.password_confirmation,
        invitation_code=body.invitation_code,
        captcha_key=body.captcha_key,
        captcha_code=body.captcha_code,
    )
    return UserShape.of(await call.services.accounts.registration.register(form, call.client_address))


class PasswordLogin(Struct):
    """A captcha is taken instead of waiting when too many sign-ins have failed."""

    username: Text
    password: PasswordText
    captcha_key: Text | None = None
    captcha_code: Text | None = None

    @property
    def captcha(self) -> CaptchaAnswer | None:
        return CaptchaAnswer(self.captcha_key, self.captcha_code or "") if self.captcha_key else None


class TokenShape(Struct):
    """`expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int

    @classmethod
    def of(cls, token: AccessToken) -> TokenShape:
        return cls(token.access_token, "bearer", token.expires_in)


NAMES = frozenset({"username", "password"})  # the mini-program signs in at the same path, by others


@routes.post("/auth/login", access=ANYONE, told_by=NAMES, raises=(WrongCredentials, LoginBlocked, UserBanned))
async def log_in_by_password(call: Call, body: PasswordLogin) -> TokenShape:
    """Get a JWT via given credentials. 通过登录信息获取JWT凭证"""
    login = call.services.accounts.password_login
    return TokenShape.of(await login.log_in(body.username, body.password, address=call.client_address, captcha=body.captcha))


@routes.delete("/auth/logout", access=TOKEN_HOLDER, raises=())
async def log_out(call: Call) -> None:
    """Log the user out (Invalidate the token). 注销用户; ends what the token was refreshed to as well."""
    await call.services.accounts.tokens.end_login(call.token)


@routes.put("/auth/refresh", access=TOKEN_HOLDER, pace=REFRESHES, raises=())
async def refresh_token(call: Call) -> TokenShape:
    """Refresh a token. 刷新token; an expired one can be refreshed too, for 14 days from the login."""
    return TokenShape.of(await call.services.accounts.tokens.refresh(call.token))


@routes.get("/auth/me", access=SIGNED_IN, raises=(NotFound,))
async def get_authenticated_user(call: Call) -> UserShape:
    """Get the authenticated User. 获取通过身份验证的用户"""
    return UserShape.of(await call.services.accounts.users.get_user(call.caller.id))
