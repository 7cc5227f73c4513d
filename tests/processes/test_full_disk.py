"""A disk that fills up under bids: told as such, survived, and nothing acknowledged is lost."""
from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.processes.load import Load, assert_all_recorded
from tests.processes.server import ROOT, ServerProcess
from tests.processes.watchers import GROUP
from tests.realtime.listening import Listener
from tests.services import environment_of

pytestmark = [pytest.mark.processes, pytest.mark.embedded, pytest.mark.gen_test(timeout=300)]

GOODS = 145
DISK_BYTES = 60 * 1024 * 1024
MOST_COMPLAINTS = 100  # lines of the log, of some seconds in which every request failed


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system."""
    if os.geteuid() != 0:  # a file system of one's own has no substitute: a quota is another error, at another place
        pytest.skip("only root may mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server(disk: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(disk / "data", log=tmp_path / "server.log", is_embedded=True)
    process.launch()
    yield process
    process.stop()


def fill(disk: Path) -> Path:
    """Leaves the file system without a free byte."""
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return ballast


async def status_of(server: ServerProcess, path: str) -> int:
    return (await AsyncHTTPClient().fetch(server.url + path, raise_error=False, request_timeout=30)).code


async def test_a_full_disk_is_told_and_once_it_has_room_bids_go_on_and_nothing_is_lost(server: ServerProcess, disk: Path) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    token = await server.sign_in("alice")
    listener = await Listener.open(server.url)
    await listener.ask("subscribe", channel=GROUP)
    load = Load(server, [GOODS, GOODS + 1])
    await load.start(10)
    await load.until_acknowledged(50)
    ballast = fill(disk)
    await listener.until(lambda event: event["type"] == "stale" and event["stale"])
    offer = {"goods_id": GOODS, "group_id": 7, "price": 900_000_000}
    response = await AsyncHTTPClient().fetch(
        server.url + "/api/group",
        method="POST",
        body='{"goods_id":%(goods_id)d,"group_id":%(group_id)d,"price":%(price)d}' % offer,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": "full"},
        raise_error=False,
        request_timeout=30,
    )
    assert (response.code, bool(response.headers.get("Retry-After"))) == (503, True), response.body
    async with asyncio.timeout(30):
        while await status_of(server, "/readyz") != 503:
            await asyncio.sleep(0.1)
    ballast.unlink()
    await listener.until(lambda event: event["type"] == "stale" and not event["stale"])
    await server.wait_until_ready()
    async with asyncio.timeout(60):
        while (answer := await server.post("/api/group", offer, token=token, key="full"))[0] != 200:
            assert answer[0] == 503, answer
            await asyncio.sleep(0.1)
    await load.until_acknowledged(20)
    await load.stop()
    await listener.close()
    await assert_all_recorded(server, load.acknowledged)
    assert server.verify()["findings"] == []
    complaints = [line for line in server.log.read_text().splitlines() if line[13:15] != "I "]
    assert len(complaints) < MOST_COMPLAINTS, complaints


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    server = ServerProcess(tmp_path / "file" / "data", log=tmp_path / "server.log", is_embedded=True)
    run = subprocess.run(
        [sys.executable, "run.py", "serve"],
        cwd=ROOT,
        env=environment_of(server.config),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode != 0 and "Traceback" not in run.stderr
    assert "DATA_DIR" in run.stderr.splitlines()[-1]


async def test_a_log_that_has_no_room_stops_no_bid(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", log=Path("/dev/full"), is_embedded=True)
    server.launch()
    try:
        await server.wait_until_ready()
        await server.open_group(lots=1)
        load = Load(server, [GOODS])
        await load.start(5)
        await load.until_acknowledged(100)
        server.replace_workers()
        await load.until_acknowledged(100)
        await load.stop()
        assert server.verify()["findings"] == []
    finally:
        assert server.stop() == 0
