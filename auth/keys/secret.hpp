// Bytes that nobody else may see: wiped when they die, never copied by accident, never printed.
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>

namespace outpost::auth {

void wipe(std::string& text) noexcept;

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string&& bytes) noexcept : bytes_{std::move(bytes)} { wipe(bytes); }
    Secret(Secret&& other) noexcept : bytes_{std::move(other.bytes_)} { wipe(other.bytes_); }
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(bytes_); }

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

  private:
    std::string bytes_;
};

}  // namespace outpost::auth
