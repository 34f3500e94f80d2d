/*
 * The system calls that an analysis needs, and nothing else, in two threads: list each prefix and
 * lstat each blob; list repositories, tags, revisions and layer links; read each link and manifest.
 *
 *   cc -O2 -pthread -o floor floor.c && ./floor ROOT
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS 2
#define PATH 4096
#define HEX 64
#define LINK_BYTES 71
#define MANIFEST_BYTES (1 << 20)

enum kind { PREFIX, TAGS, REVISIONS, LAYERS };
struct task {
  enum kind kind;
  char *path;
};

static struct task *tasks;
static size_t task_count, task_room;
static atomic_size_t next_task;
static atomic_size_t blobs, links, manifests, bytes;

static void fail(const char *path) {
  perror(path);
  exit(1);
}

static void add(enum kind kind, const char *path) {
  if (task_count == task_room) {
    task_room = task_room ? task_room * 2 : 1024;
    tasks = realloc(tasks, task_room * sizeof *tasks);
    if (tasks == NULL) fail("realloc");
  }
  tasks[task_count].kind = kind;
  tasks[task_count++].path = strdup(path);
}

typedef void visitor(const char *path, const struct dirent *entry);

static void each(const char *path, visitor *visit) {
  DIR *folder = opendir(path);
  if (folder == NULL) fail(path);
  struct stat stat;
  if (fstat(dirfd(folder), &stat) != 0) fail(path);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char below[PATH];
    snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    visit(below, entry);
  }
  closedir(folder);
}

/* Returns the number of bytes; -1 where the file is missing. */
static ssize_t read_file(const char *path, char *buffer, size_t size) {
  struct stat stat;
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return -1;
  if (fstat(fd, &stat) != 0) fail(path);
  ssize_t got = read(fd, buffer, size);
  if (got < 0) fail(path);
  close(fd);
  return got;
}

static void blob(const char *path, const struct dirent *entry) {
  (void)entry;
  char data[PATH];
  struct stat stat;
  snprintf(data, sizeof data, "%s/data", path);
  if (lstat(data, &stat) != 0) return;
  blobs++;
  bytes += stat.st_size;
}

static int read_link(const char *folder, char *link) {
  char path[2 * PATH];
  snprintf(path, sizeof path, "%s/link", folder);
  if (read_file(path, link, LINK_BYTES) != LINK_BYTES) return 0;
  links++;
  return 1;
}

static void revision(const char *path, const struct dirent *entry) {
  (void)entry;
  static _Thread_local char content[MANIFEST_BYTES];
  char link[LINK_BYTES], data[PATH];
  if (!read_link(path, link)) return;
  const char *hex = link + LINK_BYTES - HEX;
  snprintf(data, sizeof data, "blobs/sha256/%.2s/%.64s/data", hex, hex);
  if (read_file(data, content, sizeof content) >= 0) manifests++;
}

static void tag(const char *path, const struct dirent *entry) {
  (void)entry;
  char current[PATH], link[LINK_BYTES];
  snprintf(current, sizeof current, "%s/current", path);
  read_link(current, link);
}

static void layer(const char *path, const struct dirent *entry) {
  (void)path;
  (void)entry;
}

static visitor *const visitors[] = {blob, tag, revision, layer};

static void *work(void *unused) {
  (void)unused;
  for (;;) {
    size_t at = next_task++;
    if (at >= task_count) return NULL;
    each(tasks[at].path, visitors[tasks[at].kind]);
  }
}

static void repository(const char *path, const struct dirent *entry) {
  char below[PATH];
  struct stat stat;
  if (entry->d_type != DT_DIR || strcmp(entry->d_name, "_uploads") == 0) return;
  if (strcmp(entry->d_name, "_layers") == 0) {
    snprintf(below, sizeof below, "%s/sha256", path);
    if (lstat(below, &stat) == 0) add(LAYERS, below);
  } else if (strcmp(entry->d_name, "_manifests") == 0) {
    snprintf(below, sizeof below, "%s/tags", path);
    if (lstat(below, &stat) == 0) add(TAGS, below);
    snprintf(below, sizeof below, "%s/revisions/sha256", path);
    if (lstat(below, &stat) == 0) add(REVISIONS, below);
  } else {
    each(path, repository);
  }
}

static void prefix(const char *path, const struct dirent *entry) {
  (void)entry;
  add(PREFIX, path);
}

int main(int argc, char **argv) {
  char tree[PATH];
  if (argc != 2) {
    fprintf(stderr, "usage: floor ROOT\n");
    return 64;
  }
  snprintf(tree, sizeof tree, "%s/docker/registry/v2", argv[1]);
  if (chdir(tree) != 0) fail(tree);
  each("repositories", repository);
  each("blobs/sha256", prefix);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("%zu blobs, %zu bytes, %zu links, %zu manifests\n", blobs, bytes, links, manifests);
  return 0;
}
