#include "config/option.hpp"

namespace outpost::config {

Section::Section(Root& root, std::string_view name, std::string_view doc) : Section{name, doc} {
    root.parts_.emplace_back(this);
}

RepeatedBase::RepeatedBase(Root& root, std::string_view name, std::string_view doc) : name_{name}, doc_{doc} {
    root.parts_.emplace_back(this);
}

OptionBase::OptionBase(Section& section, std::string_view name, std::string_view doc, bool required)
    : name_{name}, doc_{doc}, required_{required} {
    section.options_.push_back(this);
}

std::optional<Fault> OptionBase::read(const Value& value, Position at,
                                      const std::filesystem::path& directory) {
    at_ = at;
    std::optional<Fault> fault = assign(value, directory);
    if (fault) fault->at = at;
    return fault;
}

}  // namespace outpost::config
