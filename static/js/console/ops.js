/** Asking the server as an operator: where the second factor is wanted again, the reader is asked for it and the call repeated. */
import { ApiError, call } from '../api.js';
import { language } from '../i18n.js';
import { token } from '../session.js';
import { openDialog } from '../ui/dialogs.js';
import { Field, formOf } from '../ui/fields.js';
import { say } from './texts.js';

const FACTOR = 'X-Second-Factor';
const WANTED = ['second_factor_needed', 'second_factor_wrong'];
const CANCELLED = 'cancelled';

/** Whether the reader went away from a question instead of answering it. */
export const isCancelled = (error) => error.error === CANCELLED;

/** `path` as the description has it, `/api/…`. Rejects with ApiError. */
export async function ask(method, path, options = {}) {
  const below = path.replace(/^\/api/, '');
  try {
    return await call(method, below, options);
  } catch (error) {
    if (!WANTED.includes(error.error)) throw error;
    return askWithFactor((code) => call(method, below, { ...options, headers: { ...options.headers, [FACTOR]: code } }), error);
  }
}

/** Asks for a code until one is taken; what else the server says of the call is the caller's. */
function askWithFactor(repeat, first) {
  return new Promise((resolve, reject) => {
    let outcome = () => reject(new ApiError({ status: 0, error: CANCELLED, message: '' }));
    const code = new Field({
      name: 'code', label: say('code'), autocomplete: 'one-time-code', inputmode: 'text', autofocus: true, maxlength: 64,
    });
    const form = formOf({
      fields: [code],
      submit: say('confirm'),
      send: async ({ code: given }) => {
        try {
          const answer = await repeat(given);
          outcome = () => resolve(answer);
        } catch (error) {
          if (WANTED.includes(error.error)) throw error;
          outcome = () => reject(error);
        }
        dialog.close();
      },
    });
    if (first.error === 'second_factor_wrong') code.showProblem(first.message);
    const explanation = document.createElement('p');
    explanation.className = 'dialog__text';
    explanation.textContent = say('second_explain');
    const dialog = openDialog({ title: say('second_title'), content: [explanation, form], onClose: () => outcome() });
  });
}

/** A file of the server's, kept under the name that it gives, or the other one; gives that name. Rejects with ApiError. */
export async function download(path, query, fallback = 'export') {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${token()}`, 'Accept-Language': language === 'zh' ? 'zh-CN' : 'en' },
  });
  if (!response.ok) throw new ApiError({ status: response.status, ...(await response.json()) });
  const told = response.headers.get('Content-Disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(told)?.[1];
  const name = encoded ? decodeURIComponent(encoded) : /filename="([^"]+)"/.exec(told)?.[1] ?? fallback;
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
  return name;
}
