#include "cdn/store/reader.hpp"

#include "cdn/store/schema.hpp"
#include "cdn/store/tables.hpp"

namespace outpost::cdn {
namespace {

constexpr std::string_view columns =
    "SELECT id, key_high, key_low, stored, flags, key_text, vary_names, selecting_key, status, fields,"
    " request_time, response_time, length, blocks, checksums, tags, body_checksum, generation"
    " FROM stub JOIN object USING (id) ";

ObjectRecord record_of(const sqlite::Statement& row) {
    ObjectRecord record;
    record.id = row.bits(0);
    record.key = {row.bits(1), row.bits(2)};
    record.stored = Bytes{row.bits(3)};
    record.soft_purged = (row.integer(4) & stub_flags::soft_purged) != 0;
    record.pinned = (row.integer(4) & stub_flags::pinned) != 0;
    record.has_body = (row.integer(4) & stub_flags::has_body) != 0;
    record.key_text = row.text(5);
    record.vary_names = row.text(6);
    record.selecting_key = row.text(7);
    record.status = static_cast<int>(row.integer(8));
    record.fields = parse_fields(row.text(9));
    record.request_time = WallTime{Milliseconds{row.integer(10)}};
    record.response_time = WallTime{Milliseconds{row.integer(11)}};
    if (!row.is_null(12)) record.length = row.bits(12);
    record.blocks = row.text(13);
    record.checksums = unpack(row.text(14));
    record.tags = row.text(15);
    record.body_checksum = row.bits(16);
    record.generation = row.bits(17);
    return record;
}

}  // namespace

Result<std::unique_ptr<IndexReader>> IndexReader::open(const std::filesystem::path& database) {
    auto opened = sqlite::Database::open(database, sqlite::Database::Mode::read_only);
    if (!opened) return opened.error();
    std::unique_ptr<IndexReader> reader{new IndexReader{std::move(*opened)}};
    if (const auto prepared = reader->prepare(); !prepared) return prepared.error();
    return reader;
}

Result<void> IndexReader::prepare() {
    const std::pair<sqlite::Statement*, std::string> wanted[] = {
        {&find_, fmt::format("{} WHERE key_high = ?1 AND key_low = ?2 ORDER BY id", columns)},
        {&after_, fmt::format("{} WHERE id > ?1 ORDER BY id LIMIT ?2", columns)},
        {&body_, "SELECT bytes, body_checksum FROM body JOIN object USING (id) WHERE id = ?1"},
        {&knows_, "SELECT 1 FROM stub WHERE id = ?1"},
        {&stubs_, "SELECT id, key_high, key_low, stored, flags FROM stub ORDER BY id"},
        {&meta_, "SELECT value FROM meta WHERE name = ?1"},
    };
    for (const auto& [statement, sql] : wanted) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

Result<std::vector<ObjectRecord>> IndexReader::records_of(sqlite::Statement& statement) {
    std::vector<ObjectRecord> records;
    for (;;) {
        const auto row = statement.step();
        if (!row) return row.error();
        if (!*row) return records;
        records.push_back(record_of(statement));
    }
}

Result<std::vector<ObjectRecord>> IndexReader::find(KeyHash key) {
    return records_of(find_.bind(1, key.high).bind(2, key.low));
}

Result<std::vector<ObjectRecord>> IndexReader::records_after(std::uint64_t id, std::size_t most) {
    return records_of(after_.bind(1, id).bind(2, std::uint64_t{most}));
}

Result<std::optional<std::pair<std::string, std::uint64_t>>> IndexReader::body(std::uint64_t id) {
    const auto row = body_.bind(1, id).step();
    if (!row) return row.error();
    std::optional<std::pair<std::string, std::uint64_t>> found;
    if (*row) found.emplace(body_.text(0), body_.bits(1));
    body_.reset();
    return found;
}

Result<bool> IndexReader::knows(std::uint64_t id) {
    const auto row = knows_.bind(1, id).step();
    knows_.reset();
    return row;
}

Result<void> IndexReader::each_stub(const std::function<bool(const Stub&)>& take) {
    for (;;) {
        const auto row = stubs_.step();
        if (!row) return row.error();
        if (!*row) return {};
        const Stub stub{stubs_.bits(0),
                        {stubs_.bits(1), stubs_.bits(2)},
                        Bytes{stubs_.bits(3)},
                        (stubs_.integer(4) & stub_flags::pinned) != 0};
        if (!take(stub)) break;
    }
    stubs_.reset();
    return {};
}

Result<std::optional<std::string>> IndexReader::meta(std::string_view name) {
    const auto row = meta_.bind(1, name).step();
    if (!row) return row.error();
    std::optional<std::string> value;
    if (*row) value.emplace(meta_.text(0));
    meta_.reset();
    return value;
}

Result<std::unique_ptr<IndexReaders>> IndexReaders::open(const std::filesystem::path& database,
                                                         std::size_t count) {
    auto readers = std::make_unique<IndexReaders>();
    for (std::size_t i = 0; i < count; ++i) {
        auto reader = IndexReader::open(database);
        if (!reader) return reader.error();
        readers->free_.push_back(std::move(*reader));
    }
    return readers;
}

IndexReaders::Lease IndexReaders::take() {
    std::unique_lock held{mutex_};
    returned_.wait(held, [&] { return !free_.empty(); });
    auto reader = std::move(free_.back());
    free_.pop_back();
    return {*this, std::move(reader)};
}

IndexReaders::Lease::~Lease() {
    {
        const std::scoped_lock held{home_.mutex_};
        home_.free_.push_back(std::move(reader_));
    }
    home_.returned_.notify_one();
}

}  // namespace outpost::cdn
