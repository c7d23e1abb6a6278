// Tokens that another implementation made (jose 6 for Node.js), with the keys that RFC 9246 appendix A and
// RFC 8037 print where they can be, so that others' words are the measure and not our own.
#pragma once

#include <string_view>

namespace outpost::auth {

// The key of RFC 9246 appendix A, whose kid is its thumbprint.
inline constexpr std::string_view rfc9246_jwk =
    R"({"kty":"EC","iss":"uCDN Inc","crv":"P-256","x":"be807S4O7dzB6I4hTiCUvmxCI6FuxWba1xYBlLSSsZ8","y":"rOGC4vI69g-WF9AGEVI37sNNwbjIzBxSjLvIL7f3RBA"})";
inline constexpr std::string_view shared_jwk =
    R"({"kty":"oct","alg":"HS256","kid":"shared","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})";
inline constexpr std::string_view rs256_jwk =
    R"({"kty":"RSA","n":"xcJOj0zTo0gsG2Ai4GDXAgyPy6wu1bEU2jIaDIlAjpHtG7N84GrGyViXbpgH-OS8RPDw3qhrSEk-P9wF3HlbfpXikFvcllOzv9wEmW0UUgWZVWDyKDkJYLtoWnuJrcjpOS8S9PJL3VybsdNOP-BUqSqzKJcDjgJGsGm71drG-VfTZ9_CD7QTo6kDspwUSFczxwQVnviPXGkaVs83Wlw5z3nW5N3p4G8z6AWiRzKXcs6jfwq8bqpG4lHphJ2AS_SoWxPugAFq1UyH_I1822wXa_O9d-rl79B6OqW2Ndgqvmoact7D6TcsVVf9rXZzMdm20Bt2DBxfzdMBaat-xCdnrw","e":"AQAB","alg":"RS256","kid":"rsa"})";
inline constexpr std::string_view ps256_jwk =
    R"({"kty":"RSA","n":"r6PhxZm8n0K-OVB0Gs1axwQB-CDUXHOpP9dS23-CnSf0c9WgI4yd1ahNB8i-t8pO_MGCbBuVyd-zgE41oAqNarCrwy74eWzuqeYzs9xvx2cOU5iFU-me-NQ2yMAANrH_hw3zVD_Tkm4ARmpkAu-eo0pZgA1qRJPDaukpABL20RiWSamhqz6AnrIulq0QSB_WiCbGRFWtMeEdUdvvqD8KV0LAXWpjqH6hYOlypk8OaqQFO6ulNLOFdZvlASXfFXfiRt1uHyGYZjXAoizsmMjrLdFV_k9rmrioVI0mBJkYZkt4PQbPh8cWFmkXqrYDvBFLQLWesdI0R6UTNHAftcccuQ","e":"AQAB","alg":"PS256","kid":"rsa"})";

// {"exp":1646867369,"iss":"uCDN Inc","cdniuc":"hash:sha-256;2tderfWPa86Ku7YnzW51YUp7dGUjBS_3SW3ELx4hmWY"}
inline constexpr std::string_view es256_token =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IlA1VXBPdjBlTXExd2N4TGY3V3hJZzA5SmRTWUdZRkRPV2tsZHVlYUltZjAifQ."
    "eyJleHAiOjE2NDY4NjczNjksImlzcyI6InVDRE4gSW5jIiwiY2RuaXVjIjoiaGFzaDpzaGEtMjU2OzJ0ZGVyZldQYTg2S3U3WW56VzUx"
    "WVVwN2RHVWpCU18zU1czRUx4NGhtV1kifQ.nov81IXqma-jCIKpK2jvXtOAUkxNBmJBuTVun5S_"
    "8mEDvPRXEnYPm0dSoRP5REsw4G7UDlR6NElB7TQH7GGYgw";
