/** What there is not: the page says so in both languages and shows the reader's. */
import { t } from './i18n.js';
import { dressPage } from './ui/shell.js';

const main = dressPage(t('missing.title'));
main.querySelectorAll('.place').forEach((place) => { place.hidden = place.lang !== document.documentElement.lang; });
