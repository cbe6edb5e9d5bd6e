/* main: reads the command line, chooses the front end, and answers with an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/sync.h"
#include "core/text.h"
#include "ui/admin/admin.h"
#include "ui/demo.h"
#include "ui/door/door.h"
#include "ui/enrol.h"
#include "ui/guarded.h"
#include "ui/import.h"
#include "ui/kiosk/keeper.h"
#include "ui/kiosk/kiosk.h"
#include "ui/options.h"
#include "ui/http/serve.h"
#include "ui/session.h"

/* NULL: not given; "" for those without an argument */
struct options {
#define X(member, name, argument, help) const char *member;
    OPTION_TABLE(X)
#undef X
};

static const struct option_definition definitions[] = {
#define X(member, name, argument, help) {name, argument, help, offsetof(struct options, member)},
    OPTION_TABLE(X)
#undef X
};

static const struct option_set option_set = {
    definitions, sizeof definitions / sizeof definitions[0], "ticketly", NULL};

static void print_help(void)
{
    puts("Usage: ticketly [OPTION …]                    open the counter\n"
         "       ticketly [OPTION …] admin COMMAND …    work without a terminal\n"
         "       ticketly [OPTION …] serve [OPTION …]   be the box office of many, over HTTP\n"
         "       ticketly [OPTION …] door [OPTION …]    let people in: the screen, or lines, at the door\n"
         "       ticketly [OPTION …] enrol URL [CODE]   let this machine in at a service, by a one-time code\n"
         "\n"
         "A cinema box office: sell, reissue, cancel and find tickets.\n");
    options_print(&option_set);
    puts("\n`ticketly admin --help` lists the commands, `ticketly serve --help` and `ticketly door "
         "--help` their options, ? in the counter lists the keys.");
}

static bool is_command(const char *word)
{
    return strcmp(word, "admin") == 0 || strcmp(word, "serve") == 0 || strcmp(word, "door") == 0 ||
           strcmp(word, "enrol") == 0;
}

/* Options end at the first word that is none; *at is its place. */
static enum tk_code take_options(struct options *options, char **argv, int *at,
                                 struct tk_error *error)
{
    enum tk_code code;

    *at = 1;
    code = options_take(&option_set, options, argv, at, error);
    if (!code && argv[*at] && !is_command(argv[*at]))
        code = options_refuse(&option_set, "This is not understood:", argv[*at], error);
    return code;
}

static int fail(enum tk_code code, const struct tk_error *error)
{
    char message[TK_MESSAGE_MAX * 3];

    text_display(message, sizeof message, error->message);
    fprintf(stderr, "ticketly: %s\n", message);
    return tk_code_exit(code);
}

/* Fills an empty store to practise with. Failing to is no reason not to open the counter. */
static void fill_store(struct session *session, struct box_office *office, char *greeting,
                       size_t size)
{
    struct import_result result = {0};
    struct tk_error error = {0};

    if (!session->store_is_new || !settings_number(&session->settings, SETTING_counter_sample))
        return;
    if (import_sample(office, &result, &error))
        snprintf(greeting, size, "The sample programme was not imported: %s", error.message);
    else
        snprintf(greeting, size,
                 "The sample programme was imported: %zu showings to practise with.",
                 result.added + result.known);
}

/* Nobody else can sell the places that this till holds until it is opened again. */
static void give_back(const struct box_office *office)
{
    struct sync_report report = {0};
    struct sync_status status;

    if (!office->line.give_back)
        return;
    office->line.give_back(office->line.context, &report, NULL);
    office->line.status(office->line.context, &status);
    if (status.waiting)
        fprintf(stderr,
                "%lld %s here while the box office was away: open the counter again when it is "
                "back.\n",
                (long long)status.waiting,
                status.waiting == 1 ? "change waits" : "changes wait");
}

