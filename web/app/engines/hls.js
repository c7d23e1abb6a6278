// HLS by hls.js, behind the shape that every engine here has (see app/session.js).
import Hls from '/vendor/hls.mjs';
import { followSubtitles } from './subtitles.js';
import { isClosed } from '../catalogue.js';
import { Trouble } from './trouble.js';

const { Events, ErrorTypes, ErrorDetails } = Hls;
const recoveriesWithin = { count: 2, ms: 15000 };

export const name = `hls.js ${Hls.version}`;
export const supported = () => Hls.isMSESupported();

function troubleOf(data) {
  const detail = [data.details, data.response?.code || '', data.error?.message || ''].filter(Boolean).join(' ');
  if (data.response?.code === 404 && data.details === ErrorDetails.MANIFEST_LOAD_ERROR) return new Trouble('missing', detail);
  if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return new Trouble('codec', detail);
  if (isClosed(data.response?.code)) return new Trouble('closed', detail);
  if (data.type === ErrorTypes.NETWORK_ERROR) return new Trouble('network', detail);
  return new Trouble(data.type === ErrorTypes.MEDIA_ERROR ? 'media' : 'other', detail);
}

const track = (active) => ({ lang, name: label }, index) => ({ id: index, language: lang || '', label, active: index === active });

// A preference that fits nothing keeps even a default track off: subtitles are shown when the viewer asks.
const subtitlePreference = (language) => ({ lang: language || 'zxx' });

export function open(video, url, { startAt, wish, failed }) {
  const hls = new Hls({
    startPosition: startAt,
    backBufferLength: 30,
    // A 4K second is 2 MB and more: bound what is held by bytes as well as by time.
    maxBufferLength: 30,
    maxBufferSize: 120e6,
    audioPreference: wish.audio ? { lang: wish.audio } : undefined,
    subtitlePreference: subtitlePreference(wish.text),
    renderTextTracksNatively: false,
    enableCEA708Captions: false,
  });
  const recovered = [];
  const forgetSubtitles = followSubtitles(hls, Events, video);

  const rendition = (level, index) => ({
    id: index, width: level.width, height: level.height, kbps: Math.round(level.bitrate / 1000), codec: level.videoCodec || level.audioCodec || '',
  });
  const renditions = () => hls.levels.map(rendition);
  const indexOf = (height) => {
    const fitting = renditions().filter((one) => one.height === height).sort((a, b) => b.kbps - a.kbps);
    return fitting.length ? fitting[0].id : -1;
  };

  // What the viewer chose goes in before the first segment is asked for.
  hls.on(Events.MANIFEST_PARSED, () => { if (wish.height !== 'auto') hls.loadLevel = indexOf(wish.height); });

  // The library asks to try a decoder again before giving up; a network error reaches us when its own retries are used up.
  hls.on(Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    const now = performance.now();
    while (recovered.length && now - recovered[0] > recoveriesWithin.ms) recovered.shift();
    const trouble = troubleOf(data);
    if (trouble.kind === 'media' && recovered.length < recoveriesWithin.count) {
      recovered.push(now);
      hls.recoverMediaError();
    } else {
      failed(trouble);
    }
  });
  hls.loadSource(url);
  hls.attachMedia(video);

  return {
    renditions,
    current: () => (hls.levels[hls.currentLevel] ? rendition(hls.levels[hls.currentLevel], hls.currentLevel) : null),
    automatic: () => hls.autoLevelEnabled,
    select(height) {
      if (height === 'auto') hls.loadLevel = -1;
      else hls.nextLevel = indexOf(height);
    },
    audios: () => hls.audioTracks.map(track(hls.audioTrack)),
    selectAudio: (id) => { hls.audioTrack = id; },
    texts: () => hls.subtitleTracks.map(track(hls.subtitleTrack)),
    selectText(id) {
      hls.config.subtitlePreference = subtitlePreference(hls.subtitleTracks[id]?.lang);
      hls.subtitleTrack = id ?? -1;
    },
    bandwidthKbps: () => Math.round(hls.bandwidthEstimate / 1000) || 0,
    // Its waits between tries grow to 8 s.
    hurry() {
      hls.stopLoad();
      hls.startLoad(video.currentTime);
    },
    async close() {
      hls.destroy();
      forgetSubtitles();
    },
  };
}
