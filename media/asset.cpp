#include "media/asset.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace outpost::media {
namespace {

namespace json = boost::json;
using manifest::KeyFrame;
using manifest::Segment;
using manifest::Track;
using manifest::TrackKind;
using manifest::VideoRange;

constexpr std::int64_t format_version = 1;
constexpr std::size_t most_tracks = 256;
constexpr std::size_t most_segments = 1 << 20;
constexpr std::size_t most_key_frames = 1 << 12;  // of one segment
constexpr std::size_t most_text = 1024;
constexpr std::int64_t most_value = std::int64_t{1} << 53;  // of a size, a time and their sums
constexpr std::uint32_t most_dimension = 1 << 16;

constexpr std::array<std::string_view, 3> kinds{"video", "audio", "text"};
constexpr std::array<std::string_view, 3> ranges{"SDR", "HLG", "PQ"};

// --- writing

json::array write_key_frames(const std::vector<KeyFrame>& key_frames) {
    json::array list;
    for (const KeyFrame& key : key_frames) {
        list.push_back(json::array{key.range.offset, key.range.length, key.time, key.duration});
    }
    return list;
}

json::object write_track(const TrackFile& file) {
    const Track& track = file.track;
    json::object out;
    out["id"] = track.id;
    out["kind"] = kinds[static_cast<std::size_t>(track.kind)];
    out["codecs"] = track.codecs;
    out["language"] = track.language;
    out["name"] = track.name;
    out["default"] = track.is_default;
    out["timescale"] = track.timescale;
    out["start"] = track.start;
    if (track.kind == TrackKind::video) {
        out["width"] = track.width;
        out["height"] = track.height;
        out["frame_rate"] = json::array{track.frame_rate.numerator, track.frame_rate.denominator};
        out["video_range"] = ranges[static_cast<std::size_t>(track.video_range)];
    }
    if (track.kind == TrackKind::audio) {
        out["channels"] = track.channels;
        out["sample_rate"] = track.sample_rate;
    }
    out["file"] = file.file;
    out["init_size"] = file.init_size;
    if (track.kind == TrackKind::text) out["full_file"] = file.full_file;
    json::array segments;
    for (std::size_t i = 0; i < track.segments.size(); ++i) {
        const Segment& segment = track.segments[i];
        json::array row{segment.duration, segment.size, file.offsets.at(i)};
        if (!segment.key_frames.empty()) row.push_back(write_key_frames(segment.key_frames));
        segments.push_back(std::move(row));
    }
    out["segments"] = std::move(segments);
    return out;
}

// --- reading: what is wrong is kept by its first finder, and reading goes on with harmless values

class Reader {
  public:
    explicit Reader(const std::string& where) : where_{where} {}

    void wrong(std::string_view what) {
        if (!problem_) problem_ = Problem{where_, std::string{what}, "import it again"};
    }
    [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }

    const json::value* find(const json::object& object, std::string_view name) {
        const auto* value = object.if_contains(name);
        if (value == nullptr) wrong(fmt::format("\"{}\" is missing", name));
        return value;
    }
    std::string text(const json::object& object, std::string_view name, std::size_t most = most_text) {
        const auto* value = find(object, name);
        if (value == nullptr) return {};
        const auto* string = value->if_string();
        if (string == nullptr || string->size() > most || string->find('\0') != json::string::npos) {
            wrong(fmt::format("\"{}\" is not a text of at most {} bytes", name, most));
            return {};
        }
        return {string->data(), string->size()};
    }
    std::int64_t integer(const json::value& value, std::string_view name, std::int64_t least,
                         std::int64_t most) {
        const auto* number = value.if_int64();
        if (number == nullptr || *number < least || *number > most) {
            wrong(fmt::format("\"{}\" is not a whole number from {} to {}", name, least, most));
            return least;
        }
        return *number;
    }
    std::int64_t integer(const json::object& object, std::string_view name, std::int64_t least,
                         std::int64_t most) {
        const auto* value = find(object, name);
        return value == nullptr ? least : integer(*value, name, least, most);
    }
    bool boolean(const json::object& object, std::string_view name) {
        const auto* value = find(object, name);
        if (value != nullptr && value->is_bool()) return value->get_bool();
        wrong(fmt::format("\"{}\" is not true or false", name));
        return false;
    }
    template <std::size_t N>
    std::size_t one_of(const json::object& object, std::string_view name,
                       const std::array<std::string_view, N>& words) {
        const std::string word = text(object, name);
        for (std::size_t i = 0; i < N; ++i) {
            if (words[i] == word) return i;
        }
        wrong(fmt::format("\"{}\" is none of the known words", name));
        return 0;
    }
    const json::array* array(const json::object& object, std::string_view name, std::size_t most) {
        const auto* value = find(object, name);
        const auto* list = value == nullptr ? nullptr : value->if_array();
        if (list != nullptr && list->size() <= most) return list;
        wrong(fmt::format("\"{}\" is not a list of at most {}", name, most));
        return nullptr;
    }

