// One page that needs nothing else: no script, no font, no picture from anywhere.
#include "bench/report/page.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::bench {
namespace {

constexpr std::string_view mast =
    R"(<header class="mast"><svg viewBox="0 0 32 32" aria-hidden="true"><path class="mark-ridge" d="M2 26 11 13l5 6 4-5 10 12Z"/><circle class="mark-lamp" cx="22" cy="8" r="4"/></svg><span>Outpost bench</span></header>
)";

std::string headline(const Result& result) {
    if (!result.comparisons.empty()) return "Comparison";
    if (result.found) return "Search for the capacity";
    return "Load test";
}

std::string article(const Result& result, std::size_t number) {
    std::string out = fmt::format("<article id=\"r{}\">\n<header class=\"head\">", number);
    std::string when = iso_time(result.began).substr(0, 16);
    std::replace(when.begin(), when.end(), 'T', ' ');
    out += fmt::format("<p class=\"eyebrow\">{} · {} UTC</p>", headline(result), when);
    out += fmt::format("<h1>{}</h1>", xml_escape(result.scenario.name));
    if (!result.scenario.doc.empty())
        out += fmt::format("<p class=\"doc\">{}</p>", xml_escape(result.scenario.doc));
    if (!result.command.empty())
        out += fmt::format("<pre class=\"command\"><code>{}</code></pre>", xml_escape(result.command));
    out += "</header>\n";
    std::string_view named;
    for (const Comparison& comparison : result.comparisons) {
        out += comparison_section(comparison, comparison.what != named);
        named = comparison.what;
    }
    if (result.found) out += capacity_section(result);
    std::string runs;
    for (const RunResult& run : result.runs) runs += run_section(result, run);
    out += result.comparisons.empty() ? runs : "<div>\n" + runs + "</div>\n";
    return out + details_section(result) + "</article>\n";
}

std::string page(std::string_view title, const std::string& body) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n";
    out += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}<main>\n{}</main>\n",
                       xml_escape(title), page_style(), mast, body);
    return out + "</body>\n</html>\n";
}

}  // namespace

std::string to_html(const Result& result) {
    return page(result.scenario.name + " – Outpost bench", article(result, 1));
}

std::string to_html(const std::vector<Result>& results) {
    if (results.size() == 1) return to_html(results.front());
    std::string body = overview_section(results);
    for (std::size_t i = 0; i < results.size(); ++i) body += article(results[i], i + 1);
    return page("Outpost bench", body);
}

}  // namespace outpost::bench
