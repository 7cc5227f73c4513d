"""Tests of tests/services.py: a run on given services meets nothing of others, and leaves nothing."""
from __future__ import annotations

from dataclasses import replace

from pymongo import MongoClient
from redis import Redis

from server.config import Config
from tests.services import TestServices, environment_of, on_given_services, remove_all


def test_what_a_run_makes_on_given_services_is_its_own_and_is_removed(config: Config) -> None:
    assert config.mongodb_url is not None and config.redis_url is not None
    environ = {"MONGODB_URL": config.mongodb_url, "REDIS_URL": config.redis_url}
    others = f"others_{config.mongodb_database}"
    with MongoClient[dict[str, int]](config.mongodb_url) as client, Redis.from_url(config.redis_url) as redis:
        services = TestServices(environ)
        first, second = services.config(), services.config()
        assert (first.mongodb_url, first.redis_url) == (config.mongodb_url, config.redis_url)
        own = [one.mongodb_database for one in (first, second, on_given_services(config, environ))]
        names = {*own, others}
        assert len({*names, config.mongodb_database}) == 5
        for name in names:
            client[name]["things"].insert_one({"_id": 1})
            redis.set(f"{name}:captcha:key", "waits")
        services.remove(first)
        assert names & {*client.list_database_names()} == {*own[1:], others}
        services.stop()
        remove_all(environ)
        assert names & {*client.list_database_names()} == {others}
        assert [name for name in names if redis.delete(f"{name}:captcha:key")] == [others]
        client.drop_database(others)


def test_a_process_that_keeps_to_its_own_services_is_not_told_of_the_given_ones(config: Config, monkeypatch) -> None:
    monkeypatch.setenv("MONGODB_URL", "mongodb://given")
    monkeypatch.setenv("REDIS_URL", "redis://given")
    environment = environment_of(replace(config, mongodb_url=None, redis_url=None))
    assert not environment.keys() & {"MONGODB_URL", "REDIS_URL"}
    assert environment_of(config)["MONGODB_URL"] == config.mongodb_url
