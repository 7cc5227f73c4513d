"""商品评价: what buyers said of goods."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from handlers.mall.orders.shapes import OrderGoodsShape
from handlers.mall.shapes import WHOLE, DocumentTime, PageShape, Paging, absolute, document_time, listed, paged
from server.domain.mall.goods.reviews import RATING_LABELS, ShownReview
from server.domain.paging import Page
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)


class ReviewsQuery(Paging, kw_only=True):
    goodsId: Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class ReviewedGoodsShape(OrderGoodsShape, omit_defaults=True, kw_only=True):
    goodReputation: int
    goodReputationStr: str
    goodReputationRemark: str | None = None
    goodReputationReply: str | None = None
    dateReputation: DocumentTime


class AuthorShape(Struct):
    id: int
    nick: str
    avatarUrl: str


class ReviewPictureShape(Struct):
    pic: str


class ReviewShape(Struct, omit_defaults=True, kw_only=True):
    goods: ReviewedGoodsShape
    user: AuthorShape
    reputationPics: list[ReviewPictureShape] | None = None

    @classmethod
    def of(cls, shown: ShownReview, origin: str) -> ReviewShape:
        review, author = shown.review, shown.author
        goods = ReviewedGoodsShape(
            **asdict(OrderGoodsShape.of(shown.order, review.line, origin)),
            goodReputation=review.rating.value,
            goodReputationStr=RATING_LABELS[review.rating][0],
            goodReputationRemark=review.text or None,
            goodReputationReply=review.reply or None,
            dateReputation=document_time(review.added_at),
        )
        pictures = [ReviewPictureShape(absolute(one, origin)) for one in review.pictures]
        return cls(
            goods=goods,
            user=AuthorShape(author.id, author.nickname, absolute(author.avatar, origin)),
            reputationPics=pictures or None,
        )


async def _find(call: Call, body: ReviewsQuery) -> Page[ShownReview]:
    return await call.services.mall.window.reviews.page_shown(body.goodsId, body.to_page_query(WHOLE))


@routes.post("/shop/goods/reputation", access=ANYONE, raises=())
async def list_reviews(call: Call, body: ReviewsQuery) -> list[ReviewShape]:
    """获取商品评价"""
    return listed((await _find(call, body)).items, lambda one: ReviewShape.of(one, call.origin))


@routes.post("/shop/goods/reputation/v2", access=ANYONE, raises=())
async def page_reviews(call: Call, body: ReviewsQuery) -> PageShape[ReviewShape]:
    """获取商品评价v2"""
    return paged(await _find(call, body), body.to_page_query(WHOLE), lambda one: ReviewShape.of(one, call.origin))
