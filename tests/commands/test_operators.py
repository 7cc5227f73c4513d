"""Tests of server/commands/operators.py: the real command, beside a server and without one."""
from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from server.config import Config
from server.domain.accounts.users import Role
from server.domain.clock import SystemClock
from server.domain.errors import TokenInvalid
from server.domain.events import Event, UserSessionsEnded
from server.domain.operators.door import CodeNeeded
from server.outside.jwt_signer import JwtSigner
from tests.commands.runs import run_command


@pytest.fixture
def clock() -> SystemClock:
    """The command lives in real time, and so must who checks its tokens."""
    return SystemClock()


async def make_operator(config: Config, name: str) -> str:
    """The token, as a script gets it."""
    run = await asyncio.to_thread(run_command, config, "operator", name)
    assert run.returncode == 0, run.stderr
    assert f"operator {name}'s" in run.stderr
    (token,) = run.stdout.splitlines()
    return token


async def test_an_operator_is_made_and_the_token_is_theirs(application, config):
    token = await make_operator(config, "小林")
    user = (await application.services.accounts.tokens.check(token)).user
    assert (user.nickname, user.roles, user.identities) == ("小林", (Role.OPERATOR,), ("operator:小林",))


async def test_who_is_reset_keeps_their_account_and_a_running_server_hears_that_the_old_token_is_over(application, config):
    old = await make_operator(config, "小林")
    user = (await application.services.accounts.tokens.check(old)).user
    heard = asyncio.Event()

    def listen(event: Event) -> None:
        if isinstance(event, UserSessionsEnded) and event.user_id == user.id:
            heard.set()

    application.ground.floor.listen(listen)
    await application.services.accounts.users.ban(user.id)
    heard.clear()
    new = await make_operator(config, "小林")
    await heard.wait()
    with pytest.raises(TokenInvalid):
        await application.services.accounts.tokens.check(old)
    assert (await application.services.accounts.tokens.check(new)).user.id == user.id


@pytest.mark.parametrize("name", ["", "  ", "x" * 33])
def test_a_name_that_cannot_be_kept_is_refused(config, name):
    run = run_command(config, "operator", name)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines()[-1] == "an operator's name has 1 to 32 characters"


def test_without_a_server_the_token_is_signed_with_the_secret_that_the_next_server_has(config, tmp_path):
    alone = replace(config, mongodb_url=None, redis_url=None, jwt_secret="", data_dir=tmp_path)
    run = run_command(alone, "operator", "小林")
    assert run.returncode == 0, run.stderr
    later = alone.with_secret()
    signer = JwtSigner(later.jwt_secret, SystemClock(), issuer=later.jwt_issuer, audience=later.jwt_audience)
    assert signer.read(run.stdout.strip()).user_id == 1


def test_a_database_that_is_away_is_said(config):
    run = run_command(replace(config, mongodb_url="mongodb://127.0.0.1:1/?directConnection=true"), "operator", "小林")
    assert (run.returncode, run.stdout, run.stderr.splitlines()[-1]) == (1, "", "the database does not answer")


async def test_what_is_made_for_signing_in_is_told_once_and_lets_the_operator_in(application, config):
    run = await asyncio.to_thread(run_command, config, "operator", "小林", "--role", "admin", "--sign-in")
    assert run.returncode == 0, run.stderr
    (token,) = run.stdout.splitlines()
    user = (await application.services.accounts.tokens.check(token)).user
    assert (user.roles, user.has_two_steps) == ((Role.ADMIN,), True)
    lines = run.stderr.splitlines()
    password = next(line.split()[-1] for line in lines if line.strip().startswith("password"))
    uri = next(line.split()[-1] for line in lines if "otpauth://" in line)
    door, about = application.services.operators.door, {"address": "192.0.2.7", "agent": ""}
    with pytest.raises(CodeNeeded):
        await door.sign_in("小林", password, None, **about)
    entered = await door.sign_in("小林", password, pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).now(), **about)
    assert not entered.must_set_up
    code = next(line.strip() for line in lines if line.count("-") == 3 and len(line.strip()) == 19)
    assert not (await door.sign_in("小林", password, code, **about)).must_set_up
    again = await make_operator(config, "小林")
    assert (await application.services.accounts.tokens.check(again)).claims.has_second_factor
    assert not (await door.sign_in("小林", password, lines[lines.index(f"    {code}") + 1].strip(), **about)).must_set_up
