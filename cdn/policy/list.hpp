// Comma-separated lists of field values (RFC 9110 section 5.6.1), walked without allocating.
// Thread rule: values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outpost::cdn::policy {

bool is_tchar(char c);
bool is_token(std::string_view text);  // RFC 9110 section 5.6.2; not empty

// The members of one field line, in order.
class Members {
  public:
    explicit Members(std::string_view list) : rest_{list} {}

    // Without the blanks around it; empty members are skipped. A comma inside a quoted string does not
    // separate. From a quote that never closes on, quotes are ordinary characters (looked for once: a line
    // costs its length). Nothing at the end.
    std::optional<std::string_view> next();

  private:
    std::string_view rest_;
    bool quotes_ = true;
};

// What a quoted string stands for, without its quotes and escapes; nothing when `text` is not exactly one.
std::optional<std::string> unquote(std::string_view text);

}  // namespace outpost::cdn::policy
