"""Tests of server/outside/wechat.py, against the stand-in's real HTTP server."""
from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.httpclient import AsyncHTTPClient
from tornado.process import Subprocess

from server.domain.accounts.names import one_line
from server.domain.accounts.wechat_login import (
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    RiskyUser,
    SealedData,
    WechatProfile,
    WechatSession,
)
from server.domain.errors import Unavailable
from server.outside.wechat import WechatClient
from server.outside.wechat_phones import WechatPhones
from tests.outside.wechat import APP_ID, LOGINS_A_MINUTE, SECRET, Weather, WechatStandIn, encrypt, seal, standing_in

KEY = b"0123456789abcdef"
USER_INFO = {"openId": "o-1", "nickName": "n", "avatarUrl": "u", "watermark": {"timestamp": 1_700_000_000, "appid": "wx1"}}


@pytest.fixture
def server(io_loop) -> Iterator[WechatStandIn]:
    with standing_in(io_loop) as running:
        yield running


def make_client(server: WechatStandIn, app_id: str = APP_ID, secret: str = SECRET, *, seconds: float = 5) -> WechatClient:
    return WechatClient(app_id, secret, server.url, time_limit_seconds=seconds)


async def test_a_code_is_exchanged_for_its_users_session(server):
    alice = server.register("o-alice", "alice")
    session = await make_client(server).exchange_code(server.new_code(alice))
    assert session == WechatSession("o-alice", alice.key)


async def test_the_question_is_the_documented_one(server):
    code = server.new_code(server.register("o-alice"))
    await make_client(server).exchange_code(code)
    assert server.questions == [{"appid": APP_ID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}]


async def test_a_code_cannot_add_to_the_question(server):
    with pytest.raises(CodeRefused):
        await make_client(server).exchange_code("x&secret=y#爱 \n")
    assert server.questions[0]["secret"] == SECRET and server.questions[0]["js_code"].startswith("x&secret=y#爱")


async def test_an_unknown_code_and_a_used_one_are_refused(server):
    client, code = make_client(server), server.new_code(server.register("o-alice"))
    await client.exchange_code(code)
    for refused in (code, "unknown"):
        with pytest.raises(CodeRefused):
            await client.exchange_code(refused)


async def test_a_user_who_signs_in_too_often_is_told_when_to_come_back(server):
    alice = server.register("o-alice")
    alice.logins = LOGINS_A_MINUTE
    with pytest.raises(CodesTooFrequent) as refused:
        await make_client(server).exchange_code(server.new_code(alice))
    assert refused.value.retry_after_seconds == 60


async def test_a_user_whom_wechat_blocks_is_refused(server):
    alice = server.register("o-alice")
    alice.is_risky = True
    with pytest.raises(RiskyUser):
        await make_client(server).exchange_code(server.new_code(alice))


@pytest.mark.parametrize("weather", [Weather.BUSY, Weather.BROKEN, Weather.GARBLED])
async def test_a_wechat_that_cannot_answer_is_unavailable(server, weather):
    server.change_weather(weather)
    with pytest.raises(Unavailable) as refused:
        await make_client(server).exchange_code(server.new_code(server.register("o-alice")))
    assert refused.value.what == "wechat"
    assert refused.value.__context__ is None  # it would bring the URL with the secret into the log


async def test_a_wechat_that_is_slow_is_unavailable_within_the_time_limit(server):
    server.change_weather(Weather.SLOW)
    client, began = make_client(server, seconds=0.2), time.monotonic()
    with pytest.raises(Unavailable):
        await client.exchange_code(server.new_code(server.register("o-alice")))
    assert time.monotonic() - began < 2


async def test_a_wechat_that_is_down_is_unavailable(server):
    client = make_client(server)
    await server.stop()
    with pytest.raises(Unavailable):
        await client.exchange_code("code")


@pytest.mark.parametrize("key", [b"", b"short", b"0123456789abcdef0"])
async def test_a_session_with_a_key_of_another_length_is_no_session(server, key):
    alice = server.register("o-alice")
    alice.key = key
    with pytest.raises(Unavailable):
        await make_client(server).exchange_code(server.new_code(alice))


@pytest.mark.parametrize(("app_id", "secret", "errcode"), [("wxother", SECRET, "40013"), (APP_ID, "wrong", "40125")])
async def test_wrong_credentials_are_logged_for_the_operator(server, caplog, app_id, secret, errcode):
    with pytest.raises(Unavailable):
        await make_client(server, app_id, secret).exchange_code(server.new_code(server.register("o-alice")))
    assert errcode in caplog.text


async def test_neither_the_secret_nor_a_key_reaches_the_log(server, caplog):
    caplog.set_level(logging.DEBUG)
    client, alice = make_client(server, seconds=0.2), server.register("o-alice")
    for weather in Weather:
        server.change_weather(weather)
        try:
            logging.getLogger("test").info("session %s", await client.exchange_code(server.new_code(alice)))
        except Unavailable:
            logging.getLogger("test").exception("failed")
    await server.stop()
    with pytest.raises(Unavailable):
        await client.exchange_code("code")
    for hidden in (SECRET, base64.b64encode(alice.key).decode(), str(alice.key)):
        assert hidden not in caplog.text


@pytest.fixture
def client(io_loop) -> Iterator[WechatClient]:
    async def build() -> WechatClient:
        return WechatClient("wx1", "secret", "http://127.0.0.1:1")

    client = io_loop.run_sync(build)
    yield client
    client.close()


