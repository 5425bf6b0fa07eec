// Settings of jemalloc for a small board, read by it at start; the symbol must be in the executable itself.
//
// In the program, not in the environment: PHP would inherit that. Two arenas for all threads instead of four a core;
// freed memory goes back to the kernel after a second, by a thread of jemalloc's own. Nothing about huge pages: kernels
// without them, as those of 32-bit boards are, make jemalloc complain at every start. jemalloc(3) "TUNING".

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true";
}
