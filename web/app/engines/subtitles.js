// Text tracks of the video element, filled by hand. hls.js would make them from a data: address, which our
// Content-Security-Policy forbids. Such tracks can't be taken off a video again, so they are emptied and used once more.

function empty(track) {
  track.mode = 'hidden';
  for (const cue of [...track.cues]) track.removeCue(cue);
  track.mode = 'disabled';
}

/** Follows hls.js: shows the chosen subtitle track and puts the cues in as they are parsed. Returns what undoes it. */
export function followSubtitles(hls, events, video) {
  const own = new Map();

  const trackOf = ({ id, name, lang }) => {
    const taken = [...own.values()];
    const spare = [...video.textTracks].find((one) => one.label === name && one.language === (lang || '') && !taken.includes(one));
    if (!own.has(id)) own.set(id, spare || video.addTextTrack('subtitles', name, lang || ''));
    return own.get(id);
  };

  hls.on(events.SUBTITLE_TRACK_SWITCH, (_, { id }) => {
    const chosen = hls.subtitleTracks[id];
    const shown = chosen && trackOf({ ...chosen, id });
    for (const track of own.values()) track.mode = track === shown ? 'showing' : 'disabled';
  });
  // Segments that meet inside a cue both carry it.
  hls.on(events.CUES_PARSED, (_, { cues, subtitleTrack }) => {
    if (!subtitleTrack) return;
    const track = trackOf(subtitleTrack);
    for (const cue of cues) if (!track.cues?.getCueById(cue.id)) track.addCue(cue);
  });
  return () => own.forEach(empty);
}
