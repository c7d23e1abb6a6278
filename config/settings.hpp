// Every option that an operator can set, with its default. `outpost config` prints this as a file.
// A program that has read its file holds one immutable Settings; only server/main and server/node see it and
// translate it into what each part needs. Thread rule: read by any thread once loaded.
#pragma once

#include "config/sections.hpp"

namespace outpost::config {

struct Settings : Root {
    ServerOptions server{*this, "server", "The program as a whole."};
    Repeated<ListenOptions> listen{
        *this, "listen",
        "Where clients connect. Write one [[listen]] for each address; there must be at least one."};
    Repeated<CertificateOptions> certificate{
        *this, "certificate",
        "What TLS listeners show. Write one [[certificate]] for each; the name that a client asks for picks "
        "one, and the first serves clients that ask for none or for an unknown one. Read again on reload."};
    TlsOptions tls{*this, "tls", "For all TLS listeners."};
    LimitsOptions limits{*this, "limits",
                         "What one client may take from the others. Every wait and every buffer has an end."};
    LibraryOptions library{
        *this, "library",
        "Films to serve, as `outpost import` wrote them. Without this section the node has "
        "no films of its own."};
    DeliveryOptions delivery{*this, "delivery", "How bytes leave."};
    PagesOptions pages{*this, "pages", "The web pages under /: the films, with players."};
    CorsOptions cors{*this, "cors", "Which web pages of other sites may play from here (Fetch standard)."};
    AdminOptions admin{
        *this, "admin",
        "Health, metrics and the API, on a listener of their own that has no password: keep it "
        "on an address that only operators reach."};
    LogOptions log{*this, "log", "The program's own log, on standard error."};
    AccessLogOptions access_log{*this, "access_log", "A line for each reply."};
};

}  // namespace outpost::config
