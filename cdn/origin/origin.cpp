#include "cdn/origin/origin.hpp"

#include <algorithm>

#include <xxhash.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cdn/origin/connect.hpp"
#include "cdn/origin/failure.hpp"
#include "cdn/origin/measures.hpp"
#include "cdn/origin/tls.hpp"

namespace outpost::cdn::origin {
namespace {

// An IPv6 address stands in brackets in URIs, and without them elsewhere.
std::string bare_host(const Uri& uri) {
    return uri.host.starts_with('[') ? uri.host.substr(1, uri.host.size() - 2) : uri.host;
}

Outcome<std::string> read_secret(const std::filesystem::path& file) {
    auto text = read_file(file, 4_KiB);
    if (!text) return text.error();
    std::string secret{trim_blanks(std::string_view{*text}.substr(0, text->find_first_of("\r\n")))};
    if (secret.empty())
        return Problem{file.string(), "its first line is empty", "put the secret access key there"};
    return secret;
}

}  // namespace

Origin::Origin(Executor executor, std::shared_ptr<TaskGroup> group, std::shared_ptr<const PoolOptions> pool,
               const OriginOptions& options, http::HeadLimits limits, Uri uri)
    : executor_{executor},
      group_{std::move(group)},
      pool_{std::move(pool)},
      options_{options},
      limits_{limits},
      uri_{std::move(uri)} {}

Outcome<std::shared_ptr<Origin>> Origin::make(Executor executor, std::shared_ptr<TaskGroup> group,
                                              std::shared_ptr<const PoolOptions> pool,
                                              const OriginOptions& options, http::HeadLimits limits) {
    auto uri = parse_uri(options.url);
    if (!uri) return Problem{options.url, "is no http or https URL", "write it as https://host:port/path"};
    if (uri->query) return Problem{options.url, "has a query", "leave it away"};
    std::shared_ptr<Origin> origin{
        new Origin{executor, std::move(group), std::move(pool), options, limits, std::move(*uri)}};
    if (auto prepared = origin->prepare(); !prepared) return prepared.error();
    return origin;
}

Outcome<void> Origin::prepare() {
    path_prefix_ = uri_.path.ends_with('/') ? uri_.path.substr(0, uri_.path.size() - 1) : uri_.path;
    const S3Options& s3 = options_.s3;
    if (!s3.bucket.empty()) {
        auto secret = read_secret(s3.secret_file);
        if (!secret) return secret.error();
        s3_ = S3Keys{s3.key, std::move(*secret), s3.region};
        if (s3.path_style) {
            path_prefix_ = "/" + s3.bucket + path_prefix_;
        } else {
            uri_.host = s3.bucket + "." + uri_.host;
        }
    }
    name_ = fmt::format("{}://{}:{}", uri_.scheme, uri_.host, uri_.port);
    host_field_ = pool_->host.empty() ? uri_.authority() : pool_->host;
    id_ = XXH3_64bits(name_.data(), name_.size());
    if (uri_.scheme == "https") {
        const TlsOptions tls{options_.server_name.empty() ? bare_host(uri_) : options_.server_name,
                             options_.verify, options_.ca};
        auto client = TlsClient::make(tls);
        if (!client) return client.error();
        tls_ = std::move(*client);
    }
    addresses_ = std::make_shared<Addresses>(executor_, group_, bare_host(uri_), uri_.port);
    slots_ = std::make_shared<Slots>(executor_, group_, std::max(1U, options_.connections));
    standing_ = std::make_shared<Standing>(
        name_, policy::BreakerRules{pool_->eject_after, pool_->eject_time, pool_->slow_start});
    return {};
}

policy::Candidate Origin::candidate(SteadyTime now) const {
    policy::Candidate candidate;
    candidate.id = id_;
    candidate.weight = options_.weight * standing_->share(now);
    candidate.backup = options_.backup;
    candidate.usable = standing_->may_try(now);
    candidate.load = slots_->used() + slots_->waiting();
    return candidate;
}

std::optional<Uri> Origin::uri_of(std::string_view target) const {
    return parse_uri(name_ + path_prefix_ + std::string{target});
}

// ---- connections

Task<Result<std::unique_ptr<Connection>>> Origin::open(SteadyTime deadline) {
    const auto self = shared_from_this();
    auto addresses = co_await addresses_->get(deadline);
    if (!addresses) co_return addresses.error();
    auto socket = co_await connect(executor_, *addresses, deadline, group_);
    if (!socket) {
        addresses_->doubt();
        co_return socket.error();
    }
    boost::system::error_code unknown;  // then it is not preferred
    addresses_->prefer(socket->remote_endpoint(unknown));
    auto stream = std::make_unique<Stream>(std::move(*socket), tls_);
    auto connection = std::make_unique<Connection>(std::move(stream), limits_, *group_);
    const auto secured = co_await connection->handshake(deadline);
    if (!secured) co_return secured.error();
    measures::connections_opened.add();
    co_return std::move(connection);
}

std::unique_ptr<Connection> Origin::take_idle() {
    std::unique_ptr<Connection> taken;
    while (!taken && !idle_.empty()) {
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        if (last.connection->is_alive()) taken = std::move(last.connection);
    }
    idle_count_ = static_cast<unsigned>(idle_.size());
    return taken;
}

// For a connection that will be opened: together with those that are kept they stay within the limit.
void Origin::make_room() {
    while (!idle_.empty() && idle_.size() + slots_->used() > std::max(1U, options_.connections))
        idle_.erase(idle_.begin());
    idle_count_ = static_cast<unsigned>(idle_.size());
}

void Origin::keep(std::unique_ptr<Connection> connection) {
    if (group_->ended() || options_.keep_alive == Milliseconds{0} || !connection->is_reusable()) return;
    if (idle_.size() + slots_->used() >= std::max(1U, options_.connections) + slots_->waiting()) return;
    idle_.push_back({std::move(connection), steady_now()});
    idle_count_ = static_cast<unsigned>(idle_.size());
}

void Origin::close_idle(SteadyTime now) {
    std::erase_if(idle_, [&](const Idle& idle) {
        return now - idle.since >= options_.keep_alive || !idle.connection->is_alive();
    });
    idle_count_ = static_cast<unsigned>(idle_.size());
}

void Origin::close_all() {
    idle_.clear();
    idle_count_ = 0;
}

// ---- calls

// The request as it goes on the wire; nothing when its target can't be signed.
std::optional<std::string> Origin::wire_text(const Call& call, std::string_view target, bool absolute,
                                             WallTime now) const {
    std::string full = absolute ? std::string{target} : path_prefix_ + std::string{target};
    // What is asked in our own name (health, buckets) has our own host.
    const bool passed_on = pool_->client_host && !s3_ && !call.host.empty();
    const std::string& host = passed_on ? call.host : host_field_;
    http::FieldList signature;
    if (s3_) {
        const auto question = std::min(full.find('?'), full.size());
        const auto plain = s3_target(std::string_view{full}.substr(0, question),
                                     std::string_view{full}.substr(std::min(question + 1, full.size())));
        if (!plain) return std::nullopt;
        full = plain->query.empty() ? plain->path : plain->path + "?" + plain->query;
        signature = sign(*s3_, call.method, host, *plain, call.fields.find("Range"), now);
    }
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", call.method, full, host);
    for (std::size_t i = 0; i < call.fields.size(); ++i) {
        const http::Field field = call.fields[i];
        // A bucket is asked in our name: what a client signs itself with is not for it.
        const bool clients_own =
            s3_ && (iequals(field.name, "Authorization") || iequals(field.name.substr(0, 6), "x-amz-"));
        if (!clients_own) text.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    text += signature.text();
    const bool may_have_body = call.method != "GET" && call.method != "HEAD";
    if (!call.body.empty() || may_have_body) text += fmt::format("Content-Length: {}\r\n", call.body.size());
    text += "\r\n";
    text += call.body;
    return text;
}

Task<Origin::Answer> Origin::ask(const Call& call, std::string target, bool absolute) {
    const auto self = shared_from_this();
    const SteadyTime began = steady_now();
    Standing::Trial trial{standing_};
    auto slot = co_await slots_->take(began + pool_->connect_timeout);
    if (group_->ended()) co_return Errc::origin_none;
    if (!slot) {
        count_failure(slot.error());  // our limit, not its fault
        co_return slot.error();
    }
    measures::requests.add();
    const auto text = wire_text(call, target, absolute, wall_now());
    if (!text) co_return Errc::bad_request;
    const bool idempotent = is_idempotent(call.method);
    // What may not be sent twice is not sent where nobody may be listening any more.
    std::unique_ptr<Connection> connection = idempotent ? take_idle() : nullptr;
    const SteadyTime whole_by = began + pool_->whole_timeout;
    boost::system::error_code error;
    while (!group_->ended()) {
        const bool kept = connection != nullptr;
        if (kept) {
            measures::connections_reused.add();
        } else {
            make_room();
            auto opened = co_await open(std::min(steady_now() + pool_->connect_timeout, whole_by));
            if (!opened) {
                error = opened.error();
                break;
            }
            connection = std::move(*opened);
        }
        Response::Times times{wall_now(), {}};
        const SteadyTime asked = steady_now();
        auto head = co_await connection->ask(*text, call.method == "HEAD",
                                             std::min(asked + pool_->first_byte_timeout, whole_by));
        if (head) {
            times.received = wall_now();
            standing_->note_first_byte(std::chrono::duration_cast<Milliseconds>(steady_now() - asked));
            if (is_failure(head->status)) {
                trial.fail_with_status(head->status);
            } else {
                trial.answered();
            }
            Exchange::Parts parts{
                self,  std::move(*slot), std::move(trial), std::move(connection), std::move(*head),
                times, whole_by};
            co_return std::make_unique<Exchange>(std::move(parts));
        }
        error = head.error();
        // It was closed while nobody looked, as servers do with what is idle: no failure.
        if (!kept || connection->heard() || error != Errc::origin_reset) break;
        measures::connections_stale.add();
        connection.reset();
    }
    if (group_->ended()) co_return Errc::origin_none;
    trial.fail(error);
    co_return error;
}

// ---- health

// Over a connection of its own, which the limit does not count: a busy origin is not a sick one.
Task<boost::system::error_code> Origin::try_health(int& status) {
    const SteadyTime deadline = steady_now() + pool_->health_timeout;
    auto connection = co_await open(deadline);
    if (!connection) co_return connection.error();
    const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                                            pool_->health_path, host_field_);
    const auto head = co_await (*connection)->ask(request, false, deadline);
    if (!head) co_return head.error();
    status = head->status;
    co_return boost::system::error_code{};
}

Task<void> Origin::check_health() {
    const auto self = shared_from_this();
    int status = 0;
    const auto error = co_await try_health(status);
    if (group_->ended()) co_return;
    const bool healthy = !error && (status / 100 == 2 || status / 100 == 3);
    standing_->note_check(healthy, error ? error.message() : fmt::format("it answered {}", status));
}

void Origin::show(OriginStatus& status, SteadyTime now) const {
    standing_->show(status, now);
    status.pool = pool_->name;
    status.backup = options_.backup;
    status.active = slots_->used();
    status.waiting = slots_->waiting();
    status.idle = idle_count_.load(std::memory_order_relaxed);
}

}  // namespace outpost::cdn::origin
