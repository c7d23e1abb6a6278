// Plays films in Chromium, all at once and each in a context of its own, to their ends or until they are refused, and tells how
// it went: for tests/films/access_test.py, which says on standard input what to play, where tokens sit and what they
// say, and what to run under way. A token is made when its player is ready: slow machines take long to be.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

const jobs = JSON.parse(readFileSync(0, 'utf8'));
const atOnce = 3;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function mint({ secret, life, claims }) {
  const text = `${part({ alg: 'HS256', kid: 'k1' })}.${part({ exp: Math.floor(Date.now() / 1000) + life, ...claims })}`;
  return `${text}.${createHmac('sha256', Buffer.from(secret, 'base64url')).update(text).digest('base64url')}`;
}

const browser = await launch();

// In the page, the lowest rendition unless it is to be whichever the player likes: plays with hls.js or shaka-player and leaves what becomes of it in window.told.
const play = async ({ url, format, token, place, every }) => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const told = { ended: false, time: 0, height: 0, status: 0, fault: '' };
  window.told = told;
  const began = performance.now();
  const note = () => Object.assign(told, { time: video.currentTime, height: Math.max(told.height, video.videoHeight), seconds: (performance.now() - began) / 1000 });
  video.addEventListener('timeupdate', note);
  video.addEventListener('ended', () => { note(); told.ended = true; });
  const field = place === 'authorization' ? `Bearer ${token}` : '';
  if (format === 'hls') {
    const { default: Hls } = await import('/vendor/hls.mjs');
    const hls = new Hls({ maxBufferLength: 3, maxMaxBufferLength: 3, ...(every ? {} : { startLevel: 0 }), xhrSetup: (xhr) => { if (field) xhr.setRequestHeader('Authorization', field); } });
    if (!every) hls.autoLevelCapping = 0;
    hls.on(Hls.Events.ERROR, (_, data) => { note(); told.status = data.response?.code || told.status; told.fault = data.fatal ? data.details : told.fault; });
    hls.loadSource(url);
    hls.attachMedia(video);
  } else {
    await import('/vendor/shaka.js');
    const player = new window.shaka.Player();
    await player.attach(video);
    player.configure({ restrictions: every ? {} : { maxHeight: 400 }, streaming: { bufferingGoal: 3, rebufferingGoal: 1 } });
    if (field) player.getNetworkingEngine().registerRequestFilter((_, request) => { request.headers.Authorization = field; });
    player.addEventListener('error', (event) => { note(); told.fault = String(event.detail?.code); });
    await player.load(url);
  }
  await video.play();
};
async function run(asked) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${asked.page}/`);
  await page.evaluate((format) => import(format === 'hls' ? '/vendor/hls.mjs' : '/vendor/shaka.js').then(() => true), asked.format);
  const token = mint(asked);
  if (asked.place === 'cookie') await context.addCookies([{ name: 'URISigningPackage', value: token, url: asked.page }]);
  await page.evaluate(play, { ...asked, token, url: asked.url.replace('{token}', token) });
  const end = Date.now() + 150000;
  let revoked = !asked.revoke;
  for (;;) {
    const told = await page.evaluate(() => window.told);
    if (!revoked && told.time > 1) {
      execFileSync(asked.revoke[0], asked.revoke.slice(1));
      revoked = true;
    }
    if (told.ended || (asked.revoke && told.status) || told.fault || Date.now() > end) return told;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

const told = [];
for (let i = 0; i < jobs.length; i += atOnce) told.push(...await Promise.all(jobs.slice(i, i + atOnce).map(run)));
process.stdout.write(JSON.stringify(told));
await browser.close();
