"""`run.py routes`, as its user runs it."""
from __future__ import annotations

import json

from handlers import DOCUMENTS
from server.config import Config
from tests.commands.runs import run_command


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
