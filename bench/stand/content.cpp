#include "bench/stand/content.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/text.hpp"
#include "bench/stand/shape.hpp"
#include "manifest/dash/writer.hpp"
#include "manifest/hls/writer.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view marker_name = "content.txt";
constexpr int revision = 2;  // other bytes, another number: folders of the one before are made again

std::string marker_of(std::string_view kind) { return fmt::format("{} {}\n", kind, revision); }

std::string read_marker(const fs::path& folder) {
    auto marker = read_file(folder / marker_name, 1_KiB);
    return marker ? std::move(*marker) : std::string{};
}

// SplitMix64 (Steele, Lea, Flood 2014), which is written faster than a disk takes it.
void fill(std::string& bytes, std::uint64_t seed) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof seed) {
        std::uint64_t z = seed += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        std::memcpy(bytes.data() + at, &z, std::min(sizeof z, bytes.size() - at));
    }
}

Outcome<void> write_to(int fd, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return Problem{path.string(), fmt::format("can't be written: {}", std::strerror(errno)),
                           "give content a folder with more room"};
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

// A Problem comes out with the first write.
Fd create(const fs::path& path) {
    return Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
}

class Maker {
  public:
    Maker(fs::path folder, const Cancellation& cancellation)
        : folder_{std::move(folder)}, cancellation_{cancellation} {}

    Outcome<void> make(const ContentShape& shape);

  private:
    Outcome<void> make_film(const FilmShape& film);
    Outcome<void> make_track(const FilmShape& film, const TrackShape& track);
    // A file of www, and its line in checksums.txt.
    Outcome<void> publish(const std::string& url, std::string_view bytes);
    // Random bytes that depend on the URL alone.
    const std::string& random_bytes(const std::string& url, std::uint64_t size);

    fs::path folder_;
    const Cancellation& cancellation_;
    std::string checksums_, buffer_;
};

const std::string& Maker::random_bytes(const std::string& url, std::uint64_t size) {
    buffer_.resize(size);
    fill(buffer_, XXH3_64bits(url.data(), url.size()));
    return buffer_;
}

Outcome<void> Maker::publish(const std::string& url, std::string_view bytes) {
    if (cancellation_.requested()) return Problem{folder_.string(), "making content was called off", ""};
    const fs::path path = folder_ / "www" / url.substr(1);
    fs::create_directories(path.parent_path());
    const Fd file = create(path);
    checksums_ += fmt::format("{}  {}\n", to_hex(XXH3_64bits(bytes.data(), bytes.size())), url);
    return write_to(file.get(), bytes, path);
}

Outcome<void> Maker::make_track(const FilmShape& film, const TrackShape& track) {
    const std::string base = fmt::format("/vod/{}/{}/", film.id, track.id);
    const fs::path path = folder_ / "library" / film.id / (track.id + ".mp4");
    const Fd whole = create(path);
    for (std::uint32_t number = 0; number <= film.segments; ++number) {
        const std::string url = base + (number == 0 ? "init.mp4" : fmt::format("{}.m4s", number));
        const std::string& bytes = random_bytes(url, number == 0 ? init_bytes : track.segment_bytes);
        if (auto wrote = write_to(whole.get(), bytes, path); !wrote) return wrote;
        if (auto wrote = publish(url, bytes); !wrote) return wrote;
    }
    return {};
}

Outcome<void> Maker::make_film(const FilmShape& film) {
    const media::Asset asset = asset_of(film);
    const manifest::Presentation presentation = asset.presentation();
    if (auto good = manifest::check(presentation); !good) return good;
    const fs::path directory = folder_ / "library" / film.id;
    fs::create_directories(directory);
    const std::string base = fmt::format("/vod/{}/", film.id);
    std::vector<std::pair<std::string, std::string>> texts{
        {base + "index.m3u8", manifest::hls::multivariant_playlist(presentation).text()},
        {base + "index.mpd", manifest::dash::mpd(presentation).text()}};
    for (const TrackShape& track : film.tracks) {
        if (auto made = make_track(film, track); !made) return made;
        texts.emplace_back(base + track.id + "/index.m3u8",
                           manifest::hls::media_playlist(presentation, track.id).text());
        if (track.kind == manifest::TrackKind::video)
            texts.emplace_back(base + track.id + "/iframes.m3u8",
                               manifest::hls::iframe_playlist(presentation, track.id).text());
    }
    for (const auto& [url, text] : texts)
        if (auto wrote = publish(url, text); !wrote) return wrote;
    const fs::path description = directory / "asset.json";
    return write_to(create(description).get(), media::write_asset(asset), description);
}

Outcome<void> Maker::make(const ContentShape& shape) {
    for (const FilmShape& film : shape.films)
        if (auto made = make_film(film); !made) return made;
    for (const PlainShape& plain : shape.plain) {
        for (std::uint32_t number = 1; number <= plain.count; ++number) {
            const std::string url = fmt::format("/sizes/{}/{}", plain.bytes, number);
            if (auto wrote = publish(url, random_bytes(url, plain.bytes)); !wrote) return wrote;
        }
    }
    const fs::path sums = folder_ / "checksums.txt";
    if (auto wrote = write_to(create(sums).get(), checksums_, sums); !wrote) return wrote;
    fs::create_hard_link(sums, folder_ / "www" / "checksums.txt");
    return {};
}

// Whether every file has its size. Bytes are not compared: nothing but us writes here, and what a crash
// leaves is short or absent.
bool is_whole(const fs::path& folder, const ContentShape& shape) {
    std::error_code error;
    const auto has = [&](const fs::path& path, std::uint64_t size) {
        return fs::file_size(folder / path, error) == size;
    };
    for (const FilmShape& film : shape.films) {
        for (const TrackShape& track : film.tracks) {
            const fs::path directory = fs::path{"www/vod"} / film.id / track.id;
            for (std::uint32_t number = 1; number <= film.segments; ++number)
                if (!has(directory / fmt::format("{}.m4s", number), track.segment_bytes)) return false;
            if (!has(directory / "init.mp4", init_bytes) ||
                !has(fs::path{"library"} / film.id / (track.id + ".mp4"),
                     init_bytes + film.segments * track.segment_bytes))
                return false;
        }
    }
    for (const PlainShape& plain : shape.plain)
        for (std::uint32_t number = 1; number <= plain.count; ++number)
            if (!has(fmt::format("www/sizes/{}/{}", plain.bytes, number), plain.bytes)) return false;
    return true;
}

// Folders that makers left who were killed: "<name>.making-<process>".
void remove_leftovers(const fs::path& folder) {
    std::error_code error;
    const std::string stem = folder.filename().string() + ".making-";
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator{folder.parent_path(), error}) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(stem)) continue;
        const auto process = parse_unsigned(std::string_view{name}.substr(stem.size()));
        if (process && *process > 0 && *process < INT32_MAX && ::kill(static_cast<pid_t>(*process), 0) != 0 &&
            errno == ESRCH)
            left.push_back(entry.path());
    }
    for (const fs::path& each : left) fs::remove_all(each, error);
}

