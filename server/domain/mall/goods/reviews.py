"""Reviews of goods: what buyers said, what the shop answers, and what it hides."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.accounts.users import User, UserStore
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.mall.goods.counts import CountStore
from server.domain.mall.orders.order import Order, OrderLine
from server.domain.mall.orders.reviewing import LineReview, Rating
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction

RATING_LABELS = {Rating.BAD: ("差评", "Bad"), Rating.FAIR: ("中评", "Fair"), Rating.GOOD: ("好评", "Good")}


class Review(Struct, frozen=True, kw_only=True):
    """Of one line of an order, which is told as it was bought."""

    id: NumberId
    revision: Revision = 1
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    user_id: Annotated[int, about("用户", "User")]
    order_id: Annotated[int, about("订单", "Order", refers_to="mall.orders")]
    line: Annotated[OrderLine, about("订单行", "Line", "list")]
    rating: Annotated[Rating, about("评价", "Rating", labels=RATING_LABELS)]
    stars: Annotated[int, about("星级", "Stars")]
    text: Annotated[str, about("内容", "Text")] = ""
    pictures: Annotated[tuple[str, ...], about("图片", "Pictures")] = ()
    reply: Annotated[str, about("回复", "Reply")] = ""
    is_shown: Annotated[bool, about("显示", "Shown")] = True
    added_at: Annotated[datetime, about("评价时间", "Added at")]


class ReviewStore(NounStore[Review], Protocol):
    """Where reviews are kept."""

    async def page_shown(self, goods_id: int, page: PageQuery) -> Page[Review]:
        """The newest first."""


class ReviewedOrders(Protocol):
    """Orders by their ids."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Order]: ...


class ShownReview(Struct, frozen=True):
    """With what it is about, and who wrote it."""

    review: Review
    order: Order
    author: User


class Reply(Struct, frozen=True, kw_only=True):
    """What the shop answers; an empty one takes it away."""

    text: Annotated[Annotated[str, Meta(max_length=500)], about("回复", "Reply")]


class ReviewDesk(NounService[Review]):
    """Implements Reviews, and is the staff's work on them."""

    def __init__(self, reviews: ReviewStore, counts: CountStore, orders: ReviewedOrders, users: UserStore, clock: Clock):
        super().__init__(REVIEWS, reviews, clock)
        self._reviews = reviews
        self._counts = counts
        self._orders = orders
        self._users = users

    async def add_review(self, order: Order, line: OrderLine, review: LineReview, within: Transaction) -> None:
        made = Review(
            id=line.id,
            goods_id=line.choice.goods_id,
            user_id=order.user_id,
            order_id=order.id,
            line=line,
            rating=review.rating,
            stars=review.stars,
            text=review.text,
            pictures=review.pictures,
            added_at=self._clock.now(),
        )
        await self._reviews.add(made, None, within)
        await self._counts.tell(made.goods_id, within, reviews=1, good_reviews=int(made.rating is Rating.GOOD))

    async def page_shown(self, goods_id: int, page: PageQuery) -> Page[ShownReview]:
        found = await self._reviews.page_shown(goods_id, page)
        users = await self._users.find_users({one.user_id for one in found.items})
        orders = {order.id: order for order in await self._orders.find_by_ids({one.order_id for one in found.items})}
        shown = [ShownReview(one, orders[one.order_id], users[one.user_id]) for one in found.items]
        return Page(found.number, shown, found.total)

    async def answer_review(self, id: Id, cause: Cause, terms: Reply) -> Review:
        return await self.become(id, "answer", cause, reply=terms.text)

    async def hide_review(self, id: Id, cause: Cause) -> Review:
        return await self.become(id, "hide", cause, is_shown=False)

    async def show_review(self, id: Id, cause: Cause) -> Review:
        return await self.become(id, "show", cause, is_shown=True)


REVIEWS = Noun(
    area="mall",
    name="reviews",
    zh="商品评价",
    en="Reviews",
    made=Review,
    label="text",
    searched=("text", "reply"),
    sorted=("id", "goods_id", "rating", "added_at"),
    filtered=("goods_id", "user_id", "order_id", "rating", "is_shown"),
    order=("-id",),
    is_kept=True,
    actions=(
        Action("answer", "回复", "Answer", ReviewDesk.answer_review, input=Reply),
        Action("hide", "隐藏", "Hide", ReviewDesk.hide_review, needs_reason=True),
        Action("show", "显示", "Show", ReviewDesk.show_review),
    ),
)
