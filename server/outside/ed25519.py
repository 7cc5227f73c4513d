"""Ed25519 (RFC 8032): the keys that receipts are signed with."""
from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.domain.auctions.proof.keys import id_of_key


class Ed25519Signer:
    """Implements KeyRing: the first key signs, the others have signed before."""

    def __init__(self, seeds: Sequence[bytes]):
        self._private = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self.public_keys = [key.public_key().public_bytes_raw().hex() for key in self._private]
        self.key_ids = [id_of_key(public_key) for public_key in self.public_keys]
        self.key_id = self.key_ids[0]

    def sign(self, content: bytes) -> bytes:
        return self._private[0].sign(content)

    def sign_with(self, key_id: str, content: bytes) -> bytes:
        return self._private[self.key_ids.index(key_id)].sign(content)


def is_signed(public_key: str, signature: str, content: bytes) -> bool:
    """Whether the key's owner has signed it. All of it in hex; what is no key or signature has signed nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), content)
        return True
    except (InvalidSignature, ValueError):
        return False
