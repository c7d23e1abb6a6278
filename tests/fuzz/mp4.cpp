// The boxes of a track file from anywhere: as a whole file through the index, and as a stream through the
// packager.
#include <sys/mman.h>
#include <unistd.h>

#include "media/import/packager.hpp"

namespace {

outpost::Fd file_of(std::string_view bytes) {
    outpost::Fd file{::memfd_create("track", MFD_CLOEXEC)};
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        __builtin_trap();
    return file;
}

void check(const outpost::media::mp4::TrackIndex& index, std::uint64_t size) {
    for (std::size_t i = 0; i < index.segments.size(); ++i) {
        const auto& segment = index.segments[i];
        if (segment.duration <= 0 || segment.size > size || index.offsets[i] > size - segment.size)
            __builtin_trap();
        for (const auto& key : segment.key_frames) {
            if (key.duration <= 0 || key.range.length > segment.size) __builtin_trap();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace outpost::media;
    const std::string bytes(data, data + size);
    if (const auto index = mp4::index_file(file_of(bytes), {})) check(*index, size);
    Packager packager{file_of(""), Cuts{size % 2 == 0, {{4, 1}}, outpost::Milliseconds{4000}}};
    const std::string_view all = bytes;
    if (packager.feed(all.substr(0, size / 2)) && packager.feed(all.substr(size / 2))) {
        if (const auto track = packager.finish()) check(track->index, std::uint64_t{1} << 40);
    }
    return 0;
}
