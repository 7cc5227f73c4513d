"""Tests of server/outside/sent_archives.py."""
from __future__ import annotations

import asyncio
import io
import random
from zipfile import ZIP_STORED, ZipFile

import pytest

from server.domain.auctions.import_archives import PIECE_BYTES, SentArchive
from server.domain.errors import Unavailable
from server.outside.picture_archive import ArchiveNotReadable
from server.outside.sent_archives import PIECES_AT_HAND, PiecedFile, open_sent


def test_a_file_of_pieces_reads_as_the_whole_does_and_keeps_the_latest_pieces() -> None:
    whole = random.Random(7).randbytes(1003)
    asked: list[int] = []

    def fetch(number: int) -> bytes:
        asked.append(number)
        return whole[(number - 1) * 10 : number * 10]

    pieced, plain = io.BufferedReader(PiecedFile(len(whole), 10, fetch), 16), io.BytesIO(whole)
    for offset, whence, count in ((-22, 2, 50), (0, 0, 3), (5, 1, 40), (995, 0, -1), (1003, 0, 9), (2000, 0, 1), (33, 0, 200)):
        assert pieced.seek(offset, whence) == plain.seek(offset, whence)
        assert pieced.read(count) == plain.read(count)
        assert pieced.tell() == plain.tell()
    with pytest.raises(OSError):
        pieced.seek(-1)
    again = PiecedFile(len(whole), 10, fetch)
    asked.clear()
    for start in (0, 10, 5, 0, 10):
        again.seek(start)
        again.read(5)
    assert asked == [1, 2] and len(asked) < PIECES_AT_HAND


async def test_an_archive_is_read_out_of_its_pieces_and_a_database_that_is_away_is_no_damage() -> None:
    pictures = {f"{number}.jpg": random.Random(number).randbytes(PIECE_BYTES // 2 + number) for number in range(7)}
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    whole, is_away = packed.getvalue(), False

    async def read_piece(number: int) -> bytes:
        if is_away:
            raise Unavailable("database")
        return whole[(number - 1) * PIECE_BYTES : number * PIECE_BYTES]

    opened = await open_sent(SentArchive(len(whole), read_piece))
    assert dict(zip(opened.names, await asyncio.gather(*map(opened.read, opened.names)))) == pictures
    is_away = True
    with pytest.raises(Unavailable):
        await open_sent(SentArchive(len(whole), read_piece))

    async def read_nothing(number: int) -> bytes:
        return bytes(9)

    with pytest.raises(ArchiveNotReadable):
        await open_sent(SentArchive(9, read_nothing))
