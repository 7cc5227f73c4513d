"""Users: one kind behind all ways of signing in."""
from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.names import NAME_WITHHELD, made_name, tidy_name, told_name
from server.domain.clock import Clock
from server.domain.errors import NotAllowed
from server.domain.events import UserSessionsEnded

if TYPE_CHECKING:
    from server.domain.accounts.tokens import AccessToken, TokenService


class UserBanned(NotAllowed):
    """An operator has banned this user."""


class Role(str, Enum):
    """What a user may do beyond bidding."""

    OPERATOR = "operator"  # runs the sale and reads every bid
    ADMIN = "admin"  # manages users too


class User(Struct, frozen=True, kw_only=True):
    """A person. `identities` are the ways in, each `kind:name`, such as `wechat:OPENID`, `sandbox:NAME` or `username:DIGEST`."""

    id: int
    nickname: str
    avatar: str = ""
    username: str = ""  # of those who sign in by password
    email: str = ""
    phone: str = ""
    identities: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    is_banned: bool = False
    token_generation: int = 0  # tokens of an earlier one are over
    kept_login_id: str | None = None  # the login whose tokens outlived the last change of generation
    created_at: datetime
    deleted_at: datetime | None = None  # from then on the document only keeps the number and the username taken

    @property
    def is_operator(self) -> bool:
        return Role.OPERATOR in self.roles or Role.ADMIN in self.roles

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.roles


class UserStore(Protocol):
    """Where users are kept. An identity leads to one user at most."""

    async def get_user(self, user_id: int) -> User:
        """Raises NotFound."""

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]:
        """Those that exist, by id."""

    async def find_user_by_identity(self, identity: str) -> User | None: ...

    async def add_or_find(self, user: User) -> User:
        """Stores the user unless their identity has one already; gives the one that is kept, whoever asked first."""

    async def rename(self, user_id: int, before: str, after: str) -> None:
        """Only if the name is still that of before."""

    async def end_tokens(self, user_id: int, *, keep_login_id: str | None = None) -> None:
        """Begins a new generation of tokens, which those of one login may outlive. Raises NotFound."""

    async def ban_user(self, user_id: int) -> None:
        """Bans and begins a new generation of tokens, in one write. Raises NotFound."""

    async def unban_user(self, user_id: int) -> None:
        """Raises NotFound."""

    async def reset_operator(self, user_id: int) -> User:
        """Makes the user an operator, lifts a ban and begins a new generation of tokens, in one write. Raises NotFound."""

    async def next_id(self) -> int:
        """A number no user has had."""


def erased_identity(identity: str) -> str:
    """What is kept of the identity of a user who was erased while banned: enough to know it again, and nothing of what it was."""
    return f"erased:{hashlib.sha256(identity.encode()).hexdigest()}"


class UserService:
    """Users and what may become of them."""

    def __init__(self, users: UserStore, tokens: TokenService, clock: Clock):
        self._users = users
        self._tokens = tokens
        self._clock = clock

    async def get_user(self, user_id: int) -> User:
        """Raises NotFound."""
        return await self._users.get_user(user_id)

    async def find_by_identity(self, identity: str) -> User | None:
        return await self._users.find_user_by_identity(identity)

    async def sign_in(self, identity: str, nickname: str, avatar: str) -> User:
        """The user of that identity, made at the first sign-in, exactly once; later ones change neither name nor picture.

        Who tells no name is given one that nobody else has. Raises UserBanned for who was erased while banned; whether a user
        is banned is left to the tokens.
        """
        user = await self._users.find_user_by_identity(identity)
        if user is None:
            await self._refuse_if_banned(identity)
            user = await self._add(identity, told_name(nickname), avatar)
        if user.nickname == NAME_WITHHELD:
            name = made_name(user.id)
            await self._users.rename(user.id, NAME_WITHHELD, name)
            user = replace(user, nickname=name)
        return user

    async def make_operator(self, name: str) -> AccessToken:
        """Makes the operator of that name, or resets them: no ban, no other token. Gives a fresh token. Raises InvalidInput."""
        name = tidy_name(name, "name")
        identity = f"operator:{name}"
        user = await self._users.find_user_by_identity(identity) or await self._add(identity, name, "")
        operator = await self._users.reset_operator(user.id)
        self._tokens.announce(UserSessionsEnded(user_id=operator.id))
        return self._tokens.issue(operator)

    async def ban(self, user_id: int) -> None:
        """Refuses the user everywhere from now on and ends their tokens for good. Raises NotFound."""
        await self._users.ban_user(user_id)
        self._tokens.announce(UserSessionsEnded(user_id=user_id, is_banned=True))

    async def unban(self, user_id: int) -> None:
        """Lets the user sign in again, as somebody new if they were erased; the tokens of before stay ended. Raises NotFound."""
        await self._users.unban_user(user_id)

    async def _refuse_if_banned(self, identity: str) -> None:
        erased = await self._users.find_user_by_identity(erased_identity(identity))
        if erased is not None and erased.is_banned:
            raise UserBanned()

    async def _add(self, identity: str, nickname: str, avatar: str) -> User:
        number = await self._users.next_id()
        return await self._users.add_or_find(
            User(
                id=number,
                nickname=nickname or made_name(number),
                avatar=avatar,
                identities=(identity,),
                created_at=self._clock.now(),
            )
        )
