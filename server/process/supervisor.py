"""The parent process: starts services and workers, starts again what dies, ends all together."""
from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from server.config import BadConfig, Config
from server.process.embedded import EmbeddedServices, make_child_die_with_parent

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.2
STOP_SECONDS = 20
FAILURE_PAUSE_SECONDS = 1.0  # between starts of a worker that keeps dying


class Child:
    """A worker, or another program that runs beside them; started again when it dies."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]):
        self._command = list(command)
        self.environment = environment
        self._started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self._ready_fd = -1

    def start(self) -> None:
        self._close_ready_fd()
        self._ready_fd, write_fd = os.pipe()
        self.process = subprocess.Popen(
            self._command,
            env=os.environ | self.environment | {"READY_FD": str(write_fd)},
            stdin=subprocess.DEVNULL,
            pass_fds=[write_fd],
            preexec_fn=make_child_die_with_parent(signal.SIGTERM),
            start_new_session=True,
        )
        os.close(write_fd)
        self._started_at = time.monotonic()

    def await_ready(self) -> bool:
        """True once it says it is ready; False if it ends before."""
        said = os.read(self._ready_fd, 1)
        self._close_ready_fd()
        return said == b"1"

    def _close_ready_fd(self) -> None:
        if self._ready_fd >= 0:
            os.close(self._ready_fd)
            self._ready_fd = -1

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def has_finished(self) -> bool:
        """Whether it ended by itself with its work done; a worker never does."""
        return self.process is not None and self.process.poll() == 0

    @property
    def may_start_again(self) -> bool:
        return time.monotonic() - self._started_at > FAILURE_PAUSE_SECONDS

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("process %s does not end; killing it", self.process.pid)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Runs until SIGTERM or SIGINT. SIGHUP replaces the workers one after the other.

    `companions` are commands that run beside the workers; one that ends with status 0 has done its work, any other end starts it again.
    """

    def __init__(self, config: Config, run: str, *, prepare: Callable[[Config], None], companions: Sequence[Sequence[str]] = ()):
        self._config = config
        self._run = run
        self._prepare = prepare
        self._companions = companions
        self._stopping = threading.Event()
        self._restarting = False
        self._workers: list[Child] = []
        self._beside: list[Child] = []

    def serve(self) -> None:
        """Raises BadConfig when the server cannot start."""
        _check_port_is_free(self._config)
        _check_metrics_ports(self._config)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_restart)
        embedded = EmbeddedServices(self._config)
        try:
            config = embedded.start_or_join().with_secret()
            self._prepare(config)
            self._start_children(config)
            while not self._stopping.wait(ROUND_SECONDS):
                embedded.revive()
                self._revive()
                if self._restarting:
                    self._restarting = False
                    self._replace_workers()
        finally:
            self._stop_children()
            embedded.stop()

    def _start_children(self, config: Config) -> None:
        environment = config.to_environment()
        for index in range(self._config.workers):
            self._workers.append(Child([sys.executable, self._run, "worker"], environment | {"WORKER_INDEX": str(index)}))
        for worker in self._workers:
            worker.start()
        for worker in self._workers:
            if not worker.await_ready() and not self._stopping.is_set():
                raise BadConfig("a worker did not start; its reason stands above")
        for command in self._companions:
            child = Child([sys.executable, self._run, *command], environment)
            child.start()
            self._beside.append(child)
        log.info("serving on http://%s:%s with %s worker(s); Ctrl-C ends it", config.host, config.port, self._config.workers)

    def _revive(self) -> None:
        for child in (*self._workers, *(one for one in self._beside if not one.has_finished)):
            if child.has_died and child.may_start_again and not self._stopping.is_set():
                assert child.process is not None
                log.warning("process %s ended with status %s; starting another", child.process.pid, child.process.returncode)
                child.start()

    def _replace_workers(self) -> None:
        for index, old in enumerate(self._workers):
            if self._stopping.is_set():
                return
            new = Child([sys.executable, self._run, "worker"], old.environment)
            new.start()
            if not new.await_ready():
                log.error("the new worker did not start; the old one stays")
                return
            self._workers[index] = new
            old.signal(signal.SIGTERM)
            old.wait(STOP_SECONDS)
        log.info("all workers replaced")

    def _stop_children(self) -> None:
        children = (*self._beside, *self._workers)
        for child in children:
            child.signal(signal.SIGTERM)
        for child in children:
            child.wait(STOP_SECONDS)

    def _on_stop(self, *_: object) -> None:
        self._stopping.set()

    def _on_restart(self, *_: object) -> None:
        self._restarting = True


def _check_port_is_free(config: Config) -> None:
    # Workers share the port on purpose, so the kernel would let a second server in silently.
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise BadConfig(f"cannot listen on {config.host}:{config.port}: {error.strerror}; choose another with PORT or --port") from None


def _check_metrics_ports(config: Config) -> None:
    if config.metrics_port is None:
        return
    last = config.metrics_port + config.workers - 1
    if last > 65535:
        raise BadConfig(f"METRICS_PORT is {config.metrics_port}; {config.workers} workers need ports up to {last}")
    # Both would be let in, and take each other's requests.
    if config.metrics_port <= config.port <= last:
        raise BadConfig(f"METRICS_PORT is {config.metrics_port}; the workers' ports from there would meet PORT {config.port}")
