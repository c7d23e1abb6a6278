#include "base/http/chunked.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace outpost::http {
namespace {
constexpr std::size_t longest_line = 256;  // a chunk's size with its extensions, or a trailer field
// Of extensions and trailers together, beside a share of what the chunks carry.
constexpr std::uint64_t longest_overhead = 64 << 10;
constexpr std::uint64_t overhead_share = 8;

// A name, then a colon: as much as a trailer that is thrown away has to be.
bool is_field(std::string_view line) {
    const auto end = line.find_first_of(" \t:");
    return end != 0 && end != std::string_view::npos && line[end] == ':';
}

}  // namespace

// Moves input into line_ up to and with CRLF; true when the line is whole (line_ is then without its end).
Result<ChunkedDecoder::Progress> ChunkedDecoder::take_line(std::string_view& input) {
    const auto end = input.find('\n');
    const std::string_view part = input.substr(0, end == std::string_view::npos ? end : end + 1);
    if (line_.size() + part.size() > longest_line) return Errc::bad_request;
    line_ += part;
    input.remove_prefix(part.size());
    if (end == std::string_view::npos) return Progress::partial;
    if (!line_.ends_with("\r\n")) return Errc::bad_request;
    line_.resize(line_.size() - 2);
    if (line_.find('\r') != std::string::npos) return Errc::bad_request;
    return Progress::whole;
}

Result<void> ChunkedDecoder::take_size() {
    const std::string_view line{line_};
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    const std::string_view behind = trim_blanks(line.substr(digits.size()));
    if (!behind.empty() && behind.front() != ';') return Errc::bad_request;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        return Errc::bad_request;
    if (digits.front() == '-' || digits.front() == '+') return Errc::bad_request;
    if (left_ > most_ - total_) return Errc::body_too_large;
    total_ += left_;
    return {};
}

Result<ChunkedDecoder::Progress> ChunkedDecoder::decode(std::string_view& input, std::string& body) {
    while (state_ != State::done) {
        if (state_ == State::data) {
            const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            body.append(input.substr(0, taken));
            input.remove_prefix(taken);
            left_ -= taken;
            if (left_ > 0) return Progress::partial;
            state_ = State::data_end;
        }
        const auto line = take_line(input);
        if (!line) return line.error();
        if (*line == Progress::partial) return Progress::partial;
        if (state_ == State::size) {
            if (const auto size = take_size(); !size) return size.error();
            if (line_.find(';') != std::string::npos) overhead_ += line_.size();
            state_ = left_ == 0 ? State::trailer : State::data;
        } else if (state_ == State::data_end) {
            if (!line_.empty()) return Errc::bad_request;
            state_ = State::size;
        } else if (line_.empty()) {  // the trailer's end
            state_ = State::done;
        } else if (!is_field(line_)) {
            return Errc::bad_request;  // no field: most likely a request that a proxy saw elsewhere
        } else {
            overhead_ += line_.size();
        }
        if (overhead_ > longest_overhead + total_ / overhead_share) return Errc::bad_request;
        line_.clear();
    }
    return Progress::whole;
}

}  // namespace outpost::http
