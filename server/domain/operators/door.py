"""The door: operators sign in with a password and a second factor."""
from __future__ import annotations

import secrets

from msgspec import Struct

from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.claims import AccessToken, Checked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.passwords import (
    Credentials,
    Hasher,
    PasswordRules,
    PasswordStore,
    WrongPassword,
    tidy_password,
)
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, NotSignedIn, Unavailable
from server.domain.events import UserSessionsEnded
from server.domain.operators.factors import ALPHABET, FactorService, NewSecret

MADE_CHARACTERS = 20


class CodeNeeded(NotSignedIn):
    """The password is right; the second factor was not given."""


class CodeWrong(NotSignedIn):
    """The password is right; the second factor is not, or was used before."""


class Entered(Struct, frozen=True):
    """`must_set_up`: the second factor has to be set up before the token is good for anything else."""

    token: AccessToken
    must_set_up: bool


class SignInMade(Struct, frozen=True):
    """What somebody signs in with, shown this once."""

    password: str
    secret: NewSecret
    recovery_codes: list[str]


class DoorService:
    """Lets operators in, and nobody else."""

    def __init__(
        self,
        passwords: PasswordStore,
        hasher: Hasher,
        rules: PasswordRules,
        guard: LoginGuard,
        factors: FactorService,
        tokens: TokenService,
        clock: Clock,
    ):
        self._passwords = passwords
        self._hasher = hasher
        self._rules = rules
        self._guard = guard
        self._factors = factors
        self._tokens = tokens
        self._clock = clock

    async def sign_in(self, name: str, password: str, code: str | None, *, address: str, agent: str) -> Entered:
        """A token of a new login. Who has no second factor yet gets one that sets it up.

        Raises WrongCredentials, CodeNeeded, CodeWrong, LoginBlocked, UserBanned, InvalidInput for nothing to try, and Unavailable.
        """
        empty = [field for field, text in (("name", name), ("password", password)) if not text]
        if empty:
            raise InvalidInput({field: ["required"] for field in empty})
        identity, found = await self._find(name)
        admission = await self._guard.admit(identity, address)
        try:
            # The same work for a name that nobody has: an answer's time tells nothing either.
            is_right = await self._hasher.verify(found.password_hash if found else None, tidy_password(password))
        except Unavailable:
            await self._guard.take_back(admission)
            raise
        if found is None or not is_right:
            raise WrongCredentials(admission, self._clock.now())
        is_set = await self._factors.is_set(found.user)
        if is_set and not code:
            await self._guard.take_back(admission)
            raise CodeNeeded()
        if is_set and code and not await self._factors.spend(found.user, code):
            raise CodeWrong()
        await self._guard.forgive(admission)
        token = await self._factors.open_login(found.user, address=address, agent=agent, has_second_factor=is_set)
        return Entered(token, not is_set)

    async def make_sign_in(self, user: User) -> SignInMade:
        """A new password and a new second factor for an operator; every token of before is over."""
        password = "".join(secrets.choice(ALPHABET) for _ in range(MADE_CHARACTERS))
        await self.set_password(user, password)
        secret, codes = await self._factors.set_up_now(user)
        return SignInMade(password, secret, codes)

    async def reset(self, user: User, password: str) -> None:
        """Who signs in with that password sets the second factor up; every token of theirs is over."""
        await self._factors.clear(user)
        await self.set_password(user, password)

    async def set_password(self, user: User, password: str) -> None:
        """Whatever it was before; every token of theirs is over."""
        await self._passwords.set_password(user.id, await self._hasher.hash(tidy_password(password)))
        self._tokens.announce(UserSessionsEnded(user_id=user.id))

    async def check_password(self, password: str, confirmation: str, hints: tuple[str, ...]) -> None:
        """What is asked of a new one. Raises InvalidInput."""
        problems = self._rules.check_form(password, confirmation, field="password", confirmation_field="password_confirmation")
        if problems:
            raise InvalidInput(problems)
        await self._rules.check_strength(password, hints, field="password")

    async def change_password(self, login: Checked, *, old: str, new: str, confirmation: str, address: str) -> None:
        """The caller's own; their other logins are over. Raises InvalidInput, WrongPassword and LoginBlocked."""
        user = login.user
        await self.check_password(new, confirmation, (user.nickname, user.username))
        identity, found = await self._find_user(user)
        admission = await self._guard.admit(identity, address)
        if found is None or not await self._hasher.verify(found.password_hash, tidy_password(old)):
            raise WrongPassword("old")
        await self._guard.forgive(admission)
        keep = login.claims.login_id
        new_hash = await self._hasher.hash(tidy_password(new))
        if not await self._passwords.change_password(user.id, found.password_hash, new_hash, keep_login_id=keep):
            raise WrongPassword("old")  # somebody else was faster: it is an old one now
        self._tokens.announce(UserSessionsEnded(user_id=user.id, kept_login_id=keep))

    async def _find(self, name: str) -> tuple[str, Credentials | None]:
        """Under a name of operators, else under a username that an operator has; and what tries for it are counted by."""
        for identity in (operator_identity(name), username_identity(name)):
            found = await self._passwords.find_credentials(identity)
            if found is not None and found.user.is_operator:
                return identity, found
        return operator_identity(name), None

    async def _find_user(self, user: User) -> tuple[str, Credentials | None]:
        for identity in user.identities:
            found = await self._passwords.find_credentials(identity)
            if found is not None:
                return identity, found
        return f"user:{user.id}", None


def operator_identity(name: str) -> str:
    return f"operator:{name.strip()}"
