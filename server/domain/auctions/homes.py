"""Homes: which process decides the offers of a hot lot, agreed without a coordinator. A hint for speed, never for being right. Pure."""
from __future__ import annotations

from hashlib import blake2b

SILENT_BEATS = 3  # of one's own, after which a process that was not heard of is gone
AVOIDED_BEATS = 6  # a process that did not answer in time has no homes for so long


class Homes:
    """Of all processes heard of lately the one that a lot's number picks (rendezvous hashing): one that comes or goes moves its own share.

    Time is counted in own beats, so that a process that was paused itself takes nobody else for gone.
    """

    def __init__(self, worker: str):
        self._worker = worker
        self._silent: dict[str, int] = {}  # other processes → beats since they were heard
        self._avoided: dict[str, int] = {}  # → beats until they are believed again
        self._found: dict[int, str] = {}  # lots whose home is known, until somebody comes or goes

    def find(self, goods_id: int) -> str | None:
        """The process where that lot is at home; None if it is this one."""
        if not self._silent:
            return None
        home = self._found.get(goods_id)
        if home is None:
            there = (self._worker, *(other for other in self._silent if other not in self._avoided))
            home = self._found[goods_id] = max(there, key=lambda worker: _weight(worker, goods_id))
        return home if home != self._worker else None

    def hear(self, worker: str) -> None:
        """A sign of life of another process."""
        if worker not in self._silent:
            self._found.clear()
        self._silent[worker] = 0

    def beat(self) -> list[str]:
        """This process gave a sign of life itself; gives who has gone silent."""
        gone = [worker for worker, beats in self._silent.items() if beats >= SILENT_BEATS]
        for worker in gone:
            self.leave(worker)
        self._silent = {worker: beats + 1 for worker, beats in self._silent.items()}
        avoided = {worker: beats - 1 for worker, beats in self._avoided.items() if beats > 1}
        if avoided.keys() != self._avoided.keys():
            self._found.clear()
        self._avoided = avoided
        return gone

    def leave(self, worker: str) -> None:
        """That process is gone, or takes nothing more."""
        if self._silent.pop(worker, None) is not None:
            self._found.clear()

    def forget(self) -> None:
        """Nobody can be reached now."""
        self._silent.clear()
        self._found.clear()

    def avoid(self, worker: str) -> None:
        """That process lives and was too slow: others are the home of its lots for a while."""
        self._avoided[worker] = AVOIDED_BEATS
        self._found.clear()


def _weight(worker: str, goods_id: int) -> bytes:
    return blake2b(f"{worker} {goods_id}".encode(), digest_size=8).digest()
