// The player page plays HLS and DASH up to 2160p.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asset, hevcAsset, launch, openPage, play, press, until } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function chooseRendition(page, height) {
  await press(page, '[data-menu="quality"]');
  await press(page, `.menu-list [data-choice="${height}"]`);
  await until(page, `${height}p on the screen`, (wanted) => window.outpost.video.videoHeight === wanted, height);
}

async function timeAdvances(page) {
  const from = await page.evaluate(() => window.outpost.video.currentTime);
  await until(page, 'time advances', (then) => Math.abs(window.outpost.video.currentTime - then) > 0.5, from);
}

const libraries = { hls: 'hls.js', dash: 'shaka-player' };

for (const format of ['hls', 'dash']) {
  test(`${format}: every rendition of the quality menu up to 2160p comes to the screen, and a seek works`, async () => {
    const page = await play(browser, asset, format);
    await press(page, '[data-menu="quality"]');
    const heights = await page.$$eval('.menu-list [data-choice]', (entries) => entries.map((entry) => Number(entry.dataset.choice)).filter(Boolean));
    await page.keyboard.press('Escape');
    assert.equal(Math.max(...heights), 2160, 'the menu offers 2160p');
    if (heights.length > 1) await chooseRendition(page, Math.min(...heights));
    await chooseRendition(page, 2160);
    await timeAdvances(page);

    const target = await page.evaluate(() => window.outpost.video.duration * 0.6);
    await page.evaluate((seconds) => window.outpost.seek(seconds), target);
    await until(page, 'plays on after a seek', (seconds) => {
      const { video } = window.outpost;
      return !video.seeking && video.currentTime > seconds + 0.2;
    }, target);

    const stats = await page.evaluate(() => window.outpost.stats());
    assert.ok(stats.library.startsWith(libraries[format]), stats.library);
    assert.deepEqual([stats.width, stats.height, stats.format, stats.error], [3840, 2160, format, null]);
    assert.ok(stats.kbps > 0 && stats.codec && stats.bandwidthKbps > 0, JSON.stringify(stats));
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('switching from HLS to DASH and back keeps the position', async () => {
  const page = await play(browser, asset, 'hls');
  for (const format of ['dash', 'hls']) {
    await page.evaluate(() => window.outpost.seek(6));
    await until(page, 'the seek is done', () => !window.outpost.video.seeking && window.outpost.video.currentTime > 6.2);
    await press(page, `[data-format="${format}"]`);
    const position = await until(page, `${format} took over`, (library) => {
      const { video, stats } = window.outpost;
      return stats().library.startsWith(library) && video.readyState >= 3 && !video.paused && video.currentTime;
    }, libraries[format]);
    assert.ok(position > 5.5, `went on at ${position}, not from the start`);
    await timeAdvances(page);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('keys: space pauses, arrows seek, m mutes, a menu opens with Enter and closes with Escape', async () => {
  const page = await play(browser, asset, 'hls');
  await page.keyboard.press(' ');
  await until(page, 'paused', () => window.outpost.video.paused);
  await page.evaluate(() => window.outpost.seek(1));
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('ArrowRight');
  await until(page, 'ten seconds on', () => Math.round(window.outpost.video.currentTime) === 11);
  await page.keyboard.press('ArrowLeft');
  await until(page, 'and back', () => Math.round(window.outpost.video.currentTime) === 1);
  await page.keyboard.press('m');
  await until(page, 'muted', () => window.outpost.video.muted);
  await press(page, '[data-menu="quality"]');
  await until(page, 'the menu has the focus', () => document.activeElement.getAttribute('role') === 'menuitemradio');
  await page.keyboard.press('Escape');
  await until(page, 'its button has it back', () => document.activeElement.dataset.menu === 'quality' && !document.querySelector('.menu-list'));
  await page.keyboard.press('k');
  await until(page, 'plays again', () => !window.outpost.video.paused);
  await page.context().close();
});

for (const [format, manifest] of [['hls', 'index.m3u8'], ['dash', 'index.mpd']]) {
  test(`${format}: when the film stops arriving a sentence says so, and Retry goes on from the same position`, async () => {
    const page = await play(browser, asset, format === 'hls' ? 'dash' : 'hls');
    await page.evaluate(() => window.outpost.seek(5));
    await until(page, 'five seconds in', () => !window.outpost.video.seeking && window.outpost.video.currentTime > 5.2);
    await page.route(`**/${manifest}`, (route) => route.abort());
    await press(page, `[data-format="${format}"]`);
    await until(page, 'the sentence', () => document.querySelector('[data-trouble="network"]') && document.activeElement.id === 'retry');
    await page.unroute(`**/${manifest}`);
    await page.keyboard.press('Enter');
    await until(page, 'plays on', () => !document.querySelector('.trouble') && window.outpost.video.currentTime > 5.2);
    await page.context().close();
  });
}

test('a title that is not in the library gets a sentence and a way back', async () => {
  const page = await openPage(browser, '/watch.html?id=there-is-no-such-title');
  await until(page, 'the sentence', () => document.querySelector('[data-trouble="missing"] h2')?.textContent.length > 0);
  assert.equal(await page.$eval('.trouble a', (link) => new URL(link.href).pathname), '/');
  await page.context().close();
});

if (hevcAsset) {
  for (const [format, locale, word] of [['hls', 'en-GB', /decode HEVC/], ['dash', 'zh-CN', /HEVC.*无法解码/]]) {
    test(`${format}, ${locale}: a title this browser can't decode says so kindly`, async () => {
      const page = await openPage(browser, `/watch.html?id=${encodeURIComponent(hevcAsset)}&with=${format}`, { locale });
      await until(page, 'the sentence', () => document.querySelector('[data-trouble="codec"]'));
      assert.match(await page.textContent('.trouble h2'), word);
      assert.equal(await page.$('.waiting'), null, 'nothing turns in vain');
      assert.equal((await page.evaluate(() => window.outpost.stats())).error.kind, 'codec');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
