#include "tests/cluster/site.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/nginx.h"

#define UP_MS 240000
#define VERB_MS 60000
#define HEAL_SECONDS "90"
#define DISK_OPTIONS "size=1200m,mode=755"
/* small disks fill sooner, and deadlocks are found while a storm lasts */
#define PARAMETERS "max_wal_size=256MB min_wal_size=64MB deadlock_timeout=100ms"
#define LOCAL_PORT "22800" /* beside `make cluster` */

static const char *const servers[SITE_SERVERS] = {"pg1", "pg2", "pg3"};
static const char *const everybody[SITE_NAMES] = {"etcd",  "pg1",   "pg2",   "pg3",
                                                  "node1", "node2", "node3", "haproxy"};

/* --- commands --- */

/* Runs a command in our folder; its output, cut, to `answer` unless NULL. */
static enum tk_code run_command(struct site *site, const char *const *argv, int timeout_ms,
                                char answer[SITE_ANSWER_SIZE], struct tk_error *error)
{
    struct run_options options = {
        .home = site->home, .environment = site->environment, .timeout_ms = timeout_ms};
    struct run run;
    enum tk_code code = TK_OK;

    run_program(&run, &options, argv);
    if (run.status != 0)
        code = tk_fail(error, TK_UNAVAILABLE, "%s %s ended with %d: %.300s", argv[0], argv[1],
                       run.status, run.err_length ? run.err : run.out);
    else if (answer)
        snprintf(answer, SITE_ANSWER_SIZE, "%s", run.out);
    run_release(&run);
    return code;
}

static enum tk_code do_single(struct site *site, const char *verb)
{
    bool good = true;

    if (strcmp(verb, "kill") == 0)
        process_kill(&site->node);
    else if (strcmp(verb, "stop") == 0)
        good = process_signal(&site->node, SIGSTOP);
    else if (strcmp(verb, "cont") == 0)
        good = process_signal(&site->node, SIGCONT);
    else if (strcmp(verb, "start") == 0 && !site->node.pid)
        good = process_start_again(&site->node);
    return good ? TK_OK : TK_UNAVAILABLE;
}

/* Keeps in mind what is to be put right. */
static void note_verb(struct site *site, const char *verb, const char *name)
{
    for (int i = 0; i < SITE_NAMES; i++) {
        if (strcmp(everybody[i], name) != 0)
            continue;
        if (strcmp(verb, "kill") == 0 || strcmp(verb, "start") == 0) {
            site->killed[i] = *verb == 'k';
            site->stopped[i] = false;
        } else {
            site->stopped[i] = strcmp(verb, "stop") == 0;
        }
    }
}

enum tk_code site_do(struct site *site, const char *verb, const char *name, struct tk_error *error)
{
    const char *argv[] = {site->script, verb, name, NULL};

    note_verb(site, verb, name);
    if (site->single && do_single(site, verb))
        return tk_fail(error, TK_UNAVAILABLE, "The node does not %s.", verb);
    return site->single ? TK_OK : run_command(site, argv, VERB_MS, NULL, error);
}

enum tk_code site_ask(struct site *site, const char *verb, const char *name,
                      char answer[SITE_ANSWER_SIZE], struct tk_error *error)
{
    const char *argv[] = {site->script, verb, name, NULL};
    enum tk_code code = run_command(site, argv, VERB_MS, answer, error);

    if (!code)
        answer[strcspn(answer, "\n")] = '\0';
    return code;
}

enum tk_code site_sql(struct site *site, const char *server, const char *sql,
                      char answer[SITE_ANSWER_SIZE], struct tk_error *error)
{
    const char *at_primary[] = {site->script, "sql", "-d", "ticketly", "-Atqc", sql, NULL};
    const char *at_server[] = {site->script, "sql", server, "-d", "ticketly", "-Atqc", sql, NULL};

    return run_command(site, server ? at_server : at_primary, VERB_MS, answer, error);
}

/* --- disks --- */

/* A file system of its own for each server, where we may mount one. */
static void mount_disks(struct site *site)
{
    char path[SITE_PATH_SIZE + 8];

    site->disks = geteuid() == 0;
    mkdir(site->state, 0755);
    for (int i = 0; site->disks && i < SITE_SERVERS; i++) {
        snprintf(path, sizeof path, "%s/%s", site->state, servers[i]);
        site->disks =
            (mkdir(path, 0700) == 0 || errno == EEXIST) &&
            mount("ticketly-rounds", path, "tmpfs", MS_NOSUID | MS_NODEV, DISK_OPTIONS) == 0;
    }
}

