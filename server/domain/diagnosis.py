"""What is found when the services under a server are tried before it goes live."""
from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Verdict(Enum):
    """`WRONG`: the server must not go live on it."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(Struct, frozen=True):
    """`tried`: what; `found`: what came of it; `advice`: what to do about it, where something is to be done."""

    tried: str
    verdict: Verdict
    found: str
    advice: str = ""


def fine(tried: str, found: str) -> Finding:
    return Finding(tried, Verdict.OK, found)


def doubtful(tried: str, found: str, advice: str) -> Finding:
    return Finding(tried, Verdict.WARNING, found, advice)


def wrong(tried: str, found: str, advice: str) -> Finding:
    return Finding(tried, Verdict.WRONG, found, advice)
