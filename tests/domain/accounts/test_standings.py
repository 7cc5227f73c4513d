"""Tests of server/domain/accounts/standings.py: what is remembered. How it is asked for: test_tokens.py."""
from __future__ import annotations

from datetime import timedelta

from server.domain.accounts.claims import Checked, Claims
from server.domain.accounts.standings import KnownTokens
from server.domain.accounts.users import User
from tests.clock import NOON


def checked(user_id: int) -> Checked:
    user = User(id=user_id, nickname="somebody", created_at=NOON)
    claims = Claims.of(user, NOON)
    return Checked(user, claims, claims.id)


def test_a_token_is_believed_for_five_seconds():
    known, alice = KnownTokens(), checked(1)
    known.keep("a", alice, NOON)
    found = known.find("a", NOON + timedelta(seconds=4.999))
    assert found is not None and found.checked is alice
    assert known.find("a", NOON + timedelta(seconds=5)) is None
    assert known.find("a", NOON - timedelta(seconds=0.001)) is None
    assert known.find("b", NOON) is None


def test_a_token_is_not_believed_beyond_its_end():
    known = KnownTokens()
    known.keep("a", checked(1), NOON + timedelta(hours=1, seconds=-2))
    assert known.find("a", NOON + timedelta(hours=1, seconds=-1)) is not None
    assert known.find("a", NOON + timedelta(hours=1)) is None


def test_a_token_is_ageing_from_two_seconds_on():
    known = KnownTokens()
    known.keep("a", checked(1), NOON)
    found = known.find("a", NOON)
    assert found is not None
    assert not found.is_ageing(NOON + timedelta(seconds=1.999))
    assert found.is_ageing(NOON + timedelta(seconds=2))


def test_of_too_many_tokens_the_one_longest_unused_goes():
    known = KnownTokens(capacity=3)
    for number, token in enumerate("abc"):
        known.keep(token, checked(number), NOON)
    known.find("a", NOON)
    known.keep("d", checked(9), NOON)
    assert [token for token in "abcd" if known.find(token, NOON)] == ["a", "c", "d"]
    for number in range(100):
        known.keep(f"token {number}", checked(number), NOON)
    assert len(known) == 3


def test_all_tokens_of_a_user_are_forgotten_and_nobody_else_s():
    known = KnownTokens()
    for token, one in (("phone", checked(1)), ("tablet", checked(1)), ("bob", checked(2))):
        known.keep(token, one, NOON)
    known.forget(1)
    assert [token for token in ("phone", "tablet", "bob") if known.find(token, NOON)] == ["bob"]
    known.forget(77)
    assert (len(known), known.forgotten) == (1, 2)
