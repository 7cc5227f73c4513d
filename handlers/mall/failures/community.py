"""What can go wrong with what members do beside buying."""
from __future__ import annotations

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
from server.domain.mall.community.polls import (
    AlreadyVoted,
    BallotMissing,
    OptionUnknown,
    PollClosed,
    PollFull,
    PollMissing,
    WrongNumberOfOptions,
)
from server.domain.mall.community.queues import NobodyWaits, QueueClosed, QueueFull, QueueMissing
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
}
