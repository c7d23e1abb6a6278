// A value that is read by many and replaced whole by few. Thread rule: any thread; what load() returns stays
// as it is.
#pragma once

#include <memory>
#include <mutex>

namespace outpost {

template <class T>
class Snapshot {
  public:
    [[nodiscard]] std::shared_ptr<const T> load() const {
        const std::lock_guard lock{mutex_};
        return value_;
    }
    void store(std::shared_ptr<const T> value) {
        const std::lock_guard lock{mutex_};
        value_.swap(value);  // the old one dies outside the lock
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_ = std::make_shared<const T>();
};

}  // namespace outpost
