#include "server/admission/made_view.hpp"

#include <utility>

namespace outpost::server {
namespace {

constexpr std::size_t overhead = 512;  // of an entry: nodes, tables, small texts

}  // namespace

std::size_t MadeView::footprint() const {
    return sizeof *this + text.capacity() + holes.capacity() * sizeof(std::size_t) +
           (document.text ? document.text->capacity() : 0) + (document.gzip ? document.gzip->capacity() : 0);
}

std::optional<std::string> MadeView::filled(std::string_view value) const {
    const std::string escaped = manifest::query_escaped(value);
    if (!holes.empty() && (escaped.size() > manifest::most_view_bytes ||
                           text.size() + holes.size() * escaped.size() > manifest::most_view_bytes))
        return std::nullopt;
    std::string out;
    out.reserve(text.size() + holes.size() * escaped.size());
    std::size_t at = 0;
    for (const std::size_t hole : holes) {
        out.append(text, at, hole - at).append(escaped);
        at = hole;
    }
    out.append(text, at);
    return out;
}

Outcome<std::shared_ptr<const MadeView>> make_view(std::string_view source, std::string_view where,
                                                   manifest::ViewOptions options, std::string_view stand_in) {
    options.query_value = stand_in;
    Outcome<manifest::View> view = manifest::view(source, where, options);
    if (!view) return view.error();
    auto made = std::make_shared<MadeView>();
    made->nothing_left = view->nothing_left;
    made->has_holes = view->holds_value;
    if (!view->holds_value) {
        if (!view->nothing_left) made->document = make_document(std::move(view->text));
        return std::shared_ptr<const MadeView>{std::move(made)};
    }
    std::string_view left = view->text;
    for (auto at = left.find(stand_in); at != std::string_view::npos; at = left.find(stand_in)) {
        made->text.append(left.substr(0, at));
        made->holes.push_back(made->text.size());
        left.remove_prefix(at + stand_in.size());
    }
    made->text.append(left);
    made->text.shrink_to_fit();
    made->holes.shrink_to_fit();
    return std::shared_ptr<const MadeView>{std::move(made)};
}

std::shared_ptr<const MadeView> ViewMemory::find(const std::string& key) {
    const std::lock_guard lock{mutex_};
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, place->second);
    return place->second->view;
}

void ViewMemory::keep(const std::string& key, std::shared_ptr<const MadeView> view) {
    const std::size_t bytes = view->footprint() + key.size() + overhead;
    if (bytes > most_) return;
    Recent leaving;  // its views die outside the lock
    const std::lock_guard lock{mutex_};
    if (places_.contains(key)) return;  // somebody else has made it meanwhile
    recent_.push_front({key, std::move(view), bytes});
    places_.emplace(recent_.front().key, recent_.begin());
    bytes_ += bytes;
    while (bytes_ > most_) {
        bytes_ -= recent_.back().bytes;
        places_.erase(recent_.back().key);
        leaving.splice(leaving.begin(), recent_, std::prev(recent_.end()));
    }
}

std::size_t ViewMemory::footprint() const {
    const std::lock_guard lock{mutex_};
    return bytes_;
}

}  // namespace outpost::server
