/* call: the command line of one command. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/admin/permit.h"
#include "ui/admin/command.h"

#define NAME_MAX_SHOWN 60

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

const struct command *command_find_words(int argc, char **argv, int *words)
{
    char both[NAME_MAX_SHOWN];

    *words = 2;
    if (argc > 1 && snprintf(both, sizeof both, "%s %s", argv[0], argv[1]) < (int)sizeof both &&
        command_find(both))
        return command_find(both);
    *words = 1;
    return strchr(argv[0], ' ') ? NULL : command_find(argv[0]);
}

static const struct option *option_in(const struct option *options, const char *name)
{
    for (; options && options->name; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

const struct option *command_option(const struct command *command, const char *name)
{
    const struct option *option = option_in(command->options, name);

    return option ? option : option_in(common_options, name);
}

/* Whether `text` is one of "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    while (length) {
        size_t next = strcspn(choices, "|");

        if (next == length && strncmp(choices, text, length) == 0)
            return true;
        if (!choices[next])
            return false;
        choices += next + 1;
    }
    return false;
}

static enum tk_code check_value(const struct option *option, const char *value,
                                struct tk_error *error)
{
    int64_t number;

    switch (option->type) {
    case OPTION_WHOLE:
    case OPTION_AMOUNT:
        if (!text_parse_int(value, &number))
            return tk_fail(error, TK_USAGE, "--%s wants a whole number, not “%.*s”.",
                           option->name, NAME_MAX_SHOWN, value);
        if (option->type == OPTION_AMOUNT && number < 0)
            return tk_fail(error, TK_USAGE, "--%s cannot be below 0.", option->name);
        return TK_OK;
    case OPTION_CHOICE:
        if (!is_choice(option->choices, value))
            return tk_fail(error, TK_USAGE, "--%s is one of %s, not “%.*s”.", option->name,
                           option->choices, NAME_MAX_SHOWN, value);
        return TK_OK;
    case OPTION_FILE:
        return *value ? TK_OK : tk_fail(error, TK_USAGE, "--%s wants a file.", option->name);
    default:
        return TK_OK;
    }
}

static enum tk_code set_option(struct call *call, const struct option *option, const char *value,
                               struct tk_error *error)
{
    if (call->values[option->id])
        return tk_fail(error, TK_USAGE, "--%s was given twice.", option->name);
    call->values[option->id] = value;
    return check_value(option, value, error);
}

/* One option at argv[*at]; takes its value along. */
static enum tk_code parse_option(struct call *call, int argc, char **argv, int *at,
                                 struct tk_error *error)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    const struct option *option;
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    char plain[NAME_MAX_SHOWN];

    length = length < sizeof plain ? length : sizeof plain - 1;
    memcpy(plain, name, length);
    plain[length] = '\0';
    option = command_option(call->command, plain);
    if (!option)
        return tk_fail(error, TK_USAGE, "There is no option --%s for %s.", plain,
                       call->command->name);
    if (option->type == OPTION_FLAG && equals)
        return tk_fail(error, TK_USAGE, "--%s takes no value.", plain);
    if (option->type == OPTION_FLAG)
        return set_option(call, option, "", error);
    if (equals)
        return set_option(call, option, equals + 1, error);
    if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0)
        return tk_fail(error, TK_USAGE, "--%s wants a value: --%s %s.", plain, plain,
                       option->metavar);
    return set_option(call, option, argv[++*at], error);
}

static enum tk_code set_argument(struct call *call, const char *text, struct tk_error *error)
{
    const struct command *command = call->command;

    if (!command->argument || call->argument)
        return tk_fail(error, TK_USAGE, "“%.*s” is one argument too many for %s.", NAME_MAX_SHOWN,
                       text, command->name);
    if (command->argument_choices && !is_choice(command->argument_choices, text))
        return tk_fail(error, TK_USAGE, "%s is one of %s, not “%.*s”.", command->argument,
                       command->argument_choices, NAME_MAX_SHOWN, text);
    call->argument = text;
    return TK_OK;
}

/* Whether the command has --slot, --movie and --start to say which showing. */
static bool names_slot(const struct command *command)
{
    return option_in(command->options, "slot") && option_in(command->options, "movie");
}

/* What must be there. */
static enum tk_code check_complete(const struct call *call, struct tk_error *error)
{
    const struct command *command = call->command;
    bool by_id = call->values[OPT_SLOT], movie = call->values[OPT_MOVIE],
         start = call->values[OPT_START];

