/* Count the calls that change files below a watched folder, and let one of them fail as a full or a broken disk does.
 *
 * Preloaded (LD_PRELOAD) before the C library. `fault_watch(folder, call, error)` sets the count to 0 and lets the call
 * of that number, from 1, fail once with that errno; with call 0 it only counts. `fault_count()` gives the count so far,
 * `fault_name()` the call that failed with its file, nothing as long as none did. Once a call has failed for want of
 * space, the file system says that it has none.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char watched[PATH_MAX];
static size_t watched_length;
static long failing_call;
static int failing_error;
static atomic_long calls;
static char failed[PATH_MAX + 64];

void fault_watch(const char *folder, long call, int error) {
    watched_length = 0;
    snprintf(watched, sizeof watched, "%s", folder);
    atomic_store(&calls, 0);
    failing_call = call;
    failing_error = error;
    failed[0] = 0;
    watched_length = strlen(watched);
}

long fault_count(void) { return atomic_load(&calls); }

const char *fault_name(void) { return failed; }

static int fails(const char *name, const char *path) {
    if (!watched_length || strncmp(path, watched, watched_length) != 0) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != failing_call) return 0;
    snprintf(failed, sizeof failed, "%s %s", name, path + watched_length);
    errno = failing_error;
    return 1;
}

static int fails_at(const char *name, int descriptor) {
    char link[64], path[PATH_MAX];
    if (!watched_length) return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return 0;
    path[length] = 0;
    return fails(name, path);
}

static int fails_below(const char *name, int folder, const char *path) {
    char whole[PATH_MAX * 2], link[64];
    if (!watched_length) return 0;
    if (path[0] == '/') return fails(name, path);
    int before = errno;
    ssize_t length;
    if (folder == AT_FDCWD) {
        length = getcwd(whole, PATH_MAX) ? (ssize_t)strlen(whole) : -1;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = readlink(link, whole, PATH_MAX);
    }
    errno = before;
    if (length < 0) return 0;
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    return fails(name, whole);
}

/* The real function, looked up at the first call. */
#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FILE_CALL(result, name, parameters, arguments, ...) \
    result name parameters { \
        REAL(result, #name, __VA_ARGS__); \
        return fails_at(#name, file) ? -1 : real arguments; \
    }

FILE_CALL(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size), int, const void *, size_t)
FILE_CALL(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t offset), (file, bytes, size, offset), int,
          const void *, size_t, off_t)
FILE_CALL(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t offset), (file, bytes, size, offset),
          int, const void *, size_t, off64_t)
FILE_CALL(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count), int,
          const struct iovec *, int)
FILE_CALL(ssize_t, pwritev, (int file, const struct iovec *parts, int count, off_t offset),
          (file, parts, count, offset), int, const struct iovec *, int, off_t)
FILE_CALL(ssize_t, sendfile, (int file, int source, off_t *offset, size_t size), (file, source, offset, size), int, int,
          off_t *, size_t)
FILE_CALL(ssize_t, sendfile64, (int file, int source, off64_t *offset, size_t size), (file, source, offset, size), int,
          int, off64_t *, size_t)
FILE_CALL(int, fsync, (int file), (file), int)
FILE_CALL(int, fdatasync, (int file), (file), int)
FILE_CALL(int, ftruncate, (int file, off_t size), (file, size), int, off_t)
FILE_CALL(int, ftruncate64, (int file, off64_t size), (file, size), int, off64_t)

ssize_t copy_file_range(int source, off64_t *from, int file, off64_t *to, size_t size, unsigned flags) {
    REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned);
    return fails_at("copy_file_range", file) ? -1 : real(source, from, file, to, size, flags);
}

int posix_fallocate(int file, off_t offset, off_t size) {
    REAL(int, "posix_fallocate", int, off_t, off_t);
    return fails_at("posix_fallocate", file) ? failing_error : real(file, offset, size);
}

int rename(const char *old, const char *new) {
    REAL(int, "rename", const char *, const char *);
    return fails_below("rename", AT_FDCWD, new) ? -1 : real(old, new);
}

int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails_below("renameat", new_folder, new) ? -1 : real(old_folder, old, new_folder, new);
}

int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return fails_below("renameat2", new_folder, new) ? -1 : real(old_folder, old, new_folder, new, flags);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return fails_below("mkdir", AT_FDCWD, path) ? -1 : real(path, mode);
}

/* Opening is counted where it may make the file. */
#define OPENING(name, folder, parameters, arguments, ...) \
    int name parameters { \
        REAL(int, #name, __VA_ARGS__); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        return flags & O_CREAT && fails_below(#name, folder, path) ? -1 : real arguments; \
    }

OPENING(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode), const char *, int, ...)
OPENING(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode), const char *, int, ...)
OPENING(openat, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), int, const char *,
        int, ...)
OPENING(openat64, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), int,
        const char *, int, ...)

FILE *fopen(const char *path, const char *mode) {
    REAL(FILE *, "fopen", const char *, const char *);
    return mode[0] != 'r' && fails_below("fopen", AT_FDCWD, path) ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
    REAL(FILE *, "fopen64", const char *, const char *);
    return mode[0] != 'r' && fails_below("fopen64", AT_FDCWD, path) ? NULL : real(path, mode);
}

#define SPACE_CALL(name, type) \
    int name(const char *path, struct type *space) { \
        REAL(int, #name, const char *, struct type *); \
        int result = real(path, space); \
        if (failed[0] && failing_error == ENOSPC) space->f_bfree = space->f_bavail = 0; \
        return result; \
    }

SPACE_CALL(statvfs, statvfs)
SPACE_CALL(statvfs64, statvfs64)
