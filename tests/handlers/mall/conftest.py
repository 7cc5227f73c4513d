"""A mall with goods of a test's own, for tests that ask for a shelf."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.composition import mall
from server.composition.ground import Ground
from server.composition.ordering import Offer
from server.composition.window import Shopfront, build_window
from server.domain.accounts.users import UserStore
from server.storage.mall import MallStores
from tests.shelf import Shelf


@pytest.fixture(autouse=True)
def offered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Shelf]:
    """What the application offers, once it is there: a shelf, where the test asks for one; else what its window has."""
    made: list[Shelf] = []

    def build(stores: MallStores, users: UserStore, ground: Ground) -> Shopfront:
        made.append(Shelf(ground.mongo.database))
        front = build_window(stores, users, ground)
        return replace(front, offer=Offer(window=made[0], stock=made[0], reviews=made[0], settings=made[0]))

    if "shelf" in request.fixturenames:
        monkeypatch.setattr(mall, "build_window", build)
    return made


@pytest.fixture
def shelf(offered: list[Shelf]) -> Iterator[Shelf]:
    """It is there once the application is."""
    yield _Later(offered)  # type: ignore[misc]


class _Later:
    """The shelf that was made."""

    def __init__(self, made: list[Shelf]):
        self._made = made

    def __getattr__(self, name: str) -> object:
        return getattr(self._made[0], name)
