"""Pictures that the server keeps: at an address that shows one content for ever."""
from __future__ import annotations

from tornado.web import HTTPError

from handlers.static_files import FOR_EVER
from server.domain.errors import NotFound, Unavailable
from server.domain.pictures import FOLDER, PictureService
from server.web.connections import end_after_answer
from server.web.in_flight import InFlight
from server.web.plain import Plain

ADDRESS = rf"{FOLDER}([^/]+)"


class PictureFile(Plain):
    """One size of one picture."""

    template = FOLDER.rstrip("/")

    def initialize(self, pictures: PictureService, in_flight: InFlight) -> None:
        self._pictures = pictures
        self._in_flight = in_flight
        self._tag: str | None = None

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def get(self, name: str) -> None:
        self._in_flight.begin()
        if self._in_flight.is_draining:
            end_after_answer(self.request)
        try:
            await self._show(name)
            await self.finish()
        finally:
            self._in_flight.end()

    head = get

    async def _show(self, name: str) -> None:
        try:
            file = await self._pictures.get_file(name)
        except NotFound:
            raise HTTPError(404) from None
        except Unavailable as error:
            self.set_status(503)
            self.set_header("Retry-After", str(error.retry_after_seconds))
            return
        self.set_header("Content-Type", file.media_type)
        self.set_header("Cache-Control", FOR_EVER)
        self._tag = f'"{file.name}"'
        self.write(file.content)

    def compute_etag(self) -> str | None:
        return self._tag
