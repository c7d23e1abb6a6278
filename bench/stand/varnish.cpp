#include <stdlib.h>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "bench/stand/child.hpp"
#include "bench/stand/contestant.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

// Its manual wants the working folder in memory: the shared log lies there, and on a disk the kernel would be
// writing it all the time. Modules are compiled into it, so programs must be allowed there.
std::optional<fs::path> folder_in_memory() {
    constexpr std::uint64_t room = 256 << 20;
    struct statvfs facts {};
    if (::statvfs("/dev/shm", &facts) != 0 || (facts.f_flag & ST_NOEXEC) != 0 ||
        facts.f_bavail * facts.f_frsize < room)
        return std::nullopt;
    std::string name = "/dev/shm/outpost-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return std::nullopt;
    return name;
}

}  // namespace

std::string varnish_configuration(const Site& site) {
    return fmt::format(R"(vcl 4.1;
backend origin {{
  .host = "127.0.0.1";
  .port = "{}";
  .connect_timeout = 3s;
  .first_byte_timeout = 5s;
  .between_bytes_timeout = 10s;
}}
sub vcl_recv {{
  # Queries (CMCD, tokens) make no other object, and cookies no private one.
  if (req.url ~ "\?") {{ set req.url = regsub(req.url, "\?.*$", ""); }}
  unset req.http.Cookie;
}}
sub vcl_backend_response {{
  set beresp.grace = 1h;  # what is stale is better than nothing while the origin is away
}}
sub vcl_deliver {{
  if (obj.hits > 0) {{ set resp.http.X-Cache = "HIT"; }} else {{ set resp.http.X-Cache = "MISS"; }}
}}
)",
                       site.origin_port);
}

Outcome<Recipe> varnish_recipe(const Site& site) {
    if (site.certificate)
        return Problem{"varnish", "has no TLS of its own", "compare without TLS, or leave it out"};
    const auto program = find_program("varnishd", "varnish");
    if (!program) return program.error();
    const auto log = find_program("varnishncsa", "varnish");
    if (!log) return log.error();
    const auto control = find_program("varnishadm", "varnish");
    if (!control) return control.error();
    Recipe recipe;
    recipe.file = site.folder / "varnish.vcl";
    const auto in_memory = folder_in_memory();
    const fs::path work = in_memory ? *in_memory : site.folder / "varnish";
    if (in_memory) recipe.remove_after = *in_memory;
    recipe.words = {*program, "-F",
                    // It would give up root, and then not reach folders that are root's alone.
                    "-j", "none", "-n", work, "-f", recipe.file, "-a", fmt::format("127.0.0.1:{}", site.port),
                    "-s", fmt::format("malloc,{}", site.cache.count()),
                    // It has one core: a second pool would only compete for it. A thread for each connection
                    // that is being sent something, which is each box behind a thin link.
                    "-p", "thread_pools=1", "-p", "thread_pool_max=20000", "-p", "listen_depth=4096"};
    // It keeps no access log itself: others read its shared memory. As what the rest write is part of their
    // cost, this is part of its.
    recipe.companion = {*log, "-n", work, "-t", "off", "-a", "-w", site.folder / "access.log"};
    recipe.purge_all = {*control, "-n", work, "ban", "obj.status", "!=", "0"};
    recipe.configuration = fmt::format("# {}\n# {}\n{}", fmt::join(recipe.words, " "),
                                       fmt::join(recipe.companion, " "), varnish_configuration(site));
    return recipe;
}

}  // namespace outpost::bench
