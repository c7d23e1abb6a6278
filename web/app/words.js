// Every sentence of the pages, in English and Chinese, and how time, size and language names are said in each.

const english = {
  library: 'Library',
  search: 'Search',
  searchHint: 'Search titles',
  otherLanguage: '中文',
  newest: 'Newest',
  play: 'Play',
  listen: 'Listen',
  titles: (n) => (n === 1 ? '1 title' : `${n} titles`),
  noMatch: (text) => `Nothing here is called "${text}".`,
  clearSearch: 'Show everything',
  arriving: 'On their way in',
  waiting: 'Getting ready',
  timeLeft: (time) => `about ${time} left`,
  stage: (name) => `Preparing ${name}`,
  arrived: (title) => `"${title}" is ready to watch.`,
  emptyTitle: 'A quiet library, for now',
  emptyText: 'Bring in a first film. It appears here by itself as soon as it is ready.',
  emptyNote: 'DIR is the library folder that this server was started with.',
  lost: "The server can't be reached at the moment.",
  closed: 'This library is not open to everybody: open it by the address that you were given.',
  lostKeeps: 'What you see is from before.',
  lostRetry: (seconds) => `Trying again in ${seconds} s.`,
  tryNow: 'Try now',
  loading: 'Opening the library',
  audioOnly: 'Audio',
  subtitlesIn: (names) => `Subtitles: ${names}`,
  audioIn: (names) => `Audio: ${names}`,
  back: 'Back to the library',
  pause: 'Pause',
  rewind: 'Back 10 seconds',
  forward: 'Forward 10 seconds',
  position: 'Position',
  positionOf: (now, all) => `${now} of ${all}`,
  mute: 'Mute',
  unmute: 'Sound on',
  quality: 'Quality',
  auto: 'Auto',
  autoNow: (height) => `Auto (${height})`,
  audio: 'Audio',
  subtitles: 'Subtitles',
  off: 'Off',
  fullscreen: 'Full screen',
  leaveFullscreen: 'Leave full screen',
  statistics: 'Playback details',
  format: 'Streaming format',
  player: 'Player',
  rendition: 'Rendition',
  bitrate: 'Bit rate',
  codec: 'Codec',
  buffer: 'Buffer',
  dropped: 'Dropped frames',
  bandwidth: 'Bandwidth',
  seconds: (n) => `${n} s`,
  track: (n) => `Track ${n}`,
  retry: 'Retry',
  useOther: (name) => `Try ${name}`,
  undecodable: (codec) => `This browser can't decode ${codec}, which this title is made in.`,
  undecodableHint: (codec) =>
    `It plays on a set-top box, or in a browser with ${codec} support such as Safari, or Chrome and Edge on a machine with a hardware decoder.`,
  noSuch: "This title isn't in the library.",
  noSuchHint: 'It may have been removed or renamed.',
  noPlayer: 'This browser is too old to play segmented video.',
  noPlayerHint: 'A current Chrome, Edge, Firefox or Safari will do.',
  connectionLost: 'The connection to the server is lost. Trying again…',
  closedTrouble: 'Watching this takes a permission that you have no longer, or not yet.',
  closedTroubleHint: 'Open it again by the address that you were given, or ask for a new one.',
  networkTrouble: 'The film stopped arriving.',
  networkTroubleHint: 'The server or the line to it may be down. Your position is kept.',
  mediaTrouble: 'The decoder gave up on this film.',
  mediaTroubleHint: 'Starting again from this position often helps.',
  otherTrouble: "The film can't be played right now.",
};

