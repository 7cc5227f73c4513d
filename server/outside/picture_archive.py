"""Pictures in a ZIP beside a sheet."""
from __future__ import annotations

import asyncio
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing

MOST_FILES = 50_000
OLD_NAMES = "gb18030"  # as Windows packs them in China, where a name is not said to be UTF-8


class ArchiveNotReadable(Exception):
    """The text says why."""


class PictureArchive:
    """Implements PictureFiles. Raises ArchiveNotReadable, OSError."""

    def __init__(self, path: Path):
        try:
            self._archive = ZipFile(path, metadata_encoding=OLD_NAMES)
        except (BadZipFile, ValueError, NotImplementedError) as error:  # as zipfile says that it is damaged, or of a kind it cannot read
            raise ArchiveNotReadable(f"is no ZIP archive that can be read: {error}") from None
        files = [one for one in self._archive.infolist() if not one.is_dir() and not _is_furniture(one.filename)]
        if len(files) > MOST_FILES:
            raise ArchiveNotReadable(f"holds more than {MOST_FILES} files")
        self._files = {one.filename: one for one in files}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._files)

    async def read(self, name: str) -> bytes:
        return await asyncio.to_thread(self._unpack, self._files[name])

    def close(self) -> None:
        self._archive.close()

    def _unpack(self, file: ZipInfo) -> bytes:
        try:
            with self._archive.open(file) as opened:
                return opened.read(MAX_PICTURE_BYTES + 1)  # one more, so that what is too large is seen to be so
        # Damaged, locked by a password, or packed in a way that zipfile does not know: to who sent it all are a file that cannot be read.
        except (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
            raise PictureMissing("damaged") from None


def _is_furniture(name: str) -> bool:
    """What systems put into archives unasked."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith(".") or last.lower() in ("thumbs.db", "desktop.ini")
