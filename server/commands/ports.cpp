#include "server/commands/ports.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <set>
#include <sstream>
#include <sys/socket.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace outpost::server {
namespace {

// The error of binding to the address; 0 when it is free.
int bind_error(const config::Address& address) {
    const int family = address.is_v6() ? AF_INET6 : AF_INET;
    const Fd socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket) return errno;
    const int on = 1;
    // As the server does: connections of an earlier one in TIME_WAIT don't count, and [::] is IPv6 only.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address.is_v6()) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(address.port);
        ::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr);
        size = sizeof *v6;
    } else {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address.port);
        ::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr);
        size = sizeof *v4;
    }
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0 ? 0 : errno;
}

// The inodes, as "socket:[123]", of the sockets that listen on a port, from /proc/net/tcp or tcp6: columns
// 2 (address:port in hexadecimal), 4 (state, 0A listens) and 10 (inode).
void add_listening_sockets(const char* table, std::uint16_t port, std::set<std::string>& sockets) {
    std::ifstream rows{table};
    const std::string wanted = fmt::format(":{:04X}", port);
    for (std::string row; std::getline(rows, row);) {
        std::istringstream columns{row};
        std::string number, local, remote, state, skipped, inode;
        columns >> number >> local >> remote >> state;
        for (int i = 0; i < 5; ++i) columns >> skipped;
        columns >> inode;
        if (state == "0A" && local.ends_with(wanted)) sockets.insert(fmt::format("socket:[{}]", inode));
    }
}

bool holds_one(const std::filesystem::path& process, const std::set<std::string>& sockets) {
    std::error_code error;
    for (auto each = std::filesystem::directory_iterator{process / "fd", error};
         !error && each != std::filesystem::directory_iterator{}; each.increment(error)) {
        std::error_code gone;  // processes and their files come and go as we look
        if (sockets.contains(std::filesystem::read_symlink(each->path(), gone).string())) return true;
    }
    return false;
}

Holder holder_of(std::uint16_t port) {
    std::set<std::string> sockets;
    add_listening_sockets("/proc/net/tcp", port, sockets);
    add_listening_sockets("/proc/net/tcp6", port, sockets);
    if (sockets.empty()) return {};
    std::error_code error;
    for (auto each = std::filesystem::directory_iterator{"/proc", error};
         !error && each != std::filesystem::directory_iterator{}; each.increment(error)) {
        const auto process = parse_unsigned(each->path().filename().string());
        if (!process || !holds_one(each->path(), sockets)) continue;
        std::string name;
        std::ifstream comm{each->path() / "comm"};
        std::getline(comm, name);
        return {name, static_cast<int>(*process)};
    }
    return {};
}

}  // namespace

std::optional<PortTaken> try_port(const config::Address& address) {
    const int error = bind_error(address);
    const std::string text = config::to_text(address);
    switch (error) {
        case 0: return std::nullopt;
        case EADDRINUSE: {
            const Holder holder = holder_of(address.port);
            const std::string by = holder.name.empty()
                                       ? "by a program of another user"
                                       : fmt::format("by {} (process {})", holder.name, holder.process);
            return PortTaken{fmt::format("port taken: {} is in use, {}", text, by),
                             "choose another or stop it", holder};
        }
        case EADDRNOTAVAIL:
            return PortTaken{fmt::format("this machine has no address {}", address.host),
                             "choose one that `ip address` lists, or 0.0.0.0 for all",
                             {}};
        case EACCES:
            return PortTaken{fmt::format("this user may not listen on port {}", address.port),
                             "choose one from 1024 on, or give the program CAP_NET_BIND_SERVICE",
                             {}};
        default:
            return PortTaken{fmt::format("{} can't be listened on: {}", text, std::strerror(error)), "", {}};
    }
}

Problem problem_of(const PortTaken& taken, const config::Option<config::Address>& option,
                   const std::filesystem::path& file) {
    const std::string where =
        option.given() ? fmt::format("{}:{}:{}", file.string(), option.at().line, option.at().column)
                       : file.string();
    return {where, taken.what, taken.remedy};
}

}  // namespace outpost::server
