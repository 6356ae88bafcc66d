/* Threads, forks, signals, files that are cut short, and small buffers. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wardline.h>

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);        \
      exit(1);                                                               \
    }                                                                        \
  } while (0)
#define OK(call) CHECK((call) == WARDLINE_STATUS_OK)

enum { THREADS = 8 };

static wardline_shared *shared;
static wardline_state *state;
static wardline_bytes bundles[2];
static int stop;
static unsigned long rounds = 2000;

static wardline_compiled *compile(const char *program) {
  char text[512];
  wardline_source source;
  wardline_compiled *compiled = NULL;
  snprintf(text, sizeof text,
           "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: enforce\ncontrols:\n"
           "  executables_blocked: { executables: [%s] }\n"
           "  brute_force_login_detection: { max_failures: 3, window: 1m }\n", program);
  wardline_init(&source, sizeof source);
  source.name = wardline_string("p.yaml");
  source.text = wardline_string(text);
  OK(wardline_compile(&source, 1, NULL, 0, &compiled));
  return compiled;
}

/* The engines of odd generations block `odd`, those of even ones `even`: a decision
 * that came of two engines would show. */
static void *decides(void *unused) {
  uint64_t last = 0;
  unsigned long round;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_event login = wardline_event_of(WARDLINE_KIND_LOGIN);
  (void)unused;
  login.user.name = wardline_string("root");
  login.of.login.success = WARDLINE_FACT_NO;
  login.has_time = 1;
  for (round = 0; round < rounds; round++) {
    wardline_decision decision = wardline_decision_none();
    int odd = round % 2 == 0;
    event.of.exec.path = wardline_string(odd ? "/bin/odd" : "/bin/even");
    OK(wardline_shared_decide(shared, NULL, &event, &decision));
    CHECK(decision.generation >= last);
    last = decision.generation;
    CHECK((decision.action == WARDLINE_ACTION_BLOCK) == (odd == (decision.generation % 2 == 1)));
    login.time = round;
    OK(wardline_shared_decide(shared, state, &login, &decision));
    if (round % 64 == 0) {
      wardline_engine *engine = NULL;
      char text[1024];
      size_t length;
      OK(wardline_shared_engine(shared, &engine));
      OK(wardline_engine_decide(engine, NULL, &event, &decision));
      OK(wardline_engine_explain(engine, &event, text, sizeof text, &length));
      OK(wardline_engine_free(engine));
    }
  }
  return NULL;
}

static void *replaces(void *unused) {
  unsigned long count = 0;
  (void)unused;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    uint64_t generation = 0;
    OK(wardline_shared_replace(shared, bundles[++count % 2], NULL, &generation, NULL, 0));
    CHECK(generation == count + 1);
    /* Bytes that do not load leave the engine. */
    if (count % 16 == 0) CHECK(wardline_shared_replace(shared, wardline_string("x"), NULL, NULL, NULL, 0) != WARDLINE_STATUS_OK);
  }
  return (void *)count;
}

static void threads(void) {
  pthread_t all[THREADS], replacing;
  void *count = NULL;
  wardline_state_info info;
  size_t index;
  for (index = 0; index < THREADS; index++) CHECK(pthread_create(&all[index], NULL, decides, NULL) == 0);
  CHECK(pthread_create(&replacing, NULL, replaces, NULL) == 0);
  for (index = 0; index < THREADS; index++) CHECK(pthread_join(all[index], NULL) == 0);
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  CHECK(pthread_join(replacing, &count) == 0);
  OK(wardline_state_describe(state, &info));
  CHECK(info.entries == 1 && count != NULL);
  printf("threads: %d decided %lu times each while %lu engines followed one another\n", THREADS, 2 * rounds, (unsigned long)count);
}

static wardline_engine *of_signals;
static volatile sig_atomic_t handled, handled_wrong;

