"""Sign-in from the mini-program: a code from WeChat's own login, and data that only WeChat can have sealed."""
from __future__ import annotations

import logging
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from server.domain.accounts.claims import AccessToken
from server.domain.accounts.names import tidy_name, told_name
from server.domain.accounts.profiles import PHONE, told_picture
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotSignedIn, TooMany

log = logging.getLogger(__name__)

BLOCK_BYTES = 16  # of AES: the length of a key, of an iv, and what sealed data is a multiple of
AT_HOME = "86"  # the country's code that numbers are written without
MAX_WATERMARK_AGE = timedelta(days=1)  # a mini-program may keep what it was given for a while


class LoginRefused(NotSignedIn):
    """WeChat's word was not good enough; the mini-program has to call wx.login again."""


class CodeRefused(LoginRefused):
    """The code is not WeChat's, was used before or is older than five minutes."""


class DataNotReadable(LoginRefused):
    """The sealed data was not sealed with this session's key."""


class OpenIdMismatch(LoginRefused):
    """The sealed data is another user's than the code."""


class WatermarkMismatch(LoginRefused):
    """The sealed data was made for another app, or not about now."""


class CodesTooFrequent(TooMany):
    """WeChat finds that this user signs in too often."""


class RiskyUser(NotAllowed):
    """WeChat blocks this user's sign-ins."""


class SandboxRefused(DomainError):
    """The sandbox login must not run in production."""


class PhoneCodeRefused(Conflict):
    """The telephone button's code is not WeChat's, was used before or is older than five minutes."""


class SealedData(Struct, frozen=True):
    """What the mini-program hands over and cannot read itself."""

    iv: bytes
    content: bytes

    @classmethod
    def of(cls, iv: str, encrypted_data: str) -> SealedData:
        """Decodes both from base64. Raises InvalidInput, with the fields as the document spells them."""
        sealed = cls(_from_base64(iv), _from_base64(encrypted_data))
        problems = {}
        if len(sealed.iv) != BLOCK_BYTES:
            problems["iv"] = ["wrong_form" if iv else "required"]
        if not sealed.content or len(sealed.content) % BLOCK_BYTES:
            problems["encryptedData"] = ["wrong_form" if encrypted_data else "required"]
        if problems:
            raise InvalidInput(problems)
        return sealed


class WechatSession(Struct, frozen=True):
    """Who a code belongs to, and the key that WeChat seals that user's data with; the key is never shown."""

    open_id: str
    key: bytes

    def __repr__(self) -> str:
        return f"WechatSession({self.open_id!r})"


class WechatProfile(Struct, frozen=True, kw_only=True):
    """What the sealed data says; `app_id` and `sealed_at` are its watermark, as far as it has one.

    A nickname is a line of whole characters, no longer than a name may be.
    """

    open_id: str | None  # what `getUserProfile` seals has none
    nickname: str
    avatar: str
    app_id: str
    sealed_at: datetime | None


class Watermark(NamedTuple):
    """For which app and when something was sealed, as far as it tells."""

    app_id: str
    sealed_at: datetime | None


class WechatSessions(Protocol):
    """WeChat, as far as a sign-in needs it."""

    app_id: str

    async def exchange_code(self, code: str) -> WechatSession:
        """Spends the code. Raises CodeRefused, CodesTooFrequent, RiskyUser, or Unavailable when WeChat does not answer."""

    def open_data(self, sealed: SealedData, session: WechatSession) -> WechatProfile:
        """Raises DataNotReadable."""

    def open_content(self, sealed: SealedData, session: WechatSession) -> tuple[dict[str, Any], Watermark]:
        """All that it says, and for whom and when it was sealed. Raises DataNotReadable."""


class Visitor(Struct, frozen=True, kw_only=True):
    """Who signs in, as the outside vouches for them."""

    identity: str
    nickname: str = ""
    avatar: str = ""