static int run_counter(struct session *session, bool locked, struct stand_memory *memory)
{
    struct box_office *office;
    struct tk_error error = {0};
    char greeting[TK_MESSAGE_MAX + 64] = "";
    enum tk_code code;
    int status;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        tk_fail(&error, TK_USAGE,
                "The counter needs a terminal. Without one use `ticketly admin COMMAND`; `ticketly "
                "admin --help` lists the commands.");
        return fail(TK_USAGE, &error);
    }
    code = session_office(session, &office, &error);
    if (code)
        return fail(code, &error);
    fill_store(session, office, greeting, sizeof greeting);
    if (session->training && !*greeting)
        text_copy(greeting, sizeof greeting,
                  "Training: nothing done here reaches the real box office.");
    status = kiosk_run(office, &session->settings, *greeting ? greeting : NULL, locked, memory);
    give_back(office);
    return status;
}

static int run(const struct options *options, int argc, char **argv, struct stand_memory *memory)
{
    struct session session;
    struct tk_error error = {0};
    enum tk_code code =
        session_init(&session, options->config, options->db, options->central, &error);
    int status;

    session.new_key = options->new_key != NULL;
    session.training = options->train != NULL;
    session.use = argc == 0                          ? SESSION_COUNTER
                  : strcmp(argv[0], "door") == 0 ? SESSION_DOOR
                                                 : SESSION_COMMAND;
    if (!code && options->ascii)
        code = settings_set(&session.settings, SETTING_counter_ascii, "yes", "--ascii", &error);
    if (argc > 0 && strcmp(argv[0], "serve") == 0)
        status = serve_run(&session, code ? &error : NULL, argv);
    else if (argc > 0 && strcmp(argv[0], "door") == 0)
        status = door_run(&session, code ? &error : NULL, argv);
    else if (argc > 0 && strcmp(argv[0], "enrol") == 0)
        status = enrol_run(&session, code ? &error : NULL, options->config, argv);
    else if (argc > 0)
        status = admin_run(&session, code ? &error : NULL, argc - 1, argv + 1);
    else if (code)
        status = fail(code, &error);
    else
        status = run_counter(&session, options->kiosk != NULL, memory);
    session_release(&session);
    return status;
}

struct kept {
    const struct options *options;
    struct stand_memory *memory; /* NULL: none */
};

static int run_kiosk(void *context)
{
    const struct kept *kept = context;

    return run(kept->options, 0, NULL, kept->memory);
}

/* The counter of a machine of its own, which a keeper starts again and again. */
static int keep_kiosk(const struct options *options, const char *word)
{
    struct kept kept = {.options = options};
    struct tk_error error = {0};

    if (word)
        return fail(options_refuse(&option_set, "With --kiosk there is only the counter, not", word,
                                   &error),
                    &error);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return fail(tk_fail(&error, TK_USAGE, "--kiosk needs a terminal of its own."), &error);
    kept.memory = stand_memory_new();
    return keeper_keep(run_kiosk, &kept);
}

static int choose(int argc, char **argv)
{
    struct options options = {0};
    struct tk_error error = {0};
    int at;
    enum tk_code code = take_options(&options, argv, &at, &error);

    if (options.help && !code) {
        print_help();
        return 0;
    }
    if (options.version && !code) {
        puts("ticketly " TICKETLY_VERSION);
        return 0;
    }
    if (code)
        return fail(code, &error);
    if (options.kiosk)
        return keep_kiosk(&options, argv[at]);
    if (options.first_run && at == argc && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        return demo_run();
    return run(&options, argc - at, argv + at, NULL);
}

/* A store opened as descriptor 1 would take what is printed: closed ones are filled with something
   that fails when it is used. */
static void fill_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            _exit(tk_code_exit(TK_IO));
}

/* Output that did not arrive is a failure whatever was done before. */
static int close_output(int status)
{
    bool failed = ferror(stdout) != 0;

    if ((fclose(stdout) != 0 || failed) && status == 0) {
        fprintf(stderr, "ticketly: The output could not be written: %s.\n",
                errno ? strerror(errno) : "unknown reason");
        status = tk_code_exit(TK_IO);
    }
    return status;
}

int main(int argc, char **argv)
{
    int status;

    fill_descriptors();
    guarded_begin(); /* a kernel that does not know it is no reason not to sell */
    signal(SIGPIPE, SIG_IGN);
    umask(S_IRWXG | S_IRWXO); /* customers' names are nobody else's business */
    setlocale(LC_CTYPE, "");
    status = choose(argc, argv);
    return close_output(status);
}
