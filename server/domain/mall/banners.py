"""Banners and ad positions: pictures that lead somewhere, and the places they hang in."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.categories import Sort, Text
from server.domain.nouns import Noun, NumberId, Revision, about

Link = Annotated[str, Meta(max_length=1000)]
Line = Annotated[str, Meta(max_length=200)]
Kind = Annotated[str, Meta(min_length=1, max_length=64)]
LINK_LABELS = {0: ("本小程序页面", "A page of this program"), 1: ("其他小程序", "Another program")}


class BannerTerms(Struct, frozen=True, kw_only=True):
    """`kind` tells where it hangs, such as `index`; one that is not shown is kept."""

    kind: Annotated[Kind, about("类型", "Kind")]
    title: Annotated[Line, about("标题", "Title")] = ""
    picture: Annotated[Annotated[str, Meta(min_length=1, max_length=512)], about("图片", "Picture", "picture")]
    link: Annotated[Link, about("链接", "Link")] = ""
    link_kind: Annotated[Annotated[int, Meta(ge=0, le=1)], about("链接类型", "Kind of link", labels=LINK_LABELS)] = 0
    app_id: Annotated[Text, about("小程序 appid", "App id")] = ""
    business_id: Annotated[Text, about("业务编号", "Business id")] = ""
    remark: Annotated[Line, about("备注", "Remark")] = ""
    sort: Annotated[Sort, about("排序", "Order")] = 0
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class Banner(BannerTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


BANNERS = Noun(
    area="mall",
    name="banners",
    zh="轮播图",
    en="Banners",
    made=Banner,
    terms=BannerTerms,
    label="title",
    searched=("title", "kind", "remark"),
    sorted=("id", "kind", "sort"),
    filtered=("kind", "is_shown"),
    order=("kind", "sort", "id"),
)


class AdPositionTerms(Struct, frozen=True, kw_only=True):
    """A place that clients ask for by its key; `value` is mostly a picture."""

    key: Annotated[Kind, about("键", "Key")]
    value: Annotated[Link, about("内容", "Value")] = ""
    link: Annotated[Link, about("链接", "Link")] = ""
    remark: Annotated[Line, about("备注", "Remark")] = ""
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class AdPosition(AdPositionTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


AD_POSITIONS = Noun(
    area="mall",
    name="ad-positions",
    zh="广告位",
    en="Ad positions",
    made=AdPosition,
    terms=AdPositionTerms,
    label="key",
    searched=("key", "remark"),
    sorted=("id", "key"),
    filtered=("key", "is_shown"),
    order=("key", "id"),
)
