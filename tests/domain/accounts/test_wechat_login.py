"""Tests of server/domain/accounts/wechat_login.py, with the stand-in for WeChat and on a real database."""
from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from server.domain.accounts.claims import AccessToken
from server.domain.accounts.users import UserBanned
from server.domain.accounts.wechat_login import (
    CodeRefused,
    DataNotReadable,
    LoginService,
    OpenIdMismatch,
    SandboxCodes,
    SandboxRefused,
    SealedData,
    WatermarkMismatch,
    WechatCodes,
    WechatSession,
)
from server.domain.clock import SystemClock
from server.domain.errors import InvalidInput, Unavailable
from server.outside.wechat import WechatClient
from tests.accounts import Accounts, News
from tests.api import ABSENT
from tests.clock import HandClock
from tests.outside.wechat import APP_ID, SECRET, Handed, WechatStandIn, seal

DAY_SECONDS = 86400


@pytest.fixture
def here(mongo) -> Accounts:
    return Accounts(mongo, HandClock(), News())


@pytest.fixture
def sandbox(here) -> LoginService:
    return LoginService(SandboxCodes(is_production=False), here.users, here.tokens)


@dataclass
class Wechat:
    """The stand-in and the login that speaks to it."""

    server: WechatStandIn
    login: LoginService

    async def log_in(self, handed: Handed) -> AccessToken:
        return await self.login.login_by_code(handed.code, handed.iv, handed.encrypted_data)


@pytest.fixture
def wechat(io_loop, here) -> Iterator[Wechat]:
    server = WechatStandIn()

    async def build() -> WechatClient:
        server.start()
        return WechatClient(APP_ID, SECRET, server.url)

    client = io_loop.run_sync(build)
    yield Wechat(server, LoginService(WechatCodes(client, SystemClock()), here.users, here.tokens))
    client.close()
    io_loop.run_sync(server.stop)


async def test_a_code_and_sealed_data_sign_the_user_in(here, wechat):
    alice = wechat.server.register("o-alice", "爱丽丝", "https://avatars/alice")
    token = await wechat.log_in(wechat.server.hand_over(alice))
    user = (await here.tokens.check(token.access_token)).user
    assert (user.nickname, user.avatar, user.identities) == ("爱丽丝", "https://avatars/alice", ("wechat:o-alice",))
    wechat.server.register("o-alice", "爱丽丝二世", "https://avatars/alice-2")
    token = await wechat.log_in(wechat.server.hand_over(alice))
    assert (await here.tokens.check(token.access_token)).user == user


async def test_a_code_alone_signs_in(here, wechat):
    alice = wechat.server.register("o-alice", "爱丽丝", "https://avatars/alice")
    users = []
    for _ in range(2):
        token = await wechat.login.login_by_code(wechat.server.new_code(alice))
        users.append((await here.tokens.check(token.access_token)).user)
    assert users[0] == users[1]
    assert (users[0].nickname, users[0].avatar, users[0].identities) == (f"藏友{users[0].id}", "", ("wechat:o-alice",))


SEALED: dict[str, tuple[dict[str, object], str]] = {
    "without an openId": ({"openId": ABSENT}, "爱丽丝"),
    "with an openId that is null": ({"openId": None}, "爱丽丝"),
    "with a name that is null": ({"nickName": None}, ""),
    "without a name": ({"nickName": ABSENT}, ""),
    "with a name that is a number": ({"nickName": 7}, ""),
    "with WeChat's word for no name": ({"nickName": "微信用户"}, ""),
    "with half a surrogate at the end": ({"nickName": "爱丽丝\ud83d"}, "爱丽丝"),
    "with half a surrogate at the beginning": ({"nickName": "\ude00爱丽丝"}, "爱丽丝"),
    "with half a surrogate alone": ({"nickName": "\ud83d"}, ""),
    "with NUL and direction": ({"nickName": "\x00爱\u202e丽丝"}, "爱丽丝"),
    "with families": ({"nickName": "👨‍👩‍👧‍👦" * 9}, "👨‍👩‍👧‍👦" * 4),
    "with flags": ({"nickName": "🇨🇳" * 30}, "🇨🇳" * 16),
    "with a picture that is null": ({"avatarUrl": None}, "爱丽丝"),
}