  private:
    const std::string& where_;
    std::optional<Problem> problem_;
};

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > 128 || name.front() == '.') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    });
}

std::string read_name(Reader& reader, const json::object& object, std::string_view field) {
    std::string name = reader.text(object, field);
    if (!is_name(name)) reader.wrong(fmt::format("\"{}\" is not a plain name", field));
    return name;
}

void read_key_frames(Reader& reader, const json::value& value, Segment& segment) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > most_key_frames) return reader.wrong("key frames are not a list");
    for (const json::value& row : *list) {
        const auto* numbers = row.if_array();
        if (numbers == nullptr || numbers->size() != 4)
            return reader.wrong("a key frame is not four numbers");
        const auto size = static_cast<std::int64_t>(segment.size);
        KeyFrame key;
        const std::int64_t offset = reader.integer((*numbers)[0], "key frame offset", 0, size);
        key.range.offset = static_cast<std::uint64_t>(offset);
        key.range.length =
            static_cast<std::uint64_t>(reader.integer((*numbers)[1], "key frame size", 1, size - offset));
        key.time = reader.integer((*numbers)[2], "key frame time", 0, segment.duration);
        key.duration = reader.integer((*numbers)[3], "key frame duration", 1, most_value);
        if (reader.problem()) return;
        segment.key_frames.push_back(key);
    }
}

void read_segments(Reader& reader, const json::object& object, TrackFile& file) {
    const auto* list = reader.array(object, "segments", most_segments);
    if (list == nullptr) return;
    if (list->empty()) reader.wrong("a track has no segments");
    std::int64_t total = 0;
    std::int64_t end = static_cast<std::int64_t>(file.init_size);
    for (const json::value& value : *list) {
        const auto* row = value.if_array();
        if (row == nullptr || row->size() < 3 || row->size() > 4)
            return reader.wrong("a segment is not a row");
        Segment segment;
        segment.duration = reader.integer((*row)[0], "segment duration", 1, most_value - total);
        const std::int64_t offset = reader.integer((*row)[2], "segment offset", end, most_value);
        const std::int64_t size = reader.integer((*row)[1], "segment size", 1, most_value - offset);
        segment.size = static_cast<std::uint64_t>(size);
        if (reader.problem()) return;
        if (row->size() == 4) read_key_frames(reader, (*row)[3], segment);
        if (reader.problem()) return;
        total += segment.duration;
        end = offset + size;
        file.offsets.push_back(static_cast<std::uint64_t>(offset));
        file.track.segments.push_back(std::move(segment));
    }
}

void read_video(Reader& reader, const json::object& object, Track& track) {
    track.width = static_cast<std::uint32_t>(reader.integer(object, "width", 1, most_dimension));
    track.height = static_cast<std::uint32_t>(reader.integer(object, "height", 1, most_dimension));
    track.video_range = static_cast<VideoRange>(reader.one_of(object, "video_range", ranges));
    const auto* rate = reader.array(object, "frame_rate", 2);
    if (rate == nullptr || rate->size() != 2) return reader.wrong("\"frame_rate\" is not two numbers");
    track.frame_rate.numerator =
        static_cast<std::uint32_t>(reader.integer((*rate)[0], "frame_rate", 1, UINT32_MAX));
    track.frame_rate.denominator =
        static_cast<std::uint32_t>(reader.integer((*rate)[1], "frame_rate", 1, UINT32_MAX));
}

TrackFile read_track(Reader& reader, const json::object& object) {
    TrackFile file;
    Track& track = file.track;
    track.id = read_name(reader, object, "id");
    track.kind = static_cast<TrackKind>(reader.one_of(object, "kind", kinds));
    track.codecs = reader.text(object, "codecs");
    track.language = reader.text(object, "language", 64);
    track.name = reader.text(object, "name");
    track.is_default = reader.boolean(object, "default");
    track.timescale = static_cast<std::uint32_t>(reader.integer(object, "timescale", 1, UINT32_MAX));
    track.start = reader.integer(object, "start", 0, most_value);
    if (track.kind == TrackKind::video) read_video(reader, object, track);
    if (track.kind == TrackKind::audio) {
        track.channels = static_cast<std::uint32_t>(reader.integer(object, "channels", 1, 256));
        track.sample_rate = static_cast<std::uint32_t>(reader.integer(object, "sample_rate", 1, 1 << 24));
    }
    file.file = read_name(reader, object, "file");
    const bool text = track.kind == TrackKind::text;
    file.init_size =
        static_cast<std::uint64_t>(reader.integer(object, "init_size", text ? 0 : 1, text ? 0 : 1 << 26));
    if (text) file.full_file = read_name(reader, object, "full_file");
    read_segments(reader, object, file);
    return file;
}

