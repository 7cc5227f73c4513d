"""What access tokens are: signed claims, refused at once when they end early."""
from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import Struct

from server.domain.accounts.users import User

TOKEN_LIFE = timedelta(hours=1)
REFRESH_SPAN = timedelta(days=14)  # from the login, however often it is refreshed
CLOCKS_APART = timedelta(hours=1)  # the database forgets a refusal by its own clock, so surely later than by ours


class Claims(Struct, frozen=True, kw_only=True):
    """What a token says; times in whole seconds. `login_id`, `login_at` and `has_second_factor` are carried on when it is refreshed."""

    id: str
    login_id: str
    user_id: int
    generation: int  # of the user's tokens when it was issued
    login_at: datetime
    issued_at: datetime
    expires_at: datetime
    has_second_factor: bool = False  # or was issued by whoever has the machine

    @classmethod
    def of(
        cls,
        user: User,
        now: datetime,
        *,
        after: Claims | None = None,
        life: timedelta = TOKEN_LIFE,
        has_second_factor: bool = False,
    ) -> Claims:
        """Of a new token: of a new login, or of the same one `after` another token. A life is no longer than the span of refreshing."""
        issued_at = now.replace(microsecond=0)
        return cls(
            id=secrets.token_urlsafe(16),
            login_id=after.login_id if after else secrets.token_urlsafe(16),
            user_id=user.id,
            generation=user.token_generation,
            login_at=after.login_at if after else issued_at,
            issued_at=issued_at,
            expires_at=issued_at + life,
            has_second_factor=after.has_second_factor if after else has_second_factor,
        )

    @property
    def refreshable_until(self) -> datetime:
        return self.login_at + REFRESH_SPAN

    def is_accepted_of(self, user: User) -> bool:
        """Whether it outlived every end of the user's tokens."""
        return self.generation == user.token_generation or self.login_id == user.kept_login_id


class AccessToken(Struct, frozen=True, kw_only=True):
    """A token to hand out. `expires_in` in seconds from now."""

    access_token: str
    expires_in: int
    expires_at: datetime
    token_id: str
    login_id: str


class Checked(NamedTuple):
    """Whose token it is, what it says, and the token itself."""

    user: User
    claims: Claims
    token: str


class Refusal(Struct, frozen=True, kw_only=True):
    """A token that is refused though it has not run out, because another has followed it."""

    id: str
    user_id: int
    refused_at: datetime
    kept_until: datetime  # nothing could be done with the token after it anyway
    followed_by: Claims | None = None

    @classmethod
    def of(cls, claims: Claims, now: datetime, *, followed_by: Claims) -> Refusal:
        return cls(
            id=claims.id, user_id=claims.user_id, refused_at=now, kept_until=kept_until(claims.login_at), followed_by=followed_by
        )


class EndedLogin(Struct, frozen=True, kw_only=True):
    """A login that was ended: every token of it is refused, whenever it was or will be issued."""

    id: str
    user_id: int
    kept_until: datetime  # no token of the login could be used after it anyway

    @classmethod
    def of(cls, claims: Claims) -> EndedLogin:
        return cls.begun(claims.login_id, claims.user_id, claims.login_at)

    @classmethod
    def begun(cls, login_id: str, user_id: int, login_at: datetime) -> EndedLogin:
        """Of a login that began then."""
        return cls(id=login_id, user_id=user_id, kept_until=kept_until(login_at))


class Signer(Protocol):
    """Turns claims into a token that nobody else can make, and back."""

    def sign(self, claims: Claims) -> str:
        """The same claims give the same token."""

    def read(self, token: str, *, may_be_expired: bool = False) -> Claims:
        """Raises TokenInvalid unless this server signed it, and TokenExpired when its time is over."""


class TokenStore(Protocol):
    """Where refused tokens and ended logins are kept until they could not be used anyway."""

    async def find_refusals(self, token_ids: Collection[str]) -> dict[str, Refusal]:
        """Of those tokens that are refused, by id."""

    async def find_ended(self, login_ids: Collection[str]) -> set[str]:
        """Those of the logins that were ended."""

    async def refuse(self, refusal: Refusal) -> Refusal:
        """Stores it unless the token is refused already; gives the one that is kept, whoever asked first."""

    async def end_login(self, ended: EndedLogin) -> None:
        """In one write, which decides against every refresh before, beside and after it. May be repeated."""


def kept_until(login_at: datetime) -> datetime:
    """From then on no token of a login could be used."""
    # One refreshed in the last hour of the span lives beyond it.
    return login_at + REFRESH_SPAN + TOKEN_LIFE + CLOCKS_APART
