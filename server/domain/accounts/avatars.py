"""Avatars: pictures that users upload, made anew before anyone sees them."""
from __future__ import annotations

import hashlib
import re
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.profiles import OWN_AVATARS, ProfileChange, ProfileService
from server.domain.accounts.users import User
from server.domain.errors import NotFound
from server.domain.pictures import NotAPicture, PictureRefused

MAX_AVATAR_BYTES = 1024 * 1024
AVATAR_TYPE = "image/jpeg"
AVATAR_ID = re.compile(r"[0-9a-f]{32}")


class AvatarPainter(Protocol):
    """Makes a small picture of the pixels alone: nothing else of the upload survives."""

    async def redraw(self, content: bytes) -> bytes:
        """A square JPEG. Raises NotAPicture, or Unavailable when too many wait."""


class Avatar(Struct, frozen=True, kw_only=True):
    """`id` is a digest of the content and the user, so that it cannot be guessed and the same upload is kept once."""

    id: str
    user_id: int
    content: bytes

    @classmethod
    def of(cls, user_id: int, content: bytes) -> Avatar:
        digest = hashlib.sha256(f"{user_id}:".encode() + content).hexdigest()
        return cls(id=digest[:32], user_id=user_id, content=content)

    @property
    def address(self) -> str:
        return OWN_AVATARS + self.id


class AvatarStore(Protocol):
    """Where uploaded avatars are kept."""

    async def add_avatar(self, avatar: Avatar) -> None:
        """Stores it unless it is there."""

    async def get_content(self, avatar_id: str) -> bytes:
        """Raises NotFound."""

    async def remove_avatar(self, user_id: int, avatar_id: str) -> None:
        """Nothing happens if it is not that user's."""

    async def remove_all(self, user_id: int) -> None: ...


class AvatarService:
    """Uploading and showing avatars."""

    def __init__(self, avatars: AvatarStore, profiles: ProfileService, painter: AvatarPainter):
        self._avatars = avatars
        self._profiles = profiles
        self._painter = painter

    async def upload_avatar(self, caller: User, content: bytes) -> User:
        """The user with the new avatar. Raises PictureRefused for what is no picture or too large, Unavailable."""
        if not content:
            raise PictureRefused("required", "avatar")
        if len(content) > MAX_AVATAR_BYTES:
            raise PictureRefused(f"file_too_large:{MAX_AVATAR_BYTES // 1024}", "avatar")
        try:
            avatar = Avatar.of(caller.id, await self._painter.redraw(content))
        except NotAPicture as error:
            raise PictureRefused(error.reason, "avatar") from None
        await self._avatars.add_avatar(avatar)
        return await self._profiles.save(caller.id, ProfileChange(avatar=avatar.address))

    async def get_content(self, avatar_id: str) -> bytes:
        """Raises NotFound."""
        if not AVATAR_ID.fullmatch(avatar_id):
            raise NotFound("avatar")
        return await self._avatars.get_content(avatar_id)
