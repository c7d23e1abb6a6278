// Every option is declared once, as a member of its section, with name, default, bounds and prose. The member
// registers itself: the loader, the reference and the documentation read the registry.
//
//   struct CacheOptions : Section {
//       using Section::Section;
//       Option<Bytes> memory{*this, "memory", 512_MiB, {1_MiB, 1024_GiB}, "Most bytes of small responses …"};
//   };
//   const Bytes memory = settings.cache.memory;  // or settings.cache.memory()
//
// Thread rule: written while a file is read, by one thread; immutable afterwards and read by any.
// Ownership: a section points at its members, so sections stay where they were made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.hpp"
#include "config/address.hpp"
#include "config/codec.hpp"
#include "config/value.hpp"

namespace outpost::config {

class OptionBase;
class Root;

// One [name] or one of several [[name]].
class Section {
  public:
    Section(std::string_view name, std::string_view doc) : name_{name}, doc_{doc} {}
    Section(Root& root, std::string_view name, std::string_view doc);
    virtual ~Section() = default;
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& doc() const { return doc_; }
    [[nodiscard]] const std::vector<OptionBase*>& options() const { return options_; }
    // Whether the file has this section. Some roles exist only then.
    [[nodiscard]] bool given() const { return at_.line != 0; }
    [[nodiscard]] Position at() const { return at_; }
    void set_at(Position at) { at_ = at; }

  private:
    friend class OptionBase;
    std::string name_;
    std::string doc_;
    std::vector<OptionBase*> options_;
    Position at_;
};

class OptionBase {
  public:
    OptionBase(Section& section, std::string_view name, std::string_view doc, bool required);
    OptionBase(const OptionBase&) = delete;
    OptionBase& operator=(const OptionBase&) = delete;
    virtual ~OptionBase() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& doc() const { return doc_; }
    [[nodiscard]] bool required() const { return required_; }
    // Where the file gives its value; line 0 when the default stands.
    [[nodiscard]] Position at() const { return at_; }
    [[nodiscard]] bool given() const { return at_.line != 0; }

    // Takes over a value of the file; paths are taken from `directory`. A value that is refused leaves the
    // option as it was.
    std::optional<Fault> read(const Value& value, Position at, const std::filesystem::path& directory);

    // For the reference: "time"; "1s to 1h" or ""; the default, or of a required option an example, as TOML.
    [[nodiscard]] virtual std::string type_text() const = 0;
    [[nodiscard]] virtual std::string bounds_text() const = 0;
    [[nodiscard]] const std::string& default_text() const { return default_text_; }

  protected:
    // What is wrong and what to do about it; the place is added by read().
    virtual std::optional<Fault> assign(const Value& value, const std::filesystem::path& directory) = 0;
    void set_default_text(std::string text) { default_text_ = std::move(text); }

  private:
    std::string name_;
    std::string doc_;
    std::string default_text_;
    bool required_;
    Position at_;
};

// For an option without default: a section that is in the file must give it.
struct Required {
    explicit constexpr Required(std::string_view value) : example{value} {}
    std::string_view example;  // its value in the reference
};

template <class T>
class Option final : public OptionBase {
  public:
    Option(Section& section, std::string_view name, T value, std::string_view doc)
        : OptionBase{section, name, doc, false}, value_{std::move(value)} {
        set_default_text(Codec<T>::write(value_));
    }
    Option(Section& section, std::string_view name, T value, Bounds<T> bounds, std::string_view doc)
        : OptionBase{section, name, doc, false}, value_{std::move(value)}, bounds_{bounds} {
        set_default_text(Codec<T>::write(value_));
    }
    Option(Section& section, std::string_view name, Required required, std::string_view doc)
        : OptionBase{section, name, doc, true} {
        set_default_text(toml_string(required.example));
    }
    Option(Section& section, std::string_view name, Required required, Bounds<T> bounds, std::string_view doc)
        : OptionBase{section, name, doc, true}, bounds_{bounds} {
        set_default_text(toml_string(required.example));
    }

    [[nodiscard]] const T& operator()() const { return value_; }
    operator const T&() const { return value_; }  // NOLINT: an option is used as its value

    [[nodiscard]] std::string type_text() const override { return Codec<T>::type(); }
    [[nodiscard]] std::string bounds_text() const override {
        if constexpr (Bounded<T>) {
            if (bounds_)
                return Codec<T>::write_bare(bounds_->least) + " to " + Codec<T>::write_bare(bounds_->most);
        }
        return "";
    }

  protected:
    std::optional<Fault> assign(const Value& value, const std::filesystem::path& directory) override {
        std::optional<T> read = Codec<T>::read(value, directory);
        if constexpr (std::same_as<T, std::filesystem::path>) {
            // "" is no path, but where it is the default it says "none" in a file too.
            const auto* text = std::get_if<std::string>(&value);
            if (text != nullptr && text->empty() && !required() && default_text() == "\"\"") read.emplace();
        }
        if (!read) {
            return Fault{{},
                         name() + " is " + describe(value) + ", not " + Codec<T>::article_and_type(),
                         Codec<T>::remedy(value, default_text())};
        }
        if constexpr (Bounded<T>) {
            if (bounds_ && (*read < bounds_->least || *read > bounds_->most)) {
                const bool low = *read < bounds_->least;
                return Fault{{},
                             name() + " is " + describe(value) + (low ? ", too little" : ", too much"),
                             "it may be " + bounds_text()};
            }
        }
        value_ = std::move(*read);
        return std::nullopt;
    }

  private:
    T value_{};
    std::optional<Bounds<T>> bounds_;
};

// Sections that may stand in the file any number of times, seen by the loader without their type.
class RepeatedBase {
  public:
    RepeatedBase(Root& root, std::string_view name, std::string_view doc);
    RepeatedBase(const RepeatedBase&) = delete;
    RepeatedBase& operator=(const RepeatedBase&) = delete;
    virtual ~RepeatedBase() = default;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& doc() const { return doc_; }
    virtual Section& add() = 0;
    [[nodiscard]] virtual std::size_t size() const = 0;
    // One with its defaults, for the reference.
    [[nodiscard]] virtual std::unique_ptr<Section> sample() const = 0;

  private:
    std::string name_;
    std::string doc_;
};

template <class S>
class Repeated final : public RepeatedBase {
  public:
    using RepeatedBase::RepeatedBase;
    Section& add() override { return sections_.emplace_back(name(), doc()); }
    [[nodiscard]] std::size_t size() const override { return sections_.size(); }
    [[nodiscard]] std::unique_ptr<Section> sample() const override {
        return std::make_unique<S>(name(), doc());
    }
    [[nodiscard]] auto begin() const { return sections_.begin(); }
    [[nodiscard]] auto end() const { return sections_.end(); }
    [[nodiscard]] bool empty() const { return sections_.empty(); }

  private:
    std::list<S> sections_;  // a list: sections stay where they were made
};

// The sections of a file, in the order in which they are declared.
class Root {
  public:
    using Part = std::variant<Section*, RepeatedBase*>;
    Root() = default;
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }

  private:
    friend class Section;
    friend class RepeatedBase;
    std::vector<Part> parts_;
};

}  // namespace outpost::config
