/** The accounts API: registration, sign-in by password, and what users keep about themselves. */
import { call } from './api.js';
import { keepToken, keepUser, signOut, token } from './session.js';

/** A picture to read: `{captcha_key, expired_at, captcha_image_content}`, good for that username. */
export const makeCaptcha = (username) => call('POST', '/captchas', { body: { username } });

export const register = (form) => call('POST', '/auth/register', { body: form });

/** Signs in by password and keeps the token. */
export async function logIn(form) {
  const login = await call('POST', '/auth/login', { body: form });
  const owner = await call('POST', '/auth/me', { bearer: login.access_token });
  keepToken(login, owner);
  return owner;
}

/** Signs out here at once, and everywhere as soon as the server hears of it. */
export function logOut() {
  const spent = token();
  signOut();
  if (spent) call('DELETE', '/auth/logout', { bearer: spent }).catch(() => {}); // offline: the token ends by itself within the hour
}

export async function getProfile() {
  const [profile] = await call('GET', '/user_profiles');
  return profile;
}

export const saveProfile = (id, fields) => call('PUT', `/user_profiles/${id}`, { body: fields }).then(tellUser);
export const uploadAvatar = (picture) => call('POST', '/avatars', { body: picture }).then(tellUser);
export const changePassword = (username, form) => call('PUT', `/user/password/${encodeURIComponent(username)}`, { body: form });

export const listAddresses = () => call('GET', '/user_addresses');
export const addAddress = (fields) => call('POST', '/user_addresses', { body: fields });
export const changeAddress = (id, fields) => call('PUT', `/user_addresses/${id}`, { body: fields });
export const removeAddress = (id) => call('DELETE', `/user_addresses/${id}`);

/** The provinces, or the parts of the region with that code: `{code, name, level}`. */
export const listRegions = (parent) => call('GET', '/regions', { query: parent ? { parent } : undefined });

/** The header shows the new name at once. */
async function tellUser(profile) {
  keepUser(await call('POST', '/auth/me'));
  return profile;
}
