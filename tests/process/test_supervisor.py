"""Tests of server/process/supervisor.py, with programs that end as they are told."""
from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.config import Config
from server.process import supervisor
from server.process.supervisor import Child, Supervisor
from tests.services import environment_of

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


@pytest.mark.parametrize(("status", "is_started_again"), [(0, False), (3, True)])
def test_a_companion_that_has_done_its_work_is_not_started_again(
    config: Config, monkeypatch: pytest.MonkeyPatch, status: int, is_started_again: bool
) -> None:
    monkeypatch.setattr(supervisor, "FAILURE_PAUSE_SECONDS", -1)
    watching = Supervisor(config, "run.py", prepare=lambda ready: None)
    child = Child([sys.executable, "-c", f"raise SystemExit({status})"], {})
    watching._beside.append(child)
    child.start()
    first = child.process
    child.wait(PATIENCE_SECONDS)
    watching._revive()
    child.wait(PATIENCE_SECONDS)
    assert (child.process is not first) == is_started_again


# Told to end at each line that it or what it waits by runs through, one after the other.
TOLD_TO_END = """
import signal, sys
from dataclasses import replace
from server.config import Config
from server.process import supervisor

supervisor.ROUND_SECONDS = 0.001
config = replace(Config.from_environment(), workers=0, port=0)
for told_at in range(1, 151):
    lines = 0

    def follow(frame, event, argument):
        global lines
        lines += event == "line"
        if lines == told_at:
            signal.raise_signal(signal.SIGTERM)
        return follow

    supervisor.Supervisor(config, "run.py", prepare=lambda ready: sys.settrace(follow)).serve()
    sys.settrace(None)
print("ended", told_at)
"""


def test_it_ends_at_whatever_moment_it_is_told_to(config: Config) -> None:
    command = [sys.executable, "-c", TOLD_TO_END]
    done = subprocess.run(command, cwd=ROOT, env=environment_of(config), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.stdout == "ended 150\n", done.stderr[-2000:]


NEVER_READY = "import os, time; os.write(1, b'starting\\n'); time.sleep(3600)"  # at once, as several write to one pipe

WITH_TWO_WORKERS = """
import sys
from dataclasses import replace
from server.config import Config
from server.process.supervisor import Supervisor

Supervisor(replace(Config.from_environment(), workers=2, port=0), sys.argv[1], prepare=lambda ready: None).serve()
print("ended")
"""


def test_told_to_end_while_its_workers_start_it_waits_for_none(config: Config, tmp_path: Path) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(NEVER_READY)
    command = [sys.executable, "-c", WITH_TWO_WORKERS, str(worker)]
    with subprocess.Popen(command, cwd=ROOT, env=environment_of(config), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert [process.stdout.readline(), process.stdout.readline()] == ["starting\n", "starting\n"]
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "ended\n")
