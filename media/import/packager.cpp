#include "media/import/packager.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <unistd.h>

#include <fmt/format.h>
#include <xxhash.h>

#include "media/mp4/write.hpp"

namespace outpost::media {
namespace {

constexpr std::uint64_t most_buffered = 512 << 20;  // of a segment, and of one of the muxer's fragments

struct FreeHash {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

// Which samples begin a segment.
class Cutter {
  public:
    explicit Cutter(Cuts cuts) : cuts_{std::move(cuts)} {}

    bool cuts_before(const mp4::Sample& sample, bool video, std::uint32_t timescale) {
        if (video && !sample.sync) return false;
        if (video && cuts_.every_key_frame) return true;
        const Ticks middle{sample.presentation_time + sample.duration / 2, timescale};
        bool cuts = false;
        while (auto boundary = next_boundary(video)) {
            if (middle < *boundary) break;
            ++passed_;
            cuts = true;
        }
        return cuts;
    }

  private:
    [[nodiscard]] std::optional<Ticks> next_boundary(bool video) const {
        const std::vector<Ticks>& known = cuts_.boundaries;
        if (passed_ < known.size()) return known[passed_];
        if (video) return std::nullopt;
        // Half a segment more after the last, so that sound a little longer than the picture stays whole.
        const auto beyond = static_cast<std::int64_t>(passed_ - known.size());
        const std::int64_t nominal = cuts_.nominal.count();
        if (known.empty()) return Ticks{(beyond + 1) * nominal, 1000};
        return Ticks{known.back().to_milliseconds().count() + (beyond + 1) * nominal + nominal / 2, 1000};
    }

    Cuts cuts_;
    std::size_t passed_ = 0;
};

}  // namespace

class Packager::Work {
  public:
    Work(Fd file, Cuts cuts) : file_{std::move(file)}, cutter_{std::move(cuts)}, hash_{XXH3_createState()} {
        XXH3_64bits_reset(hash_.get());
    }

    bool feed(std::string_view bytes);
    Outcome<PackagedTrack> finish();
    [[nodiscard]] Milliseconds position() const;

    std::optional<Problem> problem;

  private:
    bool take_boxes();
    bool take_header(std::string_view moov_body);
    bool write_init(std::span<const mp4::Sample> samples);
    bool take_fragment(std::string_view moof, std::string_view after);
    bool take_sample(mp4::Sample sample, std::string_view data);
    bool place_in_time(mp4::Sample& sample);
    bool flush_fragment();
    bool write(std::string_view bytes);
    bool fail(Problem why) {
        problem = std::move(why);
        return false;
    }
    [[nodiscard]] bool video() const { return header_->handler == mp4::fourcc("vide"); }

