"""The accounts API: password users in the browser and the back office."""
from __future__ import annotations

from handlers.accounts import (
    addresses,
    auth,
    avatars,
    captchas,
    directory,
    passwords,
    profiles,
    response_codes,
)
from handlers.accounts.dialect import AccountsDialect
from server.web.routing import Chapter, Document

PREFIX = "/api"

DOCUMENT = Document(
    name="accounts",
    prefix=PREFIX,
    dialect=AccountsDialect(),
    chapters=(
        Chapter("general", response_codes.routes),
        Chapter("验证码", captchas.routes),
        Chapter("登录授权", auth.routes),
        Chapter("用户管理", directory.routes),
        Chapter("密码", passwords.routes),
        Chapter("用户地址", addresses.routes),
        Chapter("用户资料", profiles.routes),
    ),
)

# What the document leaves out and its clients need all the same.
ADDITIONS = Document(
    name="accounts-additions",
    prefix=PREFIX,
    dialect=AccountsDialect(),
    chapters=(
        Chapter("头像", avatars.routes),
        Chapter("管理员", directory.admin_routes),
    ),
)
