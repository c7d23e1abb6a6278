#include "server/commands/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/load.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/ports.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {
namespace {

using config::Settings;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "fetches from 3 origins in 2 pools and keeps 200GiB on 2 disks and 512MiB in memory"
std::string edge_of(const Settings& settings) {
    std::uint64_t room = 0;
    for (const config::DiskOptions& disk : settings.disk) room += disk.size().count();
    std::string keeps = fmt::format("{} in memory", to_text(settings.cache.memory()));
    if (!settings.disk.empty())
        keeps = fmt::format("{} on {} and {}", to_text(Bytes{room}),
                            counted(settings.disk.size(), "disk", "disks"), keeps);
    return fmt::format("fetches from {} in {} and keeps {}",
                       counted(settings.origin.size(), "origin", "origins"),
                       counted(settings.pool.size(), "pool", "pools"), keeps);
}

std::string roles_of(const Settings& settings) {
    std::vector<std::string> roles;
    if (settings.library.given())
        roles.push_back(fmt::format("serves the films of {}", settings.library.directory().string()));
    if (settings.edge.given()) roles.push_back(edge_of(settings));
    if (config::serves_pages(settings)) roles.emplace_back("serves the pages");
    return roles.empty() ? "serves nothing: add [library] or [edge]"
                         : fmt::format("{}", fmt::join(roles, "; "));
}

std::vector<std::string> summary_of(const Settings& settings, const std::filesystem::path& path) {
    std::vector<std::string> lines{fmt::format("{}: no problem found", path.string()),
                                   fmt::format("this node {}", roles_of(settings))};
    for (const config::ListenOptions& listen : settings.listen)
        lines.push_back(fmt::format("listens on {}://{}", listen.tls ? "https" : "http",
                                    config::to_text(listen.address())));
    lines.push_back(
        fmt::format("listens on http://{} for operators", config::to_text(settings.admin.address())));
    return lines;
}

// Tries one address. A server of ours that holds it is most likely the one that this file is for.
void check_port(const config::Option<config::Address>& option, const std::filesystem::path& path,
                CheckReport& report) {
    const auto taken = try_port(option());
    if (!taken) return;
    if (taken->holder.name == "outpost") {
        report.lines.push_back(fmt::format("{} is held by a running outpost (process {})",
                                           config::to_text(option()), taken->holder.process));
        return;
    }
    report.good = false;
    report.lines.push_back(problem_of(*taken, option, path).line());
}

// Opens each certificate as a server would.
void check_certificates(const Settings& settings, const std::filesystem::path& path, CheckReport& report) {
    for (const config::CertificateOptions& certificate : settings.certificate) {
        const CertificateFiles files{certificate.chain(), certificate.key(), certificate.names()};
        const auto at = certificate.chain.at();
        const std::string where = fmt::format("{}:{}:{}", path.string(), at.line, at.column);
        const auto opened = TlsContexts::load({files}, {});
        if (!opened) {
            report.good = false;
            report.lines.push_back(fmt::format("{}: {}", where, opened.error().line()));
        } else if (const std::string warning = expiry_warning(files, wall_now()); !warning.empty()) {
            report.lines.push_back(fmt::format("{}: {}", where, warning));
        }
    }
}

void check_client_ca(const Settings& settings, const std::filesystem::path& path, CheckReport& report) {
    if (settings.tls.client_ca().empty()) return;
    const auto problem = client_ca_problem(settings.tls.client_ca());
    if (!problem) return;
    const auto at = settings.tls.client_ca.at();
    report.good = false;
    report.lines.push_back(fmt::format("{}:{}:{}: {}", path.string(), at.line, at.column, problem->line()));
}

// A secret works as well when others may read it, so it is told and no problem.
void check_secret(const config::Option<std::filesystem::path>& option, const std::filesystem::path& path,
                  CheckReport& report) {
    namespace fs = std::filesystem;
    if (option().empty()) return;
    std::error_code error;
    const fs::perms mode = fs::status(option(), error).permissions();
    const auto others = fs::perms::group_all | fs::perms::others_all;
    if (error || (mode & others) == fs::perms::none) return;
    report.lines.push_back(fmt::format("{}:{}:{}: {} may be read by others than its owner; chmod 600 {}",
                                       path.string(), option.at().line, option.at().column, option().string(),
                                       option().string()));
}

}  // namespace

CheckReport check_file(const std::filesystem::path& path, bool try_ports) {
    const config::Loaded loaded = config::load(path);
    CheckReport report;
    for (const Problem& problem : loaded.problems) report.lines.push_back(problem.line());
    if (!loaded) return report;
    report.good = true;
    check_certificates(*loaded.settings, path, report);
    check_client_ca(*loaded.settings, path, report);
    for (const config::OriginOptions& origin : loaded.settings->origin)
        check_secret(origin.s3_secret_file, path, report);
    check_secret(loaded.settings->redis.password_file, path, report);
    if (try_ports) {
        for (const config::ListenOptions& listen : loaded.settings->listen)
            check_port(listen.address, path, report);
        check_port(loaded.settings->admin.address, path, report);
    }
    if (!report.good) return report;
    const auto summary = summary_of(*loaded.settings, path);
    report.lines.insert(report.lines.begin(), summary.begin(), summary.end());
    return report;
}

void add_check(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("check", "Tell everything that is wrong with a configuration file");
    auto* file = command->add_option("--config", "The configuration file")->required()->type_name("FILE");
    auto* no_ports =
        command->add_flag("--no-ports")->description("Don't try the ports: the file is for another machine");
    command->callback([file, no_ports, &exit_status] {
        const CheckReport report = check_file(file->as<std::string>(), no_ports->count() == 0);
        for (const std::string& line : report.lines) fmt::print(report.good ? stdout : stderr, "{}\n", line);
        exit_status = report.good ? 0 : 1;
    });
}

}  // namespace outpost::server
