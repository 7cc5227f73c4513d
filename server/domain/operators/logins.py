"""Logins of operators: from where each was made, and when it last gave the second factor."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.claims import EndedLogin
from server.domain.accounts.tokens import TokenService
from server.domain.clock import Clock
from server.domain.errors import NotFound

FRESH = timedelta(minutes=5)  # a second factor given so lately stands for the next dangerous actions too
MAX_AGENT_CHARACTERS = 200


class Login(Struct, frozen=True, kw_only=True):
    """One login. `address` and `agent` (the browser's own words) are those it was made from."""

    id: str
    user_id: int
    generation: int  # of the user's tokens when it was made
    login_at: datetime
    confirmed_at: datetime | None = None
    address: str = ""
    agent: str = ""


class LoginStore(Protocol):
    """Where logins are kept until no token of theirs could be used."""

    async def add_login(self, login: Login) -> None: ...

    async def find_login(self, login_id: str) -> Login | None: ...

    async def confirm_login(self, login: Login) -> None:
        """It gave the second factor then; one that is not there yet is kept as it is told."""

    async def list_logins(self, user_id: int) -> list[Login]:
        """Those of the user that were not ended, newest first."""

    async def forget_login(self, login_id: str) -> None: ...


class OperatorLoginService:
    """The list of an operator's own logins, and the end of each."""

    def __init__(self, logins: LoginStore, tokens: TokenService, clock: Clock):
        self._logins = logins
        self._tokens = tokens
        self._clock = clock

    async def list_logins(self, user_id: int) -> list[Login]:
        return await self._logins.list_logins(user_id)

    async def end_login(self, user_id: int, login_id: str) -> None:
        """Raises NotFound for one that is not theirs."""
        login = await self._logins.find_login(login_id)
        if login is None or login.user_id != user_id:
            raise NotFound("login")
        await self._tokens.end(EndedLogin.begun(login.id, login.user_id, login.login_at))
        await self._logins.forget_login(login_id)
