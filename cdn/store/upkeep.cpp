// What looks after a disk in the background: the sweep of files that nobody knows, the scrub of checksums.
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/residency.hpp"
#include "base/text.hpp"
#include "cdn/store/blocks.hpp"
#include "cdn/store/volume.hpp"

namespace outpost::cdn {
namespace {

namespace fs = std::filesystem;

constexpr auto position_name = "scrub.position";  // id of the object checked last; "0" between passes
constexpr auto begun_name = "scrub.begun";        // when the pass began, in ms since 1970
constexpr auto save_every = std::chrono::seconds{30};
constexpr std::size_t records_at_once = 16;

std::optional<std::uint64_t> id_of_file(const fs::path& path) {
    const std::string name = path.filename().string();
    std::uint64_t id = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id, 16);
    if (parsed.ec != std::errc{} || name != to_hex(id)) return std::nullopt;
    if (path.parent_path().filename() != fmt::format("{:02x}", id & 0xff)) return std::nullopt;
    return id;
}

std::int64_t wall_milliseconds() { return wall_now().time_since_epoch().count(); }

Result<std::uint64_t> number(Index& index, std::string_view name) {
    const auto value = index.meta(name);
    if (!value) return value.error();
    return parse_unsigned(value->value_or("0")).value_or(0);
}

}  // namespace

std::uint64_t Volume::sweep(std::stop_token stop) {
    std::uint64_t removed = 0;
    std::error_code unreadable;  // a directory that can't be read is swept at the next start
    for (int i = 0; i < 256; ++i) {
        const fs::path directory = options_.directory / "files" / fmt::format("{:02x}", i);
        fs::directory_iterator at{directory, unreadable};
        for (; at != fs::directory_iterator{}; at.increment(unreadable)) {
            if (stop.stop_requested() || !usable()) return removed;
            const auto id = id_of_file(at->path());
            if (!id || index_->of_this_run(*id)) continue;  // not ours, or perhaps not in the index yet
            const auto known = index_->knows(*id);
            if (!known) return removed;
            if (*known || !remove_file(*id)) continue;
            ++removed;
            measures_.swept_files.add();
        }
    }
    if (removed > 0)
        log::info("{}: files without an object removed: {}", options_.directory.string(), removed);
    return removed;
}

// One pass.
class Scrub {
  public:
    Scrub(Volume& volume, std::stop_token stop, const Volume::OnBad& on_bad)
        : volume_{volume}, index_{volume.index()}, stop_{std::move(stop)}, on_bad_{on_bad} {}

    bool run() {
        if (!begin()) return false;
        for (;;) {
            const auto records = index_.records_after(position_, records_at_once);
            if (!records) return false;
            if (records->empty()) break;
            for (const ObjectRecord& record : *records) {
                const Found found = interrupted() ? Found::nothing : check(record);
                if (found == Found::nothing) {
                    (void)save(position_);  // where it fails, some of the pass is done twice
                    return false;
                }
                if (found == Found::bad) drop(record);
                position_ = record.id;
                note();
            }
            if (steady_now() - saved_ >= save_every && !save(position_)) return false;
        }
        if (!save(0)) return false;
        const std::scoped_lock held{volume_.mutex_};
        ++volume_.progress_.passes;
        return true;
    }

  private:
    enum class Found { sound, bad, nothing };  // nothing: the check was interrupted

    bool interrupted() const { return stop_.stop_requested() || !volume_.usable(); }

    bool begin() {
        const auto position = number(index_, position_name);
        if (!position) return false;
        position_ = *position;
        saved_ = next_ = steady_now();
        {
            // Not while the index is waited for: a disk that fails it is reported under the same lock.
            const std::scoped_lock held{volume_.mutex_};
            volume_.progress_.checked = {};
        }
        return position_ != 0 || index_.set_meta(begun_name, std::to_string(wall_milliseconds())).has_value();
    }

    bool save(std::uint64_t position) {
        saved_ = steady_now();
        return index_.set_meta(position_name, std::to_string(position)).has_value();
    }

    void note() {
        const std::scoped_lock held{volume_.mutex_};
        volume_.progress_.position = position_;
    }

    void drop(const ObjectRecord& record) {
        log::warning("{}: object {} is not what was stored and is dropped",
                     volume_.options_.directory.string(), to_hex(record.id));
        volume_.measures_.scrub_bad.add();
        {
            const std::scoped_lock held{volume_.mutex_};
            ++volume_.progress_.bad;
        }
        on_bad_(record.id, record.key);
    }

