"""Errors that every request meets are told a few times and counted, not written out each."""
from __future__ import annotations

import logging

from server.telemetry.logs import FLOOD_LINES, FLOOD_SECONDS, FloodGate


def record(error: Exception | None, *, at: float = 1000.0, message: str = "request failed") -> logging.LogRecord:
    about = (type(error), error, None) if error is not None else None
    made = logging.LogRecord("server.access", logging.ERROR, "file", 1, message, (), about)
    made.created = at
    return made


def test_of_many_errors_of_one_kind_the_first_are_told_and_the_others_counted() -> None:
    gate = FloodGate()
    assert [gate.filter(record(ValueError())) for _ in range(100)] == [True] * FLOOD_LINES + [False] * (100 - FLOOD_LINES)
    later = record(ValueError(), at=1000 + FLOOD_SECONDS)
    assert gate.filter(later)
    assert later.__dict__["held_back"] == 100 - FLOOD_LINES


def test_another_kind_and_what_is_no_error_pass() -> None:
    gate = FloodGate()
    for _ in range(100):
        gate.filter(record(ValueError()))
    assert gate.filter(record(KeyError()))
    assert gate.filter(record(ValueError(), message="a look failed"))
    assert all(gate.filter(record(None)) for _ in range(100))