static void handler(int signal) {
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_decision decision = wardline_decision_none();
  (void)signal;
  event.of.exec.path = wardline_string("/bin/odd");
  if (wardline_engine_decide(of_signals, NULL, &event, &decision) != WARDLINE_STATUS_OK || decision.action != WARDLINE_ACTION_BLOCK) handled_wrong = 1;
  handled = handled + 1;
}

/* A call within a call: signals interrupt a thread that decides. */
static void within(void) {
  struct sigaction action;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_decision decision = wardline_decision_none();
  pid_t child;
  int status = 0;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  OK(wardline_engine_load(bundles[0], NULL, &of_signals, NULL, 0));
  event.of.exec.path = wardline_string("/bin/even");
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    pid_t parent = getppid();
    for (int count = 0; count < 200; count++) {
      kill(parent, SIGUSR1);
      usleep(100);
    }
    _exit(0);
  }
  while (waitpid(child, &status, WNOHANG) != child) {
    OK(wardline_engine_decide(of_signals, NULL, &event, &decision));
    CHECK(decision.action == WARDLINE_ACTION_ALLOW);
  }
  CHECK(handled > 0 && !handled_wrong);
  printf("threads: %d decisions within decisions\n", (int)handled);
}

/* After a fork the child decides with its parent's engine, and may free it. */
static void forks(void) {
  pid_t child = fork();
  int status = 0;
  CHECK(child >= 0);
  if (child == 0) {
    wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
    wardline_decision decision = wardline_decision_none();
    wardline_state *own = NULL;
    event.of.exec.path = wardline_string("/bin/odd");
    OK(wardline_engine_decide(of_signals, NULL, &event, &decision));
    CHECK(decision.action == WARDLINE_ACTION_BLOCK);
    OK(wardline_state_new(1 << 16, 2, NULL, &own));
    OK(wardline_engine_decide(of_signals, own, &event, &decision));
    OK(wardline_state_free(own));
    OK(wardline_engine_free(of_signals));
    _exit(7);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  OK(wardline_engine_free(of_signals));
  puts("threads: a forked child decides");
}

/* A file that is cut short: harmless if it was read; if it was mapped, SIGBUS ends the
 * process, as the header says of WARDLINE_OPEN_MAP. */
static void cut_short(void) {
  for (uint32_t how = WARDLINE_OPEN_READ; how <= WARDLINE_OPEN_MAP; how++) {
    wardline_engine *engine = NULL;
    int status = 0;
    pid_t child;
    FILE *file = fopen("threads.wlb", "wb");
    CHECK(file != NULL && fwrite(bundles[0].data, 1, bundles[0].length, file) == bundles[0].length && fclose(file) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
      wardline_decision decision = wardline_decision_none();
      /* Without the reports that sanitizers write about signals. */
      signal(SIGBUS, SIG_DFL);
      OK(wardline_engine_open(wardline_string("threads.wlb"), how, NULL, &engine, NULL, 0));
      CHECK(truncate("threads.wlb", 0) == 0);
      event.of.exec.path = wardline_string("/bin/odd");
      OK(wardline_engine_decide(engine, NULL, &event, &decision));
      CHECK(decision.action == WARDLINE_ACTION_BLOCK);
      _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (how == WARDLINE_OPEN_READ) CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    else CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
  }
  /* An empty file and a directory are no bundles, however they are opened. */
  for (uint32_t how = WARDLINE_OPEN_READ; how <= WARDLINE_OPEN_MAP; how++) {
    wardline_engine *engine = NULL;
    CHECK(wardline_engine_open(wardline_string("threads.wlb"), how, NULL, &engine, NULL, 0) == WARDLINE_STATUS_NOT_A_BUNDLE);
    CHECK(wardline_engine_open(wardline_string("/"), how, NULL, &engine, NULL, 0) == WARDLINE_STATUS_UNREADABLE);
    CHECK(engine == NULL);
  }
  CHECK(remove("threads.wlb") == 0);
  puts("threads: a file cut short is harmless if read, and SIGBUS if mapped");
}

/* Buffers of every size up to what is needed: cut off, ended by a zero byte, and not
 * one byte beyond. */
static void small_buffers(void) {
  wardline_engine *engine = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  size_t needed = 0, length = 0, capacity;
  char *whole, *buffer;
  event.of.exec.path = wardline_bytes_of("/bin/\xff\xfe", 7);
  OK(wardline_engine_load(bundles[0], NULL, &engine, NULL, 0));
  CHECK(wardline_engine_explain(engine, &event, NULL, 0, &needed) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
  whole = (char *)malloc(needed + 1);
  OK(wardline_engine_explain(engine, &event, whole, needed + 1, &length));
  for (capacity = 1; capacity <= needed; capacity++) {
    buffer = (char *)malloc(capacity);
    CHECK(wardline_engine_explain(engine, &event, buffer, capacity, &length) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
    CHECK(length == needed && strlen(buffer) == capacity - 1 && memcmp(buffer, whole, capacity - 1) == 0);
    free(buffer);
  }
  free(whole);
  OK(wardline_engine_free(engine));
  puts("threads: small buffers");
}

/* What must be UTF-8 and is not; what need not be and is not. */
static void not_utf8(void) {
  wardline_source source;
  wardline_compiled *compiled = NULL;
  wardline_binding binding = wardline_binding_default();
  wardline_pair pair;
  wardline_engine *engine = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_FILE);
  wardline_decision decision = wardline_decision_none();
  wardline_init(&source, sizeof source);
  source.name = wardline_bytes_of("\xff", 1);
  source.text = wardline_string("wardline: 1\n");
  CHECK(wardline_compile(&source, 1, NULL, 0, &compiled) == WARDLINE_STATUS_INVALID_ARGUMENT && compiled == NULL);
  source.name = wardline_string("p.yaml");
  source.text = wardline_bytes_of("\xff\xfe\x00", 3);
  CHECK(wardline_compile(&source, 1, NULL, 0, &compiled) == WARDLINE_STATUS_REFUSED);
  OK(wardline_compiled_free(compiled));
  pair.name = wardline_string("host.name");
  pair.value = wardline_bytes_of("\xc3", 1);
  binding.target.data = &pair;
  binding.target.count = 1;
  CHECK(wardline_engine_load(bundles[0], &binding, &engine, NULL, 0) == WARDLINE_STATUS_INVALID_ARGUMENT);
  OK(wardline_engine_load(bundles[0], NULL, &engine, NULL, 0));
  event.of.file.operation = WARDLINE_FILE_OPERATION_READ;
  event.of.file.path = wardline_bytes_of("/\xff", 2);
  OK(wardline_engine_decide(engine, NULL, &event, &decision));
  CHECK(decision.reason == WARDLINE_REASON_NO_MATCH);
  event.of.file.path = wardline_bytes_of("/a\0b", 4);
  OK(wardline_engine_decide(engine, NULL, &event, &decision));
  CHECK(decision.action != 0);
  OK(wardline_engine_free(engine));
  puts("threads: bytes that are no text");
}

int main(int argc, char **argv) {
  wardline_compiled *odd = compile("odd"), *even = compile("even");
  if (argc > 1) rounds = strtoul(argv[1], NULL, 10);
  OK(wardline_compiled_bundle(odd, &bundles[0]));
  OK(wardline_compiled_bundle(even, &bundles[1]));
  OK(wardline_shared_load(bundles[0], NULL, &shared, NULL, 0));
  OK(wardline_state_new(1 << 18, 16, NULL, &state));
  small_buffers();
  not_utf8();
  within();
  forks();
  cut_short();
  threads();
  OK(wardline_shared_free(shared));
  OK(wardline_state_free(state));
  OK(wardline_compiled_free(odd));
  OK(wardline_compiled_free(even));
  return 0;
}