    // Bad only if the object has not been removed meanwhile.
    Found bad_if_known(std::uint64_t id) {
        if (!index_.flush()) return Found::nothing;
        const auto known = index_.knows(id);
        if (!known) return Found::nothing;
        return *known ? Found::bad : Found::sound;
    }

    Found check(const ObjectRecord& record) {
        if (record.has_body) {
            const auto body = index_.body(record.id);
            if (body) return pace(body->size());
            const bool wrong = body.error() == Errc::corrupt || body.error() == Errc::not_found;
            return wrong ? bad_if_known(record.id) : Found::nothing;
        }
        const BlockMap map = BlockMap::parse(record.blocks);
        if (map.count() == 0) return Found::sound;
        const auto file = volume_.open_file(record.id);
        if (!file) return file.error() == Errc::not_found ? bad_if_known(record.id) : Found::nothing;
        // Read-ahead would bring in what was not asked for and pass for what readers want.
        ::posix_fadvise(file->get(), 0, 0, POSIX_FADV_RANDOM);
        for (std::size_t block = 0; block < record.checksums.size(); ++block) {
            if (!map.test(block) || record.checksums[block] == 0) continue;
            const ByteRange range = range_of_block(block, record.length);
            const Found found = check_block(file->get(), range, record.checksums[block]);
            if (found == Found::bad) return bad_if_known(record.id);
            if (found == Found::nothing || interrupted()) return Found::nothing;
        }
        return Found::sound;
    }

    Found check_block(int file, ByteRange range, std::uint64_t checksum) {
        const bool was_resident = is_resident(file, range);
        std::size_t have = 0;
        while (have < range.length) {
            const ssize_t n = ::pread(file, buffer_.data() + have, range.length - have,
                                      static_cast<off_t>(range.offset + have));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                volume_.fail({errno, boost::system::system_category()}, "checking a file");
                return Found::nothing;
            }
            if (n == 0) return Found::bad;
            have += static_cast<std::size_t>(n);
        }
        if (!was_resident) {
            ::posix_fadvise(file, static_cast<off_t>(range.offset), static_cast<off_t>(range.length),
                            POSIX_FADV_DONTNEED);
        }
        if (block_checksum({buffer_.data(), have}) != checksum) return Found::bad;
        return pace(have);
    }

    // Waits until the bytes are within the rate.
    Found pace(std::uint64_t bytes) {
        volume_.measures_.scrubbed_bytes.add(bytes);
        {
            const std::scoped_lock held{volume_.mutex_};
            volume_.progress_.checked = Bytes{volume_.progress_.checked.count() + bytes};
        }
        const std::uint64_t rate = volume_.options_.scrub_rate.bytes_per_second();
        if (rate == 0) return Found::sound;
        const SteadyTime now = steady_now();
        next_ = std::max(next_, now) + std::chrono::nanoseconds{bytes * 1'000'000'000 / rate};
        if (next_ > now) volume_.pause(stop_, next_ - now);
        return Found::sound;
    }

    Volume& volume_;
    Index& index_;
    std::stop_token stop_;
    const Volume::OnBad& on_bad_;
    std::vector<char> buffer_ = std::vector<char>(block_size.count());
    std::uint64_t position_ = 0;
    SteadyTime saved_, next_;
};

bool Volume::scrub(std::stop_token stop, const OnBad& on_bad) {
    return Scrub{*this, std::move(stop), on_bad}.run();
}

// A pass that was interrupted goes on at once; the next begins scrub_every after the last one did.
Milliseconds Volume::until_next_pass() {
    const auto position = number(*index_, position_name);
    const auto begun = number(*index_, begun_name);
    if (!position || !begun || *position != 0) return {};
    const Milliseconds since{wall_milliseconds() - static_cast<std::int64_t>(*begun)};
    if (since < Milliseconds{0}) return {};  // the clock was set back
    return std::max(Milliseconds{0}, Milliseconds{options_.scrub_every} - since);
}

void Volume::look_after(const std::stop_token& stop, const OnBad& on_bad) {
    sweep(stop);
    if (options_.scrub_rate.bits_per_second() == 0) return;
    while (!stop.stop_requested()) {
        const Milliseconds wait = until_next_pass();
        if (wait > Milliseconds{0}) {
            pause(stop, wait);
        } else if (!scrub(stop, on_bad)) {
            pause(stop, options_.probe_every);  // the disk is away; stop ends this at once
        }
    }
}

}  // namespace outpost::cdn
