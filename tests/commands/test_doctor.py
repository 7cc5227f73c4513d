"""Tests of server/commands/doctor.py and of what it asks: on real services, and by what other servers say of themselves."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import ASCENDING, MongoClient
from redis import Redis

from server.bootstrap import Application
from server.config import Config
from server.domain.diagnosis import Finding, Verdict
from server.process.embedded import EmbeddedServices
from server.storage import diagnosis
from server.storage.indexes import INDEXES
from server.storage.mongo import Mongo
from server.throwaway import diagnosis as of_redis
from tests.builders import make_goods, make_user
from tests.commands.runs import run_command
from tests.services import TestServices

OK, WARNING, WRONG = (verdict.value for verdict in Verdict)
TRIED = [
    *("MongoDB answers", "MongoDB version", "reads come from the primary", "journalled write by the majority", "transaction"),
    *("nothing is left behind", "indexes", "questions use their indexes", "clock"),
    *("Redis answers", "Redis version", "Redis memory", "Redis keeps a key", "news through Redis"),
]
NOWHERE = "mongodb://127.0.0.1:1/?directConnection=true"


@pytest.fixture
def config(services: TestServices) -> Iterator[Config]:
    """Settings with a database that nobody has used yet."""
    new = services.config(is_new=True)
    yield new
    services.remove(new)


@pytest.fixture
def database(config: Config) -> Iterator[Any]:
    with MongoClient[dict[str, Any]](config.mongodb_url) as client:
        yield client[config.mongodb_database]


def examine(config: Config) -> tuple[int, dict[str, Any], dict[str, dict[str, str]]]:
    """Status, what it printed, and its findings by what was tried."""
    run = run_command(config, "doctor", "--json")
    assert run.stdout, run.stderr
    said = json.loads(run.stdout)
    return run.returncode, said, {finding["tried"]: finding for finding in said["findings"]}


def traces(config: Config, database: Any) -> Any:
    """All that is in the database, and whose keys Redis has."""
    assert config.redis_url is not None
    there = {name: sorted(map(repr, database[name].find())) for name in sorted(database.list_collection_names())}
    with Redis.from_url(config.redis_url) as redis:
        return there, sorted(redis.keys(f"{config.mongodb_database}*"))


def test_a_new_database_is_sound_and_stays_as_new(config: Config, database: Any) -> None:
    status, said, found = examine(config)
    assert (status, said["ok"]) == (0, True)
    assert [tried for tried in found if tried != "replica set"] == TRIED
    assert found["indexes"]["found"].startswith("the database is new")
    assert WRONG not in {finding["verdict"] for finding in said["findings"]}
    assert database.name not in database.client.list_database_names()
    assert traces(config, database) == ({}, [])


async def test_beside_a_running_server_it_changes_nothing(application: Application, config: Config, database: Any) -> None:
    await make_user(application)
    await make_goods(application)
    before = traces(config, database)[0]
    status, _, found = await asyncio.to_thread(examine, config)
    after = traces(config, database)[0]
    assert status == 0
    assert found["indexes"]["found"] == f"all {sum(map(len, INDEXES.values()))} are there"
    assert [name for name in after if name.startswith("doctor")] == []
    # The server's own work goes on meanwhile.
    assert {name: after[name] for name in ("users", "groups", "lots")} == {name: before[name] for name in ("users", "groups", "lots")}


async def test_who_stops_it_in_between_leaves_nothing(config: Config, database: Any) -> None:
    assert config.mongodb_url is not None
    async with aclosing(diagnosis.examine_database(config.mongodb_url, config.mongodb_database, is_production=False)) as findings:
        async for finding in findings:
            if finding.tried == diagnosis.WRITES:
                assert len(database.list_collection_names()) == 1
                break
    assert database.list_collection_names() == []


def test_indexes_that_are_missing_or_otherwise_are_named_with_what_to_do(io_loop: Any, config: Config, database: Any) -> None:
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    io_loop.run_sync(mongo.create_indexes)
    database.users.drop_index("identities_1")
    status, _, found = examine(config)
    assert (status, found["indexes"]["verdict"]) == (0, WARNING)
    assert "users.identities_1" in found["indexes"]["found"] and "next start" in found["indexes"]["advice"]
    database.users.create_index([("identities", ASCENDING)])  # not unique
    status, said, found = examine(config)
    assert (status, said["ok"], found["indexes"]["verdict"]) == (1, False, WRONG)
    assert "users.identities_1" in found["indexes"]["found"] and "drop" in found["indexes"]["advice"]
    mongo.close()


def test_its_text_is_a_line_for_each_try_with_the_advice_below_and_a_summary(config: Config) -> None:
    run = run_command(replace(config, mongodb_url=NOWHERE), "doctor")
    lines = run.stdout.splitlines()
    assert (run.returncode, run.stderr) == (1, "")
    assert lines[0].startswith("wrong    MongoDB answers                   127.0.0.1:1: ")
    assert lines[1].startswith("         → see that it runs, ")
    assert lines[2].startswith("ok       Redis answers ")
    assert lines[-1].startswith("wrong: 1; warnings: ")


@pytest.mark.parametrize("url", ["http://nowhere", "mongodb://name:pass:word@127.0.0.1"])
def test_an_address_that_is_none_is_said_without_its_password(config: Config, url: str) -> None:
    status, said, found = examine(replace(config, mongodb_url=url))
    assert (status, found["MongoDB answers"]["verdict"]) == (1, WRONG)
    assert "MONGODB_URL" in found["MongoDB answers"]["advice"] and "pass:word" not in json.dumps(said)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "nothing://127.0.0.1"])
def test_without_redis_it_is_wrong_and_the_database_is_tried_all_the_same(config: Config, url: str) -> None:
    status, _, found = examine(replace(config, redis_url=url))
    assert (status, found["Redis answers"]["verdict"], found["transaction"]["verdict"]) == (1, WRONG, OK)
    assert "REDIS_URL" in found["Redis answers"]["advice"]


def test_reads_from_a_secondary_are_wrong(config: Config) -> None:
    status, _, found = examine(replace(config, mongodb_url=f"{config.mongodb_url}&readPreference=nearest"))
    assert (status, found["reads come from the primary"]["verdict"]) == (1, WRONG)


def test_it_starts_the_embedded_services_where_none_are_given(config: Config, tmp_path: Path) -> None:
    status, _, found = examine(replace(config, mongodb_url=None, redis_url=None, data_dir=tmp_path / "data"))
    assert (status, list(found)) == (0, TRIED)
    assert {tried for tried, finding in found.items() if finding["verdict"] != OK} == {"MongoDB version"}
    assert "MONGODB_URL" in found["MongoDB version"]["advice"]


@pytest.mark.embedded
def test_a_redis_that_forgets_or_takes_nothing_is_told(config: Config, tmp_path: Path) -> None:
    services = EmbeddedServices(replace(config, redis_url=None, data_dir=tmp_path))
    own = services.start_or_join()
    assert own.redis_url is not None
    try:
        with Redis.from_url(own.redis_url) as redis:
            redis.config_set("maxmemory-policy", "allkeys-lru")
            status, _, found = examine(own)
            assert (status, found["Redis memory"]["verdict"], found["Redis keeps a key"]["verdict"]) == (0, WARNING, OK)
            redis.config_set("maxmemory-policy", "noeviction")
            redis.config_set("maxmemory", 1)
            status, _, found = examine(own)
            assert (status, found["Redis memory"]["verdict"], found["Redis keeps a key"]["verdict"]) == (1, OK, WRONG)
            assert found["news through Redis"]["verdict"] == OK
    finally:
        services.stop()


# What servers say of themselves that are not here.


@pytest.mark.parametrize(
    ("version", "is_embedded", "is_production", "verdict"),
    [
        *(("7.0.14", False, True, OK), ("6.0.0", False, True, OK), ("10.1.2-rc0", False, True, OK)),
        *(("5.0.9", False, False, WRONG), ("8.2.11", True, False, WARNING), ("8.2.11", True, True, WRONG)),
    ],
)
def test_versions(version: str, is_embedded: bool, is_production: bool, verdict: str) -> None:
    assert_advised(diagnosis.judge_version(version, is_embedded=is_embedded, is_production=is_production), verdict)


@pytest.mark.parametrize(
    ("hello", "is_production", "verdict"),
    [
        ({}, True, WRONG),
        ({}, False, WARNING),
        ({"setName": "auction", "hosts": ["a", "b", "c"]}, True, OK),
        ({"setName": "auction", "hosts": ["a", "b"], "passives": ["c"]}, True, OK),
        ({"setName": "auction", "hosts": ["a"]}, True, WARNING),
        ({"setName": "auction", "hosts": ["a", "b"], "arbiters": ["c"]}, True, WARNING),
        ({"msg": "isdbgrid"}, True, OK),
    ],
)
def test_replica_sets(hello: dict[str, Any], is_production: bool, verdict: str) -> None:
    assert_advised(diagnosis.judge_set(hello, is_production=is_production), verdict)


@pytest.mark.parametrize(
    ("ahead", "unsure", "verdict"),
    [*((0.1, 0.0, OK), (-0.3, 0.0, WARNING), (0.3, 0.1, OK)), *((1.2, 0.1, WRONG), (-5.0, 1.0, WRONG), (2.0, 2.0, OK))],
)
def test_clocks(ahead: float, unsure: float, verdict: str) -> None:
    assert_advised(diagnosis.judge_clock(ahead, unsure), verdict)


def test_plans_of_several_versions_are_read() -> None:
    by_index = {"stage": "FETCH", "inputStage": {"stage": "IXSCAN", "indexName": "end_at_-1"}}
    scan = {"stage": "SORT", "inputStage": {"stage": "COLLSCAN"}}
    of_either = {"stage": "SUBPLAN", "inputStage": {"stage": "OR", "inputStages": [by_index["inputStage"], {"stage": "COLLSCAN"}]}}
    by_slots = {"queryPlan": scan, "slotBasedPlan": {"stages": "[1] scan …"}}
    assert_advised(diagnosis.judge_plans([("a", by_index), ("b", {"stage": "IDHACK"})], is_embedded=False), OK)
    for plan in (scan, of_either, by_slots):
        finding = diagnosis.judge_plans([("a", by_index), ("b", plan), ("b", by_index)], is_embedded=False)
        assert_advised(finding, WRONG)
        assert finding.found == "1 of 2 read a whole collection: b"
    assert_advised(diagnosis.judge_plans([("a", scan)], is_embedded=True), WARNING)


def test_indexes_of_earlier_versions_are_made_anew_and_another_lifetime_is_not() -> None:
    declared = {"things": [([("kept_until", ASCENDING)], {"expireAfterSeconds": 0})]}
    like: dict[str, Any] = {"key": [("kept_until", 1)], "expireAfterSeconds": 0}
    for there, verdict in (
        (like, OK),
        ({**like, "partialFilterExpression": {}}, WARNING),
        ({**like, "expireAfterSeconds": 60}, WRONG),
        ({"key": like["key"]}, WRONG),
    ):
        assert_advised(diagnosis.judge_indexes(declared, {"things": {"kept_until_1": there}}), verdict)


@pytest.mark.parametrize(("version", "verdict"), [("7.4.1", OK), ("6.2.0", OK), ("6.0.16", WRONG), ("5.0.7", WRONG)])
def test_versions_of_redis(version: str, verdict: str) -> None:
    assert_advised(of_redis.judge_version(version), verdict)


@pytest.mark.parametrize(
    ("policy", "most", "verdict"),
    [("noeviction", 1000, OK), ("volatile-ttl", 1000, OK), ("noeviction", 0, WARNING), ("allkeys-lru", 1000, WARNING)],
)
def test_policies_of_redis(policy: str, most: int, verdict: str) -> None:
    assert_advised(of_redis.judge_memory({"maxmemory_policy": policy, "maxmemory": most}), verdict)


def assert_advised(finding: Finding, verdict: str) -> None:
    """Whatever is not well comes with what to do about it."""
    assert (finding.verdict.value, bool(finding.advice)) == (verdict, verdict != OK), finding
