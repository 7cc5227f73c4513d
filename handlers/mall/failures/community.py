"""What can go wrong with what members do beside buying."""
from __future__ import annotations

from server.domain.accounts.directory import NotOnYourself
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.usernames import UsernameTaken
from server.domain.mall.community.activities import (
    ActivityClosed,
    ActivityMissing,
    AlreadyBooked,
    BookingMissing,
    BookingOver,
    NoTeams,
    NothingDue,
    NotTeamLeader,
    PlacesTaken,
    TeamFull,
    TeamMissing,
)
from server.domain.mall.community.friends import MemberMissing, NoFriendOfOneself, TooManyFriends, ViewingClosed
from server.domain.mall.community.letters import LetterMissing
from server.domain.mall.community.outside_logins import OutsideClosed, OutsideRefused, OutsideTaken
from server.domain.mall.community.polls import (
    AlreadyVoted,
    BallotMissing,
    OptionUnknown,
    PollClosed,
    PollFull,
    PollMissing,
    WrongNumberOfOptions,
)
from server.domain.mall.community.pushes import PushRefused
from server.domain.mall.community.queues import NobodyWaits, QueueClosed, QueueFull, QueueMissing
from server.domain.mall.community.support import (
    InvitationWrong,
    NotServing,
    OffDuty,
    PictureUnusable,
    RepliesSpent,
    TalkMissing,
    TalkTaken,
)
from server.domain.mall.community.username_login import UsernameSet
from server.domain.mall.proven_login import MailTaken
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    # bookings
    ActivityMissing: Failure(200, "700", "预约项目不存在", "There is no such activity"),
    ActivityClosed: Failure(200, "20000", "预约项目未开始、已结束或已关闭", "No bookings are taken there now"),
    PlacesTaken: Failure(200, "20001", "名额已满", "All places are taken"),
    AlreadyBooked: Failure(200, "10000", "您已报名", "You have booked before"),
    NoTeams: Failure(200, "20000", "该项目不支持组队", "Nobody books in teams there"),
    TeamMissing: Failure(200, "700", "团队不存在", "There is no such team"),
    TeamFull: Failure(200, "20001", "团队人数已满", "The team is full"),
    NotTeamLeader: Failure(200, "1000", "只有队长可以移除队员", "Only who leads the team may do this, and not to themselves"),
    BookingMissing: Failure(200, "700", "报名记录不存在", "There is no such booking"),
    BookingOver: Failure(200, "20000", "报名已取消或已结束", "The booking is over"),
    NothingDue: Failure(200, "20000", "无需支付", "There is nothing to pay"),
    # queues
    QueueMissing: Failure(200, "700", "队列不存在", "There is no such queue"),
    QueueClosed: Failure(200, "20000", "队列已关闭", "No numbers are given out now"),
    QueueFull: Failure(200, "20001", "名额已满", "All numbers are given out"),
    NobodyWaits: Failure(200, "20000", "没有等待的号码", "Nobody waits"),
    # polls
    PollMissing: Failure(200, "700", "投票项目不存在", "There is no such poll"),
    PollClosed: Failure(200, "20000", "投票未开始、已结束或已关闭", "Nobody votes there now"),
    PollFull: Failure(200, "20001", "投票人数已满", "As many have voted as may"),
    AlreadyVoted: Failure(200, "10000", "您已投票", "You have voted before"),
    BallotMissing: Failure(200, "700", "您尚未投票", "You have not voted"),
    OptionUnknown: Failure(200, "20002", "投票选项不存在", "There is no such option"),
    WrongNumberOfOptions: Failure(200, "20003", "请选择 {least} 至 {most} 项", "Choose {least} to {most} options"),
    # ways in
    UsernameTaken: Failure(200, "10000", "用户名已被使用", "This user name is taken"),
    UsernameSet: Failure(200, "20000", "用户名已设置，不能更改", "You have another user name, which stays yours"),
    MailTaken: Failure(200, "20003", "该邮箱已被其他账号绑定", "Somebody else has this mail address"),
    OutsideRefused: Failure(200, "20000", "授权无效，请重新授权", "The authorization is not valid; please authorize again"),
    OutsideClosed: Failure(200, "5000", "商家未开通该登录方式", "Nobody signs in that way here"),
    OutsideTaken: Failure(200, "20003", "该账号已被其他用户绑定", "Somebody else signs in by that account"),
    NotOnYourself: Failure(200, "1000", "工作人员账号请由其他管理员注销", "Another operator closes an operator's account"),
    # friends and letters
    MemberMissing: Failure(200, "700", "用户不存在", "There is no such member"),
    NoFriendOfOneself: Failure(200, "20000", "不能添加自己为好友", "Nobody is their own friend here"),
    TooManyFriends: Failure(200, "20001", "好友数量已达上限", "The list of friends is full"),
    ViewingClosed: Failure(200, "1000", "商家未开放查看好友信息", "Members do not see each other here"),
    # customer service
    InvitationWrong: Failure(200, "30000", "ticket 不正确", "No invitation has this ticket"),
    NotServing: Failure(200, "20000", "商户号有误或者你还不是该商户的客服", "You are no agent of this shop"),
    OffDuty: Failure(200, "20001", "请先上班", "You are off duty"),
    TalkMissing: Failure(200, "20000", "kfid 不正确", "You have no such talk"),
    TalkTaken: Failure(200, "20000", "已被其他客服接待", "Another agent has received them"),
    RepliesSpent: Failure(200, "30000", "回复失败，48小时内可发送最多5条消息", "No more replies are brought to them until they write again"),
    PictureUnusable: Failure(200, "40000", "无法上传该媒体图片", "This picture cannot be sent"),
    PushRefused: Failure(200, "403", "签名不正确", "It is not signed by WeChat"),
    LetterMissing: Failure(200, "700", "消息不存在", "There is no such letter"),
}

# What is told where names and mail addresses are given with a password.
BY_NAME: dict[type[Exception], Failure] = {
    WrongCredentials: Failure(200, "10000", "账号或密码不正确", "The name or the password is wrong"),
}
