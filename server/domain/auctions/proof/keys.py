"""The keys that statements are signed with: each is published when it is first used, and stays so."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.auctions.proof.merkle import hash_leaf
from server.domain.auctions.proof.notary import SIGNED, Signer
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.proof.statements import state_key
from server.domain.clock import Clock

KEY_ID_CHARACTERS = 16

PublicKey = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
KeyId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]


class PublishedKey(Struct, frozen=True, kw_only=True):
    """A public key, in hex. `endorsement` is by the key before it, where there was one."""

    id: KeyId
    public_key: PublicKey
    endorsement: Receipt | None = None
    published_at: datetime


class KeyRing(Signer, Protocol):
    """All keys of this installation that are at hand, the newest first."""

    @property
    def key_ids(self) -> Sequence[str]: ...

    @property
    def public_keys(self) -> Sequence[str]:
        """In the same order."""

    def sign_with(self, key_id: str, content: bytes) -> bytes: ...


class KeyStore(Protocol):
    """Where keys are published."""

    async def add_keys(self, keys: Sequence[PublishedKey]) -> None:
        """Those not there yet; what is there stays as it is."""

    async def list_keys(self) -> list[PublishedKey]:
        """In the order in which they were published."""


class KeyService:
    """Which keys there are and have been."""

    def __init__(self, keys: KeyStore, ring: KeyRing, clock: Clock):
        self._keys = keys
        self._ring = ring
        self._clock = clock
        self.key_id = ring.key_id  # of the one that signs now

    async def publish(self) -> None:
        """Those at hand, before anything is signed with them. Raises Unavailable."""
        at = self._clock.now()
        made: list[PublishedKey] = []
        for key_id, public_key in reversed(list(zip(self._ring.key_ids, self._ring.public_keys))):
            endorsement = self._endorse(made[-1].id, key_id, public_key) if made else None
            made.append(PublishedKey(id=key_id, public_key=public_key, endorsement=endorsement, published_at=at))
        await self._keys.add_keys(made)

    def _endorse(self, by: str, key_id: str, public_key: str) -> Receipt:
        statement = state_key(key_id, public_key)
        return Receipt(statement, (), by, self._ring.sign_with(by, SIGNED + hash_leaf(statement)).hex())

    async def list_keys(self) -> list[PublishedKey]:
        return await self._keys.list_keys()


def id_of_key(public_key: str) -> str:
    """How a key is called: the beginning of its hash."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:KEY_ID_CHARACTERS]
