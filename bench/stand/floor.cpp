#include <fmt/format.h>

#include "bench/stand/contestant.hpp"

namespace outpost::bench {

Outcome<Recipe> floor_recipe(const Site& site) {
    if (site.certificate) return Problem{"floor", "has no TLS", "compare without TLS, or leave it out"};
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return Problem{"/proc/self/exe", error.message(), ""};
    Recipe recipe;
    recipe.words = {self, "floor", "--root", site.content / "www", "--port", fmt::format("{}", site.port)};
    recipe.configuration = "epoll and sendfile, one thread, no log: bench/stand/floor_server.cpp\n";
    return recipe;
}

}  // namespace outpost::bench
