"""The embedded database's program, when its store fails, and when who was writing is gone."""
from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient, WriteConcern, timeout
from pymongo.errors import PyMongoError

from server.process import secantusd
from tests.processes.server import free_port

LARGEST_FILE = 1_000_000
MOST_LINES = 100
PATIENCE_SECONDS = 30


class Database:
    """A process of its own on a folder."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.port = free_port()
        self.log = folder / "log"
        self.start()

    def start(self) -> None:
        store = str(self._folder / "store")
        command = [sys.executable, secantusd.__file__, "--port", str(self.port), "--storage-path", store, "--standalone"]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([*command, "--log-level", "WARNING"], stdout=output, stderr=output)

    def client(self) -> MongoClient:
        return MongoClient(f"mongodb://127.0.0.1:{self.port}/?directConnection=true&retryWrites=false")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    running = Database(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait(PATIENCE_SECONDS)


def test_a_store_that_fails_ends_the_process_and_is_whole_when_it_is_opened_anew(database: Database) -> None:
    written = 0
    with database.client() as client:
        notes = client.get_database("test", write_concern=WriteConcern(j=True)).get_collection("notes")
        notes.insert_one({"_id": -1})
        # Like a full disk, and needs no rights: nothing can be written beyond that place of any file.
        resource.prlimit(database.process.pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        with pytest.raises(PyMongoError), timeout(PATIENCE_SECONDS):
            for number in range(10_000):
                notes.insert_one({"_id": number, "text": "x" * 10_000})
                written += 1
        with contextlib.suppress(PyMongoError), timeout(2):
            notes.find_one()  # if it has not met its failed store yet
    assert database.process.wait(PATIENCE_SECONDS) == secantusd.STORE_FAILED
    lines = database.log.read_text().splitlines()
    assert "the store has failed" in lines[-1] and len(lines) < MOST_LINES
    database.start()
    with database.client() as client:
        there = {document["_id"] for document in client.test.notes.find({}, {"_id": 1})}
    assert there >= {-1, *range(written)}


def test_what_a_dead_process_was_writing_is_free_again_after_seconds(database: Database) -> None:
    """By default it would be a minute."""
    with database.client() as dead, database.client() as living, timeout(PATIENCE_SECONDS):
        living.test.notes.insert_one({"_id": 1, "text": ""})
        session = dead.start_session()
        session.start_transaction()
        dead.test.notes.update_one({"_id": 1}, {"$set": {"text": "half"}}, session=session)  # and no word any more
        living.test.notes.update_one({"_id": 1}, {"$set": {"text": "whole"}})
        assert living.test.notes.find_one() == {"_id": 1, "text": "whole"}


def test_a_store_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "WiredTiger").mkdir()  # where a file belongs
    database = Database(tmp_path)
    assert database.process.wait(PATIENCE_SECONDS) == secantusd.STORE_FAILED
    lines = database.log.read_text().splitlines()
    assert lines[-1].startswith("cannot open the store: ") and not any("Traceback" in line for line in lines)
