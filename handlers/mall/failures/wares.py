"""What can go wrong with what is chosen, put aside and bought."""
from __future__ import annotations

from server.domain.mall.carts import CartFull, CartRowMissing
from server.domain.mall.wares import BelowMinimum, GoodsMissing, OffShelf, OutOfStock, OverLimit, SpecMissing
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    GoodsMissing: Failure(200, "404", "商品不存在", "There is no such goods"),
    SpecMissing: Failure(200, "30002", "请选择规格", "Please choose the specs"),
    OffShelf: Failure(200, "20001", "商品“{name}”已下架", "“{name}” is not on sale now"),
    OutOfStock: Failure(200, "20001", "商品“{name}”库存不足", "There is not enough of “{name}” in stock"),
    BelowMinimum: Failure(200, "20001", "商品“{name}”最少购买 {minimum} 件", "At least {minimum} of “{name}” are sold at once"),
    OverLimit: Failure(200, "20001", "商品“{name}”超出限购数量", "One person may buy {most} more of “{name}” at most"),
    CartFull: Failure(200, "20001", "购物车已满，请先清理", "The cart is full"),
    CartRowMissing: Failure(200, "700", "购物车中没有该商品", "There is no such row in the cart"),
}
