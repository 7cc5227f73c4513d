"""Friends: members whom a member has put on their list, and what members may see of each other."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.community.people import Named, People, with_people
from server.domain.mall.members import Member, MemberService
from server.domain.mall.settings import Settings
from server.domain.paging import Page, PageQuery

MOST_FRIENDS = 5000
VIEWING = "ALLOW_VIEW_FRIEND"  # the system parameter: "1" lets members see each other


class MemberMissing(NotFound):
    """There is no such member."""


class NoFriendOfOneself(Conflict):
    """Nobody is on their own list."""


class TooManyFriends(Conflict):
    """The list is full."""


class ViewingClosed(Conflict):
    """The shop does not let members see each other."""


class Friend(Struct, frozen=True, kw_only=True):
    """One member on another's list."""

    id: str  # user:friend
    user_id: int
    friend_id: int
    added_at: datetime


class FriendQuery(Struct, frozen=True, kw_only=True):
    """Which of a member's list; None asks for any."""

    friend_ids: Sequence[int] | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


class FriendStore(Protocol):
    """Where lists are kept."""

    async def add_friend(self, friend: Friend) -> None:
        """Unless they are on the list already."""

    async def is_friend(self, user_id: int, friend_id: int) -> bool: ...

    async def count_friends(self, user_id: int) -> int: ...

    async def page_friends(self, user_id: int, query: FriendQuery, page: PageQuery) -> Page[Friend]:
        """The newest first."""


class Seen(Struct, frozen=True):
    """A member as another sees them. `extensions`: what they tell of themselves, to those whom they have put on their own list."""

    user: User
    extensions: dict[str, str]


class FriendService:
    """Members' lists."""

    def __init__(
        self, friends: FriendStore, users: UserService, members: MemberService, people: People, settings: Settings, clock: Clock
    ):
        self._friends = friends
        self._users = users
        self._members = members
        self._people = people
        self._settings = settings
        self._clock = clock

    async def add(self, user: User, friend_id: int) -> None:
        """Again changes nothing. Raises MemberMissing, NoFriendOfOneself and TooManyFriends."""
        if friend_id == user.id:
            raise NoFriendOfOneself()
        await self._get_member(friend_id)
        if await self._friends.count_friends(user.id) >= MOST_FRIENDS:
            raise TooManyFriends()
        friend = Friend(id=f"{user.id}:{friend_id}", user_id=user.id, friend_id=friend_id, added_at=self._clock.now())
        await self._friends.add_friend(friend)

    async def page(self, user: User, query: FriendQuery, page: PageQuery) -> Page[Named[Friend]]:
        """The newest first."""
        found = await self._friends.page_friends(user.id, query, page)
        return await with_people(self._people, found, [one.friend_id for one in found.items])

    async def look_at(self, viewer: User | None, user_id: int) -> Seen:
        """Raises ViewingClosed and MemberMissing."""
        if await self._settings.get_value(VIEWING) != "1":
            raise ViewingClosed()
        user, member = await self._get_member(user_id)
        is_told = viewer is not None and (viewer.id == user_id or await self._friends.is_friend(user_id, viewer.id))
        return Seen(user, member.extensions if is_told else {})

    async def _get_member(self, user_id: int) -> tuple[User, Member]:
        user, member = await self._users.find_user(user_id), await self._members.find_member(user_id)
        if user is None or user.is_gone or member is None:
            raise MemberMissing("member")
        return user, member