    if (command->argument && !call->argument)
        return tk_fail(error, TK_USAGE, "%s wants %s: %s.", command->name, command->argument,
                       command->argument_help);
    for (const struct option *option = command->options; option && option->name; option++)
        if (option->required && !call->values[option->id])
            return tk_fail(error, TK_USAGE, "--%s %s is missing.", option->name, option->metavar);
    if (!names_slot(command))
        return TK_OK;
    if (by_id && (movie || start))
        return tk_fail(error, TK_USAGE,
                       "Name the showing once: either --slot, or --movie and --start.");
    if (!by_id && !(movie && start))
        return tk_fail(error, TK_USAGE,
                       "Say which showing: --slot ID, or --movie NAME and --start TIME.");
    return TK_OK;
}

enum tk_code call_parse(struct call *call, int argc, char **argv, struct tk_error *error)
{
    bool options = true;
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strcmp(argv[i], "-h") == 0)
            call->values[OPT_HELP] = "";
        else if (options && strncmp(argv[i], "--", 2) == 0)
            code = parse_option(call, argc, argv, &i, error);
        else if (options && argv[i][0] == '-' && argv[i][1])
            code = tk_fail(error, TK_USAGE, "There is no option %.*s for %s.", NAME_MAX_SHOWN,
                           argv[i], call->command->name);
        else
            code = set_argument(call, argv[i], error);
    }
    call->json = call->values[OPT_JSON];
    if (!code && !call->values[OPT_HELP])
        code = check_complete(call, error);
    return code;
}

enum tk_code call_office(struct call *call, struct box_office **office, struct tk_error *error)
{
    bool opened = call->session->store != NULL;
    enum tk_code code = session_office(call->session, office, error);
    char place[OUTPUT_PATH_SIZE];

    /* with --json nothing but a refusal stands on stderr */
    if (!code && !opened && call->session->store_was_made && !call->json)
        fprintf(stderr, "A new box office was made: %s\n",
                path_shown(call->session->store_path, place));
    return code ? code : permit_call(call, *office, error);
}

int64_t call_number(const struct call *call, enum option_id id, int64_t otherwise)
{
    int64_t number = otherwise;

    if (call->values[id])
        text_parse_int(call->values[id], &number);
    return number;
}

enum tk_code call_text(const struct call *call, enum option_id id, char *text, size_t size,
                       enum tk_code refusal, const char *what, struct tk_error *error)
{
    const char *value = call->values[id] ? call->values[id] : "";
    enum tk_code code = text_clean(text, size, value);

    if (code == TK_BAD_TEXT)
        return tk_fail(error, refusal, "The %s is not text, or longer than %zu bytes.", what,
                       size - 1);
    return code ? tk_fail_code(error, code) : TK_OK;
}

enum tk_code call_time(const struct call *call, enum option_id id, const struct box_office *office,
                       int64_t *moment, struct tk_error *error)
{
    return call->values[id] ? office_parse_time(office, call->values[id], moment, error) : TK_OK;
}

/* From noon, which no clock jumps over: midnight may come twice, or not at all. */
static bool read_day(const struct box_office *office, const char *text, int64_t *moment)
{
    const struct time_zone *zone = &office->ports.zone;
    char noon_text[64];
    struct civil_time civil;
    int64_t noon, start;
    enum tk_code code;

    if (snprintf(noon_text, sizeof noon_text, "%s 12:00", text) >= (int)sizeof noon_text ||
        office_parse_time(office, noon_text, &noon, NULL))
        return false;
    civil = time_civil(noon, zone);
    civil.hour = 0;
    code = time_from_civil(&civil, zone, &start);
    if (code == TK_TIME_SKIPPED) {
        civil.hour = 1;
        code = time_from_civil(&civil, zone, &start);
    }
    if (code && code != TK_TIME_REPEATED)
        return false;
    *moment = start;
    return true;
}

enum tk_code call_day(const struct call *call, enum option_id id, const struct box_office *office,
                      int64_t *moment, struct tk_error *error)
{
    const char *text = call->values[id];

    if (text && *text && !strchr(text, ':') && read_day(office, text, moment))
        return TK_OK;
    return call_time(call, id, office, moment, error);
}

enum tk_code call_slot_id(const struct call *call, int64_t *id, struct tk_error *error)
{
    *id = 0;
    if (call->values[OPT_SLOT] && !slot_id_parse(call->values[OPT_SLOT], id))
        return tk_fail(error, TK_BAD_ID, "“%.40s” is not a showing's number, such as 100001.",
                       call->values[OPT_SLOT]);
    return TK_OK;
}

enum tk_code call_slot_ref(const struct call *call, const struct box_office *office,
                           struct slot_ref *ref, struct tk_error *error)
{
    enum tk_code code;

    *ref = (struct slot_ref){0};
    code = call_slot_id(call, &ref->id, error);
    if (code || ref->id)
        return code;
    code = call_text(call, OPT_MOVIE, ref->name, sizeof ref->name, TK_BAD_NAME, "showing's name",
                     error);
    return code ? code : call_time(call, OPT_START, office, &ref->starts_at, error);
}
