#include "cdn/prefetch/successors.hpp"

#include <algorithm>

namespace outpost::cdn {
namespace {

template <class Items>
std::vector<std::string> targets_from(const Items& items, std::size_t first, std::size_t most) {
    std::vector<std::string> targets;
    for (std::size_t i = first; i < items.size() && targets.size() < most; ++i)
        targets.push_back(items[i].target);
    return targets;
}

}  // namespace

std::vector<std::string> Successors::after(const KeyHash& key, std::size_t ahead) {
    if (known_.load(std::memory_order_relaxed) == 0) return {};
    ListPtr list;
    std::size_t index = 0;
    {
        Shard& shard = shard_of(key);
        const std::lock_guard lock{shard.mutex};
        const auto found = shard.places.find(key);
        if (found == shard.places.end()) return {};
        found->second.asked = true;
        list = found->second.list;
        index = found->second.index;
    }
    return targets_from(list->items, index + 1, ahead);
}

std::vector<std::string> Successors::learn(const KeyHash& name, std::vector<Item> items, std::size_t ahead) {
    if (items.size() > most_) items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(most_));
    const auto list = std::make_shared<const List>(List{name, std::move(items)});
    const std::lock_guard learning{learning_};
    bool asked_before = false;  // the item before was known, and asked for
    std::size_t first_new = list->items.size();
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        Shard& shard = shard_of(list->items[i].key);
        const std::lock_guard lock{shard.mutex};
        const auto [place, is_new] = shard.places.try_emplace(list->items[i].key);
        if (is_new && asked_before) first_new = std::min(first_new, i);
        asked_before = !is_new && place->second.asked;
        place->second.list = list;
        place->second.index = i;
    }
    if (const auto before = by_name_.find(name); before != by_name_.end()) {
        forget(*before->second);
        lists_.erase(before->second);
        by_name_.erase(before);
    }
    by_name_.emplace(name, lists_.insert(lists_.end(), list));
    known_ += list->items.size();
    while (known_ > most_) {
        const ListPtr oldest = lists_.front();
        by_name_.erase(oldest->name);
        lists_.pop_front();
        forget(oldest);
    }
    return targets_from(list->items, first_new, ahead);
}

// What no other list has named since.
void Successors::forget(const ListPtr& list) {
    for (const Item& item : list->items) {
        Shard& shard = shard_of(item.key);
        const std::lock_guard lock{shard.mutex};
        const auto found = shard.places.find(item.key);
        if (found != shard.places.end() && found->second.list == list) shard.places.erase(found);
    }
    known_ -= list->items.size();
}

std::size_t Successors::size() const { return known_.load(); }

}  // namespace outpost::cdn
