"""登录与会话: how operators sign in with a second factor, and what they see of their logins."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.passwords import MAX_PASSWORD_CHARACTERS, WrongPassword
from server.domain.accounts.users import Role, User, UserBanned
from server.domain.operators.door import CodeNeeded, CodeWrong
from server.domain.operators.factors import MAX_CODE_CHARACTERS, NewSecret, NothingBegun
from server.domain.operators.logins import Login
from server.web.access import ANYONE, ENTERING, OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

Text = Annotated[str, Meta(max_length=128)]
Password = Annotated[str, Meta(max_length=MAX_PASSWORD_CHARACTERS)]
Code = Annotated[str, Meta(min_length=1, max_length=MAX_CODE_CHARACTERS, description="动态验证码或恢复码")]


class SignIn(Struct):
    """`code` is the second factor: of an app, or a recovery code."""

    name: Text
    password: Password
    code: Code | None = None


class OperatorTokenShape(Struct):
    """`expires_in` in seconds. `must_set_up`: it is good for setting up the second factor and nothing else."""

    access_token: str
    token_type: str
    expires_in: int
    must_set_up: bool

    @classmethod
    def of(cls, token: AccessToken, *, must_set_up: bool = False) -> OperatorTokenShape:
        return cls(token.access_token, "bearer", token.expires_in, must_set_up)


@routes.post("/login", access=ANYONE, raises=(WrongCredentials, CodeNeeded, CodeWrong, LoginBlocked, UserBanned))
async def sign_in_operator(call: Call, body: SignIn) -> OperatorTokenShape:
    """登录

    Refreshed and ended as any token: `/api/auth/refresh`, `/api/auth/logout`."""
    door = call.services.operators.door
    entered = await door.sign_in(body.name, body.password, body.code, address=call.client_address, agent=call.agent)
    return OperatorTokenShape.of(entered.token, must_set_up=entered.must_set_up)


class MeShape(Struct):
    """`roles` as they were given; what each may do stands beside each route, under `x-roles`."""

    id: int
    nickname: str
    roles: list[Role]
    has_two_steps: bool

    @classmethod
    def of(cls, user: User) -> MeShape:
        return cls(user.id, user.nickname, list(user.roles), user.has_two_steps)


@routes.get("/me", access=ENTERING)
async def get_operator(call: Call) -> MeShape:
    """当前操作员"""
    return MeShape.of(call.caller)


class NewSecretShape(Struct):
    """For an app: `qr` is a picture's address, `uri` what it shows."""

    secret: str
    uri: str
    qr: str

    @classmethod
    def of(cls, begun: NewSecret) -> NewSecretShape:
        return cls(begun.secret, begun.uri, begun.qr)


@routes.post("/second-factor", access=ENTERING.dangerous, raises=(LoginBlocked,))
async def begin_second_factor(call: Call) -> NewSecretShape:
    """开始设置两步登录

    What is set up now stands until a code of the new one is given."""
    return NewSecretShape.of(await call.services.operators.factors.begin(call.caller))


class FirstCode(Struct):
    code: Code


class SetUpShape(Struct):
    """The recovery codes are shown this once, each is good once; `token` is of a new login, all others are over."""

    recovery_codes: list[str]
    token: OperatorTokenShape


@routes.put("/second-factor", access=ENTERING.dangerous, raises=(NothingBegun, LoginBlocked))
async def finish_second_factor(call: Call, body: FirstCode) -> SetUpShape:
    """确认两步登录"""
    factors = call.services.operators.factors
    made = await factors.finish(call.caller, body.code, address=call.client_address, agent=call.agent)
    return SetUpShape(made.recovery_codes, OperatorTokenShape.of(made.token))


@routes.post("/confirm", access=OPERATOR.dangerous, raises=(LoginBlocked,))
async def confirm_second_factor(call: Call) -> None:
    """再次验证

    With a code in `X-Second-Factor`; dangerous actions then need none for a few minutes."""


class RecoveryCodesShape(Struct):
    recovery_codes: list[str]


@routes.post("/recovery-codes", access=OPERATOR.dangerous, raises=(LoginBlocked,))
async def renew_recovery_codes(call: Call) -> RecoveryCodesShape:
    """更换恢复码

    Those of before are over."""
    return RecoveryCodesShape(await call.services.operators.factors.renew_codes(call.caller))


class PasswordChange(Struct):
    old: Password
    password: Password
    password_confirmation: Password


@routes.put("/password", access=OPERATOR, raises=(WrongPassword, LoginBlocked))
async def change_operator_password(call: Call, body: PasswordChange) -> None:
    """修改密码

    Other logins are over."""
    assert call.login is not None
    await call.services.operators.door.change_password(
        call.login, old=body.old, new=body.password, confirmation=body.password_confirmation, address=call.client_address
    )


class SessionShape(Struct):
    """A login. `agent` is what the browser calls itself; `is_current`: the one that asks."""

    id: str
    login_at: DocumentTime
    address: str
    agent: str
    is_current: bool

    @classmethod
    def of(cls, one: Login, current_id: str) -> SessionShape:
        return cls(one.id, document_time(one.login_at), one.address, one.agent, one.id == current_id)


@routes.get("/sessions", access=OPERATOR)
async def list_sessions(call: Call) -> list[SessionShape]:
    """我的登录

    Newest first."""
    assert call.login is not None
    found = await call.services.operators.logins.list_logins(call.caller.id)
    return [SessionShape.of(one, call.login.claims.login_id) for one in found]


@routes.delete("/sessions/{session_id}", access=OPERATOR, raises=())
async def end_session(call: Call, session_id: str) -> None:
    """结束登录"""
    await call.services.operators.logins.end_login(call.caller.id, session_id)
