"""Archives that were sent in pieces, read where these are kept: never whole, neither in memory nor on a disk of this machine."""
from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from server.domain.auctions.import_archives import MAX_ARCHIVE_BYTES, PIECE_BYTES, SentArchive
from server.domain.errors import Unavailable
from server.outside.picture_archive import PictureArchive

MOST_FILES = 10_000
MOST_UNPACKED_BYTES = 2 * MAX_ARCHIVE_BYTES  # pictures are packed in themselves: what grows more is none
PIECES_AT_HAND = 8
PIECE_SECONDS = 10.0  # longer than the database has for an answer
BUFFER_BYTES = 64 * 1024


async def open_sent(sent: SentArchive) -> PictureArchive:
    """Reads in threads, which ask this loop for the pieces. Raises ArchiveNotReadable, NotFound, Unavailable.

    It needs no closing, which would wait for a thread that waits for the loop.
    """
    loop = asyncio.get_running_loop()

    def fetch(number: int) -> bytes:
        try:
            return asyncio.run_coroutine_threadsafe(_read(sent, number), loop).result(PIECE_SECONDS)
        except TimeoutError:
            raise Unavailable("database") from None

    file = io.BufferedReader(PiecedFile(sent.size, PIECE_BYTES, fetch), BUFFER_BYTES)
    return await asyncio.to_thread(PictureArchive, file, most_files=MOST_FILES, most_bytes=MOST_UNPACKED_BYTES)


async def _read(sent: SentArchive, number: int) -> bytes:
    return await sent.read_piece(number)


class PiecedFile(io.RawIOBase):
    """A file of pieces of one length, the last of which has the rest. `fetch` gives one by its number, from 1; the latest are kept."""

    def __init__(self, size: int, piece_bytes: int, fetch: Callable[[int], bytes]):
        self._size = size
        self._piece_bytes = piece_bytes
        self._fetch = fetch
        self._at = 0
        self._pieces: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, self._piece_bytes)
        view = memoryview(buffer).cast("B")
        found = self._piece(number + 1)[start : start + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if number in self._pieces:
            self._pieces.move_to_end(number)
            return self._pieces[number]
        piece = self._pieces[number] = self._fetch(number)
        if len(self._pieces) > PIECES_AT_HAND:
            self._pieces.popitem(last=False)
        return piece
