"""Lines of the log: whatever a client sent is one value of one line."""
from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.telemetry.logs import FLOOD_LINES, FLOOD_SECONDS, MOST_CHARACTERS, FloodGate, JsonLines, TextLines
from tests.api import Api

# A value as TextLines writes it: bare, or in quotes with escapes.
FACT = re.compile(r' (\w+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)')
START = re.compile(r"\d\d:\d\d:\d\d\.\d{3} [DIWEC] ")


def record(message: str = "request", *args: Any, trace: Any = None, **facts: Any) -> logging.LogRecord:
    made = logging.LogRecord("server.access", logging.INFO, __file__, 1, message, args, trace)
    vars(made).update(facts)
    return made


def facts_of(line: str) -> dict[str, str]:
    """Read as a machine would."""
    head, found = line.partition(": request")[0], line.partition(": request")[2]
    assert START.match(head)
    assert FACT.sub("", found) == "", found
    return dict(FACT.findall(found))


@given(st.text(), st.text(min_size=1))
def test_no_text_forges_a_field_or_a_line(path: str, request_id: str) -> None:
    line = TextLines().format(record(path=path, status=200, request_id=request_id))
    assert line.isprintable()
    found = facts_of(line)
    assert list(found) == ["path", "status", "request_id"] and found["status"] == "200"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/api/group", "/api/group"),
        ("金额", "金额"),
        (7, "7"),
        (1.25, "1.25"),
        ("", '""'),
        ("a user_id=1", '"a user_id=1"'),
        ('a" user_id="1', '"a\\" user_id=\\"1"'),
        ("a\\", '"a\\\\"'),
        ("a\n12:00:00.000 I server.access: request", '"a\\n12:00:00.000 I server.access: request"'),
        ("\u202ea\x1b[2J", '"\\u202ea\\x1b[2J"'),
    ],
)
def test_a_value_is_quoted_where_it_has_to_be(value: Any, written: str) -> None:
    assert TextLines().format(record(path=value)).endswith(f"request path={written}")


def test_what_is_not_known_is_left_out() -> None:
    assert TextLines().format(record(user_id=None)).endswith(": request")


def test_a_message_stays_in_its_line() -> None:
    line = TextLines().format(record("Malformed HTTP message: %s", "x\r\n12:00:00.000 I server: done\x00"))
    assert line.endswith(r"Malformed HTTP message: x\r\n12:00:00.000 I server: done\x00")


def test_a_trace_is_indented_whatever_the_error_says() -> None:
    try:
        raise ValueError("x\n12:00:00.000 I server.access: request user_id=1\u2028y")
    except ValueError:
        first, *rest = TextLines().format(record(trace=sys.exc_info())).split("\n")
    assert START.match(first)
    assert rest and all(line.startswith("  ") and line.isprintable() for line in rest)


def test_what_is_endless_is_cut_in_both_forms() -> None:
    long = record("x" * 5000, path="y" * 5000)
    line, found = TextLines().format(long), json.loads(JsonLines().format(long))
    assert len(line) < 2 * MOST_CHARACTERS + 100
    assert (found["message"], found["path"]) == ("x" * MOST_CHARACTERS + "…", "y" * MOST_CHARACTERS + "…")


async def test_a_request_cannot_write_fields_of_its_own(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "server.access")
    monkeypatch.setattr(caplog.handler, "formatter", TextLines())
    await api.get("/api/x%20user_id=1\xa0status=200", headers={"X-Request-Id": "a user_id=1 status=500"})
    [line] = [line for line in caplog.text.splitlines() if "server.access" in line]
    found = facts_of(line)
    assert found["status"] == "404" and "user_id" not in found
    assert re.fullmatch(r"[0-9a-f]{32}", found["request_id"])


# Errors that every request meets are told a few times and counted


def failed(error: Exception | None, *, at: float = 1000.0, message: str = "request failed") -> logging.LogRecord:
    about = (type(error), error, None) if error is not None else None
    made = logging.LogRecord("server.access", logging.ERROR, "file", 1, message, (), about)
    made.created = at
    return made


def test_of_many_errors_of_one_kind_the_first_are_told_and_the_others_counted() -> None:
    gate = FloodGate()
    assert [gate.filter(failed(ValueError())) for _ in range(100)] == [True] * FLOOD_LINES + [False] * (100 - FLOOD_LINES)
    later = failed(ValueError(), at=1000 + FLOOD_SECONDS)
    assert gate.filter(later)
    assert later.__dict__["held_back"] == 100 - FLOOD_LINES


def test_another_kind_and_what_is_no_error_pass() -> None:
    gate = FloodGate()
    for _ in range(100):
        gate.filter(failed(ValueError()))
    assert gate.filter(failed(KeyError()))
    assert gate.filter(failed(ValueError(), message="a look failed"))
    assert all(gate.filter(failed(None)) for _ in range(100))
