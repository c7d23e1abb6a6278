#include "config/rules.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "config/rules_auth.hpp"
#include "config/rules_edge.hpp"
#include "config/rules_files.hpp"
#include "config/rules_origin.hpp"

namespace outpost::config {
namespace {

void check_listeners(const Settings& settings, std::vector<Fault>& faults) {
    if (settings.listen.empty()) {
        faults.push_back({{1, 1},
                          "there is no listener, so nobody can connect",
                          "add [[listen]] with address = \"0.0.0.0:8080\""});
    }
    for (auto later = settings.listen.begin(); later != settings.listen.end(); ++later) {
        if (!later->address.given()) continue;
        for (auto earlier = settings.listen.begin(); earlier != later; ++earlier) {
            if (!earlier->address.given() || !clash(earlier->address, later->address)) continue;
            faults.push_back(
                {later->address.at(),
                 fmt::format("address {} is taken by the [[listen]] of line {}, {}",
                             to_text(later->address()), earlier->at().line, to_text(earlier->address())),
                 "choose another port"});
            break;
        }
    }
}

void check_admin(const Settings& settings, std::vector<Fault>& faults) {
    for (const ListenOptions& listen : settings.listen) {
        if (!listen.address.given() || !clash(listen.address, settings.admin.address)) continue;
        const bool told = settings.admin.address.given();
        faults.push_back({told ? settings.admin.address.at() : listen.address.at(),
                          fmt::format("the [[listen]] address {} and the [admin] address {} clash",
                                      to_text(listen.address()), to_text(settings.admin.address())),
                          "choose another port for one of them"});
    }
}

void check_tls(const Settings& settings, std::vector<Fault>& faults) {
    if (!settings.certificate.empty()) return;
    for (const ListenOptions& listen : settings.listen) {
        if (!listen.tls()) continue;
        faults.push_back({listen.tls.at(), "a TLS listener needs a certificate and there is none",
                          "add [[certificate]] with chain and key"});
    }
}

// "*", or a scheme, a host and perhaps a port, as browsers send it in Origin (RFC 6454 section 6.2).
bool is_origin(std::string_view text) {
    if (text == "*") return true;
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!text.starts_with(scheme)) continue;
        const std::string_view host = text.substr(scheme.size());
        return !host.empty() && host.find_first_of("/?#@* ") == std::string_view::npos;
    }
    return false;
}

// A host name, or "*." and one.
bool is_certificate_name(std::string_view text) {
    if (text.starts_with("*.")) text.remove_prefix(2);
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    return !text.empty() && text.front() != '.' && text.find_first_not_of(allowed) == std::string_view::npos;
}

void check_texts(const Settings& settings, std::vector<Fault>& faults) {
    for (const std::string& origin : settings.cors.origins()) {
        if (is_origin(origin)) continue;
        faults.push_back({settings.cors.origins.at(),
                          fmt::format("{} is not an origin", describe(Value{origin})),
                          "write a scheme and a host, with nothing after them, such as "
                          "\"https://player.example.org\", or \"*\""});
    }
    for (const CertificateOptions& certificate : settings.certificate) {
        for (const std::string& name : certificate.names()) {
            if (is_certificate_name(name)) continue;
            faults.push_back({certificate.names.at(),
                              fmt::format("{} is not a host name", describe(Value{name})),
                              "write one such as \"cdn.example.org\" or \"*.example.org\""});
        }
    }
}

bool is_key_hash(std::string_view text) {
    constexpr std::string_view prefix = "sha256:";
    constexpr std::size_t digits = 64;
    return text.starts_with(prefix) && text.size() == prefix.size() + digits &&
           decode_hex(text.substr(prefix.size()));
}

// An earlier [[account]] that has the same there, in whatever case.
void check_distinct(const Settings& settings, const AccountOptions& account,
                    const Option<std::string> AccountOptions::*option, std::string_view remedy,
                    std::vector<Fault>& faults) {
    const Option<std::string>& ours = account.*option;
    if (!ours.given()) return;
    for (const AccountOptions& earlier : settings.account) {
        if (&earlier == &account) return;
        if (!iequals((earlier.*option)(), ours())) continue;
        faults.push_back(
            {ours.at(),
             fmt::format("{} is that of the [[account]] of line {}", ours.name(), earlier.at().line),
             std::string{remedy}});
        return;
    }
}

void check_accounts(const Settings& settings, std::vector<Fault>& faults) {
    for (const AccountOptions& account : settings.account) {
        if (account.name.given() && !is_plain_name(account.name()))
            faults.push_back({account.name.at(),
                              fmt::format("name is {}, not a name", describe(Value{account.name()})),
                              "write letters, digits, - . and _, such as \"monitoring\""});
        if (account.key_hash.given() && !is_key_hash(account.key_hash()))
            faults.push_back({account.key_hash.at(), "key_hash is not the hash of a key",
                              "write \"sha256:\" and 64 hexadecimal digits, as `outpost token keygen "
                              "--account` prints them"});
        check_distinct(settings, account, &AccountOptions::name, "choose another", faults);
        check_distinct(settings, account, &AccountOptions::key_hash,
                       "give each a key of its own, so that the audit log can tell them apart", faults);
    }
}

// The file itself may come to be later; where it is to be must be there.
void check_log_file(const Option<std::filesystem::path>& log, std::vector<Fault>& faults) {
    if (log() == "-") return;
    if (std::error_code ignored; std::filesystem::is_directory(log(), ignored)) {
        faults.push_back({log.at(), fmt::format("{} is a directory", log().string()), "name a file"});
        return;
    }
    const std::filesystem::path directory = log().has_parent_path() ? log().parent_path() : ".";
    if (::access(directory.c_str(), W_OK | X_OK) == 0) return;
    faults.push_back({log.at(),
                      fmt::format("{} can't be written to: {}", directory.string(), std::strerror(errno)),
                      "create it, and let the user that outpost runs as write there"});
}

void check_directory(const Option<std::filesystem::path>& option, std::vector<Fault>& faults) {
    if (!option.given() || option().empty()) return;
    std::error_code ignored;
    const auto type = std::filesystem::status(option(), ignored).type();
    if (type == std::filesystem::file_type::regular) {
        faults.push_back({option.at(), fmt::format("{} is not a directory", option().string()),
                          "name the directory that holds the films"});
    } else if (::access(option().c_str(), R_OK | X_OK) != 0) {
        faults.push_back(unreadable(option, errno));
    }
}

}  // namespace

void check_rules(const Settings& settings, std::vector<Fault>& faults) {
    check_listeners(settings, faults);
    check_admin(settings, faults);
    check_tls(settings, faults);
    check_texts(settings, faults);
    check_accounts(settings, faults);
    check_edge_rules(settings, faults);
    check_auth_rules(settings, faults);
}

void check_files(const Settings& settings, std::vector<Fault>& faults) {
    for (const CertificateOptions& certificate : settings.certificate) {
        check_file(certificate.chain, faults);
        check_file(certificate.key, faults);
    }
    check_file(settings.tls.client_ca, faults);
    check_directory(settings.library.directory, faults);
    if (settings.access_log.format() != AccessLogFormat::off)
        check_log_file(settings.access_log.path, faults);
    check_log_file(settings.admin.audit_log, faults);
    check_edge_files(settings, faults);
    check_auth_files(settings, faults);
}

}  // namespace outpost::config
