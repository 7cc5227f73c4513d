"""Pictures that agents send: the shop's own, or of the public web, made anew like every picture that is put up."""
from __future__ import annotations

from server.domain.errors import NotFound
from server.domain.mall.community.support import PictureUnusable, ReplyPicture
from server.domain.pictures import FOLDER, PictureMissing, PictureRefused, PictureService, PictureWeb


class KeptReplyPictures:
    """Implements ReplyPictures."""

    def __init__(self, pictures: PictureService, web: PictureWeb):
        self._pictures = pictures
        self._web = web

    async def get_picture(self, address: str) -> ReplyPicture:
        own = address
        if not address.startswith(FOLDER):
            try:
                own = (await self._pictures.add_picture(await self._web.fetch(address))).address
            except (PictureMissing, PictureRefused):
                raise PictureUnusable() from None
        try:
            file = await self._pictures.get_file(own.removeprefix(FOLDER))
        except NotFound:
            raise PictureUnusable() from None
        return ReplyPicture(own, file.content, file.media_type)
