// The bytes of a reply: a sequence of windows. A window is a file range or a span of memory, kept alive by
// the Body. Transports deliver windows and know nothing else. Thread rule: a Body belongs to one connection;
// what it points to is shared and immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.hpp"
#include "base/units.hpp"

namespace outpost::server {

using SharedText = std::shared_ptr<const std::string>;
using SharedFile = std::shared_ptr<const Fd>;

struct MemoryWindow {
    SharedText owner;  // null for bytes that live as long as the program
    std::string_view bytes;
};

struct FileWindow {
    SharedFile file;
    ByteRange range;
};

using Window = std::variant<MemoryWindow, FileWindow>;

inline std::uint64_t size_of(const Window& window) {
    if (const auto* memory = std::get_if<MemoryWindow>(&window)) return memory->bytes.size();
    return std::get<FileWindow>(window).range.length;
}

class Body {
  public:
    Body() = default;
    static Body of(SharedText text) {
        const std::string_view bytes = *text;
        return Body{MemoryWindow{std::move(text), bytes}};
    }
    static Body of(std::string text) { return of(std::make_shared<const std::string>(std::move(text))); }
    static Body of_static(std::string_view bytes) { return Body{MemoryWindow{nullptr, bytes}}; }
    static Body of(SharedFile file, ByteRange range) { return Body{FileWindow{std::move(file), range}}; }

    [[nodiscard]] std::uint64_t size() const { return window_ ? size_of(*window_) : 0; }
    // Only [range.offset, range.end()) of it, which must lie inside.
    [[nodiscard]] Body slice(ByteRange range) const;
    // The next window, each once; nothing at the end. A cache object still arriving will have to wait here.
    [[nodiscard]] std::optional<Window> next() { return std::exchange(window_, std::nullopt); }

  private:
    explicit Body(Window window) : window_{std::move(window)} {}
    std::optional<Window> window_;
};

inline Body Body::slice(ByteRange range) const {
    if (!window_) return {};
    if (const auto* memory = std::get_if<MemoryWindow>(&*window_)) {
        return Body{MemoryWindow{memory->owner, memory->bytes.substr(range.offset, range.length)}};
    }
    const auto& file = std::get<FileWindow>(*window_);
    return Body{FileWindow{file.file, {file.range.offset + range.offset, range.length}}};
}

}  // namespace outpost::server
