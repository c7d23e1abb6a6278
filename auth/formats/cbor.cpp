#include "auth/formats/cbor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace outpost::auth::cbor {
namespace {

// Major types (section 3.1).
enum Major : std::uint8_t { natural, negative, bytes, text, array, map, tag, simple };

Refusal malformed(const char* what) { return {Reason::malformed, what}; }

struct Head {
    Major major = natural;
    std::uint8_t info = 0;  // the low five bits
    std::uint64_t argument = 0;
};

// Half precision (section 3.4, appendix D): one bit of sign, five of exponent, ten of fraction.
double half(std::uint64_t bits) {
    const int exponent = static_cast<int>(bits >> 10 & 0x1F);
    const auto fraction = static_cast<double>(bits & 0x3FF);
    double size = 0;
    if (exponent == 0) {
        size = std::ldexp(fraction, -24);
    } else if (exponent == 31) {
        size = fraction == 0 ? std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
    } else {
        size = std::ldexp(fraction + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -size : size;
}

bool all_different(std::vector<std::string_view> keys) {
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_{bytes} {}

    Verdict<Value> value(std::size_t depth) {
        if (depth > most_depth) return malformed("CBOR too deep");
        const Verdict<Head> head = this->head();
        if (!head) return head.error();
        switch (head->major) {
            case natural: return Value::natural(head->argument);
            case negative: return Value::below_zero(head->argument);
            case bytes:
            case text: return string(*head);
            case array: return list(head->argument, depth);
            case map: return entries(head->argument, depth);
            case tag: return tagged(head->argument, depth);
            case simple: return other(*head);
        }
        return malformed("CBOR of no type");
    }
    [[nodiscard]] bool done() const { return rest_.empty(); }

  private:
    std::uint64_t take(std::size_t count) {
        std::uint64_t number = 0;
        for (const char c : rest_.substr(0, count)) number = number << 8 | static_cast<unsigned char>(c);
        rest_.remove_prefix(count);
        return number;
    }

    Verdict<Head> head() {
        if (rest_.empty()) return malformed("CBOR cut off");
        const std::uint64_t first = take(1);
        Head head{static_cast<Major>(first >> 5), static_cast<std::uint8_t>(first & 0x1F), first & 0x1F};
        if (head.info < 24) return head;
        if (head.info > 27) return malformed("CBOR of indefinite or reserved length");
        const std::size_t size = std::size_t{1} << (head.info - 24);
        if (rest_.size() < size) return malformed("CBOR cut off");
        head.argument = take(size);
        if (head.major == simple) return head;
        const std::uint64_t least = size == 1 ? 24 : std::uint64_t{1} << size * 4;
        if (head.argument < least) return malformed("CBOR not the shortest");
        return head;
    }

    Verdict<Value> string(const Head& head) {
        if (head.argument > rest_.size()) return malformed("CBOR cut off");
        const std::string_view held = rest_.substr(0, head.argument);
        rest_.remove_prefix(held.size());
        if (head.major == bytes) return Value{Value::Bytes{std::string{held}}};
        if (!is_utf8(held)) return malformed("CBOR text not in UTF-8");
        return Value{Value::Text{held}};
    }

    // Takes what an array or a map says it has off the budget before there is room made for it. An item is a
    // byte at least.
    bool afford(std::uint64_t count, std::size_t each) {
        if (count > rest_.size() / each || count * each > items_) return false;
        items_ -= count * each;
        return true;
    }

    Verdict<Value> list(std::uint64_t count, std::size_t depth) {
        if (!afford(count, 1)) return malformed("CBOR of too many items");
        Value::Array array;
        array.reserve(count);
        for (; count > 0; --count) {
            Verdict<Value> item = value(depth + 1);
            if (!item) return item;
            array.push_back(std::move(*item));
        }
        return Value{std::move(array)};
    }

    Verdict<Value> entries(std::uint64_t count, std::size_t depth) {
        if (!afford(count, 2)) return malformed("CBOR of too many items");
        Value::Map map;
        std::vector<std::string_view> keys;
        map.reserve(count);
        keys.reserve(count);
        for (; count > 0; --count) {
            const std::string_view begin = rest_;
            const std::uint8_t major = rest_.empty() ? 0 : static_cast<unsigned char>(rest_[0]) >> 5;
            if (major != natural && major != negative && major != text) return malformed("CBOR key");
            Verdict<Value> key = value(depth + 1);
            if (!key) return key;
            // A value has one spelling, so like keys are like bytes.
            keys.push_back(begin.substr(0, begin.size() - rest_.size()));
            Verdict<Value> under = value(depth + 1);
            if (!under) return under;
            map.push_back({std::move(*key), std::move(*under)});
        }
        if (!all_different(std::move(keys))) return malformed("CBOR key twice");
        return Value{std::move(map)};
    }

    Verdict<Value> tagged(std::uint64_t number, std::size_t depth) {
        if (!afford(1, 1)) return malformed("CBOR of too many items");
        Verdict<Value> content = value(depth + 1);
        if (!content) return content;
        return Value::tagged(number, std::move(*content));
    }

    static Verdict<Value> other(const Head& head) {
        switch (head.info) {
            case 20: return Value{false};
            case 21: return Value{true};
            case 22: return Value{};
            case 25: return Value{half(head.argument)};
            case 26: return Value{double{std::bit_cast<float>(static_cast<std::uint32_t>(head.argument))}};
            case 27: return Value{std::bit_cast<double>(head.argument)};
            default: return malformed("CBOR of a simple value without use");
        }
    }

    std::string_view rest_;
    std::uint64_t items_ = most_items;
};

void append_bytes(std::string& out, std::uint64_t number, std::size_t count) {
    while (count-- > 0) out += static_cast<char>(number >> count * 8 & 0xFF);
}

void append_head(std::string& out, Major major, std::uint64_t argument) {
    const auto type = static_cast<std::uint64_t>(major) << 5;
    if (argument < 24) return append_bytes(out, type | argument, 1);
    const unsigned power = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
    append_bytes(out, type | (24 + power), 1);
    append_bytes(out, argument, std::size_t{1} << power);
}

void append_map(std::string& out, const Value::Map& map) {
    std::vector<std::pair<std::string, std::string>> written;
    written.reserve(map.size());
    for (const Entry& entry : map) written.emplace_back(write(entry.key), write(entry.value));
    std::sort(written.begin(), written.end());  // char_traits compare bytes without a sign
    append_head(out, Major::map, map.size());
    for (const auto& [key, value] : written) out.append(key).append(value);
}

}  // namespace

void append(std::string& out, const Value& value) {
    struct Writer {
        std::string& out;
        void operator()(const Value::Null&) const { out += '\xF6'; }
        void operator()(std::uint64_t number) const { append_head(out, natural, number); }
        void operator()(const Value::Negative& number) const { append_head(out, negative, number.below); }
        void operator()(const Value::Bytes& held) const {
            append_head(out, bytes, held.bytes.size());
            out += held.bytes;
        }
        void operator()(const Value::Text& held) const {
            append_head(out, text, held.size());
            out += held;
        }
        void operator()(const Value::Array& items) const {
            append_head(out, array, items.size());
            for (const Value& item : items) append(out, item);
        }
        void operator()(const Value::Map& map) const { append_map(out, map); }
        void operator()(const Value::Tagged& tagged) const {
            append_head(out, tag, tagged.tag);
            for (const Value& item : tagged.content) append(out, item);
        }
        void operator()(bool truth) const { out += truth ? '\xF5' : '\xF4'; }
        void operator()(double number) const {
            out += '\xFB';
            append_bytes(out, std::bit_cast<std::uint64_t>(number), 8);
        }
    };
    std::visit(Writer{out}, value.held_);
}

std::string write(const Value& value) {
    std::string out;
    append(out, value);
    return out;
}

Verdict<Value> read(std::string_view bytes) {
    Reader reader{bytes};
    Verdict<Value> value = reader.value(0);
    if (value && !reader.done()) return malformed("bytes behind the CBOR");
    return value;
}

Value::Value(std::int64_t number) {
    if (number >= 0) {
        held_ = static_cast<std::uint64_t>(number);
    } else {
        held_ = Negative{static_cast<std::uint64_t>(-1 - number)};
    }
}

Value::Value(Map map) : held_{std::move(map)} {}

Value Value::natural(std::uint64_t number) {
    Value value;
    value.held_ = number;
    return value;
}

Value Value::below_zero(std::uint64_t below) {
    Value value;
    value.held_ = Negative{below};
    return value;
}

Value Value::tagged(std::uint64_t tag, Value content) {
    Value value;
    Tagged tagged{tag, {}};
    tagged.content.push_back(std::move(content));
    value.held_ = std::move(tagged);
    return value;
}

const std::string* Value::bytes() const {
    const Bytes* held = std::get_if<Bytes>(&held_);
    return held ? &held->bytes : nullptr;
}

const Value* Value::content_of(std::uint64_t tag) const {
    const Tagged* held = std::get_if<Tagged>(&held_);
    return held && held->tag == tag ? &held->content.front() : nullptr;
}

std::optional<std::int64_t> Value::integer() const {
    constexpr std::uint64_t most = INT64_MAX;
    if (const auto* number = std::get_if<std::uint64_t>(&held_)) {
        return *number <= most ? std::optional{static_cast<std::int64_t>(*number)} : std::nullopt;
    }
    if (const auto* number = std::get_if<Negative>(&held_)) {
        return number->below <= most ? std::optional{-1 - static_cast<std::int64_t>(number->below)}
                                     : std::nullopt;
    }
    return std::nullopt;
}

const Value* Value::find(std::int64_t key) const {
    const Map* map = this->map();
    if (!map) return nullptr;
    for (const Entry& entry : *map) {
        if (entry.key.integer() == key) return &entry.value;
    }
    return nullptr;
}

bool Value::Tagged::operator==(const Tagged& other) const {
    return tag == other.tag && content == other.content;
}

}  // namespace outpost::auth::cbor
