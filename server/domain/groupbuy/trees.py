"""Trees of two levels, as categories and areas are."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from server.domain.errors import InvalidInput
from server.domain.nouns import InUse

TOP = 0  # the parent of what has none, as the document writes it


class Node(Protocol):
    """What a tree is made of; lower `sort` comes first."""

    @property
    def id(self) -> int: ...

    @property
    def parent_id(self) -> int: ...

    @property
    def sort(self) -> int: ...


N = TypeVar("N", bound=Node)


class Tree(Generic[N]):
    """Nodes by id, each level in its order."""

    def __init__(self, nodes: Iterable[N] = ()):
        self._nodes = {node.id: node for node in sorted(nodes, key=lambda node: (node.sort, node.id))}
        self._children: dict[int, list[N]] = {}
        for node in self._nodes.values():
            self._children.setdefault(node.parent_id, []).append(node)

    def find(self, node_id: int) -> N | None:
        return self._nodes.get(node_id)

    def children(self, node_id: int = TOP) -> list[N]:
        """In order; without an id, the top level."""
        return self._children.get(node_id, [])

    def find_deepest(self, *node_ids: int) -> N | None:
        """The last of a way down that names nodes by their ids, 0 for none. Raises LookupError if there is no such way."""
        found: N | None = None
        for node_id in dict.fromkeys(filter(None, node_ids)):
            node = self._nodes[node_id]
            if found is not None and node.parent_id != found.id:
                raise LookupError(node_id)
            found = node
        return found

    def ids_under(self, node: N) -> frozenset[int]:
        """Its own and those of its children."""
        return frozenset((node.id, *(child.id for child in self.children(node.id))))

    def __iter__(self) -> Iterator[N]:
        """All of them; within a level in order."""
        return iter(self._nodes.values())

    def check_place(self, node: N) -> None:
        """Raises InvalidInput unless the node's parent is one of the top, and the node may stand below it."""
        if node.parent_id == TOP:
            return
        parent = self.find(node.parent_id)
        if parent is None or parent.id == node.id:
            raise InvalidInput({"parent_id": ["unknown"]})
        if parent.parent_id != TOP or self.children(node.id):
            raise InvalidInput({"parent_id": ["too_deep"]})

    def check_leaf(self, node_id: int) -> None:
        """Raises InUse while others stand under it."""
        if self.children(node_id):
            raise InUse("children")
