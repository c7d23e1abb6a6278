// The player page. /watch.html?id=<asset>&with=hls|dash
//
// For tests and measurements the page offers
//   window.outpost = { video, stats(), select(height | 'auto'), seek(seconds) }
// where stats() gives {library, format, width, height, kbps, codec, bufferSeconds, droppedFrames, bandwidthKbps, error} and
// error is null or {kind, detail} (kinds: app/engines/trouble.js).
import { html, render } from './view.js';
import { say, remember, remembered } from './words.js';
import { fetchCatalogue } from './catalogue.js';
import { undecodableCodec } from './film.js';
import { followConnection } from './connection.js';
import { Overlay } from './controls.js';
import { fitPicture } from './picture.js';
import { Session } from './session.js';
import { actionOf, markTelevision, moveFocus } from './remote.js';

const stage = document.getElementById('stage');
const video = document.getElementById('video');
const picture = document.getElementById('picture');
const overlay = document.getElementById('overlay');
const query = new URLSearchParams(location.search);
const wide = window.matchMedia('(min-width: 60rem)').matches;
const television = markTelevision();

const state = {
  asset: null, trouble: null, undecodable: null, menu: null, waiting: true, started: false, lost: false,
  details: remembered('details') ? remembered('details') === 'on' : wide && !television,
};

const session = new Session(video, {
  troubled(trouble) {
    Object.assign(state, { trouble, menu: null });
    if (trouble.kind === 'codec') state.undecodable = undecodableCodec(state.asset) || state.asset.codecs?.[0] || trouble.message;
    draw();
    overlay.querySelector('.trouble [data-first]')?.focus();
  },
});

/** Width to height of what is on the screen, before that of what the catalogue says. */
function shape() {
  const { width, height } = video.videoWidth ? { width: video.videoWidth, height: video.videoHeight } : state.asset || {};
  return width > 0 && height > 0 ? width / height : 16 / 9;
}

const draw = () => {
  render(html`<${Overlay} state=${state} session=${session} video=${video} act=${act} />`, overlay);
  fitPicture(stage, picture, overlay.querySelector('.bar'), shape());
};

const startingFormat = () => (['hls', 'dash'].includes(query.get('with')) ? query.get('with') : remembered('format') || 'hls');

function start(format, startAt, playing = true) {
  Object.assign(state, { trouble: null, waiting: true });
  session.open(state.asset, format, startAt, playing);
  draw();
}

const act = {
  toggle() { session.play(video.paused); },
  play() { session.play(true); },
  pause() { session.play(false); },
  rewind() { session.seek(video.currentTime - 10); },
  forward() { session.seek(video.currentTime + 10); },
  mute() { video.muted = !video.muted; },
  details() {
    state.details = !state.details;
    remember('details', state.details ? 'on' : 'off');
    draw();
  },
  fullscreen() {
    const change = document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen();
    change.catch(() => { /* the browser refused: nothing changes */ });
  },
  subtitles() {
    const texts = session.engine?.texts() || [];
    const next = texts[texts.findIndex(({ active }) => active) + 1];
    session.selectText(next || null);
    draw();
  },
  menu(name) {
    state.menu = state.menu === name ? null : name;
    draw();
    const chosen = '.menu-list [aria-checked="true"], .menu-list button';
    if (state.menu) overlay.querySelector(chosen)?.focus();
    else overlay.querySelector(`[data-menu="${name}"]`)?.focus();
  },
  choose(name, entry) {
    entry.choose();
    act.menu(name);
  },
  format(format) {
    if (format === session.format && !state.trouble) return;
    remember('format', format);
    query.set('with', format);
    history.replaceState(null, '', `?${query}`);
    start(format, session.rememberPosition(), session.playing);
  },
  retry() {
    if (state.asset.unsure) openAsset();
    else start(session.format, session.rememberPosition());
  },
  leave(event) {
    event?.preventDefault();
    try { sessionStorage.setItem('outpost.watched', query.get('id')); } catch { /* the focus starts at the top, then */ }
    const cameFromLibrary = document.referrer && new URL(document.referrer).origin === location.origin && new URL(document.referrer).pathname === '/';
    if (cameFromLibrary && history.length > 1) history.back();
    else location.assign('/');
  },
};

