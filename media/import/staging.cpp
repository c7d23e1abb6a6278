#include "media/import/staging.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "media/library/open_asset.hpp"

namespace outpost::media {
namespace {

namespace fs = std::filesystem;

constexpr Bytes most_state{256 << 20};
constexpr std::string_view key_name = "source.key";

std::string done_name(const std::string& job) { return job + ".done"; }

Problem library_closed(const fs::path& library, const std::error_code& error) {
    return {library.string(), "the library can't be written: " + error.message(), ""};
}

Problem cannot_write(const fs::path& path, const std::string& why) {
    return {path.string(), "can't be written: " + why, ""};
}

Outcome<void> flush_directory(const fs::path& path) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0) return cannot_write(path, std::strerror(errno));
    return {};
}

bool whole(const fs::path& directory, const TrackFile& track) {
    std::error_code error;
    const std::uint64_t size = fs::file_size(directory / track.file, error);
    return !error && size == track.offsets.back() + track.track.segments.back().size;
}

}  // namespace

Staging::Staging(fs::path library, std::string id, bool replace, std::string film)
    : library_{std::move(library)},
      directory_{library_ / ".importing" / id},
      lock_path_{library_ / ".importing" / (id + ".lock")},
      id_{std::move(id)},
      film_{std::move(film)},
      replace_{replace} {}

Outcome<void> Staging::check_id_is_free() const {
    std::error_code error;
    if (replace_ || !fs::exists(fs::symlink_status(library_ / id_, error))) return {};
    return Problem{film_, fmt::format("there is already an asset of the id {} in {}", id_, library_.string()),
                   "choose another with --id, or --replace it"};
}

Outcome<Staging> Staging::open(const fs::path& library, const std::string& id, bool replace,
                               const std::string& film) {
    if (!is_asset_id(id)) {
        return Problem{
            film, fmt::format("\"{}\" is no id for an asset", id),
            "choose one with --id: small letters, digits, '.', '_' and '-', at most 64, a letter or "
            "digit first"};
    }
    Staging staging{library, id, replace, film};
    if (auto is_free = staging.check_id_is_free(); !is_free) return is_free.error();
    std::error_code error;
    for (fs::path at = fs::absolute(library, error); !at.empty() && !fs::exists(at, error) && !error;
         at = at.parent_path())
        staging.made_.push_back(at);
    fs::create_directories(library, error);
    if (error) return library_closed(library, error);
    if (auto locked = staging.lock(); !locked) return locked.error();
    // Once more under the lock: another import may just have published it.
    if (auto is_free = staging.check_id_is_free(); !is_free) return is_free.error();
    return staging;
}

// The lock file goes when its holder is done; whoever opened it just before finds it has another inode.
Outcome<void> Staging::lock() {
    std::error_code error;
    for (int tries = 0; tries < 100; ++tries) {
        fs::create_directories(lock_path_.parent_path(), error);
        Fd fd{::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
        if (error || (!fd && errno == ENOENT))
            continue;  // another import just left and took the directory along
        if (!fd) return library_closed(library_, {errno, std::generic_category()});
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            return Problem{film_, fmt::format("another process is importing the id {}", id_),
                           "wait for it, or choose another with --id"};
        }
        struct stat held {
        }, named{};
        if (::fstat(fd.get(), &held) == 0 && ::stat(lock_path_.c_str(), &named) == 0 &&
            held.st_ino == named.st_ino) {
            lock_ = std::move(fd);
            return {};
        }
    }
    if (error) return library_closed(library_, error);
    return cannot_write(lock_path_, "it keeps changing");
}

Staging::~Staging() {
    if (lock_) leave();
    std::error_code ignored;
    for (const fs::path& path : made_) fs::remove(path, ignored);  // only what stayed empty
}

