"""MongoDB and Redis for tests: those that the environment names, else embedded ones; a database of its own for each test.

What a run makes there has a name that no other run has, and is removed: several runs may share one MongoDB and one Redis, also
with what is there for something else.
"""
from __future__ import annotations

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pymongo import MongoClient
from redis import Redis

from server.config import Config
from server.process.embedded import EmbeddedServices

URLS = ("MONGODB_URL", "REDIS_URL")

_run = f"test_{secrets.token_hex(4)}_"  # of this process; Redis's keys and channels begin with their database's name
_numbers = itertools.count(1)


def on_given_services(config: Config, environ: Mapping[str, str] = os.environ) -> Config:
    """With the URLs that the environment has, and a database that nobody has used."""
    mongodb_url, redis_url = (environ.get(name) or None for name in URLS)
    return replace(config, mongodb_url=mongodb_url, redis_url=redis_url, mongodb_database=f"{_run}{next(_numbers)}")


def environment_of(config: Config) -> dict[str, str]:
    """For a process that is to run on that config, whatever this one was given."""
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
    """What the environment does not name is started in a folder of its own; `config` names a fresh database at each call."""

    __test__ = False

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="auction-tests-"))
        base = Config(data_dir=self._folder, jwt_secret="a secret for tests, longer than thirty-two bytes")
        given = on_given_services(base, environ)
        self._removes = given.mongodb_url is not None
        self._embedded = EmbeddedServices(given)
        self._config = self._embedded.start_or_join()

    def config(self) -> Config:
        """Settings with both URLs and a database nobody has used."""
        return replace(self._config, mongodb_database=f"{_run}{next(_numbers)}", port=0)

    def remove(self, config: Config) -> None:
        """The database of those settings, when a test has ended; embedded ones go with their folder, which is quicker."""
        if self._removes:
            with MongoClient[dict[str, object]](config.mongodb_url) as client:
                client.drop_database(config.mongodb_database)

    def stop(self) -> None:
        self._embedded.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
