// HLS by the browser itself, for those (older iPhones) that have no Media Source: it chooses the renditions alone.
import { Trouble } from './trouble.js';

export const name = 'native HLS';
export const supported = () => Boolean(document.createElement('video').canPlayType('application/vnd.apple.mpegurl'));

const kinds = { [MediaError.MEDIA_ERR_NETWORK]: 'network', [MediaError.MEDIA_ERR_DECODE]: 'media' };

export function open(video, url, { startAt, failed }) {
  const onError = () => {
    if (video.error) failed(new Trouble(kinds[video.error.code] || 'other', video.error.message));
  };
  const onReady = () => { if (startAt > 0) video.currentTime = startAt; };
  const subtitles = () => [...video.textTracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  video.addEventListener('error', onError);
  video.addEventListener('loadedmetadata', onReady, { once: true });
  video.src = url;

  return {
    renditions: () => [],
    current: () => null,
    automatic: () => true,
    select: () => {},
    audios: () => [...(video.audioTracks || [])].map((track, id) => ({ id, language: track.language, label: track.label, active: track.enabled })),
    selectAudio: (id) => { [...video.audioTracks].forEach((track, index) => { track.enabled = index === id; }); },
    texts: () => subtitles().map((track, id) => ({ id, language: track.language, label: track.label, active: track.mode === 'showing' })),
    selectText: (id) => subtitles().forEach((track, index) => { track.mode = index === id ? 'showing' : 'disabled'; }),
    bandwidthKbps: () => 0,
    close: async () => {
      video.removeEventListener('error', onError);
      video.removeEventListener('loadedmetadata', onReady);
      video.removeAttribute('src');
      video.load();
    },
  };
}
