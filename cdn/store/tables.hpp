// The statements that change an index. Thread rule: one thread, the writer's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

// Rows and what they take.
struct IndexTotals {
    std::uint64_t objects = 0;
    std::uint64_t stored = 0;
};

// Changes of objects that are not there change nothing.
class IndexTables {
  public:
    static Result<std::unique_ptr<IndexTables>> on(sqlite::Database database);

    // Counts what is there, for totals(); before the first batch. A pass over all rows: nobody waits for it.
    Result<void> count();

    // A batch: begin, changes, commit. `durable`: a power cut will not undo it, nor any batch before.
    Result<void> begin(bool durable);
    Result<void> commit();
    void roll_back();

    Result<void> put(const ObjectRecord& record);
    Result<void> set_blocks(std::uint64_t id, std::string_view blocks,
                            const std::vector<std::uint64_t>& checksums, Bytes stored,
                            std::optional<std::uint64_t> length);
    Result<void> set_head(std::uint64_t id, std::string_view fields, WallTime request_time,
                          WallTime response_time, bool soft_purged);
    Result<void> remove(std::uint64_t id);
    // The rows removed (or, soft, newly marked), by id.
    Result<std::vector<Stub>> purge_key(std::string_view key, bool soft);
    Result<std::vector<Stub>> purge_prefix(std::string_view prefix, bool soft);
    Result<std::vector<Stub>> purge_tag(std::string_view tag, bool soft);
    Result<std::vector<Stub>> purge_all(bool soft);
    Result<void> set_meta(std::string_view name, std::string_view value);

    // As of the last commit.
    [[nodiscard]] IndexTotals totals() const { return committed_; }

  private:
    explicit IndexTables(sqlite::Database database) : database_{std::move(database)} {}
    Result<void> prepare();
    Result<std::optional<std::uint64_t>> stored_of(std::uint64_t id);
    Result<void> put_tags(const ObjectRecord& record);
    Result<std::vector<Stub>> purge_doomed(bool soft);

    sqlite::Database database_;
    sqlite::Statement find_, put_stub_, put_object_, put_body_, put_tag_, blocks_, stored_, head_, flags_,
        meta_;
    sqlite::Statement doom_from_, doom_range_, doom_tag_, doom_all_, doomed_;
    std::vector<sqlite::Statement> remove_;
    IndexTotals committed_, now_;
    bool durable_ = false;
};

// Numbers as little-endian bytes, and back.
std::string pack(const std::vector<std::uint64_t>& numbers);
std::vector<std::uint64_t> unpack(std::string_view bytes);

}  // namespace outpost::cdn
