"""实名认证: who a member is by law."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.wallet.identities import (
    IdentityChecksOff,
    IdentityKnown,
    IdentityNumberWrong,
    IdentityRefused,
    TooManyChecks,
)
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)


class IdentityGiven(Struct):
    name: Annotated[str, Meta(max_length=100, description="姓名")]
    idCardNo: Annotated[str, Meta(max_length=32, description="身份证号码")]


@routes.post(
    "/user/idcard",
    access=SIGNED_IN,
    raises=(IdentityNumberWrong, IdentityKnown, IdentityRefused, IdentityChecksOff, TooManyChecks),
)
async def check_identity(call: Call, body: IdentityGiven) -> None:
    """实名认证"""
    await call.services.mall.wallet.identities.check(call.caller.id, body.name, body.idCardNo)