Asset read_members(Reader& reader, const json::object& object) {
    Asset asset;
    reader.integer(object, "version", format_version, format_version);
    asset.id = reader.text(object, "id", 64);
    if (!is_asset_id(asset.id)) reader.wrong("\"id\" is not an asset's id");
    asset.title = reader.text(object, "title");
    asset.added = WallTime{Milliseconds{reader.integer(object, "added", 0, most_value)}};
    asset.has_poster = reader.boolean(object, "has_poster");
    const auto* tracks = reader.array(object, "tracks", most_tracks);
    if (tracks == nullptr) return asset;
    std::set<std::string> ids;
    for (const json::value& value : *tracks) {
        const auto* track = value.if_object();
        if (track == nullptr) {
            reader.wrong("a track is not an object");
            break;
        }
        asset.tracks.push_back(read_track(reader, *track));
        if (!ids.insert(asset.tracks.back().track.id).second) reader.wrong("two tracks have one id");
        if (reader.problem()) break;
    }
    return asset;
}

// The object that the text is, or what is wrong with it.
Outcome<json::object> read_object(std::string_view text, const std::string& where) {
    boost::system::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error);
    if (error) return Problem{where, "is not JSON: " + error.message(), ""};
    if (!value.is_object()) return Problem{where, "is not a JSON object", ""};
    return std::move(value.get_object());
}

}  // namespace

manifest::Presentation Asset::presentation() const {
    manifest::Period period{"1", {}};
    for (const TrackFile& file : tracks) period.tracks.push_back(file.track);
    return {{std::move(period)}};
}

bool is_asset_id(std::string_view id) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (id.empty() || id.size() > 64 || !plain(id.front())) return false;
    return std::all_of(id.begin(), id.end(),
                       [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

std::string write_asset(const Asset& asset) {
    json::object out;
    out["version"] = format_version;
    out["id"] = asset.id;
    out["title"] = asset.title;
    out["added"] = asset.added.time_since_epoch().count();
    out["has_poster"] = asset.has_poster;
    json::array tracks;
    for (const TrackFile& file : asset.tracks) tracks.push_back(write_track(file));
    out["tracks"] = std::move(tracks);
    return json::serialize(out) + "\n";
}

Outcome<Asset> read_asset(std::string_view text, const std::string& where) {
    const auto object = read_object(text, where);
    if (!object) return object.error();
    Reader reader{where};
    Asset asset = read_members(reader, *object);
    if (reader.problem()) return *reader.problem();
    return asset;
}

std::string write_progress(const ImportProgress& progress) {
    json::object out;
    out["id"] = progress.id;
    out["title"] = progress.title;
    out["stage"] = progress.stage;
    out["percent"] = progress.percent;
    out["seconds_left"] = nullptr;
    if (progress.seconds_left) out["seconds_left"] = *progress.seconds_left;
    out["pid"] = progress.pid;
    return json::serialize(out) + "\n";
}

Outcome<ImportProgress> read_progress(std::string_view text, const std::string& where) {
    const auto object = read_object(text, where);
    if (!object) return object.error();
    Reader reader{where};
    ImportProgress progress;
    progress.id = reader.text(*object, "id", 64);
    progress.title = reader.text(*object, "title");
    progress.stage = reader.text(*object, "stage");
    const auto* percent = reader.find(*object, "percent");
    boost::system::error_code not_a_number;
    if (percent != nullptr) progress.percent = percent->to_number<double>(not_a_number);
    if (not_a_number || !(progress.percent >= 0 && progress.percent <= 100)) {
        reader.wrong("\"percent\" is not a number from 0 to 100");
    }
    const auto* left = reader.find(*object, "seconds_left");
    if (left != nullptr && !left->is_null()) {
        progress.seconds_left = reader.integer(*left, "seconds_left", 0, most_value);
    }
    progress.pid = static_cast<int>(reader.integer(*object, "pid", 0, INT32_MAX));
    if (reader.problem()) return *reader.problem();
    return progress;
}

}  // namespace outpost::media
