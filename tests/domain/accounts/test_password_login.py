"""Tests of server/domain/accounts/password_login.py, on a real database."""
from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import CaptchaAnswer, WrongCredentials
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import UserBanned
from server.domain.errors import InvalidInput, Unavailable
from server.outside.argon2 import Argon2Hasher
from tests.registering import PASSWORD, empty_redis, register, solve_captcha

ADDRESS = "203.0.113.7"


@pytest.fixture
def accounts(application):
    return application.services.accounts


@pytest.fixture
def log_in(accounts):
    async def log_in(username="alice", password=PASSWORD, *, address=ADDRESS, captcha=None):
        return await accounts.password_login.log_in(username, password, address=address, captcha=captcha)

    return log_in


async def fail(log_in, username="alice", times=1):
    for _ in range(times):
        with pytest.raises(WrongCredentials) as refused:
            await log_in(username, "wrong")
    return refused.value


async def test_the_right_password_gives_a_token_in_any_spelling_of_the_name(api, application, log_in):
    alice = await register(api)
    for username in ("alice", "Alice", "ALICE"):
        token = await log_in(username)
        assert (await application.services.accounts.tokens.check(token.access_token)).user == alice


async def test_full_width_letters_are_the_same_password(api, log_in):
    await register(api, password="Ｌａｎｔｅｒｎ－５２７", password_confirmation="Ｌａｎｔｅｒｎ－５２７")
    await log_in(password="Lantern-527")


async def test_a_wrong_password_an_unknown_name_and_a_user_without_password_are_refused_alike(api, application, log_in):
    await register(api)
    await application.services.accounts.users.sign_in("sandbox:carol", "carol", "")
    told = []
    for username in ("alice", "nobody", "carol", " ", "'; --", "x" * 128):
        error = await fail(log_in, username)
        told.append((type(error), vars(error)))
    assert all(one == told[0] for one in told)


async def test_an_unknown_name_is_slowed_and_locked_like_a_known_one(api, log_in, clock):
    await register(api)
    told: dict[str, list[tuple[type, dict[str, object]]]] = {"alice": [], "nobody": []}
    for _ in range(18):
        for username, answers in told.items():
            try:
                await log_in(username, "wrong", address=username)
            except (WrongCredentials, LoginBlocked) as error:
                answers.append((type(error), vars(error)))
        clock.advance(seconds=20)
    assert told["alice"] == told["nobody"]
    assert told["alice"][-1][0] is LoginBlocked


async def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(api, application, log_in, monkeypatch):
    await register(api)
    await fail(log_in, "nobody")  # the hash that is nobody's is made at the first use
    verified: list[str] = []
    hasher = application.services.accounts.password_login._hasher._hasher

    def verify(password_hash: str, password: str) -> bool:
        verified.append(password_hash)
        return hasher.verify(password_hash, password)

    monkeypatch.setattr(application.services.accounts.password_login._hasher, "_hasher", SimpleNamespace(verify=verify))
    for username in ("alice", "nobody", "carol"):
        await fail(log_in, username)
    parameters = {one.rpartition("$")[0].rpartition("$")[0] for one in verified}
    assert (len(verified), parameters) == (3, {"$argon2id$v=19$m=19456,t=2,p=1"})


async def test_failures_say_from_when_on_a_try_is_taken_and_whether_a_captcha_helps(api, log_in, clock):
    await register(api)
    error = await fail(log_in, times=2)
    assert (error.until, error.retry_after_seconds, error.is_locked) == (None, 0, False)
    error = await fail(log_in)
    assert ((error.until - clock.now()).total_seconds(), error.retry_after_seconds, error.is_locked) == (1, 1, False)
    for _ in range(7):
        clock.advance(seconds=60)
        error = await fail(log_in)
    assert ((error.until - clock.now()).total_seconds(), error.retry_after_seconds, error.is_locked) == (900, 900, True)
    with pytest.raises(LoginBlocked):
        await log_in()
    clock.advance(minutes=15)
    await log_in()


async def test_a_captcha_is_taken_instead_of_waiting(api, log_in):
    await register(api)
    await fail(log_in, times=3)
    with pytest.raises(LoginBlocked):
        await log_in()
    solved = await solve_captcha(api, "alice")
    await log_in(captcha=CaptchaAnswer(solved.key, solved.code))


async def test_a_wrong_captcha_is_said_so_and_tries_nothing(api, log_in):
    await register(api)
    await fail(log_in, times=3)
    solved = await solve_captcha(api, "alice")
    for problem in ("captcha_wrong", "captcha_gone"):
        with pytest.raises(InvalidInput) as refused:
            await log_in(captcha=CaptchaAnswer(solved.key, "?????"))
        assert refused.value.problems == {"captcha_code": [problem]}


async def test_a_success_forgets_the_failures(api, log_in):
    await register(api)
    await fail(log_in, times=2)
    await log_in()
    assert (await fail(log_in, times=2)).until is None


async def test_many_guesses_at_once_are_no_more_than_the_first_few(api, log_in):
    await register(api)
    answers = await asyncio.gather(*(log_in(password=f"guess {number}") for number in range(20)), return_exceptions=True)
    assert sorted({type(answer).__name__ for answer in answers}) == ["LoginBlocked", "WrongCredentials"]
    assert sum(isinstance(answer, WrongCredentials) for answer in answers) == 3


async def test_a_banned_user_is_told_so_only_with_the_right_password(api, application, log_in):
    alice = await register(api)
    await application.services.accounts.users.ban(alice.id)
    await fail(log_in)
    with pytest.raises(UserBanned):
        await log_in()


async def test_a_hash_of_older_parameters_is_made_anew_at_the_next_sign_in(api, application, accounts, log_in):
    alice = await register(api)
    users = application.mongo.database.users
    older = await Argon2Hasher(application.ground.heavy_work, memory_kib=8, passes=1).hash(PASSWORD)
    await users.update_one({"_id": alice.id}, {"$set": {"password_hash": older}})
    await fail(log_in)
    assert (await users.find_one({"_id": alice.id}))["password_hash"] == older
    await log_in()
    renewed = (await users.find_one({"_id": alice.id}))["password_hash"]
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await log_in()
    assert (await users.find_one({"_id": alice.id}))["password_hash"] == renewed


async def test_a_try_that_could_not_be_made_does_not_count(api, application, accounts, log_in, monkeypatch):
    await register(api)

    async def refuse(*_):
        raise Unavailable("processor")

    monkeypatch.setattr(accounts.password_login._hasher, "verify", refuse)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await log_in()
    monkeypatch.undo()
    assert await application.stores.accounts.attempts.find_attempts(f"account:{username_identity('alice')}") is None
    await log_in()


async def test_without_redis_people_sign_in_all_the_same(api, application, log_in, monkeypatch):
    await register(api)
    await empty_redis(application)

    async def fail_at_once(*_, **__):
        raise ConnectionError()

    monkeypatch.setattr(application.ground.redis, "execute_command", fail_at_once)
    await log_in()
    with pytest.raises(Unavailable):
        await application.services.accounts.captchas.make_captcha("alice", ADDRESS)