static void unmount_disks(struct site *site)
{
    char path[SITE_PATH_SIZE + 8];

    for (int i = 0; geteuid() == 0 && i < SITE_SERVERS; i++) {
        snprintf(path, sizeof path, "%s/%s", site->state, servers[i]);
        while (umount2(path, MNT_DETACH) == 0)
            ; /* one for each run that was cut off */
    }
}

static void ballast_path(const struct site *site, const char *server, char path[SITE_PATH_SIZE * 2])
{
    snprintf(path, SITE_PATH_SIZE * 2, "%s/%s/ballast", site->state, server);
}

enum tk_code site_fill_disk(struct site *site, const char *server, struct tk_error *error)
{
    char path[SITE_PATH_SIZE * 2];
    int file, failed = 0;

    if (!site->disks)
        return tk_fail(error, TK_UNAVAILABLE,
                       "Disks can be filled by root only: run this as root, or with --fault.");
    ballast_path(site, server, path);
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return tk_fail(error, TK_IO, "%s cannot be made: %s.", path, strerror(errno));
    for (off_t size = 0, step = 16 << 20; step >= 4096; step /= failed ? 2 : 1) {
        failed = posix_fallocate(file, size, step);
        size += failed ? 0 : step;
    }
    close(file);
    return TK_OK;
}

static void empty_disks(struct site *site)
{
    char path[SITE_PATH_SIZE * 2];

    for (int i = 0; site->disks && i < SITE_SERVERS; i++) {
        ballast_path(site, servers[i], path);
        unlink(path);
    }
}

/* --- up, healed, down --- */

static enum tk_code open_single(struct site *site, struct tk_error *error)
{
    static char listen[64];
    struct process_options options = {.tokens = true, .listen = listen};

    snprintf(listen, sizeof listen, "127.0.0.1:%d", free_port());
    if (!process_start(&site->node, &options) ||
        !process_token(&site->node, ROLE_ADMIN, site->token))
        return tk_fail(error, TK_UNAVAILABLE, "The node does not start.");
    snprintf(site->url, sizeof site->url, "http://%s", listen);
    site->service.url = site->url;
    return TK_OK;
}

/* The first line of a file. */
static enum tk_code read_word(const char *path, char *word, size_t size, struct tk_error *error)
{
    FILE *file = fopen(path, "r");
    bool good = file && fgets(word, (int)size, file);

    if (file)
        fclose(file);
    if (!good)
        return tk_fail(error, TK_NO_INPUT, "%s cannot be read.", path);
    word[strcspn(word, "\n")] = '\0';
    return TK_OK;
}

static void set_variable(struct site *site, int at, const char *name, const char *value)
{
    const char *own = getenv(name);

    snprintf(site->variables[at], sizeof site->variables[at], "%s=%s", name, own ? own : value);
    site->environment[at] = site->variables[at];
}

/* The whole name of a file, so that it is found from any folder. */
static void whole_path(const char *path, char whole[SITE_PATH_SIZE])
{
    char *found = realpath(path, NULL);

    snprintf(whole, SITE_PATH_SIZE, "%s", found ? found : path);
    free(found);
}

static void prepare_cluster(struct site *site)
{
    char program[SITE_PATH_SIZE];

    whole_path("tests/cluster/cluster.sh", site->script);
    whole_path(process_program(), program);
    snprintf(site->state, sizeof site->state, "/tmp/ticketly-rounds");
    set_variable(site, 0, "TICKETLY_CLUSTER", site->state);
    set_variable(site, 1, "TICKETLY_CLUSTER_PORT", LOCAL_PORT);
    set_variable(site, 2, "TICKETLY_CLUSTER_PARAMETERS", PARAMETERS);
    snprintf(site->state, sizeof site->state, "%s", strchr(site->variables[0], '=') + 1);
    snprintf(site->variables[3], sizeof site->variables[3], "TICKETLY=%s", program);
    site->environment[3] = site->variables[3];
    site->psql[0] = site->script;
    site->psql[1] = "sql";
    site->psql[2] = "-d";
    site->psql[3] = "ticketly";
}

/* Whether cluster.sh made the folder: what is not its own it must not be asked to end. */
static bool is_clusters(const struct site *site)
{
    char path[SITE_PATH_SIZE + 32];

    snprintf(path, sizeof path, "%s/ticketly-cluster", site->state);
    return access(path, F_OK) == 0;
}

/* The servers' folders must be there while cluster.sh looks for who works in them. */
static enum tk_code keep_folders(const struct site *site, struct tk_error *error)
{
    char path[SITE_PATH_SIZE + 8];

