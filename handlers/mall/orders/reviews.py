"""评价: what buyers say of an order that they have received."""
from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from tornado.httputil import HTTPServerRequest

from handlers.mall.failures.orders import ReviewUnreadable
from handlers.mall.shapes import object_in
from server.domain.errors import InvalidInput
from server.domain.mall.orders.order import OrderMissing, WrongOrderState
from server.domain.mall.orders.reviewing import (
    MOST_PICTURES,
    MOST_STARS,
    LineReview,
    LineUnknown,
    NotAllReviewed,
    Rating,
)
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.loose_inputs import find_parameter
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

FORM = "postJsonString"


def _find_token(request: HTTPServerRequest) -> str | None:
    """In the form itself, as its clients send it; or where it stands elsewhere."""
    try:
        token = object_in(find_parameter(request, FORM), FORM).get("token")
    except InvalidInput:
        token = None
    return token if isinstance(token, str) and token else LOOSE.find_token(request)


routes = Routes(replace(LOOSE, find_token=_find_token))

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Picture = Annotated[str, Meta(min_length=1, max_length=512)]


class ReviewRow(Struct):
    """`id` is that of the goods in the order. Stars are told apart from the rating by newer clients only."""

    id: Id
    reputation: Rating
    reputationNumber: Any = None
    remark: str | None = None
    pics: Annotated[list[Picture], Meta(max_length=MOST_PICTURES)] | None = None

    def to_review(self, origin: str) -> LineReview:
        return LineReview(
            line_id=self.id,
            rating=self.reputation,
            stars=_stars(self.reputationNumber) or USUAL_STARS[self.reputation],
            text=self.remark or "",
            pictures=tuple(picture.removeprefix(origin) for picture in self.pics or ()),
        )


USUAL_STARS = {Rating.BAD: 1, Rating.FAIR: 3, Rating.GOOD: 5}


def _stars(given: Any) -> int | None:
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 and 1 <= int(text) <= MOST_STARS else None


class ReviewForm(Struct):
    orderId: Id
    reputations: Annotated[list[ReviewRow], Meta(min_length=1, max_length=200)]


_decode_form = msgspec.json.Decoder(ReviewForm, strict=False).decode


class Reviewing(Struct):
    postJsonString: Annotated[str, Meta(max_length=100_000, description="{token, orderId, reputations: [{id, reputation, remark, pics}]}")]

    def read(self) -> ReviewForm:
        """Raises ReviewUnreadable."""
        try:
            return _decode_form(self.postJsonString)
        except (msgspec.DecodeError, RecursionError):
            raise ReviewUnreadable() from None


@routes.post("/order/reputation", access=SIGNED_IN, raises=(ReviewUnreadable, OrderMissing, WrongOrderState, LineUnknown, NotAllReviewed))
async def review_order(call: Call, body: Reviewing) -> None:
    """评价接口

    All goods of the order at once; the token may stand in the form."""
    form = body.read()
    reviews = [row.to_review(call.origin) for row in form.reputations]
    await call.services.mall.ordering.reviewing.review(call.caller, form.orderId, reviews)
