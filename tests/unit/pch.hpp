// Precompiled for the unit tests.
#pragma once
#ifdef __cplusplus
#include <doctest/doctest.h>

#include "cmake/pch.hpp"
#endif
