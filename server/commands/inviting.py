"""`invite`: makes invitation codes; `admin`: gives a registered user the rights of an admin."""
from __future__ import annotations

import argparse
import asyncio
import sys

from server.bootstrap import Application
from server.commands.statuses import FAILED
from server.config import Config
from server.domain.accounts.invitations import MOST_AT_ONCE, MOST_DAYS, MOST_USES, Invitation, InvitationsWanted
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput, NotFound, Unavailable
from server.process.embedded import EmbeddedServices

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
    embedded = EmbeddedServices(config)
    try:
        made = asyncio.run(_invite(embedded.start_or_join().with_secret(), options))
    except InvalidInput as error:
        return _fail(f"out of range: {', '.join('--' + name for name in error.problems)}; see --help")
    except Unavailable as error:
        return _fail(f"the {error.what} does not answer")
    finally:
        embedded.stop()
    print("\n".join(one.id for one in made), flush=True)
    return 0


def make_admin(config: Config, options: argparse.Namespace) -> int:
    embedded = EmbeddedServices(config)
    try:
        user = asyncio.run(_make_admin(embedded.start_or_join().with_secret(), options.username))
    except NotFound:
        return _fail(f"nobody has registered as {options.username}")
    except Unavailable as error:
        return _fail(f"the {error.what} does not answer")
    finally:
        embedded.stop()
    print(ADMIN_NOW.format(name=user.username))
    return 0


async def _invite(config: Config, options: argparse.Namespace) -> list[Invitation]:
    application = Application(config)
    try:
        await application.mongo.create_indexes()
        invitations = application.services.accounts.invitations
        wanted = InvitationsWanted(count=options.count, uses=options.uses, days=options.days, note=options.note)
        return await invitations.invite(wanted)
    finally:
        await application.stop()


async def _make_admin(config: Config, username: str) -> User:
    application = Application(config)
    try:
        await application.mongo.create_indexes()
        return await application.services.accounts.directory.make_admin(username)
    finally:
        await application.stop()  # running servers hear that the tokens of before are over


def _fail(line: str) -> int:
    print(line, file=sys.stderr)
    return FAILED
