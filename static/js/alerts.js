/**
 * What reaches a reader who looks elsewhere: a sound and the browser's notifications, each switched on by a press, for this browser.
 * Of an event one tab tells, the one that is looked at before others; in quiet hours none does.
 */
import { call } from './api.js';
import { lotAddress } from './addresses.js';
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { onUserChange, user } from './session.js';

const KEY = 'auction.alerts';
const TOLD_KEY = 'auction.alerts.told';
const TOLD_KEPT = 100;
const HIDDEN_WAIT = 800; // ms; a tab that is looked at is first
const SHANGHAI_AHEAD = 8 * 3600 * 1000; // ms; without summer time
const TONES = { outbid: [660, 440], ending: [880, 880], won: [523, 784] }; // Hz

const shown = new Map(); // key of what it is about → the notification
const asking = lastAsked();
let quiet = null; // of the account: `{begin, end}` as 22:30
let sound = null; // made by the reader's first press on the page: before it browsers let none be heard

/** What is switched on here: `{sound, notices}`. */
export function alertChoices() {
  try {
    return { sound: false, notices: false, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { sound: false, notices: false };
  }
}

/** Switches the sound on or off; to be called from a press, and heard at once. */
export function chooseSound(isOn) {
  keepChoice({ sound: isOn });
  if (isOn) {
    wakeSound();
    if (sound) play('won');
  }
}

/** Asks the browser's leave for notifications, or switches them off; to be called from a press. Gives whether they are on. */
export async function chooseNotices(isOn) {
  const isAllowed = isOn && (await Notification.requestPermission()) === 'granted';
  keepChoice({ notices: isAllowed });
  return isAllowed;
}

/** `unsupported`, `denied`, or whether they are `on` or `off`. */
export function noticesState() {
  if (typeof Notification === 'undefined') return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return Notification.permission === 'granted' && alertChoices().notices ? 'on' : 'off';
}

/** Reads the account's quiet hours and the rest of what it is reached by. */
export async function readReach() {
  const isLast = asking();
  const reach = await call('GET', '/reminders');
  if (isLast()) takeReach(reach);
  return reach;
}

export const saveQuiet = (hours) => call('PUT', '/reminders/quiet', { body: hours }).then(takeReach);
export const dropQuiet = () => call('DELETE', '/reminders/quiet').then(takeReach);

/** Tells of an event of a lot; `id` is the event's, `key` the lot's: a later one takes the place of the one before. */
export async function alertOf({ id, key, kind, text, goodsId, groupId }) {
  const isHeard = alertChoices().sound && sound !== null;
  if (!(isHeard || noticesState() === 'on') || isQuiet(Date.now())) return;
  if (document.hidden) await new Promise((resolve) => { setTimeout(resolve, HIDDEN_WAIT); });
  if (!(await isFirst(id))) return;
  if (isHeard) play(kind);
  if (document.hidden && noticesState() === 'on') notify({ key, kind, text, address: lotAddress(goodsId, groupId) });
}

/** To be called when what was told is over. */
export function dropAlert(key) {
  shown.get(key)?.close();
  shown.delete(key);
}

/** Whether the reader wants to be left alone at that moment. */
export function isQuiet(ms, hours = quiet) {
  if (!hours) return false;
  const clock = new Date(ms + SHANGHAI_AHEAD).toISOString().slice(11, 16);
  const { begin, end } = hours;
  return begin <= end ? begin <= clock && clock < end : clock >= begin || clock < end;
}

function takeReach(reach) {
  quiet = reach.quiet;
  return reach;
}

function keepChoice(choice) {
  localStorage.setItem(KEY, JSON.stringify({ ...alertChoices(), ...choice }));
}

/** Over all tabs of this browser. */
function isFirst(id) {
  const claim = () => {
    const told = JSON.parse(localStorage.getItem(TOLD_KEY) ?? '[]');
    if (told.includes(id)) return false;
    localStorage.setItem(TOLD_KEY, JSON.stringify([...told, id].slice(-TOLD_KEPT)));
    return true;
  };
  return navigator.locks ? navigator.locks.request(TOLD_KEY, claim) : claim(); // without locks (plain http) two may tell
}

function notify({ key, kind, text, address }) {
  dropAlert(key);
  const icon = document.querySelector('link[rel="apple-touch-icon"]')?.href;
  try {
    const notification = new Notification(t(`alert.${kind}`), { body: text, tag: key, icon, lang: document.documentElement.lang });
    notification.addEventListener('click', () => {
      window.focus();
      if (window.location.pathname + window.location.search !== address) window.location.assign(address);
      notification.close();
    });
    shown.set(key, notification);
  } catch {
    keepChoice({ notices: false }); // a telephone's browser that shows them for installed pages only
  }
}

function wakeSound() {
  sound ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
  sound?.resume();
}

/** Two short tones. */
function play(kind) {
  TONES[kind].forEach((pitch, index) => {
    const begin = sound.currentTime + index * 0.18;
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.2, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.16);
    tone.connect(volume).connect(sound.destination);
    tone.start(begin);
    tone.stop(begin + 0.17);
  });
}

['pointerdown', 'keydown'].forEach((press) => {
  document.addEventListener(press, () => { if (alertChoices().sound) wakeSound(); }, { once: true, capture: true });
});

/** Pages that tell ask once; who switched nothing on asks nothing. */
function readQuiet() {
  asking(); // what comes of an earlier reader's is not taken
  quiet = null;
  const { sound: hasSound, notices } = alertChoices();
  if (user() && (hasSound || notices)) readReach().catch(() => {}); // offline: told as on other days
}

readQuiet();
onUserChange(readQuiet);
