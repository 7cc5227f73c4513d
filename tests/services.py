"""MongoDB and Redis for tests: those that the environment names, else embedded ones; a database of its own for each test.

What a run makes there has a name that no other run has, and is removed: several runs may share one MongoDB and one Redis, also
with what is there for something else.

Making the indexes takes longer than most tests. So a database that only this process has written to is emptied after its test and
given to another, with its indexes.
"""
from __future__ import annotations

import itertools
import os
import random
import secrets
import shutil
import tempfile
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from pymongo import MongoClient, _telemetry, monitoring
from redis import Redis

from server.config import Config
from server.process.embedded import EmbeddedServices
from server.storage.indexes import INDEXES

URLS = ("MONGODB_URL", "REDIS_URL")
LASTING = {*INDEXES, "counters", "settings", "receipt_keys"}  # the collections that are emptied; others that a test has made go

_run = f"test_{secrets.token_hex(4)}_"  # of this process; Redis's keys and channels begin with their database's name
_numbers = itertools.count(1)


class _Writes(monitoring.CommandListener):
    """What this process's clients have done to which database."""

    def __init__(self) -> None:
        self.written: dict[str, set[str]] = defaultdict(set)  # the collections
        self.indexed: dict[str, set[str]] = defaultdict(set)
        self.altered: set[str] = set()  # in other ways than by documents

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name, database = event.command_name, event.database_name
        if name in ("insert", "update", "delete", "findAndModify"):
            self.written[database].add(event.command[name])
        elif name == "createIndexes":
            self.indexed[database].add(event.command[name])
        elif name in ("drop", "dropDatabase", "dropIndexes", "renameCollection", "collMod"):
            self.altered.add(database)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


_writes = _Writes()
monitoring.register(_writes)
# A client that is listened to draws a number for each operation, in threads of its own. It does so from a generator of its own too:
# Hypothesis takes it amiss where the state of the common one changes meanwhile.
_telemetry._randint = partial(random.Random().getrandbits, 31)


def has_indexes(config: Config) -> bool:
    """Whether this process has made those of that database, and nothing was done to them since."""
    name = config.mongodb_database
    return name not in _writes.altered and INDEXES.keys() <= _writes.indexed[name]


def on_given_services(config: Config, environ: Mapping[str, str] = os.environ) -> Config:
    """With the URLs that the environment has, and a database that nobody has used."""
    mongodb_url, redis_url = (environ.get(name) or None for name in URLS)
    return replace(config, mongodb_url=mongodb_url, redis_url=redis_url, mongodb_database=f"{_run}{next(_numbers)}")


def environment_of(config: Config) -> dict[str, str]:
    """For a process that is to run on that config, whatever this one was given."""
    _writes.altered.add(config.mongodb_database)
    return {**{name: value for name, value in os.environ.items() if name not in URLS}, **config.to_environment()}


def remove_all(environ: Mapping[str, str] = os.environ) -> None:
    """Whatever this process has left on the services that the environment names."""
    mongodb_url, redis_url = (environ.get(name) for name in URLS)
    if mongodb_url:
        with MongoClient[dict[str, object]](mongodb_url) as client:
            for name in client.list_database_names():
                if name.startswith(_run):
                    client.drop_database(name)
    if redis_url:
        with Redis.from_url(redis_url) as redis:
            for key in redis.scan_iter(f"{_run}*"):
                redis.delete(key)


class TestServices:
    """What the environment does not name is started in a folder of its own; `config` names an empty database at each call."""

    __test__ = False

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="auction-tests-"))
        base = Config(data_dir=self._folder, jwt_secret="a secret for tests, longer than thirty-two bytes")
        given = on_given_services(base, environ)
        self._removes = given.mongodb_url is not None
        self._embedded = EmbeddedServices(given)
        self._config = self._embedded.start_or_join()
        self._client: MongoClient[dict[str, object]] = MongoClient(self._config.mongodb_url)
        assert self._config.redis_url is not None
        self._redis: Redis = Redis.from_url(self._config.redis_url)
        self._emptied: deque[str] = deque()

    def config(self, *, is_new: bool = False) -> Config:
        """Settings with both URLs and a database that has nothing in it, and that nobody uses; new: no collections either."""
        name = self._emptied.popleft() if self._emptied and not is_new else f"{_run}{next(_numbers)}"
        return replace(self._config, mongodb_database=name, port=0)

    def remove(self, config: Config) -> None:
        """What is in the database of those settings, when a test has ended; the databases go with their folder, or by `remove_all`."""
        name = config.mongodb_database
        if has_indexes(config):
            for collection in _writes.written.pop(name, set()):
                if collection in LASTING:
                    self._client[name][collection].delete_many({})
                else:
                    self._client[name].drop_collection(collection)
            _writes.written.pop(name, None)
            _writes.altered.discard(name)
            for key in self._redis.scan_iter(f"{name}:*"):
                self._redis.delete(key)
            self._emptied.append(name)
        elif self._removes:
            self._client.drop_database(name)

    def stop(self) -> None:
        self._client.close()
        self._redis.close()
        self._embedded.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
