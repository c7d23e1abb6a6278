#include <algorithm>

#include <fmt/format.h>

#include "base/uri.hpp"
#include "bench/player/session.hpp"

namespace outpost::bench {
namespace {

RequestKind kind_of(bool manifest, bool init) {
    if (manifest) return RequestKind::manifest;
    return init ? RequestKind::init : RequestKind::segment;
}

std::vector<BitRate> rates_of(const Medium& medium) {
    std::vector<BitRate> rates;
    for (const Rendition& rendition : medium.renditions) rates.push_back(rendition.bit_rate);
    return rates;
}

// How `next` is called in the directory of `from`, or at its origin; "" elsewhere.
std::string relative(const std::string& from, const std::string& next) {
    const std::string_view directory = std::string_view{from}
                                           .substr(0, from.find('?'))
                                           .substr(0, from.substr(0, from.find('?')).rfind('/') + 1);
    if (next.starts_with(directory)) return next.substr(directory.size());
    const auto a = parse_uri(from), b = parse_uri(next);
    return a && b && same_origin(*a, *b) ? b->target() : std::string{};
}

std::string_view words(Failure failure) {
    constexpr std::string_view all[failure_kinds] = {
        "nothing",           "no connection", "no TLS handshake", "the connection broke",
        "no answer in time", "status",        "no proper answer", "wrong bytes"};
    return all[static_cast<std::size_t>(failure)];
}

}  // namespace

Nanoseconds Session::goal(std::size_t medium) const {
    const Feed& feed = feeds_[medium];
    const auto& renditions = feed.medium().renditions;
    const Nanoseconds wanted = buffer_goal(
        profile_, {renditions[feed.chosen()].bit_rate, feed.chosen() + 1 == renditions.size(), length_});
    // BOLA goes up by the buffer's level, which must get there; sound keeps pace with the picture.
    const bool by_level = crowd_.adaptation == Adaptation::bola || crowd_.adaptation == Adaptation::dynamic;
    return by_level ? std::max(wanted, bola_buffer(feeds_.front().medium().renditions.size())) : wanted;
}

SteadyTime Session::wanted_at(std::size_t medium) const {
    const Feed& feed = feeds_[medium];
    if (feed.complete()) return SteadyTime::max();
    return feed.decided ? feed.reload_at() : playback_.falls_to(medium, goal(medium));
}

void Session::pump(std::size_t medium, SteadyTime at) {
    if (medium >= feeds_.size()) return;
    Feed& feed = feeds_[medium];
    if (!feed.decided && wanted_at(medium) > at) return;
    if (!feed.decided) decide(medium, at);
    const Rendition& listed = feed.medium().renditions[feed.chosen()];
    const Piece playlist{listed.playlist, std::nullopt, Nanoseconds{0}};
    const Rendition* known = feed.known(feed.chosen());
    if (known == nullptr) return ask(medium, Errand::playlist, playlist, at);
    const Piece* next = feed.next();
    if (next == nullptr && feed.complete()) {
        playback_.append(medium, feed.until(), BitRate{}, true, at);
        return record(at);
    }
    if (next == nullptr) {
        if (feed.reload_at() <= at) ask(medium, Errand::playlist, playlist, at);
        return;
    }
    if (known->init && !feed.has_init[feed.chosen()]) return ask(medium, Errand::init, *known->init, at);
    if (!feed.due) feed.due = at;
    ask(medium, Errand::segment, *next, *feed.due);
}

void Session::decide(std::size_t medium, SteadyTime at) {
    Feed& feed = feeds_[medium];
    const std::vector<BitRate> rates = rates_of(feed.medium());
    AdaptationFacts facts;
    facts.rates = rates;
    for (std::size_t i = 0; i < rates.size(); ++i) facts.usable.push_back(feed.usable(i, at));
    facts.current = feed.last_rendition();
    facts.buffered = playback_.buffered(medium, at);
    facts.segment = feed.segment_duration();
    facts.estimate = throughput_.estimate();
    facts.keep = profile_.keep;
    facts.up = profile_.up;
    facts.bola_on = feed.bola_on;
    if (medium == 0) facts.fixed = crowd_.bit_rate;
    const Choice choice = choose(medium == 0 ? crowd_.adaptation : Adaptation::fixed, facts);
    feed.bola_on = choice.bola_on;
    feed.choose(choice.rendition);
}

void Session::ask(std::size_t place, Errand errand, const Piece& piece, SteadyTime due) {
    const bool manifest = errand == Errand::title || errand == Errand::playlist;
    const TimeLimits& limits = manifest ? profile_.manifest : profile_.segment;
    Request& request = requests_[place].emplace();
    request.errand = errand;
    Want& want = request.want;
    want.url = piece.url;
    want.range = piece.range;
    want.kind = kind_of(manifest, errand == Errand::init);
    want.keep_body = manifest;
    want.due = due;
    want.media = piece.duration;
    if (crowd_.cmcd) want.cmcd = cmcd(place, errand, piece);
    want.first_byte_limit = limits.first_byte;
    want.progress_limit = limits.progress;
    want.total_limit = limits.total;
    send(place);
}

void Session::send(std::size_t place) {
    Request& request = *requests_[place];
    request.want.id = next_id_++;
    request.under_way = true;
    actions_.emplace_back(request.want);
}

std::string Session::cmcd(std::size_t place, Errand errand, const Piece& piece) {
    CmcdFacts facts;
    facts.session = session_id_;
    facts.content = content_id_;
    facts.dash = dash_;
    if (throughput_.measured()) facts.throughput = throughput_.estimate();
    const auto mode = playback_.mode();
    facts.starting = mode == Playback::Mode::starting || mode == Playback::Mode::stalled;
    if (errand == Errand::init) facts.object = CmcdObject::init;
    if (place < feeds_.size()) {
        const Feed& feed = feeds_[place];
        facts.live = feed.live();
        if (errand == Errand::init || errand == Errand::segment) {
            facts.encoded = feed.medium().renditions[feed.chosen()].bit_rate;
            facts.top = feed.medium().renditions.back().bit_rate;
        }
        if (errand == Errand::segment) {
            const bool muxed = feed.medium().video && feeds_.size() == 1 && !dash_;
            facts.object = muxed                 ? CmcdObject::muxed
                           : feed.medium().video ? CmcdObject::video
                                                 : CmcdObject::audio;
            facts.duration = piece.duration;
            facts.buffered = playback_.buffered(place, clock_);
            facts.starved = std::exchange(starved_, false) || mode == Playback::Mode::stalled;
            const Piece* behind = feed.behind_next();
            if (behind != nullptr && !behind->range) facts.next = relative(piece.url, behind->url);
        }
    }
    return cmcd_list(facts);
}

void Session::arrived(Arrived answer, SteadyTime now) {
    // Not before what has happened already, and not before now.
    const SteadyTime at = std::max(clock_, std::min(answer.done, now));
    advance(at);
    const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const auto& request) {
        return request && request->under_way && request->want.id == answer.id;
    });
    if (finished_ || found == requests_.end()) return;  // cancelled meanwhile
    const auto place = static_cast<std::size_t>(found - requests_.begin());
    const bool whole = answer.failure == Failure::none || answer.failure == Failure::mismatch;
    if (!whole || answer.status < 200 || answer.status > 299) {
        failed(place, answer, at);
    } else {
        const Request request = std::move(**found);
        found->reset();
        const std::string& url = answer.url.empty() ? request.want.url : answer.url;
        switch (request.errand) {
            case Errand::title: title_arrived(answer, url, at); break;
            case Errand::playlist: playlist_arrived(place, answer, url, at); break;
            case Errand::init: feeds_[place].has_init[feeds_[place].chosen()] = true; break;
            case Errand::segment: segment_arrived(place, answer, at); break;
        }
    }
    for (std::size_t i = 0; i < requests_.size() && !finished_; ++i) {
        if (!requests_[i]) pump(i, at);
    }
}

