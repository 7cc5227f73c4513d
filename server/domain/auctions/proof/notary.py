"""The notary: signs statements, all that are asked for in one moment by one signature."""
from __future__ import annotations

import asyncio
from typing import Protocol

from server.domain.auctions.proof.merkle import plant
from server.domain.auctions.proof.receipts import Receipt

SIGNED = b"auction statements\n"  # before a root: a signature of ours stands under nothing else


class Signer(Protocol):
    """Holds the keys of this installation."""

    @property
    def key_id(self) -> str:
        """Of the key that signs."""

    def sign(self, content: bytes) -> bytes: ...


class Notary:
    """A commit answers many bids at once, and all of these have one signature, each with its path to the root."""

    def __init__(self, signer: Signer):
        self._signer = signer
        self._waiting: list[tuple[str, asyncio.Future[Receipt]]] = []

    async def sign(self, statement: str) -> Receipt:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # By then all that the same commit has answered have asked.
            loop.call_soon(self._sign_waiting)
        signed: asyncio.Future[Receipt] = loop.create_future()
        self._waiting.append((statement, signed))
        return await signed

    def sign_now(self, statement: str) -> Receipt:
        """Alone."""
        return self.sign_all([statement])[0]

    def sign_all(self, statements: list[str]) -> list[Receipt]:
        """By one signature, in their order."""
        root, paths = plant(statements)
        signature, key_id = self._signer.sign(SIGNED + root).hex(), self._signer.key_id
        return [Receipt(statement, path, key_id, signature) for statement, path in zip(statements, paths)]

    def _sign_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        statements = list(dict.fromkeys(statement for statement, _ in waiting))  # what a repeated bid is answered with is one text
        receipts = dict(zip(statements, self.sign_all(statements)))
        for statement, signed in waiting:
            if not signed.done():
                signed.set_result(receipts[statement])
