// What an asset of the catalogue is, in the terms of a viewer: its badges, and whether this browser can decode it.

const isVideoCodec = (codec) => /^(avc|hvc|hev|dvh|av01|vp0?[89]|vvc)/i.test(codec);
const isTextCodec = (codec) => /^(wvtt|stpp)/i.test(codec);

const families = [
  [/^avc/i, 'H.264'], [/^(hvc|hev)/i, 'HEVC (H.265)'], [/^dvh/i, 'Dolby Vision'], [/^av01/i, 'AV1'], [/^vp0?9/i, 'VP9'],
  [/^mp4a/i, 'AAC'], [/^ac-3/i, 'Dolby Digital'], [/^ec-3/i, 'Dolby Digital Plus'], [/^opus/i, 'Opus'],
];

/** The name people use for a codec string: "hvc1.2.4.L153.B0" is "HEVC (H.265)". */
export function codecName(codec) {
  const family = families.find(([pattern]) => pattern.test(codec || ''));
  return family ? family[1] : codec || '';
}

/** "4K", "1080p" …: the class of a picture, by its larger fit so that 3840×1600 is still 4K. */
export function sizeName(width, height) {
  if (!height) return '';
  if (width >= 3800 || height >= 2100) return '4K';
  const lines = Math.max(height, Math.round((width * 9) / 16));
  return lines >= 1040 ? '1080p' : lines >= 700 ? '720p' : `${height}p`;
}

export function badges(asset) {
  const found = [];
  if (asset.kind === 'video') found.push(sizeName(asset.width, asset.height));
  if (asset.video_range && asset.video_range !== 'SDR') found.push('HDR');
  return found.filter(Boolean);
}

/** MediaSource where there is one, its managed form on iPhones, null where neither is. */
export const mediaSource = () => window.ManagedMediaSource || window.MediaSource || null;

/**
 * The codec that stops this asset from playing here, or null when it plays. An asset may come in several codecs of a
 * kind; one decodable of each kind is enough.
 */
export function undecodableCodec(asset) {
  const source = mediaSource();
  if (!source || !asset.codecs) return null;
  const media = asset.codecs.filter((codec) => !isTextCodec(codec));
  const video = media.filter(isVideoCodec);
  const audio = media.filter((codec) => !isVideoCodec(codec));
  const decodes = (kind) => (codec) => source.isTypeSupported(`${kind}/mp4; codecs="${codec}"`);
  if (video.length && !video.some(decodes('video'))) return video[0];
  if (audio.length && !audio.some(decodes('audio'))) return audio[0];
  return null;
}

/** Every word of the search is in the title, in any order. */
export function matches(asset, text) {
  const title = asset.title.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => title.includes(word));
}
