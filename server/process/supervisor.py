"""The parent process: starts services and workers, starts again what dies, ends all together."""
from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from server.config import BadConfig, Config
from server.process.embedded import EmbeddedServices, make_child_die_with_parent

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.2
STOP_SECONDS = 20
FAILURE_PAUSE_SECONDS = 1.0  # between starts of a worker that keeps dying
SIGNALS_AT_ONCE = 512  # bytes, one for each


class Child:
    """A worker, or another program that runs beside them; started again when it dies."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]):
        self._command = list(command)
        self.environment = environment
        self._started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.ready_fd = -1

    def start(self) -> None:
        self._close_ready_fd()
        self.ready_fd, write_fd = os.pipe()
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

    def read_ready(self) -> bool:
        """Once there is something to read: whether it says it is ready, or has ended before."""
        said = os.read(self.ready_fd, 1)
        self._close_ready_fd()
        return said == b"1"

    def _close_ready_fd(self) -> None:
        if self.ready_fd >= 0:
            os.close(self.ready_fd)
            self.ready_fd = -1

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
        self._stopping = False
        self._restarting = False
        self._woken = -1  # readable when a signal has come
        self._workers: list[Child] = []
        self._beside: list[Child] = []

    def serve(self) -> None:
        """Raises BadConfig when the server cannot start."""
        _check_port_is_free(self._config)
        _check_metrics_ports(self._config)
        self._hear_signals()
        embedded = EmbeddedServices(self._config)
        try:
            config = embedded.start_or_join().with_secret()
            self._prepare(config)
            self._start_children(config)
            while not self._stopping:
                embedded.revive()
                self._revive()
                if self._restarting:
                    self._restarting = False
                    self._replace_workers()
                self._pause(ROUND_SECONDS)
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
            if not self._await_ready(worker) and not self._stopping:
                raise BadConfig("a worker did not start; its reason stands above")
        if self._stopping:
            return
        for command in self._companions:
            child = Child([sys.executable, self._run, *command], environment)
            child.start()
            self._beside.append(child)
        log.info("serving on http://%s:%s with %s worker(s); Ctrl-C ends it", config.host, config.port, self._config.workers)

    def _revive(self) -> None:
        for child in (*self._workers, *(one for one in self._beside if not one.has_finished)):
            if child.has_died and child.may_start_again and not self._stopping:
                assert child.process is not None
                log.warning("process %s ended with status %s; starting another", child.process.pid, child.process.returncode)
                child.start()

    def _replace_workers(self) -> None:
        for index, old in enumerate(self._workers):
            if self._stopping:
                return
            new = Child([sys.executable, self._run, "worker"], old.environment)
            new.start()
            if not self._await_ready(new):
                new.signal(signal.SIGTERM)
                new.wait(STOP_SECONDS)
                if not self._stopping:
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

    def _await_ready(self, child: Child) -> bool:
        """Whether it becomes ready before it ends, and before this is told to."""
        while not self._stopping:
            if child.ready_fd in self._pause(None, child.ready_fd):
                return child.read_ready()
        return False

    def _pause(self, seconds: float | None, *others: int) -> list[int]:
        """Until a signal comes, one of these can be read, or the time is over; gives what can be read."""
        readable, _, _ = select.select([self._woken, *others], [], [], seconds)
        if self._woken in readable:
            os.read(self._woken, SIGNALS_AT_ONCE)
        return readable

    def _hear_signals(self) -> None:
        """Handlers only note what was said: a lock that they took might be held by the very code that they interrupt."""
        self._woken, waking = os.pipe()
        os.set_blocking(waking, False)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_restart)

    def _on_stop(self, *_: object) -> None:
        self._stopping = True

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
