// From the settings to what Admission goes by. Thread rule: a pure function.
#pragma once

#include "config/settings.hpp"
#include "server/admission/admission.hpp"

namespace outpost::server {

// Of settings that the rules of the configuration have passed.
AdmissionOptions admission_options(const config::Settings& settings);

}  // namespace outpost::server
