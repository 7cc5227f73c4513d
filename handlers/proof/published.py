"""公证: keys, heads, and the records of settled lots, for everyone. docs/proof.md says how they are checked."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.auctions.proof.keys import KeyId, PublicKey
from server.domain.auctions.proof.published import LotNotSettled, PublishedLot
from server.domain.auctions.proof.receipts import Receipt
from server.domain.errors import NotFound
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

MOST_ENTRIES = 1000


class KeyShape(Struct):
    """`public_key`: Ed25519, in hex; `id`: the beginning of its SHA-256. `endorsement`: signed by the key before it."""

    id: KeyId
    public_key: PublicKey
    endorsement: Receipt | None
    published_at: DocumentTime


class KeysShape(Struct):
    """`current` signs now; those of before stay, because what they have signed stays."""

    current: KeyId
    keys: list[KeyShape]


class RecordQuery(Struct):
    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="上次答复中的 next")] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_ENTRIES, description="每次的出价数")] = MOST_ENTRIES


class GroupHeadsShape(Struct):
    """`signed`: the root over `heads`, which are the statements of the lots' heads in the order of the tree."""

    signed: Receipt
    heads: list[str]


@routes.get("/keys", access=ANYONE, raises=())
async def list_keys(call: Call) -> KeysShape:
    """回执签名公钥

    The public keys of all receipts and heads there are."""
    keys = call.services.auctions.proof.keys
    shapes = [KeyShape(one.id, one.public_key, one.endorsement, document_time(one.published_at)) for one in await keys.list_keys()]
    return KeysShape(keys.key_id, shapes)


@routes.get("/proof/lots/{goods_id}", access=ANYONE, raises=(NotFound, LotNotSettled))
async def get_lot_record(call: Call, goods_id: int, query: RecordQuery) -> PublishedLot:
    """拍品记录

    The whole record of a settled lot, without anybody's secrets."""
    return await call.services.auctions.proof.records.get_lot(goods_id, after_seq=query.after, limit=query.limit)


@routes.get("/proof/groups/{group_id}", access=ANYONE, raises=(NotFound,))
async def get_group_heads(call: Call, group_id: int) -> GroupHeadsShape:
    """团购记录

    The heads of all lots of a group that has ended, under one root."""
    group = await call.services.auctions.proof.heads.get_group(group_id)
    return GroupHeadsShape(group.signed, list(group.heads))
