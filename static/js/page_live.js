/** The page's live client: wired to the session, to the network coming and going, and to the reader's notices. */
import { Endings } from './endings.js';
import { t } from './i18n.js';
import { load } from './later.js';
import { onSessionChange, renewToken, signOut, token, user } from './session.js';
import { showToast } from './ui/toasts.js';

const BANNED = 4021;
const WATCHED = 'watched';

const loading = load(() => import('./live/client.js')); // begun at once; the page shows its prices meanwhile

/**
 * Starts a client that listens to `channels`, to the reader's own notices and to their watch list; null if it could not be loaded, which is said.
 * @param {{channels?: string[], cursors?: {[channel: string]: string|null}, onState?: Function, onEvent?: Function, onRefused?: Function, trust?: import('./trust.js').Trust,
 *   endings?: Endings,
 *   notices: {take: (event: object) => void, takeMissed: (events: object[]) => void}}} options `endings`: the page's own, where it has lots
 * @returns {Promise<import('./live/client.js').LiveClient|null>}
 */
export async function openLive({ channels = [], cursors = {}, notices, endings = new Endings(), trust, onState, onEvent, onRefused }) {
  const isOfPage = (channel) => channel !== WATCHED || channels.includes(WATCHED);
  const { LiveClient } = (await loading) ?? {};
  if (!LiveClient) {
    trust?.take({ link: 'stopped', stale: false });
    return null;
  }
  let isResumed = Boolean(keptCursor()); // without a cursor `missed` is old history, not news
  const live = new LiveClient({
    url: window.location.origin,
    token: token(),
    renewToken: () => renewToken(live.token),
    onEvent: (event) => {
      if (event.channel === 'me') {
        notices.take(event);
        return;
      }
      endings.takeEvent(event);
      if (isOfPage(event.channel)) onEvent?.(event);
    },
    onState: (channel, snapshot) => {
      if (channel !== 'me') {
        endings.takeState(snapshot);
        if (isOfPage(channel)) onState?.(channel, snapshot);
      } else {
        if (isResumed) notices.takeMissed(snapshot.missed);
        isResumed = true;
      }
    },
    onStatus: (status) => {
      if (status.code === BANNED) showToast({ key: 'session', text: t('account.banned'), tone: 'bad' });
      trust?.take(status, live);
    },
    onUser: (owner) => { if (!owner) signOut('expired'); },
    onRefused,
  });
  onSessionChange((reason) => {
    if (reason === 'signed_in') {
      isResumed = false;
      live.setToken(null); // another tab may have changed the user without a sign-out between
    }
    live.setToken(token());
  });
  [...channels, WATCHED].forEach((channel) => live.subscribe(channel, { cursor: cursors[channel] ?? null }));
  live.subscribe('me', { cursor: keptCursor() });
  live.start();
  endings.start(() => live.now());
  wakeWithThePage(live);
  return live;
}

/** A page left and opened again goes on with the notices where it stopped; per tab and per user. */
const cursorKey = () => `auction.notices.${user()?.id}`;
const keptCursor = () => sessionStorage.getItem(cursorKey());

function wakeWithThePage(live) {
  window.addEventListener('online', () => live.wake());
  window.addEventListener('pageshow', () => live.wake());
  window.addEventListener('pagehide', () => {
    const cursor = live.cursorOf('me');
    if (user() && cursor) sessionStorage.setItem(cursorKey(), cursor);
  });
  document.addEventListener('visibilitychange', () => {
    live.setSeen(!document.hidden);
  });
}
