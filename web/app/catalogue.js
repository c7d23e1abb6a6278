// The catalogue: what the library holds and what is being imported into it, asked again and again while someone looks.

const url = '/vod/index.json';
const patienceMs = 10000;

// Blanks and invisible letters are no name: a card without words could not be told from a fault.
const named = (item) => (/[^\s\p{Cf}\p{Cc}]/u.test(item.title || '') ? item : { ...item, title: item.id });

/** Whether a status says that watching is not for everybody. */
export const isClosed = (status) => status === 401 || status === 403;

/** One look at the catalogue. Throws when the server can't be reached, answers nonsense or lets nobody in (error.closed). */
export async function fetchCatalogue() {
  const hurry = new AbortController();
  const timer = setTimeout(() => hurry.abort(), patienceMs);
  try {
    const response = await fetch(url, { cache: 'no-cache', signal: hurry.signal });
    if (!response.ok) throw Object.assign(new Error(`catalogue: status ${response.status}`), { closed: isClosed(response.status) });
    const { assets, importing } = await response.json();
    if (!Array.isArray(assets)) throw new Error('catalogue: no list of assets');
    return { assets: assets.map(named), importing: (importing || []).map(named) };
  } finally {
    clearTimeout(timer);
  }
}

/** Whether anything sensible answers at the server's address, however the catalogue may be. */
export async function serverAnswers(withinMs) {
  const hurry = new AbortController();
  const timer = setTimeout(() => hurry.abort(), withinMs);
  try {
    return (await fetch(url, { method: 'HEAD', cache: 'no-store', signal: hurry.signal })).status < 500;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

const everyMs = 2000;
const longestWaitMs = 30000;

/**
 * Follows the catalogue while the page is visible: calls seen(catalogue) after each good look and
 * lost(secondsToNextTry, closed) each second while the server is away or lets nobody in, waiting twice as long after each failure.
 * Returns a function that looks at once.
 */
export function followCatalogue({ seen, lost }) {
  let waitMs = everyMs;
  let timer = 0;
  let looking = false;

  const later = (ms, then) => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };

  const countDown = (seconds, closed) => {
    lost(seconds, closed);
    later(1000, () => (seconds > 1 ? countDown(seconds - 1, closed) : look()));
  };

  async function look() {
    if (looking || document.hidden) return;
    looking = true;
    clearTimeout(timer);
    try {
      seen(await fetchCatalogue());
      waitMs = everyMs;
      later(waitMs, look);
    } catch (error) {
      countDown(waitMs / 1000, Boolean(error.closed));
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    } finally {
      looking = false;
    }
  }

  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);
  look();
  return look;
}
