"""Pictures that anybody may see: made anew for the web from what was given, kept under a digest of it, served for ever."""
from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.errors import InvalidInput, NotFound

FOLDER = "/pictures/"
SMALL = "_m"  # what follows the name of a picture's thumbnail
MAX_PICTURE_BYTES = 12 * 1024 * 1024  # a telephone's photo, or a note's scan at 1200 dpi
MOST_SHELVED_BYTES = 16 * 1024 * 1024  # of pictures asked for lately, in each process

_FILE = re.compile(r"([0-9a-f]{32})(_m)?\.(jpg|webp)(_m)?")


class NotAPicture(Exception):
    """The content is not a picture of a kind that is taken. `reason` is that of a field's problem."""

    def __init__(self, reason: str = "not_a_picture"):
        super().__init__(reason)
        self.reason = reason


class TooManyPixels(NotAPicture):
    """It would take too much memory to open."""

    def __init__(self, most: int):
        super().__init__(f"too_many_pixels:{most // 1_000_000}")


class PictureRefused(InvalidInput):
    """What was given as a picture is not taken; `reason` is that of the field's problem."""

    def __init__(self, reason: str, name: str = "picture"):
        super().__init__({name: [reason]})
        self.reason = reason


class PictureMissing(Exception):
    """What was named cannot be had. `reason` is `kind` or `kind:parameter`, as that of a field's problem."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class PictureWeb(Protocol):
    """Fetches pictures from addresses that others have written down, public ones alone."""

    async def fetch(self, address: str) -> bytes:
        """Raises PictureMissing."""


class PictureKind(str, Enum):
    """As the end of a file's name. Only what can be seen through is WebP."""

    JPEG = "jpg"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        return "image/jpeg" if self is PictureKind.JPEG else "image/webp"


class Rendition(Struct, frozen=True, kw_only=True):
    """One size of a picture, whole in itself."""

    content: bytes
    width: int
    height: int


class Remade(Struct, frozen=True, kw_only=True):
    """What a painter makes of a picture: pixels alone, upright, in both sizes."""

    kind: PictureKind
    full: Rendition
    small: Rendition


class PicturePainter(Protocol):
    """Makes pictures for the web of the pixels alone: nothing else of what was given survives."""

    async def remake(self, content: bytes) -> Remade:
        """Raises NotAPicture, or Unavailable when too many wait."""


class Picture(Struct, frozen=True, kw_only=True):
    """What is known of a picture without its pixels. `id` is a digest of what was given."""

    id: str
    kind: PictureKind
    width: int
    height: int

    @property
    def address(self) -> str:
        return f"{FOLDER}{self.id}.{self.kind.value}"

    @property
    def small_address(self) -> str:
        return small(self.address)


class PictureStore(Protocol):
    """Where pictures are kept."""

    async def find_picture(self, picture_id: str) -> Picture | None:
        """One that is found has both its sizes."""

    async def add_picture(self, picture: Picture, remade: Remade) -> None:
        """Stores it unless it is there."""

    async def find_content(self, picture_id: str, kind: PictureKind, *, is_small: bool) -> bytes | None: ...


def small(address: str) -> str:
    """The address of the thumbnail of a picture that is ours; any other address as it is."""
    if not address.startswith(FOLDER):
        return address
    name, dot, end = address.rpartition(".")
    return f"{name}{SMALL}{dot}{end}"


def picture_id(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


class PictureFile(Struct, frozen=True):
    """What is sent for an address. `name` tells it from every other one, and its content never changes."""

    name: str
    media_type: str
    content: bytes


class PictureService:
    """Takes pictures and shows them. The same picture given twice, by whomever, is one."""

    def __init__(self, pictures: PictureStore, painter: PicturePainter):
        self._pictures = pictures
        self._painter = painter
        self._shelf: OrderedDict[str, PictureFile] = OrderedDict()
        self._shelved_bytes = 0

    async def add_picture(self, content: bytes) -> Picture:
        """Raises PictureRefused for what is no picture or too large, whatever it is called, and Unavailable."""
        found = await self._pictures.find_picture(picture_id(content))
        if found is not None:
            return found
        picture, remade = await self._remake(content)
        await self._pictures.add_picture(picture, remade)
        return picture

    async def check_picture(self, content: bytes) -> Picture:
        """What `add_picture` would give or raise; keeps nothing."""
        return (await self._remake(content))[0]

    async def get_file(self, name: str) -> PictureFile:
        """By the last part of its address; the thumbnail's mark may also follow the whole. Raises NotFound, Unavailable."""
        found = _FILE.fullmatch(name)
        if found is None or (found[2] and found[4]):
            raise NotFound("picture")
        is_small = bool(found[2] or found[4])
        kept = f"{found[1]}{SMALL if is_small else ''}.{found[3]}"
        if kept in self._shelf:
            self._shelf.move_to_end(kept)
            return self._shelf[kept]
        kind = PictureKind(found[3])
        content = await self._pictures.find_content(found[1], kind, is_small=is_small)
        if content is None:
            raise NotFound("picture")
        file = PictureFile(kept, kind.media_type, content)
        self._put_on_shelf(file)
        return file

    async def _remake(self, content: bytes) -> tuple[Picture, Remade]:
        if not content:
            raise PictureRefused("required")
        if len(content) > MAX_PICTURE_BYTES:
            raise PictureRefused(f"file_too_large:{MAX_PICTURE_BYTES // 1024}")
        try:
            remade = await self._painter.remake(content)
        except NotAPicture as error:
            raise PictureRefused(error.reason) from None
        return Picture(id=picture_id(content), kind=remade.kind, width=remade.full.width, height=remade.full.height), remade

    def _put_on_shelf(self, file: PictureFile) -> None:
        if file.name in self._shelf:
            return  # another request was first
        self._shelf[file.name] = file
        self._shelved_bytes += len(file.content)
        while self._shelved_bytes > MOST_SHELVED_BYTES:
            _, oldest = self._shelf.popitem(last=False)
            self._shelved_bytes -= len(oldest.content)
