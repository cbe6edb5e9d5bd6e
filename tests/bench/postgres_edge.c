#include "tests/bench/postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/nginx.h"

#define READY_MS 5000
#define TICK_MS 10

static bool write_config(const struct bench *bench, const struct process *services, int port,
                         char path[BENCH_PATH_SIZE])
{
    FILE *file;

    bench_path(bench, path, "haproxy.cfg");
    file = fopen(path, "w");
    if (!file)
        return false;
    fprintf(file,
            "global\n    nbthread 1\ndefaults\n    mode http\n    option http-keep-alive\n"
            "    timeout connect 1s\n    timeout client 65s\n    timeout server 12s\n"
            "frontend edge\n    bind 127.0.0.1:%d\n    default_backend nodes\nbackend nodes\n"
            "    balance leastconn\n",
            port);
    for (int i = 0; i < PG_NODES; i++)
        fprintf(file, "    server node%d %s\n", i, strstr(services[i].url, "://") + 3);
    return fclose(file) == 0;
}

static pid_t launch(const char *config)
{
    pid_t parent = getpid(), pid = fork();
    int null;

    if (pid)
        return pid;
    null = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || null < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(126);
    execlp("haproxy", "haproxy", "-db", "-f", config, (char *)NULL);
    execl("/usr/sbin/haproxy", "haproxy", "-db", "-f", config, (char *)NULL);
    _exit(127);
}

static bool answers(int port)
{
    char url[48];
    struct answer answer;
    bool ready = false;

    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    for (int waited = 0; !ready && waited < READY_MS; waited += TICK_MS) {
        ready = http_call(url, "GET", "/readyz", NULL, NULL, &answer) && answer.status == 200;
        answer_release(&answer);
        if (!ready)
            usleep(TICK_MS * 1000);
    }
    return ready;
}

enum tk_code pg_measure_edge(struct bench *bench, struct pg_base *base,
                             const struct process *services, int seconds, double *us,
                             struct tk_error *error)
{
    char config[BENCH_PATH_SIZE], text[16];
    const char *ports[] = {text};
    struct pg_use use = {0};
    int port = free_port();
    int64_t before;
    enum tk_code code = TK_OK;
    pid_t pid;

    if (!write_config(bench, services, port, config))
        return tk_fail(error, TK_IO, "%s cannot be written.", config);
    snprintf(text, sizeof text, "%d", port);
    pid = launch(config);
    if (pid < 0 || !answers(port))
        code = tk_fail(error, TK_UNAVAILABLE, "HAProxy does not start.");
    before = process_cpu_us(pid);
    if (!code)
        code = pg_sell_at(bench, base, PG_MANY, services, ports, 1, seconds, &use, error);
    *us = pg_each(&use, (double)(process_cpu_us(pid) - before));
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return code;
}
