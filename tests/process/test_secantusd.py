"""The embedded database's program, when its store fails, and when who was writing is gone."""
from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pymongo import MongoClient, WriteConcern, timeout
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.process import secantusd
from server.process.embedded import environment_of_program
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
            self.process = subprocess.Popen(
                [*command, "--log-level", "WARNING"], stdout=output, stderr=output, env=environment_of_program()
            )

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


def read_catalog(client: MongoClient, collection: str) -> set[str]:
    return set(client.test[collection].index_information())


def test_indexes_that_come_and_go_are_known_at_once_to_every_connection(database: Database) -> None:
    """Each step through another connection than the one before."""
    with database.client() as one, database.client() as other:
        notes, seen = one.test.notes, other.test.notes
        notes.insert_many([{"_id": number, "name": f"n{number}", "tags": number} for number in range(3)])
        seen.insert_one({"_id": 3, "name": "n3", "tags": 3})
        notes.create_index("name", unique=True)
        with pytest.raises(DuplicateKeyError):
            seen.insert_one({"name": "n3"})
        seen.create_index("tags")
        notes.insert_one({"_id": 4, "name": "n4", "tags": [4, 5]})
        assert [one["_id"] for one in seen.find({"tags": 5})] == [4]
        seen.drop_index("name_1")
        notes.insert_one({"_id": 5, "name": "n3", "tags": 6})
        assert read_catalog(one, "notes") == read_catalog(other, "notes") == {"_id_", "tags_1"}
        seen.rename("papers")
        one.test.papers.create_index("name")
        assert [found["_id"] for found in other.test.papers.find({"name": "n3"}).sort("_id")] == [3, 5]
        other.test.papers.drop()
        one.test.papers.insert_many([{"name": "twice"}, {"name": "twice"}])
        assert read_catalog(other, "papers") == {"_id_"}
        one.drop_database("test")
        other.test.notes.insert_many([{"name": "n3"}, {"name": "n3"}])


def test_a_profiler_that_is_set_records_at_once_and_no_longer_than_it_is_on(database: Database) -> None:
    with database.client() as client, database.client() as other:
        for level, recorded in ((0, 0), (2, 1), (0, 1)):
            client.test.command("profile", level)
            assert other.test.command("profile", -1)["was"] == level
            other.test.notes.find_one({"level": level})
            assert client.test.get_collection("system.profile").count_documents({"ns": "test.notes"}) == recorded


def test_an_array_in_a_transaction_is_found_inside_it_and_leaves_nothing_when_it_is_given_up(database: Database) -> None:
    with database.client() as client, client.start_session() as session:
        notes = client.test.notes
        notes.create_index("tags")
        notes.insert_one({"_id": 1, "tags": 1})
        with pytest.raises(ValueError), session.start_transaction():
            notes.insert_one({"_id": 2, "tags": [7, 8]}, session=session)
            assert [one["_id"] for one in notes.find({"tags": 8}, session=session)] == [2]
            assert list(notes.find({"tags": 8})) == []
            raise ValueError
        notes.insert_one({"_id": 3, "tags": [8, 9]})
        assert [one["_id"] for one in notes.find({"tags": 8})] == [3]


def test_what_is_written_while_an_index_is_made_is_in_it(database: Database) -> None:
    writers = 4
    with database.client() as client, ThreadPoolExecutor(writers) as pool:
        notes, is_over = client.test.notes, threading.Event()

        def write(writer: int) -> int:
            count = 0
            while not is_over.is_set():
                notes.insert_one({"_id": f"{writer}:{count}", "writer": writer, "count": count})
                count += 1
            return count

        written = [pool.submit(write, writer) for writer in range(writers)]
        for _ in range(10):
            notes.create_index("writer")
            notes.create_index("count")
            notes.drop_index("count_1")
        is_over.set()
        counts = [one.result() for one in written]
        assert [notes.count_documents({"writer": writer}) for writer in range(writers)] == counts
        assert min(counts) > 0
