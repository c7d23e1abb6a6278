// The library page: what there is to watch, what is on its way in, and a search that narrows it while you type.
import { html, render, icon, mark } from './view.js';
import { say, switchLanguage, currentLanguage, languageName, sayDuration } from './words.js';
import { followCatalogue } from './catalogue.js';
import { badges, matches } from './film.js';
import { actionOf, caretNeeds, markTelevision, moveFocus, typing } from './remote.js';

const state = { catalogue: null, lostFor: 0, closed: false, search: '', news: '' };
const page = document.getElementById('page');
const film = (asset) => `/watch.html?id=${encodeURIComponent(asset.id)}`;

// A title always gets the same hue for its stand-in poster.
const hueOf = (id) => [...id].reduce((sum, letter) => (sum * 131 + letter.codePointAt(0) * 47) % 360, 7);

function Poster({ asset }) {
  if (asset.poster) return html`<img class="poster" src=${asset.poster} alt="" loading="lazy" decoding="async" />`;
  return html`
    <div class="poster stand-in" style=${{ '--hue': hueOf(asset.id) }}>
      ${asset.kind === 'audio' ? icon('audio') : mark()}
    </div>`;
}

function Facts({ asset }) {
  const spoken = (asset.audio_languages || []).map(languageName).filter(Boolean);
  const written = (asset.subtitle_languages || []).map(languageName).filter(Boolean);
  return html`
    <p class="facts">
      <span>${sayDuration(asset.duration_ms)}</span>
      ${asset.kind === 'audio' && html`<span class="badge">${say('audioOnly')}</span>`}
      ${badges(asset).map((badge) => html`<span class="badge">${badge}</span>`)}
      ${spoken.length > 0 && html`<span aria-label=${say('audioIn', spoken.join(', '))}>${spoken.join(' · ')}</span>`}
      ${written.length > 0 && html`
        <span class="written" aria-label=${say('subtitlesIn', written.join(', '))}>
          <span class="badge" aria-hidden="true">CC</span> ${written.join(' · ')}</span>`}
    </p>`;
}

const Card = ({ asset }) => html`
  <li>
    <a class="card" href=${film(asset)} data-asset=${asset.id}>
      <div class="frame"><${Poster} asset=${asset} /><span class="frame-play">${icon('play')}</span></div>
      <h3>${asset.title}</h3>
      <${Facts} asset=${asset} />
    </a>
  </li>`;

/** The newest title, shown large. */
const Feature = ({ asset }) => html`
  <section class="feature" aria-label=${say('newest')}>
    <div class="feature-picture"><${Poster} asset=${asset} /></div>
    <div class="feature-words">
      <p class="eyebrow">${say('newest')}</p>
      <h1>${asset.title}</h1>
      <${Facts} asset=${asset} />
      <p class="choices">
        <a class="button primary" data-first data-asset=${asset.id} href=${film(asset)}>
          ${icon('play')}${say(asset.kind === 'audio' ? 'listen' : 'play')}</a>
      </p>
    </div>
  </section>`;

function Arrival({ item }) {
  const started = item.percent > 0;
  const stage = /^\d+p$/.test(item.stage || '') ? say('stage', item.stage) : started ? '' : say('waiting');
  const left = item.seconds_left == null ? '' : say('timeLeft', sayDuration(item.seconds_left * 1000));
  return html`
    <li class="arrival" data-importing=${item.id}>
      <h3>${item.title}</h3>
      <progress max="100" value=${started ? item.percent : 0} aria-label=${item.title}></progress>
      <p class="facts"><span class="percent">${Math.floor(item.percent)} %</span><span>${stage}</span><span>${left}</span></p>
    </li>`;
}

const Arrivals = ({ items }) => html`
  <section class="arrivals" aria-label=${say('arriving')}>
    <h2>${say('arriving')}</h2>
    <ul>${items.map((item) => html`<${Arrival} key=${item.id} item=${item} />`)}</ul>
  </section>`;

const Empty = () => html`
  <section class="empty">
    ${mark()}
    <h1>${say('emptyTitle')}</h1>
    <p>${say('emptyText')}</p>
    <pre><code>outpost import film.mp4 --library DIR</code></pre>
    <p class="quiet">${say('emptyNote')}</p>
  </section>`;

