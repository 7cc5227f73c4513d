"""What a login of an operator is good for."""
from __future__ import annotations

from collections.abc import Collection

from server.domain.accounts.claims import Checked
from server.domain.accounts.users import OPERATORS, Role
from server.domain.errors import NotAllowed


class SecondFactorNeeded(NotAllowed):
    """Only who gives the second factor, with this or a moment ago, may do this."""


class SecondFactorNotSet(NotAllowed):
    """Only operators who have set up a second factor may do this."""


def check_operator(login: Checked, roles: Collection[Role] = OPERATORS, *, is_first_step: bool = False) -> None:
    """Whether it may do what these roles may. Raises NotAllowed, and SecondFactorNeeded where the login was made without it.

    In the first step, in which the second factor is set up, nobody has one.
    """
    if not login.user.is_any_of(roles):
        raise NotAllowed()
    if login.user.has_two_steps and not is_first_step and not login.claims.has_second_factor:
        raise SecondFactorNeeded()
