"""Members: users as the mall knows them. A member is the same person as in the auction, by the same identity."""
from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.claims import AccessToken
from server.domain.accounts.names import chosen_name, made_name, one_line
from server.domain.accounts.profiles import ProfileChange, ProfileService
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.accounts.wechat_login import Codes, Visitor
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound

TOKEN_LIFE = timedelta(days=14)  # the mini-program keeps a token and asks for no other while it is good
MAX_PLACE_CHARACTERS = 32
MAX_EXTENSIONS, MAX_EXTENSION_CHARACTERS = 30, 500
BIRTHDAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotRegistered(NotFound):
    """Nobody has signed up with that code; the caller may register."""


class AlreadyRegistered(Conflict):
    """Who registers is a member already; the caller may sign in."""


class Gender(int, Enum):
    """As the mini-program numbers them."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2


class Source(int, Enum):
    """By which way somebody became a member."""

    MINI_PROGRAM = 0
    MOBILE = 1
    AUCTION = 2
    USERNAME = 3
    MAIL = 4
    WECHAT_APP = 5
    QQ = 6
    ALIPAY = 7


class Member(Struct, frozen=True, kw_only=True):
    """What the mall keeps of a user, beside the user. `referrer_id`: who brought them, if anybody did."""

    id: int  # the user's
    gender: Gender = Gender.UNKNOWN
    birthday: str = ""
    province: str = ""
    city: str = ""
    extensions: dict[str, str] = {}
    referrer_id: int | None = None
    source: Source = Source.MINI_PROGRAM
    joined_at: datetime
    joined_from: str = ""
    signed_in_at: datetime
    signed_in_from: str = ""


class MemberChange(Struct, frozen=True, kw_only=True):
    """New values; None leaves one as it is."""

    nickname: str | None = None
    avatar: str | None = None
    gender: Gender | None = None
    birthday: str | None = None
    province: str | None = None
    city: str | None = None
    extensions: dict[str, str] | None = None

    def tidy(self, user: User | None) -> MemberChange:
        """As it is kept, of a user who may not be there yet. Raises InvalidInput with all that is wrong."""
        problems: dict[str, list[str]] = {}
        if self.nickname is not None:
            try:
                chosen_name(self.nickname, "nick", made=made_name(user.id) if user is not None else "")
            except InvalidInput as found:
                problems |= found.problems
        if self.birthday and not BIRTHDAY.fullmatch(self.birthday):
            problems["birthday"] = ["wrong_form"]
        for name, place in (("province", self.province), ("city", self.city)):
            if place is not None and len(place) > MAX_PLACE_CHARACTERS:
                problems[name] = [f"too_long:{MAX_PLACE_CHARACTERS}"]
        if problems:
            raise InvalidInput(problems)
        return MemberChange(
            nickname=self.nickname,
            avatar=self.avatar,
            gender=self.gender,
            birthday=self.birthday,
            province=None if self.province is None else one_line(self.province),
            city=None if self.city is None else one_line(self.city),
            extensions=self.extensions,
        )

    @property
    def own(self) -> dict[str, object]:
        """What of it the member's own record keeps."""
        values = {
            "gender": self.gender,
            "birthday": self.birthday,
            "province": self.province,
            "city": self.city,
            "extensions": self.extensions,
        }
        return {name: value for name, value in values.items() if value is not None}


class MemberStore(Protocol):
    """Where members are kept."""

    async def find_member(self, user_id: int) -> Member | None: ...

    async def find_members(self, user_ids: list[int]) -> dict[int, Member]:
        """Those that exist, by their users' numbers."""

    async def add_or_find(self, member: Member) -> Member:
        """Keeps it unless the user is one already; gives the one that is kept, whoever asked first."""

    async def note_sign_in(self, user_id: int, at: datetime, address: str) -> None: ...

    async def change_member(self, user_id: int, values: dict[str, object]) -> None: ...


class Person(Struct, frozen=True):
    """A member and the user that they are."""

    user: User
    member: Member


class SignedIn(Struct, frozen=True):
    """What a sign-in gives. `open_id` is set where a code of WeChat's was given for it."""

    user: User
    token: AccessToken
    open_id: str | None = None


