"""Tests of server/outside/argon2.py."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.outside.argon2 import Argon2Hasher
from server.outside.heavy_work import HeavyWork


@pytest.fixture
def work() -> Iterator[HeavyWork]:
    work = HeavyWork()
    yield work
    work.close()


@pytest.fixture
def hasher(work) -> Argon2Hasher:
    return Argon2Hasher(work)


async def test_a_hash_is_argon2id_with_owasp_s_parameters_and_another_each_time(hasher):
    hashes = {await hasher.hash("Lantern") for _ in range(2)}
    assert len(hashes) == 2
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in hashes)


async def test_the_password_s_own_hash_is_right_and_no_other(hasher):
    kept = await hasher.hash("密码 Lantern 🏮")
    assert await hasher.verify(kept, "密码 Lantern 🏮")
    for wrong in ("", "密码 Lantern", "密码 lantern 🏮", kept):
        assert not await hasher.verify(kept, wrong)


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=19456,t=2,p=1$x", "$2b$12$" + "x" * 53])
async def test_what_is_no_hash_is_nobody_s(hasher, kept):
    assert not await hasher.verify(kept, "Lantern")
    assert not await hasher.verify(kept, "")


async def test_a_hash_of_other_parameters_is_right_but_outdated(work, hasher):
    older = await Argon2Hasher(work, memory_kib=8, passes=1).hash("Lantern")
    assert await hasher.verify(older, "Lantern")
    assert hasher.is_outdated(older)
    assert not hasher.is_outdated(await hasher.hash("Lantern"))
