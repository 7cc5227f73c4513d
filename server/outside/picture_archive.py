"""Pictures in a ZIP beside a sheet."""
from __future__ import annotations

import asyncio
import struct
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing

MOST_FILES = 50_000
NAMED_BYTES = 256  # of the directory, for each file
OLD_NAMES = ("utf-8", "gb18030")  # where a name is not said to be UTF-8: as Macs pack it all the same, and Windows in China

_ENCRYPTED = 0x1
_IS_UTF_8 = 0x800
_UNTOLD = "cp437"  # as zipfile reads what is not said to be UTF-8: each byte is a character


class ArchiveNotReadable(Exception):
    """The text says why; so does `reason`, as that of a field's problem."""

    def __init__(self, reason: str, text: str):
        super().__init__(text)
        self.reason = reason


class PictureArchive:
    """Implements PictureFiles. Of a file no more is unpacked than a picture may have, and nothing onto a disk.

    `most_bytes`: how much all files may have unpacked. Raises ArchiveNotReadable, OSError.
    """

    def __init__(self, file: Path | IO[bytes], *, most_files: int = MOST_FILES, most_bytes: int | None = None):
        with ExitStack() as closing:
            guarded = _Guarded(file.open("rb") if isinstance(file, Path) else file, most_files)
            closing.callback(guarded.close)
            try:
                self._archive = ZipFile(guarded)
            except (BadZipFile, ValueError, NotImplementedError, struct.error) as error:  # damaged, or of a kind zipfile cannot read
                raise ArchiveNotReadable("not_an_archive", f"is no ZIP archive that can be read: {error}") from None
            guarded.is_open = True
            files = [one for one in self._archive.infolist() if not one.is_dir()]
            named = [(name, one) for one in files if not _is_furniture(name := _name_of(one))]
            if len(named) > most_files:
                raise _too_many_files(most_files)
            if most_bytes is not None and sum(one.file_size for _, one in named) > most_bytes:
                most = most_bytes // 2**20
                raise ArchiveNotReadable(f"unpacks_to_more:{most}", f"unpacks to more than {most} MB")
            self._names = tuple(name for name, _ in named)
            self._files = dict(named)
            self._closing = closing.pop_all()

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    async def read(self, name: str) -> bytes:
        return await asyncio.to_thread(self._unpack, self._files[name])

    def close(self) -> None:
        self._archive.close()
        self._closing.close()

    def _unpack(self, file: ZipInfo) -> bytes:
        if file.flag_bits & _ENCRYPTED:
            raise PictureMissing("protected")
        if file.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others take memory as they like
            raise PictureMissing("packed_otherwise")
        if file.file_size > MAX_PICTURE_BYTES:  # before a byte of it is unpacked; more than it says is not read
            raise PictureMissing(f"file_too_large:{MAX_PICTURE_BYTES // 1024}")
        try:
            with self._archive.open(file) as opened:
                return opened.read(MAX_PICTURE_BYTES)
        # To who sent it all are a file that cannot be read.
        except (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
            raise PictureMissing("damaged") from None


class _Guarded:
    """An archive whose directory is read only if it can be that of so many files: before it becomes objects, a million of a small one."""

    def __init__(self, file: IO[bytes], most_files: int):
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close
        self.is_open = False  # its directory has been read
        self._file = file
        self._most_files = most_files

    def read(self, count: int = -1, /) -> bytes:
        if not self.is_open and count > self._most_files * NAMED_BYTES:
            raise _too_many_files(self._most_files)
        return self._file.read(count)


def _too_many_files(most: int) -> ArchiveNotReadable:
    return ArchiveNotReadable(f"too_many_files:{most}", f"holds more than {most} files")


def _name_of(file: ZipInfo) -> str:
    """As whoever packed it saw it."""
    name = file.filename
    if not file.flag_bits & _IS_UTF_8:
        for encoding in OLD_NAMES:
            try:
                name = file.filename.encode(_UNTOLD).decode(encoding)
                break
            except UnicodeError:
                continue
    return name.replace("\\", "/")  # as some pack on Windows


def _is_furniture(name: str) -> bool:
    """What systems put into archives unasked."""
    last = name.rpartition("/")[2]
    return not last or name.startswith("__MACOSX/") or last.startswith(".") or last.lower() in ("thumbs.db", "desktop.ini")
