#include "tests/support/service.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/http.h"

#define ARGUMENTS_MAX 48
#define TICK_MS 5
#define SHOWN 4000 /* bytes of log told when something went wrong */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the log --- */

static void *read_log(void *context)
{
    struct process *process = context;
    char bytes[65536];
    ssize_t count;

    while ((count = read(process->log_fd, bytes, sizeof bytes)) != 0) {
        if (count < 0 && errno != EINTR)
            break;
        pthread_mutex_lock(&process->lock);
        if (count > 0)
            buffer_add(&process->log, bytes, (size_t)count);
        pthread_cond_broadcast(&process->grown);
        pthread_mutex_unlock(&process->lock);
    }
    pthread_mutex_lock(&process->lock);
    process->log_ended = true;
    pthread_cond_broadcast(&process->grown);
    pthread_mutex_unlock(&process->lock);
    return NULL;
}

/* `text` NULL: has none, so only the end of the log is waited for. */
static bool log_has(const struct process *process, size_t mark, const char *text)
{
    return text && mark <= process->log.length && process->log.data &&
           strstr(process->log.data + mark, text);
}

bool process_log_wait(struct process *process, size_t mark, const char *text, int timeout_ms)
{
    struct timespec until;
    bool found;
    int late = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&process->lock);
    while (!(found = log_has(process, mark, text)) && !process->log_ended && !late)
        late = pthread_cond_timedwait(&process->grown, &process->lock, &until);
    pthread_mutex_unlock(&process->lock);
    return found;
}

bool process_log_has(struct process *process, size_t mark, const char *text)
{
    return process_log_wait(process, mark, text, 0);
}

size_t process_log_mark(struct process *process)
{
    size_t length;

    pthread_mutex_lock(&process->lock);
    length = process->log.length;
    pthread_mutex_unlock(&process->lock);
    return length;
}

char *process_log_copy(struct process *process, size_t mark)
{
    char *copy;

    pthread_mutex_lock(&process->lock);
    copy = strdup(mark < process->log.length ? process->log.data + mark : "");
    pthread_mutex_unlock(&process->lock);
    if (!copy)
        abort();
    return copy;
}

static void complain(struct process *process, const char *what)
{
    char *log = process_log_copy(process, 0);
    size_t length = strlen(log);

    fprintf(stderr, "service: %s (status %d); the end of its log:\n%s\n", what, process->status,
            length > SHOWN ? log + length - SHOWN : log);
    free(log);
}

/* --- starting --- */

