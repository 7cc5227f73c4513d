"""Trees of categories: a few levels, whose roots are level 1."""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.domain.errors import InvalidInput
from server.domain.nouns import InUse

ROOT = 0
MOST_LEVELS = 4


def find_level(parents: Mapping[int, int], id: int, parent_id: int, before: int | None) -> int:
    """Where one stands that is put under that parent; `before`: its parent until now, if it is there.

    Raises InUse where its whole branch would change its level, and InvalidInput.
    """
    if before not in (None, parent_id) and id in parents.values():
        raise InUse("categories")
    way = _way(parents, parent_id)
    if parent_id != ROOT and (parent_id not in parents or id in way):
        raise InvalidInput({"parent_id": ["unknown"]})
    if len(way) >= MOST_LEVELS:
        raise InvalidInput({"parent_id": ["too_deep"]})
    return len(way) + 1


def branches(parents: Mapping[int, int], ids: Iterable[int]) -> frozenset[int]:
    """These, and all that stand under them."""
    found = set(ids)
    pending = list(found)
    while pending:
        above = pending.pop()
        below = {id for id, parent_id in parents.items() if parent_id == above} - found
        found |= below
        pending += below
    return frozenset(found)


def _way(parents: Mapping[int, int], id: int) -> list[int]:
    """From it to its root; a tree that was kept has no circle."""
    way: list[int] = []
    while id in parents and id not in way:
        way.append(id)
        id = parents[id]
    return way
