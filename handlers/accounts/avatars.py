"""头像: uploading a picture, and showing it."""
from __future__ import annotations

from handlers.accounts.profiles import ProfileShape
from server.domain.accounts.avatars import AVATAR_TYPE, MAX_AVATAR_BYTES
from server.domain.paces import UPLOADS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.inputs import Upload
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()

FORM_BYTES = 64 * 1024  # what a form needs around its file
KEPT_SECONDS = 300  # an address shows one picture for ever, but a picture that is replaced or erased must be gone soon


@routes.post("/avatars", access=SIGNED_IN, pace=UPLOADS, status=201, max_body_bytes=MAX_AVATAR_BYTES + FORM_BYTES, raises=())
async def upload_avatar(call: Call, body: Upload) -> ProfileShape:
    """Upload the caller's avatar: JPEG, PNG, WebP or GIF of at most 1 MB, as the file of a form or as the body."""
    return ProfileShape.of(await call.services.accounts.avatars.upload_avatar(call.caller, body.content))


@routes.get("/avatars/{avatar_id}", access=ANYONE)
async def get_avatar(call: Call, avatar_id: str) -> Raw:
    """An uploaded avatar, as JPEG."""
    content = await call.services.accounts.avatars.get_content(avatar_id)
    return Raw(content, AVATAR_TYPE, max_age_seconds=KEPT_SECONDS, is_private=True)
