#include "ui/admin/admin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/sync.h"
#include "core/text.h"
#include "ui/admin/command.h"

#define ERROR_JSON_MAX 8192

/* Those that look after the real box office, so that training has no use for them. */
static const char *const real_only[] = {"allotment write-off", "backup", "copy",  "device",
                                        "doctor",              "keys",   "staff", "sync",
                                        "token"};

static bool is_one_of(const char *const *names, size_t count, const char *command)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], command) == 0)
            return true;
    return false;
}

static bool is_real_only(const char *command)
{
    return is_one_of(real_only, sizeof real_only / sizeof real_only[0], command);
}

static bool wants_json(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

/* The sentence on stderr, made safe: it may repeat what was typed. */
static int report(const struct tk_error *error, bool json, const char *command)
{
    char message[TK_MESSAGE_MAX * 3];
    struct buffer out;

    buffer_init(&out, ERROR_JSON_MAX);
    text_display(message, sizeof message,
                 error->message[0] ? error->message : tk_code_sentence(error->code));
    if (json) {
        json_put_open(&out, NULL, '{');
        json_put_open(&out, "error", '{');
        json_put_text(&out, "code", tk_code_name(error->code));
        json_put_text(&out, "message", message);
        json_put_close(&out, '}');
        json_put_close(&out, '}');
        fprintf(stderr, "%s\n", buffer_text(&out));
    } else {
        fprintf(stderr, "%s\n", message);
        if (error->code == TK_USAGE)
            fprintf(stderr, "See ticketly admin %s%s--help.\n", command, *command ? " " : "");
    }
    buffer_release(&out);
    return tk_code_exit(error->code);
}

/* Ends the output; a lost answer to a change says that the change was made. */
static enum tk_code finish(struct call *call, enum tk_code code, struct tk_error *error)
{
    struct tk_error lost = {0};
    enum tk_code ended = output_end(&call->out, false, &lost);

    if (code || !ended)
        return code;
    if (call->out.failure == EPIPE && strcmp(call->command->name, "journal") == 0)
        return TK_OK; /* it is long, and whoever read it had enough */
    if (call->command->changes)
        return tk_fail(error, ended, "%.300s What was asked for is done all the same.",
                       lost.message);
    *error = lost;
    return ended;
}

/* Of a till whose centre is away: where the answer came from. */
static void tell_away(const struct call *call)
{
    static const char *const not_from_copy[] = {"archive", "config", "doctor", "expire", "sync"};
    const struct box_office *office = &call->session->office;
    char when[TIME_TEXT_MAX], why[TK_MESSAGE_MAX];
    struct sync_status status;

    if (call->json || !call->session->store || !office->line.status ||
        is_one_of(not_from_copy, sizeof not_from_copy / sizeof not_from_copy[0],
                  call->command->name))
        return;
    office->line.status(office->line.context, &status);
    if (status.online)
        return;
    text_display(why, sizeof why, status.why);
    if (time_day_number(status.contact_at, &office->ports.zone) ==
        time_day_number(office_now(office), &office->ports.zone))
        time_print_clock(when, status.contact_at, &office->ports.zone);
    else
        time_print_day(when, status.contact_at, &office->ports.zone);
    if (status.refused)
        fprintf(stderr, "%s As of %s (this till's copy).\n", why, when);
    else if (call->command->changes)
        fputs("The box office is away: this till did it by itself, and sends it later.\n", stderr);
    else
        fprintf(stderr, "The box office is away: as of %s (this till's copy).\n", when);
}

/* Where a supervisor may approve what was refused, how. */
static void tell_approval(const struct call *call, enum tk_code code, struct tk_error *error)
{
    size_t length = strlen(error->message);

    if (code != TK_SALE_LIMIT && code != TK_CANCEL_LIMIT && code != TK_NOT_OWN_SALE &&
        code != TK_REISSUE_LATE)
        return;
    if (call->values[OPT_APPROVED_BY] || !command_option(call->command, "approved-by") || !length ||
        error->message[length - 1] != '.')
        return;
    snprintf(error->message + length - 1, sizeof error->message - length + 1,
             ": --approved-by NUMBER.");
}

static int run(struct call *call, int argc, char **argv, bool json)
{
    struct tk_error error = {0};
    enum tk_code code = call_parse(call, argc, argv, &error);

    output_init(&call->out);
    if (!code && call->values[OPT_HELP])
        help_command(&call->out.text, call->command);
    else if (!code && call->session->training && is_real_only(call->command->name))
        code = tk_fail(&error, TK_USAGE, "%s is for the real box office: leave --train out.",
                       call->command->name);
    else if (!code && call->problem && !call->command->always)
        code = tk_fail(&error, call->problem->code, "%s", call->problem->message);
    else if (!code) {
        if (call->session->training)
            fputs("Training: nothing of this is real.\n", stderr);
        code = call->command->run(call, &error);
        if (!code)
            tell_away(call);
        tell_approval(call, code, &error);
    }
    code = finish(call, code, &error);
    if (!code)
        return 0;
    error.code = code;
    return report(&error, json, call->command->name);
}

static int print_overall(void)
{
    struct output out;
    struct tk_error error = {0};

    output_init(&out);
    help_overall(&out.text);
    return output_end(&out, false, &error) ? report(&error, false, "") : 0;
}

/* No such command; of two words the first one may be right. */
static void refuse_name(const char *word, struct tk_error *error)
{
    size_t length = strlen(word);

    for (const struct command *command = commands; command->name; command++)
        if (strncmp(command->name, word, length) == 0 && command->name[length] == ' ') {
            tk_fail(error, TK_USAGE, "%s what? There is “%s”.", word, command->name);
            return;
        }
    tk_fail(error, TK_USAGE, "There is no command “%.60s”.", word);
}

int admin_run(struct session *session, const struct tk_error *problem, int argc, char **argv)
{
    struct tk_error error = {0};
    struct call call = {.session = session, .problem = problem};
    bool json = wants_json(argc, argv);
    int words = 1;

    /* a closed pipe is an error to be told, not an end without a word */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 1 || strcmp(argv[0], "--json") == 0) {
        tk_fail(&error, TK_USAGE, "Which command?");
        return report(&error, json, "");
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 ||
        strcmp(argv[0], "help") == 0)
        return print_overall();
    call.command = command_find_words(argc, argv, &words);
    if (!call.command) {
        refuse_name(argv[0], &error);
        return report(&error, json, "");
    }
    return run(&call, argc - words, argv + words, json);
}