    for (int i = 0; i < SITE_SERVERS; i++) {
        snprintf(path, sizeof path, "%s/%s", site->state, servers[i]);
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return tk_fail(error, TK_CANNOT_CREATE, "%s cannot be made: %s.", path,
                           strerror(errno));
    }
    return TK_OK;
}

static enum tk_code take_down(struct site *site, struct tk_error *error)
{
    const char *argv[] = {site->script, "down", NULL};
    enum tk_code code;

    if (!is_clusters(site)) {
        unmount_disks(site);
        return TK_OK;
    }
    code = keep_folders(site, error);
    /* a server on a disk that was taken away would not be known as one of ours any more */
    for (int i = 0; !code && i < SITE_SERVERS; i++)
        site_do(site, "kill", servers[i], NULL);
    unmount_disks(site);
    if (!code)
        code = keep_folders(site, error);
    return code ? code : run_command(site, argv, UP_MS, NULL, error);
}

static enum tk_code open_cluster(struct site *site, struct tk_error *error)
{
    const char *up[] = {site->script, "up", NULL};
    char path[SITE_PATH_SIZE * 2], answer[SITE_ANSWER_SIZE];
    enum tk_code code;

    prepare_cluster(site);
    code = take_down(site, error); /* what a run left that was cut off */
    if (code)
        return code;
    mount_disks(site);
    code = run_command(site, up, UP_MS, NULL, error);
    if (code) /* a standby may not yet have had the database that was just made */
        code = run_command(site, up, UP_MS, NULL, error);
    if (!code)
        code = site_ask(site, "url", NULL, answer, error);
    if (code)
        return code;
    snprintf(site->url, sizeof site->url, "%s", answer);
    snprintf(site->ca, sizeof site->ca, "%.480s/tls/ca.crt", site->state);
    snprintf(path, sizeof path, "%s/node/token", site->state);
    site->service.url = site->url;
    site->service.ca_file = site->ca;
    return read_word(path, site->token, sizeof site->token, error);
}

enum tk_code site_open(struct site *site, bool single, struct tk_error *error)
{
    *site = (struct site){.single = single,
                          .service = {.connect_timeout_ms = 2000, .timeout_ms = 9000}};
    snprintf(site->home, sizeof site->home, "/tmp/ticketly-rounds-XXXXXX");
    if (!mkdtemp(site->home)) {
        site->home[0] = '\0';
        return tk_fail(error, TK_CANNOT_CREATE, "There is no folder to be had in /tmp.");
    }
    site->service.token = site->token;
    return single ? open_single(site, error) : open_cluster(site, error);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

void site_close(struct site *site, bool keep)
{
    struct tk_error error = {TK_OK, ""};

    if (site->single)
        process_release(&site->node);
    else if (site->script[0] && !keep && take_down(site, &error))
        fprintf(stderr, "%s\n", error.message);
    if (site->home[0])
        nftw(site->home, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    site->home[0] = '\0';
}

enum tk_code site_heal(struct site *site, struct tk_error *error)
{
    const char *argv[] = {site->script, "wait-ready", HEAL_SECONDS, "all", NULL};
    enum tk_code code = TK_OK;

    empty_disks(site);
    for (int i = 0; !code && i < SITE_NAMES; i++) {
        if (site->stopped[i])
            code = site_do(site, "cont", everybody[i], error);
        else if (site->killed[i])
            code = site_do(site, "start", everybody[i], error);
    }
    return code || site->single ? code : run_command(site, argv, UP_MS, NULL, error);
}

enum tk_code site_verify(struct site *site, struct tk_error *error)
{
    const char *words =
        "eval \"$(\"$0\" env)\" && exec \"$TICKETLY\" --db \"$cluster_uri\" admin verify";
    const char *cluster[] = {"bash", "-c", words, site->script, NULL};
    struct tk_error told = {TK_OK, ""};
    struct run run = {0};
    enum tk_code code = TK_OK;

    if (!site->single) {
        code = run_command(site, cluster, UP_MS, NULL, &told);
    } else {
        if (process_admin(&site->node, &run, "verify", NULL) != 0)
            code = tk_fail(&told, TK_NOT_VERIFIED, "%.400s", run.out);
        run_release(&run);
    }
    return code ? tk_fail(error, TK_NOT_VERIFIED, "admin verify: %.480s", told.message) : TK_OK;
}

struct database site_database(const struct site *site)
{
    struct database database = {.home = site->home, .environment = site->environment};

    if (site->single)
        database.file = site->node.store;
    else
        database.psql = site->psql;
    return database;
}
