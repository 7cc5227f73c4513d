"""`operator`: makes an operator, or resets one who lost the token."""
from __future__ import annotations

import argparse
import sys

from server.bootstrap import Application
from server.commands.joining import run_on_application
from server.commands.statuses import fail
from server.config import Config
from server.domain.accounts.claims import AccessToken
from server.domain.accounts.names import MAX_NAME_CHARACTERS
from server.domain.accounts.users import Role
from server.domain.errors import InvalidInput, Unavailable
from server.domain.operators.door import SignInMade
from server.outside.time_codes import draw_qr

ROLES = f"one of {', '.join(role.value for role in Role)} (operator: all but admin's)"
HOW_TO_USE = """\
The token above is operator {name}'s for the next {minutes} minutes; every earlier token of theirs is over.
  HTTP        Authorization: Bearer TOKEN
              POST /api/auth/refresh gives the next one, for 14 days; after that, or when it is lost: run.py operator {name}
  websocket   {{"id": 1, "op": "auth", "token": "TOKEN"}}, then {{"id": 2, "op": "subscribe", "channel": "ops"}}"""


SIGN_IN = """\
{name} signs in with what stands here, which is shown this once:
  password        {password}
  second factor   {uri}
  recovery codes, each good once
    {codes}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=f"1 to {MAX_NAME_CHARACTERS} characters")
    parser.add_argument("--role", type=Role, choices=list(Role), default=Role.OPERATOR, metavar="ROLE", help=ROLES)
    parser.add_argument("--sign-in", action="store_true", help="also make a password, a second factor (as QR code) and recovery codes")


def make_operator(config: Config, options: argparse.Namespace) -> int:
    """The token goes to standard output alone, so that a script can take it; how to use it to standard error.

    Running servers hear that the old tokens are over.
    """
    try:
        token, made = run_on_application(config, lambda application: _make(application, options))
    except InvalidInput:
        return fail(f"an operator's name has 1 to {MAX_NAME_CHARACTERS} characters")
    except Unavailable as error:
        return fail(f"the {error.what} does not answer")
    print(token.access_token, flush=True)
    print(HOW_TO_USE.format(name=options.name.strip(), minutes=token.expires_in // 60), file=sys.stderr)
    if made is not None:
        codes = "\n    ".join(made.recovery_codes)
        print(SIGN_IN.format(name=options.name.strip(), password=made.password, uri=made.secret.uri, codes=codes), file=sys.stderr)
        draw_qr(made.secret.uri, sys.stderr)
    return 0


async def _make(application: Application, options: argparse.Namespace) -> tuple[AccessToken, SignInMade | None]:
    users, made = application.services.accounts.users, None
    if options.sign_in:
        made = await application.services.operators.door.make_sign_in(await users.reset_operator(options.name, options.role))
    return await users.make_operator(options.name, options.role), made
