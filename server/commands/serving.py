"""`serve`: the supervisor with its workers; `worker`: one of them."""
from __future__ import annotations

import argparse
import os
import sys

import uvloop

from server.config import BadConfig, Config
from server.demo.seeding import seed_demo
from server.process.open_files import raise_limit_of_open_files
from server.process.supervisor import Supervisor
from server.process.worker import run_worker


def serve(config: Config, options: argparse.Namespace) -> int:
    """Runs until it is told to end. With --demo on data that is there to look at, and bots beside."""
    if options.demo:
        if config.wechat_appid is not None:
            raise BadConfig("the bots of --demo sign in by the sandbox, which WECHAT_APPID turns off: leave one of the two away")
        supervisor = Supervisor(config, sys.argv[0], prepare=seed_demo, companions=[("bots", "--url", _own_url(config))])
    else:
        supervisor = Supervisor(config, sys.argv[0], prepare=lambda ready: None)
    supervisor.serve()
    return 0


def work(config: Config, options: argparse.Namespace) -> int:
    """A worker of `serve`; reads everything from the environment."""
    raise_limit_of_open_files()
    ready_fd = os.environ.get("READY_FD")
    uvloop.run(run_worker(config.with_secret(), ready_fd=int(ready_fd) if ready_fd else None))
    return 0


def _own_url(config: Config) -> str:
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"