class MemberService:
    """Who is a member, and what they tell of themselves."""

    def __init__(self, members: MemberStore, users: UserService, profiles: ProfileService, tokens: TokenService, clock: Clock):
        self._members = members
        self._users = users
        self._profiles = profiles
        self._tokens = tokens
        self._clock = clock

    async def get_person(self, user: User) -> Person:
        """As both are kept now. Who came from the auction becomes a member. Raises NotFound for a deleted user."""
        return Person(await self._users.get_user(user.id), await self.join(user.id, "", Source.AUCTION))

    async def find_member(self, user_id: int) -> Member | None:
        return await self._members.find_member(user_id)

    async def find_referrer(self, member: Member) -> User | None:
        """Who brought them, if anybody did and is still there."""
        return None if member.referrer_id is None else await self._users.find_user(member.referrer_id)

    async def join(self, user_id: int, address: str, source: Source, referrer_id: int | None = None) -> Member:
        """The member that the user is from now on, or was before."""
        found = await self._members.find_member(user_id)
        if found is not None:
            return found
        if referrer_id == user_id or referrer_id is not None and await self._members.find_member(referrer_id) is None:
            referrer_id = None
        now = self._clock.now()
        made = Member(
            id=user_id,
            referrer_id=referrer_id,
            source=source,
            joined_at=now,
            joined_from=address,
            signed_in_at=now,
            signed_in_from=address,
        )
        return await self._members.add_or_find(made)

    async def let_in(self, user: User, address: str, source: Source, referrer_id: int | None = None) -> AccessToken:
        """A token for the mall, for somebody who has shown who they are. Raises UserBanned."""
        token = self._tokens.issue(user)
        await self.join(user.id, address, source, referrer_id)
        await self._members.note_sign_in(user.id, self._clock.now(), address)
        return token

    async def change(self, caller: User, change: MemberChange) -> None:
        """Only what is given. Raises InvalidInput."""
        change = change.tidy(caller)
        if change.nickname is not None or change.avatar is not None:
            await self._profiles.save(caller.id, ProfileChange(nickname=change.nickname, avatar=change.avatar), nickname_field="nick")
        if change.own:
            await self.join(caller.id, "", Source.AUCTION)
            await self._members.change_member(caller.id, change.own)


class MiniProgramLogin:
    """Ways in by a code of the mini-program."""

    def __init__(self, codes: Codes, users: UserService, members: MemberService):
        self._codes = codes
        self._users = users
        self._members = members

    async def authorize(self, code: str, address: str, *, referrer_id: int | None = None) -> SignedIn:
        """Signs in, and makes a member of who is none. Raises what `log_in` raises but NotRegistered."""
        return await self._let_in(await self._codes.identify(code, "", ""), address, referrer_id)

    async def log_in(self, code: str, address: str) -> SignedIn:
        """Raises NotRegistered, InvalidInput, LoginRefused, CodesTooFrequent, NotAllowed or Unavailable."""
        visitor = await self._codes.identify(code, "", "")
        if await self._users.find_by_identity(visitor.identity) is None:
            raise NotRegistered("user")
        return await self._let_in(visitor, address, None)

    async def register(
        self, code: str, address: str, *, iv: str = "", sealed: str = "", referrer_id: int | None = None, extensions: dict[str, str]
    ) -> SignedIn:
        """A new member, with name and picture of the sealed data if there is any. Raises AlreadyRegistered, and as `authorize`."""
        visitor = await self._codes.identify(code, iv, sealed)
        user = await self._users.find_by_identity(visitor.identity)
        if user is not None and await self._members.find_member(user.id) is not None:
            raise AlreadyRegistered()
        signed_in = await self._let_in(visitor, address, referrer_id)
        if extensions:
            await self._members.change(signed_in.user, MemberChange(extensions=extensions))
        return signed_in

    async def _let_in(self, visitor: Visitor, address: str, referrer_id: int | None) -> SignedIn:
        user = await self._users.sign_in(visitor.identity, visitor.nickname, visitor.avatar)
        token = await self._members.let_in(user, address, Source.MINI_PROGRAM, referrer_id)
        return SignedIn(user, token, open_id_of(visitor.identity))


def open_id_of(identity: str) -> str | None:
    """WeChat's name of the user with that identity, or the sandbox's; None of another way in."""
    kind, _, name = identity.partition(":")
    return name if kind in ("wechat", "sandbox") else None
