// What follows what, by the manifests that have passed: a bounded table in which the oldest list leaves
// first. Looking up costs a lock of one of its shards, and nothing while it is empty.
// Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cdn/store/record.hpp"

namespace outpost::cdn {

class Successors {
  public:
    struct Item {
        KeyHash key;
        std::string target;  // path and query
    };

    // Of at most `most` items, all lists together.
    explicit Successors(std::size_t most) : most_{most} {}

    // Puts a list in the place of the one of that name; what is longer than the table is cut at its front.
    // Returns what has come new behind an item that a client has asked for: at most `ahead` targets.
    std::vector<std::string> learn(const KeyHash& name, std::vector<Item> items, std::size_t ahead);
    // The at most `ahead` targets that follow `key`, which a client asks for.
    std::vector<std::string> after(const KeyHash& key, std::size_t ahead);

    [[nodiscard]] std::size_t size() const;  // items

  private:
    struct List {
        KeyHash name;
        std::vector<Item> items;
    };
    using ListPtr = std::shared_ptr<const List>;
    // Where a URL stands: in the list that named it last.
    struct Place {
        ListPtr list;
        std::size_t index = 0;
        bool asked = false;
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<KeyHash, Place> places;
    };

    Shard& shard_of(const KeyHash& key) { return shards_[key.high % shards_.size()]; }
    void forget(const ListPtr& list);

    const std::size_t most_;
    std::array<Shard, 16> shards_;
    std::atomic<std::size_t> known_{0};  // items of all lists

    std::mutex learning_;       // guards what follows; taken before a shard's
    std::list<ListPtr> lists_;  // the oldest first
    std::unordered_map<KeyHash, std::list<ListPtr>::iterator> by_name_;
};

}  // namespace outpost::cdn
