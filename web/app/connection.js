// Whether the server is still there. The players' own downloads go on trying for longer than a viewer is content with a
// turning ring, so the page asks for itself as soon as the film has been waited for a little.
import { serverAnswers } from './catalogue.js';

const lookEveryMs = 500;
// Together below the 5 s after which a viewer must have been told.
const quietMs = 1500;
const patienceMs = 2500;
const askEveryMs = 2000;

/** Calls changed(lost) when the server goes away while waiting() is true, and when it is back. */
export function followConnection({ waiting, changed }) {
  let lost = false;
  let askAt = null;
  let asking = false;

  setInterval(async () => {
    const now = performance.now();
    if (!lost && !waiting()) askAt = null;
    else askAt ??= now + quietMs;
    if (asking || askAt === null || now < askAt) return;
    asking = true;
    const answers = await serverAnswers(patienceMs);
    asking = false;
    askAt = performance.now() + askEveryMs;
    if (answers !== lost) return;
    lost = !answers;
    changed(lost);
  }, lookEveryMs);
}
