"""Tries a database before a server goes live on it. Leaves nothing there."""
from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime, timezone
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ReadPreference
from pymongo.errors import ConfigurationError, InvalidName, InvalidURI, OperationFailure, PyMongoError
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.domain.diagnosis import Finding, doubtful, fine, wrong
from server.domain.errors import Unavailable
from server.storage.indexes import INDEXES
from server.storage.mongo import Mongo, is_replica_set
from server.storage.questions import questions

OLDEST_VERSION = (6, 0)
ENOUGH_MEMBERS = 3  # one may be lost, and the other two are a majority
CLOCK_TOLERATED_SECONDS, CLOCK_WRONG_SECONDS = 0.25, 1.0  # a lot ends by its worker's clock, and within a second everybody looks
NOT_A_SET_MEMBER = 20  # IllegalOperation, which is what a single server says of a transaction
SHOWN = 200  # characters of what a driver says
OPTIONS = ("unique", "expireAfterSeconds")  # of an index, which an existing one must have alike

ANSWERS, VERSION, SET, READS, WRITES, TRANSACTIONS = (
    *("MongoDB answers", "MongoDB version", "replica set", "reads come from the primary"),
    *("journalled write by the majority", "transaction"),
)
INDEXED, ASKED, CLOCK, CLEAN = "indexes", "questions use their indexes", "clock", "nothing is left behind"

Declared = Mapping[str, list[tuple[list[tuple[str, int]], dict[str, Any]]]]


async def examine_database(url: str, name: str, *, is_production: bool) -> AsyncGenerator[Finding, None]:
    """One finding after the other; after one that says that nothing answers there are no more. To be closed by who stops earlier."""
    asked = _Asked()
    try:
        mongo = Mongo(url, name, asked)
    except (InvalidURI, InvalidName, ConfigurationError, ValueError) as error:
        yield wrong(ANSWERS, _said(error), "correct MONGODB_URL or MONGODB_DATABASE")
        return
    try:
        async with aclosing(_examine(mongo, asked, is_production=is_production)) as findings:
            async for finding in findings:
                yield finding
    finally:
        mongo.close()


async def _examine(mongo: Mongo, asked: _Asked, *, is_production: bool) -> AsyncGenerator[Finding, None]:
    database, client = mongo.database, mongo.database.client
    try:
        await database.command("ping")
        started = time.perf_counter()
        hello = await database.command("hello")
        seconds, now = time.perf_counter() - started, datetime.now(timezone.utc)
        build = await database.command("buildInfo")
    except PyMongoError as error:
        advice = "see that it runs, that this machine reaches it, and that MONGODB_URL has its addresses, user and password"
        yield wrong(ANSWERS, _said(error), advice)
        return
    nodes: Any = client.nodes
    where = ", ".join(sorted(f"{host}:{port}" for host, port in nodes))
    yield fine(ANSWERS, f"{where}, database {database.name}, in {seconds * 1000:.1f} ms")
    is_embedded = "secantusVersion" in build
    yield judge_version(build["version"], is_embedded=is_embedded, is_production=is_production)
    if not is_embedded:
        yield judge_set(hello, is_production=is_production)
    if client.read_preference == ReadPreference.PRIMARY:
        yield fine(READS, "yes")
    else:
        advice = "take readPreference out of MONGODB_URL: a secondary may not know the last bids yet"
        yield wrong(READS, f"no, by MONGODB_URL: {client.read_preference.name}", advice)
    async with aclosing(_try_writes(database[f"doctor_{secrets.token_hex(6)}"])) as tries:
        async for finding in tries:
            yield finding
    try:
        there = {name: await database[name].index_information() for name in await database.list_collection_names() if name in INDEXES}
        yield judge_indexes(INDEXES, there)
        yield judge_plans([plan async for plan in _explain(mongo, asked, there)], is_embedded=is_embedded)
    except (PyMongoError, Unavailable) as error:
        yield wrong(INDEXED, _said(error), "see that the user of MONGODB_URL may read and write this database")
    ahead = hello["localTime"].replace(tzinfo=timezone.utc) - now
    yield judge_clock(ahead.total_seconds() + seconds / 2, seconds / 2)


