"""Persons: users as operators' work keeps them."""
from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from server.domain.accounts.users import Merge, Role

PERSONS = "accounts.people"  # the noun, as the log names it


class Person(Struct, frozen=True, kw_only=True):
    """A user as they are kept, but for what belongs to their ways in.

    `merging`: they are on their way into another. `merged_into`: they were a log-in of that user, who has them among the `merged`.
    """

    id: int
    nickname: str
    username: str = ""
    phone: str = ""
    roles: tuple[Role, ...] = ()
    is_banned: bool = False
    merging: Merge | None = None
    merged_into: int | None = None
    merged: tuple[int, ...] = ()
    created_at: datetime
    deleted_at: datetime | None = None
    revision: int = 0

    @property
    def is_gone(self) -> bool:
        """Nobody signs in as them any more."""
        return self.deleted_at is not None or self.merged_into is not None

    @property
    def numbers(self) -> list[int]:
        """Their own, and those of the log-ins that became theirs."""
        return [self.id, *self.merged]
