#include "bench/measure/process.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <set>
#include <string_view>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace outpost::bench {
namespace {

constexpr std::size_t most_processes = 4096;
constexpr std::size_t most_read = 1 << 20;

// Files of /proc have no size: they are read to their end. Empty when there is no such file, or no more.
std::string read_proc(const std::string& path) {
    std::string text;
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char part[16384];
    while (file && text.size() < most_read) {
        const ssize_t n = ::read(file.get(), part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text.append(part, static_cast<std::size_t>(n));
    }
    return text;
}

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code error;  // a process may go while it is looked at
    std::filesystem::directory_iterator it{directory, error};
    for (; !error && it != std::filesystem::directory_iterator{}; it.increment(error))
        names.push_back(it->path().filename().string());
    return names;
}

std::uint64_t number_in(std::string_view text) { return parse_unsigned(text).value_or(0); }

// The value of "name: value unit" in a file of such lines; empty when it has none.
std::string_view value_of(std::string_view text, std::string_view name) {
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && trim_blanks(line.substr(0, colon)) == name)
            return trim_blanks(line.substr(colon + 1));
    }
    return {};
}

std::uint64_t kilobytes_in(std::string_view value) { return number_in(split(value, ' ').front()) << 10; }

std::vector<std::uint64_t> family_of(pid_t process) {
    std::vector<std::uint64_t> family{static_cast<std::uint64_t>(process)};
    std::set<std::uint64_t> seen{family.front()};  // a number may be given anew while we look
    for (std::size_t i = 0; i < family.size() && family.size() < most_processes; ++i) {
        const std::string tasks = fmt::format("/proc/{}/task", family[i]);
        for (const std::string& task : names_in(tasks)) {
            const std::string children = read_proc(fmt::format("{}/{}/children", tasks, task));
            for (const std::string_view child : split(children, ' ')) {
                const std::uint64_t number = number_in(child);
                if (number != 0 && seen.insert(number).second) family.push_back(number);
            }
        }
    }
    return family;
}

// Nanoseconds of the threads that live, and ticks that count those that have ended too: whichever is more
// loses neither the fraction of a tick nor a thread.
double cpu_of(std::uint64_t process) {
    double precise = 0;
    const std::string base = fmt::format("/proc/{}", process);
    for (const std::string& task : names_in(base + "/task")) {
        const std::string schedule = read_proc(fmt::format("{}/task/{}/schedstat", base, task));
        precise += static_cast<double>(number_in(split(schedule, ' ').front())) / 1e9;
    }
    const std::string stat = read_proc(base + "/stat");
    const std::size_t end = stat.rfind(") ");  // the name before may hold anything
    if (end == std::string::npos) return precise;
    const auto fields = split(std::string_view{stat}.substr(end + 2), ' ');
    if (fields.size() < 13) return precise;
    const double ticks = static_cast<double>(number_in(fields[11]) + number_in(fields[12]));
    return std::max(precise, ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

// Asks for kernel TLS on a socket without a peer: a kernel that has it says that the peer is missing.
bool has_kernel_tls() {
    const Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    return socket && ::setsockopt(socket.get(), IPPROTO_TCP, TCP_ULP, "tls", 3) != 0 && errno == ENOTCONN;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first word that holds a name and a version ("nginx/1.22.1", "(varnish-7.1.1"), or "outpost/0.1.0" of
// "outpost 0.1.0".
std::string version_in(std::string_view line) {
    std::string_view before;
    for (std::string_view word : split(line, ' ')) {
        while (!word.empty() && (word.front() == '(' || word.front() == 'v')) {
            if (word.front() == 'v' && (word.size() < 2 || !is_digit(word[1]))) break;
            word.remove_prefix(1);
        }
        while (!word.empty() && (word.back() == ')' || word.back() == ',')) word.remove_suffix(1);
        const std::size_t mark = word.find_first_of("/-");
        if (mark != std::string_view::npos && mark > 0 && mark + 1 < word.size() && is_digit(word[mark + 1]))
            return std::string{word};
        if (!word.empty() && is_digit(word.front()) && !before.empty())
            return fmt::format("{}/{}", before, word);
        if (!word.empty() && word != "version" && word != "version:") before = word;
    }
    return std::string{line.substr(0, 80)};
}

}  // namespace

ProcessCost cost_of(pid_t process) {
    ProcessCost cost;
    if (process <= 0) return cost;
    for (const std::uint64_t each : family_of(process)) {
        const std::string base = fmt::format("/proc/{}", each);
        const std::string status = read_proc(base + "/status");
        if (status.empty()) continue;
        cost.cpu_seconds += cpu_of(each);
        cost.rss += kilobytes_in(value_of(status, "RssAnon"));
        cost.threads += number_in(value_of(status, "Threads"));
        cost.descriptors += names_in(base + "/fd").size();
        cost.read_bytes += number_in(value_of(read_proc(base + "/io"), "read_bytes"));
    }
    return cost;
}

Machine this_machine() {
    Machine machine;
    machine.processor = value_of(read_proc("/proc/cpuinfo"), "model name");
    const std::uint64_t memory = kilobytes_in(value_of(read_proc("/proc/meminfo"), "MemTotal"));
    machine.memory = fmt::format("{:.1f} GiB", static_cast<double>(memory) / (1 << 30));
    utsname name{};
    if (::uname(&name) == 0)
        machine.kernel = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
    const std::string release = read_proc("/etc/os-release");
    for (const std::string_view line : split(release, '\n')) {
        constexpr std::string_view pretty = "PRETTY_NAME=";
        if (!line.starts_with(pretty)) continue;
        machine.system = line.substr(pretty.size());
        std::erase(machine.system, '"');
    }
    machine.cores = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    machine.kernel_tls = has_kernel_tls();
    return machine;
}

std::string version_of(const std::string& program) {
    const std::string name = std::filesystem::path{program}.filename().string();
    const std::string flag = name == "nginx" ? "-v" : name == "varnishd" ? "-V" : "--version";
    const Cancellation never;
    const auto said = capture_process({program, flag}, 64_KiB, never);
    if (!said || !said->end.succeeded()) return "";
    const std::string& text = said->output.empty() ? said->end.complaint : said->output;
    return version_in(split(text, '\n').front());
}

}  // namespace outpost::bench
