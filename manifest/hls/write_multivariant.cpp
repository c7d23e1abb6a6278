#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/hls/writer.hpp"

namespace outpost::manifest::hls {
namespace {

constexpr std::string_view subtitles_group = "subtitles";
constexpr std::string_view unknown_language = "und";
constexpr int version_of_fmp4 = 6;  // no tag here asks for it, but the playlists this one leads to have MAP

// What the viewer picks: the same in every group.
struct Member {
    std::string language;
    std::string name;   // as the track says it
    std::string label;  // NAME, told apart from the other members'
    bool is_default = false;
    bool operator==(const Member& other) const { return language == other.language && name == other.name; }
};

// Renditions that take each other's place: one track for each member.
struct Group {
    std::string id;
    std::vector<const Track*> tracks;  // by the members' order; null until filled up
};

struct Renditions {
    std::vector<Member> members;
    std::vector<Group> groups;
};

std::vector<const Track*> tracks_of(const Presentation& presentation, TrackKind kind) {
    std::vector<const Track*> out;
    if (presentation.periods.empty()) return out;
    for (const Track& track : presentation.periods.front().tracks) {
        if (track.kind == kind) out.push_back(&track);
    }
    return out;
}

Member member_of(const Track& track) {
    const bool unknown = track.language.empty() || track.language == unknown_language;
    const std::string language = unknown ? "" : track.language;
    const std::string name = !track.name.empty() ? track.name : unknown ? "Default" : track.language;
    return {language, name, name, track.is_default};
}

// NAMEs must differ inside a group; one default there is exactly.
void settle_members(std::vector<Member>& members, bool wants_default) {
    bool has_default = false;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto taken = [&](const std::string& label) {
            return std::any_of(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(i),
                               [&](const Member& other) { return other.label == label; });
        };
        if (taken(members[i].label)) members[i].label += fmt::format(" ({})", members[i].language);
        const std::string stem = members[i].label;
        for (int n = 2; taken(members[i].label); ++n) members[i].label = fmt::format("{} {}", stem, n);
        members[i].is_default = members[i].is_default && !has_default;
        has_default = has_default || members[i].is_default;
    }
    if (wants_default && !has_default && !members.empty()) members.front().is_default = true;
}

// Puts each track in the first group of its codec and channels that has no such member yet.
Renditions audio_of(const Presentation& presentation) {
    Renditions out;
    const std::vector<const Track*> tracks = tracks_of(presentation, TrackKind::audio);
    for (const Track* track : tracks) {
        const Member member = member_of(*track);
        const auto same = std::find(out.members.begin(), out.members.end(), member);
        if (same == out.members.end()) {
            out.members.push_back(member);
        } else {
            same->is_default = same->is_default || member.is_default;
        }
    }
    for (const Track* track : tracks) {
        const auto place = static_cast<std::size_t>(
            std::find(out.members.begin(), out.members.end(), member_of(*track)) - out.members.begin());
        const std::string stem = fmt::format("audio-{}-{}", track->codecs, track->channels);
        std::string id = stem;
        auto group = out.groups.end();
        for (int n = 2;; ++n) {
            group = std::find_if(out.groups.begin(), out.groups.end(),
                                 [&](const Group& other) { return other.id == id; });
            if (group == out.groups.end() || !group->tracks[place]) break;
            id = fmt::format("{}-{}", stem, n);
        }
        if (group == out.groups.end())
            group = out.groups.insert(group, {id, std::vector<const Track*>(out.members.size())});
        group->tracks[place] = track;
    }
    for (Group& group : out.groups) {
        for (std::size_t place = 0; place < group.tracks.size(); ++place) {
            for (const Group& other : out.groups) {
                if (!group.tracks[place]) group.tracks[place] = other.tracks[place];
            }
        }
    }
    settle_members(out.members, true);
    return out;
}

Renditions subtitles_of(const Presentation& presentation) {
    Renditions out;
    for (const Track* track : tracks_of(presentation, TrackKind::text)) {
        if (out.groups.empty()) out.groups.push_back({std::string{subtitles_group}, {}});
        out.members.push_back(member_of(*track));
        out.groups.front().tracks.push_back(track);
    }
    settle_members(out.members, false);
    return out;
}

void append_renditions(Document& out, std::string_view type, const Renditions& renditions) {
    for (const Group& group : renditions.groups) {
        for (std::size_t i = 0; i < group.tracks.size(); ++i) {
            const Member& member = renditions.members[i];
            Attributes list;
            list.set("TYPE", type).quote("GROUP-ID", group.id).quote("NAME", member.label);
            if (!member.language.empty()) list.quote("LANGUAGE", member.language);
            list.set("DEFAULT", member.is_default ? "YES" : "NO").set("AUTOSELECT", "YES");
            if (group.tracks[i]->kind == TrackKind::audio)
                list.quote("CHANNELS", fmt::format("{}", group.tracks[i]->channels));
            list.quote("URI", group.tracks[i]->id + "/index.m3u8");
            out.tag("EXT-X-MEDIA", list.text());
        }
    }
}

// A line EXT-X-STREAM-INF in the making.
struct Choice {
    const Track* main = nullptr;   // whose playlist the variant is: video, or without video the default audio
    const Group* audio = nullptr;  // null: none, or no EXT-X-MEDIA needed
    BitRate peak, average;
    std::string codecs;
};

BitRate most_of(const Group* group, BitRate (Track::*rate)() const) {
    BitRate most;
    if (!group) return most;
    for (const Track* track : group->tracks) most = std::max(most, (track->*rate)());
    return most;
}

BitRate sum(BitRate a, BitRate b, BitRate c) {
    return BitRate{a.bits_per_second() + b.bits_per_second() + c.bits_per_second()};
}

void add_codec(std::string& list, const std::string& codec) {
    for (const std::string_view present : split(list, ',')) {
        if (present == codec) return;
    }
    if (!list.empty() && !codec.empty()) list += ',';
    list += codec;
}

Choice choice_of(const Track* video, const Renditions& audio, const Group* group, const Group* subtitles) {
    Choice out;
    const BitRate text_peak = most_of(subtitles, &Track::peak_bit_rate);
    const BitRate text_average = most_of(subtitles, &Track::average_bit_rate);
    out.peak =
        sum(video ? video->peak_bit_rate() : BitRate{}, most_of(group, &Track::peak_bit_rate), text_peak);
    out.average = sum(video ? video->average_bit_rate() : BitRate{}, most_of(group, &Track::average_bit_rate),
                      text_average);
    out.audio = group;
    out.main = video;
    if (video) add_codec(out.codecs, video->codecs);
    for (std::size_t i = 0; group && i < group->tracks.size(); ++i) {
        add_codec(out.codecs, group->tracks[i]->codecs);
        if (!video && audio.members[i].is_default) out.main = group->tracks[i];
    }
    for (std::size_t i = 0; subtitles && i < subtitles->tracks.size(); ++i)
        add_codec(out.codecs, subtitles->tracks[i]->codecs);
    // One audio track alone is the variant: there is nothing to choose.
    if (!video && group && group->tracks.size() == 1) out.audio = nullptr;
    return out;
}

// How few boxes play it: H.264 before all else, then standard range before high, then AAC.
int rarity(const Choice& choice) {
    const bool video = choice.main->kind == TrackKind::video;
    const bool common_codec = !video || choice.main->codecs.starts_with("avc");
    const bool common_range = !video || choice.main->video_range == VideoRange::sdr;
    bool common_audio = true;
    for (std::size_t i = 0; choice.audio && i < choice.audio->tracks.size(); ++i)
        common_audio = common_audio && choice.audio->tracks[i]->codecs.starts_with("mp4a.");
    return (common_codec ? 0 : 4) + (common_range ? 0 : 2) + (common_audio ? 0 : 1);
}

// The start-up variant first, then from the thinnest to the fattest.
void put_in_order(std::vector<Choice>& choices, BitRate start_up) {
    std::stable_sort(choices.begin(), choices.end(),
                     [](const Choice& a, const Choice& b) { return a.peak < b.peak; });
    if (choices.empty()) return;
    auto best = choices.begin();
    for (auto it = choices.begin(); it != choices.end(); ++it) {
        const int rarer = rarity(*it) - rarity(*best);
        if (rarer < 0 || (rarer == 0 && it->average > best->average && it->average <= start_up)) best = it;
    }
    std::rotate(choices.begin(), best, best + 1);
}

std::string_view range_name(VideoRange range) {
    return range == VideoRange::hlg ? "HLG" : range == VideoRange::pq ? "PQ" : "SDR";
}

// Frames a second with three decimals, rounded.
std::string frame_rate(const Ratio& rate) {
    const std::uint64_t denominator = std::max<std::uint64_t>(rate.denominator, 1);
    const std::uint64_t thousandths = (rate.numerator * std::uint64_t{1000} + denominator / 2) / denominator;
    return fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
}

Attributes stream_attributes(BitRate peak, BitRate average, const std::string& codecs, const Track& main) {
    Attributes list;
    list.set("BANDWIDTH", fmt::format("{}", peak.bits_per_second()));
    list.set("AVERAGE-BANDWIDTH", fmt::format("{}", average.bits_per_second()));
    list.quote("CODECS", codecs);
    if (main.kind == TrackKind::video) {
        list.set("RESOLUTION", fmt::format("{}x{}", main.width, main.height));
        list.set("VIDEO-RANGE", range_name(main.video_range));
    }
    return list;
}

void append_variant(Document& out, const Choice& choice, bool subtitles) {
    const Track& main = *choice.main;
    Attributes list = stream_attributes(choice.peak, choice.average, choice.codecs, main);
    if (main.kind == TrackKind::video) list.set("FRAME-RATE", frame_rate(main.frame_rate));
    if (choice.audio) list.quote("AUDIO", choice.audio->id);
    if (subtitles) list.quote("SUBTITLES", subtitles_group);
    if (main.kind == TrackKind::video) list.set("CLOSED-CAPTIONS", "NONE");
    out.tag("EXT-X-STREAM-INF", list.text());
    out.uri(main.id + "/index.m3u8");
}

void append_iframes(Document& out, const Track& video) {
    const std::vector<Segment> pictures = video.key_frame_segments();
    if (pictures.empty()) return;
    Attributes list = stream_attributes(peak_bit_rate(pictures, video.timescale),
                                        average_bit_rate(pictures, video.timescale), video.codecs, video);
    list.quote("URI", video.id + "/iframes.m3u8");
    out.tag("EXT-X-I-FRAME-STREAM-INF", list.text());
}

}  // namespace

