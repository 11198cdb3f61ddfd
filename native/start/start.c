/*
 * The program behind each in dist/bin: it becomes node, running the JavaScript program of its own
 * name.
 *
 *   PREFIX/bin/NAME ARGS...  →  node FLAGS --snapshot-blob PREFIX/lib/eyrie/NAME.KEY.snapshot
 *                                    PREFIX/lib/eyrie/NAME.cjs ARGS...
 *                       or else  node FLAGS PREFIX/lib/eyrie/loader.cjs NAME ARGS...
 *
 * The first where there is a snapshot that was made for this node, bundle and processor.
 *
 * It finds PREFIX by /proc/self/exe, so the built tree runs from wherever it is mounted, and node
 * by a list fixed at build time: PATH belongs to whoever started us, a job's wrapper perhaps, and
 * must not choose what runs as root. It opens nothing and closes nothing: a starter inherits
 * sockets from its startd.
 */
#include "snapshot_key.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef NODE_BUILT_WITH
#error "NODE_BUILT_WITH must name the node that the bundles were built with"
#endif

static const char *const node_paths[] = {NODE_BUILT_WITH, "/usr/local/bin/node", "/usr/bin/node"};
#define NODE_PATHS (sizeof node_paths / sizeof node_paths[0])

/* Where we are: filled by find_self(). */
static char prefix[PATH_MAX];
static const char *name;
static char loader[PATH_MAX + sizeof "/lib/eyrie/loader.cjs"];
static char bundle[PATH_MAX + sizeof "/lib/eyrie/" + NAME_MAX];

/*
 * Says why we cannot start and ends: with 1, HTCondor's general failure, where the name is one of
 * HTCondor's, and with 125 for eyrie, which leaves the statuses below to the job.
 */
static _Noreturn void fail(const char *what, const char *path, const char *why) {
  fprintf(stderr, "%s: %s %s: %s\n", name ? name : "eyrie", what, path, why);
  exit(name && strncmp(name, "condor_", 7) == 0 ? 1 : 125);
}

/* PREFIX/bin/NAME, links resolved by the kernel. */
static void find_self(void) {
  ssize_t length = readlink("/proc/self/exe", prefix, sizeof prefix - 1);
  if (length < 0) fail("cannot read", "/proc/self/exe", strerror(errno));
  prefix[length] = '\0';
  char *slash = strrchr(prefix, '/');
  name = slash + 1;
  *slash = '\0';
  slash = strrchr(prefix, '/');
  if (!slash || strcmp(slash, "/bin") != 0)
    fail("cannot run from", prefix, "expected to be in a directory named bin, beside lib/eyrie");
  *slash = '\0';
  snprintf(loader, sizeof loader, "%s/lib/eyrie/loader.cjs", prefix);
  snprintf(bundle, sizeof bundle, "%s/lib/eyrie/%s.cjs", prefix, name);
}

/*
 * Root runs no JavaScript that just anybody could have replaced. Who owns this program can do
 * as they like with root anyway once root has started it, so their files are as good as root's.
 */
static void check_writable_by(const char *path, uid_t owner) {
  struct stat st;
  if (stat(path, &st) < 0) fail("cannot use", path, strerror(errno));
  if (st.st_mode & S_IWOTH) fail("refuses as root", path, "it is writable by everybody");
  if (st.st_uid != 0 && st.st_uid != owner)
    fail("refuses as root", path, "it belongs neither to root nor to this program's owner");
}

static void check_trust(const char *file) {
  struct stat self;
  if (geteuid() != 0) return;
  if (stat("/proc/self/exe", &self) < 0) fail("cannot read", "/proc/self/exe", strerror(errno));
  char directory[sizeof loader];
  snprintf(directory, sizeof directory, "%s/lib/eyrie", prefix);
  check_writable_by(directory, self.st_uid);
  check_writable_by(file, self.st_uid);
}

/* The start-up snapshot for this node; NULL: there is none. */
static const char *find_snapshot(const char *node) {
  static char path[sizeof bundle + sizeof ".0123456789abcdef.snapshot"];
  struct stat node_file, bundle_file;
  if (stat(node, &node_file) < 0 || stat(bundle, &bundle_file) < 0) return NULL;
  snprintf(path, sizeof path, "%s/lib/eyrie/%s.%016" PRIx64 ".snapshot", prefix, name,
           snapshot_key(&node_file, &bundle_file));
  return access(path, R_OK) == 0 ? path : NULL;
}

/*
 * Takes every NODE_ variable out of the environment: NODE_OPTIONS is code injection into a
 * process that may be root, NODE_EXTRA_CA_CERTS alone more than doubles the start-up time. (The
 * job's environment is made from its ad, so nothing of this reaches it.)
 */
static void scrub(char **environment) {
  char **keep = environment;
  for (char **entry = environment; *entry; entry++)
    if (strncmp(*entry, "NODE_", 5) != 0) *keep++ = *entry;
  *keep = NULL;
}

/*
 * Node raises its soft limit of open files to the hard one. The job shall have the limit that we
 * were started with, so src/starter/host-view.ts is told what it was.
 */
static void tell_soft_nofile(void) {
  struct rlimit limit;
  char digits[24];
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("cannot read", "the limits", strerror(errno));
  snprintf(digits, sizeof digits, "%llu", (unsigned long long)limit.rlim_cur);
  if (setenv("EYRIE_SOFT_NOFILE", digits, 1) < 0)
    fail("cannot set", "the environment", strerror(errno));
}

/* Becomes node. Comes back with errno where this node cannot be executed. */
static void execute(const char *node, int argc, char **argv, char **environment) {
  char **arguments = calloc((size_t)argc + 6, sizeof *arguments);
  if (!arguments) fail("cannot start", node, strerror(errno));
  const char *snapshot = find_snapshot(node);
  check_trust(snapshot ? snapshot : loader);
  size_t count = 0;
  arguments[count++] = (char *)name;
  /* V8 with one worker thread. A flag that counts in V8's flag hash would void code caches. */
  arguments[count++] = "--v8-pool-size=1";
  if (snapshot) {
    arguments[count++] = "--snapshot-blob";
    arguments[count++] = (char *)snapshot;
    arguments[count++] = bundle;
  } else {
    /* The kernel has resolved the loader's path already. */
    arguments[count++] = "--preserve-symlinks-main";
    arguments[count++] = loader;
    arguments[count++] = (char *)name;
  }
  for (int i = 1; i < argc; i++) arguments[count++] = argv[i];
  execve(node, arguments, environment);
  int error = errno;
  free(arguments);
  errno = error;
}

int main(int argc, char **argv) {
  extern char **environ;
  find_self();
  scrub(environ);
  tell_soft_nofile();
  /* One malloc arena and two pool threads are enough, and cost less address space and memory. */
  if (setenv("MALLOC_ARENA_MAX", "1", 1) < 0 || setenv("UV_THREADPOOL_SIZE", "2", 1) < 0)
    fail("cannot set", "the environment", strerror(errno));

  for (size_t i = 0; i < NODE_PATHS; i++) {
    execute(node_paths[i], argc, argv, environ);
    if (errno != ENOENT && errno != EACCES && errno != ENOTDIR)
      fail("cannot execute", node_paths[i], strerror(errno));
  }
  fail("cannot find node: none of", NODE_BUILT_WITH ", /usr/local/bin/node, /usr/bin/node",
       "can be executed; install Node.js 20.12 or newer");
}
