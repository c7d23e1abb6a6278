#include "server/resources/pages.hpp"

#include <array>

#include "server/pages/embedded.hpp"

namespace outpost::server {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> types{{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
}};

// The pages load nothing from elsewhere and run nothing that is written into them; players need blob: for
// media sources and workers.
constexpr auto security_policy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
    "style-src 'self'; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

std::string_view type_of(std::string_view name) {
    for (const auto& [extension, type] : types) {
        if (name.ends_with(extension)) return type;
    }
    return "application/octet-stream";
}

}  // namespace

Pages::Pages(DeliveryRules rules) : rules_{rules} {
    for (const EmbeddedFile& file : embedded_files()) {
        Page page{make_document({file.begin, file.end}), type_of(file.name)};
        const std::string name = file.name;
        if (name == "/index.html") pages_.emplace("/", page);
        pages_.emplace(name, std::move(page));
    }
}

std::optional<Reply> Pages::find(const Request& request) const {
    const auto found = pages_.find(request.path);
    if (found == pages_.end()) return std::nullopt;
    const Page& page = found->second;
    Reply reply = document_reply(request, page.document, page.content_type, "no-cache", std::nullopt, rules_);
    reply.headers.add("Content-Security-Policy", security_policy);
    reply.headers.add("X-Content-Type-Options", "nosniff");
    reply.headers.add("Referrer-Policy", "same-origin");
    return reply;
}

}  // namespace outpost::server
