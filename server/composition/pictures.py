"""Pictures, which all areas share."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.pictures import PictureService
from server.outside.pictures import PicturePress
from server.storage.pictures import MongoPictures


def build_pictures(pictures: MongoPictures, ground: Ground) -> PictureService:
    """Takes them and shows them."""
    return PictureService(pictures, PicturePress(ground.heavy_work))