async def _try_writes(scratch: AsyncIOMotorCollection) -> AsyncGenerator[Finding, None]:
    """In a collection of its own, which goes again."""
    try:
        async with aclosing(_write(scratch)) as findings:
            async for finding in findings:
                yield finding
    finally:
        # Also when a person ends it meanwhile.
        gone = await asyncio.shield(asyncio.ensure_future(_drop(scratch)))
    yield gone


async def _write(scratch: AsyncIOMotorCollection) -> AsyncGenerator[Finding, None]:
    try:
        started = time.perf_counter()
        await scratch.insert_one({"_id": "written"})
        yield fine(WRITES, f"acknowledged in {(time.perf_counter() - started) * 1000:.1f} ms")
    except PyMongoError as error:
        advice = "see that a majority of the members is up and keeps a journal, that the disk has room, and that the user may write"
        yield wrong(WRITES, _said(error), advice)
        return
    try:
        async with await scratch.database.client.start_session() as session:
            session.start_transaction()
            await scratch.insert_one({"_id": "rolled back"}, session=session)
            await session.abort_transaction()
        if await scratch.find_one({"_id": "rolled back"}) is None:
            yield fine(TRANSACTIONS, "begun, written, rolled back")
        else:
            yield wrong(TRANSACTIONS, "what was rolled back is there all the same", "use a MongoDB that has transactions")
    except PyMongoError as error:
        is_single = isinstance(error, OperationFailure) and error.code == NOT_A_SET_MEMBER
        advice = "make it a replica set, of one member at least: wallets and orders need transactions"
        yield wrong(TRANSACTIONS, _said(error), advice if is_single else "see that the members of the replica set are up")


async def _drop(scratch: AsyncIOMotorCollection) -> Finding:
    try:
        await scratch.drop()
        return fine(CLEAN, "the collection of these tries is gone")
    except PyMongoError as error:
        return wrong(CLEAN, _said(error), f"drop the collection {scratch.name}, if it is there")


# ---- indexes


class _Asked(CommandListener):
    """Hears what the driver is asked to find."""

    def __init__(self) -> None:
        self.finds: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.finds.append({part: event.command[part] for part in ("find", "filter", "sort", "limit", "skip") if part in event.command})

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


async def _explain(mongo: Mongo, asked: _Asked, there: Mapping[str, Any]) -> AsyncIterator[tuple[str, Any]]:
    """The name of each question and how the database would find each part of its answer; only of collections with all their indexes."""
    for name, ask in questions(mongo.database).items():
        asked.finds.clear()
        await ask()
        for find in list(asked.finds):
            collection = find["find"]
            if collection in there and not _missing(INDEXES[collection], there[collection]):
                explained = await mongo.database.command("explain", find, verbosity="queryPlanner")
                yield name, explained["queryPlanner"]["winningPlan"]


def judge_indexes(declared: Declared, there: Mapping[str, Mapping[str, Any]]) -> Finding:
    """`there`: of each collection that exists, its indexes by their names."""
    number = sum(map(len, declared.values()))
    unlike = [f"{name}.{index}" for name in there for index in _unlike(declared[name], there[name])]
    if unlike:
        advice = "drop them: the server cannot start while they are there, and makes them as they have to be"
        return wrong(INDEXED, f"of other options than the server's: {', '.join(unlike)}", advice)
    if not there:
        return fine(INDEXED, f"the database is new: the first start makes all {number}")
    missing = [f"{name}.{index}" for name in there for index in _missing(declared[name], there[name])]
    if missing:
        advice = "the next start makes them, which takes its time in a large collection: let it happen before visitors come"
        return doubtful(INDEXED, f"{len(missing)} of {number} are missing: {', '.join(missing)}", advice)
    new = len(declared.keys() - there.keys())
    return fine(INDEXED, f"all {number} are there" if not new else f"all are there; the next start makes {new} collections with theirs")


def _missing(declared: Iterable[tuple[list[tuple[str, int]], dict[str, Any]]], there: Mapping[str, Any]) -> list[str]:
    """Partial ones of earlier versions are made anew too."""
    names = [_name_of(keys) for keys, _ in declared]
    return [name for name in names if name not in there or "partialFilterExpression" in there[name]]


