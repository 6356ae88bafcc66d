/* An agent of the freestanding reader: no libc, no allocator. It is given a bundle at
 * link time, and answers with its exit status. */
#define WARDLINE_FREESTANDING
#include <wardline.h>

extern const char bundle_start[], bundle_end[];

/* What compilers call by themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  char *out = to;
  const char *in = from;
  while (count--) *out++ = *in++;
  return to;
}
void *memmove(void *to, const void *from, size_t count) {
  char *out = to;
  const char *in = from;
  if (out < in) return memcpy(to, from, count);
  while (count--) out[count] = in[count];
  return to;
}
void *memset(void *to, int value, size_t count) {
  char *out = to;
  while (count--) *out++ = (char)value;
  return to;
}
int memcmp(const void *left, const void *right, size_t count) {
  const unsigned char *a = left, *b = right;
  for (; count--; a++, b++)
    if (*a != *b) return *a - *b;
  return 0;
}
int bcmp(const void *left, const void *right, size_t count) { return memcmp(left, right, count); }
size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

static char memory[1 << 15] __attribute__((aligned(16))), place[1 << 10] __attribute__((aligned(16)));
static uint8_t block[1 << 14], seed[16] = {7};
static char text[1 << 12];

static int run(void) {
  wardline_engine *engine = NULL;
  wardline_state *state = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_decision decision = wardline_decision_none();
  wardline_bytes bundle = wardline_bytes_of(bundle_start, (size_t)(bundle_end - bundle_start));
  if (wardline_engine_place(memory, sizeof memory, bundle, NULL, &engine, text, sizeof text) != WARDLINE_STATUS_OK) return 1;
  event.of.exec.path = wardline_string("/usr/bin/nc");
  if (wardline_engine_decide(engine, NULL, &event, &decision) != WARDLINE_STATUS_OK) return 2;
  if (decision.action != WARDLINE_ACTION_BLOCK) return 3;
#ifdef RULE
  /* The number of the one rule of many. */
  if (decision.matched != 1 || decision.rule != RULE) return 11;
#endif
  event.of.exec.path = wardline_string("/usr/bin/vi");
  if (wardline_engine_decide(engine, NULL, &event, &decision) != WARDLINE_STATUS_OK) return 4;
  if (decision.action != WARDLINE_ACTION_ALLOW) return 5;
#ifdef REPEAT
  /* So many more decisions, for whoever counts what one costs. */
  for (int count = 0; count < REPEAT; count++)
    if (wardline_engine_decide(engine, NULL, &event, &decision) != WARDLINE_STATUS_OK) return 10;
#endif
#ifdef REPORTS
  size_t length;
  if (wardline_state_place(place, sizeof place, block, sizeof block, seed, &state) != WARDLINE_STATUS_OK) return 6;
  if (wardline_engine_decide(engine, state, &event, &decision) != WARDLINE_STATUS_OK) return 7;
  if (wardline_engine_audit(engine, &event, &decision, NULL, 0, wardline_bytes_of(NULL, 0), text, sizeof text, &length) != WARDLINE_STATUS_OK) return 8;
  if (length < 40 || memcmp(text, "{\"version\":1", 12) != 0) return 9;
#else
  (void)state, (void)place, (void)block, (void)seed;
#endif
  return 42;
}

/* The kernel aligns the stack, but pushes no return address. */
#if defined(__x86_64__)
__attribute__((force_align_arg_pointer))
#endif
void _start(void) {
  int status = run();
#if defined(__x86_64__)
  __asm__ volatile("syscall" : : "a"(60), "D"(status) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long code __asm__("x0") = status;
  register long call __asm__("x8") = 93;
  __asm__ volatile("svc 0" : : "r"(code), "r"(call) : "memory");
#endif
  for (;;) {
  }
}
