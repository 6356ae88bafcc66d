/* A host enforcer: fanotify asks before files are opened and programs are run, the
 * policies decide, and what is not simply allowed is told as a line of JSON.
 *
 *   cc -std=c11 enforcer.c $(pkg-config --cflags --libs wardline) -lpthread -o enforcer
 *   enforcer [--fail-open] POLICY.wlb DIRECTORY      (as root; SIGHUP loads again)
 *
 * The kernel asks about the whole file system; files of which no name lies below DIRECTORY
 * are let pass, and all when this ends. docs/enforcing.md says why it is as it is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
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

/* An event may take five seconds; a process waits for the index a hundred ticks of 20 ms. */
enum { ALARM = 5, PATIENCE = 100, TICK = 20, ALIASES = 15, ACTORS = 1024, USERS = 4096, WAITING = 64, LINKS = 1 << 17 };

static char *bundle, directory[PATH_MAX], host[256];
static struct statx top;
static int fail_open, mount, root, moves; /* DIRECTORY, opened, and a group that tells of moved directories. */
static wardline_shared *shared;
static wardline_state *state;
static wardline_binding binding;
static wardline_pair target[1];
/* Read before the first event: later this same thread would be asked about it. */
static struct { uid_t id; char name[64]; } users[USERS];
static size_t user_count;
static void fail(const char *what, const char *why) { fprintf(stderr, "enforcer: %s: %s\n", what, why), exit(1); }
static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}
/* One line, so that two threads do not mix theirs. */
static void tell(const char *json) { printf("%s\n", json), fflush(stdout); }
/* What is enforced here, first of all and after each new bundle. */
static void tell_status(void) {
  static char json[1 << 16];
  wardline_engine *engine = NULL;
  size_t length;
  if (wardline_shared_engine(shared, &engine) != WARDLINE_STATUS_OK) return;
  if (wardline_engine_status(engine, target, 1, now(), json, sizeof json, &length) == WARDLINE_STATUS_OK) tell(json);
  wardline_engine_adopt(engine, state, NULL), wardline_engine_free(engine);
}

/* A thread of its own: loading opens a file, which the other thread may have to allow. */
static void *on_signals(void *set) {
  for (;;) {
    int signal = 0;
    char why[256] = "";
    if (sigwait((sigset_t *)set, &signal) == 0 && signal != SIGHUP) _exit(0);
    if (wardline_shared_reopen(shared, wardline_string(bundle), WARDLINE_OPEN_READ, &binding, NULL, why, sizeof why) != WARDLINE_STATUS_OK)
      fprintf(stderr, "enforcer: %s: %s; the old policies stay\n", bundle, why);
    else tell_status();
  }
}

/* A process that acts, and what the rules say about it. */
static struct actor {
  int pid, known;
  uid_t user;
  char path[PATH_MAX], name[32];
  wardline_process process;
  wardline_principal principal;
  wardline_actor *says;
} actors[ACTORS];

/* Looks a process up. What stays unknown counts against it: no exception is for somebody
 * unknown, nor for a program that has its name only in a mount namespace of its own. */
static void look_up(pid_t pid, struct actor *actor) {
  char name[64], line[256];
  unsigned real, effective, saved;
  struct stat runs, named;
  ssize_t length;
  FILE *file;
  snprintf(name, sizeof name, "/proc/%d/exe", (int)pid), length = readlink(name, actor->path, sizeof actor->path - 1);
  actor->path[length > 0 ? length : 0] = 0;
  if (stat(name, &runs) != 0 || stat(actor->path, &named) != 0 || runs.st_dev != named.st_dev || runs.st_ino != named.st_ino) actor->path[0] = 0;
  actor->pid = pid, actor->known = 0, actor->name[0] = 0, snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
  if ((file = fopen(name, "re")) == NULL) return;
  while (fgets(line, sizeof line, file) != NULL)
    /* It is the last identity that the kernel checks accesses with. */
    if (sscanf(line, "Name: %31[^\n]", actor->name) != 1 && sscanf(line, "Uid: %u %u %u %u", &real, &effective, &saved, &actor->user) == 4) actor->known = 1;
  fclose(file);
}
/* Asks about a process anew, if it has become another by exec or setuid, or with another engine. */
static struct actor *actor_of(const wardline_engine *engine, pid_t pid) {
  static struct actor seen;
  struct actor *kept = &actors[(unsigned)pid % ACTORS];
  uint32_t knows = 0;
  look_up(pid, &seen);
  if (kept->says != NULL && kept->pid == pid && kept->known == seen.known && kept->user == seen.user && strcmp(kept->path, seen.path) == 0)
    wardline_engine_knows(engine, kept->says, &knows);
  if (knows) return kept;
  wardline_actor_free(kept->says);
  *kept = seen, kept->says = NULL;
  if (kept->path[0] != 0) kept->process.path = wardline_string(kept->path);
  if (kept->name[0] != 0) kept->process.name = wardline_string(kept->name);
  kept->process.pid = (uint32_t)pid, kept->process.has_pid = 1;
  kept->principal.id = kept->known ? kept->user : 0, kept->principal.has_id = (uint32_t)kept->known;
  for (size_t index = 0; kept->known && index < user_count; index++)
    if (users[index].id == kept->user) kept->principal.name = wardline_string(users[index].name);
  wardline_engine_actor(engine, &kept->process, &kept->principal, NULL, 0, &kept->says);
  return kept;
}

