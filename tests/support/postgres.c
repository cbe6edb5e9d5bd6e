#include "tests/support/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/nginx.h"
#include "tests/support/test.h"

#define READY_MS 20000
#define TICK_MS 10

static struct {
    pid_t pid; /* 0: not running */
    char bin[128], folder[96];
    char parent[64]; /* "": nothing is synced, wherever it is */
    int port, databases;
    bool tried;
} server;

/* --- programs, as somebody whom PostgreSQL accepts: it does not run as root --- */

static const struct passwd *server_user(void)
{
    return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

/* In the child: never returns. */
static void become(const char *name, char *const *argv)
{
    const struct passwd *user = server_user();
    char path[sizeof server.bin + 32], log[sizeof server.folder + 8];
    sigset_t none;
    int out;

    snprintf(path, sizeof path, "%s/%s", server.bin, name);
    snprintf(log, sizeof log, "%s/log", server.folder);
    if (user && (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid)))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("PGOPTIONS");
    if (chdir(server.folder) == 0)
        execv(path, argv);
    _exit(127);
}

static pid_t start(const char *name, char *const *argv)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(name, argv);
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = -1;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* --- the server --- */

static bool find_programs(void)
{
    glob_t found = {0};
    bool there = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0 && found.gl_pathc;

    if (there)
        snprintf(server.bin, sizeof server.bin, "%.*s",
                 (int)(strlen(found.gl_pathv[found.gl_pathc - 1]) - strlen("/initdb")),
                 found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return there;
}

static bool make_folder(void)
{
    const struct passwd *user = server_user();

    snprintf(server.folder, sizeof server.folder, "%s/ticketly-pg.XXXXXX",
             server.parent[0] ? server.parent : "/tmp");
    return mkdtemp(server.folder) && (!user || chown(server.folder, user->pw_uid, user->pw_gid) == 0);
}

static bool make_cluster(void)
{
    char data[] = "data", encoding[] = "--encoding=UTF8", locale[] = "--locale=C",
         trust[] = "--auth=trust", user[] = "--username=postgres", sync[] = "--no-sync",
         name[] = "initdb", place[] = "--pgdata";
    char *argv[] = {name, encoding, locale, trust, user, sync, place, data, NULL};

    return wait_for(start("initdb", argv)) == 0;
}

static void server_uri(char uri[POSTGRES_URI_SIZE], const char *database)
{
    snprintf(uri, POSTGRES_URI_SIZE, "postgresql://postgres@/%s?host=%s&port=%d", database,
             server.folder, server.port);
}

static bool answers(void)
{
    char uri[POSTGRES_URI_SIZE];

    server_uri(uri, "postgres");
    return PQping(uri) == PQPING_OK;
}

bool postgres_start(void)
{
    char name[] = "postgres", place[] = "-D", data[] = "data", c[] = "-c",
         sync[] = "fsync=off", durable[] = "fsync=on", little[] = "shared_buffers=64MB",
         much[] = "shared_buffers=1GB", wal[] = "max_wal_size=8GB",
         checkpoints[] = "checkpoint_timeout=30min", many[] = "max_connections=200",
         socket[sizeof server.folder + 40], port[24];
    char *argv[] = {name, place, data, c, sync, c, little, c, many, c, socket, c, port, c, wal, c,
                    checkpoints, NULL};

    if (server.parent[0]) {
        argv[4] = durable;
        argv[6] = much;
    } else {
        argv[13] = NULL;
    }
    snprintf(socket, sizeof socket, "unix_socket_directories=%s", server.folder);
    snprintf(port, sizeof port, "port=%d", server.port);
    server.pid = start("postgres", argv);
    for (int waited = 0; server.pid > 0 && waited < READY_MS; waited += TICK_MS) {
        if (answers())
            return true;
        usleep(TICK_MS * 1000);
    }
    return false;
}

void postgres_stop(bool crash)
{
    if (server.pid > 0)
        kill(server.pid, crash ? SIGQUIT : SIGINT);
    wait_for(server.pid);
    server.pid = 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

static pid_t owner;

static void tidy(void)
{
    if (getpid() != owner)
        return;
    postgres_stop(true);
    nftw(server.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool set_up(void)
{
    if (!find_programs() || (geteuid() == 0 && !server_user())) {
        fputs("PostgreSQL is not installed: .ci/packages test\n", stderr);
        return false;
    }
    if (!make_folder())
        return false;
    owner = getpid();
    atexit(tidy);
    server.port = free_port();
    if (make_cluster() && postgres_start())
        return true;
    fprintf(stderr, "PostgreSQL does not start: %s/log\n", server.folder);
    return false;
}

static bool is_there(void)
{
    if (!server.tried) {
        server.tried = true;
        set_up();
    }
    return server.pid > 0;
}

void postgres_keep_in(const char *folder)
{
    snprintf(server.parent, sizeof server.parent, "%s", folder);
}

pid_t postgres_pid(void)
{
    return server.pid;
}

const char *postgres_programs(void)
{
    return server.bin;
}

/* --- databases --- */

static PGresult *ask(const char *uri, const char *sql, PGconn **conn)
{
    PGresult *result;

    *conn = PQconnectdb(uri);
    result = PQexec(*conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fprintf(stderr, "%s\n%s", sql, PQerrorMessage(*conn));
    return result;
}

bool postgres_run(const char *uri, const char *sql)
{
    PGconn *conn;
    PGresult *result = ask(uri, sql, &conn);
    bool done =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;

    PQclear(result);
    PQfinish(conn);
    return done;
}

int64_t postgres_number(const char *uri, const char *sql)
{
    PGconn *conn;
    PGresult *result = ask(uri, sql, &conn);
    int64_t number = -1;

    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) && PQnfields(result))
        number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(conn);
    return number;
}

static bool make_database(const char *from, char uri[POSTGRES_URI_SIZE])
{
    char all[POSTGRES_URI_SIZE], sql[120];

    if (!is_there())
        return false;
    server_uri(all, "postgres");
    snprintf(sql, sizeof sql, "CREATE DATABASE t%d TEMPLATE %s", ++server.databases, from);
    if (!postgres_run(all, sql))
        return false;
    snprintf(sql, sizeof sql, "t%d", server.databases);
    server_uri(uri, sql);
    return true;
}

bool postgres_make(char uri[POSTGRES_URI_SIZE])
{
    return make_database("template0", uri);
}

bool postgres_make_copy(const char *of, char uri[POSTGRES_URI_SIZE])
{
    const char *name = strrchr(strchr(of, '?') ? of : "", '@');
    char from[32];

    snprintf(from, sizeof from, "%.*s", name ? (int)strcspn(name + 2, "?") : 0,
             name ? name + 2 : "");
    return make_database(from, uri);
}

const char *postgres_uri(void)
{
    static char uri[POSTGRES_URI_SIZE];

    CU_ASSERT_TRUE_FATAL(postgres_make(uri));
    return uri;
}

int postgres_port(void)
{
    return is_there() ? server.port : 0;
}

const char *postgres_folder(void)
{
    return is_there() ? server.folder : "";
}
