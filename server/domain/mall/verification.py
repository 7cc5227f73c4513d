"""Codes that prove a telephone number, a mail address, or a person before a picture. One code is good once, for a few tries and minutes.

What a code proves, whoever changes something for it spends. Only the last one that was sent to a number counts.
"""
from __future__ import annotations

import logging
import re
import secrets
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.attempts import network_of
from server.domain.accounts.captchas import ALPHABET, CAPTCHA_CHARACTERS, CAPTCHA_LIFE, CaptchaPainter
from server.domain.accounts.profiles import EMAIL, PHONE
from server.domain.accounts.wechat_login import AT_HOME
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, TooMany
from server.domain.moments import SHANGHAI
from server.domain.spelling import capital_letters

log = logging.getLogger(__name__)

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
INTERVAL = timedelta(minutes=1)  # between two codes for one number
MOST_A_DAY = 10  # for one number
MOST_A_DAY_FROM_ADDRESS = 200  # a carrier's address is that of many
DAY = timedelta(days=1)
MOST_LISTED = 100


class CodeWrong(Conflict):
    """It is not the code that was sent."""


class CodeExpired(Conflict):
    """No code is waiting there: none was sent, its time is over, it was spent, or tried too often."""


class PictureKeyMissing(Conflict):
    """A code is sent only to who has read a picture, and it was not said which."""


class PictureCodeMissing(Conflict):
    """What the picture shows was not told."""


class PictureCodeWrong(Conflict):
    """It is not what the picture shows, or the picture is gone."""


class TooSoon(TooMany):
    """A code was sent there a moment ago."""


class DaySpent(TooMany):
    """As many codes were sent there, or asked for from there, as may be in a day."""


class NumberMissing(Conflict):
    """The user has no telephone number."""


class SendingOff(DomainError):
    """Nobody has set up who sends codes."""


class Channel(str, Enum):
    """How a code reaches whom it is for."""

    SMS = "sms"
    MAIL = "mail"
    PICTURE = "pic"


class WaitingCode(Struct, frozen=True, kw_only=True):
    """A code that waits for its answer. `target`: a number, a mail address, or the key of a picture."""

    id: str  # channel:target
    channel: Channel
    target: str
    code: str
    tries_left: int
    sent_at: datetime
    kept_until: datetime


class CodeStore(Protocol):
    """Where codes wait, and where it is counted how many were sent. All of it goes when its time is over."""

    async def keep_code(self, code: WaitingCode) -> None:
        """In the place of the one before."""

    async def take_try(self, code_id: str, now: datetime) -> WaitingCode | None:
        """The code, with one try less from now on; None if none waits, or no try is left."""

    async def spend_code(self, code: WaitingCode) -> bool:
        """Whether it was there still: of two who are right at once, one has spent it."""

    async def forget_code(self, code_id: str) -> None: ...

    async def list_codes(self, now: datetime, most: int) -> list[WaitingCode]:
        """Those that wait, the last one first."""

    async def take_turn(self, name: str, now: datetime, until: datetime) -> bool:
        """Whether nobody has that turn at present; it is taken then until that moment."""

    async def give_up_turn(self, name: str) -> None: ...

    async def count_up(self, name: str, most: int, until: datetime) -> bool:
        """One more, unless there are as many."""


class CodeSender(Protocol):
    """Brings codes to whom they are for."""

    is_sandbox: bool

    async def send(self, channel: Channel, target: str, code: str, life: timedelta) -> None:
        """Raises SendingOff and Unavailable."""


class SandboxSender:
    """Implements CodeSender where nobody sends: in development operators see the codes, in production none is made."""

    def __init__(self, *, is_production: bool):
        self.is_sandbox = not is_production
        self._is_production = is_production
        if is_production:
            log.warning("without MALL_CODES_URL no codes are sent to telephones and mail addresses")
        else:
            log.warning("code sandbox: without MALL_CODES_URL codes are not sent; operators see them under /api/ops/mall/codes")

    async def send(self, channel: Channel, target: str, code: str, life: timedelta) -> None:
        if self._is_production:
            raise SendingOff()


def plain_mobile(mobile: str) -> str:
    """One for all ways to write a number; those of the mainland are written without its code."""
    return re.sub(r"[^+0-9]", "", mobile).removeprefix(f"+{AT_HOME}")


