#include "tests/support/service.h"

#include <stdarg.h>
#include <unistd.h>

#define ARGUMENTS_MAX 48

int process_admin(struct process *process, struct run *run, ...)
{
    struct run_options options = {.home = process->folder,
                                  .environment = process->options.environment};
    char *path = realpath(process_program(), NULL);
    const char *argv[ARGUMENTS_MAX] = {path ? path : process_program(), "--db", process->store},
               *argument;
    va_list arguments;
    int count = 3;

    if (process->options.settings) {
        argv[count++] = "--config";
        argv[count++] = process->config;
    }
    argv[count++] = "admin";
    va_start(arguments, run);
    while ((argument = va_arg(arguments, const char *)) && count + 1 < ARGUMENTS_MAX)
        argv[count++] = argument;
    va_end(arguments);
    run_program(run, &options, argv);
    free(path);
    return run->status;
}

bool process_token(struct process *process, enum role role, char token[TOKEN_SIZE])
{
    static const char *const roles[] = {
#define X(role, name, help) name,
        ROLE_TABLE(X)
#undef X
    };
    const char *found;
    char name[64];
    struct run run;

    snprintf(name, sizeof name, "test-%s-%u", roles[role], ++process->tokens);
    process_admin(process, &run, "token", "add", "--name", name, "--role", roles[role], "--json",
                  NULL);
    found = strstr(run.out, "tly_");
    if (found)
        snprintf(token, TOKEN_SIZE, "%.*s", TOKEN_SIZE - 1, found);
    else
        fprintf(stderr, "service: no token: %s%s\n", run.out, run.err);
    run_release(&run);
    return found != NULL;
}

bool process_bearer(struct process *process, enum role role, char header[PROCESS_BEARER_SIZE])
{
    char token[TOKEN_SIZE];
    bool made = process_token(process, role, token);

    snprintf(header, PROCESS_BEARER_SIZE, "Authorization: Bearer %s", made ? token : "none");
    return made;
}

/* --- what it takes --- */

int64_t process_memory(const struct process *process, const char *name)
{
    char path[64], line[256];
    int64_t size = -1;
    size_t length = strlen(name);
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            size = strtoll(line + length + 1, NULL, 10);
    if (file)
        fclose(file);
    return size;
}

int64_t process_cpu_us(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
        return -1;
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}
