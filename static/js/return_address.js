import { onUserChange, user } from './session.js';

/** Where a reader goes on after signing in: `?next=` of the address, as long as it is one of our own pages. */
export function returnAddress() {
  const wanted = new URLSearchParams(window.location.search).get('next') ?? '/';
  const place = URL.canParse(wanted, window.location.origin) ? new URL(wanted, window.location.origin) : null;
  return place && place.origin === window.location.origin ? place.pathname + place.search : '/';
}

/** Leaves the page once somebody is signed in, by whatever way, here or in another tab; true if that is so already. */
export function leaveOnceSignedIn() {
  const leave = () => { if (user()) window.location.replace(returnAddress()); };
  onUserChange(leave);
  leave();
  return Boolean(user());
}
