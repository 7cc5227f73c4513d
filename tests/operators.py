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
    application, secret = api.application, pyotp.random_base32()
    # As the service does, but for the picture of the secret: to draw it takes as long as the rest of most tests.
    stored = application.stores.operators.factors
    await stored.begin_factor(user.id, secret)
    await stored.finish_factor(user.id, secret, 0, [])
    factors = application.services.operators.factors
    api.keep_token(user, await factors.open_login(user, address="192.0.2.7", agent="tests", has_second_factor=True))
    return Phone(application, secret)


async def add_operator(api: Api, name: str, *roles: Role) -> Answer:
    """As an admin does, with the usual first password."""
    admin = await make_user(api.application, f"admin of {name}", roles=[Role.ADMIN])
    new = {"nickname": name, "roles": [role.value for role in roles], "password": PASSWORD}
    return await api.post("/api/ops/accounts/operators", as_user=admin, json=new)
