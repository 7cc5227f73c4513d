'use strict'
// Calls functions of the mall's SDK, unchanged, as a mini-program does: each line of standard input is {"id", "call", "arguments"},
// each line of standard output {"id", "answer"} or {"id", "error"}. Whatever host the SDK names, this server is asked.
// node sdk.js FOLDER-OF-THE-SDK http://127.0.0.1:PORT DOMAIN MERCHANT-ID
const fs = require('node:fs')
const path = require('node:path')
const readline = require('node:readline')

const [folder, origin, domain, merchantId] = process.argv.slice(2)

// As wx.request: values as texts, undefined and null too.
const toForm = values => Object.keys(values || {}).map(name => `${encodeURIComponent(name)}=${encodeURIComponent(values[name])}`).join('&')

function toOwn (url) {
  const { pathname, search } = new URL(url, origin)
  return origin + pathname.replace(/\/{2,}/g, '/') + search
}

async function ask (url, about) {
  const response = await fetch(toOwn(url), about)
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

global.wx = {
  getStorageSync: () => '', // of a phone that keeps nothing
  request ({ url, method = 'GET', data, header, success, fail }) {
    const form = toForm(data)
    const isGet = method.toUpperCase() === 'GET'
    const target = isGet && form ? `${url}${url.includes('?') ? '&' : '?'}${form}` : url
    ask(target, { method: method.toUpperCase(), headers: header, body: isGet ? undefined : form }).then(data => success({ data }), fail)
  },
  uploadFile ({ url, filePath, name, formData, success, fail }) {
    const body = new FormData()
    for (const field of Object.keys(formData || {})) body.append(field, String(formData[field]))
    body.append(name, new Blob([fs.readFileSync(filePath)]), path.basename(filePath))
    fetch(toOwn(url), { method: 'POST', body }).then(async response => success({ data: await response.text() }), fail)
  }
}

const sdk = require(path.resolve(folder))
sdk.init2(origin, domain)
sdk.setMerchantId(merchantId)

readline.createInterface({ input: process.stdin }).on('line', async line => {
  const { id, call, arguments: given } = JSON.parse(line)
  try {
    process.stdout.write(JSON.stringify({ id, answer: await sdk[call](...given) }) + '\n')
  } catch (error) {
    process.stdout.write(JSON.stringify({ id, error: String(error && error.stack) }) + '\n')
  }
})
