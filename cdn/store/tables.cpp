#include "cdn/store/tables.hpp"

#include "base/text.hpp"
#include "cdn/store/schema.hpp"

namespace outpost::cdn {
namespace {

std::int64_t flags_of(const ObjectRecord& record) {
    return (record.soft_purged ? stub_flags::soft_purged : 0) | (record.pinned ? stub_flags::pinned : 0) |
           (record.body ? stub_flags::has_body : 0);
}

std::int64_t ticks(WallTime time) { return time.time_since_epoch().count(); }

void bind_length(sqlite::Statement& statement, int parameter, std::optional<std::uint64_t> length) {
    if (length) {
        statement.bind(parameter, *length);
    } else {
        statement.bind_null(parameter);
    }
}

// The least text above all that begin with `prefix`, in the order of bytes; nothing when there is none.
std::optional<std::string> past_prefix(std::string_view prefix) {
    std::string end{prefix};
    while (!end.empty() && end.back() == '\xff') end.pop_back();
    if (end.empty()) return std::nullopt;
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

constexpr std::string_view objects_tables[] = {"stub", "object", "body", "tag"};

}  // namespace

std::string pack(const std::vector<std::uint64_t>& numbers) {
    std::string bytes;
    bytes.reserve(numbers.size() * 8);
    for (const std::uint64_t number : numbers) {
        for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xff);
    }
    return bytes;
}

std::vector<std::uint64_t> unpack(std::string_view bytes) {
    std::vector<std::uint64_t> numbers(bytes.size() / 8);
    for (std::size_t i = 0; i < numbers.size() * 8; ++i) {
        numbers[i / 8] |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (i % 8 * 8);
    }
    return numbers;
}

Result<std::unique_ptr<IndexTables>> IndexTables::on(sqlite::Database database) {
    std::unique_ptr<IndexTables> tables{new IndexTables{std::move(database)}};
    if (const auto prepared = tables->prepare(); !prepared) return prepared.error();
    return tables;
}

Result<void> IndexTables::prepare() {
    // What a purge is about to remove, so that its rows are told before they go.
    const auto made = database_.execute("CREATE TEMP TABLE doomed (id INTEGER PRIMARY KEY)");
    if (!made) return made;
    const std::pair<sqlite::Statement*, std::string_view> wanted[] = {
        {&find_, "SELECT stored FROM stub WHERE id = ?1"},
        {&put_stub_, "INSERT INTO stub VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&put_object_,
         "INSERT INTO object VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"},
        {&put_body_, "INSERT INTO body VALUES (?1, ?2)"},
        {&put_tag_, "INSERT OR IGNORE INTO tag VALUES (?1, ?2)"},
        {&blocks_, "UPDATE object SET blocks = ?2, checksums = ?3, length = ?4 WHERE id = ?1"},
        {&stored_, "UPDATE stub SET stored = ?2 WHERE id = ?1"},
        {&head_, "UPDATE object SET fields = ?2, request_time = ?3, response_time = ?4 WHERE id = ?1"},
        {&flags_, "UPDATE stub SET flags = flags & ~1 | ?2 WHERE id = ?1"},
        {&meta_, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)"},
        {&doom_from_, "INSERT INTO doomed SELECT id FROM object WHERE key_text >= ?1"},
        {&doom_range_, "INSERT INTO doomed SELECT id FROM object WHERE key_text >= ?1 AND key_text < ?2"},
        {&doom_tag_, "INSERT INTO doomed SELECT id FROM tag WHERE tag = ?1"},
        {&doom_all_, "INSERT INTO doomed SELECT id FROM stub"},
        {&doomed_,
         "SELECT id, key_high, key_low, stored, flags FROM doomed CROSS JOIN stub USING (id)"
         " WHERE flags & ?1 = 0 ORDER BY id"},
    };
    for (const auto& [statement, sql] : wanted) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    for (const std::string_view table : objects_tables) {
        auto prepared = database_.prepare(fmt::format("DELETE FROM {} WHERE id = ?1", table));
        if (!prepared) return prepared.error();
        remove_.push_back(std::move(*prepared));
    }
    return {};
}

Result<void> IndexTables::count() {
    const auto objects = database_.integer("SELECT count(*) FROM stub");
    if (!objects) return objects.error();
    const auto stored = database_.integer("SELECT coalesce(sum(stored), 0) FROM stub");
    if (!stored) return stored.error();
    committed_ = {static_cast<std::uint64_t>(*objects), static_cast<std::uint64_t>(*stored)};
    return {};
}

Result<void> IndexTables::begin(bool durable) {
    // SQLite changes this only between transactions. FULL flushes the log with the commit.
    if (durable != durable_) {
        const auto set =
            database_.execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        if (!set) return set;
        durable_ = durable;
    }
    now_ = committed_;
    return database_.execute("BEGIN IMMEDIATE");
}

Result<void> IndexTables::commit() {
    const auto done = database_.execute("COMMIT");
    if (done) committed_ = now_;
    return done;
}

// What fails here has been rolled back by SQLite already.
void IndexTables::roll_back() { (void)database_.execute("ROLLBACK"); }

Result<std::optional<std::uint64_t>> IndexTables::stored_of(std::uint64_t id) {
    const auto row = find_.bind(1, id).step();
    if (!row) return row.error();
    std::optional<std::uint64_t> stored;
    if (*row) stored = find_.bits(0);
    find_.reset();
    return stored;
}

Result<void> IndexTables::put(const ObjectRecord& record) {
    if (const auto removed = remove(record.id); !removed) return removed;
    put_stub_.bind(1, record.id).bind(2, record.key.high).bind(3, record.key.low);
    put_stub_.bind(4, record.stored.count()).bind(5, flags_of(record));
    if (const auto done = put_stub_.run(); !done) return done;
    put_object_.bind(1, record.id).bind(2, record.key_text).bind(3, record.vary_names);
    put_object_.bind(4, record.selecting_key).bind(5, std::int64_t{record.status});
    put_object_.bind(6, serialise_fields(record.fields));
    put_object_.bind(7, ticks(record.request_time)).bind(8, ticks(record.response_time));
    bind_length(put_object_, 9, record.length);
    put_object_.bind(10, record.tags).bind(11, record.body_checksum).bind(12, record.generation);
    put_object_.bind_blob(13, record.blocks).bind_blob(14, pack(record.checksums));
    if (const auto done = put_object_.run(); !done) return done;
    if (record.body) {
        if (const auto done = put_body_.bind(1, record.id).bind_blob(2, *record.body).run(); !done)
            return done;
    }
    ++now_.objects;
    now_.stored += record.stored.count();
    return put_tags(record);
}

Result<void> IndexTables::put_tags(const ObjectRecord& record) {
    for (const std::string_view tag : split(record.tags, '\n')) {
        if (tag.empty()) continue;
        if (const auto done = put_tag_.bind(1, tag).bind(2, record.id).run(); !done) return done;
    }
    return {};
}

Result<void> IndexTables::set_blocks(std::uint64_t id, std::string_view blocks,
                                     const std::vector<std::uint64_t>& checksums, Bytes stored,
                                     std::optional<std::uint64_t> length) {
    const auto before = stored_of(id);
    if (!before) return before.error();
    if (!*before) return {};
    blocks_.bind(1, id).bind_blob(2, blocks).bind_blob(3, pack(checksums));
    bind_length(blocks_, 4, length);
    if (const auto done = blocks_.run(); !done) return done;
    if (const auto done = stored_.bind(1, id).bind(2, stored.count()).run(); !done) return done;
    now_.stored += stored.count() - **before;
    return {};
}

Result<void> IndexTables::set_head(std::uint64_t id, std::string_view fields, WallTime request_time,
                                   WallTime response_time, bool soft_purged) {
    head_.bind(1, id).bind(2, fields).bind(3, ticks(request_time)).bind(4, ticks(response_time));
    if (const auto done = head_.run(); !done) return done;
    return flags_.bind(1, id).bind(2, soft_purged ? stub_flags::soft_purged : 0).run();
}

Result<void> IndexTables::remove(std::uint64_t id) {
    const auto before = stored_of(id);
    if (!before) return before.error();
    if (!*before) return {};
    for (sqlite::Statement& statement : remove_) {
        if (const auto done = statement.bind(1, id).run(); !done) return done;
    }
    --now_.objects;
    now_.stored -= **before;
    return {};
}

Result<std::vector<Stub>> IndexTables::purge_key(std::string_view key, bool soft) {
    const std::string end = std::string{key} + '\x01';  // no key holds it
    if (const auto doomed = doom_range_.bind(1, key).bind(2, end).run(); !doomed) return doomed.error();
    return purge_doomed(soft);
}

Result<std::vector<Stub>> IndexTables::purge_prefix(std::string_view prefix, bool soft) {
    const auto end = past_prefix(prefix);
    const auto doomed =
        end ? doom_range_.bind(1, prefix).bind(2, *end).run() : doom_from_.bind(1, prefix).run();
    if (!doomed) return doomed.error();
    return purge_doomed(soft);
}

Result<std::vector<Stub>> IndexTables::purge_tag(std::string_view tag, bool soft) {
    if (const auto doomed = doom_tag_.bind(1, tag).run(); !doomed) return doomed.error();
    return purge_doomed(soft);
}

Result<std::vector<Stub>> IndexTables::purge_all(bool soft) {
    if (const auto doomed = doom_all_.run(); !doomed) return doomed.error();
    return purge_doomed(soft);
}

Result<std::vector<Stub>> IndexTables::purge_doomed(bool soft) {
    std::vector<Stub> stubs;
    std::uint64_t stored = 0;
    doomed_.bind(1, soft ? stub_flags::soft_purged : 0);
    for (;;) {
        const auto row = doomed_.step();
        if (!row) return row.error();
        if (!*row) break;
        stubs.push_back({doomed_.bits(0),
                         {doomed_.bits(1), doomed_.bits(2)},
                         Bytes{doomed_.bits(3)},
                         (doomed_.integer(4) & stub_flags::pinned) != 0});
        stored += doomed_.bits(3);
    }
    // All rows of a table go without being looked at, which takes no time at all.
    const std::string_view which = stubs.size() == now_.objects ? "" : " WHERE id IN doomed";
    std::string sql;
    if (soft) {
        sql = fmt::format("UPDATE stub SET flags = flags | {}{};", stub_flags::soft_purged, which);
    } else {
        for (const std::string_view table : objects_tables)
            sql += fmt::format("DELETE FROM {}{};", table, which);
        now_.objects -= stubs.size();
        now_.stored -= stored;
    }
    if (const auto done = database_.execute(sql + "DELETE FROM doomed"); !done) return done.error();
    return stubs;
}

Result<void> IndexTables::set_meta(std::string_view name, std::string_view value) {
    return meta_.bind(1, name).bind(2, value).run();
}

}  // namespace outpost::cdn
