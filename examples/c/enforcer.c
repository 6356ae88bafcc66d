/* A host enforcer: fanotify asks before files are opened and programs are run, the
 * policies decide, and what is not simply allowed is told as a line of JSON.
 *
 *   cc -std=c11 enforcer.c $(pkg-config --cflags --libs wardline) -lpthread -o enforcer
 *   enforcer [--fail-open] POLICY.wlb DIRECTORY      (as root; SIGHUP loads again)
 *
 * The kernel asks about the whole file system that holds DIRECTORY, so that no other
 * name of a file escapes; files of which no name lies below DIRECTORY are let pass.
 * If the enforcer ends, for whatever reason, the kernel lets everything pass; if it
 * hangs, an alarm ends it. docs/enforcing.md says why it is made as it is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wardline.h>

enum { SECONDS_FOR_ONE_EVENT = 5, ALIASES = 15, ACTORS = 1024, USERS = 4096 };

static const char *bundle;
static char directory[PATH_MAX];
static int fail_open;
static wardline_shared *shared;
static wardline_state *state;
static wardline_binding binding;
static wardline_pair target[1];
static char host[256];

/* Names of users, read before the first event: looking them up later would open
 * files, about which this same thread would be asked. */
static struct { uid_t id; char name[64]; } users[USERS];
static size_t user_count;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "enforcer: %s: %s\n", what, why);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* One line, so that two threads do not mix theirs. */
static void tell(const char *json) { printf("%s\n", json), fflush(stdout); }

/* What is enforced here, first of all and after each new bundle. */
static void tell_status(void) {
  wardline_engine *engine = NULL;
  static char json[1 << 16];
  size_t length;
  if (wardline_shared_engine(shared, &engine) != WARDLINE_STATUS_OK) return;
  if (wardline_engine_status(engine, target, 1, now(), json, sizeof json, &length) == WARDLINE_STATUS_OK) tell(json);
  if (state != NULL) wardline_engine_adopt(engine, state, NULL);
  wardline_engine_free(engine);
}

/* Signals have a thread of their own: loading opens a file, which the other thread
 * may have to allow. A bundle that does not load leaves the old one in force. */
static void *on_signals(void *set) {
  for (;;) {
    int signal = 0;
    char why[256] = "";
    if (sigwait((sigset_t *)set, &signal) != 0) continue;
    if (signal != SIGHUP) _exit(0);
    if (wardline_shared_reopen(shared, wardline_string(bundle), WARDLINE_OPEN_READ, &binding, NULL, why, sizeof why) != WARDLINE_STATUS_OK)
      fprintf(stderr, "enforcer: %s: %s; the old policies stay\n", bundle, why);
    else
      tell_status();
  }
  return NULL;
}

/* A process that acts, and what the rules say about it. */
struct actor {
  pid_t pid;
  uid_t user;
  int known;
  char path[PATH_MAX], name[32];
  wardline_process process;
  wardline_principal principal;
  wardline_actor *says;
};
static struct actor actors[ACTORS];

/* Looks a process up. What /proc does not tell stays unknown, which counts against
 * the actor: no exception is for somebody unknown. */
static void look_up(pid_t pid, struct actor *actor) {
  static const char gone[] = " (deleted)";
  char name[64], line[256];
  ssize_t length;
  FILE *file;
  actor->pid = pid;
  actor->known = 0;
  snprintf(name, sizeof name, "/proc/%d/exe", (int)pid);
  length = readlink(name, actor->path, sizeof actor->path - 1);
  actor->path[length > 0 ? length : 0] = 0;
  if (length > (ssize_t)sizeof gone && strcmp(actor->path + length - (sizeof gone - 1), gone) == 0)
    actor->path[length - (ssize_t)(sizeof gone - 1)] = 0;
  actor->name[0] = 0;
  snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
  if ((file = fopen(name, "re")) == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned real, effective, saved, of_files;
    if (sscanf(line, "Name: %31[^\n]", actor->name) == 1) continue;
    if (sscanf(line, "Uid: %u %u %u %u", &real, &effective, &saved, &of_files) == 4) {
      /* It is this identity that the kernel checks accesses with. */
      actor->user = of_files;
      actor->known = 1;
    }
  }
  fclose(file);
}

