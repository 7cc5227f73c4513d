"""What can go wrong with small things, and at the gate."""
from __future__ import annotations

from server.domain.mall.gate.identities import NumberImpossible
from server.domain.mall.gate.merchants import MerchantDaySpent, MerchantRefused
from server.domain.mall.gate.messages import (
    MessageRefused,
    MessageUnsupported,
    SendingUnanswered,
    TemplateMissing,
    ValuesNotJson,
)
from server.domain.mall.gate.parcels import CarrierUnknown, TrackingOff
from server.domain.mall.tools.bar_codes import BarCodeUnknown, BarCodeWrong
from server.domain.mall.tools.json_rows import JsonKindTooLong, JsonRowMissing, NotJson, TooManyJsonRows
from server.domain.mall.tools.segments import MobileWrong, SegmentUnknown, SegmentWrong
from server.domain.mall.tools.short_links import HostNotAllowed, ShortLinkMissing
from server.domain.mall.tools.trade_days import CalendarUnknown, ClosedOnHolidays, ClosedOnWeekends, DateWrong
from server.domain.mall.tools.unique_ids import TooManyKinds
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    JsonKindTooLong: Failure(200, "10000", "type 不能超过32个字", "type may have 32 characters at most"),
    NotJson: Failure(200, "20000", "content 必须是 JSON 格式", "content must be JSON"),
    JsonRowMissing: Failure(200, "700", "没有该记录", "There is no such row"),
    TooManyJsonRows: Failure(200, "20001", "记录太多，请先删除一些", "There are too many rows; please remove some first"),
    TooManyKinds: Failure(200, "20001", "类型太多", "There are too many types"),
    HostNotAllowed: Failure(200, "20000", "不允许跳转到该域名", "Links may not lead to that host"),
    ShortLinkMissing: Failure(200, "404", "短链接不存在", "There is no such link"),
    MobileWrong: Failure(200, "301", "手机号码格式错误", "That is no mobile number"),
    SegmentWrong: Failure(200, "302", "segment格式错误", "That is no segment"),
    SegmentUnknown: Failure(200, "404", "暂无数据", "Nobody knows it"),
    BarCodeWrong: Failure(200, "40000", "条码格式有误", "That is no bar code"),
    BarCodeUnknown: Failure(200, "700", "暂无该商品信息", "Nobody has told which product that is"),
    DateWrong: Failure(200, "20000", "日期格式错误，格式如：2018-08-08", "Days are written as 2018-08-08"),
    ClosedOnWeekends: Failure(200, "10000", "双休日休市", "Closed: a weekend"),
    ClosedOnHolidays: Failure(200, "30000", "其他休市", "Closed: a public holiday"),
    CalendarUnknown: Failure(200, "800", "该年份的休市安排未知", "Nobody knows the holidays of that year"),
    MerchantRefused: Failure(200, "1000", "商户号或秘钥不正确", "The merchant's number or key is not right"),
    MerchantDaySpent: Failure(200, "900", "今日次数已用完", "No more questions are answered today"),
    NumberImpossible: Failure(200, "30000", "身份证号码错误", "There is no such identity number"),
    TrackingOff: Failure(200, "800", "暂未开通快递查询", "Nobody is asked for parcels here yet"),
    CarrierUnknown: Failure(200, "20000", "没有查到该快递单号", "No carrier knows that number"),
    TemplateMissing: Failure(200, "10000", "短信通道不存在或者当前不可用", "There is no such template"),
    ValuesNotJson: Failure(200, "505", "模板数据格式错误，必须是 Json 格式", "The template's values must be JSON"),
    MessageUnsupported: Failure(200, "504", "暂不支持该短信通道，请联系管理员", "Who sends knows no such template"),
    MessageRefused: Failure(200, "20000", "发送失败", "The message was not taken"),
    SendingUnanswered: Failure(200, "20001", "发送失败，接口无响应", "Who sends does not answer"),
}
