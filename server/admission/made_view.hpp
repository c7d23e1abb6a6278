// A view of a manifest that was made once and serves every token of the same cap: either one document for all
// of them, or a text with holes where each token's own value goes. And the memory for them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/document.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "manifest/view.hpp"

namespace outpost::server {

// Thread rule: immutable once made.
struct MadeView {
    bool nothing_left = false;
    Document document;               // for all; without text when there are holes or nothing is left
    bool has_holes = false;          // it is for one token
    std::string text;                // around the holes
    std::vector<std::size_t> holes;  // places in the text, ascending

    // Bytes that it keeps in memory.
    [[nodiscard]] std::size_t footprint() const;
    // The text with a token's value, which is escaped as a query needs it; nothing when that gets longer than
    // manifest::most_view_bytes.
    [[nodiscard]] std::optional<std::string> filled(std::string_view value) const;
};

// What `options` make of `source`, whatever their query_value. `stand_in` is put where the value will go: a
// word of letters and digits that nobody can have foreseen, so that no source holds it.
Outcome<std::shared_ptr<const MadeView>> make_view(std::string_view source, std::string_view where,
                                                   manifest::ViewOptions options, std::string_view stand_in);

// The views that were asked for last, up to so many bytes. Thread rule: any thread.
class ViewMemory {
  public:
    explicit ViewMemory(Bytes most) : most_{most.count()} {}
    // Null when it is not there.
    std::shared_ptr<const MadeView> find(const std::string& key);
    // One that alone is larger than the memory is not kept.
    void keep(const std::string& key, std::shared_ptr<const MadeView> view);
    [[nodiscard]] std::size_t footprint() const;

  private:
    struct Kept {
        std::string key;
        std::shared_ptr<const MadeView> view;
        std::size_t bytes = 0;
    };
    using Recent = std::list<Kept>;

    const std::size_t most_;
    mutable std::mutex mutex_;                                       // for all below
    Recent recent_;                                                  // the latest used first
    std::unordered_map<std::string_view, Recent::iterator> places_;  // keys are those in recent_
    std::size_t bytes_ = 0;
};

}  // namespace outpost::server