const chinese = {
  library: '片库',
  search: '搜索',
  searchHint: '搜索片名',
  otherLanguage: 'English',
  newest: '最新入库',
  play: '播放',
  listen: '收听',
  titles: (n) => `共 ${n} 部`,
  noMatch: (text) => `没有找到“${text}”。`,
  clearSearch: '显示全部',
  arriving: '正在入库',
  waiting: '准备中',
  timeLeft: (time) => `约剩 ${time}`,
  stage: (name) => `正在生成 ${name}`,
  arrived: (title) => `《${title}》可以观看了。`,
  emptyTitle: '片库还是空的',
  emptyText: '导入第一部影片，完成后会自动出现在这里。',
  emptyNote: 'DIR 是启动本服务器时指定的片库目录。',
  lost: '暂时连接不上服务器。',
  closed: '此片库不对所有人开放，请使用您收到的地址打开。',
  lostKeeps: '当前显示的是之前的内容。',
  lostRetry: (seconds) => `${seconds} 秒后重试。`,
  tryNow: '立即重试',
  loading: '正在打开片库',
  audioOnly: '音频',
  subtitlesIn: (names) => `字幕：${names}`,
  audioIn: (names) => `音轨：${names}`,
  back: '返回片库',
  pause: '暂停',
  rewind: '后退 10 秒',
  forward: '前进 10 秒',
  position: '播放位置',
  positionOf: (now, all) => `${now}，共 ${all}`,
  mute: '静音',
  unmute: '打开声音',
  quality: '清晰度',
  auto: '自动',
  autoNow: (height) => `自动（${height}）`,
  audio: '音轨',
  subtitles: '字幕',
  off: '关闭',
  fullscreen: '全屏',
  leaveFullscreen: '退出全屏',
  statistics: '播放详情',
  format: '流媒体格式',
  player: '播放器',
  rendition: '码流规格',
  bitrate: '码率',
  codec: '编码',
  buffer: '缓冲',
  dropped: '丢帧',
  bandwidth: '带宽',
  seconds: (n) => `${n} 秒`,
  track: (n) => `轨道 ${n}`,
  retry: '重试',
  useOther: (name) => `改用 ${name}`,
  undecodable: (codec) => `这部影片采用 ${codec} 编码，当前浏览器无法解码。`,
  undecodableHint: (codec) =>
    `请用机顶盒观看，或使用支持 ${codec} 的浏览器，例如 Safari，或带硬件解码的电脑上的 Chrome、Edge。`,
  noSuch: '片库里没有这部影片。',
  noSuchHint: '它可能已被移除或改名。',
  noPlayer: '浏览器版本过旧，无法播放流媒体。',
  noPlayerHint: '请使用新版 Chrome、Edge、Firefox 或 Safari。',
  connectionLost: '与服务器的连接已断开，正在重试…',
  closedTrouble: '观看此影片的授权已失效或尚未生效。',
  closedTroubleHint: '请用您收到的地址重新打开，或索取新的地址。',
  networkTrouble: '影片数据中断了。',
  networkTroubleHint: '服务器或线路可能有故障，播放位置已保留。',
  mediaTrouble: '解码器无法继续播放。',
  mediaTroubleHint: '从当前位置重新开始通常可以恢复。',
  otherTrouble: '现在无法播放这部影片。',
};

const tables = { en: english, zh: chinese };

/** The value kept in this browser under a name, or null; a browser that forbids storage only forgets. */
export function remembered(name) {
  try { return localStorage.getItem(`outpost.${name}`); } catch { return null; }
}

export function remember(name, value) {
  try { localStorage.setItem(`outpost.${name}`, value); } catch { /* forgets, works on */ }
}

const preferred = () => ((navigator.languages || [navigator.language])[0] || 'en').toLowerCase();
let language = remembered('language') || (preferred().startsWith('zh') ? 'zh' : 'en');
if (!tables[language]) language = 'en';

export const currentLanguage = () => language;

/** The sentence of this name in the language of the page; sentences with blanks take their values. */
export function say(name, ...values) {
  const sentence = tables[language][name];
  return typeof sentence === 'function' ? sentence(...values) : sentence;
}

const htmlLanguage = () => (language === 'zh' ? 'zh-Hans' : 'en');
document.documentElement.lang = htmlLanguage();

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  remember('language', language);
  document.documentElement.lang = htmlLanguage();
}

/** "en" said in the language of the page: "English", "英语"; '' where the browser knows no more than the code. */
function localName(code) {
  if (!code || code === 'und') return '';
  try {
    const name = new Intl.DisplayNames([htmlLanguage()], { type: 'language' }).of(code) || '';
    // "bo-CN" that is not known becomes "bo (China)".
    const [base] = code.toLowerCase().split('-');
    return [code.toLowerCase(), base].includes(name.toLowerCase()) || /^ ?[(（]/.test(name.toLowerCase().startsWith(base) ? name.slice(base.length) : '') ? '' : name;
  } catch {
    return '';
  }
}

// Browsers leave out the names of smaller languages; these are the ones that an import gives to its tracks.
const ownNames = { bo: 'བོད་སྐད་', kk: 'Қазақ', mn: 'Монгол', ug: 'ئۇيغۇرچە', za: 'Vahcuengh' };

/** A language by the best name there is for it: in the language of the page, in its own, or its code. */
export function languageName(code) {
  if (!code || code === 'und') return '';
  return localName(code) || ownNames[code.toLowerCase().split('-')[0]] || code;
}

/** What each of these {language, label} is called in a menu: its language where that tells it from the others, else its own label. */
export function trackNames(tracks) {
  const names = tracks.map(({ language: code }) => localName(code));
  const alone = (name) => name && names.indexOf(name) === names.lastIndexOf(name);
  return tracks.map(({ language: code, label }, index) => (alone(names[index]) ? names[index] : label?.trim() || languageName(code) || say('track', index + 1)));
}

/** A film's length as people say it: "1 h 30 min", "45 min", "30 s". */
export function sayDuration(ms) {
  const seconds = Math.round(ms / 1000);
  const [hour, minute, second] = language === 'zh' ? [' 小时', ' 分钟', ' 秒'] : [' h', ' min', ' s'];
  if (seconds < 60) return `${seconds}${second}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${minute}`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${hour}${rest ? ` ${rest}${minute}` : ''}`;
}

/** A place in a film: "1:02:09", "0:07". */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
