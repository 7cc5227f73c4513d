/* Not a module: stands in the page itself, so that it is there when a script is not. What has begun needs it no more. */
addEventListener('error', ({ target, filename }) => {
  const main = document.querySelector('main[aria-busy]');
  if (!main || !(target instanceof HTMLScriptElement || filename?.includes('/static/'))) return;
  main.removeAttribute('aria-busy');
  main.replaceChildren(document.getElementById('unloaded').content.cloneNode(true));
  main.querySelector('button').addEventListener('click', () => location.reload());
}, true);
