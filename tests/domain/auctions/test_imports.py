"""Tests of server/domain/auctions/imports.py: the rules by plain calls, the service on a real database."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.imports import (
    LOTS_AT_ONCE,
    EndsTooEarly,
    GoodsRefused,
    ImportService,
    Problem,
    Row,
    fill_in,
    read_goods,
)
from server.domain.auctions.preparation import LEASE, IssueExists, PreparationLapsed
from server.domain.cells import find_unseen, look_of
from server.domain.errors import NotFound, Unavailable
from server.domain.paging import PageQuery
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.groups import MongoGroups
from server.storage.mongo import Sequences
from tests.builders import make_user
from tests.clock import NOON, HandClock

START, END = NOON, NOON + timedelta(days=1)
LEASE_OVER = LEASE.total_seconds() + 1
GOOD = {"sn": "U9T0069000", "category": "龙钞补号", "score": " 67E", "sn_no": "豹子号", "low_price": "20000", "top_price": "40000"}


def row(line: int = 2, **texts: str) -> Row:
    return Row(line, {**GOOD, **texts})


def without(column: str, line: int = 2) -> Row:
    return Row(line, {name: text for name, text in GOOD.items() if name != column})


def numbered(number: int) -> list[Row]:
    return [row(line, sn=f"sn {line}") for line in range(2, number + 2)]


def problems(*rows: Row) -> list[Problem]:
    with pytest.raises(GoodsRefused) as refused:
        read_goods(rows)
    return list(refused.value.found)


def test_a_row_becomes_terms_with_its_texts_as_they_are():
    first = Terms(
        id=0,
        group_id=0,
        sn="U9T0069000",
        category="龙钞补号",
        score=" 67E",
        sn_no="豹子号",
        low_price=20000,
        top_price=40000,
        step=1,
        extend_window_seconds=60,
        position=0,
    )
    second = msgspec.structs.replace(first, sn="二", step=50, extend_window_seconds=0, position=1)
    assert read_goods([row(), row(3, sn="二", step="50", extend_window="0")]) == [first, second]


BAD_CELLS = [
    ({"sn": ""}, "sn", "required"),
    ({"sn": "  "}, "sn", "required"),
    ({"category": ""}, "category", "required"),
    ({"sn": "x" * 65}, "sn", "too_long:64"),
    ({"score": "x" * 65}, "score", "too_long:64"),
    ({"low_price": ""}, "low_price", "required"),
    ({"low_price": "abc"}, "low_price", "not_whole"),
    ({"low_price": "200.00"}, "low_price", "not_whole"),
    ({"low_price": "20,000"}, "low_price", "not_whole"),
    ({"low_price": "2_0"}, "low_price", "not_whole"),
    ({"low_price": "２００"}, "low_price", "not_whole"),
    ({"low_price": "-1"}, "low_price", "at_least:1"),
    ({"low_price": "0"}, "low_price", "at_least:1"),
    ({"top_price": "9007199254740992"}, "top_price", "at_most:9007199254740991"),
    ({"top_price": "9" * 5000}, "top_price", "at_most:9007199254740991"),
    ({"low_price": "40000"}, "low_price", "not_below:top_price"),
    ({"low_price": "40001"}, "low_price", "not_below:top_price"),
    ({"step": "0"}, "step", "at_least:1"),
    ({"extend_window": "-1"}, "extend_window", "at_least:0"),
    ({"extend_window": "86401"}, "extend_window", "at_most:86400"),
    ({"Step": "5"}, "Step", "unknown"),
    ({"": "surplus"}, "", "unknown"),
    ({"sn": "1.91431E+18"}, "sn", "power"),
    ({"sn": "U9\u0422" "0069000"}, "sn", "mixed"),
    ({"sn": "\u0410\u0421 1"}, "sn", "mixed"),
    ({"sn": "U9T\u200b0069000"}, "sn", "unseen:U+200B"),
    ({"category": "龙钞\u202e号补"}, "category", "unseen:U+202E"),
    ({"score": "68\x1b[31mE"}, "score", "unseen:U+001B"),
    ({"sn_no": "豹\0子"}, "sn_no", "unseen:U+0000"),
    ({"low_price": "200\u200e00"}, "low_price", "unseen:U+200E"),
    ({"": "\x07"}, "", "unseen:U+0007"),
]


@pytest.mark.parametrize(("texts", "column", "reason"), BAD_CELLS)
def test_a_bad_cell_is_named_with_line_column_and_reason(texts, column, reason):
    assert problems(row(9, **texts)) == [Problem(9, column, reason, texts[column])]


@pytest.mark.parametrize("column", GOOD)
def test_a_missing_column_is_named(column):
    assert problems(without(column, line=4)) == [Problem(4, column, "missing")]


@pytest.mark.parametrize(
    "texts",
    [
        *({"score": ""}, {"sn_no": ""}, {"step": ""}, {"extend_window": " "}, {"remark": " "}, {"low_price": " 20000 "}),
        *({"low_price": "1"}, {"top_price": "9007199254740991"}, {"low_price": "0" * 5000 + "5"}, {"sn": "x" * 64}),
    ],
)
def test_what_is_unusual_but_clear_is_taken(texts):
    assert len(read_goods([row(**texts)])) == 1


def test_a_serial_number_that_comes_again_is_named_with_the_line_of_the_first():
    assert problems(row(2), row(3, sn="other"), row(4), row(5, sn="U9T0069000 ")) == [
        Problem(4, "sn", "repeated:2", "U9T0069000"),
        Problem(5, "sn", "repeated:2", "U9T0069000 "),
    ]


@pytest.mark.parametrize("like", ["U9TOO69000", "Ｕ９Ｔ００６９０００"])
def test_a_serial_number_that_looks_like_another_is_named_with_the_line_of_that(like):
    assert problems(row(2), row(3, sn=like)) == [Problem(3, "sn", "looks_like:2", like)]


def test_categories_that_look_alike_would_be_two_and_are_named():
    assert problems(row(2), row(3, sn="2", category="龙钞补号 "), row(4, sn="3")) == [Problem(3, "category", "looks_like:2", "龙钞补号 ")]


@pytest.mark.parametrize("column", [*GOOD, "step", "remark"])
def test_a_cell_of_which_it_is_unclear_what_a_person_sees_is_named_whatever_it_holds(column):
    unclear = Row(4, {**GOOD, "step": "5", "remark": ""}, {column: "merged:G2:G5"})
    assert Problem(4, column, "merged:G2:G5", unclear.texts[column]) in problems(unclear)


def test_a_cell_that_is_unclear_does_not_count_as_empty():
    (filled,) = fill_in([Row(2, {**GOOD, "step": ""}, {"step": "formula"})], {"step": "100"})
    assert problems(filled) == [Problem(2, "step", "formula", "")]


def test_commas_that_the_sheet_puts_between_thousands_do_not_matter_to_a_price_and_stay_in_a_text():
    shown = {**GOOD, "sn": "69,000", "low_price": "20,000"}
    (terms,) = read_goods([Row(2, shown, {}, {"sn": "69000", "low_price": "20000"})])
    assert (terms.sn, terms.low_price) == ("69,000", 20000)


def test_a_sheet_without_rows_is_refused():
    assert problems() == []


def test_usual_texts_stand_where_a_row_says_nothing():
    rows = fill_in([row(step="7"), row(3, sn="2", step=" "), row(4, sn="3")], {"step": "100"})
    assert [terms.step for terms in read_goods(rows)] == [7, 100, 100]


seen_texts = st.text(max_size=64).filter(lambda text: find_unseen(text) is None)
good_rows = st.fixed_dictionaries(
    {
        # Those that look like nothing but themselves: else two of them could be taken for each other.
        "category": seen_texts.filter(lambda text: text and look_of(text) == text),
        "score": seen_texts,
        "sn_no": seen_texts,
        "low_price": st.integers(1, 20000).map(str),
        "top_price": st.integers(20001, 2**53 - 1).map(str),
    },
    optional={"step": st.integers(1, 1000).map(str), "extend_window": st.integers(0, 600).map(str)},
).map(lambda texts: (texts, True))
bad_rows = st.sampled_from([texts for texts, _, _ in BAD_CELLS]).map(lambda texts: ({**GOOD, **texts}, False))
mixtures = st.lists(st.one_of(good_rows, good_rows, bad_rows), min_size=1, max_size=12)


def mixed(mixture) -> tuple[list[Row], list[int]]:
    """The rows, each with a serial number of its own unless that is what is wrong, and the lines of the bad ones."""
    rows, bad_lines = [], []
    for line, (texts, is_good) in enumerate(mixture, start=2):
        has_own = texts.get("sn", GOOD["sn"]) == GOOD["sn"]
        rows.append(Row(line, {**texts, "sn": f"sn {line}"} if has_own else texts))
        if not is_good:
            bad_lines.append(line)
    return rows, bad_lines


@given(mixtures)
def test_of_any_mixture_all_rows_are_taken_or_every_bad_line_is_named(mixture):
    rows, bad_lines = mixed(mixture)
    if bad_lines:
        assert sorted({problem.line for problem in problems(*rows)}) == bad_lines
    else:
        assert [terms.sn for terms in read_goods(rows)] == [row.texts["sn"] for row in rows]


@pytest.fixture
def groups(mongo) -> MongoGroups:
    return MongoGroups(mongo, Sequences(mongo))


@pytest.fixture
def lots(mongo) -> MongoLots:
    return MongoLots(mongo, Sequences(mongo))


@pytest.fixture
def imports(groups, lots) -> ImportService:
    return ImportService(groups, lots, HandClock())


async def test_a_group_and_its_lots_are_stored_as_the_sheet_says(imports, groups, lots):
    rows = [row(2, category="渣打150"), row(3, sn="2", category="航天号"), row(4, sn="3", category="渣打150")]
    group = await imports.import_group(rows, 7, START, END)
    assert group == Group(id=group.id, issue=7, start_at=START, end_at=END, categories=("渣打150", "航天号"))
    assert await groups.get_group(group.id) == group
    stored = await lots.list_lots(group.id)
    goods = [msgspec.structs.replace(terms, id=lot.id, group_id=group.id) for terms, lot in zip(read_goods(rows), stored)]
    limit = timedelta(minutes=30)
    assert stored == [new_lot(terms, start_at=START, end_at=END, extend_limit=limit, now=NOON) for terms in goods]


async def test_soft_close_goes_as_far_as_told(imports, lots):
    group = await imports.import_group([row()], 7, START, END, extend_limit=timedelta(seconds=90))
    assert (await lots.list_lots(group.id))[0].latest_end_at == END + timedelta(seconds=90)


async def test_an_issue_is_imported_once(imports, mongo):
    await imports.import_group([row()], 7, START, END)
    with pytest.raises(IssueExists) as refused:
        await imports.import_group([row()], 7, START, END)
    assert refused.value.issue == 7
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (1, 1)


async def test_of_two_imports_of_one_issue_at_once_one_remains(imports, mongo):
    outcomes = await asyncio.gather(*(imports.import_group(numbered(3), 7, START, END) for _ in range(2)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Group, IssueExists}
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (1, 3)


@pytest.mark.parametrize("end_at", [START, START - timedelta(hours=1), NOON])
async def test_a_group_that_would_be_over_is_refused(imports, mongo, end_at):
    with pytest.raises(EndsTooEarly):
        await imports.import_group([row()], 7, min(START, end_at), end_at)
    assert await mongo.lots.count_documents({}) == 0


async def test_progress_is_told_after_each_write(imports):
    told = []
    total = 2 * LOTS_AT_ONCE + 1
    await imports.import_group(numbered(total), 7, START, END, on_progress=lambda *counts: told.append(counts))
    assert told == [(done, total) for done in (LOTS_AT_ONCE, 2 * LOTS_AT_ONCE, total)]


class DyingLots(MongoLots):
    """The database goes away before the last, smaller write."""

    async def add_lots(self, lots: list[Lot]) -> None:
        if len(lots) < LOTS_AT_ONCE:
            raise Unavailable("database")
        await super().add_lots(lots)


class DyingGroups(MongoGroups):
    """The database goes away before the group is opened, and stays away."""

    async def open_group(self, group_id: int) -> bool:
        raise Unavailable("database")

    async def lapse_group(self, group_id: int) -> None:
        raise Unavailable("database")


class SlowToAnswer(MongoGroups):
    """The group is opened, and the answer is lost."""

    async def open_group(self, group_id: int) -> bool:
        await super().open_group(group_id)
        raise Unavailable("database")


async def leave_unfinished(mongo) -> None:
    """What an import leaves that is killed when all its lots are written."""
    with pytest.raises(Unavailable):
        dying = ImportService(DyingGroups(mongo, Sequences(mongo)), MongoLots(mongo, Sequences(mongo)), HandClock())
        await dying.import_group(numbered(3), 7, START, END)


async def test_an_import_that_fails_half_way_leaves_nothing(mongo, groups):
    imports = ImportService(groups, DyingLots(mongo, Sequences(mongo)), HandClock())
    with pytest.raises(Unavailable):
        await imports.import_group(numbered(LOTS_AT_ONCE + 1), 7, START, END)
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (0, 0)


async def test_an_import_whose_last_answer_was_lost_stays_whole(mongo, groups, lots):
    with pytest.raises(Unavailable):
        await ImportService(SlowToAnswer(mongo, Sequences(mongo)), lots, HandClock()).import_group(numbered(3), 7, START, END)
    group = await groups.find_by_issue(7)
    assert group is not None and len(await lots.list_lots(group.id)) == 3


async def test_what_a_killed_import_left_is_nowhere(application, api):
    await leave_unfinished(application.mongo.database)
    groups, lots = application.stores.auctions.groups, application.stores.auctions.lots
    left = await application.mongo.database.lots.find_one({})
    assert await lots.list_lots(1) == []
    assert await groups.list_unfinished_groups() == await groups.list_groups_by_id([1]) == []
    assert (await groups.list_ended_groups(END, PageQuery())).total == 0
    assert await groups.list_open_groups(NOON, END) == []
    for question in (groups.get_group(1), lots.get_lot(left["_id"])):
        with pytest.raises(NotFound):
            await question
    bidder = await make_user(application)
    bid = await api.post("/api/group", as_user=bidder, json={"goods_id": left["_id"], "group_id": 1, "price": 20000})
    assert (bid.status, bid.json["error"]) == (404, "not_found")
    for path in (f"/api/group/current/price/{left['_id']}", f"/api/live/goods/{left['_id']}", "/api/live/group/1", "/api/group/history/1"):
        assert (await api.get(path)).status == 404


async def test_what_a_killed_import_left_is_swept_once_it_counts_as_dead(mongo, groups, lots):
    await leave_unfinished(mongo)
    clock = HandClock()
    sweeping = ImportService(groups, lots, clock)
    await sweeping.sweep()
    assert await mongo.lots.count_documents({}) == 3
    clock.advance(seconds=LEASE_OVER)
    await sweeping.sweep()
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (0, 0)


async def test_an_issue_whose_import_was_killed_is_imported_once_the_dead_one_lapses(mongo, groups, lots):
    await leave_unfinished(mongo)
    clock = HandClock()
    again = asyncio.create_task(ImportService(groups, lots, clock).import_group(numbered(2), 7, START, END))
    clock.advance(seconds=LEASE_OVER)
    group = await again
    assert [lot.group_id for lot in await lots.list_lots(group.id)] == [group.id] * 2
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (1, 2)


async def test_an_import_that_stood_still_too_long_is_told_and_sells_nothing(mongo, groups):
    clock = HandClock()

    class Standing(MongoLots):
        async def add_lots(self, lots: list[Lot]) -> None:
            await super().add_lots(lots)
            clock.advance(seconds=LEASE_OVER)
            await ImportService(groups, self, clock).sweep()

    with pytest.raises(PreparationLapsed) as lapsed:
        await ImportService(groups, Standing(mongo, Sequences(mongo)), clock).import_group(numbered(3), 7, START, END)
    assert lapsed.value.issue == 7
    assert (await mongo.groups.count_documents({}), await mongo.lots.count_documents({})) == (0, 0)


async def test_who_has_offered_too_early_can_bid_once_the_group_is_there(application):
    stores, services = application.stores.auctions, application.services
    bidder = await make_user(application)

    class Early(MongoGroups):
        async def open_group(self, group_id: int) -> bool:
            written = await application.mongo.database.lots.find_one({"group_id": group_id})
            with pytest.raises(NotFound):
                await services.auctions.bids.place_bid(bidder, group_id, written["_id"], 20000)
            return await super().open_group(group_id)

    early = Early(application.mongo.database, application.mongo.sequences)
    group = await ImportService(early, stores.lots, application.clock).import_group([row()], 7, START, END)
    (lot,) = await stores.lots.list_lots(group.id)
    assert (await services.auctions.bids.place_bid(bidder, group.id, lot.id, 20000)).seq == 1


def test_of_any_mixture_everything_or_nothing_is_stored(io_loop, mongo, groups, imports):
    issues = count(1)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(mixtures)
    def check(mixture) -> None:
        rows, bad_lines = mixed(mixture)
        issue = next(issues)

        async def run() -> None:
            before = await mongo.lots.count_documents({})
            if bad_lines:
                with pytest.raises(GoodsRefused):
                    await imports.import_group(rows, issue, START, END)
            else:
                await imports.import_group(rows, issue, START, END)
            is_there = await groups.find_by_issue(issue) is not None
            written = await mongo.lots.count_documents({}) - before
            assert (is_there, written) == ((False, 0) if bad_lines else (True, len(rows)))

        io_loop.run_sync(run)

    check()
