// Precompiled for server/: the heavy templates, once.
#pragma once
#ifdef __cplusplus
#include <boost/asio.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "cmake/pch.hpp"
#endif
