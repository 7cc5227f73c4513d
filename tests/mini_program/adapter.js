'use strict'
// What the acceptance of the mini-program needs to know of this server: how its staff seeds a mall, pays, ships. The client sees none of it.
// Operators' tokens come from run.py, with the DATA_DIR that the server runs with.
const path = require('node:path')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')

// The server tells Beijing time, and the mini-program reads it as the phone's own: its phones are where its buyers are.
process.env.TZ = 'Asia/Shanghai'

const ROOT = path.join(__dirname, '../..')
const PYTHON = path.join(ROOT, '.venv/bin/python')

const fen = yuan => Math.round(yuan * 100)
const inDays = days => new Date(Date.now() + days * 86400000).toISOString()

/** An operator of that name, who asks under /api/ops. */
async function hire (origin, name) {
  const { stdout } = await promisify(execFile)(PYTHON, [path.join(ROOT, 'run.py'), 'operator', name], { cwd: ROOT })
  const token = stdout.trim().split(/\s+/).pop()
  return async function ask (method, address, content) {
    const response = await fetch(`${origin}/api/ops${address}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: content === undefined ? undefined : JSON.stringify(content)
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${JSON.stringify(answer)}`)
    return answer.data
  }
}

async function create ({ origin, run }) {
  const operator = await hire(origin, 'acceptance')
  const other = await hire(origin, 'acceptance-2')

  /** What is so large that one operator does not decide it alone is approved by another. */
  async function adjust (uid, change) {
    const made = await operator('POST', '/mall/adjustments', { user_id: uid, remark: `验收 ${run}`, ...change })
    if (made.state === 0) await other('POST', `/mall/adjustments/${made.id}/approve`, {})
  }

  /** The payment that a client was given. */
  async function findPayment ({ outTradeId, prepayId }) {
    const number = outTradeId || prepayId.replace(/^sandbox-/, '')
    return (await operator('GET', `/mall/payments?number=${encodeURIComponent(number)}`)).list[0]
  }

  /** Goods that stand in no category of the run's own. */
  async function findCategory () {
    const { list } = await operator('GET', '/mall/categories')
    return list.length ? list[0] : wired.seedCategory({ name: `其他 ${run}` })
  }

  /** The code that waits there: nobody sends it in the sandbox. */
  async function findCode (target) {
    return (await operator('GET', `/mall/codes?target=${encodeURIComponent(target)}`))[0].code
  }

  /** Where the videos are that have a number. */
  const videos = new Map()

  const wired = {
    merchantId: '951',

    // ---- people
    loginCode: user => user,
    phoneCode: (user, mobile) => mobile,
    smsCode: findCode,
    mailCode: findCode,
    picCode: findCode,
    giveBalance: (uid, yuan) => adjust(uid, { balance: fen(yuan) }),
    giveScore: (uid, points) => adjust(uid, { points }),

    // ---- payments: the sandbox takes the staff's word
    async confirmPayment (payment) {
      await operator('POST', `/mall/payments/${(await findPayment(payment)).id}/pay`, {})
    },

    // ---- what the shop's staff does
    async shipOrder (orderId, { shipperName, shipperCode, trackingNumber, traces }) {
      await operator('POST', `/mall/orders/${orderId}/ship`, {
        carrier: shipperName,
        carrier_code: shipperCode || '',
        tracking: trackingNumber,
        traces: (traces || []).map(({ time, text }) => ({ at: time, text }))
      })
    },

    async handleRefund ({ orderId, orderGoodsId, action, address }) {
      const { list } = await operator('GET', `/mall/claims?order_id=${orderId}`)
      const claim = list.find(one => one.line_id === Number(orderGoodsId) && [0, 3].includes(one.state))
      if (action === 'refuse') return operator('POST', `/mall/claims/${claim.id}/refuse`, { answer: '不符合售后条件' })
      if (action === 'approve') return operator('POST', `/mall/claims/${claim.id}/approve`, {})
      const to = typeof address === 'object' ? address : { address }
      return operator('POST', `/mall/claims/${claim.id}/ask-return`, {
        name: to.linkMan || to.name || '售后部',
        mobile: to.mobile || '13800000000',
        address: to.address || '退货中心'
      })
    },

    approveSeller: uid => operator('POST', `/mall/sellers/${uid}/approve`, {}),
    setFx: ({ canBuy, price, commission1, commission2 }) => wired.setConfig({
      fx_can_buy: canBuy ? '1' : '',
      fx_price: price || 0,
      fx_commission_1: commission1 || 0,
      fx_commission_2: commission2 || 0
    }),
    /** Whatever the buyers have by now; what is on its way stays. */
    async settleCommission () {
      const { list } = await operator('GET', '/mall/commissions?state=0&limit=100')
      for (const one of list) await operator('POST', `/mall/commissions/${one.id}/settle`, {}).catch(() => {})
    },

    async replyReview ({ orderId, text }) {
      const { list } = await operator('GET', `/mall/reviews?order_id=${orderId}`)
      for (const review of list) await operator('POST', `/mall/reviews/${review.id}/answer`, { text })
    },

    // ---- settings and what stands around the goods
    async setConfig (values) {
      for (const [key, value] of Object.entries(values)) await operator('POST', '/mall/settings', { key, value: String(value) })
    },
    seedBanner: ({ type, title = '', picUrl, linkUrl = '', linkType = 0 }) =>
      operator('POST', '/mall/banners', { kind: type, title, picture: picUrl, link: linkUrl, link_kind: linkType }),
    seedNotice: ({ title, content }) => operator('POST', '/mall/notices', { title, content }),
    seedAdPosition: ({ key, val, url = '' }) => operator('POST', '/mall/ad-positions', { key, value: val, link: url }),
    seedShop: shop => operator('POST', '/mall/shops', {
      name: shop.name,
      address: shop.address,
      phone: shop.linkPhone,
      latitude: shop.latitude,
      longitude: shop.longitude,
      opening_hours: shop.openingHours,
      picture: shop.pic || 'https://pictures.example/shop.png'
    }),
    seedCategory: ({ name, pid = 0, type = '', icon = '' }) => operator('POST', '/mall/categories', { name, parent_id: pid, kind: type, icon }),
    seedLogistics: ({ isFree, feeType = 0, first, add }) => operator('POST', '/mall/freights', {
      name: `运费 ${run}`,
      is_free: Boolean(isFree),
      kind: feeType,
      rates: isFree ? [] : [{ first: first.number, first_fee: fen(first.amount), step: add.number, step_fee: fen(add.amount) }]
    }),

    // ---- what lowers prices and rewards members
    seedCouponRule: c => operator('POST', '/mall/coupon-rules', {
      name: c.name,
      cut: c.moneyType || 0,
      least: c.moneyType === 1 ? c.money : fen(c.money),
      most: c.moneyType === 1 ? c.money : fen(c.money),
      threshold: fen(c.moneyHreshold || 0),
      total: c.numberTotle,
      per_person: c.numberPersonMax,
      password: c.pwd || '',
      points: c.needScore || 0,
      price: fen(c.needAmount || 0),
      sign_days: c.needSignedContinuous || 0,
      valid_days: c.days,
      goods_ids: c.goodsId ? [c.goodsId] : [],
      category_ids: c.categoryId ? [c.categoryId] : []
    }),
    async seedCouponCode (ruleId) {
      await operator('POST', `/mall/coupon-rules/${ruleId}/print`, { number: 1 })
      const { list } = await operator('GET', `/mall/coupon-codes?rule_id=${ruleId}&sort=-id`)
      return { number: list[0].number, pwd: list[0].password }
    },
    seedMergeRule: ({ name, consume, produce }) => {
      const parts = coupons => coupons.map(({ couponId, number }) => ({ rule_id: couponId, number }))
      return operator('POST', '/mall/coupon-merges', { name, taken: parts(consume), made: parts(produce) })
    },
    async seedSignRules (rules) {
      for (const rule of rules) await operator('POST', '/mall/sign-rules', { days: rule.continuous, points: rule.score })
    },
    seedScoreRule: ({ code, score }) => operator('POST', '/mall/points-gifts', { code, points: score }),
    seedScoreDeduction: ({ type, score, money, loop }) => operator('POST', '/mall/points-deductions', {
      kind: type, points: score, worth: type === 0 ? fen(money) : money, repeats: Boolean(loop)
    }),
    seedScoreVoucher: ({ score }) => operator('POST', '/mall/points-vouchers', { points: score }),
    async seedUserLevel (level) {
      const made = await operator('POST', '/mall/levels', {
        name: level.name, rank: level.level, percent: Math.round((level.rebate || 10) * 10), welcome_points: level.upgradeSendScore || 0
      })
      const prices = []
      for (const { duration, unit, price } of level.prices || []) {
        prices.push(await operator('POST', '/mall/level-prices', { level_id: made.id, duration, span: unit, price: fen(price) }))
      }
      return { id: made.id, prices }
    },
    seedCard: ({ uid, name, amount }) => operator('POST', '/mall/cards', { user_id: uid, name, amount: fen(amount) }),
    seedActivity: a => operator('POST', '/mall/activity-pages', {
      title: a.title,
      banner_kind: a.bannerType || '',
      rule_ids: (a.couponRuleIds || '').split(',').filter(Boolean).map(Number),
      goods_ids: (a.goodsIds || '').split(',').filter(Boolean).map(Number),
      terms_key: a.disclaimerPageKey || ''
    }),

    // ---- small things
    async allowLinks (host) {
      const { list } = await operator('GET', `/mall/link-hosts?q=${encodeURIComponent(host)}`)
      if (list.length === 0) await operator('POST', '/mall/link-hosts', { host })
    },

    // ---- what members do beside buying
    seedQueueType: ({ name, minitus }) => operator('POST', '/mall/queues', { name, minutes: minitus }),
    callNext: id => operator('POST', `/mall/queues/${id}/call-next`, {}),
    seedYuyue: ({ title, amount, numberPersonMax }) =>
      operator('POST', '/mall/activities', { title, fee: fen(amount), places: numberPersonMax || 0 }),
    seedMessage: ({ uid, title, content }) => operator('POST', '/mall/letters', { user_id: uid, title, content }),
    async seedVote ({ title, items }) {
      const { id, options } = await operator('POST', '/mall/polls', { title, options: items.map(text => ({ title: text })) })
      return { id, items: options }
    },

    // ---- what is read
    seedCmsCategory: ({ name, type = '', icon = '' }) => operator('POST', '/mall/article-categories', { name, kind: type, icon }),
    seedArticle: ({ categoryId, title, content, tags = '' }) => operator('POST', '/mall/articles', {
      title, category_id: categoryId, content, tags: tags.split(',').filter(Boolean)
    }),
    async seedPage ({ key, title, content }) {
      const { list: [known] } = await operator('GET', `/mall/pages?key=${encodeURIComponent(key)}`)
      return known
        ? operator('PATCH', `/mall/pages/${known.id}`, { title, content, is_shown: true })
        : operator('POST', '/mall/pages', { key, title, content })
    },

    // ---- goods
    async seedGoods (g) {
      const now = Date.now()
      const made = await operator('POST', '/mall/goods', {
        name: g.name,
        category_id: g.categoryId,
        shop_id: g.shopId || 0,
        pictures: [g.pic || 'https://pictures.example/goods.png'],
        content: g.content || '',
        price: fen(g.price),
        original_price: fen(g.originalPrice || g.price),
        points: g.score || 0,
        stock: g.stores || 0,
        minimum: g.minBuyNumber || 1,
        freight_id: g.logisticsId || 0,
        after_sale: (g.afterSale || '').split(',').filter(Boolean).map(Number),
        is_recommended: Boolean(g.recommend),
        properties: (g.properties || []).map(p => ({ name: p.name, values: p.values.map(name => ({ name })) })),
        skus: (g.skus || []).map(s => ({ values: s.values, price: fen(s.price), stock: s.stores, group_price: fen(s.pingtuanPrice || 0) })),
        option_groups: (g.additions || []).map(a => ({
          name: a.name,
          is_required: Boolean(a.required),
          is_several: a.type === 1,
          options: a.items.map(i => ({ name: i.name, price: fen(i.price) }))
        })),
        is_bargained: Boolean(g.kanjia),
        bargain_price: fen(g.kanjiaPrice || 0),
        is_grouped: Boolean(g.pingtuan),
        group_price: fen(g.pingtuanPrice || 0),
        flash_from: g.miaosha ? new Date(now - 60000).toISOString() : null,
        flash_until: g.miaosha ? new Date(now + g.miaosha.minutes * 60000).toISOString() : null,
        commission: g.commissionType === 2 ? fen(g.commission || 0) : (g.commission || 0),
        commission_kind: g.commissionType || 0,
        days: (g.days || []).map(d => ({ day: d.day, price: fen(d.price), stock: d.stores })),
        slots: (g.times || []).flatMap(t => t.items.map(i => ({ day: t.day, name: i.name, price: fen(i.price), stock: i.stores }))),
        video: videos.get(String(g.video)) || g.video || '',
        labels: Object.entries(g.extJson || {}).map(([name, text]) => ({ name, text: String(text) }))
      })
      return {
        id: made.id,
        properties: made.properties,
        additions: made.option_groups.map(group => ({ id: group.id, items: group.options }))
      }
    },
    seedKanjia: ({ goodsId, originalPrice, minPrice, number, helpPriceMin, helpPriceMax, days }) => operator('POST', '/mall/bargains', {
      goods_id: goodsId,
      price: fen(originalPrice),
      floor: fen(minPrice),
      number,
      least_cut: fen(helpPriceMin),
      most_cut: fen(helpPriceMax),
      ends_at: inDays(days)
    }),
    seedPingtuan: ({ goodsId, numberPersion, timeoutHours }) =>
      operator('POST', '/mall/group-offers', { goods_id: goodsId, people: numberPersion, hours: timeoutHours, ends_at: inDays(30) }),
    async seedVideo ({ url }) {
      const made = await wired.seedGoods({ name: `视频 ${run}`, categoryId: (await findCategory()).id, price: 1, stores: 1, video: url })
      videos.set(String(made.id), url)
      return { id: String(made.id) }
    },
    async setStock (id, stores) {
      const { list } = await operator('GET', `/mall/stock?goods_id=${id}`)
      const number = stores - list.reduce((sum, one) => sum + one.free, 0)
      if (number !== 0) await operator('POST', `/mall/goods/${id}/restock`, { number })
    },

    // ---- wallets
    seedRechargeRule: ({ confine, send, loop = false }) =>
      operator('POST', '/mall/recharge-rules', { threshold: fen(confine), gift: fen(send), is_repeated: loop }),
    seedBillDiscount: ({ consume, discounts, loop = false }) =>
      operator('POST', '/mall/bill-discounts', { threshold: fen(consume), discount: fen(discounts), is_repeated: loop }),
    async handleWithdraw ({ uid, action, reason }) {
      const { id } = (await operator('GET', `/mall/withdrawals?user_id=${uid}`)).list[0]
      if (action === 'refuse') await operator('POST', `/mall/withdrawals/${id}/refuse`, { reason: reason || '不符' })
      else await operator('POST', `/mall/withdrawals/${id}/settle`, { receipt: `验收 ${run}` })
    },
    async handleDepositBack ({ uid }) {
      const { id } = (await operator('GET', `/mall/deposits?user_id=${uid}`)).list[0]
      await operator('POST', `/mall/deposits/${id}/return`, {})
    },
    seedVirtual: ({ name, money, score = 0, content }) =>
      operator('POST', '/mall/virtual-goods', { name, price: fen(money), points: score, content }),
    seedLucky: ({ name, timesPerUser, prizes }) => {
      // Chances of a prize come as parts of one, or of a hundred.
      const whole = prizes.reduce((sum, prize) => sum + prize.chance, 0) <= 1 ? 1 : 100
      return operator('POST', '/mall/raffles', {
        name,
        times: timesPerUser,
        prizes: prizes.map(({ title, pic, chance }) => ({ title, picture: pic || 'https://pictures.example/prize.png', chance: Math.round(chance / whole * 10000) }))
      })
    },
    async handleInvoice ({ uid, file }) {
      const { id } = (await operator('GET', `/mall/invoices?user_id=${uid}`)).list[0]
      await operator('POST', `/mall/invoices/${id}/issue`, { file })
    },

    async close () {}
  }
  await wired.allowLinks('www.example.com') // where the sweep's short link leads
  // What is not in the mall yet fails the journeys that need it, by its name.
  return new Proxy(wired, {
    get: (known, name) => name in known || name === 'then' ? known[name] : async () => { throw new Error(`not wired yet: adapter.${String(name)}()`) }
  })
}

module.exports = { create }
