"""`invite`: makes invitation codes; `admin`: gives a registered user the rights of an admin."""
from __future__ import annotations

import argparse

from server.commands.joining import run_on_application
from server.commands.statuses import fail
from server.config import Config
from server.domain.accounts.invitations import MOST_AT_ONCE, MOST_DAYS, MOST_USES, InvitationsWanted
from server.domain.errors import InvalidInput, NotFound, Unavailable

ADMIN_NOW = "{name} is an admin now, and has to sign in again."


def add_invite_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=1, help=f"how many codes, at most {MOST_AT_ONCE} (%(default)s)")
    parser.add_argument("--uses", type=int, default=1, help=f"registrations a code is good for, at most {MOST_USES} (%(default)s)")
    parser.add_argument("--days", type=int, default=30, help=f"until it expires, at most {MOST_DAYS} (%(default)s)")
    parser.add_argument("--note", default="", help="what they are for, shown to operators")


def add_admin_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username", help="of somebody who has registered")


def invite(config: Config, options: argparse.Namespace) -> int:
    """Prints the codes, one a line, and nothing else, so that a script can take them."""
    wanted = InvitationsWanted(count=options.count, uses=options.uses, days=options.days, note=options.note)
    try:
        made = run_on_application(config, lambda application: application.services.accounts.invitations.invite(wanted))
    except InvalidInput as error:
        return fail(f"out of range: {', '.join('--' + name for name in error.problems)}; see --help")
    except Unavailable as error:
        return fail(f"the {error.what} does not answer")
    print("\n".join(one.id for one in made), flush=True)
    return 0


def make_admin(config: Config, options: argparse.Namespace) -> int:
    """Running servers hear that the tokens of before are over."""
    try:
        user = run_on_application(config, lambda application: application.services.accounts.directory.make_admin(options.username))
    except NotFound:
        return fail(f"nobody has registered as {options.username}")
    except Unavailable as error:
        return fail(f"the {error.what} does not answer")
    print(ADMIN_NOW.format(name=user.username))
    return 0
