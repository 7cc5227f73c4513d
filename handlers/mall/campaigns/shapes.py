"""What bargains and groups write alike."""
from __future__ import annotations

from msgspec import Struct

from handlers.mall.users import picture, told_nick
from server.domain.accounts.users import User


class FaceShape(Struct, omit_defaults=True):
    """Somebody as all may see them."""

    nick: str | None = None
    avatarUrl: str | None = None

    @classmethod
    def of(cls, user: User | None, origin: str) -> FaceShape:
        return cls() if user is None else cls(told_nick(user), picture(user, origin))