/** The controls show while they are wanted and leave the film alone after three quiet seconds. */
let quiet = 0;
function wake() {
  stage.classList.remove('resting');
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    if (video.paused || state.menu || state.trouble || state.waiting) return wake();
    stage.classList.add('resting');
    if (overlay.contains(document.activeElement)) document.activeElement.blur();
    return undefined;
  }, 3000);
}

const letters = { ' ': 'toggle', k: 'toggle', f: 'fullscreen', m: 'mute', c: 'subtitles', i: 'details', j: 'rewind', l: 'forward' };

function onArrow(direction) {
  const here = document.activeElement;
  const onFilm = !overlay.contains(here) && !state.trouble;
  const sideways = direction === 'left' || direction === 'right';
  if (state.menu) moveFocus(direction, overlay.querySelector('.menu-list'));
  else if (sideways && (onFilm || here.id === 'position')) act[direction === 'left' ? 'rewind' : 'forward']();
  else moveFocus(direction, overlay);
}

function onBack() {
  if (state.menu) act.menu(state.menu);
  else if (document.fullscreenElement) document.exitFullscreen();
  else act.leave();
}

function onKey(event) {
  const action = actionOf(event);
  const onControl = overlay.contains(document.activeElement);
  const letter = event.ctrlKey || event.metaKey || event.altKey ? null : letters[event.key.toLowerCase()];
  wake();
  if (action === 'enter' || (event.key === ' ' && onControl)) {
    if (onControl) return;
    act.toggle();
  } else if (['left', 'right', 'up', 'down'].includes(action)) {
    onArrow(action);
  } else if (action === 'back') {
    onBack();
  } else if (action || letter) {
    act[action || letter]();
  } else {
    return;
  }
  event.preventDefault();
  draw();
}

/** Finds the title in the catalogue; while the catalogue can't be had, its addresses follow from its name. */
async function openAsset() {
  const id = query.get('id') || '';
  const base = `/vod/${encodeURIComponent(id)}`;
  const unsure = { id, title: id, kind: 'video', hls: `${base}/index.m3u8`, dash: `${base}/index.mpd`, codecs: null, unsure: true };
  const catalogue = await fetchCatalogue().catch(() => null);
  state.asset = catalogue ? catalogue.assets.find((asset) => asset.id === id) : unsure;
  if (!state.asset) {
    state.trouble = { kind: 'missing' };
    return draw();
  }
  document.title = `${state.asset.title} · Outpost`;
  video.setAttribute('aria-label', state.asset.title);
  if (state.asset.poster && state.asset.kind === 'video') video.poster = state.asset.poster;
  return start(startingFormat(), Number(query.get('t')) || 0);
}

function listen() {
  const waits = { waiting: true, seeking: true, playing: false, canplay: false, pause: false };
  for (const [event, waiting] of Object.entries(waits)) {
    video.addEventListener(event, () => {
      state.waiting = waiting && video.readyState < 3;
      if (event === 'playing') state.started = true;
      draw();
    });
  }
  for (const event of ['timeupdate', 'durationchange', 'volumechange', 'play', 'seeked', 'ended']) video.addEventListener(event, draw);
  setInterval(draw, 500);
  document.addEventListener('keydown', onKey);
  document.addEventListener('fullscreenchange', draw);
  for (const event of ['pointermove', 'pointerdown', 'focusin']) document.addEventListener(event, wake);
  stage.addEventListener('click', ({ target }) => {
    if (target !== video && target !== picture && target !== stage) return;
    if (state.menu) act.menu(state.menu);
    else if (window.matchMedia('(hover: hover)').matches) act.toggle();
  });
  stage.addEventListener('dblclick', ({ target }) => { if (!overlay.contains(target)) act.fullscreen(); });
  window.addEventListener('resize', draw);
  video.addEventListener('resize', draw);
  window.addEventListener('online', () => { if (state.trouble?.kind === 'network') act.retry(); });
}

function follow() {
  followConnection({
    waiting: () => (state.trouble ? state.trouble.kind === 'network' : state.waiting || (video.seeking && video.readyState < 3)),
    changed(lost) {
      state.lost = lost;
      if (!lost && state.trouble?.kind === 'network') act.retry();
      else if (!lost) session.hurry();
      draw();
    },
  });
}

window.outpost = {
  video,
  stats: () => session.stats(),
  select: (height) => session.select(height),
  seek: (seconds) => session.seek(seconds),
};

document.title = `${say('library')} · Outpost`;
listen();
follow();
wake();
draw();
openAsset();
