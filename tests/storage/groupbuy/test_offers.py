"""Tests of server/storage/groupbuy/offers.py."""
from __future__ import annotations

from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from msgspec.structs import replace

from server.config import Config
from server.domain.groupbuy.offers import Kind, Offer, OfferMissing, State
from server.storage.groupbuy.offers import MongoOffers
from server.storage.mongo import IN_AT_ONCE, Sequences
from tests.clock import NOON
from tests.storage.answers import Answers

OFFER = Offer(
    id=1,
    name="护币袋",
    kind=Kind.PHYSICAL,
    goods_name="护币袋一百枚",
    shop_id=1,
    shop_name="集藏社",
    goods_price=10000,
    price=3000,
    start_at=NOON,
    end_at=NOON + timedelta(days=1),
    category_id=12,
    state=State.APPROVED,
    revision=1,
    changed_at=NOON,
)


@pytest.fixture
def offers(mongo: AsyncIOMotorDatabase) -> MongoOffers:
    return MongoOffers(mongo, Sequences(mongo))


async def test_an_offer_is_found_as_it_was_stored(offers: MongoOffers) -> None:
    await offers.add(OFFER)
    assert await offers.get_offer(1) == OFFER
    with pytest.raises(OfferMissing):
        await offers.get_offer(2)


async def test_offers_come_in_the_order_of_their_ids_as_asked(offers: MongoOffers) -> None:
    for number in range(1, 121):
        await offers.add(replace(OFFER, id=number))
    wanted = [*range(120, 0, -1), 404]
    assert [offer.id for offer in await offers.find_by_ids(wanted)] == wanted[:-1]
    assert await offers.find_by_ids([]) == []


async def test_saving_keeps_what_was_counted_meanwhile(offers: MongoOffers) -> None:
    await offers.add(OFFER)
    await offers.count_view(1)
    assert await offers.save(OFFER, replace(OFFER, name="厚护币袋", revision=2))
    assert await offers.get_offer(1) == replace(OFFER, name="厚护币袋", revision=2, views=1)


async def test_what_was_changed_meanwhile_is_not_saved(offers: MongoOffers) -> None:
    await offers.add(OFFER)
    assert await offers.save(OFFER, replace(OFFER, price=1, revision=2))
    assert not await offers.save(OFFER, replace(OFFER, price=2, revision=3))
    assert (await offers.get_offer(1)).price == 1


async def test_a_removed_offer_is_found_among_changes_only(offers: MongoOffers) -> None:
    await offers.add(replace(OFFER, id=await offers.next_id(), removed_at=NOON))
    with pytest.raises(OfferMissing):
        await offers.get_offer(1)
    assert await offers.list_entries() == []
    entries, found = await offers.list_changed_entries([1, 2])
    assert [(entry.id, entry.removed_at) for entry in entries] == [(1, NOON)] and found == {1}


async def test_imported_offers_are_listed_once_their_import_is_finished(offers: MongoOffers) -> None:
    import_id, ids = await offers.begin_import(NOON, 2)
    assert ids == [1, 2]
    await offers.add_imported([replace(OFFER, id=number, revision=0, import_id=import_id) for number in ids])
    assert await offers.list_entries() == []
    assert await offers.list_abandoned_imports(NOON + timedelta(seconds=1)) == [import_id]
    await offers.finish_import(import_id, 7)
    assert [entry.id for entry in await offers.list_entries()] == [1, 2]
    entries, found = await offers.list_changed_entries([6, 7])
    assert [entry.id for entry in entries] == [1, 2] and found >= {7} and 6 not in found
    assert await offers.list_abandoned_imports(NOON + timedelta(seconds=1)) == []


async def test_the_whole_catalogue_is_read_in_portions(config: Config, mongo: AsyncIOMotorDatabase) -> None:
    """One answer with all of it takes longer than the database is given, on a busy machine."""
    answers = Answers()
    client: AsyncIOMotorClient = AsyncIOMotorClient(config.mongodb_url, event_listeners=[answers])
    database = client.get_database(mongo.name, codec_options=mongo.codec_options)
    offers = MongoOffers(database, Sequences(database))
    for _ in range(130):
        await offers.add(replace(OFFER, id=await offers.next_id()))
    import_id, ids = await offers.begin_import(NOON, 130)
    await offers.add_imported([replace(OFFER, id=number, revision=0, import_id=import_id) for number in ids])
    await offers.finish_import(import_id, 7)
    assert [entry.id for entry in await offers.list_entries()] == [*range(1, 261)]
    entries, _ = await offers.list_changed_entries([7])
    assert [entry.id for entry in entries] == [*range(131, 261)]
    assert max(answers.lengths) == IN_AT_ONCE
    client.close()


async def test_an_import_goes_with_all_its_offers_and_no_other(offers: MongoOffers, mongo: AsyncIOMotorDatabase) -> None:
    await offers.add(replace(OFFER, id=await offers.next_id()))
    import_id, ids = await offers.begin_import(NOON, 120)
    await offers.add_imported([replace(OFFER, id=number, import_id=import_id) for number in ids])
    await offers.remove_import(import_id)
    assert [document["_id"] async for document in mongo.groupbuy_offers.find()] == [1]
    assert await mongo.groupbuy_imports.count_documents({}) == 0
    await offers.remove_import(import_id)


async def test_the_questions_have_their_indexes(mongo: AsyncIOMotorDatabase) -> None:
    indexes = await mongo.groupbuy_offers.index_information()
    assert {index["key"][0][0] for index in indexes.values()} == {"_id", "revision", "unlogged.at"}
