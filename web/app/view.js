// Drawing: a page is a function from its state to a tree, drawn again whenever the state changes.
import { h, render } from '/vendor/preact.mjs';
import htm from '/vendor/htm.mjs';

export const html = htm.bind(h);
export { render };

const paths = {
  play: 'M8 5.2v13.6L19 12z',
  pause: 'M7 5h3.6v14H7zM13.4 5H17v14h-3.6z',
  rewind: 'M11.5 6v12L3.5 12zM20 6v12l-8-6z',
  forward: 'M4 6l8 6-8 6zM12.5 6l8 6-8 6z',
  back: 'M14.8 5.2L8 12l6.8 6.8 1.4-1.4L10.8 12l5.4-5.4z',
  sound: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM15 8.2v7.6a4.2 4.2 0 0 0 0-7.6zM15 4.4v2a6 6 0 0 1 0 11.2v2a8 8 0 0 0 0-15.2z',
  silence: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM21 9.9L19.6 8.5 17.5 10.6 15.4 8.5 14 9.9 16.1 12 14 14.1 15.4 15.5 17.5 13.4 19.6 15.5 21 14.1 18.9 12z',
  fullscreen: 'M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z',
  window: 'M8 4h2v6H4V8h4zM14 4h2v4h4v2h-6zM4 14h6v6H8v-4H4zM14 14h6v2h-4v4h-2z',
  details: 'M4 19V5h2v12h14v2zM8 15v-4h2.5v4zM12.2 15V7h2.5v8zM16.4 15v-6H19v6z',
  search: 'M10.5 4a6.5 6.5 0 1 0 4 11.6l4.4 4.4 1.4-1.4-4.4-4.4A6.5 6.5 0 0 0 10.5 4zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z',
  audio: 'M9 18.5a2.5 2.5 0 1 1-2-2.45V5l12-2v12.5a2.5 2.5 0 1 1-2-2.45V8.3L9 9.7z',
  check: 'M9.5 17.2L4.3 12l1.4-1.4 3.8 3.8 8.8-8.8L19.7 7z',
};

/** A 24 × 24 glyph in the colour of the text around it; what it means is said by its button. */
export const icon = (name) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${paths[name]} /></svg>`;

/** The mark: a lamp lit over a ridge, and the name. */
export const mark = () => html`
  <svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
    <circle class="mark-lamp" cx="24.5" cy="12" r="4.5" />
    <path class="mark-ridge" d="M3 33 L15.5 15.5 L22 24.5 L25.5 20 L37 33 Z" />
  </svg>`;
