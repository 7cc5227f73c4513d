"""`simulate`: lets bidders and watchers loose on a running server, and checks what it promised them."""
from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import Any

import msgspec

from server.commands.statuses import BAD_USAGE, FAILED
from server.config import Config
from server.simulation.connection import ServerAway
from server.simulation.convergence import CONVERGED_SECONDS
from server.simulation.sale import NothingToSimulate, Outcome, Plan, SimulatedSale


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="of the server (http://127.0.0.1:8888, with PORT and HOST as they are set)")
    parser.add_argument("--bidders", type=_positive, default=20, metavar="N", help="who sign in and bid (%(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="how long (%(default)g)")
    parser.add_argument("--watchers", type=int, default=0, metavar="W", help="who listen over websockets (%(default)s)")
    parser.add_argument("--pace", type=float, default=1.0, metavar="S", help="between two bids of one bidder, on average (%(default)g)")
    parser.add_argument(
        "--converge", type=float, default=CONVERGED_SECONDS, metavar="S", help="how long prices may take to agree everywhere (%(default)g)"
    )
    parser.add_argument("--group", type=_positive, metavar="ID", help="where to bid (the current group)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def simulate(config: Config, options: argparse.Namespace) -> int:
    """0 when everyone saw the true prices in time and no acknowledged bid is missing, 1 when not, 2 when nothing could be tried."""
    plan = Plan(
        url=options.url or f"http://{config.host}:{config.port}",
        bidders=options.bidders,
        seconds=options.seconds,
        watchers=options.watchers,
        group_id=options.group,
        pace_seconds=options.pace,
        converge_seconds=options.converge,
    )
    try:
        outcome = asyncio.run(_run(plan))
    except (NothingToSimulate, ServerAway, ValueError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return BAD_USAGE
    print(msgspec.json.encode(outcome).decode() if options.json else _as_text(outcome))
    return 0 if outcome.ok else FAILED


async def _run(plan: Plan) -> Outcome:
    sale = SimulatedSale(plan)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sale.stop)
    return await sale.run()


def _as_text(outcome: Outcome) -> str:
    rate = outcome.accepted / outcome.seconds if outcome.seconds else 0
    missing = [f"lot {bid['goods_id']}, bid {bid['seq']} at {bid['price']} is not in the public history" for bid in outcome.missing]
    rows = [
        ("group", f"{outcome.group_id}, {outcome.lots} lots, {outcome.seconds:g} s"),
        ("accepted", f"{outcome.accepted}, {outcome.accepted_over_socket} of them over a websocket, {rate:.1f} a second"),
        ("refused", _counts(outcome.refused)),
        ("rate limited", str(outcome.rate_limited)),
        ("errors", _counts(outcome.errors)),
        ("a bid took", _times(outcome.bid_ms)),
        ("watchers knew after", _times(outcome.watcher_ms)),
        ("watchers converged", f"{outcome.watchers_converged} of {outcome.watchers}"),
        ("connections lost", _counts(outcome.connections_lost)),
        ("prices agree", "yes" if outcome.prices_agree else "no"),
        ("bids missing", str(len(outcome.missing))),
        ("bids not looked for", str(outcome.unread)),
    ]
    return "\n".join([*(f"{name:<20} {value}" for name, value in rows), *missing])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"


def _times(times: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value} ms" for name, value in times.items() if value is not None) or "not measured"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
