#include "media/mp4/index.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>

namespace outpost::media::mp4 {
namespace {

constexpr std::size_t most_segments = 1 << 20;

Problem malformed(std::string_view what) { return {"", fmt::format("{} is malformed", what), ""}; }

bool read_exactly(const Fd& file, std::uint64_t offset, std::string& into) {
    std::size_t have = 0;
    while (have < into.size()) {
        const ssize_t n =
            ::pread(file.get(), into.data() + have, into.size() - have, static_cast<off_t>(offset + have));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        have += static_cast<std::size_t>(n);
    }
    return true;
}

class Indexer {
  public:
    Indexer(const Fd& file, std::uint64_t size, std::span<const std::uint64_t> wanted)
        : file_{file}, size_{size}, wanted_{wanted} {}

    Outcome<TrackIndex> run();

  private:
    struct Piece {  // a box in the file, all of it within the file
        BoxHead head;
        std::uint64_t offset = 0;
    };
    std::optional<Piece> piece_at(std::uint64_t offset) const;
    Outcome<std::string> bytes_of(const Piece& piece) const;
    Outcome<void> take_fragment(const Piece& moof);
    void take_sample(const Sample& sample, std::uint64_t moof_offset);
    void begin_segment(std::uint64_t offset, const Sample& first);
    Outcome<void> close_times();
    [[nodiscard]] bool video() const { return index_.header.handler == fourcc("vide"); }

    const Fd& file_;
    std::uint64_t size_;
    std::span<const std::uint64_t> wanted_;
    TrackIndex index_;
    std::vector<std::int64_t> starts_;  // each segment's first presentation time
    std::int64_t end_ = 0;
    std::uint64_t fragment_end_ = 0;  // of the fragment being read, its mdat included
};

std::optional<Indexer::Piece> Indexer::piece_at(std::uint64_t offset) const {
    std::string bytes(std::min<std::uint64_t>(16, size_ - offset), '\0');
    if (!read_exactly(file_, offset, bytes)) return std::nullopt;
    const auto head = read_head(bytes);
    if (!head) return std::nullopt;
    Piece piece{*head, offset};
    if (piece.head.size == 0) piece.head.size = size_ - offset;
    if (piece.head.size > size_ - offset) return std::nullopt;
    return piece;
}

Outcome<std::string> Indexer::bytes_of(const Piece& piece) const {
    if (piece.head.size > most_header) return malformed(to_text(piece.head.type));
    std::string bytes(piece.head.size, '\0');
    if (!read_exactly(file_, piece.offset, bytes)) return malformed(to_text(piece.head.type));
    return bytes;
}

void Indexer::begin_segment(std::uint64_t offset, const Sample& first) {
    if (index_.segments.empty()) index_.start = first.presentation_time;
    index_.segments.emplace_back();
    index_.offsets.push_back(offset);
    starts_.push_back(first.presentation_time);
}

// A key frame is sought by its first fragment's bytes: only the first sample of a fragment can be read
// without its neighbours.
void Indexer::take_sample(const Sample& sample, std::uint64_t moof_offset) {
    end_ = std::max(end_, sample.presentation_time + sample.duration);
    ++index_.samples;
    manifest::Segment& segment = index_.segments.back();
    const std::uint64_t from = segment.key_frames.empty() ? index_.offsets.back() : moof_offset;
    const bool alone =
        segment.key_frames.empty() || segment.key_frames.back().range.offset + index_.offsets.back() < from;
    if (!video() || !sample.sync || !alone) return;
    manifest::KeyFrame key;
    key.range = {from - index_.offsets.back(), moof_offset + sample.offset + sample.size - from};
    key.time = sample.presentation_time - starts_.back();
    segment.key_frames.push_back(key);
}

Outcome<void> Indexer::take_fragment(const Piece& moof) {
    auto bytes = bytes_of(moof);
    if (!bytes) return bytes.error();
    const std::uint64_t moof_end = moof.offset + moof.head.size;
    const auto mdat = piece_at(moof_end);
    if (!mdat || mdat->head.type != fourcc("mdat")) return malformed("mdat");
    const auto samples = read_samples(*bytes, index_.header);
    if (!samples) return samples.error();
    if (samples->empty()) return malformed("an empty moof");
    fragment_end_ = mdat->offset + mdat->head.size;
    const bool begins = wanted_.empty() || (index_.offsets.size() < wanted_.size() &&
                                            wanted_[index_.offsets.size()] == moof.offset);
    if (!begins && index_.offsets.empty()) return malformed("the first segment");
    if (begins) begin_segment(moof.offset, samples->front());
    if (index_.segments.size() > most_segments) return malformed("a track of so many segments");
    for (const Sample& sample : *samples) {
        const std::uint64_t first = moof.offset + sample.offset;
        if (first < mdat->offset + mdat->head.head_size || first + sample.size > fragment_end_) {
            return malformed("trun");
        }
        take_sample(sample, moof.offset);
    }
    index_.segments.back().size = fragment_end_ - index_.offsets.back();
    return {};
}

// A segment lasts until the next one is presented, a key frame until the next key frame.
Outcome<void> Indexer::close_times() {
    for (std::size_t i = 0; i < starts_.size(); ++i) {
        const std::int64_t end = i + 1 < starts_.size() ? starts_[i + 1] : end_;
        manifest::Segment& segment = index_.segments[i];
        segment.duration = end - starts_[i];
        if (segment.duration <= 0) return Problem{"", "its timestamps go back", ""};
        for (std::size_t k = 0; k < segment.key_frames.size(); ++k) {
            const bool last = k + 1 == segment.key_frames.size();
            const std::int64_t until = last ? segment.duration : segment.key_frames[k + 1].time;
            segment.key_frames[k].duration = until - segment.key_frames[k].time;
            if (segment.key_frames[k].duration <= 0) return Problem{"", "its timestamps go back", ""};
        }
    }
    return {};
}

Outcome<TrackIndex> Indexer::run() {
    std::uint64_t offset = 0;
    bool have_header = false;
    while (offset < size_) {
        const auto piece = piece_at(offset);
        if (!piece) return malformed(fmt::format("the box at byte {}", offset));
        if (piece->head.type == fourcc("moov")) {
            auto bytes = bytes_of(*piece);
            if (!bytes) return bytes.error();
            auto header = read_header(std::string_view{*bytes}.substr(piece->head.head_size));
            if (!header) return header.error();
            index_.header = std::move(*header);
            index_.init_size = piece->offset + piece->head.size;
            have_header = true;
        } else if (piece->head.type == fourcc("moof")) {
            if (!have_header) return malformed("a moof before its moov");
            if (auto taken = take_fragment(*piece); !taken) return taken.error();
            offset = fragment_end_;
            continue;
        }
        offset += piece->head.size;
    }
    if (index_.segments.empty()) return Problem{"", "it holds no samples", ""};
    if (!wanted_.empty() && wanted_.size() != index_.offsets.size()) return malformed("the list of segments");
    if (auto closed = close_times(); !closed) return closed.error();
    return std::move(index_);
}

}  // namespace

Outcome<TrackIndex> index_file(const Fd& file, std::span<const std::uint64_t> segment_offsets) {
    const auto facts = facts_of(file);
    if (!facts) return Problem{"", "can't be read: " + facts.error().message(), ""};
    return Indexer{file, facts->size, segment_offsets}.run();
}

}  // namespace outpost::media::mp4
