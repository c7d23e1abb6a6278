// A library directory as it is served: which assets there are, which are open, which imports are under way.
// A thread of the library's own watches the directory (inotify, and a scan every `rescan` for file systems
// that tell nothing). An asset that is replaced or removed stays playable from its open files for
// `keep_replaced`. Thread rule: all const functions from any thread; open() waits for the disk, the others
// never do.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/snapshot.hpp"
#include "media/library/open_asset.hpp"

namespace outpost::media {

struct LibraryOptions {
    std::filesystem::path directory;
    Milliseconds rescan{30'000};
    Milliseconds keep_replaced{6 * 3'600'000};
    std::size_t open_assets = 256;  // held open at once, those replaced not counted
};

struct LibraryCounts {
    std::size_t assets = 0, broken = 0, importing = 0, open = 0;
};

class Library {
  public:
    static Outcome<std::unique_ptr<Library>> open_directory(LibraryOptions options);
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    // The asset if it is open, or if it is known not to exist; otherwise must_open says to call open().
    struct Found {
        enum class State { open, missing, must_open } state = State::missing;
        std::shared_ptr<const OpenAsset> asset;
    };
    [[nodiscard]] Found find(const std::string& id) const;
    // A revision of the asset that has this track: the one of today, or one replaced or removed not long ago.
    [[nodiscard]] Found find_track(const std::string& id, const std::string& track) const;

    // Opens the asset, unless it is. Waits for the disk.
    Result<std::shared_ptr<const OpenAsset>> open(const std::string& id);

    // The catalogue that pages read: what is there and what is being imported, as JSON.
    [[nodiscard]] std::shared_ptr<const Document> catalogue() const { return catalogue_.load(); }
    // Why it should not be relied on yet or just now: not scanned so far, or the directory is gone. Empty
    // when all is well.
    [[nodiscard]] std::string why_not_ready() const;
    [[nodiscard]] LibraryCounts counts() const;

  private:
    struct Entry {  // what a scan knows of an asset
        FileFacts facts;
        std::string json;  // its object in the catalogue; empty when the asset is broken
        WallTime added;
    };
    using Entries = std::map<std::string, Entry>;

    struct Opened {
        std::shared_ptr<const OpenAsset> asset;
        std::list<std::string>::iterator recent;
    };
    struct Retired {
        std::shared_ptr<const OpenAsset> asset;
        SteadyTime until;
    };

    Library(LibraryOptions options, Fd directory, Fd watch);
    void run();
    bool reopen();
    void watch();
    void scan();
    Entry describe(const std::string& id, const FileFacts& facts) const;
    std::vector<std::string> importing() const;
    void publish(const Entries& entries);
    void retire_changed(const Entries& entries);
    void retire(std::map<std::string, Opened>::iterator opened);

    LibraryOptions options_;
    Snapshot<Fd>
        directory_;  // opened anew at each scan: it may be moved, mounted over or a link that is turned
    Fd watch_;       // inotify
    Fd stop_;        // eventfd
    Snapshot<Document> catalogue_;
    Entries entries_;         // of the watching thread
    bool unwatched_ = false;  // said that it can't be watched

    mutable std::mutex mutex_;  // for all below
    bool scanned_ = false;
    std::string trouble_;  // why the directory can't be opened
    LibraryCounts counts_;
    std::vector<std::string> ids_;           // of the last scan, sorted
    mutable std::list<std::string> recent_;  // ids of opened_, the latest used first
    std::map<std::string, Opened> opened_;
    std::multimap<std::string, Retired> retired_;
    std::map<std::string, FileFacts> broken_;  // already logged

    std::thread thread_;
};

}  // namespace outpost::media