// Onto the disk now: what the kernel wrote in its own time would fall into somebody's measurement.
void flush(const fs::path& folder) {
    const Fd directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory) ::syncfs(directory.get());
}

Outcome<void> make_and_rename(std::string_view kind, const ContentShape& shape, const fs::path& folder,
                              const Cancellation& cancellation) {
    remove_leftovers(folder);
    const fs::path making = folder.string() + fmt::format(".making-{}", ::getpid());
    fs::remove_all(making);
    fs::create_directories(making / "www");
    fs::create_directories(making / "library");
    auto made = Maker{making, cancellation}.make(shape);
    if (made) made = write_to(create(making / marker_name).get(), marker_of(kind), making / marker_name);
    if (!made) {
        std::error_code ignored;
        fs::remove_all(making, ignored);
        return made;
    }
    flush(making);
    fs::remove_all(folder);
    fs::rename(making, folder);
    return {};
}

}  // namespace

Outcome<void> make_content(std::string_view kind, const std::filesystem::path& folder,
                           const Cancellation& cancellation) {
    const auto shape = shape_of(kind);
    if (!shape)
        return Problem{std::string{kind}, "there is no such content", "one of county longtail thin sizes"};
    try {
        const fs::path whole = fs::absolute(folder / "").parent_path();  // without a slash at its end
        const bool is_there = fs::exists(whole) && !(fs::is_directory(whole) && fs::is_empty(whole));
        if (is_there && content_kind(whole) != kind)
            return Problem{whole.string(), fmt::format("is there already and is no content \"{}\"", kind),
                           "give content a folder of its own"};
        if (is_there && read_marker(whole) == marker_of(kind) && is_whole(whole, *shape)) return {};
        return make_and_rename(kind, *shape, whole, cancellation);
    } catch (const fs::filesystem_error& error) {
        return Problem{error.path1().string(), error.code().message(), "give content another folder"};
    }
}

std::string content_kind(const std::filesystem::path& folder) {
    const std::string marker = read_marker(folder);
    return marker.substr(0, marker.find(' '));
}

}  // namespace outpost::bench
