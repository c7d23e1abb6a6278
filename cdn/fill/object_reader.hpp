// Reads a part of an object for one client, at the client's pace: what is there at once, what is on its way
// when it comes, what nobody brings by asking for it. When the object can't be completed for a reason that is
// ours (a disk that failed, no room), the rest passes through from the origin and the client notices nothing.
// Thread rule: its connection's thread.
#pragma once

#include <memory>
#include <optional>

#include "base/body.hpp"
#include "cdn/fill/filler.hpp"

namespace outpost::cdn {

class ObjectReader final : public BodySource {
  public:
    // `end` may be UINT64_MAX: to its end, wherever that is. The request outlives the reader.
    ObjectReader(Filler& filler, EntryPtr entry, std::shared_ptr<Object> object, const Question& question,
                 std::uint64_t begin, std::uint64_t end);
    ~ObjectReader() override;

    Result<BodyStep> poll() override;
    Task<void> wait() override;
    void broken(boost::system::error_code error) override;

    // Whether the first window is there already; if so begin() need not be awaited.
    bool begun();
    // Until the first window is there. An error: nothing has been sent yet, so something else may be.
    Task<boost::system::error_code> begin();
    // Whether the origin had to be asked for some of it.
    [[nodiscard]] bool asked() const { return asked_; }

  private:
    Result<BodyStep> step();
    [[nodiscard]] const AskPtr& ask();
    [[nodiscard]] Presence* client() const { return question_.request.presence; }
    Result<BodyStep> missing(const Object::View& view);
    Task<void> check();
    Task<void> await_change();
    Result<BodyStep> detour_or(boost::system::error_code error);
    Result<BodyStep> take_detour();
    Task<void> await_detour();

    Filler& filler_;
    EntryPtr entry_;
    std::shared_ptr<Object> object_;
    Question question_;
    AskPtr ask_;  // made when it is first needed
    std::atomic<std::uint64_t> position_;
    std::uint64_t end_;
    std::uint64_t checked_ = 0;  // what lies before this has been read and checked for us
    Object::View view_;          // of the last look
    std::uint64_t failures_;     // that the object had when we came
    BodyStep first_;             // what begin() found
    bool asked_ = false;
    std::shared_ptr<Passage> detour_;
    bool detour_begun_ = false;
    boost::system::error_code error_;
};

}  // namespace outpost::cdn
