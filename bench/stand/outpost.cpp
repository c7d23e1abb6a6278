#include <fmt/format.h>

#include "bench/stand/contestant.hpp"

namespace outpost::bench {
namespace {

// As it comes, but for what a load test from one address must have.
std::string common(const Site& site) {
    std::string out = fmt::format(R"([server]
threads = 1                        # it has one core
drain = "2s"
[[listen]]
address = "127.0.0.1:{}"
backlog = 4096
tls = {}
[limits]
connections = 100000
connections_per_address = 100000   # all boxes are at one address
[admin]
address = "127.0.0.1:{}"           # metrics are counted whether asked for or not
[access_log]
path = {}
)",
                                  site.port, site.certificate.has_value(), site.admin_port,
                                  in_quotes(site.folder / "access.log"));
    if (site.certificate)
        out += fmt::format("[[certificate]]\nchain = {}\nkey = {}\n[tls]\nminimum = \"1.3\"\n",
                           in_quotes(site.certificate->chain), in_quotes(site.certificate->key));
    if (!site.token_key_folder.empty())
        out +=
            fmt::format("[auth]\nkeys = {}\n[[access]]\nprefix = \"/\"\n", in_quotes(site.token_key_folder));
    return out;
}

}  // namespace

std::string outpost_configuration(const Site& site, bool edge) {
    if (!edge)
        return common(site) + fmt::format("[library]\ndirectory = {}\n", in_quotes(site.content / "library"));
    return common(site) + fmt::format(R"([edge]
[[pool]]
name = "main"
[[origin]]
pool = "main"
url = "http://127.0.0.1:{}"
[[disk]]
directory = {}
size = "{}B"
)",
                                      site.origin_port, in_quotes(site.folder / "disk"), site.cache.count());
}

Outcome<Recipe> outpost_recipe(const Site& site, bool edge) {
    std::error_code error;
    if (!std::filesystem::exists(site.outpost, error))
        return Problem{site.outpost.string(), "the program is not there", "build it, or name another"};
    if (edge) std::filesystem::create_directories(site.folder / "disk", error);
    Recipe recipe;
    recipe.file = site.folder / "outpost.toml";
    recipe.configuration = outpost_configuration(site, edge);
    recipe.words = {site.outpost, "serve", "--config", recipe.file};
    recipe.hangup_reloads = true;
    if (edge)
        recipe.purge_all = {
            {site.outpost, "purge", "--all", "--admin", fmt::format("http://127.0.0.1:{}", site.admin_port)}};
    return recipe;
}

}  // namespace outpost::bench
