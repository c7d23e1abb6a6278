// Whatever claims to be CBOR: what is read is written in one form, which is read as the same.
#include "auth/formats/cbor.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace outpost::auth;

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto value = cbor::read(bytes);
    if (!value) {
        require(value.error().reason == Reason::malformed);
        return 0;
    }
    // Only the order of maps and the width of floats have a choice.
    const std::string written = cbor::write(*value);
    require(written.size() >= bytes.size());
    const auto again = cbor::read(written);
    require(again.has_value() && cbor::write(*again) == written);
    return 0;
}
