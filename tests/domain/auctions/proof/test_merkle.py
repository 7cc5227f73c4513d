"""Tests of server/domain/auctions/proof/merkle.py."""
from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.auctions.proof.merkle import climb, plant


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=70))
def test_every_text_leads_to_the_root_by_its_path(texts: list[str]) -> None:
    root, paths = plant(texts)
    assert [climb(text, path) for text, path in zip(texts, paths)] == [root] * len(texts)
    assert max(map(len, paths)) <= (len(texts) - 1).bit_length()


def test_one_text_is_its_own_root() -> None:
    assert plant(["a"]) == (hashlib.sha256(b"\0a").digest(), [()])


def test_no_node_passes_for_a_text() -> None:
    root, _ = plant(["a", "b"])
    (left, right) = (hashlib.sha256(b"\0" + text).digest() for text in (b"a", b"b"))
    assert hashlib.sha256(b"\0" + left + right).digest() != root == hashlib.sha256(b"\1" + left + right).digest()


@pytest.mark.parametrize("step", ["", "L", "X" + "0" * 64, "L" + "0" * 62, "R" + "g" * 64])
def test_what_is_no_path_leads_nowhere(step: str) -> None:
    with pytest.raises(ValueError):
        climb("a", [step])
