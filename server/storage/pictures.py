"""Pictures in MongoDB, where every process on every machine finds them: a document for each size, far below what one may hold."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.pictures import SMALL, Picture, PictureKind, Remade, Rendition
from server.storage.documents import Documents
from server.storage.mongo import insert_missing, store

WITHOUT_CONTENT = {"content": 0}


@store
class MongoPictures:
    """Implements PictureStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._pictures = database.pictures
        self._documents = Documents(self._pictures, Picture, fields=WITHOUT_CONTENT)

    async def find_picture(self, picture_id: str) -> Picture | None:
        return await self._documents.find_one({"_id": picture_id})

    async def add_picture(self, picture: Picture, remade: Remade) -> None:
        # The thumbnail first: who finds the picture finds both.
        documents = [_document(picture, SMALL, remade.small), _document(picture, "", remade.full)]
        await insert_missing(self._pictures, documents, may_be_there=True)

    async def find_content(self, picture_id: str, kind: PictureKind, *, is_small: bool) -> bytes | None:
        document = await self._pictures.find_one({"_id": picture_id + SMALL * is_small, "kind": kind.value}, {"content": 1})
        return None if document is None else document["content"]


def _document(picture: Picture, mark: str, rendition: Rendition) -> dict[str, Any]:
    about = {"kind": picture.kind.value, "width": rendition.width, "height": rendition.height}
    return {"_id": picture.id + mark, **about, "content": rendition.content}
