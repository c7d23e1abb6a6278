// Counters, gauges and histograms, each declared once with its prose; written out in the Prometheus text
// format 0.0.4. A metric is an object that registers itself for as long as it lives, most at namespace scope;
// those that come and go (one per disk) belong to a Family at namespace scope. docs/metrics.md is generated
// from the same registry. Thread rule: update from any thread, without a lock and without sharing a cache
// line between threads; make and destroy in any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace outpost::metrics {

// What metrics made at run time share, so that the reference knows them before the first is made.
class Family {
  public:
    // `type` is counter, gauge or histogram; `label` is the name of the label that tells its members apart.
    // All live as long as the program.
    Family(std::string_view type, std::string_view name, std::string_view doc, std::string_view label);
    Family(const Family&) = delete;
    Family& operator=(const Family&) = delete;
    ~Family();
    [[nodiscard]] std::string_view type() const { return type_; }
    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::string_view doc() const { return doc_; }
    [[nodiscard]] std::string_view label() const { return label_; }
    // `label="value"`, with the value escaped.
    [[nodiscard]] std::string labels(std::string_view value) const;

  private:
    std::string_view type_, name_, doc_, label_;
};

// What all three have in common: a name and a doc, which live as long as the program, and, for members of a
// family, labels (`tls="1"`).
class Metric {
  public:
    Metric(std::string_view type, std::string_view name, std::string_view doc, std::string_view labels);
    Metric(const Metric&) = delete;
    Metric& operator=(const Metric&) = delete;
    [[nodiscard]] std::string_view type() const { return type_; }
    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::string_view doc() const { return doc_; }
    [[nodiscard]] std::string_view labels() const { return labels_; }
    virtual void write(std::string& out) const = 0;

  protected:
    ~Metric() = default;
    // The registry may write a metric as soon as it is in it: enters last, leaves first.
    void enter();
    void leave() noexcept;
    void write_sample(std::string& out, std::string_view suffix, std::string_view extra_label,
                      std::string_view value) const;

  private:
    std::string_view type_, name_, doc_;
    std::string labels_;
};

// A sum over one slot per thread (threads beyond the slots share).
class ShardedSum {
  public:
    void add(std::int64_t n) noexcept { slots_[slot()].value.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t total() const noexcept;

  private:
    static constexpr std::size_t slot_count = 16;
    struct alignas(64) Slot {
        std::atomic<std::int64_t> value{0};
    };
    static std::size_t slot() noexcept;
    std::array<Slot, slot_count> slots_;
};

class Counter final : public Metric {
  public:
    Counter(std::string_view name, std::string_view doc, std::string_view labels = {})
        : Metric{"counter", name, doc, labels} {
        enter();
    }
    Counter(const Family& family, std::string_view value)
        : Counter{family.name(), family.doc(), family.labels(value)} {}
    ~Counter() { leave(); }
    void add(std::uint64_t n = 1) noexcept { sum_.add(static_cast<std::int64_t>(n)); }
    [[nodiscard]] std::uint64_t value() const noexcept { return static_cast<std::uint64_t>(sum_.total()); }
    void write(std::string& out) const override;

  private:
    ShardedSum sum_;
};

class Gauge final : public Metric {
  public:
    Gauge(std::string_view name, std::string_view doc, std::string_view labels = {})
        : Metric{"gauge", name, doc, labels} {
        enter();
    }
    Gauge(const Family& family, std::string_view value)
        : Gauge{family.name(), family.doc(), family.labels(value)} {}
    ~Gauge() { leave(); }
    void add(std::int64_t n) noexcept { sum_.add(n); }
    void set(std::int64_t n) noexcept { sum_.add(n - sum_.total()); }  // one writer at a time
    [[nodiscard]] std::int64_t value() const noexcept { return sum_.total(); }
    void write(std::string& out) const override;

  private:
    ShardedSum sum_;
};

// Seconds, in buckets from 0.5 ms to 60 s.
class Histogram final : public Metric {
  public:
    Histogram(std::string_view name, std::string_view doc, std::string_view labels = {})
        : Metric{"histogram", name, doc, labels} {
        enter();
    }
    Histogram(const Family& family, std::string_view value)
        : Histogram{family.name(), family.doc(), family.labels(value)} {}
    ~Histogram() { leave(); }
    void observe(double seconds) noexcept;
    void write(std::string& out) const override;

  private:
    static constexpr std::array<double, 14> bounds_{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                    0.1,    0.25,  0.5,    1,     5,    15,    60};
    std::array<ShardedSum, bounds_.size() + 1> buckets_;
    ShardedSum microseconds_;
};

// All metrics that there are, families together, sorted by name.
std::string prometheus_text();
// docs/metrics.md
std::string reference_markdown();

}  // namespace outpost::metrics
