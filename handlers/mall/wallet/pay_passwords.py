"""交易密码: what is given besides the login when money leaves the wallet."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.accounts.attempts import LoginBlocked
from server.domain.mall.members import NotRegistered
from server.domain.mall.verification import CodeExpired, CodeWrong
from server.domain.mall.wallet.pay_passwords import PayPasswordMissing, PayPasswordThere, PayPasswordWrong
from server.domain.paces import MALL_SIGN_INS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

Password = Annotated[str, Meta(max_length=256, description="交易密码，至少 6 位")]


class FirstPassword(Struct):
    pwd: Password


@routes.post("/user/paypwd/set", access=SIGNED_IN, raises=(PayPasswordThere,))
async def set_pay_password(call: Call, body: FirstPassword) -> None:
    """设置交易密码

    The first one; afterwards it is modified or reset."""
    await call.services.mall.wallet.pay_passwords.set(call.caller.id, body.pwd)


class NewPassword(Struct):
    pwdOld: Password
    pwdNew: Password


@routes.post("/user/paypwd/modify", access=SIGNED_IN, raises=(PayPasswordMissing, PayPasswordWrong, LoginBlocked))
async def modify_pay_password(call: Call, body: NewPassword) -> None:
    """修改交易密码"""
    await call.services.mall.wallet.pay_passwords.modify(call.caller.id, body.pwdOld, body.pwdNew)


class ForgottenPassword(Struct):
    mobile: Annotated[str, Meta(max_length=32, description="手机号码")]
    code: Annotated[str, Meta(max_length=32, description="短信验证码")]
    pwd: Password


@routes.post("/user/paypwd/reset", access=ANYONE, pace=MALL_SIGN_INS, raises=(NotRegistered, CodeWrong, CodeExpired))
async def reset_pay_password(call: Call, body: ForgottenPassword) -> None:
    """重置交易密码

    Of who has the number, by the code that was sent there."""
    await call.services.mall.wallet.pay_passwords.reset(body.mobile, body.code, body.pwd)