void Session::title_arrived(const Arrived& answer, const std::string& url, SteadyTime at) {
    const auto title = shared_title(answer.body, url);
    if (!title) return give_up(title.error().line(), at);
    dash_ = (*title)->dash;
    const std::size_t media = (*title)->media.size();
    for (std::size_t i = 0; i < media; ++i) feeds_.emplace_back(*title, i, crowd_.loop, at);
    requests_.resize(media);
    playback_.open(media, profile_.start, profile_.restart, at);
    if (const Rendition* known = feeds_.front().known(0); known != nullptr && !feeds_.front().live())
        length_ = known->duration();
}

void Session::playlist_arrived(std::size_t medium, const Arrived& answer, const std::string& url,
                               SteadyTime at) {
    const auto rendition = shared_rendition(answer.body, url);
    if (!rendition) return give_up(rendition.error().line(), at);
    Feed& feed = feeds_[medium];
    feed.learn(feed.chosen(), *rendition, at);
    if (medium == 0) length_ = feed.live() ? Nanoseconds{0} : (*rendition)->duration();
}

void Session::segment_arrived(std::size_t medium, const Arrived& answer, SteadyTime at) {
    Feed& feed = feeds_[medium];
    // Of sound beside a picture one learns little: it is too small.
    if (medium == 0) throughput_.downloaded(answer.bytes, answer.done - answer.sent);
    if (feed.last_rendition() && *feed.last_rendition() != feed.chosen()) recording_.switched();
    const BitRate rate = feed.medium().renditions[feed.chosen()].bit_rate;
    feed.fetched();
    playback_.append(medium, feed.until(), rate, feed.complete(), at);
    record(at);
}

void Session::failed(std::size_t place, const Arrived& answer, SteadyTime at) {
    Request& request = *requests_[place];
    request.under_way = false;
    const auto mode = playback_.mode();
    FailureFacts facts;
    facts.kind = request.want.kind;
    facts.failure = answer.failure;
    facts.status = answer.status;
    facts.failures = ++request.failures;
    facts.others_left = place < feeds_.size() && feeds_[place].usable_others(at) > 0;
    facts.something_left = mode == Playback::Mode::playing || mode == Playback::Mode::paused;
    const Verdict verdict = after_failure(profile_, facts);
    switch (verdict.what) {
        case Verdict::What::retry:
            request.again_at = at + verdict.after;
            if (verdict.after <= Milliseconds{0}) send(place);
            return;
        case Verdict::What::exclude:
            feeds_[place].exclude(feeds_[place].chosen(), at + verdict.after);
            feeds_[place].decided = false;
            requests_[place].reset();
            return;
        case Verdict::What::give_up: break;
    }
    const bool told = answer.status >= 300;
    // Without its query, which may hold a token.
    give_up(fmt::format("{}: {} after {} attempts", request.want.url.substr(0, request.want.url.find('?')),
                        told ? fmt::format("status {}", answer.status) : std::string{words(answer.failure)},
                        request.failures),
            at);
}

}  // namespace outpost::bench
