"""Sign-in by username and password."""
from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from server.domain.accounts.attempts import Admission, LoginGuard, seconds_to
from server.domain.accounts.captchas import CaptchaService
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.passwords import Credentials, Hasher, PasswordStore, tidy_password
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, NotSignedIn, Unavailable


class WrongCredentials(NotSignedIn):
    """No user has that name and password, and nothing tells which of the two is wrong.

    `until`: when the next try is taken without a captcha; None while that is at once. `is_locked`: nor is one with a captcha.
    """

    def __init__(self, admission: Admission, now: datetime):
        super().__init__()
        blocked_until = admission.blocked_until
        self.until = blocked_until if blocked_until > now else None
        self.retry_after_seconds = seconds_to(blocked_until, now) if self.until else 0
        self.is_locked = admission.is_last


class CaptchaAnswer(Struct, frozen=True):
    """An answer given along with a sign-in."""

    key: str
    code: str


class PasswordLoginService:
    """Signing in by password."""

    def __init__(
        self,
        passwords: PasswordStore,
        hasher: Hasher,
        guard: LoginGuard,
        captchas: CaptchaService,
        tokens: TokenService,
        clock: Clock,
    ):
        self._passwords = passwords
        self._hasher = hasher
        self._guard = guard
        self._captchas = captchas
        self._tokens = tokens
        self._clock = clock

    async def log_in(self, username: str, password: str, *, address: str, captcha: CaptchaAnswer | None = None) -> AccessToken:
        """A token of a new login. A captcha is taken instead of the pause that failures bring, not instead of the lock.

        Raises WrongCredentials, LoginBlocked, UserBanned, InvalidInput for a wrong captcha or nothing to try, and Unavailable.
        """
        empty = [name for name, text in (("username", username), ("password", password)) if not text]
        if empty:
            raise InvalidInput({name: ["required"] for name in empty})
        if captcha is not None:
            await self._captchas.spend(captcha.key, captcha.code, username)
        return self._tokens.issue(await self.prove(username_identity(username), password, address, has_captcha=captcha is not None))

    async def prove(self, identity: str, password: str, address: str, *, has_captcha: bool = False) -> User:
        """Whose identity and password they are. Raises WrongCredentials, LoginBlocked and Unavailable."""
        admission = await self._guard.admit(identity, address, has_captcha=has_captcha)
        found = await self._passwords.find_credentials(identity)
        password = tidy_password(password)
        try:
            # The same work for a name that nobody has: an answer's time tells nothing either.
            is_right = await self._hasher.verify(found.password_hash if found else None, password)
        except Unavailable:
            await self._guard.take_back(admission)
            raise
        if found is None or not is_right:
            raise WrongCredentials(admission, self._clock.now())
        await self._guard.forgive(admission)
        if self._hasher.is_outdated(found.password_hash):
            await self._renew_hash(found, password)
        return found.user

    async def _renew_hash(self, found: Credentials, password: str) -> None:
        await self._passwords.replace_hash(found.user.id, found.password_hash, await self._hasher.hash(password))
