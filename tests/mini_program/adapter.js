'use strict'
// What the acceptance of the mini-program needs to know of this server: how its staff seeds a mall, pays, ships. The client sees none of it.
// Operators' tokens come from run.py, with the DATA_DIR that the server runs with.
const path = require('node:path')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')

const ROOT = path.join(__dirname, '../..')
const PYTHON = path.join(ROOT, '.venv/bin/python')

const fen = yuan => Math.round(yuan * 100)

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

  const wired = {
    merchantId: '951',

    // ---- people
    loginCode: user => user,
    phoneCode: (user, mobile) => mobile,
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

    async close () {}
  }
  // What is not in the mall yet fails the journeys that need it, by its name.
  return new Proxy(wired, {
    get: (known, name) => name in known || name === 'then' ? known[name] : async () => { throw new Error(`not wired yet: adapter.${String(name)}()`) }
  })
}

module.exports = { create }
