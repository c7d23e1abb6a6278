#include "media/demo.hpp"

namespace outpost::media {

Outcome<Imported> import_demo(const ImportOptions& options, const Cancellation& cancellation) {
    return import_film(options, cancellation);
}

}  // namespace outpost::media