def open_sealed(client: WechatClient, iv: str, content: str, key: bytes = KEY) -> WechatProfile:
    return client.open_data(SealedData.of(iv, content), WechatSession("o-1", key))


def test_sealed_data_is_opened(client):
    profile = open_sealed(client, *seal(json.dumps(USER_INFO).encode(), KEY))
    assert profile == WechatProfile(
        open_id="o-1",
        nickname="n",
        avatar="u",
        app_id="wx1",
        sealed_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc),
    )


def test_the_sample_of_wechats_own_documentation_is_opened(client):
    session = WechatSession("oGZUI0egBJY1zhBYw2KhdUfwVJJE", base64.b64decode("tiihtNczf5v6AKRyjwEUhQ=="))
    sealed = SealedData.of(
        "r7BXXKkLb8qrSNn05n0qiA==",
        "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142d"
        "NCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn"
        "/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns"
        "/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuy"
        "Db/XcxxmK01EpqOyuxINew==",
    )
    profile = client.open_data(sealed, session)
    assert (profile.open_id, profile.nickname, profile.app_id) == (session.open_id, "Band", "wx4f4bc4dec97d474b")


@pytest.mark.parametrize(
    "blocks",
    [
        bytes(16),
        b"\x11" * 16,
        b"x" * 14 + b"\3\2",
        b"\x10" * 16,
        b"not JSON at all" + b"\1",
        b"[" * 4095 + b"\1",
        b"\xff" * 15 + b"\1",
        b'{"openId":"o-1"' + b"\1",
    ],
)
def test_data_with_wrong_padding_or_content_is_not_readable(client, blocks):
    with pytest.raises(DataNotReadable):
        open_sealed(client, *encrypt(blocks, KEY))


@pytest.mark.parametrize("timestamp", [-1, 10**18, "now", None, 1.5])
def test_an_impossible_time_is_none(client, timestamp):
    content = {**USER_INFO, "watermark": {"appid": "wx1", "timestamp": timestamp}}
    assert open_sealed(client, *seal(json.dumps(content).encode(), KEY)).sealed_at is None


def test_data_sealed_with_another_key_is_not_readable(client):
    for _ in range(300):
        with pytest.raises(DataNotReadable):
            open_sealed(client, *seal(json.dumps(USER_INFO).encode(), os.urandom(16)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nickname=st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_the_nickname_it_arrives_as_a_line_of_whole_characters(client, nickname):
    content = json.dumps({**USER_INFO, "nickName": nickname}, ensure_ascii=False).encode()
    arrived = open_sealed(client, *seal(content, KEY)).nickname
    line = one_line(nickname)
    assert arrived == line if len(line) <= 32 else len(arrived) <= 32 and line.startswith(arrived)


NO_ANSWERS = {
    "headers without end": (b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"x" * 1000 + b"\r\n"),
    "a header without end": (b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 1000),
    "a body without end": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000),
    "chunks without end": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
    "a body that says it is huge": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b""),
    "continue without end": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "no HTTP": (b"nonsense\r\n\r\n", b""),
    "no length": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b""),
    "a list": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b""),
    "nesting": (b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + b"[" * 50000, b""),
    "an openid of two kinds": (b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"openid":7}', b""),
}


@pytest.mark.parametrize("kind", NO_ANSWERS)
async def test_whatever_comes_instead_of_an_answer_wechat_is_unavailable(kind):
    first, again = NO_ANSWERS[kind]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            while again:
                writer.write(again)
                await writer.drain()
            await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        client = WechatClient(APP_ID, SECRET, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", time_limit_seconds=2)
        for ask in (client.exchange_code("code"), client.fetch_access(), WechatPhones(client, Known()).find_phone("code")):
            with pytest.raises(Unavailable) as refused:
                await ask
            assert refused.value.__context__ is None
        client.close()


class Known:
    """An AccessKeeper with a token already there."""

    async def get_token(self) -> str:
        return "access"

    async def replace_token(self, refused: str) -> str:
        return "another"


@pytest.mark.parametrize("openid", ["o\x00", "o-\ud83d", "微信", " "])
async def test_an_openid_that_is_none_is_no_session(server, openid):
    with pytest.raises(Unavailable):
        await make_client(server).exchange_code(server.new_code(server.register(openid)))


async def test_the_stand_in_runs_by_itself():
    process = Subprocess([sys.executable, "-m", "tests.outside.wechat", "--port", "0"], stdout=Subprocess.STREAM)
    http = AsyncHTTPClient(force_instance=True)
    try:
        base = (await process.stdout.read_until(b"\n")).decode().split()[0].partition("=")[2]
        body = json.dumps({"openid": "o-1", "nickname": "n"})
        handed = json.loads((await http.fetch(f"{base}/stand-in/codes", method="POST", body=body)).body)
        client = WechatClient(APP_ID, SECRET, base)
        session = await client.exchange_code(handed["code"])
        profile = client.open_data(SealedData.of(handed["iv"], handed["encryptedData"]), session)
        assert (profile.open_id, profile.nickname, profile.app_id) == ("o-1", "n", APP_ID)
        await http.fetch(f"{base}/stand-in/weather", method="PUT", body=json.dumps({"weather": "broken"}))
        with pytest.raises(Unavailable):
            await client.exchange_code(handed["code"])
    finally:
        http.close()
        process.proc.terminate()
        process.stdout.close()
        process.proc.wait()
