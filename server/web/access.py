"""Who may call an endpoint: decided before it runs."""
from __future__ import annotations

from dataclasses import dataclass, replace

from server.domain.accounts.claims import Checked
from server.domain.accounts.users import OPERATORS, Role
from server.domain.errors import TokenMissing
from server.domain.operators.access import check_operator


@dataclass(frozen=True)
class Access:
    """A rule on the caller; `needs_user` makes the token's faults the caller's answer. `roles`: who of the users, if not all."""

    name: str
    needs_user: bool
    roles: tuple[Role, ...] = ()
    is_first_step: bool = False  # a login that has not given the second factor will do
    is_dangerous: bool = False  # the second factor is asked for again
    leaves_token: bool = False  # to the endpoint, which takes tokens that elsewhere are over

    @property
    def needs_token(self) -> bool:
        return self.needs_user or self.leaves_token

    @property
    def dangerous(self) -> Access:
        """The same, with the second factor given along or a moment ago."""
        return replace(self, is_dangerous=True)

    def check(self, login: Checked | None) -> None:
        """Raises TokenMissing, NotAllowed or SecondFactorNeeded."""
        if not self.needs_user:
            return
        if login is None:
            raise TokenMissing()
        if self.roles:
            check_operator(login, self.roles, is_first_step=self.is_first_step)


def may(*roles: Role) -> Access:
    """Operators with one of these roles."""
    return Access("|".join(role.value for role in roles), needs_user=True, roles=roles)


ANYONE = Access("anyone", needs_user=False)
SIGNED_IN = Access("user", needs_user=True)
TOKEN_HOLDER = Access("token", needs_user=False, leaves_token=True)
OPERATOR = Access("operator", needs_user=True, roles=OPERATORS)  # whatever their trade
ENTERING = Access("entering", needs_user=True, roles=OPERATORS, is_first_step=True)
AUCTIONEER = may(Role.AUCTIONEER)
SHOP_STAFF = may(Role.SHOP_STAFF)
BOOKKEEPER = may(Role.BOOKKEEPER)
ADMIN = may(Role.ADMIN)
