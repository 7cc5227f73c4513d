"""A mall with goods of a test's own, for tests that ask for a shelf."""
from __future__ import annotations

import pytest

from tests.shelf import Shelf, put_up


@pytest.fixture(autouse=True)
def offered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shelf | None:
    """What the application offers: a shelf, where the test asks for one, else what its window has. Made before the application is."""
    return put_up(monkeypatch) if "shelf" in request.fixturenames else None


@pytest.fixture
def shelf(offered: Shelf | None) -> Shelf:
    """Goods are put there once the application is built."""
    assert offered is not None
    return offered
