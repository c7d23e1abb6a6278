// A page from results.
#include "base/file.hpp"
#include "bench/commands/shared.hpp"

namespace outpost::bench {
namespace {

constexpr Bytes most_result{512 << 20};

int report(const std::vector<std::string>& files, const std::string& page) {
    std::vector<Result> results;
    for (const std::string& file : files) {
        const auto text = read_file(file, most_result);
        if (!text) return complain(text.error());
        auto result = read_result(*text, file);
        if (!result) return complain(result.error());
        results.push_back(std::move(*result));
    }
    const auto wrote = write_file_atomically(page, to_html(results));
    return wrote ? 0 : complain(wrote.error());
}

}  // namespace

void add_report(CLI::App& app, int& exit_status) {
    auto* command = app.add_subcommand("report", "Make one page of results that --json wrote");
    const auto files = std::make_shared<std::vector<std::string>>();
    const auto page = std::make_shared<std::string>();
    command->add_option("results", *files, "Files that run, find and compare wrote with --json")->required();
    command->add_option("-o,--output", *page, "The page")->required();
    command->callback([files, page, &exit_status] { exit_status = report(*files, *page); });
}

}  // namespace outpost::bench
