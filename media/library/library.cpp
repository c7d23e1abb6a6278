#include "media/library/library.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.hpp"
#include "media/library/catalogue.hpp"

namespace outpost::media {
namespace {

constexpr auto importing_directory = ".importing";
constexpr Milliseconds importing_interval{1000};
constexpr Milliseconds settle_time{50};  // changes come in bursts: one scan for each burst
constexpr Bytes most_description = 64_MiB;
constexpr Bytes most_progress = 64_KiB;

bool same(const FileFacts& a, const FileFacts& b) {
    return a.inode == b.inode && a.size == b.size && a.modified == b.modified;
}

std::vector<std::string> names_in(const Fd& directory) {
    std::vector<std::string> names;
    Fd copy{::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    DIR* listing = copy ? ::fdopendir(copy.get()) : nullptr;
    if (listing == nullptr) return names;
    static_cast<void>(copy.release());  // closedir closes it
    while (const dirent* entry = ::readdir(listing)) names.emplace_back(entry->d_name);
    ::closedir(listing);
    std::sort(names.begin(), names.end());
    return names;
}

bool drain(const Fd& fd) {
    std::array<char, 4096> events;
    return ::read(fd.get(), events.data(), events.size()) > 0;
}

}  // namespace

Outcome<std::unique_ptr<Library>> Library::open_directory(LibraryOptions options) {
    auto directory = outpost::open_directory(options.directory);
    if (!directory) {
        return Problem{options.directory.string(),
                       "the library directory can't be opened: " + directory.error().message(),
                       "make it, or correct [library] directory"};
    }
    Fd watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    return std::unique_ptr<Library>{new Library{std::move(options), std::move(*directory), std::move(watch)}};
}

Library::Library(LibraryOptions options, Fd directory, Fd watch)
    : options_{std::move(options)},
      watch_{std::move(watch)},
      stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    directory_.store(std::make_shared<const Fd>(std::move(directory)));
    catalogue_.store(std::make_shared<const Document>(make_document(catalogue_json({}, {}))));
    thread_ = std::thread{[this] { run(); }};
}

Library::~Library() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stop_.get(), &one, sizeof one));  // an eventfd at 0 takes it
    thread_.join();
}

// ---- the watching thread
// ---------------------------------------------------------------------------------------------

void Library::run() {
    while (true) {
        scan();
        const bool quick = [this] {
            const std::lock_guard lock{mutex_};
            return counts_.importing > 0;
        }();
        std::array<pollfd, 2> waits{{{stop_.get(), POLLIN, 0}, {watch_.get(), POLLIN, 0}}};
        const Milliseconds interval = quick ? importing_interval : options_.rescan;
        const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(interval.count()));
        if (waits[0].revents != 0) return;
        if (ready > 0 && waits[1].revents != 0) {
            if (::poll(waits.data(), 1, static_cast<int>(settle_time.count())) > 0) return;
            while (drain(watch_)) {
            }
        }
    }
}

// False when the directory is gone; what is known and open of it goes on.
bool Library::reopen() {
    auto directory = outpost::open_directory(options_.directory);
    const std::string trouble = directory ? "" : "can't be opened: " + directory.error().message();
    {
        const std::lock_guard lock{mutex_};
        if (trouble != trouble_ && !trouble.empty()) {
            log::error("{}: the library directory {}; what is open goes on", options_.directory.string(),
                       trouble);
        } else if (trouble != trouble_) {
            log::info("{}: the library directory is back", options_.directory.string());
        }
        trouble_ = trouble;
    }
    if (!directory) return false;
    directory_.store(std::make_shared<const Fd>(std::move(*directory)));
    return true;
}

