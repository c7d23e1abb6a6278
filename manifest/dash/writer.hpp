// Writes a Presentation as a static MPD (ISO 23009-1, profile isoff-live), byte for byte the same for the
// same input. URIs are relative to the MPD: <track>/init.mp4, <track>/<number>.m4s, <track>/full.vtt. The
// presentation is one that check() accepts. Thread rule: pure functions.
#pragma once

#include "manifest/dash/xml.hpp"
#include "manifest/presentation.hpp"

namespace outpost::manifest::dash {

// index.mpd. Tracks between which a player may switch share an AdaptationSet: video of one codec family and
// range, audio of one codec, language, name and channel count, each text alone. Where all of a set have the
// same segment times, these stand once, in the set.
// PQ is an EssentialProperty, so that players that can't show it pass it by; HLG, which a standard screen
// shows well enough, is a SupplementalProperty.
// The period begins at the earliest media time of its audio and video (presentationTimeOffset), so that they
// keep their distance from each other.
XmlDocument mpd(const Presentation& presentation);

}  // namespace outpost::manifest::dash
