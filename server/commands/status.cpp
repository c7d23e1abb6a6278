// The shape of GET /api/v1/status. Counts are since the start; sizes are bytes, rates bits a second.
//
//   {"version": "0.1.0", "uptime_s": 86400,
//    "requests": {"total", "hits", "hits_memory", "hits_disk", "misses", "stale", "errors"},
//    "bytes": {"sent", "from_origins"},                what went to clients, what came from origins
//    "rates": {"out_bps", "in_bps"},                   the same, over the last seconds
//    "memory": {"used", "size"},
//    "disks": [{"directory", "state": "good"|"full"|"failed", "why": "" | "…", "size", "used", "objects"}],
//    "objects": 0,                                     cached responses, wherever they are
//    "fills": {"under_way", "waiting"},                fetches from origins; requests that wait for them
//    "pools": [{"name", "origins": [{"name", "state": "up"|"slow_start"|"ejected"|"probing", "connections",
//               "in_use", "requests", "failures", "first_byte_p50_ms", "first_byte_p99_ms",
//               "last_error": "" | "…"}]}],
//    "redis": null | {"state": "connected"|"disconnected", "why": "" | "…", "behind": null | seconds}}
//
// A member that is missing is shown as nothing or 0: a node of another version is still worth looking at.
#include "server/commands/status.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/dial.hpp"
#include "server/commands/api_client.hpp"
#include "server/commands/commands.hpp"

