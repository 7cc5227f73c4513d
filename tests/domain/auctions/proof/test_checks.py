"""Tests of server/domain/auctions/proof/checks.py: what is whole is found so, and each way to break it is found and named."""
from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.domain.auctions.proof.checks import check
from server.domain.auctions.proof.forms import Kept, find_places
from server.outside.ed25519 import is_signed
from tests.proof import BREAKS, make_kept


@pytest.fixture(scope="module")
def kept() -> Kept:
    return make_kept()


def test_what_is_whole_has_no_problem(kept: Kept) -> None:
    done = check(kept, is_signed)
    assert done.problems == []
    assert (done.keys, done.receipts, done.heads, done.groups, done.lots, done.entries) == (2, 6, 4, 1, 2, 8)
    assert (done.sealed, done.unmatched) == (0, 0)


@pytest.mark.parametrize("name", BREAKS)
def test_what_was_broken_is_found_and_named(kept: Kept, name: str) -> None:
    break_it, words = BREAKS[name]
    found = [f"{one.about} {one.problem}" for one in check(break_it(kept), is_signed).problems]
    assert [word for word in words if not any(word in one for one in found)] == []


def test_without_a_record_signatures_alone_are_checked(kept: Kept) -> None:
    done = check(replace(kept, lots=(), groups=(), heads=()), is_signed)
    assert (done.problems, done.receipts, done.unmatched) == ([], 6, 6)


def test_an_entry_without_a_form_is_checked_by_its_place(kept: Kept) -> None:
    first, *others = kept.lots
    sealed = [replace(entry, form=None) if entry.seq == 2 else entry for entry in first.entries]
    done = check(replace(kept, lots=(replace(first, entries=sealed), *others)), is_signed)
    assert (done.problems, done.sealed) == ([], 1)


def test_nothing_published_tells_a_secret(kept: Kept) -> None:
    published = repr(kept.lots)
    assert "salt" not in published and "a 键" not in published and "operator" not in published
    assert '"max_price"' not in published and ":130" not in published  # the leader's maximum at the end


def test_the_lots_and_groups_spoken_of_are_found(kept: Kept) -> None:
    assert find_places(replace(kept, lots=(), heads=(), groups=())) == ({145, 146}, {7})
