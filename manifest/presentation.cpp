#include "manifest/presentation.hpp"
