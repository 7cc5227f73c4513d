"""What an endpoint may see of a request."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain.accounts.claims import Checked
from server.domain.accounts.users import User
from server.domain.errors import TokenMissing
from server.services import Services


@dataclass(slots=True)
class Call:
    """One request: who calls, from where, in which language. `arrived_at` is when it reached the server.

    `origin`: what the caller calls this server, such as `https://auction.example`; for addresses in this one's answer only.
    """

    services: Services
    login: Checked | None  # of the caller, if the token was found good
    token: str | None
    client_address: str
    language: str  # "zh" or "en"
    request_id: str
    idempotency_key: str | None
    arrived_at: datetime
    origin: str
    agent: str = ""  # what the caller's program calls itself

    @property
    def user(self) -> User | None:
        return self.login.user if self.login is not None else None

    @property
    def caller_login(self) -> Checked:
        """The login of an endpoint that needs one. Raises TokenMissing."""
        if self.login is None:
            raise TokenMissing()
        return self.login

    @property
    def caller(self) -> User:
        """The user of an endpoint that needs one. Raises TokenMissing."""
        if self.user is None:
            raise TokenMissing()
        return self.user


def choose_language(accept_language: str | None) -> str:
    """Chinese unless the header prefers English (RFC 9110, 12.5.4)."""
    if not accept_language:
        return "zh"
    best, language = 0.0, "zh"
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("zh", "en"):
            continue
        try:
            weight = float(parameters.partition("q=")[2]) if "q=" in parameters else 1.0
        except ValueError:
            continue
        if weight > best:
            best, language = weight, primary
    return language
