// Tokens that others made, with their keys: RFC 8392 appendix A, and what two libraries write: the Common
// Access Tokens of @eyevinn/cat 0.16.4 and the COSE messages of @auth0/cose 1.0.2.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "auth/keys/jwk.hpp"
#include "auth/keys/ring.hpp"

namespace outpost::auth {

inline KeyRing ring_of(std::initializer_list<std::string_view> jwks) {
    std::vector<std::shared_ptr<const Key>> keys;
    for (const std::string_view jwk : jwks) {
        auto set = read_jwk_set(jwk, "test");
        REQUIRE_MESSAGE(set.has_value(), (set ? std::string{} : set.error().line()));
        keys.insert(keys.end(), set->keys.begin(), set->keys.end());
    }
    return KeyRing{std::move(keys)};
}

// ---- RFC 8392 appendix A

inline constexpr std::string_view cwt_signing_key =
    R"({"kty":"EC","alg":"ES256","kid":"AsymmetricECDSA256","iss":"coap://as.example.com","crv":"P-256","x")"
    R"(:"FDMpzOeGjkFpJ1mc9lo0884v_aVafspp7YkZo5TULw8","y":"YPfxp4DYp4O_t6LdayeW6BKNu87509Fo25Uplxo257k"})";

inline constexpr std::string_view cwt_signed =
    "d28443a10126a104524173796d6d657472696345434453413235365850a70175636f61703a2f2f61732e6578616d706c652e"
    "636f6d02656572696b77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f006"
    "1a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131"
    "680c429a01f85951ecee743a52b9b63632c57209120e1c9e30";

inline constexpr std::string_view cwt_maced =
    "d83dd18443a10104a1044c53796d6d65747269633235365850a70175636f61703a2f2f61732e6578616d706c652e636f6d02"
    "656572696b77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9"
    "f007420b7148093101ef6d789200";

inline constexpr std::string_view cwt_with_float =
    "d18443a10104a1044c53796d6d65747269633235364ba106fb41d584367c20000048b8816f34c0542892";

// ---- @eyevinn/cat, with the key of RFC 8392 A.2.2

inline constexpr std::string_view eyevinn_key =
    R"({"kty":"oct","alg":"HS256","kid":"Symmetric256","iss":"eyevinn","k":"QDaX3oevZGEcHTKgXasP4fy3FahqtDX)"
    R"(x7JkZLXlWk4g"})";

inline constexpr std::string_view eyevinn_full =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZZARyvAWdleWV2aW5uAmVqb25hcwOCY29uZWN0d28EGmsMyQAFGmr9hsAGGmr9hsAHQwtx"
    "ohkBNAEZATeE2DREwAACAdg0ghgYRMYzZADYNlAgAQ24AAAAAAAAAAAAAAAB2DaCGDBQIAENuAABAAAAAAAAAAAAABkBOKQAoQBl"
    "aHR0cHMBoQJsLmV4YW1wbGUuY29tA6IBZS92b2QvBIFpL2FbMC05XSsvCKEAZS5tM3U4GQE5gmNHRVRkSEVBRBkBO6FoWC1EZXZp"
    "Y2WhAGJ0dhkBP1ggqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqoZAUOkAAIBGHgCGDwEd2N0YS1jb21tb24tYWNjZXNz"
    "LXRva2VuGQE2AVggImD1Fv8aOeO5EOJP2jkebqr3vSBVKXlTphnuBwfk0OU";

inline constexpr std::string_view eyevinn_small =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZUowFnZXlldmlubgQaawzJABkBNgFYIBaXxlTcPKSDY1PLD-Ros7Cnt0NCh0ZjzF3kzoC1"
    "AKtA";

inline constexpr std::string_view eyevinn_asn =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYG6QBZ2V5ZXZpbm4EGmsMyQAZATeBGfwAGQE2AVggoncpPBH2UAKmHOSiU5HUGcrIUZAI"
    "Dv-dX0_5GKHPUjc";

