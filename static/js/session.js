/** Who is signed in: the token, its renewal, and the news of a change, shared by all tabs. */
import { language } from './i18n.js';

const KEY = 'auction.session';
const LOCK = 'auction.renewal';
const RENEW_BEFORE_END = 5 * 60 * 1000; // ms; early enough to survive a short outage
const RETRY_AFTER = 20 * 1000;

/** @typedef {{token: string, ends_at: number, user: {id: number, nickname: string}|null}} Session */

const listeners = new Set();
let session = read();
let timer = null;

export const token = () => session?.token ?? null;
export const user = () => session?.user ?? null;

/** Calls `listener(reason)` after every sign-in, renewal and sign-out, here or in another tab. */
export function onSessionChange(listener) {
  listeners.add(listener);
}

/** Calls `listener` after somebody signed in or out: not when only the token changed. */
export function onUserChange(listener) {
  onSessionChange((reason) => { if (reason !== 'renewed') listener(); });
}

/** Takes a login's answer into use. */
export function keepToken({ access_token: fresh, expires_in: seconds }, owner) {
  keep({ token: fresh, ends_at: Date.now() + seconds * 1000, user: owner }, 'signed_in');
}

/** Remembers the user as the server names them. */
export function keepUser(owner) {
  if (session) keep({ ...session, user: owner }, 'renewed');
}

export function signOut(reason = 'signed_out') {
  if (session) keep(null, reason);
}

/**
 * A valid token in place of `spent`, from this tab or another; null when the user must sign in again.
 * Rejects when the server could not be asked.
 */
export async function renewToken(spent = token()) {
  // Without locks (plain http) two tabs may ask at once: the server then gives both the same successor.
  if (!navigator.locks) return renewAlone(spent);
  return navigator.locks.request(LOCK, () => renewAlone(spent));
}

async function renewAlone(spent) {
  const stored = read();
  if (!stored) return null;
  if (stored.token !== spent) {
    adopt(stored, 'renewed');
    return stored.token;
  }
  const response = await fetch('/api/auth/refresh', {
    method: 'POST',
    headers: { Authorization: `Bearer ${stored.token}`, Accept: 'application/json', 'Accept-Language': language },
  });
  if (response.status === 401 || response.status === 403) {
    signOut('expired');
    return null;
  }
  const reply = await response.json();
  if (reply.code !== 1) throw new Error(reply.message);
  if (!read()) return null; // signed out meanwhile, in this tab or another
  const { access_token: fresh, expires_in: seconds } = reply.data;
  keep({ ...stored, token: fresh, ends_at: Date.now() + seconds * 1000 }, 'renewed');
  return fresh;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null; // written by hand or cut off: as good as signed out
  }
}

function keep(next, reason) {
  if (next) localStorage.setItem(KEY, JSON.stringify(next));
  else localStorage.removeItem(KEY);
  adopt(next, reason);
}

function adopt(next, reason) {
  session = next;
  schedule();
  listeners.forEach((listener) => listener(reason));
}

function schedule() {
  clearTimeout(timer);
  if (!session) return;
  const wait = Math.max(0, session.ends_at - RENEW_BEFORE_END - Date.now());
  timer = setTimeout(renewInTime, wait);
}

async function renewInTime() {
  try {
    await renewToken();
  } catch {
    timer = setTimeout(renewInTime, RETRY_AFTER); // offline: the old token may still serve meanwhile
  }
}

window.addEventListener('storage', ({ key }) => {
  if (key !== KEY) return;
  const next = read();
  const isSamePerson = next?.user?.id === session?.user?.id;
  adopt(next, isSamePerson ? 'renewed' : next ? 'signed_in' : 'signed_out');
});
schedule();
