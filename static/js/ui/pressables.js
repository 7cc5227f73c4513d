/** Buttons that cannot be pressed just now and keep the focus: one that is `disabled` would drop it to the page. */

export function pressable(button, isPressable) {
  if (isHeld(button) === isPressable) button.setAttribute('aria-disabled', !isPressable);
}

export function isHeld(button) {
  return button.getAttribute('aria-disabled') === 'true';
}
