"""图片: what the staff puts up for goods, banners and shops."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.pictures import MAX_PICTURE_BYTES, Picture
from server.web.access import SHOP_STAFF
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

MOST_BYTES = MAX_PICTURE_BYTES + 64 * 1024  # with what a form needs around its file


class ShopPictureShape(Struct):
    """`address` is what goods, banners and others take."""

    address: Annotated[str, Meta(description="图片地址")]
    small_address: Annotated[str, Meta(description="缩略图地址")]
    width: int
    height: int

    @classmethod
    def of(cls, picture: Picture) -> ShopPictureShape:
        return cls(picture.address, picture.small_address, picture.width, picture.height)


@routes.post("/pictures", access=SHOP_STAFF, max_body_bytes=MOST_BYTES, raises=())
async def add_picture(call: Call, body: Upload) -> ShopPictureShape:
    """上传图片

    JPEG, PNG, WebP or GIF of at most 12 MB, as the file of a form or as the body."""
    return ShopPictureShape.of(await call.services.pictures.add_picture(body.content))
