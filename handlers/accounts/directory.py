"""用户管理: what admins see of users and may change about them."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from handlers.accounts.profiles import ProfileFields
from handlers.accounts.shapes import PageParameters, UserShape
from server.domain.accounts.directory import NotOnYourself
from server.web.access import ADMIN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()
admin_routes = Routes()
part_routes = Routes()


class UsersQuery(PageParameters):
    """`username`: a part of it."""

    username: Annotated[str, Meta(max_length=128)] = ""


class UsersPageShape(Struct):
    users: list[UserShape] = field(name="list")
    page: int
    page_limit: int
    total: int


@routes.get("/user_info", access=ADMIN)
async def list_users(call: Call, query: UsersQuery) -> UsersPageShape:
    """Query user list(Admin) 查询用户数据列表"""
    page = await call.services.accounts.directory.page_users(query.username, query.to_page_query())
    return UsersPageShape([UserShape.of(user) for user in page.items], page.number, query.page_limit, page.total)


@part_routes.patch("/user_info/{username}", access=ADMIN, raises=())
@routes.put("/user_info/{username}", access=ADMIN, raises=())
async def change_user(call: Call, username: str, body: ProfileFields) -> UserShape:
    """Edit user(Admin) 修改用户资料"""
    return UserShape.of(await call.services.accounts.directory.change_user(username, body.to_change()))


@routes.delete("/user_info/{username}", access=ADMIN, raises=(NotOnYourself,))
async def delete_user(call: Call, username: str) -> None:
    """delete User(Admin) 删除用户"""
    await call.services.accounts.erasure.delete_user(call.caller, username)


@admin_routes.put("/ops/accounts/admins/{username}", access=ADMIN, raises=())
async def make_admin(call: Call, username: str) -> UserShape:
    """Give a user the rights of an admin. They have to sign in again."""
    return UserShape.of(await call.services.accounts.directory.make_admin(username))


@admin_routes.delete("/ops/accounts/admins/{username}", access=ADMIN, raises=(NotOnYourself,))
async def dismiss_admin(call: Call, username: str) -> UserShape:
    """Take the rights of an admin away. Their tokens end."""
    return UserShape.of(await call.services.accounts.directory.dismiss_admin(call.caller, username))
