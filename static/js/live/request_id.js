/** Keys under which a bid counts once. */

/** A random UUID. It need not be secret, only never repeat for one user. */
export function makeRequestId() {
  // Without randomUUID on plain-http pages, and without any of it in mini-programs.
  const source = typeof crypto === 'undefined' ? null : crypto;
  if (source && source.randomUUID) return source.randomUUID();
  const bytes = new Uint8Array(16);
  if (source && source.getRandomValues) source.getRandomValues(bytes);
  else for (let i = 0; i < 16; i += 1) bytes[i] = Math.floor(Math.random() * 256);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
