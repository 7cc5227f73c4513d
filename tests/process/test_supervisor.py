"""Tests of server/process/supervisor.py, with programs that end as they are told."""
from __future__ import annotations

import sys

import pytest

from server.config import Config
from server.process import supervisor
from server.process.supervisor import Child, Supervisor

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
