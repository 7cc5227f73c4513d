"""Tests of server/domain/accounts/tokens.py, on a real database."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.accounts.claims import AccessToken, Claims
from server.domain.accounts.users import User, UserBanned
from server.domain.errors import TokenExpired, TokenInvalid, TokenMissing, Unavailable
from server.domain.events import TokensChanged, UserSessionsEnded
from tests.accounts import Accounts, News
from tests.clock import NOON, HandClock


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def here(mongo, clock, news) -> Accounts:
    """One process."""
    return Accounts(mongo, clock, news)


@pytest.fixture
def there(mongo, clock, news) -> Accounts:
    """Another process."""
    return Accounts(mongo, clock, news)


async def log_in(process: Accounts, name: str = "alice") -> AccessToken:
    return process.tokens.issue(await process.users.sign_in(f"sandbox:{name}", name, ""))


async def is_accepted(process: Accounts, token: AccessToken) -> bool:
    try:
        await process.tokens.check(token.access_token)
        return True
    except (TokenInvalid, TokenExpired, UserBanned):
        return False


async def test_a_token_leads_to_its_user_and_lives_an_hour(here, clock):
    user = await here.users.sign_in("sandbox:alice", "alice", "")
    token = here.tokens.issue(user)
    assert (token.expires_in, token.expires_at) == (3600, NOON + timedelta(hours=1))
    checked = await here.tokens.check(token.access_token)
    assert checked.user == user
    assert (checked.claims.id, checked.claims.user_id, checked.claims.login_at) == (token.token_id, user.id, NOON)
    clock.advance(hours=1, seconds=5)
    with pytest.raises(TokenExpired):
        await here.tokens.check(token.access_token)


@pytest.mark.parametrize("token", [None, ""])
async def test_no_token_is_missing(here, token):
    for ask in (here.tokens.check, here.tokens.refresh):
        with pytest.raises(TokenMissing):
            await ask(token)


async def test_a_text_that_is_no_token_is_invalid(here):
    for ask in (here.tokens.check, here.tokens.refresh):
        with pytest.raises(TokenInvalid):
            await ask("no token")


async def test_a_token_of_a_user_who_is_gone_is_invalid(here, mongo):
    token = await log_in(here)
    await mongo.users.delete_many({})
    for ask in (here.tokens.check, here.tokens.refresh):
        with pytest.raises(TokenInvalid):
            await ask(token.access_token)


async def test_a_refreshed_token_is_refused_and_its_successor_accepted_in_every_process(here, there):
    old, other = await log_in(here), await log_in(here)
    assert await is_accepted(here, old) and await is_accepted(there, old)
    new = await here.tokens.refresh(old.access_token)
    assert new.token_id != old.token_id
    for process in (here, there):
        assert not await is_accepted(process, old)
        assert await is_accepted(process, new)
        assert await is_accepted(process, other)


async def test_a_refresh_is_told_once_after_it_is_stored(here, there, news):
    old = await log_in(here)
    checked = await here.tokens.check(old.access_token)
    await asyncio.gather(*(process.tokens.refresh(old.access_token) for process in (here, there) * 5))
    assert news.heard == [TokensChanged(user_id=checked.user.id)]


async def test_for_ten_seconds_an_old_token_gives_the_same_successor_again(here, there, clock):
    old = await log_in(here)
    first = await here.tokens.refresh(old.access_token)
    clock.advance(seconds=10)
    again = await there.tokens.refresh(old.access_token)
    assert again == AccessToken(
        access_token=first.access_token,
        expires_in=3590,
        expires_at=first.expires_at,
        token_id=first.token_id,
        login_id=old.login_id,
    )
    clock.advance(seconds=0.001)
    for process in (here, there):
        with pytest.raises(TokenInvalid):
            await process.tokens.refresh(old.access_token)
    assert await is_accepted(here, first)


async def test_of_many_refreshes_at_once_in_several_processes_all_get_one_successor(mongo, clock, news):
    processes = [Accounts(mongo, clock, news) for _ in range(4)]
    for _ in range(5):
        old = await log_in(processes[0])
        answers = await asyncio.gather(*(process.tokens.refresh(old.access_token) for process in processes * 15))
        assert len({answer.access_token for answer in answers}) == 1
        assert await is_accepted(processes[3], answers[0])
        assert not await is_accepted(processes[3], old)


async def test_an_expired_token_is_refreshed_until_14_days_after_the_login(here, clock):
    early, late = await log_in(here), await log_in(here)
    clock.advance(days=14)
    new = await here.tokens.refresh(early.access_token)
    assert await is_accepted(here, new)
    clock.advance(seconds=1)
    for token in (late, new):
        with pytest.raises(TokenExpired):
            await here.tokens.refresh(token.access_token)
    # The last token of a login still lives its hour.
    assert await is_accepted(here, new)
    clock.advance(hours=1, seconds=5)
    assert not await is_accepted(here, new)


async def test_refreshing_does_not_move_the_end_of_the_14_days(here, clock):
    token = await log_in(here)
    for _ in range(14):
        clock.advance(hours=23)
        token = await here.tokens.refresh(token.access_token)
    clock.advance(hours=14, seconds=1)
    with pytest.raises(TokenExpired):
        await here.tokens.refresh(token.access_token)


async def test_a_login_that_ended_is_refused_for_good_and_other_logins_stay(here, there, clock, news):
    token, other = await log_in(here), await log_in(here)
    assert await is_accepted(there, token)
    checked = await here.tokens.check(token.access_token)
    await here.tokens.end_login(token.access_token)
    assert news.heard[-1] == UserSessionsEnded(user_id=checked.user.id, login_id=checked.claims.login_id)
    for process in (here, there):
        assert not await is_accepted(process, token)
        assert await is_accepted(process, other)
        with pytest.raises(TokenInvalid):
            await process.tokens.refresh(token.access_token)
    clock.advance(days=14)
    with pytest.raises(TokenInvalid):
        await here.tokens.refresh(token.access_token)


async def test_a_process_that_starts_later_knows_what_ended(here, mongo, clock):
    token = await log_in(here)
    await here.tokens.end_login(token.access_token)
    fresh = Accounts(mongo, clock, News())
    assert not await is_accepted(fresh, token)


async def test_a_login_refreshed_and_ended_at_once_leaves_no_token_behind(here, there):
    for steps in range(12):
        old = await log_in(here)

        async def end() -> None:
            for _ in range(steps):  # further and further into the refreshes
                await asyncio.sleep(0.0005)
            await there.tokens.end_login(old.access_token)

        refreshes = [asyncio.ensure_future(process.tokens.refresh(old.access_token)) for process in (here, there)]
        await asyncio.gather(end(), *refreshes, return_exceptions=True)
        assert not await is_accepted(here, old)
        for refresh in refreshes:
            if not refresh.exception():
                for process in (here, there):
                    assert not await is_accepted(process, refresh.result())
                    with pytest.raises(TokenInvalid):
                        await process.tokens.refresh(refresh.result().access_token)
        with pytest.raises(TokenInvalid):
            await here.tokens.refresh(old.access_token)


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_logging_out_with_any_token_of_a_login_ends_them_all(here, there, clock, which):
    tokens = [await log_in(here)]
    for _ in range(2):
        tokens.append(await here.tokens.refresh(tokens[-1].access_token))
    assert await is_accepted(there, tokens[2])
    clock.advance(hours=which)  # an old token may have run out meanwhile
    await there.tokens.end_login(tokens[which].access_token)
    for process in (here, there):
        for token in tokens:
            assert not await is_accepted(process, token)
            for ask in (process.tokens.refresh, process.tokens.follow, process.tokens.end_login):
                with pytest.raises(TokenInvalid):
                    await ask(token.access_token)


async def test_what_lasts_goes_on_under_the_token_that_followed(here, there, clock):
    tokens = [await log_in(here)]
    for _ in range(3):
        clock.advance(minutes=50)
        tokens.append(await here.tokens.refresh(tokens[-1].access_token))
    for token in tokens:
        followed = await there.tokens.follow(token.access_token)
        assert (followed.token, followed.claims.id) == (tokens[-1].access_token, tokens[-1].token_id)
    clock.advance(hours=1, seconds=5)
    for token in tokens:
        with pytest.raises(TokenExpired):
            await there.tokens.follow(token.access_token)


async def test_a_refresh_that_meets_a_change_of_password_is_kept_with_its_login(here, there):
    mine = await log_in(here)
    claims = (await here.tokens.check(mine.access_token)).claims
    successor = await there.tokens.refresh(mine.access_token)
    await here.tokens.end_all(claims.user_id, keep=claims)
    assert await is_accepted(there, successor)


async def test_a_token_that_names_no_login_is_a_login_of_its_own(here, there):
    claims = here.signer.read((await log_in(here)).access_token)
    old = here.signer.sign(replace(claims, login_id=""))
    successor = await here.tokens.refresh(old)
    assert here.signer.read(successor.access_token).login_id == claims.id
    await there.tokens.end_login(old)
    assert not await is_accepted(here, successor)


async def test_ending_all_tokens_spares_the_one_to_keep_and_new_ones(here, there, news):
    mine, phone, tablet = await log_in(here), await log_in(here), await log_in(there)
    bob = await log_in(here, "bob")
    for token in (mine, phone, tablet, bob):
        assert await is_accepted(there, token)
    checked = await here.tokens.check(mine.access_token)
    await here.tokens.end_all(checked.user.id, keep=checked.claims)
    assert news.heard[-1] == UserSessionsEnded(user_id=checked.user.id, kept_login_id=checked.claims.login_id)
    later = await log_in(here)
    for process in (here, there):
        assert [await is_accepted(process, token) for token in (mine, phone, tablet, later, bob)] == [True, False, False, True, True]
        with pytest.raises(TokenInvalid):
            await process.tokens.refresh(phone.access_token)
    successor = await there.tokens.refresh(mine.access_token)
    assert await is_accepted(here, successor)
    await here.tokens.end_all(checked.user.id)
    assert [await is_accepted(there, token) for token in (successor, later, bob)] == [False, False, True]
    assert news.heard[-1] == UserSessionsEnded(user_id=checked.user.id)


async def test_a_banned_user_is_refused_everywhere_and_their_tokens_stay_ended_when_the_ban_is_lifted(here, there, news):
    token = await log_in(here)
    user = (await there.tokens.check(token.access_token)).user
    await here.users.ban(user.id)
    assert news.heard[-1] == UserSessionsEnded(user_id=user.id, is_banned=True)
    for process in (here, there):
        for ask in (process.tokens.check, process.tokens.refresh):
            with pytest.raises(UserBanned):
                await ask(token.access_token)
    with pytest.raises(UserBanned):
        await log_in(there)
    await here.users.unban(user.id)
    assert not await is_accepted(there, token)
    assert await is_accepted(there, await log_in(there))


async def test_an_end_whose_news_is_lost_is_noticed_within_five_seconds(here, there, clock, news):
    news.is_cut_off = True
    token = await log_in(here)
    assert await is_accepted(there, token)
    clock.advance(seconds=0.5)
    await here.tokens.end_login(token.access_token)
    clock.advance(seconds=4.499)
    assert await is_accepted(there, token)
    clock.advance(seconds=0.001)
    assert not await is_accepted(there, token)


async def test_the_process_that_ended_a_token_needs_no_news_of_it(here, news):
    news.is_cut_off = True
    token = await log_in(here)
    assert await is_accepted(here, token)
    await here.tokens.end_login(token.access_token)
    assert not await is_accepted(here, token)


async def test_a_clock_set_back_does_not_prolong_what_is_believed(here, there, clock, news):
    news.is_cut_off = True
    clock.advance(minutes=30)
    token = await log_in(here)
    assert await is_accepted(there, token)
    await here.tokens.end_login(token.access_token)
    clock.advance(minutes=-10)
    assert not await is_accepted(there, token)


async def test_a_known_token_that_runs_out_is_refused_though_it_was_checked_a_moment_ago(here, clock):
    token = await log_in(here)
    clock.advance(hours=1, seconds=3)
    assert await is_accepted(here, token)
    clock.advance(seconds=2)
    assert not await is_accepted(here, token)


async def test_what_ends_while_the_database_is_asked_is_not_remembered_as_good(here, there):
    for _ in range(20):
        token = await log_in(here)
        await asyncio.gather(is_accepted(there, token), here.tokens.end_login(token.access_token), is_accepted(there, token))
        assert not await is_accepted(there, token)


async def test_a_token_checked_again_asks_nobody(here, clock):
    token = await log_in(here)
    await here.tokens.check(token.access_token)
    asked = here.user_store.asked
    for _ in range(100):
        clock.advance(seconds=0.04)
        await here.tokens.check(token.access_token)
    assert here.user_store.asked == asked


async def test_tokens_in_steady_use_are_asked_about_together_before_they_are_too_old_to_be_believed(here, clock):
    tokens = [await log_in(here, f"user {number}") for number in range(20)]
    for token in tokens:
        await here.tokens.check(token.access_token)
    asked = here.user_store.asked
    clock.advance(seconds=2)
    for token in tokens:
        await here.tokens.check(token.access_token)
    assert here.user_store.asked == asked
    while here.tokens.renewing is None:
        await asyncio.sleep(0.05)
    await here.tokens.renewing
    assert here.user_store.asked == asked + 1
    clock.advance(seconds=4.9)
    for token in tokens:
        await here.tokens.check(token.access_token)
    assert here.user_store.asked == asked + 1


async def test_tokens_that_come_at_once_are_asked_about_together(here):
    tokens = [await log_in(here, f"user {number}") for number in range(120)]
    asked = here.user_store.asked
    checked = await asyncio.gather(*(here.tokens.check(token.access_token) for token in tokens))
    assert [one.claims.id for one in checked] == [token.token_id for token in tokens]
    assert here.user_store.asked - asked <= 4


async def test_a_request_that_gives_up_does_not_disturb_those_that_wait_with_it(here):
    tokens = [await log_in(here, f"user {number}") for number in range(3)]
    checks = [asyncio.ensure_future(here.tokens.check(token.access_token)) for token in tokens]
    await asyncio.sleep(0)
    checks[1].cancel()
    await asyncio.wait(checks)
    assert checks[1].cancelled()
    assert [checks[place].result().claims.id for place in (0, 2)] == [tokens[place].token_id for place in (0, 2)]
    assert await is_accepted(here, tokens[1])


async def test_while_the_database_is_away_known_tokens_are_believed_and_others_are_unavailable(here, clock):
    known, unknown = await log_in(here), await log_in(here)
    assert await is_accepted(here, known)
    here.user_store.is_away = True
    clock.advance(seconds=4)
    assert await is_accepted(here, known)
    clock.advance(seconds=1)
    for token in (known, unknown):
        for ask in (here.tokens.check, here.tokens.refresh):
            with pytest.raises(Unavailable):
                await ask(token.access_token)
    here.user_store.is_away = False
    assert await is_accepted(here, known) and await is_accepted(here, unknown)


async def test_who_comes_while_the_database_does_not_answer_waits_no_longer_than_who_came_first(here):
    tokens = [await log_in(here, f"user {number}") for number in range(3)]
    here.user_store.is_away = True
    first = asyncio.ensure_future(here.tokens.check(tokens[0].access_token))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.ensure_future(here.tokens.check(token.access_token)) for token in tokens[1:]]
    answers = await asyncio.gather(first, *later, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert here.user_store.asked == 1


class Model:
    """What the rules say of the tokens of one user, in plain words, to compare the service with."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tokens: list[dict[str, float]] = []

    def add(self, login: float, first: int | None = None) -> None:
        self.tokens.append({"login": login, "issued": self.now, "first": len(self.tokens) if first is None else first})

    def is_accepted(self, index: int) -> bool:
        token = self.tokens[index]
        return "ended" not in token and "refreshed" not in token and self.now < token["issued"] + 3605

    def refresh(self, index: int) -> int | None:
        """The successor's index, or None where it is refused."""
        token = self.tokens[index]
        if "ended" in token or self.now > token["login"] + 14 * 86400:
            return None
        if "refreshed" in token:
            return int(token["successor"]) if self.now - token["refreshed"] <= 10 else None
        self.add(token["login"], int(token["first"]))
        token["refreshed"], token["successor"] = self.now, len(self.tokens) - 1
        return len(self.tokens) - 1

    def end_login(self, index: int) -> bool:
        """Whether it is done."""
        token = self.tokens[index]
        if "ended" in token or self.now > max(token["login"] + 14 * 86400, token["issued"] + 3600):
            return False
        for other in self.tokens:
            if other["first"] == token["first"]:
                other["ended"] = self.now
        return True

    def end_all(self) -> None:
        for token in self.tokens:
            token.setdefault("ended", self.now)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("log in"), st.just(0)),
        st.tuples(st.sampled_from(["check", "refresh", "refresh", "log out"]), st.integers(0, 7)),
        st.tuples(st.just("wait"), st.sampled_from([1, 6, 10, 11, 1800, 3600, 86400, 5 * 86400])),
        st.tuples(st.just("end all"), st.just(0)),
    ),
    max_size=25,
)
NAMES = count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_with_tokens_the_service_agrees_with_the_rules(io_loop, mongo, steps):
    async def live() -> None:
        clock, news, model = HandClock(), News(), Model()
        processes = [Accounts(mongo, clock, news), Accounts(mongo, clock, news)]
        name = f"user {next(NAMES)}"
        tokens = [await log_in(processes[0], name)]
        model.add(0)
        for turn, (step, argument) in enumerate(steps):
            process, index = processes[turn % 2], argument % len(tokens)
            if step == "log in":
                tokens.append(await log_in(process, name))
                model.add(model.now)
            elif step == "wait":
                clock.advance(seconds=argument)
                model.now += argument
            elif step == "check":
                assert await is_accepted(process, tokens[index]) == model.is_accepted(index)
            elif step == "log out":
                try:
                    await process.tokens.end_login(tokens[index].access_token)
                except (TokenInvalid, TokenExpired):
                    assert not model.end_login(index)
                else:
                    assert model.end_login(index)
            elif step == "end all":
                await process.tokens.end_all(process.signer.read(tokens[0].access_token, may_be_expired=True).user_id)
                model.end_all()
            else:
                expected = model.refresh(index)
                try:
                    successor = await process.tokens.refresh(tokens[index].access_token)
                except (TokenInvalid, TokenExpired):
                    assert expected is None
                else:
                    assert expected is not None
                    if expected == len(tokens):
                        tokens.append(successor)
                    assert successor.access_token == tokens[expected].access_token
        for process in processes:
            assert [await is_accepted(process, token) for token in tokens] == [model.is_accepted(i) for i in range(len(tokens))]

    io_loop.run_sync(live)


@given(st.datetimes(min_value=NOON.replace(tzinfo=None), max_value=NOON.replace(tzinfo=None, year=2100)), st.integers(0, 400 * 3600))
def test_a_token_says_whole_seconds_and_is_over_an_hour_after_it_was_issued(moment, seconds):
    user = User(id=7, nickname="alice", token_generation=3, created_at=NOON)
    login = Claims.of(user, moment.replace(tzinfo=NOON.tzinfo))
    later = Claims.of(user, login.issued_at + timedelta(seconds=seconds), after=login)
    for claims in (login, later):
        assert claims.issued_at.microsecond == 0
        assert claims.expires_at - claims.issued_at == timedelta(hours=1)
        assert claims.is_accepted_of(user)
    assert later.refreshable_until == login.login_at + timedelta(days=14)
    assert later.id != login.id and later.login_id == login.login_id
