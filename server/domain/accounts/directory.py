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

BY_ID = re.compile(r"(?P<is_sure>id:)?(?P<id>[1-9][0-9]{0,15})")  # no username has a colon; one may be a number


class NotOnYourself(Conflict):
    """An admin cannot do this to themselves: nobody would be left to undo it."""


class DirectoryStore(Protocol):
    """Users as admins look for them; deleted ones are not found."""

    async def find_by_identity(self, identity: str) -> User | None: ...

    async def find_by_id(self, user_id: int) -> User | None: ...

    async def is_taken(self, identity: str) -> bool:
        """Whether a user has or had it: deleted ones count."""

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
        """By username; as `id:7`, or by the number alone where nobody has or had that name. Raises NotFound."""
        number = BY_ID.fullmatch(name)
        if number and number["is_sure"]:
            user = await self._directory.find_by_id(int(number["id"]))
        else:
            identity = username_identity(name)
            user = await self._directory.find_by_identity(identity)
            # A deletion that is asked for twice must not find another user by what was the first one's name.
            if user is None and number and not await self._directory.is_taken(identity):
                user = await self._directory.find_by_id(int(number["id"]))
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
