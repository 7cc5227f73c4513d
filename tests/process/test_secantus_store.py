"""The embedded database's store: what it finds is what SecantusDB's own finds, sooner."""
from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st
from secantus.storage import IndexOptionsConflict, Storage

from server.process import secantus_store
from server.process.secantus_store import QuickStore

PATIENCE_SECONDS = 30
NOON = datetime(2026, 5, 1, 12)


def test_what_is_kept_of_the_indexes_is_what_the_store_holds(tmp_path: Path) -> None:
    """After every step of a random course; the store's own reading tells what is true."""
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    chance = random.Random(7)
    names = ("a", "b", "c")
    steps: list[Callable[[str], Any]] = [
        lambda coll: store.create_index("db", coll, "x_1", {"x": 1}),
        lambda coll: store.create_index("db", coll, "y_1", {"y": 1}, {"sparse": True}),
        lambda coll: store.insert("db", coll, [{"_id": ObjectId(), "x": chance.randrange(9), "y": [1, 2]}]),
        lambda coll: store.insert("db", coll, [{"_id": ObjectId(), "x": chance.randrange(9)}]),
        lambda coll: store.drop_index("db", coll, "x_1"),
        lambda coll: store.drop_all_indexes("db", coll),
        lambda coll: store.set_index_expiry("db", coll, "x_1", chance.randrange(1, 99)),
        lambda coll: store.set_index_options("db", coll, "y_1", hidden=chance.random() < 0.5),
        lambda coll: store.drop_collection("db", coll),
        lambda coll: store.rename_collection("db", coll, "db", "c", drop_target=True) if coll != "c" else None,
        lambda coll: store.drop_database("db") if chance.random() < 0.2 else None,
    ]
    try:
        kept = 0
        for _ in range(400):
            with contextlib.suppress(IndexOptionsConflict):
                chance.choice(steps)(chance.choice(names))
            for coll in names:
                assert list(store._iter_indexes("db", coll)) == list(Storage._iter_indexes(store, "db", coll))
            kept += len(store._catalog)
        assert kept > 0
    finally:
        store.close()


def test_what_has_expired_goes_and_nothing_else_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes is what goes by the store's own sweep, which reads the whole collection while everybody waits."""
    now, chance = datetime(2026, 5, 1, tzinfo=timezone.utc), random.Random(3)
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)

    def some_moment() -> datetime:
        return now + timedelta(seconds=chance.choice((-3601, -3600, -3599, -60, -1, 0, 1, 3600)))

    def some_value() -> object:
        return chance.choice((some_moment, some_moment, lambda: [some_moment(), some_moment()], lambda: None, lambda: "never", list))()

    try:
        documents = [{"_id": number, "at": some_value(), "until": some_value(), "kind": number % 3} for number in range(2000)]
        for coll in ("swept", "by_the_store", "without"):
            store.insert("db", coll, [dict(one) for one in documents] + [{"_id": -1}])
        for coll in ("swept", "by_the_store"):
            store.create_index("db", coll, "at_1", {"at": 1}, {"expireAfterSeconds": 3600})
            store.create_index(
                "db", coll, "until_-1", {"until": -1}, {"expireAfterSeconds": 0, "partialFilterExpression": {"kind": 1}}
            )
            store.create_index("db", coll, "kind_1", {"kind": 1})
        by_the_store = Storage.prune_ttl(store, "db", "by_the_store", now=now)

        with monkeypatch.context() as watched:
            for way in ("_scan_docs", "_scan_docs_natural"):
                watched.setattr(Storage, way, lambda *_: pytest.fail("the whole collection was read"))
            assert store.prune_ttl("db", "swept", now=now) == by_the_store > 100
            assert store.prune_ttl("db", "without", now=now) == store.prune_ttl("db", "swept", now=now) == 0
        left = store.find_matching("db", "swept", sort={"_id": 1})
        assert left == store.find_matching("db", "by_the_store", sort={"_id": 1})
        assert len(store.find_matching("db", "swept", {"kind": 1})) == sum(one.get("kind") == 1 for one in left) > 0
    finally:
        store.close()


@pytest.mark.parametrize("question", [{}, {"kind": 1}])
def test_a_long_read_lets_others_be_answered_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: dict[str, Any]
) -> None:
    monkeypatch.setattr(secantus_store, "TURN_SECONDS", 0.05)
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    store.create_index("db", "notes", "kind_1", {"kind": 1})
    store.insert("db", "notes", [{"_id": number, "kind": 1, "text": "x"} for number in range(2000)])
    ended: list[str] = []

    def read(name: str, asked: dict[str, Any]) -> int:
        found = len(store.find_matching("db", "notes", asked))
        ended.append(name)
        return found

    try:
        with ThreadPoolExecutor(2) as pool:
            has_begun = threading.Event()
            give_way = QuickStore._give_way

            def begin(self: QuickStore) -> None:
                has_begun.set()
                give_way(self)

            monkeypatch.setattr(QuickStore, "_give_way", begin)
            long = pool.submit(read, "long", question)
            assert has_begun.wait(PATIENCE_SECONDS)
            assert (pool.submit(read, "short", {"_id": 5}).result(), long.result()) == (1, 2000)
        assert ended == ["short", "long"]
        assert store.count_matching("db", "notes", question) == 2000
    finally:
        store.close()


