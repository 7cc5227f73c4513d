"""The second factor: codes that an app makes from the time (RFC 6238), and recovery codes for who has lost it."""
from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.claims import AccessToken, Checked
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotAllowed
from server.domain.operators.access import SecondFactorNeeded, SecondFactorNotSet
from server.domain.operators.logins import FRESH, Login, LoginStore
from server.domain.spelling import capital_letters

MAX_CODE_CHARACTERS = 64
RECOVERY_CODES = 10
RECOVERY_CHARACTERS = 16  # 80 bits: not to be guessed, nor found from their digests
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 5 bits each, none looks like another
GROUP = 4  # characters between two dashes, where people read them


class SecondFactorWrong(NotAllowed):
    """The code is not right, is over, or was used before."""


class NothingBegun(Conflict):
    """A second factor is confirmed that nobody has begun to set up."""


class SecondFactor(Struct, frozen=True, kw_only=True):
    """What is kept of one operator. `pending` is a secret that is not confirmed yet; `codes` are digests, each good once."""

    secret: str = ""
    pending: str = ""
    last_step: int = 0  # of the code that was used last: none is good twice
    codes: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        return bool(self.secret)


class NewSecret(Struct, frozen=True):
    """For the app: as text, as an address, and that as the SVG of a QR code, itself an address."""

    secret: str
    uri: str
    qr: str


class TimeCodes(Protocol):
    """Codes of RFC 6238."""

    def make_secret(self) -> str: ...

    def present(self, secret: str, name: str) -> NewSecret:
        """As apps take it, under that name."""

    def find_step(self, secret: str, code: str, now: datetime) -> int | None:
        """The number of the half minute whose code it is, of the present one and its neighbours."""


class FactorStore(Protocol):
    """Where second factors are kept: beside their users, read by nobody else."""

    async def find_factor(self, user_id: int) -> SecondFactor: ...

    async def begin_factor(self, user_id: int, pending: str) -> None: ...

    async def finish_factor(self, user_id: int, pending: str, step: int, codes: list[str]) -> bool:
        """The pending secret is the secret now, and the user has two steps; False if it is no longer pending."""

    async def take_step(self, user_id: int, secret: str, step: int) -> bool:
        """Uses a code up; False if it, or a later one, was used before."""

    async def take_code(self, user_id: int, code: str) -> bool:
        """Likewise a recovery code."""

    async def replace_codes(self, user_id: int, codes: list[str]) -> None: ...

    async def clear_factor(self, user_id: int) -> None:
        """Nothing is set up; the user still has two steps."""


class SetUp(Struct, frozen=True):
    """A second factor that stands from now on: the codes are shown this once, the token is of a new login made with it."""

    recovery_codes: list[str]
    token: AccessToken


class FactorService:
    """Sets second factors up and asks for them. Each code is good once, whoever tries it where."""

    def __init__(
        self,
        users: UserService,
        factors: FactorStore,
        time_codes: TimeCodes,
        logins: LoginStore,
        tokens: TokenService,
        guard: LoginGuard,
        clock: Clock,
    ):
        self._users = users
        self._factors = factors
        self._time_codes = time_codes
        self._logins = logins
        self._tokens = tokens
        self._guard = guard
        self._clock = clock

    async def is_set(self, user: User) -> bool:
        return (await self._factors.find_factor(user.id)).is_set

    async def begin(self, user: User) -> NewSecret:
        """A secret for the app; what stands, stands until a code of the new one is given."""
        secret = self._time_codes.make_secret()
        await self._factors.begin_factor(user.id, secret)
        return self._time_codes.present(secret, user.nickname)

    async def finish(self, user: User, code: str, *, address: str, agent: str) -> SetUp:
        """The first code of what was begun. Raises NothingBegun and InvalidInput."""
        pending = (await self._factors.find_factor(user.id)).pending
        step = self._time_codes.find_step(pending, code, self._clock.now()) if pending else None
        if not pending:
            raise NothingBegun()
        if step is None:
            raise InvalidInput({"code": ["wrong_code"]})
        codes = make_codes()
        if not await self._factors.finish_factor(user.id, pending, step, [digest(user.id, one) for one in codes]):
            raise NothingBegun()
        await self._tokens.end_all(user.id)  # what was made without it
        user = await self._users.get_user(user.id)
        return SetUp(codes, await self.open_login(user, address=address, agent=agent, has_second_factor=True))

    async def set_up_now(self, user: User) -> tuple[NewSecret, list[str]]:
        """For who sets it up for somebody: nothing has to be confirmed."""
        begun, codes = await self.begin(user), make_codes()
        await self._factors.finish_factor(user.id, begun.secret, 0, [digest(user.id, one) for one in codes])
        return begun, codes

    async def clear(self, user: User) -> None:
        """They set it up again when they sign in."""
        await self._factors.clear_factor(user.id)

    async def renew_codes(self, user: User) -> list[str]:
        """New recovery codes instead of all that are left."""
        codes = make_codes()
        await self._factors.replace_codes(user.id, [digest(user.id, one) for one in codes])
        return codes

    async def spend(self, user: User, code: str) -> bool:
        """Whether it is a code of theirs that nobody has used."""
        factor = await self._factors.find_factor(user.id)
        step = self._time_codes.find_step(factor.secret, code, self._clock.now()) if factor.is_set else None
        if step is not None:
            return await self._factors.take_step(user.id, factor.secret, step)
        return await self._factors.take_code(user.id, digest(user.id, code))

    async def open_login(self, user: User, *, address: str, agent: str, has_second_factor: bool) -> AccessToken:
        """A token of a new login, which stands in the list of theirs. Raises UserBanned."""
        token, now = self._tokens.issue(user, has_second_factor=has_second_factor), self._clock.now()
        confirmed_at = now if has_second_factor else None
        await self._logins.add_login(
            Login(
                id=token.login_id,
                user_id=user.id,
                generation=user.token_generation,
                login_at=now,
                confirmed_at=confirmed_at,
                address=address,
                agent=agent,
            )
        )
        return token

    async def confirm(self, login: Checked, code: str | None, address: str, *, is_first_step: bool = False) -> None:
        """Lets pass who gives a code, or gave one a moment ago; in the first step also who has set nothing up yet.

        Raises SecondFactorNotSet, SecondFactorNeeded, SecondFactorWrong and LoginBlocked.
        """
        user, now = login.user, self._clock.now()
        if not await self.is_set(user):
            if is_first_step:
                return
            raise SecondFactorNotSet()
        if code is None:
            known = await self._logins.find_login(login.claims.login_id)
            if known is not None and known.confirmed_at is not None and now - known.confirmed_at < FRESH:
                return
            raise SecondFactorNeeded()
        admission = await self._guard.admit(f"factor:{user.id}", address)
        if not await self.spend(user, code):
            raise SecondFactorWrong()
        await self._guard.forgive(admission)
        claims = login.claims
        await self._logins.confirm_login(
            Login(
                id=claims.login_id,
                user_id=user.id,
                generation=claims.generation,
                login_at=claims.login_at,
                confirmed_at=now,
                address=address,
            )
        )


def make_codes() -> list[str]:
    """As people read them."""
    made = ("".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES))
    return ["-".join(one[at : at + GROUP] for at in range(0, RECOVERY_CHARACTERS, GROUP)) for one in made]


def digest(user_id: int, code: str) -> str:
    """What is kept of a recovery code, however it is typed."""
    tidy = capital_letters(code.replace(" ", "").replace("-", ""))
    return hashlib.sha256(f"{user_id}:{tidy}".encode()).hexdigest()