const Lost = () => html`
  <div class="lost" role="status">
    <p>${say(state.closed ? 'closed' : 'lost')} ${state.catalogue && state.catalogue.assets.length > 0 ? say('lostKeeps') : ''}
      <span aria-live="off"> ${say('lostRetry', state.lostFor)}</span></p>
    <button class="button" onClick=${() => look()}>${say('tryNow')}</button>
  </div>`;

function Header() {
  return html`
    <header class="top">
      <a class="brand" href="/" aria-label="Outpost">${mark()}<span>Outpost</span></a>
      <label class="search">
        ${icon('search')}
        <input id="search" type="search" autocomplete="off" spellcheck="false" enterkeyhint="search"
          placeholder=${say('searchHint')} aria-label=${say('search')} value=${state.search}
          onInput=${(event) => { state.search = event.target.value; draw(); }} />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <button class="button plain" lang=${currentLanguage() === 'zh' ? 'en' : 'zh-Hans'}
        onClick=${() => { switchLanguage(); draw(); }}>${say('otherLanguage')}</button>
    </header>`;
}

function Shelf({ found }) {
  return html`
    <section class="shelf" aria-label=${say('library')}>
      <div class="shelf-head"><h2>${say('library')}</h2><p class="quiet" role="status">${say('titles', found.length)}</p></div>
      ${found.length > 0
        ? html`<ul class="cards">${found.map((asset) => html`<${Card} key=${asset.id} asset=${asset} />`)}</ul>`
        : html`<div class="nothing"><p>${say('noMatch', state.search.trim())}</p>
            <button class="button" onClick=${clearSearch}>${say('clearSearch')}</button></div>`}
    </section>`;
}

function Content() {
  if (!state.catalogue) return state.lostFor ? null : html`<p class="opening" role="status">${say('loading')}</p>`;
  const { assets, importing } = state.catalogue;
  const search = state.search.trim();
  const newest = assets[0];
  return html`
    ${newest && !search && html`<${Feature} asset=${newest} />`}
    ${importing.length > 0 && !search && html`<${Arrivals} items=${importing} />`}
    ${assets.length === 0 && importing.length === 0 && html`<${Empty} />`}
    ${(assets.length > 1 || search) && html`<${Shelf} found=${search ? assets.filter((a) => matches(a, search)) : assets} />`}`;
}

function Page() {
  return html`
    <${Header} />
    ${state.lostFor > 0 && html`<${Lost} />`}
    <main><${Content} /></main>
    <p class="unseen" role="status" aria-live="polite">${state.news}</p>`;
}

const draw = () => {
  render(html`<${Page} />`, page);
};

function clearSearch() {
  state.search = '';
  draw();
  document.getElementById('search').focus();
}

/** Takes a fresh catalogue, newest first, and says aloud what has just become ready. */
function seen(catalogue) {
  const before = state.catalogue;
  catalogue.assets.sort((a, b) => (b.added || '').localeCompare(a.added || '') || a.title.localeCompare(b.title));
  if (before) {
    const known = new Set(before.assets.map((asset) => asset.id));
    const fresh = catalogue.assets.find((asset) => !known.has(asset.id));
    if (fresh) state.news = say('arrived', fresh.title);
  }
  const first = !before;
  Object.assign(state, { catalogue, lostFor: 0, closed: false });
  draw();
  if (first) returnToCard();
}

/** Coming back from the player, the focus is on the title that was watched. */
function returnToCard() {
  let id = null;
  try {
    id = sessionStorage.getItem('outpost.watched');
    sessionStorage.removeItem('outpost.watched');
  } catch { /* nothing to return to */ }
  const cards = id ? [...document.querySelectorAll('[data-asset]')].filter((card) => card.dataset.asset === id) : [];
  const card = cards.pop();
  if (card) card.focus();
  else if (television) document.querySelector('[data-first]')?.focus();
}

function onKey(event) {
  const action = actionOf(event);
  if (event.key === '/' && !typing()) {
    event.preventDefault();
    document.getElementById('search').focus();
  } else if (['left', 'right', 'up', 'down'].includes(action) && !event.shiftKey && !caretNeeds(action)) {
    // With nothing further that way the page scrolls, as it would without us.
    if (moveFocus(action)) event.preventDefault();
  } else if (action === 'back' && typing() && event.key !== 'Backspace') {
    if (state.search) clearSearch();
    else document.activeElement.blur();
  }
}

const television = markTelevision();
document.addEventListener('keydown', onKey);
draw();
const look = followCatalogue({
  seen,
  lost: (seconds, closed) => { Object.assign(state, { lostFor: seconds, closed }); draw(); },
});
