"""Tests of server/outside/wechat_push.py, against WeChat's own envelope as its document describes it."""
from __future__ import annotations

import base64
import hashlib
import json
import os
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from server.domain.mall.community.pushes import PushRefused, Signature
from server.outside.wechat_push import WechatSeal

TOKEN, KEY, APP_ID = "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2"
XML = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o-1]]></FromUserName><Content><![CDATA[你 & 我]]></Content></xml>"


def sign(*parts: str, token: str = TOKEN) -> str:
    return hashlib.sha1("".join(sorted((token, *parts))).encode()).hexdigest()


def seal(message: bytes, *, app_id: str = APP_ID, key: str = KEY) -> str:
    aes_key = base64.b64decode(key + "=")
    plain = os.urandom(16) + struct.pack("!I", len(message)) + message + app_id.encode()
    padding = 32 - len(plain) % 32
    encryptor = Cipher(AES(aes_key), CBC(aes_key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def signature(sealed: str = "", **wrong: str) -> Signature:
    told = {"timestamp": "1409735669", "nonce": "1320562132"}
    of_message = sign(*told.values(), sealed) if sealed else ""
    return Signature(**{**told, "plain": sign(*told.values()), "of_message": of_message, **wrong})


def test_a_signature_is_that_of_our_token() -> None:
    seal_of_ours = WechatSeal(TOKEN, "", ())
    seal_of_ours.check(signature())
    for wrong in ({"plain": sign("1", "2", token="other")}, {"plain": ""}, {"nonce": "1"}, {"timestamp": "9"}, {"plain": "签"}):
        with pytest.raises(PushRefused):
            seal_of_ours.check(signature(**wrong))


@pytest.mark.parametrize("body", [XML, '{"ToUserName": "gh_1", "FromUserName": "o-1", "Content": "你 & 我"}'])
def test_what_is_not_sealed_is_read_as_it_is(body: str) -> None:
    said = WechatSeal(TOKEN, "", ()).open(signature(), body.encode())
    assert said == {"ToUserName": "gh_1", "FromUserName": "o-1", "Content": "你 & 我"}


def test_what_is_sealed_for_us_is_opened_and_nothing_else() -> None:
    ours = WechatSeal(TOKEN, KEY, {APP_ID})

    def pushed(sealed: str) -> bytes:
        return f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()

    sealed = seal(XML.encode())
    assert ours.open(signature(sealed), pushed(sealed))["FromUserName"] == "o-1"
    assert ours.open(signature(sealed), json.dumps({"Encrypt": sealed}).encode())["FromUserName"] == "o-1"
    other_key = "0" * 43
    for wrong in (
        seal(XML.encode(), app_id="wx-other"), seal(XML.encode(), key=other_key), "no base64!", base64.b64encode(b"short").decode(),
        base64.b64encode(b"0" * 32).decode(), seal(b"<xml>")
    ):
        with pytest.raises(PushRefused):
            ours.open(signature(wrong), pushed(wrong))
    for unsigned in (signature(sealed, of_message=""), signature(sealed, of_message=sign("1")), signature("other")):
        with pytest.raises(PushRefused):
            ours.open(unsigned, pushed(sealed))
    with pytest.raises(PushRefused):
        ours.open(signature(), XML.encode())  # in plain words, where only sealed ones come


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<xml>", b"no xml", b"[1]", b"{", b"\xff\xfe", b"<xml/>" * 2, b"[" * 10_000, b"<a>" * 10_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>', b"x" * (64 * 1024 + 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(PushRefused):
        WechatSeal(TOKEN, "", ()).open(signature(), body)