void Staging::leave() {
    std::error_code ignored;
    if (useful_) {
        fs::remove(directory_ / "progress.json", ignored);
    } else {
        fs::remove_all(directory_, ignored);
    }
    fs::remove(lock_path_, ignored);
    fs::remove(library_ / ".importing", ignored);  // only if nobody else is in it
}

Outcome<void> Staging::begin(const std::string& key) {
    const auto before = read_file(directory_ / key_name, Bytes{1 << 20});
    std::error_code error;
    if (before && *before == key) {
        std::vector<std::string> names{std::string{key_name}};
        for (const auto& entry : fs::directory_iterator{directory_, error}) {
            const std::string name = entry.path().filename().string();
            if (name.ends_with(".done") || name.ends_with(".mp4")) names.push_back(name);
            useful_ = useful_ || name.ends_with(".done");
        }
        return remove_all_but(names);
    }
    fs::remove_all(directory_, error);
    fs::create_directories(directory_, error);
    if (error) return cannot_write(directory_, error.message());
    return write_file_atomically(directory_ / key_name, key);
}

Outcome<void> Staging::keep(const std::string& job, const std::vector<TrackFile>& tracks) {
    Asset state;
    state.id = id_;
    state.tracks = tracks;
    auto written = write_file_atomically(directory_ / done_name(job), write_asset(state));
    if (written) useful_ = true;
    return written;
}

std::optional<std::vector<TrackFile>> Staging::kept(const std::string& job) const {
    const fs::path path = directory_ / done_name(job);
    const auto text = read_file(path, most_state);
    if (!text) return std::nullopt;
    auto state = read_asset(*text, path.string());
    if (!state) return std::nullopt;
    for (const TrackFile& track : state->tracks) {
        if (!whole(directory_, track)) return std::nullopt;
    }
    return std::move(state->tracks);
}

Outcome<void> Staging::remove_all_but(const std::vector<std::string>& names) {
    std::error_code error;
    std::vector<fs::path> unwanted;
    for (const auto& entry : fs::directory_iterator{directory_, error}) {
        const std::string name = entry.path().filename().string();
        if (std::find(names.begin(), names.end(), name) == names.end()) unwanted.push_back(entry.path());
    }
    for (const fs::path& path : unwanted) {
        fs::remove_all(path, error);
        if (error) return cannot_write(path, error.message());
    }
    return {};
}

// The server itself says whether it takes what was made: success here means that it plays.
Outcome<void> Staging::check_servable() const {
    const auto parent = open_directory(directory_.parent_path());
    if (!parent) return Problem{directory_.string(), "can't be read: " + parent.error().message(), ""};
    std::string why;
    const auto asset = open_asset(*parent, id_, why);
    if (asset) return {};
    return Problem{film_, fmt::format("became what the server would refuse ({})", why),
                   "please report this with the file"};
}

Outcome<void> Staging::rename_into_place() {
    const fs::path target = library_ / id_;
    if (::renameat2(AT_FDCWD, directory_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EEXIST) return cannot_write(target, std::strerror(errno));
    if (auto is_free = check_id_is_free(); !is_free) return is_free;
    if (::renameat2(AT_FDCWD, directory_.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0) {
        return cannot_write(target, std::strerror(errno));
    }
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    return {};
}

Outcome<void> Staging::publish(const Asset& asset) {
    std::vector<std::string> names{"asset.json", "poster.jpg"};
    for (const TrackFile& track : asset.tracks) {
        names.push_back(track.file);
        if (!track.full_file.empty()) names.push_back(track.full_file);
    }
    if (auto done = write_file_atomically(directory_ / "asset.json", write_asset(asset)); !done) return done;
    if (auto good = check_servable(); !good) return good;
    // From here a rerun starts afresh: the key goes too.
    if (auto done = remove_all_but(names); !done) return done;
    useful_ = false;
    if (auto done = flush_directory(directory_); !done) return done;
    if (auto done = rename_into_place(); !done) return done;
    return flush_directory(library_);
}

}  // namespace outpost::media
