// The catalogue of a library as JSON: what the pages list. {"assets": […], "importing": […]}
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>

#include "media/asset.hpp"

namespace outpost::media {

std::string catalogue_entry(const Asset& asset);
std::string catalogue_entry(const ImportProgress& progress);
std::string catalogue_json(std::span<const std::string> assets, std::span<const std::string> importing);

}  // namespace outpost::media
