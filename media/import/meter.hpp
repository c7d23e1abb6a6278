// How far an import is: a bar with the time left on a terminal, a line every few seconds elsewhere, and
// progress.json for the server's library page. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "media/asset.hpp"

namespace outpost::media {

// The time that is left when `done` of `total` work took `elapsed`. Pure.
std::optional<Seconds> time_left(double done, double total, std::chrono::duration<double> elapsed);
// "1:02:03", "4:05".
std::string clock_text(Seconds time);

class Meter {
  public:
    // Progress goes to standard error unless `quiet`.
    Meter(std::string id, std::string title, bool quiet);
    ~Meter();
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    // Where progress.json goes, once there is a staging directory.
    void publish_in(const std::filesystem::path& directory) { directory_ = directory; }
    // Work is counted in any unit, the same for all stages.
    void expect(double work) { total_ += work; }
    void begin(const std::string& stage, double work);
    void at(double part);                       // 0..1 of the stage
    void skip(double work) { total_ -= work; }  // was done by an earlier run
    void end_stage();
    void stop();  // no more progress.json, the bar is wiped

  private:
    void show(bool now);
    void draw(double percent, std::optional<Seconds> left);
    void publish(double percent, std::optional<Seconds> left);

    ImportProgress progress_;
    std::filesystem::path directory_;
    bool quiet_, terminal_;
    bool drawn_ = false;
    double total_ = 0, done_ = 0, stage_ = 0, part_ = 0;
    SteadyTime started_, last_drawn_, last_published_;
};

}  // namespace outpost::media
