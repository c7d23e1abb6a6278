#include "server/commands/token/account.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "auth/accounts.hpp"
#include "base/file.hpp"
#include "config/rules_origin.hpp"
#include "server/commands/api_client.hpp"

namespace outpost::server {
namespace {

// A file that is there is somebody's key already, so it is left alone.
Outcome<void> write_key(const std::string& path, std::string_view key) {
    const auto problem = [&path](int error) {
        return Problem{
            path,
            error == EEXIST ? "is there already" : fmt::format("can't be written: {}", std::strerror(error)),
            "name a new file by --out"};
    };
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file) return problem(errno);
    for (std::string_view left : {key, std::string_view{"\n"}}) {
        while (!left.empty()) {
            const ssize_t n = ::write(file.get(), left.data(), left.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                const int error = errno;
                ::unlink(path.c_str());
                return problem(error);
            }
            left.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    if (::fsync(file.get()) != 0) return problem(errno);
    return {};
}

}  // namespace

Outcome<std::string> make_account(const AccountWords& words) {
    if (!config::is_plain_name(words.name))
        return Problem{"--account " + printable(words.name.substr(0, 64)), "is not a name",
                       "write letters, digits, - . and _"};
    const auto role = auth::parse_role(words.role);
    if (!role)
        return Problem{"--role " + printable(words.role.substr(0, 64)), "is not a role",
                       "write viewer, operator or administrator"};
    const auto key = auth::make_account_key();
    if (!key) return Problem{"", "the system gives no randomness", ""};
    std::string said;
    if (words.out.empty()) {
        fmt::print("key, shown this once: {}\n\n", key->bytes());
    } else {
        if (auto written = write_key(words.out, key->bytes()); !written) return written.error();
        said = fmt::format("# The key is in {}; give it to who uses it, and let nobody else read it.\n",
                           printable(words.out));
    }
    return said + fmt::format("[[account]]\nname = \"{}\"\nrole = \"{}\"\nkey_hash = \"{}\"\n", words.name,
                              words.role, auth::key_hash_text(key->bytes()));
}

}  // namespace outpost::server