Document multivariant_playlist(const Presentation& presentation, const MultivariantOptions& options) {
    const std::vector<const Track*> videos = tracks_of(presentation, TrackKind::video);
    const Renditions audio = audio_of(presentation);
    const Renditions text = subtitles_of(presentation);
    const Group* subtitles = text.groups.empty() ? nullptr : &text.groups.front();
    std::vector<Choice> choices;
    for (const Track* video : videos) {
        if (audio.groups.empty()) choices.push_back(choice_of(video, audio, nullptr, subtitles));
        for (const Group& group : audio.groups) choices.push_back(choice_of(video, audio, &group, subtitles));
    }
    if (videos.empty()) {
        for (const Group& group : audio.groups)
            choices.push_back(choice_of(nullptr, audio, &group, subtitles));
    }
    put_in_order(choices, options.start_up);

    Document out;
    out.tag("EXTM3U");
    out.tag("EXT-X-VERSION", fmt::format("{}", version_of_fmp4));
    out.tag("EXT-X-INDEPENDENT-SEGMENTS");
    const bool choose_audio = std::any_of(choices.begin(), choices.end(),
                                          [](const Choice& choice) { return choice.audio != nullptr; });
    if (choose_audio) append_renditions(out, "AUDIO", audio);
    append_renditions(out, "SUBTITLES", text);
    for (const Choice& choice : choices) append_variant(out, choice, subtitles != nullptr);
    for (const Track* video : videos) append_iframes(out, *video);
    return out;
}

}  // namespace outpost::manifest::hls
