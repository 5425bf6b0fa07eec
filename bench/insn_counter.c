/* Plugin for qemu-user: counts the guest's instructions and system calls, of all its threads and forked children, in a
 * small file that others may read while it runs: three 64-bit numbers of this machine's byte order, namely
 * instructions, system calls, and how many of those only asked the time (a board's kernel answers that without a call,
 * through its vDSO; under qemu there is none).
 *
 *   qemu-arm -plugin ./insn_counter.so,out=FILE PROGRAM ...
 *
 * Debian has no package with the header, so what is used of it is declared here: QEMU 7.2, docs/devel/tcg-plugins.rst,
 * version 1 of the interface. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
typedef void (*on_translation)(plugin_id, struct qemu_plugin_tb *);
typedef void (*on_execution)(unsigned int cpu, void *instructions);
typedef void (*on_syscall)(plugin_id, unsigned int cpu, int64_t number, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_translation);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, on_execution, int flags, void *);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, on_syscall);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

enum { INSTRUCTIONS, SYSCALLS, CLOCKS, COUNTERS };
static uint64_t *counters;

static void add(int counter, uint64_t amount) { __atomic_fetch_add(&counters[counter], amount, __ATOMIC_RELAXED); }

static void executed(unsigned int cpu, void *instructions) { (void)cpu, add(INSTRUCTIONS, (uintptr_t)instructions); }

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_cb(block, executed, 0, (void *)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void called(plugin_id id, unsigned int cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                   uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)cpu, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  add(SYSCALLS, 1);
  if (number == 263 || number == 403 || number == 78) add(CLOCKS, 1); /* clock_gettime, -64, gettimeofday of ARM */
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
  const size_t size = COUNTERS * sizeof *counters;
  (void)info;
  if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) return fprintf(stderr, "insn_counter: needs out=FILE\n"), 1;
  const int file = open(argv[0] + 4, O_RDWR | O_CREAT | O_TRUNC, 0666);
  if (file < 0 || ftruncate(file, (off_t)size) != 0) return perror(argv[0]), 1;
  counters = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (counters == MAP_FAILED) return perror(argv[0]), 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  return 0;
}
