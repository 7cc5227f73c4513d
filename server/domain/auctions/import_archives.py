"""Archives of pictures beside an import's sheet: sent in pieces, kept as they came, and read where they are kept."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.errors import Conflict, InvalidInput

PIECE_BYTES = 1024 * 1024  # neither a proxy nor a process ever has more of it
MAX_ARCHIVE_BYTES = 512 * 1024 * 1024  # two photos each of a hundred lots or more
KEPT_FOR = timedelta(hours=6)  # what nobody has looked at by then was given up


class ArchiveIncomplete(Conflict):
    """Pieces of it have not come."""


class Archive(Struct, frozen=True):
    """What is to come: all pieces are of one length but the last, which has the rest."""

    name: str
    size: int

    @property
    def pieces(self) -> int:
        return -(-self.size // PIECE_BYTES)

    def check(self, number: int, content: bytes) -> None:
        """Whether that can be its piece, counted from 1. Raises InvalidInput."""
        if number > self.pieces:
            raise InvalidInput({"piece": [f"at_most:{self.pieces}"]})
        length = self.size - (self.pieces - 1) * PIECE_BYTES if number == self.pieces else PIECE_BYTES
        if len(content) != length:
            raise InvalidInput({"file": [f"not_of_length:{length}"]})


class SentArchive(Struct, frozen=True):
    """One that is there. `read_piece` raises NotFound and Unavailable."""

    size: int
    read_piece: Callable[[int], Awaitable[bytes]]


class ArchiveStore(Protocol):
    """Where pieces are kept, by their job and number."""

    async def keep_piece(self, job_id: str, number: int, content: bytes, now: datetime) -> None:
        """In the place of one of that number."""

    async def get_piece(self, job_id: str, number: int) -> bytes:
        """Raises NotFound."""

    async def count_pieces(self, job_id: str) -> int: ...

    async def remove_pieces(self, job_id: str) -> None: ...

    async def remove_pieces_before(self, moment: datetime) -> None:
        """Those that came before."""
