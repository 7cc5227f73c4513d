"""Files that people put up: pictures alone, known by their content, made anew, each at an address for ever."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import uuid4

from msgspec import Struct

from server.domain.accounts.names import one_line
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.pictures import Picture, PictureMissing, PictureService, PictureWeb

NOBODY = 0  # whose the files are that were put up without a token
MOST_LISTED = 1000
MOST_NAME_CHARACTERS = 200


class Upload(Struct, frozen=True, kw_only=True):
    """One file of a user. `name` is what the user called it, `size` the bytes that came."""

    id: str
    user_id: int
    picture: Picture
    name: str
    size: int
    uploaded_at: datetime

    @property
    def key(self) -> str:
        """Its place among the files."""
        return self.picture.address.lstrip("/")


class UploadStore(Protocol):
    """Where it is kept who put up what."""

    async def add_upload(self, upload: Upload) -> None:
        """A row of its own, whatever picture it is of."""

    async def list_uploads(self, user_id: int, most: int) -> list[Upload]:
        """The last one first."""


class UploadService:
    """Takes files. The same picture put up again is a row of its own, and kept once."""

    def __init__(self, uploads: UploadStore, pictures: PictureService, web: PictureWeb, clock: Clock):
        self._uploads = uploads
        self._pictures = pictures
        self._web = web
        self._clock = clock

    async def add_file(self, user_id: int, content: bytes, name: str) -> Upload:
        """Raises PictureRefused and Unavailable."""
        picture = await self._pictures.add_picture(content)
        upload = Upload(
            id=uuid4().hex,
            user_id=user_id,
            picture=picture,
            name=one_line(name)[:MOST_NAME_CHARACTERS],
            size=len(content),
            uploaded_at=self._clock.now(),
        )
        await self._uploads.add_upload(upload)
        return upload

    async def add_from_web(self, user_id: int, address: str) -> Upload:
        """The picture at a public address. Raises InvalidInput, PictureRefused and Unavailable."""
        try:
            content = await self._web.fetch(address)
        except PictureMissing:
            raise InvalidInput({"remoteFileUrl": ["not_a_picture"]}) from None
        return await self.add_file(user_id, content, address.partition("?")[0].rpartition("/")[2])

    async def list_files(self, user_id: int, folder: str = "") -> list[Upload]:
        """Those below that folder, the last one first."""
        place = folder.strip("/")
        found = await self._uploads.list_uploads(user_id, MOST_LISTED)
        return [upload for upload in found if not place or upload.key.startswith(f"{place}/")]
