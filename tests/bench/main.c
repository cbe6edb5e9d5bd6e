#include "tests/bench/bench.h"

#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <mntent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/seal.h"
#include "core/text.h"
#include "data/sqlite/sqlite_store.h"

#define BENCH_SECONDS 450
#define SMALL_DIVISOR 50

static const struct {
    const char *name;
    enum tk_code (*run)(struct bench *bench, struct tk_error *error);
} parts[] = {
    {"sale", bench_sale},     {"batch", bench_batch},     {"page", bench_page},
    {"expire", bench_expire}, {"counter", bench_counter},
    {"journal", bench_journal},
    {"door", bench_door},     {"sync", bench_sync},     {"staff", bench_staff},
    {"report", bench_report},
    {"http_sale", bench_http_sale}, {"http_read", bench_http_read},
    {"http_start", bench_http_start}, {"pg", bench_pg},
};
#define PARTS (sizeof parts / sizeof parts[0])

void bench_figure(const char *name, double value, const char *unit, double limit, double ratio)
{
    printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":%.6g,\"ratio\":%.3f}\n", name,
           value, unit, limit, ratio);
    fflush(stdout);
}

void bench_say(const char *format, ...)
{
    va_list args;

    fputs("bench: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int64_t bench_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double bench_seconds_since(int64_t start)
{
    return (double)(bench_clock() - start) / 1e9;
}

enum tk_code bench_check_time(const struct bench *bench, struct tk_error *error)
{
    if (bench_clock() < bench->ends_at)
        return TK_OK;
    return tk_fail(error, TK_INTERRUPTED, "The time for all measurements (%d s) is used up.",
                   BENCH_SECONDS);
}

size_t bench_rows(const struct bench *bench, size_t full)
{
    return bench->small ? full / SMALL_DIVISOR : full;
}

uint64_t bench_random_below(struct bench *bench, uint64_t bound)
{
    uint64_t x = bench->random += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (x ^ (x >> 31)) % bound;
}

void bench_path(const struct bench *bench, char path[BENCH_PATH_SIZE], const char *name)
{
    snprintf(path, BENCH_PATH_SIZE, "%.400s/%.100s", bench->folder, name);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

double bench_quantile(double *values, size_t count, double share)
{
    size_t at = (size_t)((double)count * share);

    if (!count)
        return 0;
    qsort(values, count, sizeof *values, compare);
    return values[at < count ? at : count - 1];
}

/* --- a till --- */

int64_t bench_now(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void bench_random(void *context, void *data, size_t size)
{
    (void)context;
    if (getrandom(data, size, 0) != (ssize_t)size)
        abort();
}

enum tk_code till_open(struct till *till, const char *path, struct tk_error *error)
{
    struct sqlite_options options = {.now = bench_now, .random = bench_random};

    *till = (struct till){0};
    text_copy(till->path, sizeof till->path, path);
    options.path = till->path;
    options.rules.expire_after = till->office.rules.expire_after = 8 * TIME_HOUR;
    till->office.ports = (struct office_ports){.now = bench_now, .random = bench_random};
    bench_random(NULL, &till->site_key, sizeof till->site_key);
    options.seal_seed = seal_seed(&till->site_key);
    till->office.keys = key_ring_of_site(&till->site_key);
    text_copy(till->office.actor, sizeof till->office.actor, "Priya");
    text_copy(till->office.device, sizeof till->office.device, "till-1");
    if (sqlite_store_open(&options, &till->store, error))
        return TK_IO;
    till->office.store = till->store;
    return TK_OK;
}

void till_close(struct till *till)
{
    store_close(till->store);
    till->store = NULL;
}

/* --- the folder --- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* The mount that a folder lies on, as the kernel lists it. */
static bool find_mount(const char *folder, struct mntent *mount, char *text, int size)
{
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    struct stat here, there;
    bool found = false;

    if (!mounts || stat(folder, &here))
        return false;
    while (!found && getmntent_r(mounts, mount, text, size))
        found = stat(mount->mnt_dir, &there) == 0 && there.st_dev == here.st_dev;
    endmntent(mounts);
    return found;
}

/* Says which file system is measured; false when it is memory and the figures would mean nothing.
 */
static bool check_disk(const struct bench *bench)
{
    struct mntent mount = {0};
    struct statfs info;
    char text[4096];

    if (find_mount(bench->folder, &mount, text, sizeof text))
        bench_say("%s is on %s (%s, mounted at %s)", bench->folder, mount.mnt_fsname,
                  mount.mnt_type, mount.mnt_dir);
    if (statfs(bench->folder, &info) == 0 && info.f_type != TMPFS_MAGIC &&
        info.f_type != RAMFS_MAGIC)
        return true;
    bench_say("%s is in memory, where a sync costs nothing: set TMPDIR to a folder on a disk",
              bench->folder);
    return bench->small;
}

static bool make_folder(struct bench *bench)
{
    const char *parent = getenv("TMPDIR");

    snprintf(bench->folder, sizeof bench->folder, "%.400s/ticketly-bench-XXXXXX",
             parent && *parent ? parent : "/var/tmp");
    if (mkdtemp(bench->folder))
        return true;
    bench_say("%s cannot be made: %s", bench->folder, strerror(errno));
    return false;
}

/* Those of the service and of PostgreSQL need more programs: only when asked for. */
static bool is_wanted(const char *name, const char *word)
{
    return *word ? strstr(name, word) != NULL
                 : strncmp(name, "http", 4) != 0 && strcmp(name, "pg") != 0;
}

/* Runs the parts whose name contains the word; returns the exit status. */
static int run_parts(struct bench *bench, const char *word)
{
    bool any = false;

    for (size_t i = 0; i < PARTS; i++) {
        struct tk_error error = {0};
        int64_t start = bench_clock();

        if (!is_wanted(parts[i].name, word))
            continue;
        any = true;
        bench_say("%s", parts[i].name);
        if (parts[i].run(bench, &error)) {
            bench_say("%s failed: %s", parts[i].name, error.message);
            return 1;
        }
        bench_say("%s took %.1f s", parts[i].name, bench_seconds_since(start));
    }
    if (!any)
        bench_say("no part has “%s” in its name", word);
    return any ? 0 : 2;
}

/* The measuring is done by a child, so that the files go away however it ends. */
static int run_apart(struct bench *bench, const char *word)
{
    int status = 0;
    pid_t child;

    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        alarm(BENCH_SECONDS + 5);
        exit(run_parts(bench, word));
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return 1;
    if (WIFSIGNALED(status))
        bench_say("ended by signal %d", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    struct bench bench = {.random = 1};
    const char *small = getenv("TICKETLY_BENCH_SMALL");
    int status = 1;

    bench.small = small && strcmp(small, "1") == 0;
    bench.ends_at = bench_clock() + BENCH_SECONDS * INT64_C(1000000000);
    if (!crypto_init() || !make_folder(&bench))
        return 1;
    if (check_disk(&bench))
        status = run_apart(&bench, argc > 1 ? argv[1] : "");
    nftw(bench.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return status;
}
