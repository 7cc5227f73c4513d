"""The document's table of contents: its chapters and what stands in each, in its own order.

What it leaves out and its clients call all the same stands beside its like; carts have a chapter of their own.
"""
from __future__ import annotations

from server.web.routing import Heading


def _read(text: str) -> tuple[Heading, ...]:
    """Titles stand at the beginning of a line, operations under them behind a space."""
    headings: list[tuple[str, list[str]]] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            headings[-1][1].append(line.strip())
        else:
            headings.append((line, []))
    return tuple(Heading(title, tuple(operations)) for title, operations in headings)


CONTENTS = _read(
    """
CMS模块
    GET /{domain}/cms/category/info
    GET /{domain}/cms/category/list
    POST /{domain}/cms/news/del
    GET /{domain}/cms/news/detail
    GET /{domain}/cms/news/detail/v2
    POST /{domain}/cms/news/fav/add
    GET /{domain}/cms/news/fav/check
    POST /{domain}/cms/news/fav/delete
    POST /{domain}/cms/news/fav/list
    POST /{domain}/cms/news/list
    POST /{domain}/cms/news/list/v2
    GET /{domain}/cms/news/preNext
    POST /{domain}/cms/news/put
    POST /{domain}/cms/news/useful
    POST /{domain}/cms/news/useful/logs
    GET /{domain}/cms/page/info
    GET /{domain}/cms/page/info/v2
    GET /{domain}/cms/tags/list
    POST /{domain}/comment/add
    POST /{domain}/comment/list
    POST /{domain}/friendly-partner/list
三级分销
    POST /{domain}/saleDistribution/apply
    GET /{domain}/saleDistribution/apply/progress
    POST /{domain}/saleDistribution/commision/log
    POST /{domain}/saleDistribution/members
    GET /{domain}/saleDistribution/members/statistics
    POST /{domain}/saleDistribution/buy
    GET /{domain}/saleDistribution/city/list
    POST /{domain}/saleDistribution/city/report
    GET /{domain}/saleDistribution/setting
    POST /{domain}/saleDistribution/team/report
    POST /{domain}/partner/bindTeamLeader
    POST /{domain}/partner/members
    GET /{domain}/partner/members/statistics
    GET /{domain}/partner/setting
其他接口
    GET /common/mobile-segment/location
    POST /common/mobile-segment/next
    GET /common/region/child
    GET /common/region/province
    GET /common/region/v2/child
    GET /common/region/v2/province
    GET /common/region/v2/districts
    GET /{domain}/region/child
    GET /{domain}/region/city
    GET /{domain}/region/province
    POST /common/short-url/shorten
    GET /{domain}/barcode/info
    POST /{domain}/json/delete
    POST /{domain}/json/list
    POST /{domain}/json/set
    POST /{domain}/json/highlight
    POST /{domain}/json/top
    GET /{domain}/uniqueId/get
商城模块
    GET /{domain}/shop/goods/category/all
    GET /{domain}/shop/goods/detail
    POST /{domain}/shop/goods/fav/add
    GET /{domain}/shop/goods/fav/check
    POST /{domain}/shop/goods/fav/delete
    POST /{domain}/shop/goods/fav/list
    GET /{domain}/shop/goods/limitation
    POST /{domain}/shop/goods/list
    POST /{domain}/shop/goods/list/v2
    POST /{domain}/shop/goods/price
    GET /{domain}/shop/goods/price/day
    GET /{domain}/shop/goods/price/freight
    GET /{domain}/shop/goods/rebate
    POST /{domain}/shop/goods/reputation
    POST /{domain}/shop/goods/reputation/v2
    GET /{domain}/shop/goods/goodsAddition
    POST /{domain}/shop/goods/his/list
    POST /{domain}/shop/goods/outofstockRegistration
    POST /{domain}/shop/goods/times/days
    POST /{domain}/shop/goods/times/items
    GET /{domain}/shop/subshop/detail/v2
    POST /{domain}/shop/subshop/list
    POST /{domain}/user/level/buy
    POST /{domain}/user/level/buyLogs
    GET /{domain}/user/level/info
    POST /{domain}/user/level/list
    GET /{domain}/user/level/prices
    POST /{domain}/user/shipping-address/add
    GET /{domain}/user/shipping-address/default/v2
    POST /{domain}/user/shipping-address/delete
    GET /{domain}/user/shipping-address/detail/v2
    GET /{domain}/user/shipping-address/list
    POST /{domain}/user/shipping-address/list/v2
    POST /{domain}/user/shipping-address/update
地图接口
    GET /common/map/distance
    GET /common/map/qq/address
    POST /common/map/qq/search
平台网关接口
    POST /gate/express/query
    POST /gate/idcard/check
    POST /gate/message/sms/send
微信客服
    POST /{domain}/kefu/employer/bind
    GET /{domain}/kefu/employer/info
    GET /{domain}/kefu/employer/list
    GET /{domain}/kefu/employer/statistics
    POST /{domain}/kefu/employer/unbind
    POST /{domain}/kefu/employer/work
    POST /{domain}/kefu/im/list
    POST /{domain}/kefu/im/logs
    POST /{domain}/kefu/im/mark-to-read
    POST /{domain}/kefu/im/reception
    POST /{domain}/kefu/im/reply
    POST /{domain}/kefu/im/reply/image
微信开发
    POST /{domain}/pay/wx/h5
    POST /{domain}/pay/wx/jsapi
    POST /{domain}/pay/wx/qrcode
    POST /{domain}/pay/wx/wxapp
    POST /{domain}/pay/wxsph/getpaymentparams
    POST /{domain}/qrcode/wxa/unlimit
    POST /{domain}/qrcode/content
    POST /{domain}/template-msg/put
    POST /{domain}/template-msg/wxa/formId
    GET /{domain}/user/amount
    POST /{domain}/user/cashLog
    POST /{domain}/user/cashLog/v2
    GET /{domain}/user/check-token
    GET /{domain}/user/detail
    GET /{domain}/user/detail/spreadUser
    POST /{domain}/user/idcard
    GET /{domain}/user/loginout
    POST /{domain}/user/modify
    POST /{domain}/user/payLogs
    GET /{domain}/user/recharge/send/rule
    POST /{domain}/user/wxapp/bindMobile
    POST /{domain}/user/wxapp/bindMobile/v2
    POST /{domain}/user/wxapp/bindOpenid
    POST /{domain}/user/wxapp/decode/encryptedData
    POST /{domain}/user/wxapp/login
    POST /{domain}/user/wxapp/login/mobile/v2
    POST /{domain}/user/wxapp/register/complex
    POST /{domain}/user/wxapp/register/simple
    POST /{domain}/user/wxapp/authorize
    GET /{domain}/user/wxinfo
    POST /{domain}/user/wxsns/bindOpenid
    POST /{domain}/user/wxsns/login
    POST /{domain}/user/wxsns/register
    POST /{domain}/weixin/receive
    POST /{domain}/wx/jssdk/sign
快跑者
    GET /{domain}/order/keloop/courierTag
    GET /{domain}/order/keloop/orderLogs
投票模块
    GET /{domain}/vote/info
    POST /{domain}/vote/items
    POST /{domain}/vote/vote
    GET /{domain}/vote/vote/info
    POST /{domain}/vote/vote/list
拼团/砍价
    POST /{domain}/shop/goods/kanjia/clear
    POST /{domain}/shop/goods/kanjia/help
    GET /{domain}/shop/goods/kanjia/info
    POST /{domain}/shop/goods/kanjia/join
    GET /{domain}/shop/goods/kanjia/my
    GET /{domain}/shop/goods/kanjia/myHelp
    GET /{domain}/shop/goods/kanjia/set
    GET /{domain}/shop/goods/kanjia/set/v2
    GET /{domain}/shop/goods/pingtuan/joiner
    POST /{domain}/shop/goods/pingtuan/list/v2
    POST /{domain}/shop/goods/pingtuan/my-join-list
    POST /{domain}/shop/goods/pingtuan/open
    GET /{domain}/shop/goods/pingtuan/set
    GET /{domain}/shop/goods/pingtuan/sets
排队叫号
    POST /{domain}/queuing/get
    GET /{domain}/queuing/my
    GET /{domain}/queuing/types
支付宝
    POST /{domain}/pay/alipay/transfer/checkOrderNumber
    POST /{domain}/pay/alipay/transfer/push
    POST /{domain}/pay/alipay/transfer/push/yyb
    GET /{domain}/pay/alipay/transfer/qrcode
    POST /{domain}/pay/alipay/gate/qrcode
    POST /{domain}/user/aliapp/login
    POST /{domain}/user/aliapp/register
支付宝半自动支付
    POST /{domain}/pay/alipay/semiAutomatic/payurl
文件管理
    POST /{domain}/dfs/upload/file
    POST /{domain}/dfs/upload/list
    POST /{domain}/dfs/upload/url
    POST /upload2
活动/工具
    GET /{domain}/luckyInfo/info
    GET /{domain}/luckyInfo/info/v2
    POST /{domain}/luckyInfo/join
    POST /{domain}/luckyInfo/join/logs
    GET /{domain}/luckyInfo/join/my
    GET /{domain}/activityMallInfo/info
    POST /{domain}/gameNumberBomb/begin
    POST /{domain}/gameNumberBomb/guess
    POST /{domain}/gameNumberBomb/logs
消息/站内信
    POST /{domain}/user/message/del
    POST /{domain}/user/message/list
    POST /{domain}/user/message/read
用户管理
    POST /{domain}/user/email/bindEmail
    POST /{domain}/user/email/login
    POST /{domain}/user/email/register
    POST /{domain}/user/email/reset-pwd
    POST /{domain}/user/friend/add
    GET /{domain}/user/friend/detail
    POST /{domain}/user/friend/list
    POST /{domain}/user/m/bind-mobile
    POST /{domain}/user/m/login
    POST /{domain}/user/m/register
    POST /{domain}/user/m/reset-pwd
    POST /{domain}/user/qqconnect/bindOpenid
    POST /{domain}/user/qqconnect/login
    POST /{domain}/user/qqconnect/register
    POST /{domain}/user/username/bindUsername
    POST /{domain}/user/username/login
    POST /{domain}/user/username/register
    POST /{domain}/user/withDraw/apply
    GET /{domain}/user/withDraw/detail
    POST /{domain}/user/withDraw/list
    POST /{domain}/user/bindSeller
    POST /{domain}/user/paypwd/modify
    POST /{domain}/user/paypwd/reset
    POST /{domain}/user/paypwd/set
    POST /{domain}/user/withdrawal/apply
    POST /{domain}/user/withdrawal/list
    GET /{domain}/user/withdrawal/requestMerchantTransfer
    POST /{domain}/user/delete
    GET /{domain}/user/dynamicUserCode
    POST /{domain}/user/wxappService/authorize
    POST /{domain}/user/wxappService/bindMobile
    POST /{domain}/user/wxappService/login
积分模块
    GET /{domain}/score/deduction/rules
    POST /{domain}/score/exchange
    POST /{domain}/score/logs
    POST /{domain}/score/send/rule
    POST /{domain}/score/share/wxa/group
    POST /{domain}/score/sign
    POST /{domain}/score/sign/logs
    GET /{domain}/score/sign/rules
    GET /{domain}/score/today-signed
    POST /{domain}/growthLog/exchange
    POST /{domain}/growthLog/logs
站点设置
    GET /{domain}/banner/list
    GET /{domain}/config/value
    GET /{domain}/config/values
    GET /{domain}/config/vipLevel
    GET /{domain}/notice/detail
    GET /{domain}/notice/last-one
    POST /{domain}/notice/list
    GET /{domain}/site/adPosition/info
    GET /{domain}/site/goods/dynamic/v2
    GET /{domain}/site/statistics/saleroom
红包/优惠券
    GET /{domain}/discounts/coupons
    GET /{domain}/discounts/detail
    POST /{domain}/discounts/exchange
    POST /{domain}/discounts/fetch
    GET /{domain}/discounts/my
    POST /{domain}/discounts/send
    POST /{domain}/discounts/merge
    GET /{domain}/discounts/merge/list
    POST /{domain}/card/logs
    GET /{domain}/card/my
股票接口
    GET /common/stock/close/next-trade-date
    GET /common/stock/close/status
虚拟交易
    POST /{domain}/virtualTrader/buy
    POST /{domain}/virtualTrader/buy/logs
    GET /{domain}/virtualTrader/info
    POST /{domain}/virtualTrader/list
视频点播
    GET /{domain}/media/video/detail
订单管理
    POST /{domain}/order/close
    POST /{domain}/order/create
    POST /{domain}/order/delete
    POST /{domain}/order/delivery
    GET /{domain}/order/detail
    POST /{domain}/order/hx
    POST /{domain}/order/list
    POST /{domain}/order/pay
    GET /{domain}/order/refund
    POST /{domain}/order/refundApply/apply
    POST /{domain}/order/refundApply/cancel
    GET /{domain}/order/refundApply/info
    POST /{domain}/order/refundApply/setBackLogistics
    POST /{domain}/order/reputation
    GET /{domain}/order/statistics
    GET /{domain}/payBill/discounts
    POST /{domain}/payBill/pay
财务管理
    POST /{domain}/deposit/back/apply
    GET /{domain}/deposit/info
    POST /{domain}/deposit/list
    POST /{domain}/deposit/pay
    POST /{domain}/deposit/payStatus
    POST /{domain}/invoice/apply
    GET /{domain}/invoice/info
    POST /{domain}/invoice/list
预约报名
    GET /{domain}/yuyue/info
    GET /{domain}/yuyue/info/team
    POST /{domain}/yuyue/info/team/members
    POST /{domain}/yuyue/info/team/members/del
    POST /{domain}/yuyue/info/teams
    POST /{domain}/yuyue/items
    POST /{domain}/yuyue/join
    GET /{domain}/yuyue/join/info
    POST /{domain}/yuyue/join/list
    POST /{domain}/yuyue/join/update
    POST /{domain}/yuyue/pay
验证码
    POST /{domain}/verification/mail/check
    GET /{domain}/verification/mail/get
    POST /{domain}/verification/pic/check
    GET /{domain}/verification/pic/get
    POST /{domain}/verification/sms/check
    GET /{domain}/verification/sms/get
    GET /{domain}/verification/sms/get-by-token
购物车
    POST /{domain}/shopping-cart/add
    GET /{domain}/shopping-cart/info
    POST /{domain}/shopping-cart/modifyNumber
    POST /{domain}/shopping-cart/remove
    POST /{domain}/shopping-cart/select
"""
)
