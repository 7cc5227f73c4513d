"""储值卡: one's own, and what went on and off them."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import (
    PAGED,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    document_time,
    listed,
    optional_time,
    paged,
    yuan,
)
from server.domain.mall.promotions.cards import CAUSE_LABELS, OVER, STATE_LABELS, Card, CardEntry
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

CATEGORY, GOODS = 0, 1
STATUSES = {**{state.value: zh for state, (zh, _) in STATE_LABELS.items()}, OVER: "已过期"}


class RefShape(Struct):
    type: int
    refId: int


class CardInfoShape(Struct):
    """`refs`: what it is for; all goods if it is empty."""

    name: str
    refs: list[RefShape]


class CardShape(Struct, omit_defaults=True, kw_only=True):
    """`amount`: what is left on it."""

    id: int
    status: int
    statusStr: str
    amount: Yuan
    dateAdd: DocumentTime
    dateEnd: DocumentTime | None = None
    shopId: int
    cardInfo: CardInfoShape

    @classmethod
    def of(cls, card: Card, status: int) -> CardShape:
        refs = [*(RefShape(CATEGORY, one) for one in card.category_ids), *(RefShape(GOODS, one) for one in card.goods_ids)]
        return cls(
            id=card.id,
            status=status,
            statusStr=STATUSES[status],
            amount=yuan(card.balance),
            dateAdd=document_time(card.issued_at),
            dateEnd=optional_time(card.ends_at),
            shopId=card.shop_id,
            cardInfo=CardInfoShape(card.name, refs),
        )


@routes.get("/card/my", access=SIGNED_IN, raises=())
async def list_cards(call: Call) -> list[CardShape]:
    """我的储值卡"""
    now = call.services.clock.now()
    cards = await call.services.mall.promotions.cards.list_cards(call.caller.id)
    return listed(cards, lambda card: CardShape.of(card, OVER if card.is_over_at(now) else card.state.value))


class CardLogQuery(Paging):
    cardId: Annotated[int, Meta(ge=1, le=LARGEST_ID)] | None = None
    id: Annotated[int, Meta(ge=1, le=LARGEST_ID)] | None = None


class CardLogShape(Struct):
    """`amount` is negative where it went off; `balance` as it was after it."""

    id: int
    typeStr: str
    amount: Yuan
    balance: Yuan
    dateAdd: DocumentTime

    @classmethod
    def of(cls, entry: CardEntry) -> CardLogShape:
        zh, _ = CAUSE_LABELS[entry.cause]
        return cls(entry.seq, zh, yuan(entry.change), yuan(entry.balance), document_time(entry.at))


@routes.post("/card/logs", access=SIGNED_IN, raises=())
async def page_card_log(call: Call, body: CardLogQuery) -> PageShape[CardLogShape]:
    """储值卡明细"""
    page, card_id = body.to_page_query(PAGED), body.cardId or body.id
    return paged(await call.services.mall.promotions.cards.page_entries(call.caller.id, card_id, page), page, CardLogShape.of)