def _unlike(declared: Iterable[tuple[list[tuple[str, int]], dict[str, Any]]], there: Mapping[str, Any]) -> Iterator[str]:
    missing = _missing(declared, there)
    for keys, options in declared:
        name = _name_of(keys)
        if name not in missing and any(there[name].get(option) != options.get(option) for option in OPTIONS):
            yield name


def _name_of(keys: list[tuple[str, int]]) -> str:
    return "_".join(f"{field}_{direction}" for field, direction in keys)


def judge_plans(plans: list[tuple[str, Any]], *, is_embedded: bool) -> Finding:
    """By the name of the question, how it would be answered."""
    if not plans:
        return fine(ASKED, "cannot be tried before the indexes are there")
    asked = dict.fromkeys(name for name, _ in plans)
    scanning = list(dict.fromkeys(name for name, plan in plans if "COLLSCAN" in _stages(plan)))
    if not scanning:
        return fine(ASKED, f"all {len(asked)} that were tried")
    found = f"{len(scanning)} of {len(asked)} read a whole collection: {', '.join(scanning)}"
    if is_embedded:
        return doubtful(ASKED, found, "the embedded database chooses otherwise than MongoDB: try it on the one that goes live")
    return wrong(ASKED, found, "see what hides the indexes from the planner: hidden indexes, index filters, query settings")


def _stages(plan: Any) -> Iterator[str]:
    """Wherever they are in it: versions of MongoDB nest them differently."""
    if isinstance(plan, Mapping):
        if isinstance(stage := plan.get("stage"), str):
            yield stage
        for part in plan.values():
            yield from _stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _stages(part)


# ---- what the server says of itself


def judge_version(version: str, *, is_embedded: bool, is_production: bool) -> Finding:
    if is_embedded:
        found = f"embedded, speaks as {version}"
        if is_production:
            return wrong(VERSION, found, "set MONGODB_URL to a replica set: the embedded database is for development")
        return doubtful(VERSION, found, "for development; a server that goes live gets a replica set by MONGODB_URL")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        return wrong(VERSION, version, f"upgrade it to {'.'.join(map(str, OLDEST_VERSION))} or later")
    return fine(VERSION, version)


def judge_set(hello: Mapping[str, Any], *, is_production: bool) -> Finding:
    """By what a member says of its set."""
    if hello.get("msg") == "isdbgrid":
        return fine(SET, "a router of shards, which are replica sets")
    if not is_replica_set(hello):
        found = "a single server: what it loses is lost, and the mall's transactions need a replica set"
        advice = "make it a replica set of three members, and name it in MONGODB_URL by replicaSet=…"
        return wrong(SET, found, advice) if is_production else doubtful(SET, found, advice)
    members = len(hello.get("hosts", ())) + len(hello.get("passives", ()))
    found = f"{hello['setName']}, {members} members with data"
    if hello.get("arbiters"):
        advice = "put a member with data in the arbiter's place: with one member down, writes wait for a majority that cannot be had"
        return doubtful(SET, f"{found} and {len(hello['arbiters'])} without", advice)
    if members < ENOUGH_MEMBERS:
        return doubtful(SET, found, f"make them {ENOUGH_MEMBERS}: with fewer, nothing can be written while one is down")
    return fine(SET, found)


def judge_clock(ahead_seconds: float, unsure_seconds: float) -> Finding:
    """How far the database's clock is ahead of this machine's, and how far that may be off."""
    apart = max(0.0, abs(ahead_seconds) - unsure_seconds)
    found = f"the database's is {abs(ahead_seconds) * 1000:.0f} ms {'ahead' if ahead_seconds > 0 else 'behind'}"
    advice = "let both machines take their time from NTP (chrony): lots end by the clock"
    if apart >= CLOCK_WRONG_SECONDS:
        return wrong(CLOCK, found, advice)
    return doubtful(CLOCK, found, advice) if apart >= CLOCK_TOLERATED_SECONDS else fine(CLOCK, found)


def _said(error: Exception) -> str:
    text = f"the {error.what} does not answer" if isinstance(error, Unavailable) else " ".join(str(error).split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
