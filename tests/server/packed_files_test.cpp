#include "server/packed_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "server/content_coding.h"
#include "tests/server/heads.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

using cache::Coding;
using larder::testing::eventually;
using larder::testing::head_with;

// The files are made now, and the clock says 2016: to it they have settled.
struct Fixture {
  larder::testing::TempDir directory;
  ManualClock clock;
  Counters counters;
  std::uint64_t memory = 4 << 20;
  std::unique_ptr<cache::PageStore> store = open_store();
  std::unique_ptr<PackedFiles> files = std::make_unique<PackedFiles>(*store, clock, counters);

  std::unique_ptr<cache::PageStore> open_store() const {
    auto opened = cache::PageStore::open({.memory_bytes = memory}, clock, const_cast<Counters&>(counters),
                                         [](Level, std::string_view) {});
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
  static std::string text(int lines) {
    std::string all;
    for (int i = 0; i < lines; ++i) all += ".entry-" + std::to_string(i) + " { color: #333 }\n";
    return all;
  }
  Entry open(const std::string& name) const {
    Entry entry{UniqueFd(::open((directory / name).c_str(), O_RDONLY | O_CLOEXEC)), {}};
    REQUIRE(::fstat(entry.fd.get(), &entry.stat) == 0);
    return entry;
  }
  FileForms ask(const std::string& name, std::string_view codings = "gzip, br") {
    return files->find(name, open(name), head_with({{"Accept-Encoding", codings}}));
  }
  cache::PagePtr packed(const std::string& name) {
    eventually([&] { return ask(name).packed != nullptr; });
    const FileForms forms = ask(name);
    REQUIRE(forms.packed);
    return forms.packed;
  }
  // What was asked for before is done by the time that another file is there: the thread takes one after the other.
  bool only_the_last_is_packed() {
    directory.write("last.css", text(50));
    packed("last.css");
    return store->info().memory_pages == 1;
  }
};

TEST_CASE_METHOD(Fixture, "A text file is there in both codings after somebody has asked for it") {
  directory.write("style.css", text(100));
  CHECK(ask("style.css").several);
  const auto page = packed("style.css");
  for (const Coding coding : {Coding::brotli, Coding::gzip})
    CHECK(decode(coding, *page->bodies.in(coding), 1 << 20) == text(100));
  CHECK_FALSE(page->bodies.has(Coding::identity));
  CHECK(counters.get(Counter::compressed) == 1);
}

TEST_CASE_METHOD(Fixture, "What lies packed beside the file is taken, if it is the same text") {
  const std::string best = *encode(Coding::brotli, text(100), Effort::best);
  REQUIRE(best != *encode(Coding::brotli, text(100), Effort::quick));
  directory.write("style.css", text(100));
  directory.write("style.css.br", best);
  directory.write("style.css.gz", *encode(Coding::gzip, text(99), Effort::best));  // left over
  const auto page = packed("style.css");
  CHECK(*page->bodies.in(Coding::brotli) == best);
  CHECK(decode(Coding::gzip, *page->bodies.in(Coding::gzip), 1 << 20) == text(100));
}

TEST_CASE_METHOD(Fixture, "Rubbish, links and pipes beside the file are let be") {
  directory.write("style.css", text(100));
  directory.write("style.css.br", "rubbish");
  REQUIRE(::mkfifo((directory / "style.css.gz").c_str(), 0600) == 0);
  directory.write("other.css", text(101));
  directory.write("elsewhere", *encode(Coding::brotli, text(101), Effort::best));
  REQUIRE(::symlink("elsewhere", (directory / "other.css.br").c_str()) == 0);
  for (const auto& [name, lines] : {std::pair("style.css", 100), std::pair("other.css", 101)})
    for (const Coding coding : {Coding::brotli, Coding::gzip})
      CHECK(*packed(name)->bodies.in(coding) == *encode(coding, text(lines), Effort::quick));
}

TEST_CASE_METHOD(Fixture, "What was made of a file is not used for what became of it") {
  directory.write("style.css", text(100));
  const auto old = packed("style.css");
  directory.write("style.css", text(101));
  CHECK(ask("style.css").packed != old);
  CHECK(decode(Coding::gzip, *packed("style.css")->bodies.in(Coding::gzip), 1 << 20) == text(101));
}

TEST_CASE_METHOD(Fixture, "A change that keeps size and time of change of the text is seen all the same") {
  const std::string path = directory.write("style.css", text(100));
  const auto old = packed("style.css");
  const struct stat before = open("style.css").stat;
  std::string other = text(100);
  other[0] = '#';
  // The kernel's clock for files ticks some hundred times a second; until it has, nobody can tell.
  eventually([&] {
    directory.write("style.css", other);
    return open("style.css").stat.st_ctim.tv_nsec != before.st_ctim.tv_nsec;
  });
  const timespec times[2] = {before.st_atim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  CHECK(ask("style.css").packed != old);
  CHECK(decode(Coding::gzip, *packed("style.css")->bodies.in(Coding::gzip), 1 << 20) == other);
}

TEST_CASE_METHOD(Fixture, "A file that has just changed waits") {
  directory.write("style.css", text(100));
  const Millis changed = open("style.css").stat.st_ctim.tv_sec * Millis{1'000};
  clock.set_wall(changed + PackedFiles::kSettled - 1'000);
  CHECK(ask("style.css").several);
  clock.set_wall(changed + PackedFiles::kSettled + 600'000);
  CHECK(only_the_last_is_packed());
  CHECK(packed("style.css"));
}

TEST_CASE_METHOD(Fixture,
                 "Pictures, small files and very large ones stay as they are, and so nobody is told of codings") {
  directory.write("photo.jpg", text(100));
  directory.write("small.css", "a { color: red }");
  directory.write("large.txt", std::string(PackedFiles::kLargest + 1, 'a'));
  for (const char* name : {"photo.jpg", "small.css", "large.txt"}) CHECK_FALSE(ask(name).several);
  CHECK(only_the_last_is_packed());
}

TEST_CASE_METHOD(Fixture, "Clients that take nothing compressed start nothing") {
  directory.write("style.css", text(100));
  CHECK(ask("style.css", "identity").several);
  CHECK(ask("style.css", "br;q=0").several);
  CHECK(only_the_last_is_packed());
}

TEST_CASE_METHOD(Fixture, "A text that does not get smaller is tried once, and kept in no coding") {
  std::string noise;
  for (std::uint32_t x = 1; noise.size() < 4'000; x = x * 1664525U + 1013904223U) noise += static_cast<char>(x >> 24);
  directory.write("noise.txt", noise);
  const auto page = packed("noise.txt");
  for (const Coding coding : cache::kCodings) CHECK_FALSE(page->bodies.has(coding));
  CHECK(counters.get(Counter::compressed) == 0);
}

TEST_CASE_METHOD(Fixture, "A memory too small for a file costs its packing once a minute, not at each request") {
  store->set_memory_limit(0);
  directory.write("style.css", text(100));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(ask("style.css").packed);
  eventually([&] { return counters.get(Counter::compressed) == 1; });
  for (int i = 0; i < 10; ++i) CHECK_FALSE(ask("style.css").packed);
  clock.advance(PackedFiles::kPause + 1);
  ask("style.css");
  CHECK(eventually([&] { return counters.get(Counter::compressed) == 2; }));
}

TEST_CASE_METHOD(Fixture, "Files count in the bound of the memory, and no purge of pages means them") {
  directory.write("style.css", text(2'000));
  packed("style.css");
  CHECK(store->info().memory_bytes > 1'000);
  CHECK(store->pages_in_memory().empty());
}

}  // namespace
}  // namespace larder::server
