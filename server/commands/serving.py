"""`serve`: the supervisor with its workers; `worker`: one of them."""
from __future__ import annotations

import argparse
import os
import sys

import uvloop

from server.config import Config
from server.supervisor import Supervisor
from server.worker import run_worker


def serve(config: Config, options: argparse.Namespace) -> int:
    """Runs until it is told to end."""
    Supervisor(config, sys.argv[0], prepare=lambda ready: None).serve()
    return 0


def work(config: Config, options: argparse.Namespace) -> int:
    """A worker of `serve`; reads everything from the environment."""
    ready_fd = os.environ.get("READY_FD")
    uvloop.run(run_worker(config.with_secret(), ready_fd=int(ready_fd) if ready_fd else None))
    return 0
