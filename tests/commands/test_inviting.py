"""Tests of server/commands/inviting.py: the real commands, beside a server."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from subprocess import CompletedProcess

import pytest

from server.domain.accounts.users import Role
from server.domain.clock import SystemClock
from server.domain.errors import TokenInvalid
from tests.commands.runs import run_command
from tests.registering import register, token_of


@pytest.fixture
def clock() -> SystemClock:
    """The commands live in real time."""
    return SystemClock()


def told(run: CompletedProcess[str]) -> str:
    """The last line; before it stands that the sandbox is open."""
    return run.stderr.splitlines()[-1]


async def test_codes_are_printed_one_a_line_and_let_people_in(api, application, config):
    run = await asyncio.to_thread(run_command, config, "invite", "--count", "3", "--uses", "2", "--days", "7", "--note", "spring")
    assert run.returncode == 0, run.stderr
    codes = run.stdout.splitlines()
    kept = [await application.stores.accounts.invitations.find(code) for code in codes]
    assert [(one.uses, one.uses_left, one.note, one.made_by) for one in kept] == [(2, 2, "spring", None)] * 3
    assert all(timedelta(days=6) < one.expires_at - application.clock.now() <= timedelta(days=7) for one in kept)
    await register(api, invitation_code=codes[0])


async def test_nothing_said_is_one_code_for_one_registration(application, config):
    run = await asyncio.to_thread(run_command, config, "invite")
    (code,) = run.stdout.splitlines()
    assert (await application.stores.accounts.invitations.find(code)).uses == 1


def test_what_is_out_of_range_is_named_and_nothing_is_made(config):
    run = run_command(config, "invite", "--count", "0", "--days", "1000")
    assert (run.returncode, run.stdout, told(run)) == (1, "", "out of range: --count, --days; see --help")


async def test_a_registered_user_becomes_an_admin_and_signs_in_again(api, application, config):
    alice = await register(api)
    token = await token_of(api)
    run = await asyncio.to_thread(run_command, config, "admin", "Alice")
    assert (run.returncode, run.stdout) == (0, "alice is an admin now, and has to sign in again.\n")
    assert (await application.stores.accounts.users.get_user(alice.id)).roles == (Role.ADMIN,)
    async with asyncio.timeout(10):  # the news comes over Redis
        while True:
            try:
                await application.services.accounts.tokens.check(token)
            except TokenInvalid:
                break


def test_nobody_becomes_an_admin_who_has_not_registered(config):
    run = run_command(config, "admin", "nobody")
    assert (run.returncode, run.stdout, told(run)) == (1, "", "nobody has registered as nobody")
