"""Signs access tokens and reads them back: JSON Web Tokens (RFC 7519) with HS256 and nothing else."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from server.domain.accounts.claims import Claims
from server.domain.clock import Clock
from server.domain.errors import TokenExpired, TokenInvalid

ALGORITHM = "HS256"
SEVERAL_FACTORS = ("mfa",)
LEEWAY = timedelta(seconds=5)  # the clocks of several machines differ
MAX_TOKEN_CHARACTERS = 2048  # ours have about 350; a longer one is not worth a hash

Moment = Annotated[int, Meta(ge=0, le=253_402_300_799)]  # seconds since 1970 UTC, to the end of 9999


class Payload(Struct, frozen=True):
    """The claims as the token spells them; `auth_time`, `sid` and `amr` (RFC 8176) as in OpenID Connect, `gen` is ours."""

    iss: str
    aud: str
    sub: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,17}\Z")]
    jti: Annotated[str, Meta(min_length=1, max_length=64)]
    iat: Moment
    exp: Moment
    auth_time: Moment
    gen: Annotated[int, Meta(ge=0)]
    sid: Annotated[str, Meta(max_length=64)] = ""
    amr: tuple[str, ...] | UnsetType = UNSET


class JwtSigner:
    """Implements Signer. Tokens of another key, algorithm, issuer or audience are invalid, so are those without a claim of ours."""

    def __init__(self, secret: str, clock: Clock, *, issuer: str, audience: str):
        self._secret = secret.encode()
        self._clock = clock
        self._issuer = issuer
        self._audience = audience

    def sign(self, claims: Claims) -> str:
        payload = Payload(
            iss=self._issuer,
            aud=self._audience,
            sub=str(claims.user_id),
            jti=claims.id,
            sid=claims.login_id,
            iat=_seconds(claims.issued_at),
            exp=_seconds(claims.expires_at),
            auth_time=_seconds(claims.login_at),
            gen=claims.generation,
            amr=SEVERAL_FACTORS if claims.has_second_factor else UNSET,
        )
        return jwt.encode(msgspec.to_builtins(payload), self._secret, algorithm=ALGORITHM)

    def read(self, token: str, *, may_be_expired: bool = False) -> Claims:
        payload = self._payload(token)
        claims = Claims(
            id=payload.jti,
            login_id=payload.sid or payload.jti,  # one that names no login is a login of its own
            user_id=int(payload.sub),
            generation=payload.gen,
            login_at=_moment(payload.auth_time),
            issued_at=_moment(payload.iat),
            expires_at=_moment(payload.exp),
            has_second_factor=payload.amr == SEVERAL_FACTORS,
        )
        if not may_be_expired and self._clock.now() >= claims.expires_at + LEEWAY:
            raise TokenExpired()
        return claims

    def _payload(self, token: str) -> Payload:
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise TokenInvalid()
        try:
            content = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                # Its time is judged by the server's clock, in `read`.
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            return msgspec.convert(content, Payload)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise TokenInvalid() from error


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
