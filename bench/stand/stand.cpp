#include "bench/stand/stand.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>

#include "base/file.hpp"
#include "bench/stand/child.hpp"
#include "bench/stand/content.hpp"
#include "bench/stand/contestant.hpp"
#include "bench/stand/origin.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds patience{30'000};

constexpr std::array<std::pair<Contestant, std::string_view>, 6> names{{
    {Contestant::outpost_library, "outpost-library"},
    {Contestant::outpost_edge, "outpost-edge"},
    {Contestant::nginx_static, "nginx-static"},
    {Contestant::nginx_cache, "nginx-cache"},
    {Contestant::varnish, "varnish"},
    {Contestant::floor, "floor"},
}};

class LocalStand : public Stand {
  public:
    LocalStand(Contestant contestant, Site site, Recipe recipe, const StandOptions& options)
        : contestant_{contestant},
          site_{std::move(site)},
          recipe_{std::move(recipe)},
          core_{options.core},
          other_core_{options.origin_core} {}
    ~LocalStand() override {
        server_.end();
        std::error_code ignored;
        if (!recipe_.remove_after.empty()) fs::remove_all(recipe_.remove_after, ignored);
    }
    LocalStand(const LocalStand&) = delete;
    LocalStand& operator=(const LocalStand&) = delete;

    Outcome<void> start(const Cancellation& cancellation);

    [[nodiscard]] std::string url() const override {
        return fmt::format("{}://127.0.0.1:{}", site_.certificate ? "https" : "http", site_.port);
    }
    [[nodiscard]] pid_t process() const override { return server_.pid(); }
    [[nodiscard]] std::string version() const override {
        return contestant_ == Contestant::floor ? "floor" : version_of(recipe_.words.front());
    }
    [[nodiscard]] std::string configuration() const override { return recipe_.configuration; }
    Outcome<void> happen(const Event& event) override;
    [[nodiscard]] std::uint64_t origin_bytes() const override { return origin_ ? origin_->bytes_sent() : 0; }

  private:
    Outcome<void> reload();
    Outcome<void> purge_all();
    [[nodiscard]] Problem has_no_way_to(std::string_view what) const;

    const Contestant contestant_;
    const Site site_;
    const Recipe recipe_;
    const int core_, other_core_;
    std::unique_ptr<Origin> origin_;
    Child server_;
};

Outcome<void> LocalStand::start(const Cancellation& cancellation) {
    if (has_origin(contestant_)) {
        auto origin = Origin::start(site_, other_core_, cancellation);
        if (!origin) return origin.error();
        origin_ = std::move(*origin);
    }
    if (!recipe_.file.empty())
        if (auto wrote = write_file_atomically(recipe_.file, recipe_.configuration); !wrote) return wrote;
    ChildPlan plan;
    plan.words = recipe_.words;
    plan.companion = recipe_.companion;
    plan.core = core_;
    plan.output = site_.folder / "server.output";
    auto child = Child::start(plan);
    if (!child) return child.error();
    server_ = std::move(*child);
    return wait_for_port(server_, site_.port, patience, cancellation);
}

Outcome<void> LocalStand::happen(const Event& event) {
    if (event.what == Happening::reload) return reload();
    if (event.what == Happening::purge_all) return purge_all();
    if (!origin_)
        return Problem{std::string{name_of(contestant_)}, "has no origin to which anything could happen",
                       "choose an edge"};
    switch (event.what) {
        case Happening::origin_dies: origin_->die(event.lasts); break;
        case Happening::origin_stalls: origin_->stall(event.lasts); break;
        default: return origin_->come_back();
    }
    return {};
}

Outcome<void> LocalStand::reload() {
    if (!recipe_.hangup_reloads) return has_no_way_to("reload");
    // To the process that leads alone: nginx's workers would take it for their end.
    if (server_.pid() > 0) ::kill(server_.pid(), SIGHUP);
    return {};
}

Outcome<void> LocalStand::purge_all() {
    if (recipe_.purge_all.empty()) return has_no_way_to("purge");
    ChildPlan plan;
    plan.words = recipe_.purge_all;
    plan.core = other_core_;  // what it costs to ask is not the server's
    plan.output = site_.folder / "purge.output";
    return run_child(plan, patience);
}

Problem LocalStand::has_no_way_to(std::string_view what) const {
    return {std::string{name_of(contestant_)}, fmt::format("has no way to {}", what),
            "leave it out of this scenario"};
}

Outcome<Recipe> recipe_for(Contestant contestant, const Site& site) {
    switch (contestant) {
        case Contestant::outpost_library: return outpost_recipe(site, false);
        case Contestant::outpost_edge: return outpost_recipe(site, true);
        case Contestant::nginx_static: return nginx_recipe(site, "nginx", nginx_static_configuration(site));
        case Contestant::nginx_cache: return nginx_recipe(site, "nginx", nginx_cache_configuration(site));
        case Contestant::varnish: return varnish_recipe(site);
        case Contestant::floor: return floor_recipe(site);
    }
    return Problem{"", "there is no such contestant", ""};
}

// All that there is to keep, unless a cache that is too small is what it is about.
Bytes usual_cache(const fs::path& content) { return content_kind(content) == "longtail" ? 512_MiB : 4_GiB; }

Outcome<Site> site_for(const StandOptions& options) {
    std::error_code error;
    Site site;
    site.folder = fs::absolute(options.folder, error);
    site.content = fs::absolute(options.content, error);
    site.outpost = fs::absolute(options.outpost, error);
    site.cache = options.cache > Bytes{} ? options.cache : usual_cache(site.content);
    if (!options.token_key_folder.empty())
        site.token_key_folder = fs::absolute(options.token_key_folder, error).string();
    for (std::uint16_t* each : {&site.port, &site.admin_port, &site.origin_port}) {
        auto port = free_port();
        if (!port) return port.error();
        *each = *port;
    }
    if (!fs::is_directory(site.content / "www", error))
        return Problem{site.content.string(), "there is no content", "make it first"};
    if (options.tls) {
        auto certificate = make_certificate(site.folder);
        if (!certificate) return certificate.error();
        site.certificate = std::move(*certificate);
    }
    return site;
}

}  // namespace

std::string_view name_of(Contestant contestant) {
    for (const auto& [value, name] : names)
        if (value == contestant) return name;
    return "";
}

std::optional<Contestant> contestant_of(std::string_view name) {
    for (const auto& [value, each] : names)
        if (each == name) return value;
    return std::nullopt;
}

bool has_origin(Contestant contestant) {
    return contestant == Contestant::outpost_edge || contestant == Contestant::nginx_cache ||
           contestant == Contestant::varnish;
}

std::string in_quotes(const fs::path& path) {
    std::string out = "\"";
    for (const char c : path.string()) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

Outcome<std::unique_ptr<Stand>> start_stand(Contestant contestant, const StandOptions& options,
                                            const Cancellation& cancellation) {
    auto site = site_for(options);
    if (!site) return site.error();
    auto recipe = recipe_for(contestant, *site);
    if (!recipe) return recipe.error();
    auto stand = std::make_unique<LocalStand>(contestant, std::move(*site), std::move(*recipe), options);
    if (auto started = stand->start(cancellation); !started) return started.error();
    return std::unique_ptr<Stand>{std::move(stand)};
}

}  // namespace outpost::bench
