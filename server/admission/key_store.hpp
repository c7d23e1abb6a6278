// The keys in use: those of a directory of files, watched, and those that issuers publish (JWKS). A ring is
// made anew when any of them changes; a source that can't be read leaves what it gave before. Nothing on the
// way of a request waits for any of it. Thread rule: ring() and version() from any thread; the rest belongs
// to the owner. Everything else happens in a thread of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "auth/keys/jwk.hpp"
#include "auth/keys/ring.hpp"
#include "base/async.hpp"
#include "base/file.hpp"
#include "cdn/origin/pool.hpp"

namespace outpost::server {

struct JwksSource {
    std::string url;
    std::string issuer;  // empty: what each key says
    Milliseconds refresh{300'000};
    std::filesystem::path ca;
};

struct KeyStoreOptions {
    std::filesystem::path directory;  // of *.json and *.jwk; empty: none
    std::vector<JwksSource> jwks;
    std::filesystem::path state;  // where the last good sets are kept; empty: nowhere
    Milliseconds look{2'000};     // between looks at the directory
};

class KeyStore {
  public:
    // Reads the files and what was kept of the sets, then goes on in its thread. A file that makes no keys is
    // a Problem now, and later only a line in the log.
    static Outcome<std::unique_ptr<KeyStore>> start(KeyStoreOptions options);
    ~KeyStore();
    KeyStore(const KeyStore&) = delete;
    KeyStore& operator=(const KeyStore&) = delete;

    struct Ring {
        std::shared_ptr<const auth::KeyRing> keys;
        std::uint64_t version = 0;
    };
    [[nodiscard]] Ring ring() const;
    // Of the ring in use; from 1 on, and greater with each change.
    [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
    // Looks at the files now. Any thread.
    void look_again();
    // What is wrong, for /readyz; "" when nothing is. Any thread.
    [[nodiscard]] std::string why_not_ready() const;

  private:
    using Keys = std::vector<std::shared_ptr<const auth::Key>>;
    struct File {
        FileFacts facts;
        Keys keys;
    };
    struct Published;

    explicit KeyStore(KeyStoreOptions options);
    Outcome<void> open_published();
    Task<void> watch();
    Task<void> follow(Published& source);
    Task<bool> fetch(Published& source);
    Outcome<Keys> take(Published& source, std::string_view text) const;
    // Whether anything changed. The first Problem is given back; the others are only logged.
    Outcome<bool> read_files();
    void make_ring();
    [[nodiscard]] std::filesystem::path kept_at(const Published& source) const;

    const KeyStoreOptions options_;
    std::map<std::filesystem::path, File> files_;  // the thread's
    std::map<std::filesystem::path, FileFacts> refused_files_;
    std::vector<std::unique_ptr<Published>> published_;

    mutable std::mutex mutex_;
    std::shared_ptr<const auth::KeyRing> ring_ = std::make_shared<const auth::KeyRing>();
    std::map<std::string, std::string> wrong_;  // by source: what is wrong with it now
    std::atomic<std::uint64_t> version_{0};

    Loop loop_;
    asio::executor_work_guard<Executor> work_;
    std::thread thread_;
};

}  // namespace outpost::server