// A watch holds an inode, which may have been replaced since; adding one that is there changes nothing.
// Imports announce themselves one level below. Without watches changes show within the rescan time.
void Library::watch() {
    constexpr auto changes = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
    const std::string importing = options_.directory / importing_directory;
    if (!watch_) return;
    if (::inotify_add_watch(watch_.get(), options_.directory.c_str(), changes) < 0 &&
        !std::exchange(unwatched_, true)) {
        log::warning("{}: can't be watched ({}); changes show within {}", options_.directory.string(),
                     std::strerror(errno), to_text(options_.rescan));
    }
    ::inotify_add_watch(watch_.get(), importing.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

void Library::scan() {
    if (!reopen()) return;
    watch();
    const auto directory = directory_.load();
    Entries entries;
    for (const std::string& name : names_in(*directory)) {
        if (!is_asset_id(name)) continue;
        const auto description = open_beneath(*directory_.load(), name + "/asset.json");
        if (!description) continue;  // no asset, or one on its way out
        const auto facts = facts_of(*description);
        if (!facts) continue;
        const auto known = entries_.find(name);
        const bool unchanged = known != entries_.end() && same(known->second.facts, *facts);
        entries.emplace(name, unchanged ? known->second : describe(name, *facts));
    }
    entries_ = std::move(entries);
    retire_changed(entries_);
    publish(entries_);
}

Library::Entry Library::describe(const std::string& id, const FileFacts& facts) const {
    Entry entry{facts, {}, {}};
    const std::string where = id + "/asset.json";
    const auto file = open_beneath(*directory_.load(), where);
    const auto json = file ? read_all(*file, most_description) : Result<std::string>{file.error()};
    if (!json) {
        log::error("{}: can't be read: {}", where, json.error().message());
        return entry;
    }
    const auto asset = read_servable(id, *json, where);
    if (!asset) {
        log::error("{}", asset.error().line());
        return entry;
    }
    entry.json = catalogue_entry(*asset);
    entry.added = asset->added;
    return entry;
}

// The catalogue's objects for imports whose process still lives.
std::vector<std::string> Library::importing() const {
    std::vector<std::string> objects;
    const auto directory = open_beneath(*directory_.load(), importing_directory);
    if (!directory) return objects;
    for (const std::string& name : names_in(*directory)) {
        if (!is_asset_id(name)) continue;
        const auto file = open_beneath(*directory, name + "/progress.json");
        const auto json = file ? read_all(*file, most_progress) : Result<std::string>{file.error()};
        if (!json) continue;
        const auto progress = read_progress(*json, name);
        const bool alive = progress && progress->pid > 0 && (::kill(progress->pid, 0) == 0 || errno == EPERM);
        if (alive) objects.push_back(catalogue_entry(*progress));
    }
    return objects;
}

void Library::publish(const Entries& entries) {
    std::vector<const Entry*> sorted;
    std::vector<std::string> ids;
    std::size_t broken = 0;
    for (const auto& [id, entry] : entries) {
        ids.push_back(id);
        entry.json.empty() ? void(++broken) : sorted.push_back(&entry);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Entry* a, const Entry* b) { return a->added > b->added; });
    std::vector<std::string> objects;
    for (const Entry* entry : sorted) objects.push_back(entry->json);
    const std::vector<std::string> imports = importing();
    std::string json = catalogue_json(objects, imports);
    if (json != *catalogue_.load()->text)
        catalogue_.store(std::make_shared<const Document>(make_document(std::move(json))));

    const std::lock_guard lock{mutex_};
    ids_ = std::move(ids);
    counts_ = {sorted.size(), broken, imports.size(), opened_.size() + retired_.size()};
    scanned_ = true;
}

void Library::retire_changed(const Entries& entries) {
    const SteadyTime now = steady_now();
    const std::lock_guard lock{mutex_};
    for (auto it = opened_.begin(); it != opened_.end();) {
        const auto opened = it++;
        const auto entry = entries.find(opened->first);
        if (entry == entries.end() || !same(entry->second.facts, opened->second.asset->facts)) {
            log::info("{}: {}; those who watch it go on for {}", opened->first,
                      entry == entries.end() ? "removed" : "replaced", to_text(options_.keep_replaced));
            retire(opened);
        }
    }
    std::erase_if(retired_, [now](const auto& item) { return now >= item.second.until; });
}

// ---- open assets
// -----------------------------------------------------------------------------------------------------

void Library::retire(std::map<std::string, Opened>::iterator opened) {
    while (retired_.size() >= options_.open_assets) {
        const auto oldest =
            std::min_element(retired_.begin(), retired_.end(),
                             [](const auto& a, const auto& b) { return a.second.until < b.second.until; });
        retired_.erase(oldest);
    }
    retired_.emplace(opened->first, Retired{opened->second.asset, steady_now() + options_.keep_replaced});
    recent_.erase(opened->second.recent);
    opened_.erase(opened);
}

Library::Found Library::find(const std::string& id) const {
    const std::lock_guard lock{mutex_};
    if (const auto opened = opened_.find(id); opened != opened_.end()) {
        recent_.splice(recent_.begin(), recent_, opened->second.recent);
        return {Found::State::open, opened->second.asset};
    }
    if (!is_asset_id(id)) return {};
    if (scanned_ && !std::binary_search(ids_.begin(), ids_.end(), id)) return {};
    return {Found::State::must_open, nullptr};
}

Library::Found Library::find_track(const std::string& id, const std::string& track) const {
    Found today = find(id);
    if (today.asset && today.asset->tracks.contains(track)) return today;
    // Before today's is opened: those who watch the one before need not care what became of it.
    const std::lock_guard lock{mutex_};
    const auto [begin, end] = retired_.equal_range(id);
    for (auto it = begin; it != end; ++it) {
        if (it->second.asset->tracks.contains(track)) return {Found::State::open, it->second.asset};
    }
    return today.state == Found::State::must_open ? today : Found{};
}

Result<std::shared_ptr<const OpenAsset>> Library::open(const std::string& id) {
    if (const Found found = find(id); found.state != Found::State::must_open) {
        if (found.asset) return found.asset;
        return Errc::not_found;
    }
    std::string why;
    auto asset = open_asset(*directory_.load(), id, why);
    const std::lock_guard lock{mutex_};
    if (!asset) {
        if (!why.empty() && broken_.emplace(id, FileFacts{}).second) log::error("{}", why);
        return asset.error();
    }
    broken_.erase(id);
    if (const auto other = opened_.find(id); other != opened_.end()) return other->second.asset;
    while (opened_.size() >= options_.open_assets) {
        opened_.erase(recent_.back());
        recent_.pop_back();
    }
    recent_.push_front(id);
    opened_.emplace(id, Opened{*asset, recent_.begin()});
    return asset;
}

std::string Library::why_not_ready() const {
    const std::lock_guard lock{mutex_};
    if (!trouble_.empty()) return "the directory " + trouble_;
    return scanned_ ? "" : "the directory is being scanned";
}

LibraryCounts Library::counts() const {
    const std::lock_guard lock{mutex_};
    LibraryCounts counts = counts_;
    counts.open = opened_.size() + retired_.size();
    return counts;
}

}  // namespace outpost::media
