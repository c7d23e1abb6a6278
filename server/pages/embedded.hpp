// The web pages and their libraries, as the build put them into the program (cmake/Pages.cmake).
#pragma once

#include <span>

namespace outpost::server {

struct EmbeddedFile {
    const char* name;  // the path it is served at, "/index.html"
    const char* begin;
    const char* end;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace outpost::server
