"""用户资料: the caller's own. Everyone has one; its id is the user's."""
from __future__ import annotations

from msgspec import Struct

from handlers.accounts.texts import AvatarText, EmailText, NameText, OptionalNameText, PhoneText
from server.domain.accounts.profiles import ProfileChange
from server.domain.accounts.users import User
from server.domain.errors import NotFound
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()
part_routes = Routes()


class ProfileFields(Struct):
    """Each optional; an empty text in JSON takes a value away. Whatever else is sent, such as a role, is not read."""

    name: OptionalNameText | None = None
    nickname: NameText | None = None
    email: EmailText | None = None
    phone: PhoneText | None = None
    avatar: AvatarText | None = None

    def to_change(self) -> ProfileChange:
        return ProfileChange(name=self.name, nickname=self.nickname, email=self.email, phone=self.phone, avatar=self.avatar)


class ProfileShape(Struct):
    id: int
    user_id: int
    username: str
    name: str
    nickname: str
    email: str
    phone: str
    avatar: str

    @classmethod
    def of(cls, user: User) -> ProfileShape:
        return cls(user.id, user.id, user.username, user.own_name, user.nickname, user.email, user.phone, user.avatar)


@routes.get("/user_profiles", access=SIGNED_IN, raises=(NotFound,))
async def list_profiles(call: Call) -> list[ProfileShape]:
    """User profile list 用户资料信息"""
    return [ProfileShape.of(await call.services.accounts.users.get_user(call.caller.id))]


@part_routes.patch("/user_profiles/{profile_id}", access=SIGNED_IN, raises=())
@routes.put("/user_profiles/{profile_id}", access=SIGNED_IN, raises=())
async def change_profile(call: Call, profile_id: int, body: ProfileFields) -> ProfileShape:
    """Update user profile 编辑用户资料"""
    return ProfileShape.of(await call.services.accounts.profiles.change_profile(call.caller, profile_id, body.to_change()))


@routes.delete("/user_profiles/{profile_id}", access=SIGNED_IN, raises=())
async def clear_profile(call: Call, profile_id: int) -> None:
    """Destroy user profile 删除用户资料: the profile stays, empty."""
    await call.services.accounts.profiles.clear_profile(call.caller, profile_id)
