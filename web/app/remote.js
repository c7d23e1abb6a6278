// One set of named actions for keyboards and television remotes, and moving the focus with arrow keys alone.
import { remember, remembered } from './words.js';

const byKey = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Enter: 'enter',
  Escape: 'back', Backspace: 'back', GoBack: 'back', BrowserBack: 'back', XF86Back: 'back',
  MediaPlayPause: 'toggle', MediaPlay: 'play', MediaPause: 'pause', MediaStop: 'back',
  MediaFastForward: 'forward', MediaTrackNext: 'forward', MediaRewind: 'rewind', MediaTrackPrevious: 'rewind',
};

// Remotes that send a number and no name: webOS, Tizen and HbbTV boxes.
const byCode = {
  461: 'back', 10009: 'back', 13: 'enter',
  415: 'play', 19: 'pause', 10252: 'toggle', 413: 'back', 417: 'forward', 412: 'rewind', 179: 'toggle',
  37: 'left', 38: 'up', 39: 'right', 40: 'down',
};

/** The action a key asks for ('left', 'back', 'toggle' …), or null. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return byKey[event.key] || byCode[event.keyCode] || null;
}

/** Whether keys typed now belong to a text field. */
export const typing = () => /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName) && document.activeElement.type !== 'range';

const focusable = 'a[href], button:not([disabled]), input:not([disabled]), [tabindex="0"]';

function candidates(scope) {
  return [...scope.querySelectorAll(focusable)].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden';
  });
}

const overlap = (a0, a1, b0, b1) => Math.min(a1, b1) - Math.max(a0, b0);

/** How far `to` lies from `from` in that direction, or null when it does not lie there at all. */
function distance(from, to, direction) {
  const across = direction === 'left' || direction === 'right';
  const ahead = {
    left: from.left - to.right, right: to.left - from.right, up: from.top - to.bottom, down: to.top - from.bottom,
  }[direction];
  const centre = (box) => (across ? box.left + box.width / 2 : box.top + box.height / 2);
  const sign = direction === 'left' || direction === 'up' ? -1 : 1;
  if ((centre(to) - centre(from)) * sign <= 1 || ahead < -8) return null;
  const shared = across
    ? overlap(from.top, from.bottom, to.top, to.bottom)
    : overlap(from.left, from.right, to.left, to.right);
  const aside = across
    ? Math.abs(from.top + from.height / 2 - to.top - to.height / 2)
    : Math.abs(from.left + from.width / 2 - to.left - to.width / 2);
  if (across && shared <= 0) return null;
  return Math.max(0, ahead) * 2 + (shared > 0 ? aside * 0.3 : aside * 2 + 100);
}

/** Moves the focus to the nearest control in that direction within scope. Returns whether there was one. */
export function moveFocus(direction, scope = document) {
  const all = candidates(scope);
  const here = document.activeElement;
  if (!here || here === document.body || !all.includes(here)) {
    const first = all.find((element) => element.hasAttribute('data-first')) || all[0];
    first?.focus();
    return Boolean(first);
  }
  const from = here.getBoundingClientRect();
  let best = null;
  for (const element of all) {
    if (element === here) continue;
    const far = distance(from, element.getBoundingClientRect(), direction);
    if (far !== null && (!best || far < best.far)) best = { element, far };
  }
  if (!best) return false;
  best.element.focus();
  best.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return true;
}

/** Arrow keys that a text field needs for itself: left and right, unless the caret has nowhere left to go. */
export function caretNeeds(direction) {
  const field = document.activeElement;
  if (!typing() || direction === 'up' || direction === 'down') return false;
  return direction === 'left' ? field.selectionStart > 0 : field.selectionEnd < field.value.length;
}

/**
 * Pages are drawn larger on television screens. Those that don't say what they are can be told once: /?tv, and /?tv=0 undoes it.
 */
export function markTelevision() {
  const told = new URLSearchParams(location.search).get('tv');
  if (told !== null) remember('television', told === '0' ? 'no' : 'yes');
  const television = /\b(TV|SMART-TV|SmartTV|Tizen|Web0S|webOS|HbbTV|BRAVIA|AFT[A-Z]|CrKey|STB)\b/i.test(navigator.userAgent)
    || remembered('television') === 'yes';
  if (television) document.documentElement.classList.add('television');
  return television;
}
