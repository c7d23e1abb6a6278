// The bytes of a reply: a sequence of windows. A window is a file range or a span of memory, kept alive by
// the Body. Transports deliver windows and know nothing else. A body that is there is one window; one that is
// still arriving comes from a BodySource, which has its reader wait. Thread rule: a Body belongs to one
// connection; what its windows point to is shared and immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/async.hpp"
#include "base/file.hpp"
#include "base/units.hpp"

namespace outpost {

using SharedText = std::shared_ptr<const std::string>;
using SharedFile = std::shared_ptr<const Fd>;

struct MemoryWindow {
    std::shared_ptr<const void> owner;  // null for bytes that live as long as the program
    std::string_view bytes;
};

struct FileWindow {
    SharedFile file;
    ByteRange range;
    bool resident = false;  // it was found to be in memory just now
};

using Window = std::variant<MemoryWindow, FileWindow>;

inline std::uint64_t size_of(const Window& window) {
    if (const auto* memory = std::get_if<MemoryWindow>(&window)) return memory->bytes.size();
    return std::get<FileWindow>(window).range.length;
}

// What a body gives when it is asked: a window, nothing yet (wait() for it), or, as a window of size 0, its
// end.
using BodyStep = std::optional<Window>;

// Where windows come from that are not there yet.
class BodySource {
  public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;
    // Never blocks. After an error the body can't be completed and nothing more may be asked.
    virtual Result<BodyStep> poll() = 0;
    // Ends when poll() may have more to say; within the source's own limits of time.
    virtual Task<void> wait() = 0;
    // A window's file could not be read while it was sent. The body ends here; others may learn of it.
    virtual void broken(boost::system::error_code) {}
};

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
    // `size` is nothing while nobody can know how long it will be.
    static Body of(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> size) {
        Body body;
        body.source_ = std::move(source);
        body.size_ = size;
        return body;
    }

    // One that is not sent and whose length nobody knows: of a reply to HEAD.
    static Body of_unknown_size() {
        Body body;
        body.size_.reset();
        return body;
    }

    // Nothing when only its end will tell.
    [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }
    // Only [range.offset, range.end()) of it, which must lie inside. For bodies without a source.
    [[nodiscard]] Body slice(ByteRange range) const;

    // As BodySource.
    [[nodiscard]] Result<BodyStep> poll() {
        if (source_) return source_->poll();
        if (window_) return BodyStep{*std::exchange(window_, std::nullopt)};
        return BodyStep{MemoryWindow{}};
    }
    [[nodiscard]] Task<void> wait() { return source_->wait(); }
    void broken(boost::system::error_code error) {
        if (source_) source_->broken(error);
    }

  private:
    explicit Body(Window window) : window_{std::move(window)}, size_{size_of(*window_)} {}
    std::optional<Window> window_;
    std::unique_ptr<BodySource> source_;
    std::optional<std::uint64_t> size_{0};
};

inline Body Body::slice(ByteRange range) const {
    if (!window_) return {};
    if (const auto* memory = std::get_if<MemoryWindow>(&*window_)) {
        return Body{MemoryWindow{memory->owner, memory->bytes.substr(range.offset, range.length)}};
    }
    const auto& file = std::get<FileWindow>(*window_);
    return Body{FileWindow{file.file, {file.range.offset + range.offset, range.length}}};
}

}  // namespace outpost
