"""Users: one kind behind all ways of signing in."""
from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.errors import Conflict, NotAllowed, Unavailable

MERGED_AFTER_SECONDS = 15  # what was let in before is through by then: tokens are believed for 5 s, offers answered within 3


class UserBanned(NotAllowed):
    """An operator has banned this user."""


class IdentityTaken(Conflict):
    """Somebody else has this way in."""


class BeingMerged(Unavailable):
    """This log-in is on its way to another user; in a moment it signs in as that one, or as before."""

    def __init__(self) -> None:
        super().__init__("user", MERGED_AFTER_SECONDS)


class Role(str, Enum):
    """What a user may do beyond bidding."""

    AUCTIONEER = "auctioneer"  # runs the sale
    SHOP_STAFF = "shop_staff"  # keeps catalogue and shops
    BOOKKEEPER = "bookkeeper"  # settles and pays
    OPERATOR = "operator"  # all three trades
    ADMIN = "admin"  # those, and manages users too


TRADES = (Role.AUCTIONEER, Role.SHOP_STAFF, Role.BOOKKEEPER)
OPERATORS = (*TRADES, Role.OPERATOR, Role.ADMIN)


class Merge(Struct, frozen=True, kw_only=True):
    """A log-in's way into another user: on whose word, and since when nobody signs in by it."""

    into: int
    at: datetime
    by: int | None
    reason: str = ""


class User(Struct, frozen=True, kw_only=True):
    """A person. `identities` are the ways in, each `kind:name`, such as `wechat:OPENID`, `sandbox:NAME` or `username:DIGEST`."""

    id: int
    nickname: str  # the alias that other bidders know them by
    real_name: str = ""  # for those who send what was won; shown to nobody else
    avatar: str = ""
    username: str = ""  # of those who sign in by password
    email: str = ""
    phone: str = ""
    identities: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    is_banned: bool = False
    has_two_steps: bool = False  # a login without the second factor gives no rights of an operator
    token_generation: int = 0  # tokens of an earlier one are over
    kept_login_id: str | None = None  # the login whose tokens outlived the last change of generation
    created_at: datetime
    deleted_at: datetime | None = None  # from then on the document only keeps the number and the username taken
    merging: Merge | None = None  # set while it is decided whether they become a log-in of another
    merged_into: int | None = None  # they were a log-in of that user, who has their ways in

    @property
    def own_name(self) -> str:
        """What they and those who look after them call them by."""
        return self.real_name or self.nickname

    @property
    def is_operator(self) -> bool:
        return any(role in OPERATORS for role in self.roles)

    def is_any_of(self, roles: Collection[Role]) -> bool:
        """Whether one of the roles is theirs, by itself or with another that includes it."""
        return is_any_of(self.roles, roles)

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.roles

    @property
    def is_gone(self) -> bool:
        """Nobody signs in as them any more."""
        return self.deleted_at is not None or self.merged_into is not None


def is_any_of(held: Collection[Role], wanted: Collection[Role]) -> bool:
    """Whether who has the first may do what one of the others may."""
    including = {Role.OPERATOR: (*TRADES, Role.OPERATOR), Role.ADMIN: OPERATORS}
    return any(one in including.get(role, (role,)) for role in held for one in wanted)


class UserStore(Protocol):
    """Where users are kept. An identity leads to one user at most."""

    async def get_user(self, user_id: int) -> User:
        """Raises NotFound."""

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]:
        """Those that exist, by id."""

    async def find_user_by_identity(self, identity: str) -> User | None: ...

    async def add_or_find(self, user: User) -> User:
        """Stores the user unless their identity has one already; gives the one that is kept, whoever asked first."""

    async def bind_identity(self, user_id: int, identity: str, told: Mapping[str, str]) -> User:
        """Gives the user this way in, in place of the one of its kind, and these fields, in one write. Raises NotFound, IdentityTaken."""

    async def rename(self, user_id: int, before: str, after: str) -> None:
        """Only if the name is still that of before."""

    async def end_tokens(self, user_id: int, *, keep_login_id: str | None = None) -> None:
        """Begins a new generation of tokens, which those of one login may outlive. Raises NotFound."""

    async def ban_user(self, user_id: int) -> None:
        """Bans and begins a new generation of tokens, in one write. Raises NotFound."""

    async def unban_user(self, user_id: int) -> None:
        """Raises NotFound."""

    async def reset_operator(self, user_id: int, role: Role) -> User:
        """Gives the user that role, lifts a ban and begins a new generation of tokens, in one write. Raises NotFound."""

    async def next_id(self) -> int:
        """A number no user has had."""


def erased_identity(identity: str) -> str:
    """What is kept of the identity of a user who was erased while banned: enough to know it again, and nothing of what it was."""
    return f"erased:{hashlib.sha256(identity.encode()).hexdigest()}"
