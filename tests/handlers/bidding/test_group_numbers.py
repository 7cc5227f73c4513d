"""A number is the same number, or refused, by every way in: JSON, form, query and socket."""
from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from server.domain.auctions.prices import MAX_PRICE
from tests.api import Api
from tests.builders import Goods, make_group, make_user
from tests.realtime.raw import TEXT, RawSocket, frame
from tests.web.requests import FORM, JSON

WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)")


class Outcome(NamedTuple):
    """`taken` is what the lot took: a price or a maximum; `error` why not."""

    taken: int | None
    error: str | None


Facts = dict[str, str]  # name → number as it is written
Door = Callable[[Api, User, Facts], Awaitable[str | None]]


async def by_json(api: Api, user: User, facts: Facts) -> str | None:
    return await _post(api, user, _as_json(facts).encode(), {"Content-Type": JSON})


async def by_form(api: Api, user: User, facts: Facts) -> str | None:
    return await _post(api, user, urlencode(facts).encode(), {"Content-Type": FORM})


async def by_query(api: Api, user: User, facts: Facts) -> str | None:
    return await _post(api, user, b"", {}, f"?{urlencode(facts)}")


async def by_socket(api: Api, user: User, facts: Facts) -> str | None:
    socket = await RawSocket.open(api, Authorization=f"Bearer {api.token_of(user)}")
    try:
        await socket.send(frame(TEXT, _as_json({"id": "7", "op": '"bid"'} | facts).encode()))
        answer = await socket.read()
        if answer.opcode != TEXT:  # what is not JSON has no number to be refused by
            return "invalid_input"
        reply = json.loads(answer.payload)
        assert reply["id"] == 7
        return None if reply["ok"] else reply["error"]
    finally:
        await socket.close()


async def _post(api: Api, user: User, body: bytes, headers: dict[str, str], query: str = "") -> str | None:
    answer = await api.post(f"/api/group{query}", as_user=user, body=body, headers=headers)
    assert answer.status in (200, 409, 422), answer
    assert (answer.status == 422) == (answer.json.get("error") == "invalid_input")
    return answer.json.get("error")


def _as_json(facts: Facts) -> str:
    return "{" + ", ".join(f'"{name}": {number}' for name, number in facts.items()) + "}"


DOORS: dict[str, Door] = {"json": by_json, "form": by_form, "query": by_query, "socket": by_socket}


async def offer(api: Api, user: User, field: str, written: Callable[[Lot], str]) -> dict[str, Outcome]:
    """A bid with that number through each door, on a lot of its own."""
    group = await make_group(api.application, *(Goods(low_price=1, top_price=MAX_PRICE) for _ in DOORS))
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    outcomes = {}
    for (name, door), lot in zip(DOORS.items(), lots, strict=True):
        facts = {"goods_id": str(lot.id), "group_id": str(group.id), "price": "1"} | {field: written(lot)}
        error = await door(api, user, facts)
        after = await api.application.stores.auctions.lots.get_lot(lot.id)
        assert (after.seq == 0) == (error is not None)
        taken = None if error else after.ceiling if field == "max_price" else after.price
        outcomes[name] = Outcome(taken, error)
    return outcomes


numbers = st.one_of(
    st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    st.integers(-2, 2).map(str),
    st.integers(MAX_PRICE - 2, MAX_PRICE + 2).map(str),
)


@pytest.mark.parametrize("field", ["price", "max_price"])
def test_an_amount_is_exactly_that_whole_number_or_refused_by_every_way(io_loop: IOLoop, api: Api, field: str) -> None:
    user = io_loop.run_sync(lambda: make_user(api.application))

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(numbers)
    @example("21000")
    @example("21000.0")
    @example("2.1e4")
    @example("1e3")
    @example("1E3")
    @example("9007199254740990.5")
    @example("9007199254740991.0")
    @example("9007199254740991")
    @example("9007199254740992")
    @example("20999.99999999999999999999")
    @example("1e400")
    @example("007")
    @example("-0")
    @example("1" * 5000)
    def agree(written: str) -> None:
        found = io_loop.run_sync(lambda: offer(api, user, field, lambda _: written))
        expected = Outcome(None, "invalid_input")
        if WHOLE_NUMBER.fullmatch(written) and len(written) < 20 and 0 <= int(written) <= MAX_PRICE:
            number = int(written)
            refusal = {"price": "below_low_price", "max_price": "invalid_input"}[field]
            expected = Outcome(number, None) if number else Outcome(None, refusal)
        assert found == dict.fromkeys(DOORS, expected)

    agree()


