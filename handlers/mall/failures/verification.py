"""What can go wrong with codes."""
from __future__ import annotations

from server.domain.mall.verification import (
    CodeExpired,
    CodeWrong,
    DaySpent,
    NumberMissing,
    PictureCodeMissing,
    PictureCodeWrong,
    PictureKeyMissing,
    SendingOff,
    TooSoon,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    CodeWrong: Failure(200, "10000", "验证码错误", "The code is wrong"),
    CodeExpired: Failure(200, "10001", "验证码失效，请重新获取", "The code is not valid any more; please ask for another"),
    PictureKeyMissing: Failure(200, "500", "请输入图形验证码的KEY", "The picture's key is missing"),
    PictureCodeMissing: Failure(200, "501", "请输入图形验证码", "Please tell what the picture shows"),
    PictureCodeWrong: Failure(200, "502", "图形验证码错误", "That is not what the picture shows"),
    TooSoon: Failure(200, "5001", "发送间隔不能短于1分钟", "Codes are sent once a minute"),
    DaySpent: Failure(200, "503", "今日发送验证码超过限制", "No more codes are sent there today"),
    NumberMissing: Failure(200, "20002", "请先绑定手机号", "Please bind a telephone number first"),
    SendingOff: Failure(200, "404", "暂未开通验证码发送", "Nobody sends codes here yet"),
}
