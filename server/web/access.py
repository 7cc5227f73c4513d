"""Who may call an endpoint: decided before it runs."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.domain.accounts.users import User
from server.domain.errors import NotAllowed, TokenMissing


@dataclass(frozen=True)
class Access:
    """A rule on the caller; `needs_user` makes the token's faults the caller's answer."""

    name: str
    needs_user: bool
    allows: Callable[[User], bool] | None = None  # who of the users
    leaves_token: bool = False  # to the endpoint, which takes tokens that elsewhere are over

    @property
    def needs_token(self) -> bool:
        return self.needs_user or self.leaves_token

    def check(self, user: User | None) -> None:
        """Raises TokenMissing or NotAllowed."""
        if not self.needs_user:
            return
        if user is None:
            raise TokenMissing()
        if self.allows is not None and not self.allows(user):
            raise NotAllowed()


ANYONE = Access("anyone", needs_user=False)
SIGNED_IN = Access("user", needs_user=True)
TOKEN_HOLDER = Access("token", needs_user=False, leaves_token=True)
OPERATOR = Access("operator", needs_user=True, allows=lambda user: user.is_operator)
ADMIN = Access("admin", needs_user=True, allows=lambda user: user.is_admin)
