"""The embedded MongoDB-compatible server and Redis, started once a run; a database of its own for each test."""
from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from server.config import Config
from server.process.embedded import EmbeddedServices

_names = itertools.count(1)


class TestServices:
    """Starts both services in a folder of their own; `config` names a fresh database at each call."""

    __test__ = False

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="auction-tests-"))
        base = Config(data_dir=self._folder, jwt_secret="a secret for tests, longer than thirty-two bytes")
        self._embedded = EmbeddedServices(base)
        self._config = self._embedded.start_or_join()

    def config(self) -> Config:
        """Settings with both URLs and a database nobody has used."""
        return replace(self._config, mongodb_database=f"test_{os.getpid()}_{next(_names)}", port=0)

    def stop(self) -> None:
        self._embedded.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