inline constexpr std::string_view eyevinn_flags =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYJqQBZ2V5ZXZpbm4EGmsMyQAZATihA6EEgmdcLm0zdTgkYWkZATYBWCDXbwpbo5KSmwZF"
    "UKqdA59l_mMwu5KxpUdUUC4-6-rKLQ";

inline constexpr std::string_view eyevinn_sha =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYXaQBZ2V5ZXZpbm4EGmsMyQAZATihA6EgeEA5M2E2YzgwNDdmNDg2NzIxZmQzMjBjNjE0"
    "NTUwZjE3ODRjNmJiMTk3MmMwYmNkNTA3MDEyM2UyNDk2YWNiN2E5GQE2AVggXqqNH1GqLjjtYScFPtX0iLomLqp66yeVWi8ZAd0H"
    "XQY";

inline constexpr std::string_view eyevinn_geo =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYG6QBZ2V5ZXZpbm4EGmsMyQAZATyBYlNFGQE2AVggmGA6Kg4EWEqEbZdzVrb8lP7xvSyw"
    "ddZt1fLIiCS9sK4";

inline constexpr std::string_view eyevinn_condition =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYNKQBZ2V5ZXZpbm4EGmsMyQAZAUKhBIMZATOhaExvY2F0aW9uamh0dHBzOi8vYS9haxkB"
    "NgFYIOUcKyJ9MtUKAgAwBJnKGCKCPmUyqmSOi-fCOva-UbEr";

inline constexpr std::string_view eyevinn_por =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYG6QBZ2V5ZXZpbm4EGmsMyQAZATWCGDIFGQE2AVggyRNmAKtXlrKUofaLIAzniJeeOIL7"
    "l8FYIpsFyo005s0";

inline constexpr std::string_view eyevinn_auto =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYHaQBZ2V5ZXZpbm4EGmsMyQAZAUOiAAABGDwZATYBWCC-1WgVQ66k5BcSHz8a1B4KVire"
    "Z2w9TFUTrrCc2TA8sA";

inline constexpr std::string_view eyevinn_redirect =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYIaQBZ2V5ZXZpbm4EGmsMyQAZAUOjAAMBGDwHGQEuGQE2AVgg_vLQu6S9cie1UFBrcRoK"
    "TX0Uydmaf_Pul_PQcS9mepQ";

inline constexpr std::string_view eyevinn_cookie =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYIqQBZ2V5ZXZpbm4EGmsMyQAZAUOjAAEBGDwDY3RvaxkBNgFYIBk8PLZ3pfoMjnt-UrET"
    "PCw-a9mpZ_hjMyvHVH7Mv9w5";

inline constexpr std::string_view eyevinn_cookie_params =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYJqQBZ2V5ZXZpbm4EGmsMyQAZAUOjAAEBGDwFgWZTZWN1cmUZATYBWCCvetW7xCEEk0cS"
    "oonxHaYNI3SmnriC518ytB17LMRmxQ";

inline constexpr std::string_view eyevinn_alpn =
    "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYG6QBZ2V5ZXZpbm4EGmsMyQAZATqBYmgyGQE2AVggomu2oEBOq4Ozas30Cs8zCIuFYo94"
    "YruZ5cIE1NXP4oU";

inline constexpr std::string_view eyevinn_untagged =
    "0YRDoQEFoQRMU3ltbWV0cmljMjU2eChhMzAxNjc2NTc5NjU3NjY5NmU2ZTA0MWE2YjBjYzkwMDE5MDEzNjAxWCCsn8dJT8Mj28c8"
    "UudPuJ5TordAJ76ntu_wZtA-YaJbyg";

// ---- @auth0/cose, with the keys of RFC 7515 A.1 and A.3, RFC 8037 A.4 and one of its own

inline constexpr std::string_view auth0_hs256_key =
    R"({"kty":"oct","alg":"HS256","kid":"a1","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKt)"
    R"(MN3Yj0iPS4hcgUuTwjAzZr1Z9CAow","iss":"auth0"})";

