"""Trees of hashes (RFC 6962, 2.1): one root stands for many texts, and a short path shows that a text is one of them. Pure."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"  # so that no text can pass for a node
LEFT, RIGHT = "L", "R"  # where the neighbour stands

Path = tuple[str, ...]


def plant(texts: Sequence[str]) -> tuple[bytes, list[Path]]:
    """The root over one text or more, and the path of each: its neighbours on the way up, each with its side, in hex."""
    level = [hash_leaf(text) for text in texts]
    paths: list[list[str]] = [[] for _ in texts]
    height = 0
    while len(level) > 1:
        steps = [(RIGHT if index % 2 else LEFT) + node.hex() for index, node in enumerate(level)]
        for index, path in enumerate(paths):
            neighbour = (index >> height) ^ 1
            if neighbour < len(steps):
                path.append(steps[neighbour])
        alone = level[-1:] if len(level) % 2 else []
        level = [hash_node(left, right) for left, right in zip(level[::2], level[1::2])] + alone
        height += 1
    return level[0], [tuple(path) for path in paths]


def climb(text: str, path: Sequence[str]) -> bytes:
    """The root that this text and its path lead to. Raises ValueError for what is no path."""
    node = hash_leaf(text)
    for step in path:
        side, neighbour = step[:1], bytes.fromhex(step[1:])
        if side not in (LEFT, RIGHT) or len(neighbour) != len(node):
            raise ValueError(step)
        node = hash_node(neighbour, node) if side == LEFT else hash_node(node, neighbour)
    return node


def hash_leaf(text: str) -> bytes:
    return hashlib.sha256(LEAF + text.encode()).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()
