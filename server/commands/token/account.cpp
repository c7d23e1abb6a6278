#include "server/commands/token/account.hpp"

#include <fmt/format.h>

#include "auth/accounts.hpp"
#include "config/rules_origin.hpp"
#include "server/commands/api_client.hpp"
#include "server/commands/token/inputs.hpp"

namespace outpost::server {
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
        if (auto written = write_new_file(words.out, std::string{key->bytes()} + "\n", 0600); !written)
            return written.error();
        said = fmt::format("# The key is in {}; give it to who uses it, and let nobody else read it.\n",
                           printable(words.out));
    }
    return said + fmt::format("[[account]]\nname = \"{}\"\nrole = \"{}\"\nkey_hash = \"{}\"\n", words.name,
                              words.role, auth::key_hash_text(key->bytes()));
}

}  // namespace outpost::server