@pytest.mark.parametrize("way", ["find_matching", "count_matching"])
def test_a_store_that_is_closed_under_a_long_read_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(secantus_store, "COUNT_ROWS", 100)
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    store.insert("db", "notes", [{"_id": number} for number in range(1000)])
    is_under_way, is_closed = threading.Event(), threading.Event()

    class Turns:
        @staticmethod
        def sleep(_: float) -> None:
            is_under_way.set()
            assert is_closed.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(secantus_store, "time", Turns)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(getattr(store, way), "db", "notes")
        assert is_under_way.wait(PATIENCE_SECONDS)
        store.close()
        is_closed.set()
        with pytest.raises(RuntimeError, match="closed"):
            reading.result()


VALUES = (0, 1, 2, 10, 100, 2**40, 1.0, 2.5, -1, True, False, None, "", "a", "ab", "b", NOON, NOON - timedelta(days=1), ObjectId(bytes(12)))
INDEXES = (
    {"a": 1, "_id": -1},
    {"a": -1, "b": 1, "_id": 1},
    {"b": -1, "_id": -1},
    {"c": 1},
    {"b": 1, "a": 1, "_id": 1},
)
ORDERS = ({"_id": 1}, {"_id": -1}, {"b": 1, "_id": 1}, {"b": -1, "_id": -1}, {"a": 1, "_id": -1}, {"a": -1, "b": 1, "_id": 1})


@given(st.data())
@settings(max_examples=300)
def test_a_page_and_a_number_are_those_that_reading_everything_gives(mixed_notes: QuickStore, data: st.DataObject) -> None:
    """`_id` ends every order, so that there is one right answer. An index that holds a list tells neither."""
    fields = data.draw(st.sets(st.sampled_from(["a", "b", "c", "d"]), max_size=2))
    asked = st.sampled_from((*VALUES, [1], {"$gt": 1}, {"$in": [1, None]}, {"$ne": "a"}))
    question: dict[str, Any] = {field: data.draw(asked) for field in sorted(fields)}
    beside = {field: data.draw(asked) for field in sorted(data.draw(st.sets(st.sampled_from("abcx"), max_size=2)))}
    if beside:
        question["$and"] = [{field: value} for field, value in beside.items()]
    order = data.draw(st.sampled_from(ORDERS))
    page: dict[str, Any] = {"skip": data.draw(st.integers(0, 30)), "limit": data.draw(st.integers(1, 30)), "sort": order}
    projection = data.draw(st.sampled_from([None, {"a": 1}, {"_id": 0, "b": 1}, {"c": 0}]))
    found = mixed_notes.find_matching("db", "notes", question, **page, projection=projection)
    assert found == Storage.find_matching(mixed_notes, "db", "notes", question, **page, projection=projection)
    everything = len(Storage.find_matching(mixed_notes, "db", "notes", question))
    assert mixed_notes.count_exactly("db", "notes", question) in (None, everything)
    assert mixed_notes.count_matching("db", "notes", question) == everything


@pytest.fixture(scope="module")
def mixed_notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickStore]:
    store, chance = QuickStore(str(tmp_path_factory.mktemp("mixed") / "store"), enable_oplog=False), random.Random(5)
    for keys in INDEXES:
        store.create_index("db", "notes", "_".join(f"{field}_{way}" for field, way in keys.items()), keys)
    store.create_index("db", "notes", "d_1", {"d": 1, "_id": 1}, {"sparse": True})
    # Ids of one kind and of others; and neighbours in the same tables, which are none of theirs.
    ids = [*range(300), *(f"n{number}" for number in range(100)), *(float(number) + 0.5 for number in range(50))]
    chance.shuffle(ids)
    for coll in ("notes", "note", "notes2"):
        store.insert("db", coll, [
            {"_id": id, **{field: chance.choice(VALUES) for field in "abcd" if chance.random() < 0.8}} for id in ids
        ])
    store.insert("db", "notes", [{"_id": 999, "c": [1, 2]}])
    yield store
    store.close()


