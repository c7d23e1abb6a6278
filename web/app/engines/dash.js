// DASH by shaka-player, behind the shape that every engine here has (see app/session.js).
import '/vendor/shaka.js';
import { isClosed } from '../catalogue.js';
import { Trouble } from './trouble.js';

const { shaka } = window;
shaka.polyfill.installAll();

export const name = `shaka-player ${shaka.Player.version.replace(/^v|-.*$/g, '')}`;
export const supported = () => shaka.Player.isBrowserSupported();

const { Category, Code, Severity } = shaka.util.Error;
const retryAfterSeconds = 2;
// How long downloads may fail while the film stands still before the viewer is told.
const patienceMs = 12000;

function troubleOf(error) {
  if (!(error instanceof shaka.util.Error)) return new Trouble('other', String(error));
  const detail = `shaka ${error.category}.${error.code} ${error.message || ''}`.trim();
  const notDecodable = [Code.CONTENT_UNSUPPORTED_BY_BROWSER, Code.RESTRICTIONS_CANNOT_BE_MET];
  if (notDecodable.includes(error.code)) return new Trouble('codec', detail);
  if (error.code === Code.BAD_HTTP_STATUS && error.data[1] === 404) return new Trouble('missing', detail);
  if (error.code === Code.BAD_HTTP_STATUS && isClosed(error.data[1])) return new Trouble('closed', detail);
  if (error.code === Code.ATTEMPTS_EXHAUSTED) return new Trouble('network', detail);
  const kinds = { [Category.NETWORK]: 'network', [Category.MEDIA]: 'media' };
  return new Trouble(kinds[error.category] || 'other', detail);
}

const rendition = (track, index) => ({
  id: index, width: track.width || 0, height: track.height || 0, kbps: Math.round((track.bandwidth || 0) / 1000), codec: track.codecs || '',
});
const choice = (track, index) => ({ id: index, language: track.language || '', label: track.label, active: track.active });

export function open(video, url, { startAt, wish, failed }) {
  const player = new shaka.Player();
  let failingSince = null;
  const life = new AbortController();

  const renditions = () => {
    const pictures = player.getVideoTracks().map(rendition);
    return pictures.length ? pictures : player.getVariantTracks().filter((variant) => variant.active).map(rendition);
  };
  const fail = (error) => {
    if (life.signal.aborted || error.code === Code.LOAD_INTERRUPTED || error.code === Code.OPERATION_ABORTED) return;
    failed(troubleOf(error));
  };

  const engine = {
    renditions,
    current() {
      const active = player.getVideoTracks().findIndex((track) => track.active);
      return renditions()[Math.max(0, active)] || null;
    },
    automatic: () => player.getConfiguration().abr.enabled,
    select(height) {
      player.configure('abr.enabled', height === 'auto');
      const [best] = player.getVideoTracks().filter((track) => track.height === height).sort((a, b) => b.bandwidth - a.bandwidth);
      // Keep a few buffered seconds so that the picture goes on while the new rendition arrives.
      if (best) player.selectVideoTrack(best, true, 4);
    },
    audios: () => player.getAudioTracks().map(choice),
    selectAudio: (id) => player.selectAudioTrack(player.getAudioTracks()[id]),
    texts: () => player.getTextTracks().map(choice),
    selectText: (id) => player.selectTextTrack(id == null ? null : player.getTextTracks()[id]),
    bandwidthKbps: () => Math.round(player.getStats().estimatedBandwidth / 1000) || 0,
    async close() {
      life.abort();
      await player.destroy();
    },
  };

  // Subtitles are drawn into the page: the library's other way needs a data: track, which our Content-Security-Policy forbids.
  player.setVideoContainer(video.parentElement);
  player.configure({
    textDisplayFactory: (host) => new shaka.text.UITextDisplayer(host),
    // A rendition whose pictures were dropped would leave the menu for half a minute; the viewer may choose, as with hls.js.
    abr: { restrictToElementSize: false, restrictToScreenSize: false, droppedFrames: false },
    streaming: {
      bufferingGoal: 30,
      bufferBehind: 30,
      // What is buffered goes on playing meanwhile, and another rendition may still arrive.
      failureCallback: (error) => {
        if (error.category === Category.NETWORK) player.retryStreaming(retryAfterSeconds);
      },
    },
  });
  player.addEventListener('error', ({ detail }) => {
    if (detail.severity === Severity.CRITICAL && detail.category !== Category.NETWORK) fail(detail);
  });
  // The library goes round its renditions for ever when none can be had, so the end of our patience is counted here.
  video.addEventListener('timeupdate', () => { failingSince = null; }, { signal: life.signal });
  player.addEventListener('downloadfailed', ({ error, aborted }) => {
    if (aborted) return;
    failingSince ??= performance.now();
    const standing = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    if (standing && performance.now() - failingSince > patienceMs) fail(error);
  });

  (async () => {
    try {
      await player.attach(video);
      await player.load(url, startAt);
      if (wish.height !== 'auto') engine.select(wish.height);
      const spoken = engine.audios().find(({ language, active }) => language === wish.audio && !active);
      if (spoken) engine.selectAudio(spoken.id);
      engine.selectText(engine.texts().find(({ language }) => language === wish.text)?.id);
    } catch (error) {
      fail(error);
    }
  })();
  return engine;
}
