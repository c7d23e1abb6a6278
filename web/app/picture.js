// Where the film lies on the stage. The box around it has the picture's own shape, so that subtitles, which both players lay
// out in that box, never fall into the black above or below it.

const smallestLetter = 15;
const set = (style, name, value) => { if (style.getPropertyValue(name) !== value) style.setProperty(name, value); };

/** Fits the box to the stage, and tells how far the controls reach into it. shape: width / height of the picture. */
export function fitPicture(stage, box, bar, shape) {
  const { clientWidth, clientHeight } = stage;
  const width = Math.min(clientWidth, clientHeight * shape);
  const height = width / shape;
  const bottom = (clientHeight + height) / 2;
  const covered = bar ? Math.max(0, bottom - bar.getBoundingClientRect().top) : 0;
  set(box.style, 'width', `${width.toFixed(1)}px`);
  set(box.style, 'height', `${height.toFixed(1)}px`);
  set(box.style, '--covered', `${Math.ceil(covered)}px`);
  set(box.style, '--letter', `${Math.max(smallestLetter, height * 0.045).toFixed(1)}px`);
}
