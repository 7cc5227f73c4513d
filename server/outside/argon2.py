"""Password hashes by Argon2id."""
from __future__ import annotations

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from server.outside.heavy_work import HeavyWork

# OWASP's least for Argon2id; about 25 ms of one processor. RFC 9106's 64 MiB would take a bidding server's memory at a rush of sign-ins.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1


class Argon2Hasher:
    """Implements Hasher. A hash tells its own parameters, so these can be raised at any time."""

    def __init__(self, work: HeavyWork, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES):
        self._work = work
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES, type=Type.ID)
        self._nobodys = ""  # made at the first use: nothing is hashed at start

    async def hash(self, password: str) -> str:
        return await self._work.run(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return await self._work.run(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        if not self._nobodys:
            self._nobodys = self._hasher.hash(secrets.token_hex())
        try:
            return self._hasher.verify(self._nobodys if password_hash is None else password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
