"""What every noun can do, for all that are declared."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from msgspec import Struct

from handlers.ops.nouns import noun_routes
from server.domain.exports import heading
from server.domain.nouns import About, Noun
from server.web.access import OPERATOR
from tests.api import Api
from tests.builders import make_user
from tests.clock import HandClock
from tests.nouns import ADDED, CHANGED, DESCRIBED, NOUNS, SAMPLES, Desk, open_desk, refused, schema_of

every = pytest.mark.parametrize("name", ADDED)
every_described = pytest.mark.parametrize("name", NOUNS)
every_changed = pytest.mark.parametrize("name", CHANGED)
# What no declaration has a part in is tried with every fourth: it is the same code for all.
some = pytest.mark.parametrize("name", ADDED[::4])
some_changed = pytest.mark.parametrize("name", CHANGED[::4])


def test_every_noun_is_tried_here() -> None:
    assert SAMPLES.keys() == set(ADDED)


# ---- a thing's life


@every
async def test_what_is_added_is_found_and_gone_once_it_is_removed_if_it_ever_is(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    before = await desk.listed(limit=100)
    if desk.takes_sheets:
        looked_at = (await desk.send_sheet("/import/preview", desk.sheet_of(desk.sample.new))).data
        assert looked_at["problems"] == [] and await desk.listed(limit=100) == before
        [read] = looked_at["things"]
        scalars = {name: value for name, value in desk.sample.new.items() if not isinstance(value, list)}
        assert (read["line"], {name: read["thing"][name] for name in scalars}) == (2, scalars)
    added = await desk.add(reason="新货到了")
    assert added["revision"] == 1
    newest = next(name for name in ("id", "created_at", *desk.noun["sorted"]) if name in desk.noun["sorted"])
    assert await desk.listed(limit=100, sort=f"-{newest}") != before
    assert (await desk.ask("GET", desk.path_of(added))).data == added
    (entry,) = await desk.log()
    thing_id = str(added[desk.noun["key"]])
    assert entry | {"id": 0, "after": {}} == {
        "id": 0,
        "noun": name,
        "thing_id": thing_id,
        "verb": "add",
        "user_id": desk.user.id,
        "at": "2036-06-01 12:00:00",
        "before": None,
        "after": {},
        "reason": "新货到了",
    }
    assert entry["after"]["revision"] == 1
    if not desk.noun["removes"]:
        assert refused(await desk.ask("DELETE", desk.path_of(added))) == (405, "method_not_allowed")
        return
    gone = await desk.ask("DELETE", desk.path_of(added), reason="下架", revision=1)
    assert gone.json == {"code": 1, "message": "", "data": None}
    for method in ("GET", "DELETE"):
        assert refused(await desk.ask(method, desk.path_of(added))) == (404, "not_found")
    assert await desk.listed(limit=100) == before
    removal, _ = await desk.log(id=thing_id)
    assert (removal["verb"], removal["after"], removal["reason"]) == ("remove", None, "下架")
    assert removal["before"] == entry["after"]
    collection = api.application.mongo.database[COLLECTIONS[name]]
    assert await collection.count_documents({"unlogged": {"$ne": None}}) == 0
    assert await collection.count_documents({"is_removed": True}) == 0


OTHERWISE = {"accounts.operators": "users", "auctions.groups": "groups", "auctions.lots": "lots"}
COLLECTIONS = {name: OTHERWISE.get(name, name.replace("accounts.", "").replace(".", "_").replace("-", "_")) for name in NOUNS}


@every_changed
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_keeps_the_rest_and_tells_the_log_what_differs(api: Api, name: str, method: str) -> None:
    desk = await open_desk(api, name)
    added = await desk.add()
    change = desk.sample.change
    assert change is not None
    sent = change if method == "PATCH" else desk.whole(added, **change)
    answer = await desk.ask(method, desk.path_of(added), json={**sent, "revision": 1, "reason": "更正"})
    assert answer.data == {**added, **change, "revision": 2}
    assert (await desk.ask("GET", desk.path_of(added))).data == answer.data
    entry = (await desk.log())[0]
    assert (entry["verb"], entry["reason"], entry["user_id"]) == ("change", "更正", desk.user.id)
    assert entry["before"].keys() == entry["after"].keys() == {*change, "revision"}
    assert (entry["before"]["revision"], entry["after"]["revision"]) == (1, 2)


@some_changed
async def test_a_change_of_what_was_read_before_another_is_refused(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    added = await desk.add()
    changed = await desk.ask("PATCH", desk.path_of(added), json={**(desk.sample.change or {}), "revision": 1})
    for method, sent in (("PUT", desk.whole(added)), ("PATCH", {})):
        answer = await desk.ask(method, desk.path_of(added), json={**sent, "revision": 1})
        assert refused(answer) == (409, "changed_meanwhile")
    removal = (405, "method_not_allowed") if desk.is_kept else (409, "changed_meanwhile")
    assert refused(await desk.ask("DELETE", desk.path_of(added), revision=1)) == removal
    assert (await desk.ask("GET", desk.path_of(added))).data == changed.data
    assert len(await desk.log()) == 2


@some_changed
async def test_without_a_revision_it_is_changed_as_it_is_now(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    added = await desk.add()
    for revision in (2, 3):
        answer = await desk.ask("PUT", desk.path_of(added), json=desk.whole(added))
        assert answer.data["revision"] == revision


# ---- lists


@every
async def test_every_order_sorts(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    for text in ("丙", "甲", "乙"):
        await desk.add(**{desk.sample.text: text})
    assert desk.noun["sorted"]
    for field in desk.noun["sorted"]:
        up, down = await desk.listed(sort=field, limit=100), await desk.listed(sort=f"-{field}", limit=100)
        values = [thing[field] for thing in up]
        assert values == sorted(values) and len(values) >= 3
        assert [thing[field] for thing in down] == sorted(values, reverse=True)
    assert refused(await desk.ask("GET", sort="revision")) == (422, "invalid_input")


@some
async def test_pages_leave_nothing_out_and_repeat_nothing(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    for _ in range(3):
        await desk.add()
    whole = await desk.listed(limit=100)
    pages = [(await desk.ask("GET", limit=2, page=page)).data for page in range(1, len(whole) // 2 + 3)]
    assert [thing for page in pages for thing in page["list"]] == whole
    assert {page["total"] for page in pages} == {len(whole)}
    assert [page["current_page"] for page in pages] == list(range(1, len(pages) + 1))


@every
async def test_words_are_found_in_any_case_and_taken_as_they_are(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    first = await desk.add(**{desk.sample.text: "Größe (M) 50% *旧*"})
    await desk.add(**{desk.sample.text: "別的"})
    for words in ("größe", "(m)", "50%", "*旧*"):
        assert await desk.listed(q=words) == [first], words
        assert (await desk.ask("GET", q=words)).data["total"] == 1
    for words in (".*", "[", "\\", "$ne", "没有的", "\0"):
        assert await desk.listed(q=words) == []
    assert refused(await desk.ask("GET", q="长" * 101)) == (422, "invalid_input")


@every
async def test_every_filter_finds_what_has_its_value(api: Api, clock: HandClock, name: str) -> None:
    clock.advance(seconds=0.5)  # who asks by the second that is shown means all of it
    desk = await open_desk(api, name)
    added = await desk.add()
    for field in desk.noun["filters"]:
        name_of, _, end = field.rpartition("_")
        value = added[name_of if end in ("from", "to") else field]
        if value is None:  # the phase of what is not on sale
            continue
        found = await desk.listed(**{field: value}, limit=100)
        assert added in found, field
        if end not in ("from", "to"):
            assert {thing[field] for thing in found} == {value}
        if not isinstance(value, str) or end in ("from", "to"):
            assert refused(await desk.ask("GET", **{field: "x"})) == (422, "invalid_input"), field


# ---- sheets


def shape_of(noun: dict[str, Any]) -> dict[str, Any]:
    """What the list of the noun holds."""
    answer = DESCRIBED["paths"][noun["path"]]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = schema_of(answer["properties"]["data"]["$ref"])
    return schema_of(page["properties"]["list"]["items"]["$ref"])


def columns_of(desk: Desk) -> dict[str, About]:
    """From the description alone."""
    shape = shape_of(desk.noun)["properties"]
    found = {}
    for field in desk.noun["fields"]:
        told = shape[field]
        labels = tuple((one["value"], one["zh"], one["en"]) for one in told.get("x-labels", ()))
        found[field] = About(**told["x-titles"], kind=told["x-kind"], refers_to=told.get("x-refers-to"), labels=labels)
    return found


def words_of(value: Any, column: About) -> str:
    """As a person reads it in a sheet, in English."""
    if value is None:
        return ""
    if column.labels:
        return ", ".join(en for one in (value if isinstance(value, list) else [value]) for known, _, en in column.labels if known == one)
    if column.kind == "money":
        return f"{value / 100:.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@every
async def test_a_sheet_has_what_the_list_has(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    for text in ("甲", '两行\n和"引号",', "没有"):
        await desk.add(**{desk.sample.text: text})
    listed, columns = await desk.listed(limit=100), columns_of(desk)
    expected = [[heading(column, "en") for column in columns.values()]]
    expected += [[words_of(thing[field], column) for field, column in columns.items()] for thing in listed]
    english = {"Accept-Language": "en"}
    path = f"{desk.noun['path']}/export"
    answer = await api.get(path, as_user=desk.user, headers=english)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith('-20360601-120000.csv"')
    assert answer.body.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""))) == expected
    book = await api.get(path, as_user=desk.user, headers=english, query={"format": "xlsx"})
    assert book.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert list(read_book(book.body)) == expected
    assert (await api.ask("HEAD", path, as_user=desk.user)).body == b""


def read_book(content: bytes) -> Iterator[list[str]]:
    for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows():
        yield [_cell_text(cell) for cell in row]


def _cell_text(cell: Any) -> str:
    if cell.value is None:
        return ""
    if isinstance(cell.value, datetime):
        return cell.value.strftime("%Y-%m-%d %H:%M:%S")
    if cell.number_format == "0.00":
        return f"{cell.value:.2f}"
    return str(cell.value)


@some
async def test_a_sheet_has_what_was_asked_for_in_its_order(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    for text in ("乙", "甲", "丙"):
        await desk.add(**{desk.sample.text: f"寻{text}"})
    order = f"-{desk.noun['sorted'][0]}"
    listed = await desk.listed(q="寻", sort=order)
    answer = await desk.ask("GET", "/export", q="寻", sort=order)
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    column = columns_of(desk)[desk.sample.text].zh
    assert len(listed) == 3 and [row[column] for row in rows] == [thing[desk.sample.text] for thing in listed]


@some
async def test_a_sheet_runs_nothing(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    place = list(columns_of(desk)).index(desk.sample.text)
    for text in ('=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(A1)"):
        await desk.add(**{desk.sample.text: text})
        answer = await desk.ask("GET", "/export", q=text)
        (_, row) = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
        assert row[place] == f"'{text}"
        book = await desk.ask("GET", "/export", q=text, format="xlsx")
        cell = openpyxl.load_workbook(io.BytesIO(book.body)).worksheets[0].cell(2, place + 1)
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


async def test_no_sheet_of_another_format_is_written(api: Api) -> None:
    desk = await open_desk(api, "groupbuy.shops")
    assert refused(await desk.ask("GET", "/export", format="pdf")) == (422, "invalid_input")


# ---- bad input


@every
async def test_what_is_wrong_is_named_and_adds_nothing(api: Api, name: str) -> None:
    desk = await open_desk(api, name)
    wrongs: tuple[Any, ...] = ({"$gt": 0}, 2**70, -(2**70), "x" * 250_000, True, 1.5, "\u0000")
    fitting = {"string": ("\u0000",), "boolean": (True,), "number": (1.5,)}
    for field, schema in schema_of(desk.noun["add"])["properties"].items():
        for wrong in wrongs:
            if any(wrong is value for value in fitting.get(schema.get("type", ""), ())):
                continue
            answer = await desk.ask("POST", json={**desk.sample.new, field: wrong})
            assert refused(answer) == (422, "invalid_input"), (field, wrong)
            assert field in answer.json["data"]
    huge = await desk.ask("POST", json={**desk.sample.new, desk.sample.text: "长" * 100_000})
    assert refused(huge) == (422, "invalid_input")
    assert refused(await desk.ask("POST", json=[1])) == (422, "invalid_input")
    for id in ("0", "-1", "1.5", "%24ne", "9" * 17, "nobody"):
        answer = await desk.ask("GET", f"/{id}")
        assert answer.status in (404, 422), id
    assert await desk.log() == []


@every_described
async def test_only_operators_see_and_change(api: Api, name: str) -> None:
    noun, bidder = NOUNS[name], await make_user(api.application, "bidder")
    paths = [path for path in DESCRIBED["paths"] if path.startswith(noun["path"])] + ["/api/ops/log"]
    for path in paths:
        for method in DESCRIBED["paths"][path]:
            asked = method.upper(), path.replace("{", "").replace("}", "")
            if "{id}" in path:
                asked = method.upper(), path.replace("{id}", "1")
            assert (await api.ask(*asked)).status == 401
            assert refused(await api.ask(*asked, as_user=bidder)) == (403, "forbidden")


# ---- the description


@every_described
def test_a_page_can_be_drawn_from_the_description_alone(name: str) -> None:
    noun = NOUNS[name]
    for reference in filter(None, [noun["add"], noun["change"], *(action["input"] for action in noun["actions"])]):
        for field, schema in schema_of(reference)["properties"].items():
            if field != "revision":
                check_field(schema)
    shape = shape_of(noun)
    assert shape["properties"].keys() == set(noun["fields"]) == set(shape["required"])
    for schema in shape["properties"].values():
        check_field(schema)
    named = {*noun["sorted"], *noun["searched"], noun["label"], noun["key"], *(one.removeprefix("-") for one in noun["order"])}
    assert named <= shape["properties"].keys()
    parameters = DESCRIBED["paths"][noun["path"]]["get"]["parameters"]
    for schema in (one for parameter in parameters for one in (parameter["schema"], *parameter["schema"].get("anyOf", ()))):
        assert schema.get("type") != "integer" or schema["maximum"] < 2**63, "the database cannot be asked for more"
    asked = {parameter["name"] for parameter in parameters}
    assert asked == {"page", "limit", "q", "sort", *noun["filters"]}
    for action in noun["actions"]:
        assert "post" in DESCRIBED["paths"][f"{noun['path']}/{{{noun['key']}}}/{action['verb']}"]


def check_field(schema: dict[str, Any]) -> None:
    kind = schema["x-kind"]
    assert schema["x-titles"]["zh"] and schema["x-titles"]["en"]
    assert kind in {"text", "long_text", "html", "number", "money", "switch", "time", "choice", "picture", "reference", "list", "order"}
    if kind == "reference":
        assert schema["x-refers-to"] in NOUNS
    if kind == "choice":
        parts = [schema_of(part["$ref"]) if "$ref" in part else part for part in (schema, *schema.get("anyOf", ()))]
        choices = next((part["enum"] for part in parts if "enum" in part), None)
        labels = [label["value"] for label in schema["x-labels"]]
        assert set(labels) == set(choices) if choices else labels
        assert all(label["zh"] and label["en"] for label in schema["x-labels"])


class Clashing(Struct):
    id: int
    reason: str = ""


def test_a_field_with_the_name_of_a_parameter_of_all_is_refused_as_it_is_declared() -> None:
    noun = Noun(area="tests", name="things", zh="物", en="Things", made=Clashing, terms=Clashing)
    with pytest.raises(TypeError, match="reason"):
        noun_routes(noun, lambda services: None, changes=OPERATOR)