@pytest.mark.parametrize("written", ["{}.0", "{}e0", "{}.5", "0{}", "+{}", '"{}"', "[{}]"])
@pytest.mark.parametrize("field", ["goods_id", "group_id"])
async def test_an_id_is_that_whole_number_or_refused_by_every_way(api: Api, field: str, written: str) -> None:
    user = await make_user(api.application)
    found = await offer(api, user, field, lambda lot: written.format(lot.id if field == "goods_id" else lot.group_id))
    assert found == dict.fromkeys(DOORS, Outcome(None, "invalid_input"))


@pytest.mark.parametrize("written", ["1.0", "1e1", "1E0", "01", "+1", " 1", "1_0", "0x1", "١", "1.5", "1e400"])
@pytest.mark.parametrize(
    "path", ["/api/group?page={}", "/api/group?limit={}", "/api/group/history?limit={}", "/api/group/my?page={}", "/api/group/category/{}"]
)
async def test_pages_and_limits_are_whole_numbers(api: Api, path: str, written: str) -> None:
    user = await make_user(api.application)
    assert (await api.get(path.format(quote(written)), as_user=user)).status == 422


@pytest.mark.parametrize("written", ["30000.0", "3e4", "3E4", "30000.5", "030000", "+30000", "30000000000000000000.0"])
async def test_a_maximum_is_a_whole_number_by_every_way(api: Api, written: str) -> None:
    user, group = await make_user(api.application), await make_group(api.application)
    [lot] = await api.application.stores.auctions.lots.list_lots(group.id)
    assert (await api.bid(user, lot, 20000)).status == 200
    facts = {"goods_id": str(lot.id), "group_id": str(group.id), "max_price": written}
    text = urlencode(facts)
    for query, body, kind in (("", _as_json(facts), JSON), ("", text, FORM), (f"?{text}", "", FORM)):
        answer = await api.ask("PUT", f"/api/group/maximum{query}", as_user=user, body=body.encode(), headers={"Content-Type": kind})
        assert (answer.status, answer.json["error"]) == (422, "invalid_input")
    assert await by_socket(api, user, {"op": '"maximum"', **facts}) == "invalid_input"
    twice = _as_json({**facts, "max_price": '30000, "max_price": 30000'})
    answer = await api.ask("PUT", "/api/group/maximum", as_user=user, body=twice.encode(), headers={"Content-Type": JSON})
    assert (answer.status, answer.json["data"]) == (422, {"max_price": ["重复提交"]})
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 1


TWICE: list[tuple[str, Any]] = [
    ('"price": 2, "price": 1', "price"),
    ('"price": 1, "price": 1', "price"),
    ('"price": 1, "\\u0070rice": 2', "price"),
    ('"price": 1, "max_price": 5, "max_price": 6', "max_price"),
]


@pytest.mark.parametrize(("facts", "name"), [*TWICE, ('"price": 1, "op": "bid"', "op"), ('"price": 1, "of": [{"a": 1, "a": 2}]', "of")])
async def test_a_command_with_a_field_given_twice_is_refused(api: Api, facts: str, name: str) -> None:
    user, group = await make_user(api.application), await make_group(api.application, Goods(low_price=1))
    [lot] = await api.application.stores.auctions.lots.list_lots(group.id)
    socket = await RawSocket.open(api, Authorization=f"Bearer {api.token_of(user)}")
    whole = f'{{"id": 7, "op": "bid", "goods_id": {lot.id}, "group_id": {group.id}, {facts}}}'
    await socket.send(frame(TEXT, whole.encode()))
    reply = await socket.read_json()
    await socket.close()
    assert (reply["ok"], reply["id"], reply["error"], reply["data"]) == (False, 7, "invalid_input", {name: ["重复提交"]})
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


@pytest.mark.parametrize(("facts", "name"), TWICE)
async def test_a_body_with_a_field_given_twice_is_refused(api: Api, facts: str, name: str) -> None:
    user, group = await make_user(api.application), await make_group(api.application, Goods(low_price=1))
    [lot] = await api.application.stores.auctions.lots.list_lots(group.id)
    body = f'{{"goods_id": {lot.id}, "group_id": {group.id}, {facts}}}'.encode()
    answer = await api.post("/api/group", as_user=user, body=body, headers={"Content-Type": JSON})
    assert (answer.status, answer.json["data"]) == (422, {name: ["重复提交"]})


async def test_a_command_with_two_numbers_cannot_be_answered(api: Api) -> None:
    socket = await RawSocket.open(api)
    await socket.send(frame(TEXT, b'{"id": 7, "op": "ping", "id": 8}'))
    assert await socket.until_closed() == (4022, "not a command")
    await socket.close()
