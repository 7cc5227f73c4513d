"""Tests of server/domain/accounts/captchas.py, with the real store."""
from __future__ import annotations

import asyncio
import io
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from server.domain.accounts.captchas import ALPHABET, CAPTCHA_CHARACTERS
from server.domain.errors import InvalidInput, TooMany
from tests.clock import NOON
from tests.registering import empty_redis, read_captcha

ADDRESS = "203.0.113.7"
NAMES = count()


@pytest.fixture
def captchas(application):
    return application.services.accounts.captchas


async def answer(captchas, key: str, code: str, username: str = "alice") -> str | None:
    """What is wrong with the answer, or None."""
    try:
        await captchas.spend(key, code, username)
    except InvalidInput as refused:
        (problems,) = refused.problems.values()
        assert list(refused.problems) == ["captcha_code"]
        return problems[0]
    return None


async def test_a_captcha_is_a_picture_for_two_minutes_that_does_not_tell_its_code(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    assert len(code) == CAPTCHA_CHARACTERS and set(code) <= set(ALPHABET)
    assert (made.expires_at - NOON).total_seconds() == 120
    assert code not in made.key.upper() and code.encode() not in made.picture
    picture = Image.open(io.BytesIO(made.picture))
    assert (picture.format, picture.size, picture.info) == ("PNG", (200, 70), {})


async def test_the_right_answer_is_taken_once_in_any_case_and_with_space_around_it(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    assert await answer(captchas, made.key, f" {code.lower()} ", "ALICE") is None
    assert await answer(captchas, made.key, code) == "captcha_gone"


async def test_of_many_right_answers_at_once_one_is_taken(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    answers = await asyncio.gather(*(answer(captchas, made.key, code) for _ in range(20)))
    assert sorted(map(str, answers)) == ["None"] + ["captcha_gone"] * 19


async def test_a_wrong_answer_costs_the_captcha(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    assert await answer(captchas, made.key, "?????") == "captcha_wrong"
    assert await answer(captchas, made.key, code) == "captcha_gone"


async def test_a_captcha_is_good_for_the_username_it_was_made_for(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    assert await answer(captchas, made.key, code, "bob") == "captcha_wrong"


async def test_after_two_minutes_a_captcha_is_gone(application, captchas, clock):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    clock.advance(seconds=120)
    assert await answer(captchas, made.key, code) == "captcha_gone"


async def test_redis_forgets_a_captcha_by_itself(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    (name,) = [name async for name in application.ground.redis.scan_iter(f"{application.config.mongodb_database}:captcha:*")]
    assert made.key not in name.decode()
    assert 118_000 < await application.ground.redis.pttl(name) <= 120_000


async def test_an_empty_redis_has_no_captchas_and_the_next_one_is_good(application, captchas):
    made = await captchas.make_captcha("alice", ADDRESS)
    code = await read_captcha(application, made.key)
    await empty_redis(application)
    assert await answer(captchas, made.key, code) == "captcha_gone"
    again = await captchas.make_captcha("alice", ADDRESS)
    assert await answer(captchas, again.key, await read_captcha(application, again.key)) is None


@pytest.mark.parametrize("key", ["", "x" * 500, "*", "\n", "验证码"])
async def test_a_key_that_is_none_is_a_captcha_that_is_gone(captchas, key):
    assert await answer(captchas, key, "ACDEF") == "captcha_gone"


async def test_no_captcha_is_made_for_what_is_no_username(captchas):
    with pytest.raises(InvalidInput) as refused:
        await captchas.make_captcha("a b", ADDRESS)
    assert refused.value.problems == {"username": ["letters_and_digits"]}


async def test_an_address_that_asks_for_many_pictures_has_to_wait(captchas):
    with pytest.raises(TooMany):
        for _ in range(40):
            await captchas.make_captcha("alice", ADDRESS)
    await captchas.make_captcha("alice", "198.51.100.1")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(["alice", "bob"])),
        st.tuples(st.sampled_from(["right", "right", "wrong", "for another"]), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 119, 120])),
        st.tuples(st.just("flush"), st.just(0)),
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_a_captcha_is_good_for_one_right_answer_in_time(io_loop, application, captchas, clock, steps):
    async def live() -> None:
        waiting: list[tuple[str, str, str, float]] = []  # key, code, username, when it was made; in the order they were made
        open_keys: set[str] = set()
        now = 0.0
        for step, argument in [("make", "alice"), *steps]:
            if step == "make":
                made = await captchas.make_captcha(argument, f"address {next(NAMES)}")
                waiting.append((made.key, await read_captcha(application, made.key), argument, now))
                open_keys.add(made.key)
            elif step == "wait":
                clock.advance(seconds=argument)
                now += argument
            elif step == "flush":
                await empty_redis(application)
                open_keys.clear()
            else:
                key, code, username, made_at = waiting[argument % len(waiting)]
                said = "?????" if step == "wrong" else code
                for_whom = "carol" if step == "for another" else username
                is_open = key in open_keys and now - made_at < 120
                expected = None if step == "right" else "captcha_wrong"
                assert await answer(captchas, key, said, for_whom) == (expected if is_open else "captcha_gone")
                open_keys.discard(key)

    io_loop.run_sync(live)