/* The process of an event, with what the engine of now says about it. A process may
 * have become another by exec or setuid: then it is asked about anew. */
static struct actor *actor_of(const wardline_engine *engine, pid_t pid) {
  static struct actor seen;
  struct actor *kept = &actors[(unsigned)pid % ACTORS];
  uint32_t knows = 0;
  look_up(pid, &seen);
  if (kept->says != NULL && kept->pid == pid && kept->known == seen.known && kept->user == seen.user && strcmp(kept->path, seen.path) == 0)
    wardline_engine_knows(engine, kept->says, &knows);
  if (knows) return kept;
  wardline_actor_free(kept->says);
  *kept = seen;
  kept->says = NULL;
  memset(&kept->process, 0, sizeof kept->process);
  memset(&kept->principal, 0, sizeof kept->principal);
  if (kept->path[0] != 0) kept->process.path = wardline_string(kept->path);
  if (kept->name[0] != 0) kept->process.name = wardline_string(kept->name);
  kept->process.pid = (uint32_t)pid;
  kept->process.has_pid = 1;
  kept->principal.id = kept->known ? kept->user : 0;
  kept->principal.has_id = (uint32_t)kept->known;
  for (size_t index = 0; kept->known && index < user_count; index++)
    if (users[index].id == kept->user) kept->principal.name = wardline_string(users[index].name);
  wardline_engine_actor(engine, &kept->process, &kept->principal, NULL, 0, &kept->says);
  return kept;
}

