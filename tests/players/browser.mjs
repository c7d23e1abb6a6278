// Chromium on the pages of a running server, and waiting for conditions in them.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const required = (name) => {
  assert.ok(process.env[name], `${name} must be set, e.g. ${name}=http://127.0.0.1:8080`);
  return process.env[name].replace(/\/$/, '');
};

export const asset = process.env.OUTPOST_ASSET || 'demo';
export const hevcAsset = process.env.OUTPOST_HEVC_ASSET;

/** Decoding 4K on two cores without a GPU is slow: conditions may take long to come true, but no longer than this. */
export const patienceMs = 120000;

const args = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args });

/** A page of the server in a context of its own. page.complaints gathers console errors and requests that leave the server. */
export async function openPage(browser, path, options = {}) {
  const base = required('OUTPOST_URL');
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => page.complaints.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(base).origin) page.complaints.push(`outside request: ${url}`);
  });
  const response = await page.goto(`${base}${path}`);
  assert.equal(response.status(), 200, `${path} is served`);
  return page;
}

/**
 * Waits until the function is true in the page, looking again and again, and returns what it gave. It asks through the
 * debugger, because the Content-Security-Policy keeps the page itself from evaluating text.
 */
export async function until(page, what, condition, argument) {
  const end = Date.now() + patienceMs;
  for (;;) {
    const value = await page.evaluate(condition, argument).catch((error) => {
      if (/navigation|context was destroyed/i.test(error.message)) return false;
      throw error;
    });
    if (value) return value;
    if (Date.now() > end) {
      const stats = await page.evaluate(() => window.outpost?.stats()).catch(() => null);
      assert.fail(`never: ${what} (stats ${JSON.stringify(stats)}, complaints ${JSON.stringify(page.complaints)})`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

/** Plays an asset in 'hls' or 'dash' and waits until its time advances. The film repeats, so that slow machines see no end. */
export async function play(browser, id, format, options) {
  const page = await openPage(browser, `/watch.html?id=${encodeURIComponent(id)}&with=${format}`, options);
  await page.evaluate(() => { window.outpost.video.loop = true; });
  await until(page, `${format} plays`, () => window.outpost.video.currentTime > 1);
  return page;
}

/** Presses a control as a keyboard does. */
export async function press(page, selector) {
  await page.focus(selector);
  await page.keyboard.press('Enter');
}

/** A key that remotes send by its number alone. */
export const remoteKey = (page, keyCode) => page.evaluate((code) => {
  const target = document.activeElement || document.body;
  // After this call has returned: the key may lead away from the page.
  setTimeout(() => target.dispatchEvent(new KeyboardEvent('keydown', { keyCode: code, bubbles: true, cancelable: true })));
}, keyCode);

/** Texts that leave the window sideways or are cut by the box they are in. */
export const cutTexts = (page) => page.evaluate(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || holder.closest('.unseen, noscript, script') || !holder.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const outside = [...range.getClientRects()].some((box) => box.left < -1 || box.right > window.innerWidth + 1);
    const clips = getComputedStyle(holder).overflowX !== 'visible' && holder.scrollWidth > holder.clientWidth + 1;
    if (outside || clips) found.push(node.textContent.trim());
  }
  const { scrollWidth } = document.scrollingElement;
  if (scrollWidth > window.innerWidth) found.push(`the page is ${scrollWidth} wide in a window of ${window.innerWidth}`);
  return found;
});
