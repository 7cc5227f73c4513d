"""The mall's SDK in a process of its own, unchanged (sdk.js): its functions are called as a mini-program calls them."""
from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

from tests.api import PATIENCE_SECONDS
from tests.mini_program.shapes import OPERATIONS, problems_of

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / ".venv/bin/node"
FOLDER = ROOT / ".venv/sdk/node_modules/apifm-wxapi"
LONGEST_ANSWER_BYTES = 16 * 1024 * 1024

# SDK function → the operations that it calls
CALLED = {name: operation for operation, about in OPERATIONS.items() for name in about.get("sdk", ())}


class Sdk:
    """One Node process for one server."""

    def __init__(self, process: asyncio.subprocess.Process):
        self._process = process
        self._ids = itertools.count(1)

    @classmethod
    async def start(cls, url: str) -> Sdk:
        """make test installs what it needs."""
        pipe = asyncio.subprocess.PIPE
        arguments = (str(NODE), str(Path(__file__).parent / "sdk.js"), str(FOLDER), url, "mall", "951")
        return cls(await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe, limit=LONGEST_ANSWER_BYTES))

    async def call(self, function: str, *arguments: Any, **parameters: Any) -> dict[str, Any]:
        """What the function gives; `parameters` are its one object. What its clients could not read fails the test."""
        given = [*arguments, *([parameters] if parameters else [])]
        answer = await self._ask(function, given)
        operation = CALLED.get(function)
        if operation is not None:
            problems = problems_of(operation, answer, parameters)
            assert not problems, f"{function}: {operation}: {problems}"
        return answer

    async def data_of(self, function: str, *arguments: Any, **parameters: Any) -> Any:
        """Of a success; None where there is none."""
        answer = await self.call(function, *arguments, **parameters)
        assert answer["code"] == 0, (function, answer)
        return answer.get("data")

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _ask(self, function: str, given: list[Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        number = next(self._ids)
        self._process.stdin.write(json.dumps({"id": number, "call": function, "arguments": given}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            reply = json.loads(await self._process.stdout.readline())
        assert reply["id"] == number and "error" not in reply, reply
        return reply["answer"]