static int below(const char *path) {
  size_t length = strlen(directory);
  return length == 1 || (strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0));
}
static int look(int at, const char *path, struct statx *found) {
  return statx(at, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_MNT_ID, found);
}
static int text_of(int fd, char *path) {
  char link[64];
  ssize_t length = (snprintf(link, sizeof link, "/proc/self/fd/%d", fd), readlink(link, path, PATH_MAX - 1));
  path[length > 0 ? length : 0] = 0;
  return length > 0 && length < PATH_MAX - 1;
}
static union { struct file_handle of; char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } handle;
static int handle_of(int fd) {
  handle.of.handle_bytes = MAX_HANDLE_SZ;
  return name_to_handle_at(fd, "", &handle.of, &mount, AT_EMPTY_PATH) == 0;
}
/* Where an object lies below the mount that holds DIRECTORY. */
static int place(struct file_handle *object, char *path) {
  int fd = open_by_handle_at(root, object, O_PATH | O_CLOEXEC), placed = fd >= 0 && text_of(fd, path) && path[1] != 0;
  return close(fd), placed;
}

/* The index: names below DIRECTORY of files with several links. A thread walks when it is
 * wanted, so that no answer takes as long as DIRECTORY is large. */
static struct index { uint64_t started; size_t count; int whole; struct { ino_t inode; char *path; } names[LINKS]; } indexes[2], *next = indexes + 1, *current = indexes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int wants = 1;
static uint64_t moved; /* When a directory came to lie below DIRECTORY: no time of the files in it tells. */
static int visit(const char *path, const struct stat *found, int type, struct FTW *where) {
  if (type == FTW_D || type == FTW_DNR || found->st_nlink < 2) return (void)where, type == FTW_DNR;
  if (next->count == LINKS || (next->names[next->count].path = strdup(path)) == NULL) return 1;
  return next->names[next->count++].inode = found->st_ino, 0;
}
static void *on_walks(void *unused) {
  for (;;) {
    pthread_mutex_lock(&lock);
    for (current = next->started ? next : current; !wants;) pthread_cond_wait(&wanted, &lock);
    wants = 0, next = current == indexes ? indexes + 1 : indexes;
    pthread_mutex_unlock(&lock);
    poll(NULL, 0, 2 * TICK); /* Times of files are coarse: what has changed is then older than the walk. */
    while (next->count) free(next->names[--next->count].path);
    next->started = now(), next->whole = nftw(directory, visit, 64, FTW_PHYS | FTW_MOUNT) == 0;
  }
  return unused;
}
static void see_moves(void) {
  static char events[1 << 16] __attribute__((aligned(8))), path[PATH_MAX];
  ssize_t length;
  for (int reads = 0; reads < 16 && (length = read(moves, events, sizeof events)) > 0; reads++)
    for (struct fanotify_event_metadata *event = (void *)events; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length))
      if (event->mask & FAN_Q_OVERFLOW || reads == 15 ||
          (event->mask & FAN_ONDIR && (!place((void *)((struct fanotify_event_info_fid *)(event + 1))->handle, path) || below(path)))) moved = now();
}
/* The names of the file that is asked about. */
static struct { size_t count; int more; char paths[ALIASES + 2][PATH_MAX]; } names;
/* Adds what is now a name of the file below the mount, and goes through no symbolic link. */
static void add(const char *path, const struct statx *file) {
  static char real[PATH_MAX];
  struct statx found;
  int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), same = fd >= 0 && look(fd, "", &found) == 0 && text_of(fd, real) && strcmp(path, real) == 0;
  close(fd);
  if (!same || found.stx_mnt_id != top.stx_mnt_id || found.stx_ino != file->stx_ino || found.stx_dev_minor != file->stx_dev_minor) return;
  for (size_t index = 0; index < names.count; index++) if (strcmp(names.paths[index], path) == 0) return;
  if (names.count > ALIASES) names.more = 1;
  else strcpy(names.paths[names.count++], path);
}

