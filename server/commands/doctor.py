"""`doctor`: tries the database and the Redis of the settings before a server goes live on them."""
from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing

import msgspec

from server.commands.statuses import FAILED
from server.config import Config
from server.domain.diagnosis import Finding, Verdict
from server.process.embedded import EmbeddedServices
from server.storage.diagnosis import examine_database
from server.throwaway.diagnosis import examine_redis

TRIED_WIDTH = 33


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def examine(config: Config, options: argparse.Namespace) -> int:
    """0 when nothing is wrong, warnings or not."""
    embedded = EmbeddedServices(config)
    try:
        findings = asyncio.run(_examine(embedded.start_or_join(), is_told=not options.json))
    finally:
        embedded.stop()
    counts = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    is_sound = not counts[Verdict.WRONG]
    if options.json:
        print(msgspec.json.encode({"ok": is_sound, "findings": findings}).decode())
    else:
        verdict = "nothing is wrong" if is_sound else f"wrong: {counts[Verdict.WRONG]}"
        print(f"{verdict}; warnings: {counts[Verdict.WARNING]}")
    return 0 if is_sound else FAILED


async def _examine(config: Config, *, is_told: bool) -> list[Finding]:
    """Each is told as soon as it is found."""
    assert config.mongodb_url is not None and config.redis_url is not None
    findings = []
    for examination in (
        examine_database(config.mongodb_url, config.mongodb_database, is_production=config.is_production),
        examine_redis(config.redis_url, config.mongodb_database),
    ):
        async with aclosing(examination):
            async for finding in examination:
                findings.append(finding)
                if is_told:
                    print(_as_text(finding), flush=True)
    return findings


def _as_text(finding: Finding) -> str:
    line = f"{finding.verdict.value:<8} {finding.tried:<{TRIED_WIDTH}} {finding.found}"
    return f"{line}\n{'':8} → {finding.advice}" if finding.advice else line
