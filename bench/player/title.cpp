#include "bench/player/title.hpp"

#include <functional>
#include <unordered_map>

#include "bench/player/read_formats.hpp"

namespace outpost::bench {
namespace {

Problem no_url(const std::string& url) {
    return {url, "it is no http or https URL", "name a manifest by its path, or by a URL"};
}

// What boxes of one thread hold together, by where it came from and what it said.
template <class T>
class Shelf {
  public:
    template <class Read>
    Outcome<std::shared_ptr<const T>> get(std::string_view text, const std::string& url, Read read) {
        const Key key{url, std::hash<std::string_view>{}(text), text.size()};
        const auto found = held_.find(key);
        if (found != held_.end()) {
            if (auto there = found->second.lock()) return there;
        }
        Outcome<T> made = read(text, url);
        if (!made) return made.error();
        auto kept = std::make_shared<const T>(std::move(*made));
        if (held_.size() >= tidy_at_) {
            std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
            tidy_at_ = std::max<std::size_t>(least_tidy, held_.size() * 2);
        }
        held_.insert_or_assign(key, kept);
        return kept;
    }

  private:
    static constexpr std::size_t least_tidy = 1024;
    struct Key {
        std::string url;
        std::size_t hash = 0, size = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const { return key.hash ^ std::hash<std::string>{}(key.url); }
    };
    std::unordered_map<Key, std::weak_ptr<const T>, KeyHash> held_;
    std::size_t tidy_at_ = least_tidy;
};

}  // namespace

Nanoseconds Rendition::duration() const {
    Nanoseconds sum{0};
    for (const Piece& segment : segments) sum += segment.duration;
    return sum;
}

Outcome<Title> read_title(std::string_view text, const std::string& url) {
    const auto uri = parse_uri(url);
    if (!uri) return no_url(url);
    const auto first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    const bool xml = first != std::string_view::npos && text[first] == '<';
    return xml ? read_dash_title(text, *uri) : read_hls_title(text, *uri);
}

Outcome<Rendition> read_rendition(std::string_view text, const std::string& url) {
    const auto uri = parse_uri(url);
    if (!uri) return no_url(url);
    return read_hls_rendition(text, *uri);
}

Outcome<std::shared_ptr<const Title>> shared_title(std::string_view text, const std::string& url) {
    thread_local Shelf<Title> shelf;
    return shelf.get(text, url, read_title);
}

Outcome<std::shared_ptr<const Rendition>> shared_rendition(std::string_view text, const std::string& url) {
    thread_local Shelf<Rendition> shelf;
    return shelf.get(text, url, read_rendition);
}

}  // namespace outpost::bench
