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
    regions,
    response_codes,
)
from handlers.accounts.dialect import AccountsDialect
from server.web.routing import Chapter, Document

PREFIX = "/api"

# A first sentence, then a line each; in Chinese, then in English.
ABOUT = """
该文档为 Laravel 服务编写。与通常的 Laravel 接口不同之处：
字段错误为 422、`code` 10001，`data` 为 {字段: [说明]}；没有 `errors`。未登录为 401 `{"message": "Unauthenticated."}`，与 Laravel 相同。
不读取 `_method`，请直接使用 PUT、PATCH、DELETE。没有 CSRF 令牌和 Cookie；无论 `Accept` 为何，一律返回 JSON。
PATCH 只修改提交的字段。地址的 PUT 须提交全部字段；用户和资料的 PUT 与 PATCH 相同。JSON 中的空文字清除该值，表单和查询参数中的空文字视为未提交。
新建返回 201；删除返回 200，`data` 为 null，不是 204。他人的地址和资料与不存在的一样，均为 404。
列表用 `page` 和 `page_limit`（最多 100），返回 `list`、`page`、`page_limit`、`total`；没有 `links` 和 `meta`。地址和资料列表不分页。
请求过于频繁为 403、`code` 40001 并带 `Retry-After`，不是 429。数据冲突为 409、`code` 10003。
整数只写数字：`1.0`、`1e1`、`01` 均为 422。同一字段提交两次为 422，不取最后一个；`a[]=1` 这样的列表不读取。
路径中的 `{username}`：用户名；没有用户名的用户写 `id:7`；没有人用过该用户名时也可只写编号。修改密码的路径只接受用户名。
文字首尾的空格和不可见字符会被去除，密码除外；密码按 NFKC 规范后计长度。时间为北京时间 `YYYY-MM-DD HH:MM:SS`，不是 ISO 8601。

The document was written for a Laravel server. What differs from a usual Laravel API:
Wrong fields are 422 with `code` 10001 and {field: [messages]} as `data`; there is no `errors`. Without a token it is 401 \
`{"message": "Unauthenticated."}`, as in Laravel.
`_method` is not read: send PUT, PATCH and DELETE themselves. There are no CSRF tokens and no cookies, and answers are JSON whatever \
`Accept` says.
PATCH changes the fields that are sent. PUT of an address needs all of them; PUT of a user or a profile is the same as PATCH. An empty \
text in JSON takes a value away; in a form or a query it is not sent.
What is made answers 201; what is removed 200 with `data` null, not 204. Other people's addresses and profiles are 404 like those that \
nobody has.
Lists take `page` and `page_limit` (100 at most) and give `list`, `page`, `page_limit`, `total`; there are no `links` and no `meta`. \
Addresses and profiles are not paged.
Too many requests are 403 with `code` 40001 and `Retry-After`, not 429. Conflicts are 409 with `code` 10003.
Integers are written in digits alone: `1.0`, `1e1` and `01` are 422. A field sent twice is 422, the last does not count; lists as `a[]=1` \
are not read.
`{username}` in a path: the username; `id:7` for who has none; the number alone too where nobody has or had that name. Passwords are \
changed by username only.
Space and invisible characters around a text are taken away, but of a password; a password's length counts in NFKC. Times are \
`YYYY-MM-DD HH:MM:SS` in Asia/Shanghai, not ISO 8601.
""".strip()

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
    about=ABOUT,
)

# What the document leaves out and its clients need all the same.
ADDITIONS = Document(
    name="accounts-additions",
    prefix=PREFIX,
    dialect=AccountsDialect(),
    chapters=(
        Chapter("头像", avatars.routes),
        Chapter("部分修改用户", directory.part_routes),
        Chapter("部分修改地址", addresses.part_routes),
        Chapter("部分修改资料", profiles.part_routes),
        Chapter("管理员", directory.admin_routes),
        Chapter("地区", regions.routes),
    ),
)
