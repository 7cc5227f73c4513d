"""How members are shown to others: by a name that they have told and a picture, or by neither."""
from __future__ import annotations

from handlers.mall.users import picture, told_nick
from server.domain.accounts.users import User


def nick_of(user: User | None) -> str | None:
    return None if user is None else told_nick(user)


def picture_of(user: User | None, origin: str) -> str | None:
    """Its absolute address."""
    return None if user is None else picture(user, origin)