/* Whether all names are known, or too many: as many as links, or links and directories
 * are as they were when the walk began. */
static int find_names(int fd, const char *seen, const struct statx *file) {
  static char own[PATH_MAX];
  uint64_t changed = (uint64_t)file->stx_ctime.tv_sec * 1000 + file->stx_ctime.tv_nsec / 1000000;
  int placed = handle_of(fd) && place(&handle.of, own);
  names.count = 0, names.more = !placed;
  if (placed && file->stx_nlink < 2) strcpy(names.paths[names.count++], own);
  if (!placed || file->stx_nlink < 2) return 1;
  add(seen, file), add(own, file), see_moves();
  pthread_mutex_lock(&lock);
  for (size_t index = 0; index < current->count && !names.more; index++)
    if (current->names[index].inode == file->stx_ino) add(current->names[index].path, file);
  if (names.count != file->stx_nlink && !(current->whole && (changed > moved ? changed : moved) + TICK < current->started)) names.more = wants = 1, pthread_cond_signal(&wanted);
  pthread_mutex_unlock(&lock);
  return !names.more || names.count > ALIASES;
}

/* Asks the policies about one event of fanotify. Whether it may happen, or -1 for later. */
static int judge(const struct fanotify_event_metadata *asked, int patient) {
  static char seen[PATH_MAX], json[1 << 16];
  int exec = (asked->mask & FAN_OPEN_EXEC_PERM) != 0, is_seen = text_of(asked->fd, seen), within = 0, allowed;
  wardline_bytes aliases[ALIASES + 2];
  wardline_engine *engine = NULL;
  wardline_decision decision = wardline_decision_none();
  wardline_event event = wardline_event_of(exec ? WARDLINE_KIND_EXEC : WARDLINE_KIND_FILE);
  wardline_status status;
  struct actor *actor;
  struct statx file;
  size_t written = 0, index;
  if (look(asked->fd, "", &file) != 0) return fail_open;
  if (!find_names(asked->fd, seen, &file) && patient) return -1;
  /* As it was opened, if that is below DIRECTORY by a further mount. */
  for (index = 0; index < names.count && strcmp(names.paths[index], seen) != 0;) index++;
  if (index == names.count && is_seen && (below(seen) || index == 0)) strcpy(names.paths[names.count++], seen);
  for (index = 0; index < names.count; index++) aliases[index] = wardline_string(names.paths[index]), within |= below(names.paths[index]);
  if (!within && !names.more) return 1;
#define NAMES(of) of.path = aliases[0], of.aliases.data = aliases + 1, of.aliases.count = names.count - 1, of.truncated = (uint8_t)names.more, of.deleted = file.stx_nlink == 0
  if (exec) NAMES(event.of.exec);
  else NAMES(event.of.file), event.of.file.operation = asked->mask & FAN_CLOSE_WRITE ? WARDLINE_FILE_OPERATION_MODIFY : WARDLINE_FILE_OPERATION_READ;
  /* One engine for all that is asked about this event. */
  if (names.count == 0 || wardline_shared_engine(shared, &engine) != WARDLINE_STATUS_OK) return fail_open;
  actor = actor_of(engine, asked->pid);
  event.time = now(), event.has_time = 1, event.process = actor->process, event.user = actor->principal, event.actor = actor->says;
  status = wardline_engine_decide(engine, state, &event, &decision);
  /* On an invalid event the fail mode has been applied already. */
  allowed = status == WARDLINE_STATUS_OK ? decision.action != WARDLINE_ACTION_BLOCK : fail_open;
  if (status != WARDLINE_STATUS_OK) fprintf(stderr, "enforcer: %s: status %d\n", names.paths[0], (int)status);
  else if (decision.action != WARDLINE_ACTION_ALLOW &&
           wardline_engine_audit(engine, &event, &decision, target, 1, wardline_bytes_of(NULL, 0), json, sizeof json, &written) == WARDLINE_STATUS_OK) tell(json);
  return wardline_engine_free(engine), allowed;
}

