"""The commands of run.py, one module each; this one reads the command line."""
from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from server.commands import serving
from server.commands.statuses import BAD_USAGE, FAILED
from server.config import BadConfig, Config
from server.process.memory import is_used_up
from server.telemetry.logs import set_up_logs

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
NO_MEMORY_FOR_A_LIBRARY = "failed to map segment"  # as the loader of the system says it

COMMANDS = (
    *("serve", "worker", "bots", "furnish", "import", "import-groupbuy"),
    *("verify", "doctor", "simulate", "operator", "invite", "admin", "receipt-key", "routes"),
)
OF_THE_SERVER = ("serve", "worker")

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str]) -> int:
    """Runs a command; gives the exit status."""
    if not arguments or arguments[0] not in (*COMMANDS, "-h", "--help"):
        arguments = ["serve", *arguments]
    try:
        options = _parser(arguments[0]).parse_args(arguments)
        config = _with_options(Config.from_environment(), options)
        set_up_logs(config.log_format, config.log_level)
        status = options.run(config, options) or 0
        sys.stdout.flush()
        return status
    except BadConfig as error:
        print(f"run.py: {error}", file=sys.stderr)
        return BAD_USAGE
    except (MemoryError, ImportError) as error:
        if isinstance(error, ImportError) and NO_MEMORY_FOR_A_LIBRARY not in str(error):
            raise
        print("run.py: there is not enough memory", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.errno == errno.ENOMEM:
            print("run.py: there is not enough memory", file=sys.stderr)
            return FAILED
        if error.errno not in NO_ROOM:
            raise
        print(f"run.py: cannot write: {error.strerror}", file=sys.stderr)
        # What is left of the output is let go: it would be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # without memory anything may fail, by anything; what is not for lack of it goes on as it was
        if not (is_used_up() or any(isinstance(one, MemoryError) for one in _what_led_to(error))):
            raise
        print("run.py: there is not enough memory", file=sys.stderr)
        return FAILED


def _what_led_to(error: BaseException) -> Iterator[BaseException]:
    """The error, and those while handling which it was raised."""
    led: BaseException | None = error
    met: set[int] = set()
    while led is not None and id(led) not in met:
        met.add(id(led))
        yield led
        led = led.__cause__ or led.__context__


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Live auctions: REST for a mini-program, websockets for browsers.",
        epilog="Settings come from the environment; see the table in README.md. Without a command: serve.",
    )
    commands = parser.add_subparsers(metavar="command", required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data-dir", type=Path, help="where the embedded services keep their data (DATA_DIR, .data)")

    _add_serving(commands, where)
    if command not in OF_THE_SERVER:
        _add_others(commands, where)
    return parser


def _add_serving(commands: Subparsers, where: argparse.ArgumentParser) -> None:
    serve = commands.add_parser("serve", parents=[where], help="run the server (default)")
    serve.add_argument("--host", help="address to listen on (HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (PORT, 8888)")
    serve.add_argument("--workers", type=int, help="processes that share the port (WORKERS, 1)")
    serve.add_argument("--demo", action="store_true", help="fill an empty database with a running auction and let bots bid")
    serve.set_defaults(run=serving.serve)

    worker = commands.add_parser("worker")
    worker.set_defaults(run=serving.work)


def _add_others(commands: Subparsers, where: argparse.ArgumentParser) -> None:
    # Imported here: after a crash bidders wait for the server's two, which need none of it.
    from server.commands import (
        doctor,
        furnishing,
        importing,
        importing_offers,
        inviting,
        operators,
        receipt_keys,
        routing,
        simulating,
        verifying,
    )
    from server.demo import bots

    bidding = commands.add_parser("bots")
    bots.add_arguments(bidding)
    bidding.set_defaults(run=bots.bid)

    furnisher = commands.add_parser("furnish")
    furnisher.set_defaults(run=furnishing.furnish)

    importer = commands.add_parser("import", parents=[where], help="put the goods of a file on sale")
    importing.add_arguments(importer)
    importer.set_defaults(run=importing.import_goods)

    offer_importer = commands.add_parser("import-groupbuy", parents=[where], help="put the offers of a file into the group-buy catalogue")
    importing_offers.add_arguments(offer_importer)
    offer_importer.set_defaults(run=importing_offers.import_offers)

    verifier = commands.add_parser("verify", parents=[where], help="audit the stored auction, beside a server or without one")
    verifying.add_arguments(verifier)
    verifier.set_defaults(run=verifying.verify)

    physician = commands.add_parser("doctor", parents=[where], help="try the database and the Redis before a server goes live on them")
    doctor.add_arguments(physician)
    physician.set_defaults(run=doctor.examine)

    simulator = commands.add_parser("simulate", help="let bidders and watchers loose on a running server, and check what it promised")
    simulating.add_arguments(simulator)
    simulator.set_defaults(run=simulating.simulate)

    operator = commands.add_parser("operator", parents=[where], help="make or reset an operator, and print their token")
    operators.add_arguments(operator)
    operator.set_defaults(run=operators.make_operator)

    inviter = commands.add_parser("invite", parents=[where], help="make invitation codes, and print them")
    inviting.add_invite_arguments(inviter)
    inviter.set_defaults(run=inviting.invite)

    admin = commands.add_parser("admin", parents=[where], help="give a registered user the rights of an admin")
    inviting.add_admin_arguments(admin)
    admin.set_defaults(run=inviting.make_admin)

    notary = commands.add_parser("receipt-key", parents=[where], help="tell which key signs receipts, or make the next one")
    receipt_keys.add_arguments(notary)
    notary.set_defaults(run=receipt_keys.tell_or_make_key)

    router = commands.add_parser("routes", help="list every endpoint of the API")
    routing.add_arguments(router)
    router.set_defaults(run=routing.print_routes)


def _with_options(config: Config, options: argparse.Namespace) -> Config:
    given = {name: getattr(options, name, None) for name in ("host", "port", "workers", "data_dir")}
    if given["data_dir"] is not None:
        given["data_dir"] = given["data_dir"].absolute()
    return replace(config, **{name: value for name, value in given.items() if value is not None})