static int below(const char *path) {
  size_t length = strlen(directory);
  if (length == 1) return 1;
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The further names of a file: hard links below DIRECTORY. */
static struct { dev_t device; ino_t inode; const char *path; size_t count; char names[ALIASES][PATH_MAX]; } links;

static int visit(const char *path, const struct stat *found, int type, struct FTW *where) {
  (void)where;
  if (type != FTW_F || found->st_dev != links.device || found->st_ino != links.inode || strcmp(path, links.path) == 0) return 0;
  if (links.count == ALIASES) return 1;
  snprintf(links.names[links.count++], PATH_MAX, "%s", path);
  return 0;
}

/* Asks the policies about one event of fanotify. Whether it may happen. */
static int judge(const struct fanotify_event_metadata *asked) {
  static char path[PATH_MAX], json[1 << 16];
  char link[64];
  wardline_bytes aliases[ALIASES];
  wardline_engine *engine = NULL;
  wardline_event event;
  wardline_decision decision = wardline_decision_none();
  wardline_status status;
  struct stat file;
  struct actor *actor;
  ssize_t length;
  size_t written = 0;
  int exec = (asked->mask & FAN_OPEN_EXEC_PERM) != 0, more = 0, deleted, allowed;

  snprintf(link, sizeof link, "/proc/self/fd/%d", asked->fd);
  length = readlink(link, path, sizeof path - 1);
  if (length <= 0 || fstat(asked->fd, &file) != 0) return fail_open;
  path[length] = 0;
  deleted = file.st_nlink == 0;
  links.count = 0;
  if (file.st_nlink > 1) {
    links.device = file.st_dev, links.inode = file.st_ino, links.path = path;
    /* More names than there is room for: not understood, so the fail mode decides. */
    more = nftw(directory, visit, 16, FTW_PHYS | FTW_MOUNT) != 0;
  }
  if (!below(path) && links.count == 0 && !more) return 1;
  for (size_t index = 0; index < links.count; index++) aliases[index] = wardline_string(links.names[index]);

  event = wardline_event_of(exec ? WARDLINE_KIND_EXEC : WARDLINE_KIND_FILE);
  event.time = now();
  event.has_time = 1;
  if (exec) {
    event.of.exec.path = wardline_string(path);
    event.of.exec.aliases.data = aliases;
    event.of.exec.aliases.count = links.count;
    event.of.exec.truncated = (uint8_t)more;
    event.of.exec.deleted = (uint8_t)deleted;
  } else {
    event.of.file.operation = asked->mask & FAN_CLOSE_WRITE ? WARDLINE_FILE_OPERATION_MODIFY : WARDLINE_FILE_OPERATION_READ;
    event.of.file.path = wardline_string(path);
    event.of.file.aliases.data = aliases;
    event.of.file.aliases.count = links.count;
    event.of.file.truncated = (uint8_t)more;
    event.of.file.deleted = (uint8_t)deleted;
  }
  /* One engine for all that is asked about this event. */
  if (wardline_shared_engine(shared, &engine) != WARDLINE_STATUS_OK) return fail_open;
  actor = actor_of(engine, asked->pid);
  event.process = actor->process;
  event.user = actor->principal;
  event.actor = actor->says;
  status = wardline_engine_decide(engine, state, &event, &decision);
  if (status != WARDLINE_STATUS_OK) {
    wardline_text why = wardline_status_text((uint32_t)status);
    fprintf(stderr, "enforcer: %s: %.*s\n", path, (int)why.length, why.data);
    allowed = fail_open;
  } else {
    /* On an invalid event the fail mode has been applied already. */
    allowed = decision.action != WARDLINE_ACTION_BLOCK;
    if (decision.action != WARDLINE_ACTION_ALLOW &&
        wardline_engine_audit(engine, &event, &decision, target, 1, wardline_bytes_of(NULL, 0), json, sizeof json, &written) == WARDLINE_STATUS_OK)
      tell(json);
  }
  wardline_engine_free(engine);
  return allowed;
}

static void answer(int group, const struct fanotify_event_metadata *event) {
  struct fanotify_response response;
  int asks = (event->mask & (FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM)) != 0;
  if (event->mask & FAN_Q_OVERFLOW) fprintf(stderr, "enforcer: events were lost\n");
  if (event->fd < 0) return;
  /* Longer than this is a fault, and the machine must go on: the end of this
   * process lets everything pass. */
  alarm(SECONDS_FOR_ONE_EVENT);
  response.fd = event->fd;
  response.response = event->pid == getpid() || judge(event) ? FAN_ALLOW : FAN_DENY;
  if (asks && write(group, &response, sizeof response) != (ssize_t)sizeof response) perror("enforcer: answer");
  alarm(0);
  close(event->fd);
}

int main(int argc, char **argv) {
  static char events[1 << 16] __attribute__((aligned(8)));
  static sigset_t signals;
  char why[256] = "";
  pthread_t thread;
  struct passwd *user;
  int group;

  if (argc > 1 && strcmp(argv[1], "--fail-open") == 0) fail_open = 1, argc--, argv++;
  if (argc != 3 || realpath(argv[2], directory) == NULL) fail("usage", "enforcer [--fail-open] POLICY.wlb DIRECTORY");
  bundle = argv[1];
  gethostname(host, sizeof host - 1);
  while (user_count < USERS && (user = getpwent()) != NULL) {
    users[user_count].id = user->pw_uid;
    snprintf(users[user_count++].name, sizeof users->name, "%s", user->pw_name);
  }
  endpwent();

  target[0].name = wardline_string("host.name"), target[0].value = wardline_string(host);
  binding = wardline_binding_default();
  binding.fail = fail_open ? WARDLINE_FAIL_OPEN : WARDLINE_FAIL_CLOSED;
  binding.capabilities = 1u << WARDLINE_KIND_FILE | 1u << WARDLINE_KIND_EXEC;
  binding.target.data = target;
  binding.target.count = 1;
  if (wardline_shared_open(wardline_string(bundle), WARDLINE_OPEN_READ, &binding, &shared, why, sizeof why) != WARDLINE_STATUS_OK) fail(bundle, why);
  if (wardline_state_new(1 << 20, 0, NULL, &state) != WARDLINE_STATUS_OK) fail("state", "no memory");

  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP), sigaddset(&signals, SIGTERM), sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  if (pthread_create(&thread, NULL, on_signals, &signals) != 0) fail("thread", strerror(errno));

  group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
  if (group < 0) fail("fanotify_init", strerror(errno));
  if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM | FAN_CLOSE_WRITE, AT_FDCWD, directory) != 0)
    fail("fanotify_mark", strerror(errno));
  tell_status();
  for (;;) {
    ssize_t length = read(group, events, sizeof events);
    const struct fanotify_event_metadata *event = (const struct fanotify_event_metadata *)events;
    if (length < 0 && errno != EINTR && errno != EAGAIN) fail("read", strerror(errno));
    for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length)) {
      if (event->vers != FANOTIFY_METADATA_VERSION) fail("fanotify", "another version of events");
      answer(group, event);
    }
  }
}