class Opened(Struct, frozen=True, kw_only=True):
    """What was sealed. `identity`: whose code it came with; None where nobody vouches for that."""

    identity: str | None
    content: dict[str, Any]

    @property
    def phone(self) -> str:
        """The number that it tells, with its country's code unless it is of the mainland; empty if it tells none."""
        number, country = (str(self.content.get(name, "")) for name in ("purePhoneNumber", "countryCode"))
        return number if country.lstrip("+") in ("", AT_HOME) or not number else f"+{country.lstrip('+')} {number}"


class Codes(Protocol):
    """Knows whom a code stands for."""

    async def identify(self, code: str, iv: str, encrypted_data: str) -> Visitor:
        """The sealed data may be left out. Raises InvalidInput, LoginRefused, CodesTooFrequent, NotAllowed or Unavailable."""

    async def open_sealed(self, code: str, iv: str, encrypted_data: str) -> Opened:
        """What only WeChat can have sealed, for this app and about now. Raises as `identify`."""


class WechatCodes:
    """Believes WeChat. Implements Codes."""

    def __init__(self, wechat: WechatSessions, clock: Clock):
        self._wechat = wechat
        self._clock = clock

    async def identify(self, code: str, iv: str, encrypted_data: str) -> Visitor:
        sealed = SealedData.of(iv, encrypted_data) if iv or encrypted_data else None  # before the code is spent
        session = await self._wechat.exchange_code(code)
        identity = f"wechat:{session.open_id}"
        if sealed is None:
            return Visitor(identity=identity)
        profile = self._wechat.open_data(sealed, session)
        if profile.open_id is not None and profile.open_id != session.open_id:
            raise OpenIdMismatch()
        self._check(Watermark(profile.app_id, profile.sealed_at))
        if told_name(profile.nickname) == "":
            return Visitor(identity=identity)  # the picture is WeChat's grey one
        return Visitor(identity=identity, nickname=profile.nickname, avatar=told_picture(profile.avatar))

    async def open_sealed(self, code: str, iv: str, encrypted_data: str) -> Opened:
        sealed = SealedData.of(iv, encrypted_data)
        session = await self._wechat.exchange_code(code)
        content, watermark = self._wechat.open_content(sealed, session)
        self._check(watermark)
        return Opened(identity=f"wechat:{session.open_id}", content=content)

    def _check(self, watermark: Watermark) -> None:
        """Raises WatermarkMismatch."""
        is_about_now = watermark.sealed_at is not None and abs(self._clock.now() - watermark.sealed_at) <= MAX_WATERMARK_AGE
        if watermark.app_id != self._wechat.app_id or not is_about_now:
            raise WatermarkMismatch()


class SandboxCodes:
    """Takes any code as the user of that name; for development without WeChat. Implements Codes."""

    def __init__(self, *, is_production: bool):
        """Says in the log that it stands open. Raises SandboxRefused in production."""
        if is_production:
            raise SandboxRefused()
        log.warning("sandbox login: without WECHAT_APPID anybody signs in as any user by naming it as the code")

    async def identify(self, code: str, iv: str, encrypted_data: str) -> Visitor:
        name = tidy_name(code, "code")
        return Visitor(identity=f"sandbox:{name}", nickname=name)

    async def open_sealed(self, code: str, iv: str, encrypted_data: str) -> Opened:
        """The code is the name, and the number if it is one; what is sealed is the name of a group."""
        name = tidy_name(code, "code")
        phone = {"purePhoneNumber": code, "phoneNumber": code, "countryCode": AT_HOME} if PHONE.fullmatch(code) else {}
        group = {"openGId": encrypted_data} if encrypted_data else {}
        return Opened(identity=None, content={"openId": name, "nickName": name, **phone, **group})


class LoginService:
    """Signing in by a code."""

    def __init__(self, codes: Codes, users: UserService, tokens: TokenService):
        self._codes = codes
        self._users = users
        self._tokens = tokens

    async def login_by_code(self, code: str, iv: str = "", encrypted_data: str = "") -> AccessToken:
        """A token for the user whose code it is. Raises InvalidInput, LoginRefused, CodesTooFrequent, NotAllowed or Unavailable."""
        visitor = await self._codes.identify(code, iv, encrypted_data)
        user = await self._users.sign_in(visitor.identity, visitor.nickname, visitor.avatar)
        return self._tokens.issue(user)


def _from_base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
