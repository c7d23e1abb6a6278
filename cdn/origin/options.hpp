// What an operator says of origins, as plain structs. Defaults are those of the configuration.
#pragma once

#include <filesystem>
#include <string>

#include "base/units.hpp"

namespace outpost::cdn::origin {

// Requests to a bucket are signed (AWS Signature Version 4).
struct S3Options {
    std::string bucket;  // empty: no bucket, nothing is signed
    std::string region = "us-east-1";
    std::string key;                    // the access key's id
    std::filesystem::path secret_file;  // its first line is the secret; read once, never logged
    bool path_style = true;             // /bucket/key; else bucket.host/key, and bucket.host is looked up
};

struct OriginOptions {
    std::string url;   // http or https; a path is put before the request's
    std::string pool;  // empty: the first
    unsigned weight = 100;
    bool backup = false;  // asked only when no other of the pool is usable
    unsigned connections = 64;
    Milliseconds keep_alive{30'000};  // how long an idle connection is kept
    bool verify = true;               // of https: the chain and the name
    std::filesystem::path ca;         // PEM; empty: the system's
    std::string server_name;          // of https: for SNI and the certificate; empty: the URL's host
    S3Options s3;
};

enum class Balance {
    hash,      // rendezvous by the call's hash, with bounded load
    weighted,  // by weight, at random
};

enum class Redirects { pass, follow };

struct PoolOptions {
    std::string name;
    Balance balance = Balance::hash;
    unsigned load_bound = 125;               // percent of its share of the load that an origin may have
    std::string host;                        // Host field; empty: each origin's own
    bool client_host = false;                // the Host field that the client sent
    Milliseconds connect_timeout{3'000};     // a free connection, the name, TCP and TLS together
    Milliseconds first_byte_timeout{5'000};  // from the request being sent to the reply's head
    Milliseconds idle_timeout{10'000};       // between two pieces of a body
    Milliseconds whole_timeout{300'000};     // from the call to the body's end
    unsigned retries = 2;
    unsigned retry_budget = 20;  // percent
    std::string health_path;     // empty: no checks
    Milliseconds health_interval{5'000};
    Milliseconds health_timeout{2'000};
    unsigned eject_after = 5;
    Milliseconds eject_time{10'000};
    Milliseconds slow_start{10'000};
    Redirects redirects = Redirects::pass;
};

}  // namespace outpost::cdn::origin