/* Answers, unless it is better to wait, which only the process that asked does. */
static int answer(int group, const struct fanotify_event_metadata *event, int patient) {
  struct fanotify_response response = {event->fd, FAN_ALLOW};
  int allowed;
  if (event->mask & FAN_Q_OVERFLOW) fprintf(stderr, "enforcer: events were lost\n");
  if (event->fd < 0) return 1;
  /* Longer is a fault, and the machine must go on: the end of this lets all pass. */
  alarm(ALARM);
  allowed = event->pid == getpid() ? 1 : judge(event, patient);
  if (allowed == 0) response.response = FAN_DENY;
  if (allowed >= 0 && event->mask & (FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM) && write(group, &response, sizeof response) < 0) perror("enforcer: answer");
  if (allowed >= 0) close(event->fd);
  return alarm(0), allowed >= 0;
}

int main(int argc, char **argv) {
  static char events[1 << 12] __attribute__((aligned(8)));
  static struct { struct fanotify_event_metadata event; int left; } waiting[WAITING];
  static sigset_t signals;
  struct pollfd asked = {0, POLLIN, 0};
  struct passwd *user;
  pthread_t thread;
  char why[256] = "";
  uint64_t last = 0;
  size_t count = 0;
  if (argc > 1 && strcmp(argv[1], "--fail-open") == 0) fail_open = 1, argc--, argv++;
  if (argc != 3 || realpath(argv[2], directory) == NULL) fail("usage", "enforcer [--fail-open] POLICY.wlb DIRECTORY");
  bundle = argv[1], gethostname(host, sizeof host - 1);
  while (user_count < USERS && (user = getpwent()) != NULL)
    users[user_count].id = user->pw_uid, snprintf(users[user_count++].name, sizeof users->name, "%s", user->pw_name);
  endpwent();
  target[0].name = wardline_string("host.name"), target[0].value = wardline_string(host);
  binding = wardline_binding_default();
  binding.fail = fail_open ? WARDLINE_FAIL_OPEN : WARDLINE_FAIL_CLOSED, binding.capabilities = 1u << WARDLINE_KIND_FILE | 1u << WARDLINE_KIND_EXEC;
  binding.target.data = target, binding.target.count = 1;
  if (wardline_shared_open(wardline_string(bundle), WARDLINE_OPEN_READ, &binding, &shared, why, sizeof why) != WARDLINE_STATUS_OK) fail(bundle, why);
  if (wardline_state_new(1 << 20, 0, NULL, &state) != WARDLINE_STATUS_OK) fail("state", "no memory");
  sigemptyset(&signals), sigaddset(&signals, SIGHUP), sigaddset(&signals, SIGTERM), sigaddset(&signals, SIGINT), pthread_sigmask(SIG_BLOCK, &signals, NULL);
  if ((root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || look(root, "", &top) != 0 || !handle_of(root)) fail(directory, strerror(errno));
  moves = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME, 0);
  asked.fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
  if (moves < 0 || asked.fd < 0) fail("fanotify_init", strerror(errno));
  if (fanotify_mark(moves, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_MOVED_TO | FAN_ONDIR, AT_FDCWD, directory) != 0 ||
      fanotify_mark(asked.fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM | FAN_CLOSE_WRITE, AT_FDCWD, directory) != 0)
    fail("fanotify_mark", strerror(errno));
  if (pthread_create(&thread, NULL, on_signals, &signals) != 0 || pthread_create(&thread, NULL, on_walks, NULL) != 0) fail("thread", strerror(errno));
  tell_status();
  for (;;) {
    ssize_t length = poll(&asked, 1, count ? TICK : -1) > 0 ? read(asked.fd, events, sizeof events) : 0;
    const struct fanotify_event_metadata *event = (const struct fanotify_event_metadata *)events;
    if (length < 0 && errno != EINTR && errno != EAGAIN) fail("read", strerror(errno));
    for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length)) {
      if (event->vers != FANOTIFY_METADATA_VERSION) fail("fanotify", "another version of events");
      if (!answer(asked.fd, event, count < WAITING)) waiting[count].event = *event, waiting[count++].left = PATIENCE;
    }
    for (size_t index = now() - last < TICK ? 0 : (last = now(), count); index-- > 0;)
      if (answer(asked.fd, &waiting[index].event, waiting[index].left-- > 0)) waiting[index] = waiting[--count];
  }
}
