"""What can go wrong with members and their ways in."""
from __future__ import annotations

from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.wechat_login import (
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    LoginRefused,
    OpenIdMismatch,
    PhoneCodeRefused,
    RiskyUser,
    WatermarkMismatch,
)
from server.domain.mall.members import AlreadyRegistered, NotRegistered
from server.domain.mall.mobiles import MobileTaken, OpenIdTaken
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    MobileTaken: Failure(200, "20003", "该手机号已被其他账号绑定", "Somebody else has this number"),
    OpenIdTaken: Failure(200, "20003", "该微信已被其他账号绑定", "Somebody else signs in by this WeChat account"),
    WrongCredentials: Failure(200, "10000", "手机号或密码不正确", "The number or the password is wrong"),
    LoginBlocked: Failure(200, "900", "尝试次数过多，请稍后再试", "Too many tries; try again later"),
    NotRegistered: Failure(200, "10000", "用户不存在，请先注册", "There is no such user; please register"),
    AlreadyRegistered: Failure(200, "10000", "您已注册，请直接登录", "You have registered before; please sign in"),
    # Not 2000: the mini-program would open the page that it comes from.
    CodeRefused: Failure(200, "20000", "登录凭证无效，请重新登录", "WeChat does not know this code; please sign in again"),
    DataNotReadable: Failure(200, "20001", "授权数据无法解密，请重试", "The sealed data cannot be read; please try again"),
    OpenIdMismatch: Failure(200, "20001", "授权数据与当前用户不符", "The sealed data is another user's"),
    WatermarkMismatch: Failure(200, "20001", "授权数据已过期或来自其他小程序", "The sealed data is old or of another app"),
    LoginRefused: Failure(200, "20000", "登录失败，请重试", "The sign-in failed; please try again"),
    PhoneCodeRefused: Failure(200, "20002", "手机号授权无效，请重试", "The number's code is not valid; please try again"),
    RiskyUser: Failure(200, "4000", "该微信号存在风险，无法登录", "WeChat blocks this user"),
    CodesTooFrequent: Failure(200, "900", "登录过于频繁，请稍后再试", "Too many sign-ins; try again in a moment"),
}
