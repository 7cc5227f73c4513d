"""WeChat's pushed messages: their signature, and what they are sealed with (AES-256-CBC, WeChat's own envelope)."""
from __future__ import annotations

import base64
import hashlib
import json
import logging
import struct
from collections.abc import Collection, Mapping
from typing import Any
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from server.domain.mall.community.pushes import PushRefused, Signature, same

log = logging.getLogger(__name__)

MAX_PUSH_BYTES = 64 * 1024
BLOCK_BYTES = 32  # WeChat pads to it
RANDOM_BYTES, LENGTH_BYTES = 16, 4
SANDBOX_TOKEN = "sandbox"


class WechatSeal:
    """Implements PushSeal. `app_ids`: whom messages may be sealed for. Without a key they come as they are; with one, sealed alone."""

    def __init__(self, token: str, key: str, app_ids: Collection[str]):
        self._token = token
        self._key = base64.b64decode(key + "=") if key else b""
        self._app_ids = frozenset(app_ids)

    @classmethod
    def sandbox(cls) -> WechatSeal:
        """Says in the log that anybody who knows the word may speak for WeChat."""
        log.warning("push sandbox: without WECHAT_PUSH_TOKEN whoever signs with %r speaks for WeChat", SANDBOX_TOKEN)
        return cls(SANDBOX_TOKEN, "", ())

    def check(self, signature: Signature) -> None:
        if not same(signature.plain, self._sign(signature)):
            raise PushRefused()

    def open(self, signature: Signature, body: bytes) -> Mapping[str, str]:
        if len(body) > MAX_PUSH_BYTES:
            raise PushRefused()
        said = _fields(body)
        if not self._key:
            self.check(signature)
            return said
        sealed = said.get("Encrypt", "")
        if not sealed or not same(signature.of_message, self._sign(signature, sealed)):
            raise PushRefused()
        return _fields(self._unseal(sealed))

    def _sign(self, signature: Signature, *more: str) -> str:
        parts = sorted((self._token, signature.timestamp, signature.nonce, *more))
        return hashlib.sha1("".join(parts).encode("utf-8", "replace")).hexdigest()

    def _unseal(self, sealed: str) -> bytes:
        try:
            content = base64.b64decode(sealed, validate=True)
            decryptor = Cipher(AES(self._key), CBC(self._key[:16])).decryptor()
            padded = decryptor.update(content) + decryptor.finalize()
            padding = padded[-1]
            if not 1 <= padding <= BLOCK_BYTES:
                raise ValueError("wrong padding")
            plain = padded[RANDOM_BYTES:-padding]
            (length,) = struct.unpack_from("!I", plain)
            message, app_id = plain[LENGTH_BYTES : LENGTH_BYTES + length], plain[LENGTH_BYTES + length :].decode()
        except (ValueError, IndexError, struct.error):
            raise PushRefused() from None
        if app_id not in self._app_ids:
            raise PushRefused()
        return message


def _fields(body: bytes) -> dict[str, str]:
    """Of the flat XML or JSON that WeChat writes. Raises PushRefused."""
    return _from_json(body) if body.lstrip()[:1] == b"{" else _from_xml(body)


def _from_json(body: bytes) -> dict[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise PushRefused() from None
    if not isinstance(found, dict):
        raise PushRefused()
    return {name: _whole(value) for name, value in found.items()}


def _whole(value: Any) -> str:
    """A text, or a number as one, without halves of surrogate pairs."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _from_xml(body: bytes) -> dict[str, str]:
    """Texts of the elements right below the root. No document type is taken: WeChat sends none, and entities stand in them."""
    fields: dict[str, str] = {}
    path: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if len(path) == 2:
            fields[name] = ""

    def add(text: str) -> None:
        if len(path) == 2:
            fields[path[1]] += text

    def refuse(*declared: object) -> None:
        raise PushRefused()

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = begin, add
    parser.EndElementHandler = lambda name: path.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        raise PushRefused() from None
    return {name: text.strip() for name, text in fields.items()}