@pytest.mark.parametrize("kind", SEALED)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("is_escaped", [True, False])
async def test_sealed_data_of_today_signs_in(here, wechat, kind, mark, is_escaped):
    alice = wechat.server.register("o-alice", "爱丽丝", "https://avatars/alice")
    change, name = SEALED[kind]
    info = {field: value for field, value in {**wechat.server.user_info(alice), **change}.items() if value is not ABSENT}
    content = mark + json.dumps(info, ensure_ascii=is_escaped).encode(errors="surrogatepass")
    token = await wechat.log_in(Handed(wechat.server.new_code(alice), *seal(content, alice.key)))
    user = (await here.tokens.check(token.access_token)).user
    assert user.nickname == (name or f"藏友{user.id}")
    assert user.avatar == ("https://avatars/alice" if name and info["avatarUrl"] else "")
    assert await here.users.get_user(user.id) == user


WATERMARKS = [ABSENT, None, "wx", {}, {"appid": APP_ID}, {"timestamp": 1}]


@pytest.mark.parametrize("watermark", [*WATERMARKS, *({"appid": APP_ID, "timestamp": at} for at in (-1, 10**30, "now"))])
async def test_data_without_a_watermark_of_ours_is_refused_as_such(wechat, watermark):
    alice = wechat.server.register("o-alice", "alice")
    info = {**wechat.server.user_info(alice), "watermark": watermark}
    content = json.dumps({field: value for field, value in info.items() if value is not ABSENT}).encode()
    with pytest.raises(WatermarkMismatch):
        await wechat.log_in(Handed(wechat.server.new_code(alice), *seal(content, alice.key)))


@pytest.mark.parametrize("open_id", ["", "o-bob", 7, [], "\ud83d"])
async def test_data_of_another_openid_is_refused_however_it_is_written(wechat, open_id):
    alice = wechat.server.register("o-alice", "alice")
    content = json.dumps({**wechat.server.user_info(alice), "openId": open_id}).encode()
    with pytest.raises(OpenIdMismatch):
        await wechat.log_in(Handed(wechat.server.new_code(alice), *seal(content, alice.key)))


PICTURES = ["javascript:alert(1)", "http://avatars/1", "/api/avatars/" + "0" * 32, "https://a b", "https://" + "x" * 600]


@pytest.mark.parametrize("address", PICTURES)
async def test_a_picture_that_no_browser_may_be_sent_to_is_none(here, wechat, address):
    alice = wechat.server.register("o-alice", "alice", address)
    token = await wechat.log_in(wechat.server.hand_over(alice))
    user = (await here.tokens.check(token.access_token)).user
    assert (user.nickname, user.avatar) == ("alice", "")


async def test_a_code_works_once(wechat):
    handed = wechat.server.hand_over(wechat.server.register("o-alice", "alice"))
    await wechat.log_in(handed)
    with pytest.raises(CodeRefused):
        await wechat.log_in(handed)


async def test_another_users_data_is_refused(wechat, mongo):
    alice, bob = (wechat.server.register(openid, openid) for openid in ("o-alice", "o-bob"))
    mine, theirs = wechat.server.hand_over(alice), wechat.server.hand_over(bob)
    with pytest.raises(DataNotReadable):
        await wechat.log_in(Handed(mine.code, theirs.iv, theirs.encrypted_data))
    bob.key = alice.key
    mine, theirs = wechat.server.hand_over(alice), wechat.server.hand_over(bob)
    with pytest.raises(OpenIdMismatch):
        await wechat.log_in(Handed(mine.code, theirs.iv, theirs.encrypted_data))
    assert await mongo.users.count_documents({}) == 0


