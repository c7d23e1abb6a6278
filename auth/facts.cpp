#include "auth/facts.hpp"

namespace outpost::auth {

std::string RequestFacts::uri() const {
    std::string text;
    text.reserve(scheme.size() + host.size() + raw_path.size() + query.size() + 4);
    text.append(scheme).append("://").append(host).append(raw_path);
    if (!query.empty()) text.append("?").append(query);
    return text;
}

}  // namespace outpost::auth
