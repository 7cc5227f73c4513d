"""密码: changing one."""
from __future__ import annotations

from msgspec import Struct

from handlers.accounts.texts import NewPasswordText, PasswordText
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.passwords import WrongPassword
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class PasswordChange(Struct):
    """With the document's spelling."""

    oldPassword: PasswordText
    newPassword: NewPasswordText
    newPassword_confirmation: NewPasswordText


@routes.put("/user/password/{username}", access=SIGNED_IN, raises=(WrongPassword, LoginBlocked))
async def change_password(call: Call, username: str, body: PasswordChange) -> None:
    """change password(Admin) 修改密码: by the user, or by an admin, who may give their own password for one that is forgotten."""
    await call.services.accounts.passwords.change_password(
        call.caller,
        call.token,
        username,
        old=body.oldPassword,
        new=body.newPassword,
        confirmation=body.newPassword_confirmation,
        address=call.client_address,
    )
