"""The staff's management of the mall, over HTTP."""
from __future__ import annotations

import asyncio
from typing import Any

from server.domain.accounts.users import Role, User
from server.domain.mall.ledger import Sums
from tests.api import Api
from tests.builders import make_user
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

PATH = "/api/ops/mall/adjustments"
LARGE = 100_001


async def operators(api: Api) -> tuple[User, User]:
    first, second = [await make_user(api.application, name, roles=[Role.OPERATOR]) for name in ("op", "other")]
    return first, second


async def sums_of(shopper: Shopper) -> Sums:
    return (await shopper.application.services.mall.ledger.get_wallet(shopper.uid)).sums


def adjustment(shopper: Shopper, **parts: int) -> dict[str, Any]:
    return {"user_id": shopper.uid, "remark": "补偿", **parts}


async def test_an_adjustment_is_in_the_wallet_at_once(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    answer = await api.post(PATH, as_user=operator, json=adjustment(alice, balance=1000, points=5, growth=2))
    assert (answer.data["state"], answer.data["asked_by"], answer.data["decided_by"]) == (1, operator.id, operator.id)
    assert await sums_of(alice) == Sums(balance=1000, points=5, growth=2)
    (row,) = data_of(await alice.post("/user/cashLog"))
    assert (row["typeStr"], row["amount"], row["remark"]) == ("商家调整", 10.0, "补偿")


async def test_no_more_is_taken_than_there_is(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    await alice.give(balance=100)
    answer = await api.post(PATH, as_user=operator, json=adjustment(alice, balance=-101))
    assert refused(answer) == (409, "not_enough")
    assert await sums_of(alice) == Sums(balance=100)
    assert (await api.get(PATH, as_user=operator)).data["total"] == 0


async def test_a_large_one_waits_for_another_operator(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, balance=LARGE))).data
    assert (asked["state"], asked["decided_by"]) == (0, None)
    assert await sums_of(alice) == Sums()
    approve = f"{PATH}/{asked['id']}/approve"
    assert refused(await api.post(approve, as_user=operator, json={})) == (409, "same_person")
    made = (await api.post(approve, as_user=other, json={})).data
    assert (made["state"], made["decided_by"], made["revision"]) == (1, other.id, 2)
    assert refused(await api.post(approve, as_user=other, json={})) == (409, "already_decided")
    assert await sums_of(alice) == Sums(balance=LARGE)


async def test_one_that_is_approved_many_times_at_once_is_made_once(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, balance=LARGE))).data
    approve = f"{PATH}/{asked['id']}/approve"
    answers = await asyncio.gather(*(api.post(approve, as_user=other, json={}) for _ in range(10)))
    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert await sums_of(alice) == Sums(balance=LARGE)
    verbs = [entry["verb"] for entry in (await api.get("/api/ops/log", as_user=operator)).data["list"]]
    assert verbs == ["approve", "add"]


async def test_one_that_is_refused_changes_nothing(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, points=LARGE))).data
    refuse = f"{PATH}/{asked['id']}/refuse"
    assert refused(await api.post(refuse, as_user=operator, json={})) == (422, "invalid_input")
    assert (await api.post(refuse, as_user=operator, json={"reason": "写错了"})).data["state"] == 2
    assert refused(await api.post(f"{PATH}/{asked['id']}/approve", as_user=other, json={})) == (409, "already_decided")
    assert await sums_of(alice) == Sums()


async def test_nothing_is_given_to_nobody(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    for wrong in ({"user_id": 999, "balance": 1}, {"balance": 0}):
        assert refused(await api.post(PATH, as_user=operator, json={**adjustment(alice), **wrong})) == (422, "invalid_input")