class VerificationService:
    """Sends codes and takes their answers."""

    def __init__(self, codes: CodeStore, painter: CaptchaPainter, sender: CodeSender, clock: Clock):
        self._codes = codes
        self._painter = painter
        self._sender = sender
        self._clock = clock

    # ---- pictures

    async def draw_picture(self, key: str) -> bytes:
        """A picture whose text answers for that key from now on. Raises Unavailable."""
        text = "".join(secrets.choice(ALPHABET) for _ in range(CAPTCHA_CHARACTERS))
        picture = await self._painter.draw(text)
        await self._codes.keep_code(self._waiting(Channel.PICTURE, key, text, tries=1, life=CAPTCHA_LIFE))
        return picture

    async def spend_picture(self, key: str, text: str) -> None:
        """Right or wrong, the picture is gone after it. Raises PictureCodeWrong."""
        try:
            await self._spend(Channel.PICTURE, key, capital_letters(text.strip()))
        except (CodeWrong, CodeExpired):
            raise PictureCodeWrong() from None

    # ---- codes that are sent

    async def send_sms(self, mobile: str, address: str, key: str | None, text: str | None) -> None:
        """To whoever has read the picture of that key.

        Raises PictureKeyMissing, PictureCodeMissing, PictureCodeWrong, InvalidInput, TooSoon, DaySpent, SendingOff and Unavailable.
        """
        if not PHONE.fullmatch(mobile):
            raise InvalidInput({"mobile": ["wrong_form"]})
        if key is None:
            raise PictureKeyMissing()
        if text is None:
            raise PictureCodeMissing()
        await self.spend_picture(key, text)
        await self._send(Channel.SMS, plain_mobile(mobile), address)

    async def send_sms_to_own(self, mobile: str, address: str) -> None:
        """To a number that is known to be the user's. Raises NumberMissing, TooSoon, DaySpent, SendingOff and Unavailable."""
        if not PHONE.fullmatch(mobile):
            raise NumberMissing()
        await self._send(Channel.SMS, plain_mobile(mobile), address)

    async def send_mail(self, mail: str, address: str) -> None:
        """Raises InvalidInput, TooSoon, DaySpent, SendingOff and Unavailable."""
        if not EMAIL.fullmatch(mail):
            raise InvalidInput({"mail": ["wrong_form"]})
        await self._send(Channel.MAIL, mail.lower(), address)

    async def check_sms(self, mobile: str, code: str) -> None:
        """Costs a try, but leaves the code to be spent. Raises CodeWrong and CodeExpired."""
        await self._try(Channel.SMS, plain_mobile(mobile), code)

    async def check_mail(self, mail: str, code: str) -> None:
        """As `check_sms`."""
        await self._try(Channel.MAIL, mail.lower(), code)

    async def spend_sms(self, mobile: str, code: str) -> None:
        """The code is good no longer. Raises CodeWrong and CodeExpired."""
        await self._spend(Channel.SMS, plain_mobile(mobile), code)

    async def spend_mail(self, mail: str, code: str) -> None:
        """As `spend_sms`."""
        await self._spend(Channel.MAIL, mail.lower(), code)

    async def list_waiting(self) -> list[WaitingCode]:
        """For the staff, the last one first; nothing unless this is a sandbox."""
        return await self._codes.list_codes(self._clock.now(), MOST_LISTED) if self._sender.is_sandbox else []

    async def _send(self, channel: Channel, target: str, address: str) -> None:
        now = self._clock.now()
        turn, day = f"turn:{channel.value}:{target}", now.astimezone(SHANGHAI).date().isoformat()
        if not await self._codes.take_turn(turn, now, now + INTERVAL):
            raise TooSoon(int(INTERVAL.total_seconds()))
        for name, most in ((f"{channel.value}:{target}", MOST_A_DAY), (f"from:{network_of(address)}", MOST_A_DAY_FROM_ADDRESS)):
            if not await self._codes.count_up(f"{day}:{name}", most, now + DAY):
                raise DaySpent(int(DAY.total_seconds()))
        code = self._waiting(channel, target, f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", tries=MOST_TRIES, life=CODE_LIFE)
        await self._codes.keep_code(code)
        try:
            await self._sender.send(channel, target, code.code, CODE_LIFE)
        except DomainError:
            # Nobody has it, so the next may be asked for at once.
            await self._codes.forget_code(code.id)
            await self._codes.give_up_turn(turn)
            raise

    async def _try(self, channel: Channel, target: str, code: str) -> WaitingCode:
        waiting = await self._codes.take_try(f"{channel.value}:{target}", self._clock.now())
        if waiting is None:
            raise CodeExpired()
        if not secrets.compare_digest(waiting.code.encode(), code.strip().encode()):
            raise CodeWrong()
        return waiting

    async def _spend(self, channel: Channel, target: str, code: str) -> None:
        if not await self._codes.spend_code(await self._try(channel, target, code)):
            raise CodeExpired()

    def _waiting(self, channel: Channel, target: str, code: str, *, tries: int, life: timedelta) -> WaitingCode:
        now, id = self._clock.now(), f"{channel.value}:{target}"
        return WaitingCode(id=id, channel=channel, target=target, code=code, tries_left=tries, sent_at=now, kept_until=now + life)
