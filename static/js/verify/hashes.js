/** Hashes, trees of them and signatures, as the server makes them (RFC 6962, RFC 8032). */

const SIGNED = 'auction statements\n'; // before a root: a signature of the server's stands under nothing else
const LEAF = 0;
const NODE = 1;

const encoder = new TextEncoder();

/** The SHA-256 of a text, in hex. */
export const sha256 = async (text) => toHex(await digest(encoder.encode(text)));

/** How a key is called: the beginning of its hash. */
export const idOfKey = async (publicKey) => toHex(await digest(fromHex(publicKey))).slice(0, 16);

/** The root, in hex, over one text or more. */
export async function rootOf(texts) {
  let level = await Promise.all(texts.map(hashLeaf));
  while (level.length > 1) {
    const pairs = level.flatMap((left, index) => (index % 2 ? [] : [[left, level[index + 1]]]));
    level = await Promise.all(pairs.map(([left, right]) => (right ? hashNode(left, right) : left)));
  }
  return toHex(level[0]);
}

/** The root that a text and its path lead to; null for what is no path. */
export async function climb(text, path) {
  let node = await hashLeaf(text);
  for (const step of path) {
    if (!/^[LR][0-9a-f]{64}$/.test(step)) return null;
    const neighbour = fromHex(step.slice(1));
    node = step[0] === 'L' ? await hashNode(neighbour, node) : await hashNode(node, neighbour);
  }
  return node;
}

/** Whether the owner of that key has signed the root. Where the browser does not know Ed25519, a library does. */
export async function isSigned(publicKey, signature, root) {
  const [key, sign, content] = [fromHex(publicKey), fromHex(signature), joined(encoder.encode(SIGNED), root)];
  let known;
  try {
    known = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  } catch (error) {
    if (error.name !== 'NotSupportedError') return false;
    const { verifyAsync } = await import('../../vendor/noble-ed25519/ed25519.js');
    return verifyAsync(sign, content, key, { zip215: false }).catch(() => false);
  }
  return crypto.subtle.verify('Ed25519', known, sign, content);
}

const hashLeaf = (text) => digest(joined([LEAF], encoder.encode(text)));
const hashNode = (left, right) => digest(joined([NODE], left, right));

async function digest(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function joined(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
