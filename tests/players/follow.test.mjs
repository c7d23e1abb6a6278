// What the player page tells: track names, the length, and that the server is gone; and where subtitles lie.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asset, launch, openPage, play, until } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

test('a language names a track where it is known and alone; else the track names itself, else its code does', async () => {
  const page = await openPage(browser, '/');
  const names = await page.evaluate(async () => (await import('/app/words.js')).trackNames([
    { language: 'bo', label: 'བོད་སྐད་' }, { language: 'en', label: 'E' }, { language: 'en', label: 'E 2' },
    { language: 'fr', label: 'F' }, { language: 'qaa', label: null }, { language: '', label: '' },
  ]));
  assert.deepEqual(names, ['བོད་སྐད་', 'E', 'E 2', 'French', 'qaa', 'Track 6']);
  await page.context().close();
});

test('a title of blanks only is shown by its id', async () => {
  const page = await openPage(browser, '/favicon.svg');
  const film = { id: 'blank', title: ' \u3000\u200b', kind: 'video', duration_ms: 3000 };
  await page.route('**/vod/index.json', (route) => route.fulfill({ json: { assets: [film], importing: [] } }));
  await page.goto(new URL('/', page.url()).href);
  await until(page, 'the id', () => document.querySelector('.feature h1')?.textContent === 'blank');
  await page.context().close();
});

test('the length is rounded, so 11.98 s are 0:12', async () => {
  const page = await play(browser, asset, 'hls');
  await page.evaluate(() => Object.defineProperty(window.outpost.video, 'duration', { get: () => 11.98 }));
  await until(page, '0:12', () => document.querySelector('.time:last-child').textContent === '0:12');
  await page.context().close();
});

for (const format of ['hls', 'dash']) {
  test(`${format}: the box of picture and subtitles has the shape of the film and is free of the controls on an upright phone`, async () => {
    const page = await play(browser, asset, format, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await until(page, 'the box', () => {
      const { video } = window.outpost;
      const box = video.getBoundingClientRect();
      return Math.abs(box.width / box.height - video.videoWidth / video.videoHeight) < 0.02
        && box.bottom < document.querySelector('.bar').getBoundingClientRect().top;
    });
    await page.context().close();
  });

  test(`${format}: a seek while the server is gone says so within five seconds and plays on by itself when it is back`, async () => {
    // What lies before the place where it began is not loaded, however much is loaded ahead.
    const page = await openPage(browser, `/watch.html?id=${encodeURIComponent(asset)}&with=${format}&t=20`);
    await until(page, 'plays', () => window.outpost.video.currentTime > 20.2);
    await page.route('**/vod/**', (route) => route.abort());
    await page.evaluate(() => window.outpost.seek(2));
    const since = Date.now();
    await until(page, 'the words', () => /connection to the server is lost/.test(document.getElementById('overlay').textContent));
    assert.ok(Date.now() - since < 5000, 'within five seconds');
    await page.unroute('**/vod/**');
    await page.evaluate(() => window.outpost.video.play().catch(() => {}));
    await until(page, 'goes on', () => !/connection to the server/.test(document.getElementById('overlay').textContent)
      && !document.querySelector('.trouble') && window.outpost.video.readyState >= 3);
    await page.context().close();
  });
}

test('what is not open to everybody says so, in the library and in the player', async () => {
  const page = await openPage(browser, '/favicon.svg');
  await page.route('**/vod/**', (route) => route.fulfill({ status: 401, json: { status: 401 } }));
  await page.goto(new URL('/', page.url()).href);
  await until(page, 'the library says so', () => /not open to everybody/.test(document.querySelector('.lost')?.textContent));
  for (const format of ['hls', 'dash']) {
    await page.goto(new URL(`/watch.html?id=${encodeURIComponent(asset)}&with=${format}`, page.url()).href);
    await until(page, `${format} says so`, () => /takes a permission/.test(document.querySelector('.trouble[data-trouble="closed"]')?.textContent));
  }
  await page.context().close();
});
