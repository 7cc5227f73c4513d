"""No function of the SDK is left out: whatever is routed and has one is called by these tests, under one of its names at least."""
from __future__ import annotations

from pathlib import Path

from tests.mini_program.shapes import OPERATIONS

TESTS = Path(__file__).resolve().parents[1]


def test_every_function_of_what_is_routed_is_called() -> None:
    called = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    routed = (TESTS / "documents/mall.txt").read_text().split("\n")
    functions = [name for operation in routed for name in OPERATIONS.get(operation, {}).get("sdk", ())]
    assert functions and [name for name in functions if f'"{name}"' not in called] == []
