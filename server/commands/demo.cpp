#include "server/commands/demo.hpp"

#include "base/file.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {
namespace {

constexpr std::string_view demo_configuration =
    R"(# A node to try Outpost out. `outpost config` lists every option.

[[listen]]
address = "0.0.0.0:8080"

[[listen]]
address = "0.0.0.0:8443"
tls = true

[[certificate]]
chain = "demo-certificate.pem"
key = "demo-key.pem"

[library]
directory = "library"
rescan = "5s"

[access_log]
path = "access.log"
)";

}  // namespace

Outcome<std::filesystem::path> prepare_demo(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory / "library", error);
    if (error)
        return Problem{directory.string(), "can't be made: " + error.message(), "choose another directory"};
    if (const auto certificate = make_demo_certificate(directory); !certificate) return certificate.error();
    std::filesystem::path file = directory / "outpost.toml";
    if (!std::filesystem::exists(file, error)) {
        if (const auto wrote = write_file_atomically(file, demo_configuration); !wrote) return wrote.error();
    }
    return file;
}

}  // namespace outpost::server