inline constexpr std::string_view auth0_es256_key =
    R"({"kty":"EC","kid":"a3","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9)"
    R"(m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","alg":"ES256","iss":"auth0"})";

inline constexpr std::string_view auth0_eddsa_key =
    R"({"kty":"OKP","kid":"a4","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdD)"
    R"(SA","iss":"auth0"})";

inline constexpr std::string_view auth0_ps256_key =
    R"({"kty":"RSA","alg":"PS256","kid":"p1","iss":"auth0","n":"oUljpWTq8XdxqUpz-H257y_HmiNcHZ8MKU6ve43TGyy)"
    R"(9jEaZsoQfl9mxDsNEiIE-986nTRvWopuWFsFs5Ead_l2IsmPtW1XuAufY-4Kn3LXDPDspXH_LtGJ5cX6pO2bWMBvLneLOejo1UnL)"
    R"(ZRQ8QAfXWrCIP-bFOXHqqT0Mk5sSVtWrY0ktwLlWHZuMS5Vxu0b_Eou0PqxdJSKdwxuqnv4BmC1oJXoNKY339WKgfVIJDJ-t2HKY)"
    R"(b95OWge7ZCUOfHTgwW50D1Ncl0Wwm0U1NB5OfsMcMT5TKFABWfvtxejHH3UsTtQ_11KfX3sZpJN9uTHuqjy7-IksxO0eXqN0cgQ")"
    R"(,"e":"AQAB"})";

inline constexpr std::string_view auth0_hs256 =
    "0YRHogEFBEJhMaBYPKYBZWF1dGgwBBprDMkAGQE2ARkBOKEDoQFmL2xpdmUvZHNpdGVobm9ydGgtMTJqbWF4X2hlaWdodBkC0Fgg"
    "xOeNvs1vk3rH_qJVeZW2zDY-YKYQ340vZdnEQz8w0_U";

inline constexpr std::string_view auth0_es256 =
    "0oRHogEmBEJhM6BYPKYBZWF1dGgwBBprDMkAGQE2ARkBOKEDoQFmL2xpdmUvZHNpdGVobm9ydGgtMTJqbWF4X2hlaWdodBkC0FhA"
    "wMKjKMuD-VxyK82Ylm43g9pa5yBMqeU7jWOujGmF8R18sleTz6TUgzUv-0SIuzqGFMqPprik9frk9-6SeJCOzQ";

inline constexpr std::string_view auth0_eddsa =
    "0oRHogEnBEJhNKBYPKYBZWF1dGgwBBprDMkAGQE2ARkBOKEDoQFmL2xpdmUvZHNpdGVobm9ydGgtMTJqbWF4X2hlaWdodBkC0FhA"
    "aP-k0aqcLe9zIdmHB0w9SlGRJgxwtBcS1wY_VsJIhjtGG_SmW8C88JmIxEpMpRKidDmqamACdL3OM84TYroHCQ";

inline constexpr std::string_view auth0_ps256 =
    "0oRIogE4JARCcDGgWDymAWVhdXRoMAQaawzJABkBNgEZATihA6EBZi9saXZlL2RzaXRlaG5vcnRoLTEyam1heF9oZWlnaHQZAtBZ"
    "AQB5A6MbmUTEP6LDvvxi57gZmN5p8bK98aWesBM3oEc1hUNDQ7E90RrS-P5jW9WhWYFIjNjv0-EjChrVDB1AKYf9LEVT8CWjJz3_"
    "j7198_DldeqMzgKt4_28tVzr3msOla5wk67xSvl74l0psK37U3v_1cj5Jav62KKbA9zKvZ7xZbR82bUrNJhHLN6N4TC9WowiGWLt"
    "8bIbRfXBLTnleODqsHV7DXajC1j-9ENPd00x9tmyhwgc9VhA8fMwLKGvBYwB5wHfW6Z8c-gFtuRnmytQgV_e5VhOl6g-ZsRvAePz"
    "yUjbzHBitt9rISo1GNpaMtQns50_exiT4FD5gXTqq-dn";

}  // namespace outpost::auth