// All that can be said: see the test that reads it.
inline constexpr std::string_view full_token =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InNoYXJlZCJ9."
    "eyJhdWQiOiJkQ0ROIExMQyIsInN1YiI6ImEgc3ViamVjdCIsImNkbml2IjoxLCJleHAiOjE2NDY4NjczNjksImlhdCI6MTY0Njc4MDk2"
    "OSwibmJmIjoxNjQ2NzgwOTY5LjUsImp0aSI6IjVEQWFmTGhaQWZoc2JlIiwiY2RuaXVjIjoicmVnZXg6aHR0cDovL2NkbmlcXC5leGFt"
    "cGxlL2Zvby9iYXIvWzAtOV17M31cXC50cyIsImNkbmlzdHQiOjEsImNkbmlldHMiOjMwLCJjZG5pc3RkIjoyLCJjZG5pY3JpdCI6ImNk"
    "bml1YyxleHAiLCJzaXRlIjoibm9ydGgtMTIiLCJjaGFubmVsIjpbIm5ld3MiLCJzcG9ydHMiXSwibGl2ZSI6dHJ1ZSwic2VhdHMiOjMs"
    "Im1heF9oZWlnaHQiOjcyMCwibWF4X2JhbmR3aWR0aCI6NDAwMDAwMH0.F5nGXyyMYLbUkPddGZlBTZoh8584LsnouX18eVv8aBs";
// {"cdniuc":"regex:.*"}
inline constexpr std::string_view eddsa_token =
    "eyJhbGciOiJFZERTQSJ9.eyJjZG5pdWMiOiJyZWdleDouKiJ9."
    "4dwhddNldKo40IgZ7WUSZl1waM8O82kWZjHucEBE662pLQYu2M8Zv0BKYuNhuYyQUB4GOyeVqyC2qV1ShHYmCA";
inline constexpr std::string_view rs256_token =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJjZG5pdWMiOiJyZWdleDouKiJ9.dgViwM9GrX-"
    "uY60RWdpRWunQp5JlXeHpZBdsWqkQhrHJ2lZsnWXmiAxQ5yZOj2BG6256FiwZ78IfMmPmXi1mhV2o9Dh_FGGv1-"
    "Z8fVhm140idvnU358kVm1BFETTKT0io1Lbl8bu-RfiXAXo0n7Lpil6wiAZCQ7w-"
    "GFNGraouaTeFr9EJzrIv1fvjNluLoL9sKn968MG5q7gyOmWxMv4bNU9CE4I-"
    "Ysg9JC8o5jNOnNTJGu1udpF9EhmMn4GsUY7BMAZXLbAbg3DfFvXFnMaYndSadNWpEcyHsjSvjPb2s__sxFQoAtmdG-"
    "kXVMofHWFG69WvjPXS4nxqUDHkFEosQ";
inline constexpr std::string_view ps256_token =
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJjZG5pdWMiOiJyZWdleDouKiJ9.KBkg0V_aOFUFgDmiZFPI-6_"
    "y6vFIFEM4LvqsHnoVoQ62sb3Yhvt2aKWZHom2P3UsgobhroDiFNY557wZIj7RPAC_Fk4ZcVG6Wp0RXgdHfWSyEGF_CT6-01Fl-"
    "hbYLOTonO6vi30BrXAEfPm2zU0OMO04iJYIaDmnuKcYyUG5Klr7Hdx0Qxrsh-M-"
    "8DPpNwb1xDL90tLUScPxNw8IkWVQiP2mSzwyxkbogYedTc---"
    "SyMFA5nSoyDWSECAt3dtFuHPJSMxn1gKH563xbBV6wOthkDoNTerc1lYCuq0D903FZMuodmv9zs3iMM2QfXDgUxxwjNuTrfAEZWeNr4y"
    "x1ukA";
// An encrypted one: five parts.
inline constexpr std::string_view jwe_token =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..OZVIL8vbOd-YhdsU.Zg.mem0G5yIZBmDRlMx1RAx3g";

}  // namespace outpost::auth
