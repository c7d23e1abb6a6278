// outpost token keygen --account: a key for the admin API, and the lines of the configuration that let it in.
// Thread rule: one thread.
#pragma once

#include <string>

#include "base/result.hpp"

namespace outpost::server {

struct AccountWords {
    std::string name, role = "viewer";
    std::string out;  // file for the key; "" prints it
};

// Makes the key, puts it into a new file of mode 0600 or on standard output, and returns what is left to
// print. The key is shown this once and kept nowhere else.
Outcome<std::string> make_account(const AccountWords& words);

}  // namespace outpost::server
