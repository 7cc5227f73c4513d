"""Captchas: a picture of a few characters that proves a person, good for one use within two minutes."""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.usernames import check_username, username_identity
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, TooMany
from server.domain.spelling import capital_letters

CAPTCHA_LIFE = timedelta(minutes=2)
CAPTCHA_CHARACTERS = 5
ALPHABET = "ACEFHJKLMNPRTUWXY349"  # nothing that looks like another, however it is bent


class Captcha(Struct, frozen=True, kw_only=True):
    """A captcha that waits for its answer; `identity` is the username's it was made for."""

    key: str
    code: str
    identity: str
    expires_at: datetime


class CaptchaPicture(Struct, frozen=True):
    """What is handed out: the key to answer with, and the picture of the code as PNG."""

    key: str
    expires_at: datetime
    picture: bytes


class CaptchaStore(Protocol):
    """Where captchas wait. They may be lost at any time."""

    async def keep(self, captcha: Captcha, lifetime: timedelta) -> None:
        """Raises Unavailable."""

    async def take(self, key: str) -> Captcha | None:
        """Gives each captcha to one caller only, and to nobody after its lifetime. Raises Unavailable."""


class CaptchaPainter(Protocol):
    """Draws."""

    async def draw(self, code: str) -> bytes:
        """A PNG that people can read. Raises Unavailable when too many wait."""


class AddressLimiter(Protocol):
    """Decides which address asks too often."""

    def admit(self, address: str) -> bool: ...


class CaptchaService:
    """Makes captchas and takes their answers."""

    def __init__(self, captchas: CaptchaStore, painter: CaptchaPainter, limiter: AddressLimiter, clock: Clock):
        self._captchas = captchas
        self._painter = painter
        self._limiter = limiter
        self._clock = clock

    async def make_captcha(self, username: str, address: str) -> CaptchaPicture:
        """A new one for that username. Raises InvalidInput, TooMany, or Unavailable."""
        check_username(username)
        if not self._limiter.admit(address):
            raise TooMany(retry_after_seconds=10)
        captcha = Captcha(
            key=secrets.token_urlsafe(18),
            code="".join(secrets.choice(ALPHABET) for _ in range(CAPTCHA_CHARACTERS)),
            identity=username_identity(username),
            expires_at=self._clock.now() + CAPTCHA_LIFE,
        )
        picture = await self._painter.draw(captcha.code)
        await self._captchas.keep(captcha, CAPTCHA_LIFE)
        return CaptchaPicture(captcha.key, captcha.expires_at, picture)

    async def spend(self, key: str, code: str, username: str) -> None:
        """Takes an answer, right or wrong: the captcha is gone after it. Raises InvalidInput on `captcha_code`, or Unavailable."""
        captcha = await self._captchas.take(key)
        if captcha is None or self._clock.now() >= captcha.expires_at:
            raise InvalidInput({"captcha_code": ["captcha_gone"]})
        is_right = secrets.compare_digest(captcha.code.encode(), capital_letters(code.strip()).encode())
        if not is_right or captcha.identity != username_identity(username):
            raise InvalidInput({"captcha_code": ["captcha_wrong"]})
