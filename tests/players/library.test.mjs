// The library page lists, searches, and is walked with arrow keys alone; both pages fit phones and televisions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asset, cutTexts, launch, openPage, press, remoteKey, until } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function openLibrary(options, query = '') {
  const page = await openPage(browser, `/${query}`, options);
  await until(page, `the library shows "${asset}"`, (id) => document.querySelector(`[data-asset="${id}"]`), asset);
  return page;
}

/** Walks with arrow keys, the way a person with a remote would, until the title has the focus. */
async function walkToTitle(page) {
  for (let step = 0; step < 60; step += 1) {
    if (await page.evaluate((id) => document.activeElement.dataset.asset === id, asset)) return;
    const before = await page.evaluateHandle(() => document.activeElement);
    await page.keyboard.press('ArrowRight');
    if (await page.evaluate((one) => document.activeElement === one, before)) await page.keyboard.press('ArrowDown');
  }
  assert.fail('arrow keys never reached the title');
}

test('the library lists the title and finds it while its name is typed', async () => {
  const page = await openLibrary();
  const { assets } = await page.evaluate(async () => (await fetch('/vod/index.json')).json());
  const { title } = assets.find(({ id }) => id === asset);
  await page.keyboard.press('/');
  await page.keyboard.type(title.slice(0, 4).toUpperCase());
  await until(page, 'found', (id) => document.querySelector(`.cards [data-asset="${id}"]`), asset);
  await page.keyboard.type(' no such title anywhere');
  await until(page, 'found nothing', () => !document.querySelector('[data-asset]') && document.querySelector('.nothing'));
  await press(page, '.nothing button');
  await until(page, 'everything again', (id) => document.querySelector(`[data-asset="${id}"]`), asset);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an import shows how far it is, and its film appears by itself; a lost server leaves what was there', async () => {
  const page = await openLibrary();
  const shown = await page.evaluate(async () => (await fetch('/vod/index.json')).json());
  const [film] = shown.assets;
  const answer = (catalogue) => page.route('**/vod/index.json', (route) => route.fulfill({ json: catalogue }));
  await answer({ assets: shown.assets, importing: [{ id: 'soon', title: 'Soon here', stage: '2160p', percent: 43.5, seconds_left: 61 }] });
  await until(page, 'the import', () => document.querySelector('[data-importing="soon"] progress')?.value === 43.5);
  assert.match(await page.textContent('[data-importing="soon"]'), /43 %.*2160p.*about 1 min left/);
  await page.evaluate(() => { window.sameDocument = true; });
  await answer({ assets: [...shown.assets, { ...film, id: 'soon', title: 'Soon here' }], importing: [] });
  await until(page, 'the film', () => document.querySelector('[data-asset="soon"]') && !document.querySelector('[data-importing]'));
  assert.ok(await page.evaluate(() => window.sameDocument), 'without loading the page again');

  await page.route('**/vod/index.json', (route) => route.abort());
  await until(page, 'the message', () => document.querySelector('.lost'));
  assert.ok(await page.$('[data-asset="soon"]'), 'what was there stays');
  await answer(shown);
  await until(page, 'the message goes', () => !document.querySelector('.lost'));
  await page.context().close();
});

test('an empty library tells how to import', async () => {
  const page = await openPage(browser, '/favicon.svg');
  await page.route('**/vod/index.json', (route) => route.fulfill({ json: { assets: [], importing: [] } }));
  await page.goto(new URL('/', page.url()).href);
  await until(page, 'the words', () => document.querySelector('.empty code')?.textContent === 'outpost import film.mp4 --library DIR');
  await page.context().close();
});

test('Chinese and English: the switch changes the page and is remembered', async () => {
  const page = await openLibrary({ locale: 'zh-CN' });
  assert.equal(await page.getAttribute('#search', 'placeholder'), '搜索片名');
  await press(page, '.top button');
  await until(page, 'English', () => document.getElementById('search').placeholder === 'Search titles' && document.documentElement.lang === 'en');
  await page.reload();
  await until(page, 'still English', () => document.getElementById('search')?.placeholder === 'Search titles');
  await page.context().close();
});

test('arrow keys and Enter lead to the film, Escape back to its card', async () => {
  const page = await openLibrary();
  await walkToTitle(page);
  await page.keyboard.press('Enter');
  await until(page, 'plays', () => window.outpost?.video.currentTime > 0.5);
  await page.keyboard.press('Escape');
  await until(page, 'back on the card', (id) => document.activeElement?.dataset.asset === id, asset);
  await page.context().close();
});

for (const [remote, back] of [['webOS', 461], ['Tizen', 10009]]) {
  test(`a ${remote} remote: play and pause, the controls by arrows, its Back key leads back`, async () => {
    const page = await openLibrary({ viewport: { width: 1920, height: 1080 } }, '?tv');
    await walkToTitle(page);
    await page.keyboard.press('Enter');
    await until(page, 'plays', () => window.outpost?.video.currentTime > 0.5);
    await remoteKey(page, 10252);
    await until(page, 'paused', () => window.outpost.video.paused);
    await page.keyboard.press('ArrowDown');
    await until(page, 'the play button has the focus', () => document.activeElement.id === 'play');
    await page.keyboard.press('ArrowUp');
    await until(page, 'then the position', () => document.activeElement.id === 'position');
    await page.keyboard.press('ArrowUp');
    await until(page, 'then the top row', () => document.activeElement.closest('.above'));
    await remoteKey(page, back);
    await until(page, 'back in the library', (id) => document.activeElement?.dataset.asset === id, asset);
    await page.context().close();
  });
}

const screens = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  television: { viewport: { width: 1920, height: 1080 } },
};

for (const [name, screen] of Object.entries(screens)) {
  for (const locale of ['en-GB', 'zh-CN']) {
    test(`${name}, ${locale}: nothing is cut or wider than the screen, and every control is large enough`, async () => {
      const query = name === 'television' ? 'tv' : '';
      const page = await openLibrary({ ...screen, locale }, `?${query}`);
      assert.deepEqual(await cutTexts(page), []);
      await page.goto(new URL(`/watch.html?id=${encodeURIComponent(asset)}&${query}`, page.url()).href);
      await until(page, 'plays', () => window.outpost?.video.currentTime > 0.5);
      await press(page, '#details');
      assert.deepEqual(await cutTexts(page), []);
      await press(page, '[data-menu="quality"]');
      assert.deepEqual(await cutTexts(page), []);
      const small = await page.$$eval('.overlay button, .overlay a, .overlay input', (controls) => controls
        .map((one) => one.getBoundingClientRect())
        .filter((box) => box.height < 44 || box.width < 44).length);
      assert.equal(small, 0, 'touch targets of 44 px');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
