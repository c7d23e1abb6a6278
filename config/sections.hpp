// The sections of the configuration file and their options; those of an edge are in sections_edge.hpp.
// Settings (config/settings.hpp) puts them together.
#pragma once

#include <span>
#include <vector>

#include "base/units.hpp"
#include "config/option.hpp"

namespace outpost::config {

using namespace std::chrono_literals;

enum class TlsVersion { v1_2, v1_3 };
enum class LogLevel { debug, info, warning, error };
enum class AccessLogFormat { off, json, combined };
enum class AccountRole { viewer, operate, administrator };  // an enumerator can't be called operator

template <>
std::span<const Named<TlsVersion>> names_of();
template <>
std::span<const Named<LogLevel>> names_of();
template <>
std::span<const Named<AccessLogFormat>> names_of();
template <>
std::span<const Named<AccountRole>> names_of();

struct ServerOptions : Section {
    using Section::Section;
    Option<std::uint32_t> threads{*this,
                                  "threads",
                                  0,
                                  {0, 256},
                                  "Threads that serve connections; 0 is one for each core. Fewer leave cores "
                                  "to other programs on the machine; more than cores gain nothing."};
    Option<Milliseconds> drain{*this,
                               "drain",
                               30s,
                               {0s, 1h},
                               "How long a stopping server lets replies under way finish. At least twice a "
                               "segment's duration keeps players "
                               "from noticing."};
    Option<std::string> name{*this, "name", "outpost", "What the Server header says. Empty sends none."};
};

struct ListenOptions : Section {
    using Section::Section;
    Option<Address> address{
        *this, "address", Required{"0.0.0.0:8080"},
        "IP address and port. 0.0.0.0 is every IPv4 address of the machine and [::] every "
        "IPv6 one (IPv6 only: write both for both). Port 0 lets the system choose."};
    Option<bool> tls{*this, "tls", false, "Whether clients speak HTTPS here. It takes a [[certificate]]."};
    Option<std::uint32_t> backlog{*this,
                                  "backlog",
                                  1024,
                                  {1, 65535},
                                  "Connections that may wait to be accepted. More ride out a crowd that "
                                  "arrives at once; the kernel's net.core.somaxconn bounds it too."};
};

struct CertificateOptions : Section {
    using Section::Section;
    Option<std::filesystem::path> chain{*this, "chain", Required{"certificate.pem"},
                                        "PEM file with the certificate and then its intermediates."};
    Option<std::filesystem::path> key{*this, "key", Required{"key.pem"},
                                      "PEM file with the private key, not encrypted."};
    Option<std::vector<std::string>> names{
        *this,
        "names",
        {},
        "Host names that it is shown for, such as \"cdn.example.org\" or "
        "\"*.example.org\". Empty takes those that the certificate holds."};
};

struct TlsOptions : Section {
    using Section::Section;
    Option<TlsVersion> minimum{*this, "minimum", TlsVersion::v1_2,
                               "Oldest version that is spoken. Old set-top boxes need 1.2."};
    Option<Milliseconds> ticket_lifetime{*this,
                                         "ticket_lifetime",
                                         24h,
                                         {1min, 168h},
                                         "How long a client may resume its session without a full handshake. "
                                         "Longer saves processor time when boxes come back; shorter bounds "
                                         "what a stolen ticket key opens."};
    Option<bool> hsts{*this, "hsts", false,
                      "Whether replies over TLS tell browsers to use nothing but HTTPS for this name for two "
                      "years. Only when nothing on the name needs plain HTTP."};
    Option<std::filesystem::path> client_ca{
        *this, "client_ca", "",
        "PEM file with the certificates of those who sign the certificates of boxes. With it, TLS listeners "
        "ask clients for a certificate: a client that has none is served all the same, and one whose "
        "certificate does not verify is turned away. Browsers may ask their users which one to show. Read "
        "again on reload."};
};

struct LimitsOptions : Section {
    using Section::Section;
    Option<std::uint32_t> connections{*this,
                                      "connections",
                                      20000,
                                      {1, 1000000},
                                      "Most connections at once; past it new ones are closed. Each takes a "
                                      "file descriptor and some KiB."};
    Option<std::uint32_t> connections_per_address{
        *this,
        "connections_per_address",
        512,
        {1, 1000000},
        "Most connections at once from one IP address. Whole villages may share one address (carrier-grade "
        "NAT): allow 6 for each box behind it."};
    Option<Bytes> head_bytes{
        *this, "head_bytes", 16_KiB, {1_KiB, 256_KiB}, "Longest request line and header fields together."};
    Option<std::uint32_t> head_fields{
        *this, "head_fields", 64, {8, 1024}, "Most header fields of a request."};
    Option<Milliseconds> head_time{*this,
                                   "head_time",
                                   10s,
                                   {100ms, 5min},
                                   "How long a request's head may take from its first byte to its last."};
    Option<Milliseconds> first_byte{
        *this,
        "first_byte",
        10s,
        {100ms, 5min},
        "How long a new connection may wait before its first request begins; a TLS "
        "handshake is part of it."};
    Option<Milliseconds> idle{*this,
                              "idle",
                              60s,
                              {1s, 1h},
                              "How long a connection is kept between two requests. Longer saves players "
                              "connecting again for each segment; shorter frees memory sooner."};
    Option<Bytes> request_body{*this,
                               "request_body",
                               64_KiB,
                               {0_B, 16_MiB},
                               "Longest request body. Players send none; the API's are small."};
    Option<BitRate> send_rate_min{
        *this,
        "send_rate_min",
        64_kbps,
        {BitRate{0}, 1000_Mbps},
        "Slowest that a client may take its replies, averaged over all the time in which its "
        "connection was being sent one, before it is cut off. Keep it well below the lowest rendition. 0bps "
        "turns it off."};
    Option<Milliseconds> send_grace{
        *this,
        "send_grace",
        20s,
        {1s, 10min},
        "How long a connection may have been sent replies before send_rate_min is asked of it."};
    Option<Milliseconds> send_stall{*this,
                                    "send_stall",
                                    60s,
                                    {1s, 10min},
                                    "Longest that a reply may make no progress at all. A paused player stops "
                                    "reading: too short makes it connect again."};
};

struct LibraryOptions : Section {
    using Section::Section;
    Option<std::filesystem::path> directory{*this, "directory", Required{"library"},
                                            "Directory of films, one below it for each."};
    Option<Milliseconds> rescan{
        *this,
        "rescan",
        30s,
        {1s, 24h},
        "How often the directory is looked through for new, changed and removed films."};
    Option<Milliseconds> keep_replaced{
        *this,
        "keep_replaced",
        6h,
        {0s, 720h},
        "How long the segments of a film that was replaced or removed can still "
        "be fetched, for players in the midst of it. Longer than the longest "
        "film is safe; the files keep their room on disk."};
    Option<std::uint32_t> open_assets{*this,
                                      "open_assets",
                                      256,
                                      {1, 65536},
                                      "Films whose files are kept open. Past it the least recently played is "
                                      "closed; each takes a file descriptor for every rendition."};
};

struct DeliveryOptions : Section {
    using Section::Section;
    Option<Bytes> turn{*this,
                       "turn",
                       1_MiB,
                       {64_KiB, 64_MiB},
                       "Most bytes that a connection sends before the others of its thread have their turn. "
                       "Less is fairer; more costs fewer system calls."};
    Option<std::uint32_t> cold_read_threads{*this,
                                            "cold_read_threads",
                                            4,
                                            {1, 64},
                                            "Threads that read from disk what is not in memory, so that no "
                                            "connection waits for another's disk. More for many disks or an "
                                            "SSD."};
    Option<std::uint32_t> cold_read_queue{
        *this,
        "cold_read_queue",
        256,
        {1, 65536},
        "Reads that may wait for those threads; past it connections wait and ask again. Waiting "
        "reads tell of a disk that is too slow."};
    Option<Milliseconds> manifest_max_age{*this,
                                          "manifest_max_age",
                                          60s,
                                          {0s, 24h},
                                          "How long caches and players may reuse playlists and MPDs without "
                                          "asking, in whole seconds. Shorter shows a replaced film sooner."};
    Option<bool> gzip{*this, "gzip", true,
                      "Whether playlists, MPDs and pages are compressed for clients that accept it. Segments "
                      "never are."};
    Option<Bytes> gzip_min{*this,
                           "gzip_min",
                           1_KiB,
                           {0_B, 1_MiB},
                           "Smallest body that is compressed; below it the gain is less than the cost."};
};

struct PagesOptions : Section {
    using Section::Section;
    Option<bool> enabled{
        *this, "enabled", true,
        "Whether the pages are served. On an edge they are only when this is written: their paths "
        "then go before its routes."};
};

struct CorsOptions : Section {
    using Section::Section;
    Option<std::vector<std::string>> origins{
        *this, "origins", std::vector<std::string>{"*"},
        "Origins, such as \"https://player.example.org\"; \"*\" is every "
        "one, an empty list none. Set-top boxes don't ask."};
};

struct AdminOptions : Section {
    using Section::Section;
    Option<Address> address{*this, "address", Address{"127.0.0.1", 9090},
                            "IP address and port of /healthz, /readyz, /metrics and the API."};
    Option<std::filesystem::path> audit_log{
        *this, "audit_log", "-",
        "File to which each change that is asked of the API is appended, done or refused, as a line of JSON, "
        "before it is answered. Opened anew when it was moved away; \"-\" is standard error."};
};

struct AccountOptions : Section {
    using Section::Section;
    Option<std::string> name{*this, "name", Required{"monitoring"},
                             "Who it is in the audit log: letters, digits, - . and _."};
    Option<AccountRole> role{*this, "role", AccountRole::viewer,
                             "\"viewer\" may read: metrics and status. \"operator\" may purge and revoke "
                             "too. \"administrator\" may do all that there is."};
    Option<std::string> key_hash{
        *this, "key_hash",
        Required{"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        "Hash of its key, as `outpost token keygen --account` prints it with a new key. The key itself is "
        "kept nowhere; it goes into \"Authorization: Bearer …\"."};
};

struct LogOptions : Section {
    using Section::Section;
    Option<LogLevel> level{*this, "level", LogLevel::info,
                           "Least weight that is written. debug tells of each connection."};
};

struct AccessLogOptions : Section {
    using Section::Section;
    Option<AccessLogFormat> format{
        *this, "format", AccessLogFormat::json,
        "One JSON object a line, the combined format of other web servers, or none. "
        "Queries are left out: they may hold tokens."};
    Option<std::filesystem::path> path{
        *this, "path", "-",
        "File that lines are appended to, opened anew when it was moved away, so that it "
        "can be rotated; \"-\" is standard output."};
    Option<Bytes> buffer{
        *this,
        "buffer",
        8_MiB,
        {64_KiB, 1_GiB},
        "Most bytes of lines that may wait to be written. When the disk can't keep up, lines are dropped and "
        "counted, and replies go on."};
    Option<Milliseconds> flush{*this, "flush", 1s, {10ms, 1min}, "Longest that a line is held back."};
};

}  // namespace outpost::config