    Fd file_;
    Cutter cutter_;
    std::unique_ptr<XXH3_state_t, FreeHash> hash_;
    std::string incoming_;
    std::optional<mp4::TrackHeader> header_;
    std::string moov_;                  // until the init segment is written
    std::int64_t media_time_ = 0;       // see mp4/write.hpp
    std::vector<mp4::Sample> samples_;  // of the fragment being gathered
    std::string payload_;
    std::vector<std::uint64_t> segment_offsets_;
    bool next_begins_segment_ = true;
    std::uint64_t written_ = 0;
    std::uint32_t sequence_ = 0;
    std::optional<std::int64_t> first_decode_, first_presentation_;
    std::int64_t end_ = 0;
};

bool Packager::Work::feed(std::string_view bytes) {
    if (problem) return false;
    incoming_ += bytes;
    if (incoming_.size() > most_buffered) {
        return fail({"", "a fragment is larger than 512 MiB", "give it key frames more often"});
    }
    return take_boxes();
}

// Consumes whole boxes from the front; a moof waits for the mdat behind it.
bool Packager::Work::take_boxes() {
    std::string_view rest = incoming_;
    while (!mp4::needs_more(rest)) {
        const auto head = mp4::read_head(rest);
        if (!head || head->size == 0) return fail({"", "the muxer's output is malformed", ""});
        if (head->size > rest.size()) break;
        const std::string_view whole = rest.substr(0, head->size);
        std::uint64_t used = head->size;
        if (head->type == mp4::fourcc("moov")) {
            if (!take_header(whole.substr(head->head_size))) return false;
        } else if (head->type == mp4::fourcc("moof")) {
            const std::string_view after = rest.substr(head->size);
            const auto data = mp4::read_head(after);
            if (!data || data->size > after.size()) break;
            if (!take_fragment(whole, rest.substr(0, head->size + data->size))) return false;
            used += data->size;
        }
        rest.remove_prefix(used);
    }
    incoming_.erase(0, incoming_.size() - rest.size());
    return true;
}

bool Packager::Work::take_header(std::string_view moov_body) {
    if (header_) return fail({"", "the muxer wrote two headers", ""});
    auto header = mp4::read_header(moov_body);
    if (!header) return fail(header.error());
    header_ = std::move(*header);
    moov_ = moov_body;
    return true;
}

// The init segment waits for the first samples: they tell how much later than decoded pictures are presented.
bool Packager::Work::write_init(std::span<const mp4::Sample> samples) {
    for (const mp4::Sample& sample : samples) {
        media_time_ = std::max(media_time_, sample.decode_time - sample.presentation_time);
    }
    if (!video() || media_time_ > INT32_MAX) media_time_ = 0;
    const auto init = mp4::write_init(std::exchange(moov_, {}), media_time_);
    if (!init) return fail(init.error());
    return write(*init);
}

bool Packager::Work::take_fragment(std::string_view moof, std::string_view with_data) {
    if (!header_) return fail({"", "the muxer wrote samples before their header", ""});
    const auto samples = mp4::read_samples(moof, *header_);
    if (!samples) return fail(samples.error());
    if (!moov_.empty() && !write_init(*samples)) return false;
    for (const mp4::Sample& sample : *samples) {
        if (sample.offset > with_data.size() || sample.size > with_data.size() - sample.offset) {
            return fail({"", "the muxer's output is malformed", ""});
        }
        if (!take_sample(sample, with_data.substr(sample.offset, sample.size))) return false;
    }
    return true;
}

// Moves the sample so that the first picture is decoded and presented at 0 (sound keeps its place), and
// says whether it is wanted: pictures before the first key frame and sound before 0 are not.
bool Packager::Work::place_in_time(mp4::Sample& sample) {
    if (video()) {
        if (!first_decode_ && !sample.sync) return false;
        if (!first_decode_) first_decode_ = sample.decode_time;
        if (!first_presentation_) first_presentation_ = sample.presentation_time;
        sample.decode_time -= *first_decode_;
        sample.presentation_time -= *first_presentation_;
    }
    return sample.presentation_time >= 0;
}

bool Packager::Work::take_sample(mp4::Sample sample, std::string_view data) {
    if (!place_in_time(sample)) return true;
    if (!samples_.empty()) {
        const std::int64_t lasted = sample.decode_time - samples_.back().decode_time;
        if (lasted <= 0 || lasted > UINT32_MAX) return fail({"", "its timestamps go back", ""});
        samples_.back().duration = static_cast<std::uint32_t>(lasted);
    }
    const bool first = samples_.empty() && segment_offsets_.empty() && next_begins_segment_;
    const bool cuts = !first && cutter_.cuts_before(sample, video(), header_->timescale);
    // In a segment of several groups of pictures each is a fragment, so that its key frame can be read alone.
    if (cuts || (video() && sample.sync && !samples_.empty())) {
        if (!flush_fragment()) return false;
        if (cuts) next_begins_segment_ = true;
    }
    end_ = std::max(end_, sample.presentation_time + sample.duration);
    samples_.push_back(sample);
    payload_ += data;
    if (payload_.size() > most_buffered || samples_.size() > mp4::most_samples) {
        return fail({"", "a segment is larger than 512 MiB", "give it key frames more often"});
    }
    return true;
}

bool Packager::Work::flush_fragment() {
    if (samples_.empty()) return true;
    if (next_begins_segment_) segment_offsets_.push_back(written_);
    next_begins_segment_ = false;
    const bool ok = write(mp4::write_segment_head(++sequence_, header_->track_id, media_time_, samples_)) &&
                    write(payload_);
    samples_.clear();
    payload_.clear();
    return ok;
}

bool Packager::Work::write(std::string_view bytes) {
    XXH3_64bits_update(hash_.get(), bytes.data(), bytes.size());
    while (!bytes.empty()) {
        const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            return fail({"", fmt::format("a track can't be written: {}", std::strerror(errno)),
                         errno == ENOSPC ? "make room in the library and run the same command again" : ""});
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
        written_ += static_cast<std::uint64_t>(n);
    }
    return true;
}

Milliseconds Packager::Work::position() const {
    return header_ ? Ticks{end_, header_->timescale}.to_milliseconds() : Milliseconds{0};
}

Outcome<PackagedTrack> Packager::Work::finish() {
    if (!problem && !incoming_.empty() && !mp4::needs_more(incoming_)) {
        const auto head = mp4::read_head(incoming_);
        if (head && (head->type == mp4::fourcc("moof") || head->type == mp4::fourcc("mdat"))) {
            fail({"", "the muxer's output ends in the middle of a fragment", ""});
        }
    }
    if (!problem) flush_fragment();
    if (!problem && ::fsync(file_.get()) != 0) {
        fail({"", fmt::format("a track can't be written: {}", std::strerror(errno)),
              "make room in the library"});
    }
    if (problem) return *problem;
    auto index = mp4::index_file(file_, segment_offsets_);
    if (!index) return index.error();
    return PackagedTrack{std::move(*index), XXH3_64bits_digest(hash_.get())};
}

Packager::Packager(Fd file, Cuts cuts) : work_{std::make_unique<Work>(std::move(file), std::move(cuts))} {}
Packager::Packager(Packager&&) noexcept = default;
Packager::~Packager() = default;
bool Packager::feed(std::string_view bytes) { return work_->feed(bytes); }
const std::optional<Problem>& Packager::problem() const { return work_->problem; }
Milliseconds Packager::position() const { return work_->position(); }
Outcome<PackagedTrack> Packager::finish() { return work_->finish(); }

}  // namespace outpost::media
