// One title being played: which engine plays it, what the viewer chose, and the numbers of how it goes.
//
// An engine is a module of app/engines with `name`, `supported()` and `open(video, url, {startAt, wish, failed})`, which gives
// renditions() current() automatic() select(height|'auto') audios() selectAudio(id) texts() selectText(id|null) bandwidthKbps() close().
import { undecodableCodec } from './film.js';
import { Trouble } from './engines/trouble.js';

const modules = { hls: './engines/hls.js', dash: './engines/dash.js', native: './engines/native.js' };

async function engineFor(format) {
  const module = await import(modules[format]);
  if (module.supported()) return module;
  const native = await import(modules.native);
  if (native.supported()) return native;
  throw new Trouble('unsupported', `${module.name} finds no Media Source`);
}

export class Session {
  constructor(video, { troubled }) {
    this.video = video;
    this.troubled = troubled;
    this.engine = null;
    this.library = '';
    this.format = '';
    this.trouble = null;
    // What the viewer asked for outlives the engine: it is asked of the next one too.
    this.wish = { height: 'auto', audio: null, text: null };
    this.turn = 0;
    this.position = 0;
    this.playing = true;
  }

  /** Plays the asset in 'hls' or 'dash' from startAt seconds; a later call wins over one still under way. */
  async open(asset, format, startAt, playing) {
    const turn = ++this.turn;
    this.trouble = null;
    this.format = format;
    this.position = startAt;
    this.playing = playing;
    // Where the browser wants a press first it stays paused, and the play button shows.
    this.video.autoplay = playing;
    const failed = (trouble) => {
      if (turn !== this.turn) return;
      this.rememberPosition();
      this.trouble = trouble;
      this.close();
      this.troubled(trouble);
    };
    try {
      const codec = undecodableCodec(asset);
      if (codec) throw new Trouble('codec', codec);
      const [module] = await Promise.all([engineFor(format), this.close()]);
      if (turn !== this.turn) return;
      this.library = module.name;
      const url = module.name === 'native HLS' ? asset.hls : asset[format];
      this.engine = module.open(this.video, url, { startAt, wish: this.wish, failed });
    } catch (error) {
      failed(error instanceof Trouble ? error : new Trouble('network', String(error)));
    }
  }

  async close() {
    const { engine } = this;
    this.engine = null;
    await engine?.close();
  }

  /** Where the film stands, also while no engine has it. */
  rememberPosition() {
    if (this.engine && this.video.readyState > 0) this.position = this.video.currentTime;
    return this.position;
  }

  /** Renditions from the best down, one for each height. */
  renditions() {
    const best = new Map();
    for (const one of this.engine?.renditions() || []) {
      if (!(best.get(one.height)?.kbps >= one.kbps)) best.set(one.height, one);
    }
    return [...best.values()].filter(({ height }) => height > 0).sort((a, b) => b.height - a.height);
  }

  /** The rendition on the screen, which may still be the one before the last switch. */
  shown() {
    const current = this.engine?.current() || null;
    const { videoHeight } = this.video;
    if (!videoHeight || current?.height === videoHeight) return current;
    return this.renditions().find(({ height }) => height === videoHeight) || current;
  }

  select(height) {
    this.wish.height = height;
    this.engine?.select(height);
  }

  selectAudio({ id, language }) {
    this.wish.audio = language;
    this.engine?.selectAudio(id);
  }

  selectText(text) {
    this.wish.text = text ? text.language : null;
    this.engine?.selectText(text ? text.id : null);
  }

  /** Plays or pauses, also when the film is still on its way. */
  play(playing) {
    this.playing = playing;
    this.video.autoplay = playing;
    if (playing) this.video.play().catch(() => { /* loading again, or the browser wants a press first */ });
    else this.video.pause();
  }

  seek(seconds) {
    const { video } = this;
    const end = Number.isFinite(video.duration) ? Math.max(0, video.duration - 0.1) : seconds;
    video.currentTime = Math.min(Math.max(0, seconds), end);
  }

  /** The server is back: what waits for its next try is asked for now. */
  hurry() {
    this.engine?.hurry?.();
  }

  bufferSeconds() {
    const { buffered, currentTime } = this.video;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= currentTime + 0.1 && currentTime < buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  /** The read-out; also what tests and measurements read as window.outpost.stats(). */
  stats() {
    const shown = this.shown();
    const quality = this.video.getVideoPlaybackQuality?.();
    return {
      library: this.library,
      format: this.format,
      width: this.video.videoWidth || 0,
      height: this.video.videoHeight || 0,
      kbps: shown?.kbps || 0,
      codec: shown?.codec || '',
      bufferSeconds: Math.round(this.bufferSeconds() * 10) / 10,
      droppedFrames: quality?.droppedVideoFrames || 0,
      bandwidthKbps: this.engine?.bandwidthKbps() || 0,
      error: this.trouble ? { kind: this.trouble.kind, detail: this.trouble.message } : null,
    };
  }
}
