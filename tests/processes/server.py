"""A whole server as its own processes, on the services that the environment names or on its own."""
from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import psutil
from msgspec.structs import asdict
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from server.composition.stores import Stores
from server.config import Config
from server.domain.auctions.admission import FOR_EVERYONE, Admission
from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.homes import Homes
from server.domain.auctions.imports import LOTS_AT_ONCE
from server.process.embedded import EmbeddedServices
from server.storage.mongo import Mongo
from tests.commands.runs import ROOT, run_command
from tests.services import environment_of, on_given_services

START_SECONDS = 60
CHANCE = random.SystemRandom()  # of its own: the common one may be set to a seed, and be the same in several processes


class ServerProcess:
    """`run.py serve` on a free port, with hardly any limits. Ends, with everything it started, when the test does.

    `settings`: of its environment, beside those. `is_embedded`: with MongoDB and Redis of its own in any case, because the test kills
    or fills them, or needs their folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
        is_embedded: bool = False,
    ):
        port, metrics_port = free_ports(2)
        own = Config(data_dir=folder, port=port, workers=workers, metrics_port=metrics_port if workers == 1 else None)
        self.config = own if is_embedded else on_given_services(own)
        self.url = f"http://127.0.0.1:{self.config.port}"
        self.log = log or folder / "server.log"
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None
        AsyncHTTPClient.configure(SimpleAsyncHTTPClient, max_clients=500)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        self.config.data_dir.mkdir(exist_ok=True)
        environment = {
            **environment_of(self.config),
            "WORKERS": str(self.config.workers),
            "BIDS_PER_SECOND_PER_USER": "10000",
            "COMMANDS_PER_SECOND_PER_SOCKET": "10000",
            "SOCKETS_PER_ADDRESS": "1000000",
            "SIGN_INS_PER_MINUTE_PER_ADDRESS": "1000000",
            "METRICS_PORT": str(self.config.metrics_port or ""),
            **self._settings,
        }
        with open(self.log, "ab") as output:
            self._process = subprocess.Popen([sys.executable, "run.py", "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output)

    async def wait_until_ready(self) -> None:
        """Until it answers, its database does, and each of its workers takes connections."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None and self._process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError, HTTPClientError):
                await self.get("/readyz")
                if sum(map(self._listens, self.children("worker"))) >= self.config.workers:
                    return
            await asyncio.sleep(0.05)
        raise AssertionError("the server did not become ready:\n" + self.log.read_text())

    def _listens(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            found = process.net_connections("tcp")
            return any(one.status == psutil.CONN_LISTEN and one.laddr.port == self.config.port for one in found)
        return False

    def children(self, name: str | None = None) -> list[psutil.Process]:
        """Living processes that it started; with a name, those whose command line has a program or word of that name."""
        found = []
        for child in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it may end while it is looked at
                # Redis writes its whole command line into the first word.
                words = " ".join(child.cmdline()).split()
                if name is None or name in (Path(word).name for word in words):
                    found.append(child)
        return found

    async def find_home(self, goods_id: int) -> psutil.Process:
        """The worker where that lot is at home, of those that have taken bids on it and live."""
        async with self.stores() as stores:
            bids = [*(await stores.auctions.lots.get_lot(goods_id)).outbox, *await stores.auctions.record.list_bids(goods_id)]
        living = {child.pid: child for child in self.children("worker")}
        # Their names are made of host, process id and a random part.
        workers = {bid.worker: living[pid] for bid in bids if (pid := int(bid.worker.split("-")[-2])) in living}
        first, *others = workers
        homes = Homes(first)
        for other in others:
            homes.hear(other)
        return workers[homes.find(goods_id) or first]

    def replace_workers(self) -> None:
        """Asks for a rolling restart."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal and waits; gives the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(30)

    async def get(self, path: str) -> Any:
        response = await AsyncHTTPClient().fetch(self.url + path, connect_timeout=5, request_timeout=30)
        return json.loads(response.body)

    async def read_metric(self, name: str) -> float:
        """Of the only worker; a metric with labels is written with them."""
        response = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{self.config.metrics_port}/metrics")
        lines = (line.rpartition(" ") for line in response.body.decode().splitlines())
        [value] = [value for series, _, value in lines if series == name]
        return float(value)

    async def post(
        self, path: str, body: dict[str, Any], *, token: str | None = None, key: str | None = None, second_factor: str | None = None
    ) -> tuple[int, Any]:
        """Status and answer. Raises OSError or HTTPClientError when none comes."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if second_factor:
            headers["X-Second-Factor"] = second_factor
        response = await AsyncHTTPClient().fetch(
            self.url + path,
            method="POST",
            body=json.dumps(body),
            headers=headers,
            raise_error=False,
            connect_timeout=5,
            request_timeout=30,
        )
        if response.code == 599:
            raise OSError(str(response.error))
        return response.code, json.loads(response.body)

    async def sign_in(self, name: str) -> str:
        status, answer = await self.post("/api/auth/login", {"code": name})
        assert status == 200, answer
        return answer["data"]["access_token"]

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[Stores]:
        """Its database, seen directly; with the server down, started for as long as it is looked at."""
        embedded = EmbeddedServices(self.config)
        joined = embedded.start_or_join()
        assert joined.mongodb_url is not None
        mongo = Mongo(joined.mongodb_url, joined.mongodb_database)
        try:
            yield Stores.of(mongo)
        finally:
            mongo.close()
            embedded.stop()

    async def open_group(
        self,
        *,
        lots: int = 1,
        seconds: float = 3600,
        pictures: Sequence[tuple[str, ...]] = (),
        admission: Admission = FOR_EVERYONE,
        **terms: Any,
    ) -> None:
        """Group 7 with goods 145, 146, …, the first of them with these pictures; returns when the server shows it."""
        now = replace_ms(datetime.now(timezone.utc))
        start_at, end_at = now - timedelta(minutes=1), now + timedelta(seconds=seconds)
        facts: dict[str, Any] = {"category": "龙钞补号", "score": "67E", "sn_no": "豹子号", "low_price": 100, "top_price": 10**9}
        facts |= {"extend_window_seconds": 0, "admission": admission, **terms}
        made = [
            new_lot(
                Terms(id=145 + index, group_id=7, sn=f"U9T00690{index:02}", position=index, pictures=shown, **facts),
                start_at=start_at,
                end_at=end_at,
                extend_limit=timedelta(minutes=10),
                now=now,
            )
            for index, shown in zip(range(lots), chain(pictures, repeat(())))
        ]
        async with self.stores() as stores:
            for first in range(0, lots, LOTS_AT_ONCE):
                await stores.auctions.lots.add_lots(made[first : first + LOTS_AT_ONCE])
            group = Group(id=7, issue=7, start_at=start_at, end_at=end_at, categories=("龙钞补号",), **asdict(admission))
            await stores.auctions.groups.prepare_group(group, end_at)
            await stores.auctions.groups.open_group(7)

    async def until_delivered(self, *goods_ids: int) -> None:
        """Until every accepted bid of these lots has reached the record and participations."""
        async with self.stores() as stores, asyncio.timeout(60):
            for goods_id in goods_ids:
                while (lot := await stores.auctions.lots.get_lot(goods_id)).outbox or lot.projected_seq < lot.seq:
                    await asyncio.sleep(0.05)

    async def until_ended(self, group_id: int) -> None:
        """Until every lot of the group is settled and everyone told."""
        async with self.stores() as stores:
            async with asyncio.timeout(60):
                while (await stores.auctions.groups.get_group(group_id)).ended_at is None:
                    await asyncio.sleep(0.1)

    def verify(self) -> dict[str, Any]:
        """What `run.py verify --json` finds; the exit status is in `status`."""
        done = run_command(self.config, "verify", "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout) | {"status": done.returncode}


def free_port() -> int:
    [port] = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """One beside the other; below those that the system gives to whoever asks for any, or connects to somebody meanwhile."""
    while True:
        first = CHANCE.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for port in range(first, first + count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return list(range(first, first + count))


def replace_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
