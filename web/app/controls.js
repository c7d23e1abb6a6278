// What lies over the film: title and format above, the read-out, and the controls below.
import { html, icon, mark } from './view.js';
import { say, trackNames, clockTime } from './words.js';
import { codecName, sizeName } from './film.js';

const Button = ({ glyph, label, onClick, ...rest }) => html`
  <button class="round" type="button" aria-label=${label} title=${label} onClick=${onClick} ...${rest}>${icon(glyph)}</button>`;

const bitRate = (kbps) => (kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mb/s` : `${kbps} kb/s`);

function ReadOut({ stats }) {
  const picture = stats.height ? `${stats.width} × ${stats.height}` : '–';
  const rows = [
    ['player', `${stats.library}`],
    ['rendition', picture],
    ['bitrate', stats.kbps ? bitRate(stats.kbps) : '–'],
    ['codec', stats.codec ? `${codecName(stats.codec)} ${stats.codec}` : '–'],
    ['buffer', say('seconds', stats.bufferSeconds.toFixed(1))],
    ['dropped', String(stats.droppedFrames)],
    ['bandwidth', stats.bandwidthKbps ? bitRate(stats.bandwidthKbps) : '–'],
  ];
  return html`
    <dl class="read-out" id="read-out" aria-label=${say('statistics')}>
      ${rows.map(([name, value]) => html`<div key=${name}><dt>${say(name)}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}

const Formats = ({ format, choose }) => html`
  <div class="formats" role="group" aria-label=${say('format')}>
    ${['hls', 'dash'].map((one) => html`
      <button type="button" data-format=${one} aria-pressed=${String(one === format)} onClick=${() => choose(one)}>
        ${one.toUpperCase()}</button>`)}
  </div>`;

const renditionName = ({ width, height }) => (sizeName(width, height) === '4K' ? `${height}p 4K` : `${height}p`);

/** The menus that this title has a choice for, each with its entries; an entry is {label, note, chosen, choose, ...}. */
export function menusOf(session) {
  const { engine } = session;
  if (!engine) return [];
  const tracks = (list) => {
    const names = trackNames(list);
    return list.map((one, index) => ({ ...one, name: names[index] }));
  };
  const renditions = session.renditions();
  const audios = tracks(engine.audios());
  const texts = tracks(engine.texts());
  const automatic = engine.automatic();
  const shown = session.shown();
  const menus = [];
  if (renditions.length > 0) {
    menus.push({
      name: 'quality',
      value: automatic ? say('auto') : renditionName(renditions.find(({ height }) => height === session.wish.height) || shown || renditions[0]),
      entries: [
        { key: 'auto', label: automatic && shown?.height ? say('autoNow', `${shown.height}p`) : say('auto'), chosen: automatic, choose: () => session.select('auto') },
        ...renditions.map((one) => ({
          key: String(one.height), label: renditionName(one), note: bitRate(one.kbps),
          chosen: !automatic && one.height === session.wish.height, choose: () => session.select(one.height),
        })),
      ],
    });
  }
  if (audios.length > 1) {
    menus.push({
      name: 'audio',
      value: audios.find(({ active }) => active)?.name || '',
      entries: audios.map((one) => ({ key: String(one.id), label: one.name, chosen: one.active, choose: () => session.selectAudio(one) })),
    });
  }
  if (texts.length > 0) {
    const active = texts.find((one) => one.active);
    menus.push({
      name: 'subtitles',
      value: active?.name || say('off'),
      entries: [
        { key: 'off', label: say('off'), chosen: !active, choose: () => session.selectText(null) },
        ...texts.map((one) => ({ key: String(one.id), label: one.name, chosen: one.active, choose: () => session.selectText(one) })),
      ],
    });
  }
  return menus;
}

const Menu = ({ menu, open, toggle, chosen }) => html`
  <div class="menu">
    <button type="button" class="menu-button" data-menu=${menu.name} aria-haspopup="menu" aria-expanded=${String(open)} onClick=${toggle}>
      <span class="menu-name">${say(menu.name)}</span><span class="menu-value">${menu.value}</span></button>
    ${open && html`
      <div class="menu-list" role="menu" aria-label=${say(menu.name)}>
        ${menu.entries.map((entry) => html`
          <button type="button" role="menuitemradio" key=${entry.key} data-choice=${entry.key} aria-checked=${String(entry.chosen)}
            onClick=${() => chosen(entry)}>
            ${icon('check')}<span>${entry.label}</span>${entry.note && html`<small>${entry.note}</small>`}</button>`)}
      </div>`}
  </div>`;

function Scrubber({ video, session }) {
  const duration = Number.isFinite(video.duration) ? video.duration : 0;
  const now = Math.min(video.currentTime, duration || Infinity);
  // The whole is rounded as the library says it; floored, a film of 11.98 s would be a second short.
  const total = Math.round(duration);
  const part = (seconds) => `${duration ? (100 * seconds) / duration : 0}%`;
  const style = { '--played': part(now), '--loaded': part(Math.min(duration, now + session.bufferSeconds())) };
  return html`
    <div class="scrubber">
      <span class="time">${clockTime(now)}</span>
      <input id="position" type="range" min="0" max=${duration || 1} step="any" value=${now} style=${style}
        aria-label=${say('position')} aria-valuetext=${say('positionOf', clockTime(now), clockTime(total))}
        onInput=${(event) => session.seek(Number(event.target.value))} />
      <span class="time">${clockTime(total)}</span>
    </div>`;
}

function Bar({ state, session, video, act }) {
  return html`
    <div class="bar">
      <${Scrubber} video=${video} session=${session} />
      <div class="buttons">
        <div class="cluster">
          <${Button} glyph="rewind" label=${say('rewind')} onClick=${act.rewind} />
          <${Button} id="play" data-first glyph=${video.paused ? 'play' : 'pause'} label=${say(video.paused ? 'play' : 'pause')} onClick=${act.toggle} />
          <${Button} glyph="forward" label=${say('forward')} onClick=${act.forward} />
          <${Button} id="mute" glyph=${video.muted ? 'silence' : 'sound'} label=${say(video.muted ? 'unmute' : 'mute')} onClick=${act.mute} />
        </div>
        <div class="cluster">
          ${menusOf(session).map((menu) => html`
            <${Menu} key=${menu.name} menu=${menu} open=${state.menu === menu.name}
              toggle=${() => act.menu(menu.name)} chosen=${(entry) => act.choose(menu.name, entry)} />`)}
          <${Button} id="details" glyph="details" label=${say('statistics')} aria-pressed=${String(state.details)} onClick=${act.details} />
          ${document.fullscreenEnabled && html`
            <${Button} id="fullscreen" glyph=${document.fullscreenElement ? 'window' : 'fullscreen'}
              label=${say(document.fullscreenElement ? 'leaveFullscreen' : 'fullscreen')} onClick=${act.fullscreen} />`}
        </div>
      </div>
    </div>`;
}

const troubleWords = {
  missing: ['noSuch', 'noSuchHint'], closed: ['closedTrouble', 'closedTroubleHint'], network: ['networkTrouble', 'networkTroubleHint'], media: ['mediaTrouble', 'mediaTroubleHint'],
  unsupported: ['noPlayer', 'noPlayerHint'], other: ['otherTrouble', 'mediaTroubleHint'],
};

/** Why nothing plays, in a sentence, with what can be done about it. */
function TroubleCard({ state, session, act }) {
  const { kind } = state.trouble;
  const codec = codecName(state.undecodable);
  const [sentence, hint] = kind === 'codec'
    ? [say('undecodable', codec), say('undecodableHint', codec)]
    : (troubleWords[kind] || troubleWords.other).map((word) => say(word));
  const other = session.format === 'hls' ? 'dash' : 'hls';
  const again = ['network', 'media', 'closed', 'other'].includes(kind);
  return html`
    <div class="trouble" role="alert" data-trouble=${kind}>
      ${mark()}
      <h2>${sentence}</h2>
      <p>${hint}</p>
      ${state.lost && kind === 'network' && html`<p>${say('connectionLost')}</p>`}
      <p class="choices">
        ${again && html`<button type="button" class="button primary" id="retry" data-first onClick=${act.retry}>${say('retry')}</button>`}
        ${again && html`<button type="button" class="button" onClick=${() => act.format(other)}>${say('useOther', other.toUpperCase())}</button>`}
        <a class="button" data-first=${!again} href="/" onClick=${act.leave}>${say('back')}</a>
      </p>
    </div>`;
}

export function Overlay({ state, session, video, act }) {
  const { asset, trouble } = state;
  const sound = asset?.kind === 'audio';
  return html`
    ${sound && !trouble && html`
      <div class="listening" aria-hidden="true">
        ${asset.poster ? html`<img src=${asset.poster} alt="" />` : html`<div class="record">${icon('audio')}</div>`}
      </div>`}
    <div class="shade" aria-hidden="true"></div>
    <header class="above">
      <a class="round" id="back" href="/" aria-label=${say('back')} title=${say('back')} onClick=${act.leave}>${icon('back')}</a>
      <h1>${asset?.title || ''}</h1>
      ${asset && !state.undecodable && html`<${Formats} format=${session.format} choose=${act.format} />`}
    </header>
    ${state.details && !trouble && html`<${ReadOut} stats=${session.stats()} />`}
    ${!trouble && state.waiting && html`<div class="waiting" role="status" aria-label=${say('buffer')}></div>`}
    ${!trouble && state.lost && html`<p class="cut-off" role="status">${say('connectionLost')}</p>`}
    ${!trouble && !state.waiting && !state.started && video.paused && html`
      <button type="button" class="big-play" aria-label=${say('play')} onClick=${act.toggle}>${icon('play')}</button>`}
    ${trouble ? html`<${TroubleCard} state=${state} session=${session} act=${act} />`
      : html`<${Bar} state=${state} session=${session} video=${video} act=${act} />`}`;
}