async def test_data_made_for_another_app_is_refused(wechat):
    alice = wechat.server.register("o-alice", "alice")
    with pytest.raises(WatermarkMismatch):
        await wechat.log_in(wechat.server.hand_over(alice, app_id="wxanother"))


@pytest.mark.parametrize("seconds", [-DAY_SECONDS - 60, DAY_SECONDS + 60, -50 * 365 * DAY_SECONDS])
async def test_data_not_made_about_now_is_refused(wechat, seconds):
    alice = wechat.server.register("o-alice", "alice")
    with pytest.raises(WatermarkMismatch):
        await wechat.log_in(wechat.server.hand_over(alice, at=time.time() + seconds))


async def test_data_made_hours_ago_is_taken(wechat):
    alice = wechat.server.register("o-alice", "alice")
    await wechat.log_in(wechat.server.hand_over(alice, at=time.time() - 12 * 3600))


@pytest.mark.parametrize(
    ("iv", "encrypted_data", "problems"),
    [
        ("", "A" * 64, {"iv": ["required"]}),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "", {"encryptedData": ["required"]}),
        ("AAAA", "A" * 64, {"iv": ["wrong_form"]}),
        ("not base64!", "A" * 64, {"iv": ["wrong_form"]}),
        ("爱丽丝", "A" * 64, {"iv": ["wrong_form"]}),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "AAAA", {"encryptedData": ["wrong_form"]}),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "!", {"encryptedData": ["wrong_form"]}),
    ],
)
async def test_malformed_data_is_told_before_the_code_is_spent(wechat, iv, encrypted_data, problems):
    handed = wechat.server.hand_over(wechat.server.register("o-alice", "alice"))
    with pytest.raises(InvalidInput) as refused:
        await wechat.log_in(Handed(handed.code, iv, encrypted_data))
    assert refused.value.problems == problems
    await wechat.log_in(handed)


async def test_a_banned_user_gets_no_token(here, wechat):
    alice = wechat.server.register("o-alice", "alice")
    token = await wechat.log_in(wechat.server.hand_over(alice))
    await here.users.ban((await here.tokens.check(token.access_token)).user.id)
    with pytest.raises(UserBanned):
        await wechat.log_in(wechat.server.hand_over(alice))


async def test_while_wechat_is_down_nobody_signs_in_and_afterwards_the_same_code_does(wechat):
    handed = wechat.server.hand_over(wechat.server.register("o-alice", "alice"))
    await wechat.server.stop()
    with pytest.raises(Unavailable) as refused:
        await wechat.log_in(handed)
    assert refused.value.what == "wechat"
    wechat.server.start()
    await wechat.log_in(handed)


async def test_the_sandbox_takes_any_code_as_the_user_of_that_name(here, sandbox):
    token = await sandbox.login_by_code(" alice ", "ignored", "ignored")
    user = (await here.tokens.check(token.access_token)).user
    assert (user.nickname, user.identities) == ("alice", ("sandbox:alice",))
    again = await sandbox.login_by_code("alice")
    assert (await here.tokens.check(again.access_token)).user == user


@pytest.mark.parametrize("code", ["", "   ", "x" * 33])
async def test_the_sandbox_needs_a_name_of_1_to_32_characters(sandbox, code):
    with pytest.raises(InvalidInput) as refused:
        await sandbox.login_by_code(code)
    assert list(refused.value.problems) == ["code"]


def test_the_sandbox_says_in_the_log_that_it_stands_open(caplog):
    with caplog.at_level(logging.WARNING):
        SandboxCodes(is_production=False)
    assert "sandbox login" in caplog.text


def test_the_sandbox_is_refused_in_production():
    with pytest.raises(SandboxRefused):
        SandboxCodes(is_production=True)


def test_a_session_does_not_show_its_key():
    assert "secret" not in repr(WechatSession("o-alice", b"secret and secret"))


def test_sealed_data_is_decoded():
    assert SealedData.of("AAAAAAAAAAAAAAAAAAAAAA==", "AQ" + "A" * 20 + "==") == SealedData(bytes(16), b"\1" + bytes(15))
