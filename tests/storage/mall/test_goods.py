"""Tests of server/storage/mall/goods.py."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.goods.goods import Goods
from server.storage.mall import goods as stored_goods
from server.storage.mall.goods import REVISIONS, MongoGoods
from server.storage.mongo import Sequences, to_document

NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)


async def test_rows_are_read_in_portions_wherever_their_revisions_lie(mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_goods, "AT_ONCE", 20)
    revisions = [*range(1, 70), 300, *range(5000, 5100), 90_000]  # together, far apart, and the last that was given out
    about: dict[str, Any] = {"name": "白瓷杯", "category_id": 1, "pictures": ("https://pictures.example/1.png",), "price": 1}
    about |= {"added_at": NOON, "changed_at": NOON}
    rows = [to_document(Goods(id=number, revision=revision, **about)) for number, revision in enumerate(revisions, 1)]
    await mongo.mall_goods.insert_many(rows)
    sequences = Sequences(mongo)
    await sequences.raise_to(REVISIONS, 90_000)
    store = MongoGoods(mongo, sequences)
    for after in (-200, 0, 69, 4999, 89_999):
        assert [row.revision for row in await store.list_rows(after)] == [one for one in revisions if one > after]
    assert await store.list_rows(90_000) == []
