"""Operators with a second factor, and the codes that their apps would show."""
from __future__ import annotations

import pyotp

from server.bootstrap import Application
from server.domain.accounts.users import Role, User
from tests.api import Answer, Api
from tests.builders import make_user

PASSWORD = "correct horse battery staple"


class Phone:
    """An app that knows an operator's secret."""

    def __init__(self, application: Application, secret: str):
        self._application = application
        self._totp = pyotp.TOTP(secret)

    def code(self) -> str:
        return self._totp.at(self._application.clock.now())


async def sign_in_with_second_factor(api: Api, user: User) -> Phone:
    """From now on the user asks with a login that was made with a second factor, a moment ago."""
    operators = api.application.services.operators
    secret, _ = await operators.factors.set_up_now(user)
    token = await operators.factors.open_login(user, address="192.0.2.7", agent="tests", has_second_factor=True)
    api.keep_token(user, token)
    return Phone(api.application, secret.secret)


async def add_operator(api: Api, name: str, *roles: Role) -> Answer:
    """As an admin does, with the usual first password."""
    admin = await make_user(api.application, f"admin of {name}", roles=[Role.ADMIN])
    new = {"nickname": name, "roles": [role.value for role in roles], "password": PASSWORD}
    return await api.post("/api/ops/accounts/operators", as_user=admin, json=new)
