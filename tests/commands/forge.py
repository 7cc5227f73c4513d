"""A process that has imported the commands once and forks for each that is run: importing takes longer than most of them.

    python tests/commands/forge.py SOCKET

One connection a command: it sends its arguments, its environment and where its output goes, and gets the exit status. It ends when
its standard input does.
"""
from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # as where run.py is run

import server.commands  # noqa: E402


def main(address: str) -> None:
    for module in pkgutil.iter_modules(server.commands.__path__, "server.commands."):
        importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that serve
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([listening.fileno(), 0], [], [])
            if 0 in ready and not os.read(0, 1):
                return
            if listening.fileno() in ready:
                connection, _ = listening.accept()
                if os.fork() == 0:
                    listening.close()
                    serve(connection)
                connection.close()


def serve(connection: socket.socket) -> None:
    """Runs the command as a process that ends as any does; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    task = json.loads(connection.makefile().readline())
    running = os.fork()
    if running == 0:
        connection.close()
        run(task)
    _, status = os.waitpid(running, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(task: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(task["environment"])
    for number, path in ((0, os.devnull), (1, task["output"]), (2, task["errors"])):
        opened = os.open(path, os.O_RDWR | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["run.py", *task["arguments"]]
    sys.exit(server.commands.main(sys.argv[1:]))


if __name__ == "__main__":
    main(sys.argv[1])
