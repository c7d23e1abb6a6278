// Where an import works: <library>/.importing/<id>/, locked against a second import of the same id, holding
// what is finished so that a rerun goes on from there, and becoming <library>/<id> by one rename.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "media/asset.hpp"

namespace outpost::media {

class Staging {
  public:
    // Makes the library if it is not there (it goes again if nothing comes to be in it). `replace`: the id
    // may be taken. Problems, told of `film`: the id is none, is taken or being imported, the library can't
    // be written.
    static Outcome<Staging> open(const std::filesystem::path& library, const std::string& id, bool replace,
                                 const std::string& film);
    Staging(Staging&&) = default;
    Staging& operator=(Staging&&) = delete;
    ~Staging();

    // Takes up what an earlier import with the same key left; anything else there goes.
    Outcome<void> begin(const std::string& key);
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    // What a job made, once it is whole; remembered across runs.
    Outcome<void> keep(const std::string& job, const std::vector<TrackFile>& tracks);
    [[nodiscard]] std::optional<std::vector<TrackFile>> kept(const std::string& job) const;

    // Makes the asset appear, if the server will take it. After it nothing is left here.
    Outcome<void> publish(const Asset& asset);

  private:
    Staging(std::filesystem::path library, std::string id, bool replace, std::string film);
    [[nodiscard]] Outcome<void> check_id_is_free() const;
    Outcome<void> lock();
    void leave();
    [[nodiscard]] Outcome<void> check_servable() const;
    Outcome<void> remove_all_but(const std::vector<std::string>& names);
    Outcome<void> rename_into_place();

    std::filesystem::path library_, directory_, lock_path_;
    std::string id_, film_;
    bool replace_ = false;
    bool useful_ = false;                      // holds what a rerun can use
    std::vector<std::filesystem::path> made_;  // the library and what it is in, innermost first
    Fd lock_;
};

}  // namespace outpost::media
