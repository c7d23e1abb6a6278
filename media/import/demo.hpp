// The demo film of the first minutes: made by ffmpeg itself and imported as "demo". Thread rule: one thread.
#pragma once

#include "media/import/import_command.hpp"

namespace outpost::media {

// `options`: library, and what else `outpost import` takes; files are ignored, id, title and preset have
// defaults of their own.
Outcome<Imported> import_demo(const ImportOptions& options, const Cancellation& cancellation);

}  // namespace outpost::media
