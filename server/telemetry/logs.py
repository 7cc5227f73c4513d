"""Structured logs: one line an event, as text for people or as JSON for machines."""
from __future__ import annotations

import logging
import sys
from collections import Counter
from datetime import datetime, timezone

import msgspec

FLOOD_SECONDS = 60.0
FLOOD_LINES = 5  # errors of one kind told within it
MOST_CHARACTERS = 1000  # of a message or a value: a path may have thousands

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logs(log_format: str, level: str) -> None:
    """Sends all logs to standard error in that format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    handler.addFilter(FloodGate())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Both tell every connection attempt while a server is away; the looks and the broker say it once.
    for noisy in ("pymongo", "asyncio", "tornado.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class FloodGate(logging.Filter):
    """Lets the first errors of a kind pass, with their traces, and counts the others: a failure that every request meets is told once."""

    def __init__(self) -> None:
        super().__init__()
        self._since: dict[tuple[str, str, str], float] = {}
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None or record.exc_info[0] is None:
            return True
        kind = (record.name, str(record.msg), record.exc_info[0].__name__)
        if record.created - self._since.get(kind, 0.0) >= FLOOD_SECONDS:
            held_back = max(0, self._counts.pop(kind, 0) - FLOOD_LINES)
            self._since[kind] = record.created
            if held_back:
                record.held_back = held_back
        self._counts[kind] += 1
        return self._counts[kind] <= FLOOD_LINES


class JsonLines(logging.Formatter):
    """{"ts", "level", "logger", "message", …the record's extra fields}."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _cut(record.getMessage()),
            **_extra(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class TextLines(logging.Formatter):
    """Time, level, logger, message, then name=value.

    Whatever a client sent, it is one value of one line: with a space or an equals sign it is in quotes, controls are escaped, and
    the lines of a trace are indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={_value(value)}" for name, value in _extra(record).items() if value is not None)
        message = _printable(_cut(record.getMessage()))
        line = f"{_moment(record):%H:%M:%S.%f}"[:12] + f" {record.levelname[0]} {record.name}: {message}{facts}"
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n  {_printable(one)}" for one in trace)
        return line


def _value(value: object) -> str:
    text = str(value)
    if text.isprintable() and text and not any(one in text for one in ' "=\\'):
        return text
    return '"' + _printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _printable(text: str) -> str:
    """Controls, line ends and what turns the writing round are escaped."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, timezone.utc)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {name: _cut(value) if isinstance(value, str) else value for name, value in given.items()}
