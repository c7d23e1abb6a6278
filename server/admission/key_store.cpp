#include "server/admission/key_store.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "server/admission/access_measures.hpp"

namespace outpost::server {
namespace {

namespace fs = std::filesystem;

constexpr Bytes most_file{auth::most_jwk_bytes};
constexpr std::size_t most_files = 256;
constexpr Milliseconds soonest_retry{1'000};

bool is_key_file(const fs::path& path) {
    const std::string name = path.filename().string();
    return !name.starts_with('.') && (name.ends_with(".json") || name.ends_with(".jwk"));
}

bool is_same(const FileFacts& a, const FileFacts& b) {
    return a.size == b.size && a.inode == b.inode && a.modified == b.modified;
}

void warn_of_skipped(const auth::JwkSet& set, std::string_view where) {
    for (const std::string& skipped : set.skipped) log::warning("{}: {}", where, skipped);
}

struct Read {
    FileFacts facts;
    std::vector<std::shared_ptr<const auth::Key>> keys;
};

Outcome<Read> read_key_file(const Fd& file, const FileFacts& facts, const fs::path& path) {
    auto text = read_all(file, most_file);
    if (!text)
        return Problem{path.string(), "can't be read: " + text.error().message(),
                       "let the user that outpost runs as read it; a key file has at most 256 KiB"};
    auto set = auth::read_jwk_set(*text, path.string());
    auth::wipe(*text);
    if (!set) return set.error();
    warn_of_skipped(*set, path.string());
    return Read{facts, std::move(set->keys)};
}

}  // namespace

// A set that an issuer publishes.
struct KeyStore::Published {
    JwksSource source;
    Uri uri;
    std::unique_ptr<cdn::origin::Pool> pool;
    Keys keys;
    std::string text;  // that they were read from
};

KeyStore::KeyStore(KeyStoreOptions options)
    : options_{std::move(options)}, loop_{1}, work_{asio::make_work_guard(loop_)} {}

Outcome<std::unique_ptr<KeyStore>> KeyStore::start(KeyStoreOptions options) {
    std::unique_ptr<KeyStore> store{new KeyStore{std::move(options)}};
    if (auto read = store->read_files(); !read) return read.error();
    if (auto opened = store->open_published(); !opened) return opened.error();
    store->make_ring();
    asio::co_spawn(store->loop_, store->watch(), asio::detached);
    for (const auto& source : store->published_)
        asio::co_spawn(store->loop_, store->follow(*source), asio::detached);
    store->thread_ = std::thread{[raw = store.get()] { raw->loop_.run(); }};
    return store;
}

KeyStore::~KeyStore() {
    if (!thread_.joinable()) return;
    for (const auto& source : published_) asio::co_spawn(loop_, source->pool->stop(), asio::use_future).get();
    work_.reset();
    asio::post(loop_, [this] { loop_.stop(); });
    thread_.join();
}

KeyStore::Ring KeyStore::ring() const {
    const std::lock_guard lock{mutex_};
    return {ring_, version_.load(std::memory_order_relaxed)};
}

std::string KeyStore::why_not_ready() const {
    const std::lock_guard lock{mutex_};
    return wrong_.empty() ? "" : wrong_.begin()->second;
}

void KeyStore::look_again() {
    asio::post(loop_, [this] {
        const auto changed = read_files();
        if (changed && *changed) make_ring();
    });
}

void KeyStore::make_ring() {
    Keys keys;
    const auto add = [&keys](const Keys& more) {
        for (const auto& key : more) {
            const auto same = [&key](const auto& each) {
                return each->id() == key->id() && each->algorithm() == key->algorithm();
            };
            if (std::none_of(keys.begin(), keys.end(), same)) {
                keys.push_back(key);
            } else {
                log::warning("key {}: there are two of this id and algorithm; the first counts", key->id());
            }
        }
    };
    for (const auto& [path, file] : files_) add(file.keys);
    for (const auto& source : published_) add(source->keys);
    auto ring = std::make_shared<const auth::KeyRing>(std::move(keys));
    measures::keys.set(static_cast<std::int64_t>(ring->size()));
    const std::lock_guard lock{mutex_};
    ring_ = std::move(ring);
    version_.fetch_add(1, std::memory_order_release);
}

// ---- files

Outcome<bool> KeyStore::read_files() {
    if (options_.directory.empty()) return false;
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator it{options_.directory, error}, end; !error && it != end;
         it.increment(error)) {
        if (is_key_file(it->path()) && paths.size() < most_files) paths.push_back(it->path());
    }
    if (error)
        return Problem{options_.directory.string(), "can't be read: " + error.message(),
                       "let the user that outpost runs as read it"};
    bool changed = std::erase_if(files_, [&paths](const auto& each) {
                       return std::find(paths.begin(), paths.end(), each.first) == paths.end();
                   }) > 0;
    std::optional<Problem> problem;
    const auto directory = open_directory(options_.directory);
    for (const fs::path& path : paths) {
        auto file =
            directory ? open_beneath(*directory, path.filename().string()) : Result<Fd>{directory.error()};
        const auto facts = file ? facts_of(*file) : Result<FileFacts>{file.error()};
        const auto known = files_.find(path);
        if (facts && known != files_.end() && is_same(known->second.facts, *facts)) continue;
        const auto refused = refused_files_.find(path);
        if (facts && refused != refused_files_.end() && is_same(refused->second, *facts)) continue;
        auto read =
            facts ? read_key_file(*file, *facts, path)
                  : Outcome<Read>{Problem{path.string(), "can't be read: " + facts.error().message(), ""}};
        if (read) {
            refused_files_.erase(path);
            files_[path] = {read->facts, std::move(read->keys)};
            changed = true;
            log::info("{}: {} keys", path.string(), files_[path].keys.size());
            continue;
        }
        if (facts) refused_files_[path] = *facts;
        if (!problem) problem = read.error();
        log::error(
            "{}; {}", read.error().line(),
            known == files_.end() ? "its keys are not in use" : "the keys that it gave before stay in use");
    }
    {
        const std::lock_guard lock{mutex_};
        wrong_.erase(options_.directory.string());
        if (problem) wrong_[options_.directory.string()] = problem->line();
    }
    if (problem && version_.load() == 0) return *problem;
    return changed;
}

Task<void> KeyStore::watch() {
    Timer pause{loop_.get_executor()};
    while (true) {
        pause.expires_after(options_.look);
        co_await pause.async_wait(use_task);
        const auto changed = read_files();
        if (changed && *changed) make_ring();
        if (!changed) log::warning("{}; the keys in use stay", changed.error().line());
    }
}

// ---- published sets

fs::path KeyStore::kept_at(const Published& source) const {
    return options_.state / fmt::format("jwks-{}.json", to_hex(std::hash<std::string>{}(source.source.url)));
}

Outcome<void> KeyStore::open_published() {
    for (const JwksSource& source : options_.jwks) {
        const auto uri = parse_uri(source.url);
        if (!uri) return Problem{source.url, "is no URL", "write http:// or https://, a host and a path"};
        auto made = std::make_unique<Published>();
        made->source = source;
        made->uri = *uri;
        cdn::origin::PoolOptions pool;
        pool.name = "jwks";
        cdn::origin::OriginOptions origin;
        origin.url = uri->scheme + "://" + uri->authority();
        origin.ca = source.ca;
        origin.connections = 1;
        origin.keep_alive = Milliseconds{0};
        auto opened = cdn::origin::Pool::open(loop_, std::move(pool), {std::move(origin)}, {16 << 10, 64});
        if (!opened) return opened.error();
        made->pool = std::move(*opened);
        std::error_code error;
        if (!options_.state.empty() && fs::exists(kept_at(*made), error)) {
            auto text = read_file(kept_at(*made), most_file);
            auto keys = text ? take(*made, *text) : Outcome<Keys>{text.error()};
            if (keys)
                made->keys = std::move(*keys);
            else
                log::warning("{}", keys.error().line());
        }
        published_.push_back(std::move(made));
    }
    return {};
}

// The keys of a set, with the issuer that the configuration says. Only public ones: nobody publishes secrets,
// and who does by mistake must hear of it.
Outcome<KeyStore::Keys> KeyStore::take(Published& source, std::string_view text) const {
    auto set = auth::read_jwk_set(text, source.source.url, source.source.issuer);
    if (!set) return set.error();
    warn_of_skipped(*set, source.source.url);
    for (const auto& key : set->keys) {
        if (auth::is_symmetric(key->algorithm()) || key->can_sign())
            return Problem{source.source.url, "it publishes a secret: key " + key->id(),
                           "let its owner replace it"};
    }
    return std::move(set->keys);
}

Task<void> KeyStore::follow(Published& source) {
    Timer pause{loop_.get_executor()};
    Milliseconds retry = soonest_retry;
    while (true) {
        const bool got = co_await fetch(source);
        retry = got ? soonest_retry : std::min(retry * 2, source.source.refresh);
        pause.expires_after(got ? source.source.refresh : retry);
        co_await pause.async_wait(use_task);
    }
}

Task<bool> KeyStore::fetch(Published& source) {
    cdn::origin::Call call;
    call.target = source.uri.target();
    call.fields.add("Accept", "application/jwk-set+json, application/json");
    call.fields.add("Accept-Encoding", "identity");
    cdn::origin::Attempts attempts;
    std::string text, wrong;
    auto response = co_await source.pool->fetch(std::move(call), attempts);
    if (!response) {
        wrong = response.error().message();
    } else if ((*response)->status() != 200) {
        wrong = fmt::format("it answers {}", (*response)->status());
    } else {
        std::array<char, 8192> piece;
        while (wrong.empty()) {
            const auto got = co_await (*response)->read(piece);
            if (!got) wrong = got.error().message();
            if (!got || *got == 0) break;
            text.append(piece.data(), *got);
            if (text.size() > auth::most_jwk_bytes) wrong = "the set is larger than 256 KiB";
        }
    }
    if (wrong.empty() && text != source.text) {
        auto keys = take(source, text);
        if (keys) {
            source.keys = std::move(*keys);
            source.text = std::move(text);
            make_ring();
            log::info("{}: {} keys", source.source.url, source.keys.size());
            if (!options_.state.empty()) {
                if (auto kept = write_file_atomically(kept_at(source), source.text); !kept)
                    log::warning("{}", kept.error().line());
            }
        } else {
            wrong = keys.error().line();
        }
    }
    const std::string why = wrong.empty() ? ""
                                          : fmt::format("{}: {}; the keys that it gave last stay in use",
                                                        source.source.url, wrong);
    if (!wrong.empty()) measures::jwks_failed.add();
    const std::lock_guard lock{mutex_};
    if (!why.empty() && wrong_[source.source.url] != why) log::warning("{}", why);
    if (why.empty())
        wrong_.erase(source.source.url);
    else
        wrong_[source.source.url] = why;
    co_return wrong.empty();
}

}  // namespace outpost::server
