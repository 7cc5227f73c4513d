"""Receipts: a signed statement, as it is handed out and kept."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Step = Annotated[str, Meta(pattern="^[LR][0-9a-f]{64}$")]


class Receipt(Struct, frozen=True):
    """`signature` by the key of that id is of the root that `statement` and `path` lead to. One signature may stand for many."""

    statement: Annotated[str, Meta(max_length=4096)]
    path: Annotated[tuple[Step, ...], Meta(max_length=64)]
    key: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    signature: Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


class RefusedBid:
    """An error that a bid is refused by. `statement` is what a receipt says of it, `receipt` that one once it is signed."""

    statement: str = ""
    receipt: Receipt | None = None
