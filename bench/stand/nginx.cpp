#include <unistd.h>

#include <fmt/format.h>

#include "bench/stand/child.hpp"
#include "bench/stand/contestant.hpp"

namespace outpost::bench {
namespace {

// What all have. `user`: a worker that gave up root could not read content below a folder that is root's
// alone; who it runs as costs nothing.
std::string top(const Site& site, std::string_view name) {
    return fmt::format(R"({user}worker_processes 1;              # it has one core
daemon off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error warn;
events {{ worker_connections 16384; }}  # it reserves memory for each
http {{
  sendfile on;                    # bodies go from the page cache, not through the worker
  tcp_nopush on;                  # the head and the body's first bytes in one packet
  keepalive_timeout 60s;
  keepalive_requests 1000000;     # the default, 1000, has busy clients connect again and again
  types {{
    application/vnd.apple.mpegurl m3u8;
    application/dash+xml mpd;
    video/mp4 mp4;
    video/iso.segment m4s;
  }}
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  # No open, stat and close for each request. Also for files of the cache.
  open_file_cache max=20000 inactive=10m;
)",
                       fmt::arg("user", ::geteuid() == 0 ? "user root;\n" : ""),
                       fmt::arg("folder", site.folder.string()), fmt::arg("name", name));
}

// A write for each 64 KiB of lines instead of each line.
std::string buffered_log(const Site& site) {
    return fmt::format("  access_log {}/access.log combined buffer=64k flush=1s;\n", site.folder.string());
}

std::string listening(const Site& site) {
    if (!site.certificate) return fmt::format("    listen 127.0.0.1:{} backlog=4096;\n", site.port);
    return fmt::format(R"(    listen 127.0.0.1:{} ssl backlog=4096;
    ssl_certificate {};
    ssl_certificate_key {};
    ssl_protocols TLSv1.3;
    # The cheapest that is strong goes first, as it does in Outpost; by default the client decides.
    ssl_prefer_server_ciphers on;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
    ssl_session_cache shared:tls:20m;
    ssl_session_timeout 1d;         # tickets are on by default
    ssl_conf_command Options KTLS;  # sendfile with TLS, where the kernel can
)",
                       site.port, in_quotes(site.certificate->chain), in_quotes(site.certificate->key));
}

}  // namespace

std::string nginx_static_configuration(const Site& site) {
    return top(site, "nginx") + buffered_log(site) +
           fmt::format("  server {{\n{}    root {};\n  }}\n}}\n", listening(site),
                       in_quotes(site.content / "www"));
}

std::string nginx_cache_configuration(const Site& site) {
    return top(site, "nginx") + buffered_log(site) +
           fmt::format(R"(  # A temporary file in the cache itself is renamed, not copied.
  proxy_cache_path {cache} levels=1:2 keys_zone=films:64m max_size={size} inactive=7d use_temp_path=off;
  upstream origin {{
    server 127.0.0.1:{origin};
    keepalive 64;
  }}
  server {{
{listen}    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;           # keepalive takes both this
      proxy_set_header Connection "";   # and that
      proxy_cache films;
      proxy_cache_key $uri;             # queries (CMCD, tokens) make no other object
      proxy_cache_lock on;              # one request for what many want
      proxy_cache_lock_timeout 7s;      # players give up after 8 s
      proxy_cache_use_stale error timeout updating http_502 http_503 http_504;
      proxy_cache_background_update on;
      proxy_buffer_size 16k;
      proxy_buffers 16 64k;             # a segment is filled with fewer, larger writes
      proxy_busy_buffers_size 128k;
      proxy_connect_timeout 3s;
      proxy_read_timeout 10s;
      add_header X-Cache $upstream_cache_status;
    }}
  }}
}}
)",
                       fmt::arg("cache", in_quotes(site.folder / "cache")),
                       fmt::arg("size", site.cache.count()), fmt::arg("origin", site.origin_port),
                       fmt::arg("listen", listening(site)));
}

std::string nginx_origin_configuration(const Site& site) {
    // The log is how many bytes left it, so nothing of it is held back.
    return top(site, "origin") + fmt::format(R"(  log_format sent "$bytes_sent $status $request_uri";
  access_log {folder}/origin.access sent;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {root};
    add_header Cache-Control max-age=3600;
  }}
}}
)",
                                             fmt::arg("folder", site.folder.string()),
                                             fmt::arg("port", site.origin_port),
                                             fmt::arg("root", in_quotes(site.content / "www")));
}

Outcome<Recipe> nginx_recipe(const Site& site, std::string_view name, std::string configuration) {
    const auto program = find_program("nginx", "nginx-light");
    if (!program) return program.error();
    Recipe recipe;
    recipe.file = site.folder / fmt::format("{}.conf", name);
    recipe.configuration = std::move(configuration);
    // -e: what it says before it has read error_log.
    recipe.words = {*program, "-c", recipe.file, "-e", site.folder / fmt::format("{}.start", name)};
    recipe.hangup_reloads = true;
    return recipe;
}

}  // namespace outpost::bench
