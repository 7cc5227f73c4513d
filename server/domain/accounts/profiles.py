"""Profiles: what users tell of themselves, changed by them or by an admin."""
from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from msgspec import Struct

from server.domain.accounts.names import UNSEEN, chosen_name, made_name, one_line, tidy_name
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput, NotFound
from server.domain.pictures import FOLDER

MAX_EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
MAX_AVATAR_CHARACTERS = 512
MAX_PHONE_CHARACTERS = 21  # what its form allows
OWN_AVATARS = "/api/avatars/"

EMAIL = re.compile(rf"[^@\s{UNSEEN}]{{1,64}}@[^@\s.{UNSEEN}]+(\.[^@\s.{UNSEEN}]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")
AVATAR = re.compile(r"https://[^\s\"'<>\\]+|" + OWN_AVATARS + r"[0-9a-f]{32}|" + FOLDER + r"[0-9a-f]{32}\.(jpg|webp)")


def told_picture(address: str) -> str:
    """The address of a picture that came from elsewhere; empty if it is none that a browser may be sent to."""
    is_one = len(address) <= MAX_AVATAR_CHARACTERS and not address.startswith("/") and AVATAR.fullmatch(address)
    return address if is_one else ""


class ProfileChange(Struct, frozen=True, kw_only=True):
    """New values; None leaves one as it is, an empty text takes it away (a nickname is never taken away)."""

    name: str | None = None  # the real one
    nickname: str | None = None
    email: str | None = None
    phone: str | None = None
    avatar: str | None = None

    def tidy(self, *, made: str = "", nickname_field: str = "nickname") -> ProfileChange:
        """As it is kept; the nickname that was `made` for the user is theirs. Raises InvalidInput with all that is wrong."""
        problems: dict[str, list[str]] = {}
        name, nickname = self.name, self.nickname
        try:
            name = tidy_name(name, "name") if name else name
        except InvalidInput as found:
            problems |= found.problems
        try:
            nickname = chosen_name(nickname, nickname_field, made=made) if nickname is not None else None
        except InvalidInput as found:
            problems |= found.problems
        if self.email and not _is_email(self.email):
            problems["email"] = ["wrong_form"]
        if self.phone and not PHONE.fullmatch(self.phone):
            problems["phone"] = ["wrong_form"]
        if self.avatar and (len(self.avatar) > MAX_AVATAR_CHARACTERS or not AVATAR.fullmatch(self.avatar)):
            problems["avatar"] = ["wrong_form"]
        if problems:
            raise InvalidInput(problems)
        return ProfileChange(name=name, nickname=nickname, email=self.email, phone=self.phone, avatar=self.avatar)


class Changed(NamedTuple):
    """A user before and after a change."""

    before: User
    after: User


class ProfileStore(Protocol):
    """Where profiles are kept: with their users."""

    async def change_profile(self, user_id: int, change: ProfileChange) -> Changed:
        """One write. Raises NotFound, also for a deleted user."""


class AvatarRemover(Protocol):
    """Where uploaded avatars are kept, as far as a profile needs it."""

    async def remove_avatar(self, user_id: int, avatar_id: str) -> None:
        """Nothing happens if it is not that user's."""


class ProfileService:
    """Profiles. A profile's id is its user's; everyone has exactly one."""

    def __init__(self, profiles: ProfileStore, avatars: AvatarRemover, tokens: TokenService):
        self._profiles = profiles
        self._avatars = avatars
        self._tokens = tokens

    async def save(self, user_id: int, change: ProfileChange, *, nickname_field: str = "nickname") -> User:
        """On behalf of somebody who may. An uploaded avatar goes when another takes its place. Raises InvalidInput, NotFound."""
        before, after = await self._profiles.change_profile(user_id, change.tidy(made=made_name(user_id), nickname_field=nickname_field))
        # Users are remembered with their tokens: a bid made next carries the new nickname here, and within seconds elsewhere.
        self._tokens.forget(user_id)
        if before.avatar != after.avatar and before.avatar.startswith(OWN_AVATARS):
            await self._avatars.remove_avatar(user_id, before.avatar.removeprefix(OWN_AVATARS))
        return after

    async def rename(self, caller: User, nickname: str) -> User:
        """Raises InvalidInput."""
        return await self.save(caller.id, ProfileChange(nickname=nickname))

    async def change_profile(self, caller: User, profile_id: int, change: ProfileChange) -> User:
        """Raises NotFound for another user's, InvalidInput."""
        _check_own(caller, profile_id)
        return await self.save(caller.id, change)

    async def clear_profile(self, caller: User, profile_id: int) -> None:
        """Takes away what the user told; the nickname becomes one that is made. Raises NotFound for another user's."""
        _check_own(caller, profile_id)
        nothing = ProfileChange(name="", nickname=made_name(caller.id), email="", phone="", avatar="")
        await self.save(caller.id, nothing)


def _is_email(text: str) -> bool:
    return len(text) <= MAX_EMAIL_CHARACTERS and one_line(text) == text and EMAIL.fullmatch(text) is not None


def _check_own(caller: User, profile_id: int) -> None:
    # Whether it exists is nobody else's business.
    if profile_id != caller.id:
        raise NotFound("profile")
