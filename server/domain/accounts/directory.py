"""The directory: what admins see of users and may change about them."""
from __future__ import annotations

import re
from typing import Protocol

from server.domain.accounts.profiles import ProfileChange, ProfileService
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import Role, User
from server.domain.errors import Conflict, NotFound
from server.domain.events import UserSessionsEnded
from server.domain.paging import Page, PageQuery

BY_ID = re.compile(r"id:([1-9][0-9]{0,15})")  # no username has a colon


class NotOnYourself(Conflict):
    """An admin cannot do this to themselves: nobody would be left to undo it."""


class DirectoryStore(Protocol):
    """Users as admins look for them; deleted ones are not found."""

    async def find_by_identity(self, identity: str) -> User | None: ...

    async def find_by_id(self, user_id: int) -> User | None: ...

    async def page_users(self, username_part: str, page: PageQuery) -> Page[User]:
        """Those whose username holds that text, in any spelling; all for an empty text. Oldest first."""

    async def change_role(self, user_id: int, role: Role, *, has_role: bool) -> User:
        """Gives or takes a role and ends all tokens, in one write. Raises NotFound."""


class DirectoryService:
    """Finding and changing users on behalf of an admin."""

    def __init__(self, directory: DirectoryStore, profiles: ProfileService, tokens: TokenService):
        self._directory = directory
        self._profiles = profiles
        self._tokens = tokens

    async def page_users(self, username_part: str, page: PageQuery) -> Page[User]:
        """Those whose username holds that text, which is taken as it stands; oldest first."""
        if not username_part.isascii():
            return Page(page.number, [], 0)  # the database would take an ſ for an s
        return await self._directory.page_users(username_part, page)

    async def get_user(self, name: str) -> User:
        """By username, or as `id:7` for who has none. Raises NotFound."""
        by_id = BY_ID.fullmatch(name)
        if by_id:
            user = await self._directory.find_by_id(int(by_id[1]))
        else:
            user = await self._directory.find_by_identity(username_identity(name))
        if user is None:
            raise NotFound("user")
        return user

    async def change_user(self, name: str, change: ProfileChange) -> User:
        """Raises NotFound, InvalidInput."""
        return await self._profiles.save((await self.get_user(name)).id, change)

    async def make_admin(self, name: str) -> User:
        """The user has to sign in again, as an admin then. Raises NotFound."""
        return await self._change_role(await self.get_user(name), has_role=True)

    async def dismiss_admin(self, caller: User, name: str) -> User:
        """Raises NotFound, NotOnYourself."""
        user = await self.get_user(name)
        if user.id == caller.id:
            raise NotOnYourself()
        return await self._change_role(user, has_role=False)

    async def _change_role(self, user: User, *, has_role: bool) -> User:
        changed = await self._directory.change_role(user.id, Role.ADMIN, has_role=has_role)
        self._tokens.announce(UserSessionsEnded(user_id=user.id))
        return changed
