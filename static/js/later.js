/** What a page can do without while it first shows something: fetched all at once when its script begins, not with it. */
import { t } from './i18n.js';
import { showToast } from './ui/toasts.js';

const links = document.getElementById('later');
if (links) document.head.append(links.content);

/** A module that is imported on the way; null if it does not come, and the page says so. */
export async function load(importing) {
  try {
    return await importing();
  } catch {
    showToast({
      key: 'unloaded',
      text: t('failure.part'),
      tone: 'bad',
      isUrgent: true,
      actions: [{ text: t('failure.reload'), run: () => window.location.reload() }],
    });
    return null;
  }
}
