"""A mall with goods of a test's own."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.composition import mall
from server.composition.ground import Ground
from server.composition.ordering import Offer
from server.storage.mall import MallStores
from tests.shelf import Shelf


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """What the application offers; it is there once the application is."""
    made: list[Shelf] = []

    def make_offer(stores: MallStores, ground: Ground) -> Offer:
        made.append(Shelf(ground.mongo.database))
        return Offer(window=made[0], stock=made[0], reviews=made[0], settings=made[0])

    monkeypatch.setattr(mall, "make_offer", make_offer)
    yield _Later(made)  # type: ignore[misc]


class _Later:
    """The shelf that was made."""

    def __init__(self, made: list[Shelf]):
        self._made = made

    def __getattr__(self, name: str) -> object:
        return getattr(self._made[0], name)
