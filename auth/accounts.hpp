// Who may use the admin API, and how far. An account is told by a bearer key (RFC 6750) of which the node
// knows the hash alone. Thread rule: values; find() from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/facts.hpp"
#include "auth/keys/secret.hpp"

namespace outpost::auth {

// Each may do what those before it may. (An enumerator can't be called operator.)
enum class Role { view, operate, administer };
std::string_view to_text(Role role);  // "viewer", "operator", "administrator"
std::optional<Role> parse_role(std::string_view text);

struct Account {
    std::string name;
    Role role = Role::view;
    Sha256 key_hash{};
};

class Accounts {
  public:
    Accounts() = default;
    explicit Accounts(std::vector<Account> accounts) : accounts_{std::move(accounts)} {}
    [[nodiscard]] bool empty() const { return accounts_.empty(); }
    // Whose key it is, or null. How long it takes does not depend on how nearly it is somebody's.
    [[nodiscard]] const Account* find(std::string_view key) const;

  private:
    std::vector<Account> accounts_;
};

// "outpost-" and 32 random bytes in base64url. Nothing when the system has no randomness.
std::optional<Secret> make_account_key();
// "sha256:" and 64 hexadecimal digits, as the configuration has it.
std::string key_hash_text(std::string_view key);
std::optional<Sha256> parse_key_hash(std::string_view text);

// What may stand behind "Bearer " (token68 of RFC 9110 section 11.2), within a length.
bool is_bearer_key(std::string_view text);

}  // namespace outpost::auth
