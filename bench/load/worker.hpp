// One thread of a load: its loop, its clients as they come, and what they saw. Thread rule: made, begun and
// joined by one thread; between begin() and join() only counters() and stop() are anybody's.
#pragma once

#include <list>
#include <map>
#include <thread>
#include <vector>

#include "bench/load/client.hpp"

namespace outpost::bench {

// What a thread is to do.
struct Duty {
    struct Coming {
        Nanoseconds at{0};  // since the beginning
        std::size_t crowd = 0;
        std::uint32_t number = 0;
        std::uint32_t connections = 0;  // of an OpenRequester: how many it has
    };
    std::vector<Coming> clients;  // by rising time
    const std::vector<CrowdPlan>* crowds = nullptr;
    const Endpoint* target = nullptr;
    std::string ca_file;
    SteadyTime began;
    Milliseconds lasts{0}, warm_up{0};
    int core = -1;
};

class Worker final : private Host {
  public:
    static Outcome<std::unique_ptr<Worker>> make(Duty duty);
    ~Worker();

    void begin();
    void stop() noexcept { loop_.stop(); }
    void join() { thread_.join(); }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] const Recording& recording() const { return recording_; }  // after join()

  private:
    template <void (Worker::*member)(SteadyTime)>
    class Alarm final : public Timer {
      public:
        Alarm(Loop& loop, Worker& worker) : Timer{loop}, worker_{worker} {}
        void on_time(SteadyTime now) override { (worker_.*member)(now); }

      private:
        Worker& worker_;
    };

    explicit Worker(Duty duty);
    Surroundings& around() override { return around_; }
    void record(const Exchange& exchange) override;
    const Endpoint* endpoint(const Uri& uri) override;
    [[nodiscard]] const Endpoint& target() const override { return *duty_.target; }
    void gone(Client& client) override;

    void run();
    void admit(SteadyTime now);  // those who come now
    std::unique_ptr<Client> make_client(const Duty::Coming& coming, SteadyTime now);
    void take_census(SteadyTime now);
    void finish(SteadyTime) { loop_.stop(); }
    [[nodiscard]] SteadyTime end() const { return duty_.began + duty_.lasts; }

    Duty duty_;
    Loop loop_;
    Recording recording_;
    Counters counters_;
    Surroundings around_;
    std::vector<CrowdHere> crowds_;
    struct Other {
        std::unique_ptr<Endpoint> endpoint;  // null: nobody answered there
        SteadyTime asked;
    };
    std::map<std::string, Other> others_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::size_t next_ = 0;      // in duty_.clients
    std::int64_t seconds_ = 0;  // of the run, of which the census was taken
    Alarm<&Worker::admit> door_;
    Alarm<&Worker::take_census> clock_;
    Alarm<&Worker::finish> end_;
    std::thread thread_;
};

}  // namespace outpost::bench
