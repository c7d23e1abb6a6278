// Lookups in an index: connections that read while the writer writes. Thread rule: IndexReader one thread at
// a time; IndexReaders any thread, and take() waits for a free one.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

class IndexReader {
  public:
    static Result<std::unique_ptr<IndexReader>> open(const std::filesystem::path& database);

    Result<std::vector<ObjectRecord>> find(KeyHash key);
    Result<std::vector<ObjectRecord>> records_after(std::uint64_t id, std::size_t most);
    // The bytes and their checksum; nothing when there is none.
    Result<std::optional<std::pair<std::string, std::uint64_t>>> body(std::uint64_t id);
    Result<bool> knows(std::uint64_t id);
    Result<void> each_stub(const std::function<bool(const Stub&)>& take);
    Result<std::optional<std::string>> meta(std::string_view name);

  private:
    explicit IndexReader(sqlite::Database database) : database_{std::move(database)} {}
    Result<void> prepare();
    static Result<std::vector<ObjectRecord>> records_of(sqlite::Statement& statement);

    sqlite::Database database_;
    sqlite::Statement find_, after_, body_, knows_, stubs_, meta_;
};

class IndexReaders {
  public:
    static Result<std::unique_ptr<IndexReaders>> open(const std::filesystem::path& database,
                                                      std::size_t count);

    // A reader, and back into the row when it dies.
    class Lease {
      public:
        Lease(IndexReaders& home, std::unique_ptr<IndexReader> reader)
            : home_{home}, reader_{std::move(reader)} {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease();
        IndexReader* operator->() const { return reader_.get(); }

      private:
        IndexReaders& home_;
        std::unique_ptr<IndexReader> reader_;
    };
    Lease take();

  private:
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<IndexReader>> free_;
};

}  // namespace outpost::cdn
