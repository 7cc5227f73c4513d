"""A server for the tests of processes."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.server import ServerProcess


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Two workers."""
    process = ServerProcess(tmp_path / "data", is_embedded=request.node.get_closest_marker("embedded") is not None)
    process.launch()
    yield process
    process.stop()
