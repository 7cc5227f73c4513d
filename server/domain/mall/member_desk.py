"""Members as the staff sees them: with the user that each is, and what is in their wallet."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from server.domain.mall.members import Gender, Source
from server.domain.nouns import Noun, NumberId, Revision, about

GENDER_LABELS = {Gender.UNKNOWN: ("未知", "Unknown"), Gender.MALE: ("男", "Male"), Gender.FEMALE: ("女", "Female")}
SOURCE_LABELS = {
    Source.MINI_PROGRAM: ("小程序", "Mini-program"),
    Source.MOBILE: ("手机号", "Mobile"),
    Source.AUCTION: ("竞拍", "Auction"),
    Source.USERNAME: ("用户名", "User name"),
    Source.MAIL: ("邮箱", "Mail"),
    Source.WECHAT_APP: ("APP 微信", "WeChat in an app"),
    Source.QQ: ("QQ", "QQ"),
    Source.ALIPAY: ("支付宝", "Alipay"),
}


class MemberRecord(Struct, frozen=True, kw_only=True):
    """Read alone: members decide it themselves, wallets change by adjustments and orders."""

    id: NumberId
    revision: Revision = 0
    nickname: Annotated[str, about("昵称", "Name")] = ""
    phone: Annotated[str, about("手机", "Phone")] = ""
    is_banned: Annotated[bool, about("已停用", "Banned")] = False
    gender: Annotated[Gender, about("性别", "Gender", labels=GENDER_LABELS)] = Gender.UNKNOWN
    birthday: Annotated[str, about("生日", "Birthday")] = ""
    province: Annotated[str, about("省份", "Province")] = ""
    city: Annotated[str, about("城市", "City")] = ""
    source: Annotated[Source, about("来源", "Came by", labels=SOURCE_LABELS)] = Source.MINI_PROGRAM
    referrer_id: Annotated[int | None, about("推荐人", "Brought by", refers_to="mall.members")] = None
    balance: Annotated[int, about("余额", "Balance", "money")] = 0
    frozen: Annotated[int, about("冻结金额", "Frozen", "money")] = 0
    points: Annotated[int, about("积分", "Points")] = 0
    growth: Annotated[int, about("成长值", "Growth")] = 0
    consumed: Annotated[int, about("累计消费", "Spent", "money")] = 0
    joined_at: Annotated[datetime, about("加入时间", "Joined at")]
    signed_in_at: Annotated[datetime, about("最近登录", "Last signed in")]


MEMBERS = Noun(
    area="mall",
    name="members",
    zh="会员",
    en="Members",
    made=MemberRecord,
    label="nickname",
    searched=("nickname", "phone"),
    sorted=("id", "joined_at", "signed_in_at"),
    filtered=("gender", "source", "referrer_id", "joined_at", "signed_in_at"),
    order=("-id",),
    is_kept=True,
)
