"""Members as others see them in lists: a name and a picture."""
from __future__ import annotations

from collections.abc import Collection
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.paging import Page

Made = TypeVar("Made")


class People(Protocol):
    """Who is behind a number."""

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]:
        """Those that exist, by id."""


class Named(Struct, Generic[Made], frozen=True):
    """Something, with whose it is; None: nobody that is known."""

    made: Made
    user: User | None


async def with_people(people: People, page: Page[Made], user_ids: list[int]) -> Page[Named[Made]]:
    """Each of the page with its user; the numbers are in the page's order."""
    users = await people.find_users(set(user_ids))
    return Page(page.number, [Named(made, users.get(id)) for made, id in zip(page.items, user_ids)], page.total)
