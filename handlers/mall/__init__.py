"""The mall's API (商城): what a published mini-program and its SDK call.

A chapter is one file. To add one:

1. Its lines go into tests/documents/mall.txt (contents.py has them already), examples of its parameters into examples.py; its shapes stand
   in tests/mini_program/shapes.json already.
2. Rules and use cases: server/domain/mall/<noun>.py, as everywhere (errors, structs, the store's Protocol, the service). Money is whole
   fen there. What changes several things at once runs in `Transactions`; what anybody owns changes by `Ledger` alone.
3. Its store: server/storage/mall/<noun>.py, a line in MallStores, its indexes in server/storage/indexes.py. Store methods that take part in
   a transaction have `within: Transaction | None` and hand `session_of(within)` to the driver.
4. Its service: a line in server/composition/mall.py and in MallServices.
5. The chapter: handlers/mall/<noun>.py with `routes = Routes(LOOSE)`. Input is one struct with the document's names: not given, empty,
   `undefined` and `null` are the default; unknown names are ignored; `token` is read before. Yuan in are `YuanGiven` and become fen by
   `fen()`, fen out become `Yuan` by `yuan()`; times by `document_time`; lists by `listed` or `paged`, telling when there is nothing (700).
   Fields that may be absent have a default and their struct `omit_defaults`. No result is `None`.
6. A new error gets its code in handlers/mall/failures/<part>.py.
7. What the staff manages is a noun (server/domain/nouns.py), mounted in handlers/ops/mall.py.
8. Its test in tests/handlers/mall/: `mall.post(...)` compares whole answers; tests/handlers/mall/test_sdk.py calls the SDK's functions.

Paths are literal: `{domain}` becomes the folder and its alias when the server starts (MALL_DOMAIN, MALL_MERCHANT_ID).
"""
from __future__ import annotations

from handlers.mall import (
    addresses,
    alipay,
    banners,
    carts,
    config,
    mini_program,
    mobile_login,
    notices,
    payments,
    qr_codes,
    regions,
    shops,
    uploads,
    users,
    verification,
    wallets,
)
from handlers.mall.campaigns import bargains, groups
from handlers.mall.claims import claims
from handlers.mall.community import bookings, names, outside, people, polls, queues, support
from handlers.mall.content import articles, comments, pages, readers
from handlers.mall.contents import CONTENTS
from handlers.mall.dialect import MallDialect
from handlers.mall.distribution import partners, sellers, team
from handlers.mall.examples import EXAMPLES
from handlers.mall.goods import favourites, goods, history
from handlers.mall.goods import reviews as goods_reviews
from handlers.mall.messaging import messages
from handlers.mall.orders import orders, placing, reviews
from handlers.mall.promotions import activity_pages, cards, coupons, levels, points
from handlers.mall.sidelines import bombs, couriers, raffles, virtual_goods
from handlers.mall.tools import gate, json_rows, links, lookups
from handlers.mall.wallet import bills, deposits, gifts, identities, invoices, pay_passwords, withdrawals
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="mall",
    prefix="/{domain}",
    dialect=MallDialect(),
    chapters=(
        Chapter("系统参数", config.routes),
        Chapter("Banner", banners.routes),
        Chapter("公告", notices.routes),
        Chapter("广告位", banners.position_routes),
        Chapter("商品", goods.routes),
        Chapter("商品收藏", favourites.routes),
        Chapter("购买记录", history.routes),
        Chapter("商品评价", goods_reviews.routes),
        Chapter("商品砍价", bargains.routes),
        Chapter("商品拼团", groups.routes),
        Chapter("门店", shops.routes),
        Chapter("收货地址", addresses.routes),
        Chapter("购物车", carts.routes),
        Chapter("微信支付", payments.routes),
        Chapter("资金", wallets.routes),
        Chapter("用户", users.routes),
        Chapter("小程序登录", mini_program.routes),
        Chapter("手机号登录", mobile_login.routes),
        Chapter("二维码", qr_codes.routes),
        Chapter("验证码", verification.routes),
        Chapter("文件上传", uploads.routes),
        Chapter("新版文件上传", uploads.top_routes, prefix=""),
        Chapter("公共地区", regions.common_routes, prefix="/common"),
        Chapter("地区", regions.routes),
        Chapter("下单", placing.routes),
        Chapter("订单", orders.routes),
        Chapter("订单评价", reviews.routes),
        Chapter("优惠券", coupons.routes),
        Chapter("积分", points.routes),
        Chapter("积分券", points.voucher_routes),
        Chapter("会员等级", levels.routes),
        Chapter("储值卡", cards.routes),
        Chapter("活动页面", activity_pages.routes),
        Chapter("申请售后", claims.apply_routes),
        Chapter("售后", claims.routes),
        Chapter("订单退款", claims.refund_routes),
        Chapter("分销商", sellers.routes),
        Chapter("分销团队", team.routes),
        Chapter("合伙人", partners.routes),
        Chapter("预约报名", bookings.routes),
        Chapter("排队叫号", queues.routes),
        Chapter("投票模块", polls.routes),
        Chapter("用户名与邮箱登录", names.routes),
        Chapter("App 微信登录", outside.wechat_routes),
        Chapter("QQ 互联登录", outside.qq_routes),
        Chapter("支付宝小程序登录", outside.alipay_routes),
        Chapter("服务商模式登录", outside.provider_routes),
        Chapter("好友", people.friend_routes),
        Chapter("站内信", people.letter_routes),
        Chapter("会员码与注销", people.own_routes),
        Chapter("微信客服", support.routes),
        Chapter("微信消息推送", support.push_routes),
        Chapter("文章", articles.routes),
        Chapter("文章收藏与赞踩", readers.routes),
        Chapter("单页与友情链接", pages.routes),
        Chapter("留言评论", comments.routes),
        Chapter("Json数据", json_rows.routes),
        Chapter("唯一编号", links.routes),
        Chapter("短链接", links.common_routes, prefix="/common"),
        Chapter("条码", lookups.routes),
        Chapter("查询", lookups.common_routes, prefix="/common"),
        Chapter("平台网关", gate.routes, prefix="/gate"),
        Chapter("微信消息", messages.routes),
        Chapter("支付宝", alipay.routes),
        Chapter("虚拟物品", virtual_goods.routes),
        Chapter("抽奖", raffles.routes),
        Chapter("数字炸弹", bombs.routes),
        Chapter("第三方配送", couriers.routes),
        Chapter("充值赠送", gifts.routes),
        Chapter("提现", withdrawals.routes),
        Chapter("押金", deposits.routes),
        Chapter("优惠买单", bills.routes),
        Chapter("交易密码", pay_passwords.routes),
        Chapter("实名认证", identities.routes),
        Chapter("发票", invoices.routes),
    ),
    folders=("/common", "/gate", "/upload2"),
    contents=CONTENTS,
    examples=EXAMPLES,
)

# Where short links lead from: outside of the mall's folders, so that they are short.
SHORT_LINKS = Document(name="short-links", prefix="/s", dialect=MallDialect(), chapters=(Chapter("短链接", links.short_routes),))
