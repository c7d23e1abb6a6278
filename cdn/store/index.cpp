#include "cdn/store/index.hpp"

#include "cdn/store/reader.hpp"
#include "cdn/store/schema.hpp"
#include "cdn/store/writer.hpp"

namespace outpost::cdn {

Index::Index(std::filesystem::path directory, std::function<void(boost::system::error_code)> on_failure)
    : directory_{std::move(directory)}, on_failure_{std::move(on_failure)} {}

Index::~Index() = default;

Outcome<std::unique_ptr<Index>> Index::open(const std::filesystem::path& directory, IndexOptions options,
                                            std::function<void(boost::system::error_code)> on_failure) {
    auto opened = open_index_database(directory, wall_now());
    if (!opened) return opened.error();
    std::unique_ptr<Index> index{new Index{directory, std::move(on_failure)}};
    const auto problem = [&](const boost::system::error_code& error) {
        if (error == Errc::corrupt) mark_index_broken(directory);
        return Problem{index_path(directory).string(), "the index can't be read: " + error.message(),
                       error == Errc::corrupt ? "start again: the disk then begins empty" : "check the disk"};
    };
    index->first_id_ = std::uint64_t{opened->run} << 32;
    auto tables = IndexTables::on(std::move(opened->database));
    if (!tables) return problem(tables.error());
    auto readers = IndexReaders::open(index_path(directory), options.readers);
    if (!readers) return problem(readers.error());
    index->readers_ = std::move(*readers);
    index->writer_ = std::make_unique<IndexWriter>(
        std::move(*tables), options,
        [self = index.get()](const boost::system::error_code& error) { self->report(error); });
    return index;
}

void Index::report(const boost::system::error_code& error) const {
    if (!error) return;
    if (error == Errc::corrupt) mark_index_broken(directory_);
    if (on_failure_) on_failure_(error);
}

template <class T>
Result<T> Index::reported(Result<T> result) const {
    if (!result) report(result.error());
    return result;
}

bool Index::put(ObjectRecord record) {
    if (record.body) record.body_checksum = block_checksum(*record.body);
    return writer_->queue(std::move(record));
}

bool Index::set_blocks(std::uint64_t id, std::string blocks, std::vector<std::uint64_t> checksums,
                       Bytes stored, std::optional<std::uint64_t> length) {
    return writer_->queue(BlocksChange{id, std::move(blocks), std::move(checksums), stored, length});
}

bool Index::set_head(std::uint64_t id, const http::FieldList& fields, WallTime request_time,
                     WallTime response_time, bool soft_purged) {
    return writer_->queue(HeadChange{id, serialise_fields(fields), request_time, response_time, soft_purged});
}

bool Index::remove(std::uint64_t id) { return writer_->queue(Removal{id}); }

// Most lookups meet no change that waits, and cost one query. The others write first, and ask again.
Result<std::vector<ObjectRecord>> Index::find(KeyHash key) {
    const std::uint64_t mark = writer_->commits();
    auto found = reported(readers_->take()->find(key));
    if (!found || writer_->settled(mark, key, *found)) return found;
    if (const auto flushed = flush(); !flushed) return flushed.error();
    return reported(readers_->take()->find(key));
}

Result<std::string> Index::body(std::uint64_t id) {
    if (writer_->waits(id)) {
        if (const auto flushed = flush(); !flushed) return flushed.error();
    }
    auto found = reported(readers_->take()->body(id));
    if (!found) return found.error();
    if (!*found) return Errc::not_found;
    auto& [bytes, checksum] = **found;
    if (block_checksum(bytes) != checksum) return Errc::corrupt;
    return std::move(bytes);
}

Result<std::vector<ObjectRecord>> Index::records_after(std::uint64_t id, std::size_t most) {
    return reported(readers_->take()->records_after(id, most));
}

Result<bool> Index::knows(std::uint64_t id) { return reported(readers_->take()->knows(id)); }

Result<void> Index::each_stub(const std::function<bool(const Stub&)>& take) {
    return reported(readers_->take()->each_stub(take));
}

Result<std::vector<Stub>> Index::purge(const std::function<Result<std::vector<Stub>>(IndexTables&)>& work) {
    std::vector<Stub> purged;
    const auto error = writer_->run(
        [&](IndexTables& tables) -> Result<void> {
            auto done = work(tables);
            if (!done) return done.error();
            purged = std::move(*done);
            return {};
        },
        true);
    if (error) return error;
    return purged;
}

Result<std::vector<Stub>> Index::remove_key(std::string_view key_text, bool soft) {
    return purge([&](IndexTables& tables) { return tables.purge_key(key_text, soft); });
}

Result<std::vector<Stub>> Index::remove_prefix(std::string_view key_text_prefix, bool soft) {
    return purge([&](IndexTables& tables) { return tables.purge_prefix(key_text_prefix, soft); });
}

Result<std::vector<Stub>> Index::remove_tag(std::string_view tag, bool soft) {
    return purge([&](IndexTables& tables) { return tables.purge_tag(tag, soft); });
}

Result<std::vector<Stub>> Index::remove_all(bool soft) {
    return purge([&](IndexTables& tables) { return tables.purge_all(soft); });
}

Result<void> Index::flush() {
    const auto error = writer_->run([](IndexTables&) -> Result<void> { return {}; }, false);
    if (error) return error;
    return {};
}

Result<std::optional<std::string>> Index::meta(std::string_view name) {
    return reported(readers_->take()->meta(name));
}

Result<void> Index::set_meta(std::string_view name, std::string_view value) {
    const auto error = writer_->run([&](IndexTables& tables) { return tables.set_meta(name, value); }, true);
    if (error) return error;
    return {};
}

std::uint64_t Index::objects() const { return writer_->totals().objects; }

Bytes Index::stored() const { return Bytes{writer_->totals().stored}; }

std::size_t Index::queued() const { return writer_->queued(); }

}  // namespace outpost::cdn