def test_a_page_and_a_number_read_no_more_than_they_have_to(mixed_notes: QuickStore, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    fetch = Storage._docs_by_recordids

    def note(self: Storage, db: str, coll: str, recordids: list[int]) -> list[dict[str, Any]]:
        read.append(len(recordids))
        return fetch(self, db, coll, recordids)

    monkeypatch.setattr(Storage, "_docs_by_recordids", note)
    for name in ("_scan_docs", "_scan_docs_natural"):
        monkeypatch.setattr(Storage, name, lambda *_: pytest.fail("the whole collection was read"))
    for question, order in (
        *(({}, {"_id": -1}), ({}, {"_id": 1}), ({"a": 1}, {"_id": 1}), ({"b": 1}, {"_id": 1})),
        *(({"a": 10}, {"b": 1, "_id": 1}), ({"a": 10}, {"b": -1, "_id": -1})),
        *(({"x": None}, {"_id": 1}), ({"x": None, "$and": [{"a": 1}]}, {"_id": 1}), ({"x": {"$ne": 1}}, {"b": 1, "_id": 1})),
    ):
        read.clear()
        assert len(mixed_notes.find_matching("db", "notes", question, sort=order, skip=2, limit=3)) == 3
        assert sum(read) == 5
    read.clear()
    assert mixed_notes.count_exactly("db", "notes", {}) == 451
    assert mixed_notes.count_matching("db", "notes") == mixed_notes.count_matching("db", "note") + 1
    counted = [mixed_notes.count_exactly("db", "notes", question) for question in ({"a": 1}, {"a": "b", "b": 1})]
    assert read == [] and all(counted)


def test_who_has_the_store_for_itself_gives_no_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    store.insert("db", "notes", [{"_id": number} for number in range(1000)])
    monkeypatch.setattr(secantus_store, "TURN_SECONDS", "never")  # no number of seconds to sleep
    try:
        with store._lock:
            assert len(store.find_matching("db", "notes")) == 1000
        store.create_index("db", "notes", "kind_1", {"kind": 1})
    finally:
        store.close()


WRITES_OF_MANY: dict[str, Callable[[QuickStore], Any]] = {
    "update": lambda store: store.update_matching("db", "notes", {"number": {"$gte": 0}}, {"$set": {"seen": True}}, multi=True),
    "delete": lambda store: store.delete_matching("db", "notes", {}),
    "sweep": lambda store: store.prune_ttl("db", "notes", now=NOON),
}


@pytest.mark.parametrize("name", WRITES_OF_MANY)
def test_a_write_of_many_that_meets_a_transaction_lets_it_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What a transaction has open is waited for, and its next statement waits for nobody who does."""
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    has_met = threading.Event()

    def wait_and_tell(seconds: float) -> None:
        has_met.set()
        time.sleep(seconds)

    monkeypatch.setattr(secantus_store, "time", SimpleNamespace(sleep=wait_and_tell, monotonic=time.monotonic))
    try:
        store.create_index("db", "notes", "at_1", {"at": 1}, {"expireAfterSeconds": 1})
        store.insert("db", "notes", [{"_id": number, "number": number, "at": NOON - timedelta(days=1)} for number in range(3)])
        transaction = store.begin_user_transaction()
        with store.use_user_transaction(transaction):
            store.update_matching("db", "notes", {"_id": 1}, {"$set": {"number": 10}})
        with ThreadPoolExecutor(2) as pool:
            written = pool.submit(WRITES_OF_MANY[name], store)
            assert has_met.wait(PATIENCE_SECONDS)

            def go_on() -> None:
                with store.use_user_transaction(transaction):
                    store.update_matching("db", "notes", {"_id": 1}, {"$set": {"number": 11}})
                store.commit_user_transaction(transaction)

            pool.submit(go_on).result(PATIENCE_SECONDS)
            written.result(PATIENCE_SECONDS)
        left = [(one["number"], one["seen"]) for one in store.find_matching("db", "notes")]
        assert left == ([(0, True), (11, True), (2, True)] if name == "update" else [])
    finally:
        store.close()


def test_who_began_to_read_before_an_index_was_made_does_without_it(tmp_path: Path) -> None:
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    store.insert("db", "notes", [{"_id": number, "kind": number % 2} for number in range(10)])
    try:
        transaction = store.begin_user_transaction()
        with store.use_user_transaction(transaction):
            assert len(store.find_matching("db", "notes", {"kind": 1})) == 5
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.create_index, "db", "notes", "kind_1__id_1", {"kind": 1, "_id": 1}).result()
        with store.use_user_transaction(transaction):
            assert len(store.find_matching("db", "notes", {"kind": 1})) == 5
            assert len(store.find_matching("db", "notes", {"kind": 1}, sort={"_id": 1}, limit=9)) == 5
            assert store.count_exactly("db", "notes", {"kind": 1}) in (None, 5)
        store.abort_user_transaction(transaction)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("documents", "question", "order", "first"),
    [
        ([{"_id": 1, "a": 5}, {"_id": 2, "a": [3, 5]}], {"a": 5}, {"a": 1, "_id": 1}, 2),
        ([{"_id": {"x": number}} for number in (255, 256, 1)], {}, {"_id": 1}, {"x": 1}),
    ],
)
def test_what_an_index_cannot_order_is_sorted(
    tmp_path: Path, documents: list[dict[str, Any]], question: dict[str, Any], order: dict[str, int], first: Any
) -> None:
    store = QuickStore(str(tmp_path / "store"), enable_oplog=False)
    store.insert("db", "notes", documents)
    try:
        assert [one["_id"] for one in store.find_matching("db", "notes", question, sort=order, limit=1)] == [first]
    finally:
        store.close()
