"""Tests of server/domain/accounts/attempts.py: the pace, and the guard on a real database."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts.attempts import (
    ACCOUNT_PACE,
    ADDRESS_PACE,
    LOCK,
    Admission,
    Attempts,
    LoginBlocked,
    LoginGuard,
    Pace,
    network_of,
)
from server.storage.accounts.attempts import MongoAttempts
from tests.clock import NOON, HandClock

ADDRESS = "203.0.113.7"


@pytest.fixture
def guard(mongo, clock) -> LoginGuard:
    return LoginGuard(MongoAttempts(mongo), clock)


async def fail(guard: LoginGuard, times: int, clock: HandClock, *, account: str = "alice", address: str = ADDRESS) -> Admission:
    """That many tries that fail, each as early as it may be."""
    admission = await guard.admit(account, address)
    for _ in range(times - 1):
        clock.moment = max(clock.moment, admission.blocked_until)
        admission = await guard.admit(account, address)
    return admission


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (6, 8), (7, 16), (8, 32), (9, 60), (10, 900), (50, 900)]
)
def test_an_account_is_slowed_from_the_third_failure_and_locked_at_the_tenth(failures, seconds):
    assert ACCOUNT_PACE.pause_after(failures) == timedelta(seconds=seconds)


def test_an_address_that_many_share_has_more_patience():
    assert ADDRESS_PACE.pause_after(19) == timedelta(0)
    assert ADDRESS_PACE.pause_after(20) == timedelta(seconds=1)
    assert ADDRESS_PACE.pause_after(99) == timedelta(seconds=60)
    assert ADDRESS_PACE.pause_after(100) == LOCK


@given(st.integers(0, 20), st.integers(1, 40), st.integers(1, 10_000))
def test_no_pause_is_shorter_than_the_one_before(free, more, failures):
    pace = Pace(free, free + more)
    assert pace.pause_after(failures) <= pace.pause_after(failures + 1) <= LOCK


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=40))
def test_failures_count_together_until_nothing_was_tried_for_an_hour(pauses):
    attempts, now, expected = None, NOON, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        is_forgotten = attempts is None or now >= attempts.blocked_until + timedelta(hours=1)
        expected = 1 if is_forgotten else expected + 1
        attempts = Attempts.with_another(attempts, "account:alice", ACCOUNT_PACE, now)
        assert attempts.failures == expected


async def test_two_failures_are_free_and_the_third_brings_a_pause(guard, clock):
    await fail(guard, 3, clock)
    with pytest.raises(LoginBlocked) as blocked:
        await guard.admit("alice", ADDRESS)
    assert (blocked.value.until, blocked.value.retry_after_seconds, blocked.value.is_locked) == (NOON + timedelta(seconds=1), 1, False)
    clock.advance(seconds=1)
    await guard.admit("alice", ADDRESS)


async def test_a_captcha_is_taken_instead_of_a_pause_but_not_of_the_lock(guard, clock):
    await fail(guard, 9, clock)
    with pytest.raises(LoginBlocked):
        await guard.admit("alice", ADDRESS)
    admission = await guard.admit("alice", ADDRESS, has_captcha=True)
    assert admission.is_last
    with pytest.raises(LoginBlocked) as blocked:
        await guard.admit("alice", ADDRESS, has_captcha=True)
    assert blocked.value.is_locked
    assert blocked.value.until == clock.now() + LOCK


async def test_a_refused_try_makes_the_lock_no_longer(guard, clock):
    until = (await fail(guard, 10, clock)).blocked_until
    for _ in range(5):
        clock.advance(minutes=1)
        with pytest.raises(LoginBlocked) as blocked:
            await guard.admit("alice", ADDRESS)
        assert blocked.value.until == until
    clock.moment = until
    assert (await guard.admit("alice", ADDRESS)).is_last


async def test_tries_that_a_locked_account_refuses_do_not_slow_others_at_the_address(guard, clock):
    await fail(guard, 10, clock)
    for _ in range(2 * ADDRESS_PACE.free):
        with pytest.raises(LoginBlocked):
            await guard.admit("alice", ADDRESS)
    assert (await guard.admit("bob", ADDRESS)).address.after.failures == 11


async def test_of_many_tries_at_once_no_more_are_made_than_one_after_the_other(mongo, clock):
    """In several processes, too."""
    guards = [LoginGuard(MongoAttempts(mongo), clock) for _ in range(3)]
    answers = await asyncio.gather(*(guard.admit("alice", ADDRESS) for guard in guards * 10), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Admission, LoginBlocked}
    assert sum(isinstance(answer, Admission) for answer in answers) == ACCOUNT_PACE.free


async def test_other_accounts_go_on_and_so_do_other_addresses_with_other_accounts(guard, clock):
    await fail(guard, 10, clock)
    assert not (await guard.admit("bob", ADDRESS)).is_last
    with pytest.raises(LoginBlocked):
        await guard.admit("alice", "198.51.100.1")


async def test_an_address_that_tries_many_accounts_is_locked(guard, clock):
    for number in range(99):
        clock.moment = max(clock.moment, (await guard.admit(f"user {number}", ADDRESS)).blocked_until)
    assert (await guard.admit("user 99", ADDRESS)).is_last
    with pytest.raises(LoginBlocked) as blocked:
        await guard.admit("somebody else", ADDRESS, has_captcha=True)
    assert blocked.value.is_locked
    await guard.admit("somebody else", "198.51.100.1")


async def test_a_success_clears_the_account_but_not_the_address(guard, clock):
    await fail(guard, 5, clock)
    clock.advance(seconds=60)
    await guard.forgive(await guard.admit("alice", ADDRESS))
    assert (await guard.admit("alice", ADDRESS)).account.after.failures == 1
    assert (await guard.admit("bob", ADDRESS)).address.after.failures == 7


async def test_who_guesses_elsewhere_cannot_lock_the_owner_out_where_they_have_signed_in_before(guard, clock):
    home, elsewhere = "203.0.113.7", "198.51.100.1"
    await guard.forgive(await guard.admit("alice", home))
    await fail(guard, 10, clock, address=elsewhere)
    with pytest.raises(LoginBlocked):
        await guard.admit("alice", "192.0.2.1")
    assert not (await guard.admit("alice", home)).is_last
    clock.advance(days=30)
    assert (await guard.admit("alice", home)).account.after.id == "account:alice"


async def test_a_known_place_is_no_free_ticket_to_guess(guard, clock):
    await guard.forgive(await guard.admit("alice", ADDRESS))
    assert (await fail(guard, 10, clock)).is_last
    with pytest.raises(LoginBlocked):
        await guard.admit("alice", ADDRESS, has_captcha=True)


async def test_own_successes_in_between_do_not_help_a_guesser(guard, clock):
    for number in range(25):
        clock.moment = max(clock.moment, (await guard.admit(f"victim {number}", ADDRESS)).blocked_until)
        own = await guard.admit("guesser", ADDRESS)
        await guard.forgive(own)
    assert (await guard.admit("guesser", ADDRESS)).address.after.failures == 26


async def test_a_try_that_was_not_made_is_taken_back(guard, clock):
    before = await guard.admit("alice", ADDRESS)
    await guard.take_back(await guard.admit("alice", ADDRESS))
    after = await guard.admit("alice", ADDRESS)
    assert after.account.after.failures == before.account.after.failures + 1
    assert after.address.after.failures == before.address.after.failures + 1


async def test_what_others_failed_meanwhile_is_not_taken_back(guard, clock):
    mine = await guard.admit("alice", ADDRESS)
    await guard.admit("bob", ADDRESS)
    await guard.take_back(mine)
    assert (await guard.admit("carol", ADDRESS)).address.after.failures == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_customer_is_one_address(address, network):
    assert network_of(address) == network
