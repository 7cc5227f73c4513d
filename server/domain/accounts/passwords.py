"""Passwords: what is asked of them, how they are checked, how they are changed."""
from __future__ import annotations

import unicodedata
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.claims import Claims
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import User
from server.domain.errors import DomainError, InvalidInput, NotFound
from server.domain.events import UserSessionsEnded

MIN_PASSWORD_CHARACTERS = 8
MAX_PASSWORD_CHARACTERS = 128


class WrongPassword(DomainError):
    """The old password given with a new one is not right; `field` is its name in the request."""

    def __init__(self, field: str):
        super().__init__(field)
        self.field = field


class Credentials(Struct, frozen=True):
    """A user who signs in by password, and the hash of it."""

    user: User
    password_hash: str


class Hasher(Protocol):
    """Turns passwords into hashes that nobody can turn back, without holding up other work."""

    async def hash(self, password: str) -> str:
        """Raises Unavailable when too many wait."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is that password's. None is nobody's and takes as long. Raises Unavailable when too many wait."""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash made today would be stronger."""


class Guesser(Protocol):
    """Knows what others try first."""

    async def is_easy(self, password: str, hints: tuple[str, ...]) -> bool:
        """Whether it is common or easily guessed by who knows the hints. Raises Unavailable when too many wait."""


class PasswordStore(Protocol):
    """Where password hashes are kept, beside their users and never in them."""

    async def find_credentials(self, identity: str) -> Credentials | None:
        """Of a user who is not deleted and has a password."""

    async def add_user(self, user: User, password_hash: str) -> None:
        """Raises UsernameTaken if somebody has one of the user's identities."""

    async def replace_hash(self, user_id: int, old: str, new: str) -> None:
        """The same password hashed anew; nothing happens if the hash is no longer the old one."""

    async def change_password(self, user_id: int, old: str, new: str, *, keep_login_id: str | None) -> bool:
        """Sets the hash and ends all tokens but those of one login, in one write; False if the hash is no longer the old one."""

    async def set_password(self, user_id: int, new: str, *, keep_login_id: str | None = None) -> None:
        """Sets the hash, whatever it was, and ends all tokens but those of one login, in one write."""


def tidy_password(text: str) -> str:
    """One form for all ways to type the same characters (NFKC, as NIST SP 800-63B advises)."""
    return unicodedata.normalize("NFKC", text)


class PasswordRules:
    """What a new password has to be."""

    def __init__(self, guesser: Guesser):
        self._guesser = guesser

    @staticmethod
    def check_form(password: str, confirmation: str, *, field: str, confirmation_field: str) -> dict[str, list[str]]:
        """What is wrong with its length, and whether it was typed twice alike; by field, empty if nothing."""
        problems = {}
        length = len(tidy_password(password))
        if not password:
            problems[field] = ["required"]
        elif length < MIN_PASSWORD_CHARACTERS:
            problems[field] = [f"too_short:{MIN_PASSWORD_CHARACTERS}"]
        elif length > MAX_PASSWORD_CHARACTERS:
            problems[field] = [f"too_long:{MAX_PASSWORD_CHARACTERS}"]
        if password != confirmation:
            problems[confirmation_field] = ["not_the_same"]
        return problems

    async def check_strength(self, password: str, hints: tuple[str, ...], *, field: str) -> None:
        """Raises InvalidInput, naming the field, when it is easily guessed."""
        if await self._guesser.is_easy(tidy_password(password), hints):
            raise InvalidInput({field: ["easily_guessed"]})


class PasswordService:
    """Changing passwords."""

    def __init__(self, passwords: PasswordStore, hasher: Hasher, rules: PasswordRules, guard: LoginGuard, tokens: TokenService):
        self._passwords = passwords
        self._hasher = hasher
        self._rules = rules
        self._guard = guard
        self._tokens = tokens

    async def change_password(
        self, caller: User, token: str | None, username: str, *, old: str, new: str, confirmation: str, address: str
    ) -> None:
        """Sets a new password and ends every other login of the user.

        The user gives the old password; an admin gives the user's old one or, where that is forgotten, their own.
        Raises InvalidInput, NotFound for another user's name unless the caller is an admin, WrongPassword, LoginBlocked.
        """
        form = self._rules.check_form(
            new, confirmation, field="newPassword", confirmation_field="newPassword_confirmation"
        )
        if form:
            raise InvalidInput(form)
        owner = await self._find_owner(caller, username)
        await self._rules.check_strength(new, (owner.user.username, owner.user.nickname, owner.user.real_name), field="newPassword")
        admission = await self._guard.admit(_account_of(caller), address)
        if not await self._is_allowed(caller, owner, tidy_password(old)):
            raise WrongPassword("oldPassword")
        await self._guard.forgive(admission)
        keep = (await self._tokens.check(token)).claims if owner.user.id == caller.id else None
        await self._replace(owner, tidy_password(new), keep)

    async def _find_owner(self, caller: User, username: str) -> Credentials:
        identity = username_identity(username)
        if not caller.is_admin and identity not in caller.identities:
            raise NotFound("user")
        found = await self._passwords.find_credentials(identity)
        if found is None:
            raise NotFound("user")
        return found

    async def _is_allowed(self, caller: User, owner: Credentials, old: str) -> bool:
        if await self._hasher.verify(owner.password_hash, old):
            return True
        if owner.user.id == caller.id:
            return False
        own = await self._passwords.find_credentials(username_identity(caller.username)) if caller.username else None
        return await self._hasher.verify(own.password_hash if own else None, old)

    async def _replace(self, owner: Credentials, new: str, keep: Claims | None) -> None:
        keep_login_id = keep.login_id if keep else None
        new_hash = await self._hasher.hash(new)
        user_id = owner.user.id
        if not await self._passwords.change_password(user_id, owner.password_hash, new_hash, keep_login_id=keep_login_id):
            raise WrongPassword("oldPassword")  # somebody else was faster: it is an old one now
        self._tokens.announce(UserSessionsEnded(user_id=user_id, kept_login_id=keep_login_id))
        await self._guard.clear(_account_of(owner.user))  # nobody has guessed at the new one yet


def _account_of(caller: User) -> str:
    """As sign-ins count it: who guesses there and here has no more tries."""
    return username_identity(caller.username) if caller.username else f"user:{caller.id}"
