/** Every text of the pages, in both languages. */

const KEY = 'auction.language';

// One row per text: Chinese, English. {name} is filled in by t().
const TEXTS = {
  'site.name': ['纸钞竞拍', 'Banknote Auctions'],
  'site.skip': ['跳到正文', 'Skip to content'],
  'site.language': ['English', '中文'],
  'site.contact': ['联系客服', 'Contact'],
  'site.times': ['全部时间为北京时间', 'All times are Beijing time'],
  'nav.label': ['主导航', 'Main'],
  'nav.current': ['本期竞拍', 'Current'],
  'nav.groupbuy': ['团购', 'Group buy'],
  'nav.history': ['往期', 'Past'],
  'nav.my': ['我的竞拍', 'My bids'],

  'account.sign_in': ['登录', 'Sign in'],
  'account.sign_out': ['退出登录', 'Sign out'],
  'account.menu': ['账号：{name}', 'Account: {name}'],
  'account.title': ['登录后出价', 'Sign in to bid'],
  'account.explain': ['体验环境：填写一个昵称即可登录，其他买家会看到它。', 'Sandbox: any nickname signs you in. Other bidders see it.'],
  'account.nickname': ['昵称', 'Nickname'],
  'account.cancel': ['取消', 'Cancel'],
  'account.expired': ['登录已过期，请重新登录', 'Your sign-in has expired. Please sign in again.'],
  'account.banned': ['该账号已被停用', 'This account has been suspended.'],
  'account.by_password': ['使用账号密码登录', 'Sign in with a password'],
  'account.mine': ['我的账号', 'My account'],
  'account.mine_needed': ['登录后管理你的账号', 'Sign in to manage your account'],
  'account.needed': ['登录后查看你的竞拍', 'Sign in to see your bids'],
  'account.welcome': ['已登录：{name}', 'Signed in as {name}'],

  'login.title': ['登录', 'Sign in'],
  'login.username': ['用户名', 'Username'],
  'login.password': ['密码', 'Password'],
  'login.send': ['登录', 'Sign in'],
  'login.no_account': ['还没有账号？', 'No account yet?'],
  'login.register': ['用邀请码注册', 'Register with an invitation'],
  'login.risky': ['为确认是本人操作，请输入图中字符。', 'To make sure it is you, type what the picture shows.'],

  'register.title': ['注册', 'Register'],
  'register.explain': ['注册需要邀请码，可向客服索取。', 'You need an invitation code; ask our contact for one.'],
  'register.name': ['姓名', 'Name'],
  'register.name_hint': ['出价时其他买家会看到', 'Shown to other bidders when you bid'],
  'register.username_hint': ['3–32 位英文字母或数字，用于登录', '3–32 letters or digits, for signing in'],
  'register.password_hint': ['至少 8 个字符，不要用常见密码', 'At least 8 characters, nothing common'],
  'register.password_again': ['确认密码', 'Password again'],
  'register.invitation': ['邀请码', 'Invitation code'],
  'register.send': ['注册', 'Register'],
  'register.has_account': ['已有账号？', 'Have an account?'],

  'captcha.label': ['图中字符', 'Characters in the picture'],
  'captcha.picture': ['验证码图片，含 5 个字符', 'A picture of 5 characters'],
  'captcha.again': ['换一张', 'Another picture'],
  'captcha.name_first': ['填写用户名后显示', 'Appears once the username is filled in'],

  'password.show': ['显示', 'Show'],
  'password.hide': ['隐藏', 'Hide'],
  'password.title': ['修改密码', 'Change password'],
  'password.note': ['修改后其他设备需重新登录', 'Your other devices have to sign in again'],
  'password.old': ['当前密码', 'Current password'],
  'password.new': ['新密码', 'New password'],
  'password.again': ['确认新密码', 'New password again'],
  'password.send': ['修改密码', 'Change password'],
  'password.done': ['密码已修改', 'Password changed'],

  'profile.title': ['个人资料', 'Profile'],
  'profile.username': ['用户名：{name}', 'Username: {name}'],
  'profile.email': ['邮箱', 'Email'],
  'profile.phone': ['手机号', 'Phone'],
  'profile.avatar': ['{name} 的头像', 'Picture of {name}'],
  'profile.change_avatar': ['更换头像', 'Change picture'],
  'profile.avatar_note': ['JPEG、PNG、WebP 或 GIF', 'JPEG, PNG, WebP or GIF'],
  'profile.save': ['保存', 'Save'],
  'profile.saved': ['已保存', 'Saved'],

  'address.title': ['收货地址', 'Addresses'],
  'address.none': ['还没有地址', 'No address yet'],
  'address.add': ['新增地址', 'Add an address'],
  'address.edit': ['编辑', 'Edit'],
  'address.edit_title': ['编辑地址', 'Edit the address'],
  'address.remove': ['删除', 'Delete'],
  'address.remove_title': ['删除地址', 'Delete the address'],
  'address.remove_text': ['将删除“{address}”。', '“{address}” will be deleted.'],
  'address.removed': ['地址已删除', 'Address deleted'],
  'address.of': ['{name} 的地址', 'Address of {name}'],
  'address.province': ['省', 'Province'],
  'address.city': ['市', 'City'],
  'address.district': ['区', 'District'],
  'address.street': ['街道', 'Street or town'],
  'address.choose': ['请选择', 'Choose'],
  'address.type': ['不在列表中？手动填写', 'Not in the list? Type it'],
  'address.pick': ['从列表选择', 'Choose from the list'],
  'address.address': ['详细地址', 'Road, number and rest'],
  'address.zip': ['邮编', 'Postcode'],
  'address.contact_name': ['联系人', 'Contact name'],
  'address.contact_phone': ['手机号', 'Phone'],

  'contact.title': ['联系客服', 'Contact us'],
  'contact.wechat': ['微信号：{account}', 'WeChat: {account}'],
  'contact.qrcode': ['客服微信二维码', 'WeChat QR code'],
  'dialog.close': ['关闭', 'Close'],

  'light.connecting': ['连接中', 'Connecting'],
  'light.live': ['实时', 'Live'],
  'light.reconnecting': ['重连中', 'Reconnecting'],
  'light.polling': ['轮询更新', 'Polling'],
  'light.behind': ['连接中断，{time} 起价格未更新', 'Connection lost: no prices since {time}'],
  'light.offline': ['已离线，{time} 起价格未更新', 'Offline: no prices since {time}'],
  'light.stale': ['数据暂停更新，{time} 起价格可能滞后', 'Updates paused: prices may lag since {time}'],
  'light.stopped': ['已断开，请刷新页面', 'Disconnected, please reload'],

  'group.issues': ['期次', 'Issues'],
  'group.issue': ['第{issue}期', 'Issue {issue}'],
  'group.not_started': ['未开始', 'Not started'],
  'group.in_progress': ['竞拍中', 'In progress'],
  'group.ended': ['已结束', 'Ended'],
  'group.until_start': ['距开始', 'Starts in'],
  'group.until_end': ['距结束', 'Ends in'],
  'group.lots': ['{count} 件拍品', '{count} lots'],
  'group.lots_one': ['1 件拍品', '1 lot'],
  'group.all': ['全部', 'All'],
  'group.mine': ['我参与的', 'Mine'],
  'group.categories': ['分类', 'Categories'],
  'group.no_mine': ['你还没有在这一期出价', 'You have not bid in this issue yet'],
  'group.empty': ['现在没有进行中的竞拍', 'No auction is open right now'],
  'group.empty_hint': ['新一期开始前一小时会出现在这里。', 'The next issue appears here an hour before it starts.'],
  'group.see_history': ['查看往期成交', 'See past results'],
  'group.see_results': ['查看本期结果', 'See the results'],
  'group.see_next': ['新一期已开放，查看', 'A new issue is open. View it'],

  'status.open': ['竞拍中', 'Open'],
  'status.leading': ['领先', 'Leading'],
  'status.outbid': ['已被超越', 'Outbid'],
  'status.won': ['已拍得', 'Won'],
  'status.lost': ['未拍得', 'Lost'],
  'status.sold': ['已成交', 'Sold'],
  'status.closed': ['已结束，结算中', 'Ended, settling'],
  'status.unsold': ['流拍', 'Unsold'],
  'status.not_started': ['未开始', 'Not started'],

  'lot.starting_price': ['起拍价', 'Starting price'],
  'lot.current_price': ['当前价', 'Current price'],
  'lot.final_price': ['成交价', 'Hammer price'],
  'lot.top_price': ['封顶价', 'Buy-out price'],
  'lot.low_price': ['起拍价', 'Starting price'],
  'lot.my_price': ['我的出价', 'My bid'],
  'lot.my_maximum': ['我的上限', 'My maximum'],
  'lot.leader': ['{name} 领先', '{name} leads'],
  'lot.you_lead': ['你领先', 'You lead'],
  'lot.you_won': ['你已拍得', 'You won it'],
  'lot.winner': ['{name} 拍得', 'Won by {name}'],
  'lot.no_bids': ['暂无出价', 'No bids yet'],
  'lot.bids': ['{count} 次出价', '{count} bids'],
  'lot.bids_one': ['1 次出价', '1 bid'],
  'lot.left': ['剩余', 'Time left'],
  'lot.starts_in': ['距开始', 'Starts in'],
  'lot.ended': ['已结束', 'Ended'],
  'lot.days': ['{days}天 {time}', '{days}d {time}'],
  'lot.watchers': ['{count} 人在看', '{count} watching'],
  'lot.ends_at': ['结束时间', 'Ends'],
  'lot.bought_out_at': ['{time} 封顶成交', 'Bought out at {time}'],
  'lot.group': ['期号', 'Issue'],
  'lot.category': ['分类', 'Category'],
  'lot.score': ['评级', 'Grade'],
  'lot.sn_no': ['号码类型', 'Number type'],
  'lot.history': ['出价记录', 'Bid history'],
  'lot.history_note': ['最近 50 次', 'Latest 50'],
  'lot.chart': ['价格走势', 'Price over time'],
  'lot.chart_text': ['从 {from} 到 {to}，共 {count} 次出价', 'From {from} to {to} over {count} bids'],
  'lot.chart_empty': ['有出价后显示价格走势', 'The price line appears with the first bid'],
  'lot.missing': ['没有这件拍品', 'There is no such lot'],
  'lot.back': ['返回列表', 'Back to the lots'],
  'lot.number': ['拍品 {sn}', 'Lot {sn}'],

  'extended.late_bid': ['已延时', 'Extended'],
  'extended.late_bid_until': ['最后时刻有人出价，已延时至 {time}', 'Bid in the last moments: extended to {time}'],
  'extended.outage': ['已补时', 'Time given back'],
  'extended.outage_until': ['服务曾中断，所失时间已补回，延至 {time}', 'The service was away: the time lost is given back, until {time}'],

  'bid.place': ['出价 {price}', 'Bid {price}'],
  'bid.quick_of': ['{sn} 快捷出价', 'Quick bids on {sn}'],
  'bid.add': ['加 {amount}，出价 {price}，{sn}', 'Add {amount}, bid {price}, {sn}'],
  'bid.other': ['其他', 'Other'],
  'bid.other_of': ['其他金额，{sn}', 'Other amount, {sn}'],
  'bid.own': ['自定出价（元）', 'Your bid (yuan)'],
  'bid.send': ['出价', 'Bid'],
  'bid.send_of': ['出价，{sn}', 'Bid, {sn}'],
  'bid.sending': ['正在出价 {price}…', 'Bidding {price}…'],
  'bid.checking': ['正在核对 {price}…', 'Checking {price}…'],
  'bid.uncertain': [
    '出价 {price} 尚未收到答复，正在核对：不会重复出价，结果会显示在这里。',
    'No answer to your bid of {price} yet. We are checking: it counts once, and the outcome appears here.',
  ],
  'bid.not_arrived': ['这次出价没有送达，未计入。', 'This bid did not arrive and does not count.'],
  'bid.unknown': ['登录已失效，无法核对刚才的出价。请重新登录后查看“我的竞拍”。', 'You are signed out, so the last bid cannot be checked. Sign in and see “My bids”.'],
  'bid.overtaken': ['现价已到 {current}，至少出 {minimum}', 'Now at {current}: bid at least {minimum}'],
  'bid.again': ['再出价 {price}', 'Bid {price}'],
  'bid.done': ['出价成功：{price}', 'Bid accepted: {price}'],
  'bid.done_outbid': ['出价已记录，但已被自动代出价超越，现价 {price}', 'Bid recorded, but a proxy bid outbid it: now {price}'],
  'bid.not_a_price': ['请填写金额，最多两位小数', 'Enter an amount with at most two decimals'],
  'bid.too_low': ['至少 {price}', 'At least {price}'],
  'bid.too_high': ['最高为封顶价 {price}', 'At most the buy-out price {price}'],
  'bid.confirm_title': ['确认出价', 'Confirm your bid'],
  'bid.confirm_jump': ['{sn} 当前价 {current}，你将出价 {price}。', '{sn} is at {current}. You are about to bid {price}.'],
  'bid.confirm': ['确认出价 {price}', 'Bid {price}'],
  'bid.cancel': ['再想想', 'Not yet'],
  'bid.ended': ['该拍品已结束竞拍', 'Bidding on this lot has ended'],
  'bid.wait': ['开始后即可出价', 'Bidding opens at the start'],

  'hold.behind': ['暂停出价：连接中断', 'On hold: connection lost'],
  'hold.offline': ['暂停出价：已离线', 'On hold: offline'],
  'hold.stale': ['暂停出价：价格待核对', 'On hold: price unconfirmed'],
  'hold.stopped': ['暂停出价：已断开', 'On hold: disconnected'],

  'buyout.button': ['封顶拍得 {price}', 'Buy out at {price}'],
  'buyout.explain': ['出到封顶价立即拍得，竞拍随即结束。', 'A bid at the buy-out price wins at once and closes the lot.'],
  'buyout.title': ['以封顶价拍得', 'Buy out this lot'],
  'buyout.text': ['{sn} 将以 {price} 立即成交，归你所有。此操作不可撤销。', '{sn} will be yours at {price} at once. This cannot be undone.'],
  'buyout.confirm': ['确认拍得', 'Buy out'],

  'proxy.title': ['自动代出价', 'Proxy bidding'],
  'proxy.explain': [
    '设一个上限，有人超过你时系统自动替你加价，每次只高出一档，直到上限；上限不会向任何人显示。',
    'Set a maximum: when someone outbids you we raise your bid by one step, up to it. It is shown to nobody else.',
  ],
  'proxy.label': ['我的上限（元）', 'Your maximum (yuan)'],
  'proxy.send': ['出价 {price} 并设上限', 'Bid {price} with this maximum'],
  'proxy.at_least': ['上限至少 {price}', 'The maximum must be at least {price}'],
  'proxy.done': ['已设上限 {price}', 'Maximum set: {price}'],

  'notice.outbid': ['{sn} 已被超越，现价 {price}', 'Outbid on {sn}: now {price}'],
  'notice.over': ['{sn} 已被超越，竞拍已结束，现价 {price}', 'Outbid on {sn}, and bidding is over: {price}'],
  'notice.won': ['恭喜，{sn} 已拍得，成交价 {price}', 'You won {sn} at {price}'],
  'notice.lost': ['{sn} 未拍得，成交价 {price}', '{sn} went to another bidder at {price}'],
  'notice.more': ['离开期间还有 {count} 件拍品被超越', '{count} more lots were outbid while you were away'],
  'notice.view': ['查看', 'View'],
  'notice.region': ['通知', 'Notices'],

  'my.title': ['我的竞拍', 'My bids'],
  'my.empty': ['你还没有参与过竞拍', 'You have not bid on anything yet'],
  'my.go': ['去看本期竞拍', 'See the current auction'],

  'history.title': ['往期成交', 'Past auctions'],
  'history.empty': ['还没有结束的期次', 'No issue has ended yet'],
  'history.group_title': ['第{issue}期成交结果', 'Results of issue {issue}'],
  'history.sold': ['成交 {sold} / {count}', '{sold} of {count} sold'],
  'history.total': ['成交总额 {price}', 'Total {price}'],

  'pager.label': ['分页', 'Pages'],
  'pager.previous': ['上一页', 'Previous'],
  'pager.next': ['下一页', 'Next'],
  'pager.place': ['第 {page} / {pages} 页', 'Page {page} of {pages}'],

  'missing.title': ['没有这个页面', 'Not found'],

  'failure.title': ['没能加载', 'Could not load'],
  'failure.network': ['网络连接失败', 'The network connection failed'],
  'failure.server': ['服务器出错了，请稍后再试', 'Something went wrong on our side. Please try again shortly.'],
  'failure.retry': ['重试', 'Try again'],
  'failure.part': ['页面没有加载完整', 'The page did not load completely'],
  'failure.reload': ['重新加载', 'Load again'],
};

const LANGUAGES = ['zh', 'en'];

/** `zh` or `en`: the reader's choice, else the page's. */
export const language = LANGUAGES.find((one) => one === localStorage.getItem(KEY)) ?? document.documentElement.lang.slice(0, 2);

export const locale = language === 'zh' ? 'zh-CN' : 'en-GB';

/** The text of a key with its {names} filled in. */
export function t(key, values = {}) {
  return TEXTS[key][LANGUAGES.indexOf(language)].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text for a number of things: `key_one` for one. */
export function tCount(key, count) {
  return t(count === 1 ? `${key}_one` : key, { count });
}

/** Shows everything in the other language; the page is read again, the server's words change too. */
export function switchLanguage() {
  localStorage.setItem(KEY, language === 'zh' ? 'en' : 'zh');
  window.location.reload();
}

document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
