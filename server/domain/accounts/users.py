"""Users: one kind behind all ways of signing in."""
from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct


class Role(str, Enum):
    """What a user may do beyond bidding."""

    OPERATOR = "operator"  # runs the sale and reads every bid
    ADMIN = "admin"  # manages users too


class User(Struct, frozen=True, kw_only=True):
    """A person. `identities` are the ways in, each `kind:name`, such as `wechat:OPENID` or `sandbox:NAME`."""

    id: int
    nickname: str
    avatar: str = ""
    identities: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    is_banned: bool = False
    created_at: datetime

    @property
    def is_operator(self) -> bool:
        return Role.OPERATOR in self.roles or Role.ADMIN in self.roles

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.roles
