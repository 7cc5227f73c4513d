"""What can go wrong with what people look at."""
from __future__ import annotations

from server.domain.mall.goods.favourites import FavouriteMissing, NoFavourite
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    FavouriteMissing: Failure(200, "404", "未收藏该商品", "It is no favourite of yours"),
    NoFavourite: Failure(200, "-1", "未收藏", "It is no favourite"),  # the document's own number
}
