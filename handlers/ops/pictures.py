"""图片: pictures that operators give to what they manage."""
from __future__ import annotations

from msgspec import Struct

from server.domain.paces import UPLOADS
from server.domain.pictures import MAX_PICTURE_BYTES, Picture
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

MOST_BYTES = MAX_PICTURE_BYTES + 64 * 1024  # with what a form needs around its file


class PictureShape(Struct):
    """`address` is what stands in a field of kind `picture`; `small_address` that of its thumbnail."""

    address: str
    small_address: str
    width: int
    height: int

    @classmethod
    def of(cls, picture: Picture) -> PictureShape:
        return cls(picture.address, picture.small_address, picture.width, picture.height)


@routes.post("/pictures", access=OPERATOR, pace=UPLOADS, status=201, max_body_bytes=MOST_BYTES, raises=())
async def upload_picture(call: Call, body: Upload) -> PictureShape:
    """上传图片

    JPEG, PNG, WebP or GIF of at most 12 MB, as the file of a form or as the body."""
    return PictureShape.of(await call.services.pictures.add_picture(body.content))
