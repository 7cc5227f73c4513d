import { onUserChange, user } from './session.js';

/** Where a reader goes on after signing in: `?next=` of the address, as long as it is one of our own pages. */
export function returnAddress() {
  const { origin, protocol, search } = window.location;
  const wanted = new URLSearchParams(search).get('next') ?? '/';
  const place = URL.canParse(wanted, origin) ? new URL(wanted, origin) : null;
  const isOurs = place?.origin === origin && place.protocol === protocol; // a blob: has its maker's origin
  // Whole, with the origin: a path may begin with two slashes, and alone would name another site.
  return isOurs ? origin + place.pathname + place.search : `${origin}/`;
}

/** Leaves the page once somebody is signed in, by whatever way, here or in another tab; true if that is so already. */
export function leaveOnceSignedIn() {
  const leave = () => { if (user()) window.location.replace(returnAddress()); };
  onUserChange(leave);
  leave();
  return Boolean(user());
}