static void set_environment(const struct process *process)
{
    static const char *const kept[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                       "TMPDIR"};
    char values[5][512], path[PROCESS_PATH_SIZE + 16];

    for (int i = 0; i < 5; i++)
        snprintf(values[i], sizeof values[i], "%s", getenv(kept[i]) ? getenv(kept[i]) : "");
    clearenv();
    for (int i = 0; i < 5; i++)
        if (values[i][0])
            setenv(kept[i], values[i], 1);
    setenv("HOME", process->folder, 1);
    snprintf(path, sizeof path, "%s/config", process->folder);
    setenv("XDG_CONFIG_HOME", path, 1);
    snprintf(path, sizeof path, "%s/data", process->folder);
    setenv("XDG_DATA_HOME", path, 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("TZ", "UTC", 1);
    for (const char *const *more = process->options.environment; more && *more; more++) {
        char *copy = strdup(*more);

        if (copy)
            putenv(copy);
    }
}

const char *process_program(void)
{
    const char *named = getenv("TICKETLY");

    return named ? named : "./ticketly";
}

static void fill_arguments(struct process *process, const char *path,
                           const char *argv[ARGUMENTS_MAX])
{
    const struct process_options *options = &process->options;
    int count = 0;

    argv[count++] = path;
    argv[count++] = "--db";
    argv[count++] = process->store;
    if (options->settings) {
        argv[count++] = "--config";
        argv[count++] = process->config;
    }
    if (options->new_key)
        argv[count++] = "--new-key";
    argv[count++] = "serve";
    argv[count++] = "--listen";
    argv[count++] = options->listen ? options->listen : "127.0.0.1:0";
    if (!options->tokens)
        argv[count++] = "--open";
    for (const char *const *more = options->arguments; more && *more && count + 1 < ARGUMENTS_MAX;
         more++)
        argv[count++] = *more;
    argv[count] = NULL;
}

/* In the child: never returns. */
static void become_service(struct process *process, int log_end, pid_t parent)
{
    char *path = realpath(process_program(), NULL);
    const char *argv[ARGUMENTS_MAX];
    int in = open("/dev/null", O_RDWR);
    sigset_t none;

    fill_arguments(process, path ? path : process_program(), argv);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || in < 0 || dup2(in, 0) < 0 || dup2(in, 1) < 0 ||
        dup2(log_end, 2) < 0 || chdir(process->folder) != 0)
        _exit(126);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    set_environment(process);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool launch(struct process *process)
{
    pid_t parent = getpid();
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    fflush(NULL);
    process->status = 0;
    process->pid = fork();
    if (process->pid == 0)
        become_service(process, ends[1], parent);
    close(ends[1]);
    process->log_fd = ends[0];
    process->log_ended = false;
    if (process->pid < 0)
        process->pid = 0;
    process->reading = pthread_create(&process->reader, NULL, read_log, process) == 0;
    return process->pid > 0 && process->reading;
}

/* The address in the line that says that it listens, once that line is whole. */
static bool find_url(struct process *process, size_t mark)
{
    char *log = process_log_copy(process, mark), *line = strstr(log, "\"event\":\"listening\"");
    char *address = line && strchr(line, '\n') ? strstr(line, "\"address\":\"") : NULL;
    size_t length;

    if (address) {
        address += strlen("\"address\":\"");
        length = strcspn(address, "\"");
        snprintf(process->url, sizeof process->url, "%.*s", (int)length, address);
    }
    free(log);
    return address != NULL;
}

static bool is_ready(struct process *process, size_t mark)
{
    struct answer answer;
    bool ready;

    (void)mark;
    if (process->options.secure)
        return true;
    ready = http_call(process->url, "GET", "/readyz", NULL, NULL, &answer) && answer.status == 200;
    answer_release(&answer);
    return ready;
}

/* Asks again and again; ends early when the service does. */
static bool wait_until(struct process *process, size_t mark, int64_t until,
                       bool (*holds)(struct process *process, size_t mark))
{
    while (!holds(process, mark)) {
        process_log_wait(process, mark, NULL, TICK_MS);
        if (now_ms() > until || process->log_ended)
            return false;
    }
    return true;
}

static bool run_until_ready(struct process *process)
{
    int64_t until = now_ms() + PROCESS_READY_MS;
    size_t mark = process_log_mark(process);
    const char *what = NULL;

    if (!launch(process))
        what = "it cannot be started";
    else if (!wait_until(process, mark, until, find_url))
        what = "it does not listen";
    else if (!wait_until(process, mark, until, is_ready))
        what = "it is not ready";
    if (!what)
        return true;
    process_kill(process);
    complain(process, what);
    return false;
}

static bool make_folder(struct process *process)
{
    const char *parent = getenv("TMPDIR");

    if (process->options.folder) {
        snprintf(process->folder, sizeof process->folder, "%s", process->options.folder);
        return true;
    }
    snprintf(process->folder, sizeof process->folder, "%.200s/ticketly-service.XXXXXX",
             parent && *parent ? parent : "/tmp");
    process->own_folder = mkdtemp(process->folder) != NULL;
    return process->own_folder;
}

static bool write_settings(const struct process *process)
{
    const char *text = process->options.settings;
    FILE *file;
    bool written;

    if (!text)
        return true;
    file = fopen(process->config, "w");
    if (!file)
        return false;
    written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written;
}

bool process_start(struct process *process, const struct process_options *options)
{
    pthread_condattr_t clock;

    *process = (struct process){.options = *options, .log_fd = -1};
    buffer_init(&process->log, PROCESS_LOG_MAX);
    pthread_mutex_init(&process->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&process->grown, &clock);
    pthread_condattr_destroy(&clock);
    if (!make_folder(process))
        return false;
    if (options->store)
        snprintf(process->store, sizeof process->store, "%s", options->store);
    else
        snprintf(process->store, sizeof process->store, "%.480s/office.db", process->folder);
    snprintf(process->config, sizeof process->config, "%.480s.ini", process->store);
    return write_settings(process) && run_until_ready(process);
}

bool process_start_again(struct process *process)
{
    return !process->pid && run_until_ready(process);
}

/* --- ending --- */

static void end_reading(struct process *process)
{
    if (process->reading)
        pthread_join(process->reader, NULL);
    if (process->log_fd >= 0)
        close(process->log_fd);
    process->reading = false;
    process->log_fd = -1;
}

bool process_signal(struct process *process, int signal)
{
    return process->pid > 0 && kill(process->pid, signal) == 0;
}

/* The log ends with the process, so that is what is waited for. */
int process_wait(struct process *process, int timeout_ms)
{
    int status;

    if (process->pid <= 0)
        return process->status;
    process_log_wait(process, 0, NULL, timeout_ms);
    pthread_mutex_lock(&process->lock);
    process->status = process->log_ended ? 0 : -1;
    pthread_mutex_unlock(&process->lock);
    if (process->status < 0)
        kill(process->pid, SIGKILL);
    while (waitpid(process->pid, &status, 0) < 0)
        if (errno != EINTR)
            abort();
    if (process->status == 0)
        process->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    process->pid = 0;
    end_reading(process);
    return process->status;
}

bool process_stop(struct process *process)
{
    process_signal(process, SIGTERM);
    if (process_wait(process, PROCESS_STOP_MS) == 0)
        return true;
    complain(process, "it did not stop well");
    return false;
}

void process_kill(struct process *process)
{
    process_signal(process, SIGKILL);
    process_wait(process, PROCESS_STOP_MS);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

void process_release(struct process *process)
{
    if (!process->store[0] && !process->folder[0])
        return;
    process_kill(process);
    end_reading(process);
    buffer_release(&process->log);
    pthread_mutex_destroy(&process->lock);
    pthread_cond_destroy(&process->grown);
    if (process->own_folder)
        nftw(process->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    *process = (struct process){.log_fd = -1};
}
