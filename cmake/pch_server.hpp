// Precompiled for server/: the heavy templates, once.
#pragma once
#ifdef __cplusplus
#include <boost/asio.hpp>

#include "cmake/pch.hpp"
#endif
