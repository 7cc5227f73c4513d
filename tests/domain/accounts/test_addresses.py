"""Tests of server/domain/accounts/addresses.py, on a real database."""
from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from server.domain.accounts.addresses import MOST_ADDRESSES, AddressService, Place, TooManyAddresses
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput, NotFound
from server.storage.accounts.addresses import MongoAddresses
from tests.belongings import HOME
from tests.clock import NOON

ALICE, BOB = (User(id=number, nickname=name, created_at=NOON) for number, name in ((1, "alice"), (2, "bob")))


@pytest.fixture
def addresses(mongo, clock) -> AddressService:
    return AddressService(MongoAddresses(mongo), clock)


async def test_an_address_is_kept_changed_and_removed(addresses, clock):
    kept = await addresses.add_address(ALICE, HOME)
    assert (kept.user_id, kept.province, kept.created_at, kept.updated_at) == (1, "浙江省", NOON, NOON)
    clock.advance(hours=1)
    moved = await addresses.change_address(ALICE, kept.id, replace(HOME, address="文三路 200 号"))
    assert moved == replace(kept, address="文三路 200 号", updated_at=clock.now())
    assert await addresses.list_addresses(ALICE) == [moved]
    await addresses.remove_address(ALICE, kept.id)
    assert await addresses.list_addresses(ALICE) == []


async def test_addresses_are_listed_oldest_first(addresses):
    kept = [await addresses.add_address(ALICE, replace(HOME, contact_name=f"{number}")) for number in range(5)]
    assert await addresses.list_addresses(ALICE) == kept


async def test_another_user_s_address_is_not_found(addresses):
    kept = await addresses.add_address(ALICE, HOME)
    assert await addresses.list_addresses(BOB) == []
    for change in (addresses.change_address(BOB, kept.id, HOME), addresses.remove_address(BOB, kept.id)):
        with pytest.raises(NotFound):
            await change
    assert await addresses.list_addresses(ALICE) == [kept]


async def test_one_user_keeps_at_most_fifty(addresses):
    for _ in range(MOST_ADDRESSES):
        await addresses.add_address(ALICE, HOME)
    with pytest.raises(TooManyAddresses):
        await addresses.add_address(ALICE, HOME)
    await addresses.add_address(BOB, HOME)


def test_space_around_and_within_is_tidied():
    assert replace(HOME, city="  杭州\n市 ").tidy().city == "杭州 市"


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Place)])
def test_every_part_is_needed(name):
    with pytest.raises(InvalidInput) as refused:
        replace(HOME, **{name: " "}).tidy()
    assert refused.value.problems == {name: ["required"]}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("province", "x" * 33, "too_long:32"),
        ("address", "x" * 201, "too_long:200"),
        ("zip", "et", "wrong_form"),
        ("zip", "三一零零一二", "wrong_form"),
        ("contact_phone", "voluptatem", "wrong_form"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, text, problem):
    with pytest.raises(InvalidInput) as refused:
        replace(HOME, **{name: text}).tidy()
    assert refused.value.problems == {name: [problem]}
