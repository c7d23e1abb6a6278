#include "server/admission/manifest_view.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <unistd.h>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "server/admission/header_lines.hpp"

namespace outpost::server {
namespace {

constexpr Milliseconds pool_retry{20};
constexpr std::array<std::string_view, 7> fields_of_parts{
    "Range",          "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
    "Accept-Encoding"};

std::uint64_t random_number() {
    std::random_device random;
    return (std::uint64_t{random()} << 32) | random();
}

// Reads a window of a file; for a thread that may wait.
struct ReadInPool {
    int file;
    ByteRange range;
    char* into;
    boost::system::error_code operator()() const {
        std::uint64_t done = 0;
        while (done < range.length) {
            const ssize_t n = ::pread(file, into + done, static_cast<std::size_t>(range.length - done),
                                      static_cast<off_t>(range.offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return Errc::disk_failed;
            if (n == 0) return Errc::file_truncated;
            done += static_cast<std::uint64_t>(n);
        }
        return {};
    }
};

// What the coroutine that waits hands to the pool and gets back. Errc::origin_malformed: no manifest.
struct MakeInPool {
    const std::string* source;
    const std::string* where;
    const manifest::ViewOptions* options;
    std::string_view stand_in;
    std::shared_ptr<const MadeView>* into;
    boost::system::error_code operator()() const {
        auto made = make_view(*source, *where, *options, stand_in);
        if (!made) {
            log::warning("no view of a manifest: {}", made.error().line());
            return Errc::origin_malformed;
        }
        *into = std::move(*made);
        return {};
    }
};

struct FillInPool {
    const MadeView* view;
    std::string_view value;
    Compression compression;
    Document* into;
    boost::system::error_code operator()() const {
        auto text = view->filled(value);
        if (!text) return Errc::body_too_large;
        *into = make_document(std::move(*text), compression);
        return {};
    }
};

struct ExpandInPool {
    std::string* text;
    std::size_t most;
    boost::system::error_code operator()() const {
        auto expanded = gzip_expanded(*text, most);
        if (!expanded) return Errc::origin_malformed;
        *text = std::move(*expanded);
        return {};
    }
};

Reply failure(const boost::system::error_code& error) {
    if (error == Errc::overloaded || error == Errc::abandoned) {
        Reply reply = problem_reply(Status::unavailable, "The disk is busy.");
        reply.headers.add("Retry-After", "1");
        return reply;
    }
    if (party_at_fault(error) == Party::internal)
        return problem_reply(Status::internal_error, "The manifest can't be read.");
    return problem_reply(Status::bad_gateway, "What should be a manifest can't be read as one.");
}

bool is_identity(std::string_view coding) { return coding.empty() || iequals(coding, "identity"); }
bool is_gzip(std::string_view coding) { return iequals(coding, "gzip") || iequals(coding, "x-gzip"); }

bool is_shared_url(const manifest::ViewOptions& options) {
    return options.query == manifest::ViewOptions::Query::none;
}

}  // namespace

ManifestViews::ManifestViews(BlockingPool& pool, ManifestViewLimits limits, DeliveryRules rules)
    : pool_{pool},
      limits_{limits},
      rules_{rules},
      stand_in_{to_hex(random_number()) + to_hex(random_number())},
      seed_{random_number()},
      memory_{limits.memory} {}

RequestHead ManifestViews::whole(const RequestHead& head) {
    RequestHead out = head;
    out.method = Method::get;
    out.method_text = "GET";
    std::erase_if(out.fields, [](const Field& field) {
        return std::any_of(fields_of_parts.begin(), fields_of_parts.end(),
                           [&](std::string_view name) { return iequals(name, field.name); });
    });
    return out;
}

Task<Reply> ManifestViews::show(Request request, Reply reply, manifest::ViewOptions options) {
    if (reply.status != Status::ok) co_return reply;
    Body body = std::exchange(reply.body, Body{});
    const std::string lines{reply.headers.text()};
    const std::string coding = joined_lines(lines, "Content-Encoding");
    if (!is_identity(coding) && !is_gzip(coding)) co_return failure(Errc::origin_malformed);
    auto source = co_await collect(std::move(body), request.presence);
    if (!source) co_return failure(source.error());
    if (is_gzip(coding)) {
        const ExpandInPool work{&*source, static_cast<std::size_t>(limits_.source.count())};
        const auto error = co_await in_pool(work, request.presence);
        if (error) co_return failure(error);
    }
    std::string where = fmt::format("{}{}", request.head->host, request.path);
    manifest::ViewOptions asked = options;
    const auto made =
        co_await made_of(std::move(*source), std::move(where), std::move(asked), request.presence);
    if (!made) co_return failure(made.error());
    const MadePtr view = *made;
    if (view->nothing_left)
        co_return problem_reply(Status::forbidden, "All renditions are above what the token allows.");
    Document document = view->document;
    if (view->has_holes) {
        const bool compress = rules_.gzip && accepts_gzip(*request.head);
        const FillInPool work{view.get(), options.query_value,
                              compress ? Compression::quick : Compression::none, &document};
        const auto error = co_await in_pool(work, request.presence);
        if (error == Errc::body_too_large)
            co_return problem_reply(Status::uri_too_long, "The token is too long for so many URIs.");
        if (error) co_return failure(error);
    }
    const bool is_private = view->has_holes || is_shared_url(options);
    const std::string type = joined_lines(lines, "Content-Type");
    std::string cache_control = joined_lines(lines, "Cache-Control");
    if (is_private) cache_control = private_cache_control(cache_control);
    Reply out = document_reply(request, document, type, cache_control, std::nullopt, rules_);
    out.cache = reply.cache;
    out.close = reply.close;
    // What says that the request's own condition or range has failed is not of the source.
    if (static_cast<int>(out.status) >= static_cast<int>(Status::bad_request)) co_return out;
    out.has_standing_fields = reply.has_standing_fields;
    out.headers.add_lines(lines_for_other_bytes(lines, is_private));
    co_return out;
}

// The body as one text. Windows of files are read in the pool; what has not arrived yet is waited for.
Task<Result<std::string>> ManifestViews::collect(Body body, Presence* presence) {
    const std::uint64_t most = limits_.source.count();
    if (body.size().value_or(0) > most) co_return Errc::body_too_large;
    std::string text;
    while (true) {
        auto step = body.poll();
        if (!step) co_return step.error();
        if (!*step) {
            co_await body.wait();
            if (presence != nullptr && presence->has_left()) co_return Errc::abandoned;
            continue;
        }
        const std::uint64_t size = size_of(**step);
        if (size == 0) co_return std::move(text);
        if (size > most - text.size()) co_return Errc::body_too_large;
        if (const auto* memory = std::get_if<MemoryWindow>(&**step)) {
            text.append(memory->bytes);
            continue;
        }
        const FileWindow window = std::move(std::get<FileWindow>(**step));
        const std::size_t at = text.size();
        text.resize(at + static_cast<std::size_t>(size));
        const ReadInPool work{window.file->get(), window.range, text.data() + at};
        const auto error = co_await in_pool(work, presence);
        if (error == Errc::disk_failed || error == Errc::file_truncated) body.broken(error);
        if (error) co_return error;
    }
}

// A view that is remembered, or a new one.
Task<Result<ManifestViews::MadePtr>> ManifestViews::made_of(std::string source, std::string where,
                                                            manifest::ViewOptions options,
                                                            Presence* presence) {
    const std::string key = key_of(source, where, options);
    MadePtr made = memory_.find(key);
    if (made) co_return std::move(made);
    const MakeInPool work{&source, &where, &options, stand_in_, &made};
    const auto error = co_await in_pool(work, presence);
    if (error) co_return error;
    memory_.keep(key, made);
    co_return std::move(made);
}

// A full pool is asked again, as a connection does before it sends from a cold disk.
template <class Work>
Task<boost::system::error_code> ManifestViews::in_pool(Work work, Presence* presence) {
    Timer pause{co_await asio::this_coro::executor};
    const SteadyTime end = steady_now() + limits_.patience;
    while (true) {
        const auto error = co_await pool_.run(work);
        if (error != Errc::overloaded || steady_now() >= end) co_return error;
        pause.expires_after(pool_retry);
        co_await pause.async_wait(use_task);
        if (presence != nullptr && presence->has_left()) co_return make_error_code(Errc::abandoned);
    }
}

// The source by its bytes: an ETag may be the same for the same path with another query. The seed keeps
// whoever writes manifests from writing two that look like one.
std::string ManifestViews::key_of(std::string_view source, std::string_view where,
                                  const manifest::ViewOptions& options) const {
    const XXH128_hash_t digest = XXH3_128bits_withSeed(source.data(), source.size(), seed_);
    return fmt::format("{:x} {:x} {} {} {} {} {}\n{}\n{}", digest.high64, digest.low64, source.size(),
                       options.max_height, options.max_bandwidth.bits_per_second(),
                       static_cast<int>(options.query), options.query_name, options.authority, where);
}

}  // namespace outpost::server
