"""`serve`: the supervisor with its workers; `worker`: one of them."""
from __future__ import annotations

import argparse
import gc
import os
import sys

from server.config import BadConfig, Config


def serve(config: Config, options: argparse.Namespace) -> int:
    """Runs until it is told to end. With --demo on data that is there to look at, and bots beside."""
    # Imported here, each where it is needed: the supervisor starts the database at once, and needs no more for it.
    from server.process.supervisor import Supervisor

    if options.demo:
        from server.demo.seeding import seed_demo

        if config.wechat_appid is not None:
            raise BadConfig("the bots of --demo sign in by the sandbox, which WECHAT_APPID turns off: leave one of the two away")
        supervisor = Supervisor(config, sys.argv[0], prepare=seed_demo, companions=[("furnish",), ("bots", "--url", _own_url(config))])
    else:
        supervisor = Supervisor(config, sys.argv[0], prepare=lambda ready: None)
    supervisor.serve()
    return 0


def work(config: Config, options: argparse.Namespace) -> int:
    """A worker of `serve`; reads everything from the environment."""
    gc.disable()  # until its collector begins: of what is imported nothing is garbage, and looking takes a fifth of the time
    import uvloop

    from server.process.open_files import raise_limit_of_open_files
    from server.process.worker import run_worker

    raise_limit_of_open_files()
    ready_fd = os.environ.get("READY_FD")
    uvloop.run(run_worker(config.with_secret(), ready_fd=int(ready_fd) if ready_fd else None))
    return 0


def _own_url(config: Config) -> str:
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"