namespace outpost::server {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Milliseconds patience = 5s;
constexpr Milliseconds watch_interval = 1s;
constexpr std::size_t most_disks_shown = 4;

// --- reading, forgivingly

const json::value& member(const json::value& value, const char* name) {
    static const json::value nothing;
    const auto* object = value.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(name);
    return found == nullptr ? nothing : *found;
}

double number(const json::value& value, const char* name) {
    boost::system::error_code error;
    const double found = member(value, name).to_number<double>(error);
    return error || !(found >= 0) ? 0 : found;
}

std::string text(const json::value& value, const char* name) {
    const auto* found = member(value, name).if_string();
    return found == nullptr ? "" : printable({found->data(), found->size()});
}

std::vector<const json::value*> list(const json::value& value, const char* name) {
    std::vector<const json::value*> items;
    if (const auto* array = member(value, name).if_array()) {
        for (const json::value& item : *array) items.push_back(&item);
    }
    return items;
}

// --- saying it

// 12345678 as "12.3 M", 999 as "999".
std::string count_text(double count) {
    if (count < 10'000) return fmt::format("{:.0f}", count);
    if (count < 999'500) return fmt::format("{:.0f} k", count / 1e3);
    if (count < 999.5e6) return fmt::format("{:.1f} M", count / 1e6);
    return fmt::format("{:.1f} G", count / 1e9);
}

std::string scaled(double value, double base, std::initializer_list<const char*> units) {
    const auto* unit = units.begin();
    while (value >= base * 0.9995 && unit + 1 != units.end()) {
        value /= base;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, value < 9.95 && unit != units.begin() ? 1 : 0, *unit);
}

std::string size_text(double bytes) { return scaled(bytes, 1024, {"B", "KiB", "MiB", "GiB", "TiB"}); }
std::string rate_text(double bits) { return scaled(bits, 1000, {"bps", "kbps", "Mbps", "Gbps", "Tbps"}); }

std::string share_text(double part, double whole) {
    return whole <= 0 ? "-" : fmt::format("{:.1f} %", 100 * std::min(1.0, part / whole));
}

std::string time_text(double milliseconds) {
    return milliseconds < 9'999.5 ? fmt::format("{:.0f} ms", milliseconds)
                                  : fmt::format("{:.0f} s", milliseconds / 1000);
}

std::string uptime_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::min(seconds, 1e12));
    if (whole >= 86400) return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
    if (whole >= 3600) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
    return whole >= 60 ? fmt::format("{} min {} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

// Cut to `most` columns, with an ellipsis, between characters (a column for each code point).
std::string cut(std::string_view line, std::size_t most) {
    const auto begins_character = [&](std::size_t i) {
        return (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    };
    std::size_t columns = 0, keep = line.size();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!begins_character(i)) continue;
        if (columns == most - 1) keep = i;
        if (++columns > most) return std::string{line.substr(0, keep)} + "…";
    }
    return std::string{line};
}

std::size_t width(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(
        line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Left-aligned in `columns`, cut to fit: fmt counts a double-width character as two, so we pad ourselves.
std::string cell(std::string_view value, std::size_t columns) {
    std::string out = cut(value, columns);
    out.append(columns - std::min(columns, width(out)), ' ');
    return out;
}

class Page {
  public:
    explicit Page(const Screen& screen) : screen_{screen} {}
    void line(std::string_view text) {
        std::string kept = cut(text, screen_.columns);
        while (!kept.empty() && kept.back() == ' ') kept.pop_back();
        out_ += kept;
        out_ += '\n';
        ++rows_;
    }
    [[nodiscard]] std::size_t columns() const { return screen_.columns; }
    [[nodiscard]] std::size_t left() const { return screen_.rows > rows_ ? screen_.rows - rows_ : 0; }
    std::string text() && { return std::move(out_); }

  private:
    Screen screen_;
    std::string out_;
    std::size_t rows_ = 0;
};

// One disk or origin: its line, what it complains of, whether it is well.
struct Row {
    std::string line, complaint;
    bool well = true;
};

// Shows rows within `most` lines: those that are not well first, complaints as long as every row has its
// line.
void show(Page& page, std::vector<Row> rows, std::size_t most, std::string_view plural) {
    if (rows.size() > most)
        std::stable_partition(rows.begin(), rows.end(), [](const Row& row) { return !row.well; });
    const bool all = rows.size() <= most;
    const std::size_t shown = all ? rows.size() : most - std::min<std::size_t>(most, 1);
    std::size_t spare = all ? most - rows.size() : 0;
    for (std::size_t i = 0; i < shown; ++i) {
        page.line(rows[i].line);
        if (!rows[i].complaint.empty() && spare > 0) {
            page.line("  " + rows[i].complaint);
            --spare;
        }
    }
    if (!all && most > 0) page.line(fmt::format("… and {} more {}", rows.size() - shown, plural));
}

void show_totals(Page& page, const json::value& status) {
    const json::value& requests = member(status, "requests");
    const json::value& bytes = member(status, "bytes");
    const double total = number(requests, "total"), sent = number(bytes, "sent");
    const double fetched = number(bytes, "from_origins");
    page.line(
        fmt::format("Outpost {}, up {}", text(status, "version"), uptime_text(number(status, "uptime_s"))));
    page.line("");
    page.line(fmt::format(
        "requests   {}: {} hits ({} memory, {} disk), {} misses", count_text(total),
        share_text(number(requests, "hits"), total), share_text(number(requests, "hits_memory"), total),
        share_text(number(requests, "hits_disk"), total), share_text(number(requests, "misses"), total)));
    page.line(fmt::format("           {} served stale, {} errors", count_text(number(requests, "stale")),
                          count_text(number(requests, "errors"))));
    page.line(fmt::format("bytes      {} sent, {} from origins: {} out of the cache", size_text(sent),
                          size_text(fetched),
                          sent > 0 ? share_text(std::max(0.0, sent - fetched), sent) : "-"));
}

void show_now(Page& page, const json::value& status) {
    const json::value& rates = member(status, "rates");
    const json::value& memory = member(status, "memory");
    const json::value& fills = member(status, "fills");
    page.line(fmt::format("now        {} out, {} in; {:.0f} fills under way, {:.0f} requests wait",
                          rate_text(number(rates, "out_bps")), rate_text(number(rates, "in_bps")),
                          number(fills, "under_way"), number(fills, "waiting")));
    page.line(fmt::format("memory     {} of {} used ({}); {} responses cached",
                          size_text(number(memory, "used")), size_text(number(memory, "size")),
                          share_text(number(memory, "used"), number(memory, "size")),
                          count_text(number(status, "objects"))));
    const json::value& redis = member(status, "redis");
    if (!redis.is_object()) return page.line("redis      not used: purges stay on this node");
    std::string line = "redis      " + text(redis, "state");
    if (number(redis, "behind") > 0) line += fmt::format(", {} behind", uptime_text(number(redis, "behind")));
    if (const std::string why = text(redis, "why"); !why.empty()) line += ": " + why;
    page.line(line);
}

void show_disks(Page& page, const json::value& status) {
    const std::size_t name = page.columns() - 46;
    std::vector<Row> rows;
    for (const json::value* disk : list(status, "disks")) {
        const std::string state = text(*disk, "state");
        const double size = number(*disk, "size"), used = number(*disk, "used");
        rows.push_back({fmt::format("{} {:<7} {:>9} {:>9} {:>8} {:>8}", cell(text(*disk, "directory"), name),
                                    state, size_text(size), size_text(used), share_text(used, size),
                                    count_text(number(*disk, "objects"))),
                        state == "good" ? "" : text(*disk, "why"), state == "good"});
    }
    if (rows.empty()) return page.line("no disks: large responses are kept in memory");
    page.line(fmt::format("{} {:<7} {:>9} {:>9} {:>8} {:>8}", cell("disk", name), "state", "size", "used", "",
                          "objects"));
    show(page, std::move(rows), most_disks_shown, "disks");
}

void show_origins(Page& page, const json::value& status) {
    const std::size_t name = page.columns() - 51;
    std::vector<Row> rows;
    for (const json::value* pool : list(status, "pools")) {
        for (const json::value* origin : list(*pool, "origins")) {
            const std::string state = text(*origin, "state");
            std::string where = text(*origin, "name");
            if (where.starts_with("http://")) where.erase(0, 7);  // its port tells more
            const std::string connections =
                fmt::format("{:.0f}/{:.0f}", number(*origin, "in_use"), number(*origin, "connections"));
            rows.push_back(
                {fmt::format("{} {:<10} {:>7} {:>8} {:>6} {:>7} {:>7}",
                             cell(text(*pool, "name") + ": " + where, name), state, connections,
                             count_text(number(*origin, "requests")), count_text(number(*origin, "failures")),
                             time_text(number(*origin, "first_byte_p50_ms")),
                             time_text(number(*origin, "first_byte_p99_ms"))),
                 state == "up" ? "" : text(*origin, "last_error"), state == "up"});
        }
    }
    if (rows.empty()) return page.line("no origins");
    page.line(fmt::format("{} {:<10} {:>7} {:>8} {:>6} {:>7} {:>7}", cell("origin", name), "state", "in use",
                          "requests", "failed", "p50", "p99"));
    show(page, std::move(rows), page.left(), "origins");
}

struct Words {
    bool json = false, watch = false;
    AdminOption admin;
};

// The node's answer, or why there is none.
Outcome<std::string> fetch(const config::Address& node, const auth::Secret& key) {
    ApiRequest request;
    request.path = "/api/v1/status";
    request.key = key.bytes();
    auto reply = ask_api(node, request, patience);
    if (!reply) return reply.error();
    if (!reply->good()) return reply->problem("http://" + config::to_text(node));
    return std::move(reply->body);
}

int run(const Words& words) {
    const auto node = words.admin.address();
    const auto key = words.admin.key();
    if (!node || !key) {
        fmt::print(stderr, "outpost: {}\n", !node ? node.error().line() : key.error().line());
        return 1;
    }
    const Cancellation never;
    for (;;) {
        const auto body = fetch(*node, *key);
        const auto shown = body && !words.json ? render_status(*body, Screen{}) : body;
        if (words.watch) fmt::print("\x1b[H\x1b[2J");  // home, clear
        if (shown) {
            fmt::print("{}{}", *shown, shown->ends_with('\n') ? "" : "\n");
        } else {
            fmt::print(words.watch ? stdout : stderr, "outpost: {}\n", shown.error().line());
        }
        if (!words.watch) return shown ? 0 : 1;
        std::fflush(stdout);
        wait_for_socket(-1, 0, steady_now() + watch_interval, never);  // ^C ends it
    }
}

}  // namespace

Outcome<std::string> render_status(std::string_view body, const Screen& screen) {
    boost::system::error_code error;
    const json::value status = json::parse(json::string_view{body.data(), body.size()}, error);
    if (error || !status.is_object())
        return Problem{"", "the node's answer is not understood", "is it of the same version?"};
    Page page{screen};
    show_totals(page, status);
    show_now(page, status);
    page.line("");
    show_disks(page, status);
    page.line("");
    show_origins(page, status);
    return std::move(page).text();
}

void add_status(CLI::App& app, int& exit_status) {
    auto words = std::make_shared<Words>();
    CLI::App* command = app.add_subcommand("status", "Show what a running node is doing");
    CLI::Option* json = command->add_flag("--json", words->json, "Print the node's answer as it came");
    command->add_flag("--watch", words->watch, "Show it anew each second until ^C")->excludes(json);
    words->admin.add_to(*command);
    command->callback([words, &exit_status] { exit_status = run(*words); });
}

}  // namespace outpost::server
