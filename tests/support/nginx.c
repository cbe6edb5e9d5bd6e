#include "tests/support/nginx.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/http.h"
#include "tests/support/service.h"

#define PROGRAM "/usr/sbin/nginx"
#define READY_MS 5000
#define TICK_MS 5

bool nginx_is_there(void)
{
    return access(PROGRAM, X_OK) == 0;
}

static bool write_config(const struct nginx *nginx, const char *block)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/nginx.conf", nginx->folder);
    file = fopen(path, "w");
    if (!file)
        return false;
    fprintf(file,
            "%sdaemon off;\nworker_processes 2;\npid %s/nginx.pid;\nerror_log stderr emerg;\n"
            "events { worker_connections 2048; }\n"
            "http {\naccess_log off;\nkeepalive_requests 100000000;\n"
            "client_body_temp_path %s/body;\nproxy_temp_path %s/proxy;\n"
            "fastcgi_temp_path %s/fastcgi;\nuwsgi_temp_path %s/uwsgi;\nscgi_temp_path %s/scgi;\n"
            "%s\n}\n",
            geteuid() == 0 ? "user root;\n" : "", nginx->folder, nginx->folder, nginx->folder,
            nginx->folder, nginx->folder, nginx->folder, block);
    return fclose(file) == 0;
}

/* In the child: never returns. */
static void become_nginx(const struct nginx *nginx)
{
    char path[300];
    sigset_t none;

    snprintf(path, sizeof path, "%s/nginx.conf", nginx->folder);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl(PROGRAM, PROGRAM, "-p", nginx->folder, "-c", path, "-e", "stderr", (char *)NULL);
    _exit(127);
}

/* Any answer will do: what stands behind it is not nginx's fault. */
static bool answers(const char *address)
{
    struct answer answer;
    bool answered = http_call(address, "GET", "/", NULL, NULL, &answer);

    answer_release(&answer);
    return answered;
}

bool nginx_start(struct nginx *nginx, const char *folder, const char *block, const char *address)
{
    *nginx = (struct nginx){0};
    snprintf(nginx->folder, sizeof nginx->folder, "%s", folder);
    if (!nginx_is_there() || !write_config(nginx, block))
        return false;
    fflush(NULL);
    nginx->pid = fork();
    if (nginx->pid == 0)
        become_nginx(nginx);
    for (int waited = 0; nginx->pid > 0 && waited < READY_MS; waited += TICK_MS) {
        if (answers(address))
            return true;
        usleep(TICK_MS * 1000);
    }
    nginx_stop(nginx);
    return false;
}

void nginx_stop(struct nginx *nginx)
{
    if (nginx->pid > 0) {
        kill(nginx->pid, SIGTERM);
        while (waitpid(nginx->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    nginx->pid = 0;
}

int64_t nginx_cpu_us(const struct nginx *nginx)
{
    int64_t sum = process_cpu_us(nginx->pid);
    char path[96], line[256], *at = line, *next;
    FILE *file;
    long child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)nginx->pid, (int)nginx->pid);
    file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    for (; (child = strtol(at, &next, 10)) > 0; at = next)
        sum += process_cpu_us((pid_t)child);
    return sum;
}

int free_port(void)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof place;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&place, sizeof place) == 0 &&
        getsockname(fd, (struct sockaddr *)&place, &size) == 0)
        port = ntohs(place.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}
