"""What can go wrong, by kind; chapters of the domain derive their own errors from these."""
from __future__ import annotations


class DomainError(Exception):
    """A request that is answered with an error; `fields()` are the facts its text may show."""

    def fields(self) -> dict[str, object]:
        return vars(self)


class InvalidInput(DomainError):
    """Input of the wrong form; `problems` maps each field to its messages."""

    def __init__(self, problems: dict[str, list[str]]):
        super().__init__(problems)
        self.problems = problems


class BodyTooLarge(InvalidInput):
    """The body is longer than the server accepts."""

    def __init__(self, limit_bytes: int):
        super().__init__({"body": [f"longer than {limit_bytes} bytes"]})
        self.limit_bytes = limit_bytes


class NotSignedIn(DomainError):
    """The caller has to sign in first."""


class TokenMissing(NotSignedIn):
    """No access token was sent."""


class TokenExpired(NotSignedIn):
    """The access token is genuine but its time is over."""


class TokenInvalid(NotSignedIn):
    """The access token is not one of ours, or is no longer accepted."""


class NotAllowed(DomainError):
    """The caller is known but may not do this."""


class NotFound(DomainError):
    """The thing asked for does not exist; `what` names its kind."""

    def __init__(self, what: str = "page"):
        super().__init__(what)
        self.what = what


class MethodNotAllowed(DomainError):
    """The path exists, but not with this HTTP method; `allowed` lists those it has."""

    def __init__(self, allowed: tuple[str, ...]):
        super().__init__(allowed)
        self.allowed = allowed


class Conflict(DomainError):
    """The rules refuse it in the present state."""


class TooMany(DomainError):
    """Too many requests; the caller may try again after `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int = 1):
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    """Something the answer depends on does not respond now; `what` names it."""

    def __init__(self, what: str, retry_after_seconds: int = 1):
        super().__init__(what)
        self.what = what
        self.retry_after_seconds = retry_after_seconds
