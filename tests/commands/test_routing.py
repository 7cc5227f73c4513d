"""`run.py routes`, as its user runs it."""
from __future__ import annotations

import json
import subprocess

import pytest

from handlers import DOCUMENTS
from server.config import Config
from tests.commands.runs import ROOT, command, environment, run_command


def test_every_route_is_on_a_line_of_its_own(config: Config) -> None:
    listed = run_command(config, "routes")
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = listed.stdout.splitlines()
    assert len(lines) == sum(len(document.routes()) for document in DOCUMENTS)
    bid = next(line for line in lines if line.startswith("POST") and line.split()[1] == "/api/group")
    assert bid.split() == ["POST", "/api/group", "user", "bidding", "参与竞价"]


def test_a_script_takes_them_as_json(config: Config) -> None:
    listed = run_command(config, "routes", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")
    routes = json.loads(listed.stdout)
    assert routes[0] == {
        "method": "GET",
        "path": "/api/banners",
        "access": "anyone",
        "document": "bidding",
        "summary": "banner 列表",
    }
    declared = [(route.method, path) for document in DOCUMENTS for path, route in document.routes()]
    assert [(route["method"], route["path"]) for route in routes] == declared


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_output_that_has_no_room_is_said_in_one_line(config: Config, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        listed = subprocess.run(
            command("routes", *arguments), cwd=ROOT, env=environment(config), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert (listed.returncode, listed.stderr) == (1, "run.py: cannot write: No space left on device\n")
