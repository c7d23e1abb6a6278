// Precompiled for the unit tests.
#pragma once
#ifdef __cplusplus
#include "cmake/pch.hpp"

#include <doctest/doctest.h>
#endif
