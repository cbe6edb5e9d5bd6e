#include "ui/enrol.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/options.h"
#include "ui/settings_change.h"

struct enrol_options {
#define X(member, name, argument, help) const char *member;
    ENROL_OPTION_TABLE(X)
#undef X
};

static const struct option_definition definitions[] = {
#define X(member, name, argument, help) \
    {name, argument, help, offsetof(struct enrol_options, member)},
    ENROL_OPTION_TABLE(X)
#undef X
};

static const struct option_set option_set = {
    definitions, sizeof definitions / sizeof definitions[0], "ticketly enrol", NULL};

/* What this machine is to be. */
enum machine { MACHINE_TILL, MACHINE_DOOR, MACHINE_REMOTE, MACHINE_UNSAID };

static const char *const machine_names[] = {"till", "door", "remote"};

struct enrol {
    struct enrol_options options;
    struct session_enrolment enrolment;
    enum machine machine;
    char config[SESSION_PATH_SIZE], token_file[SESSION_PATH_SIZE];
    struct device device;
    bool attended;
    bool names_config; /* the file is not where it is looked for */
    char typed[64];    /* the code, where it was not given */
};

static void print_help(void)
{
    puts(
        "Usage: ticketly [OPTION …] enrol URL [CODE] [OPTION …]\n"
        "\n"
        "Lets this machine in at the box office behind URL, by the one-time code that `ticketly admin\n"
        "device add` shows there, and writes the settings for it. Without a code, or with -, it is\n"
        "read from standard input, and so seen by nobody else on this machine.\n");
    options_print(&option_set);
}

static enum tk_code read_machine(struct enrol *enrol, struct tk_error *error)
{
    enrol->machine = MACHINE_UNSAID;
    if (!enrol->options.as)
        return TK_OK;
    for (int i = 0; i < MACHINE_UNSAID; i++)
        if (strcmp(enrol->options.as, machine_names[i]) == 0)
            enrol->machine = (enum machine)i;
    return enrol->machine != MACHINE_UNSAID
               ? TK_OK
               : options_refuse(&option_set, "--as is till, door or remote, not", enrol->options.as,
                                error);
}

/* The code from standard input: what is on the command line every user of the machine can read. */
static enum tk_code ask_code(struct enrol *enrol, struct tk_error *error)
{
    if (isatty(STDIN_FILENO))
        fputs("Code: ", stderr);
    if (!fgets(enrol->typed, sizeof enrol->typed, stdin))
        return tk_fail(error, TK_USAGE, "The code is missing: type it, or give it on standard input.");
    enrol->typed[strcspn(enrol->typed, "\r\n")] = '\0';
    enrol->enrolment.code = enrol->typed;
    return TK_OK;
}

/* Options may stand before and behind the two words. */
static enum tk_code parse(struct enrol *enrol, char **argv, struct tk_error *error)
{
    const char **words[] = {&enrol->enrolment.url, &enrol->enrolment.code};
    size_t count = 0;
    int at = 1;
    enum tk_code code = options_take(&option_set, &enrol->options, argv, &at, error);

    while (!code && argv[at] && count < 2) {
        *words[count++] = argv[at++];
        code = options_take(&option_set, &enrol->options, argv, &at, error);
    }
    if (code || enrol->options.help)
        return code;
    if (argv[at])
        return options_refuse(&option_set, "This is not understood:", argv[at], error);
    if (count < 1)
        return tk_fail(error, TK_USAGE,
                       "Write `ticketly enrol URL`: the service's address; the code that is shown "
                       "there is asked for.");
    if (count < 2 || strcmp(enrol->enrolment.code, "-") == 0) {
        code = ask_code(enrol, error);
        if (code)
            return code;
    }
    enrol->enrolment.pin = enrol->options.pin ? enrol->options.pin : "";
    return read_machine(enrol, error);
}

/* The token lies beside the settings: ticketly.ini has ticketly.token. */
static enum tk_code place_files(struct enrol *enrol, const char *config, struct tk_error *error)
{
    char *ending;

    if (config ? !text_copy(enrol->config, sizeof enrol->config, config)
               : !settings_default_file(enrol->config, sizeof enrol->config))
        return tk_fail(error, TK_CONFIG,
                       "There is no home folder for the settings: name a file with --config.");
    text_copy(enrol->token_file, sizeof enrol->token_file, enrol->config);
    ending = strrchr(enrol->token_file, '.');
    if (ending && strcmp(ending, ".ini") == 0)
        *ending = '\0';
    if (strlen(enrol->token_file) + sizeof ".token" > sizeof enrol->token_file)
        return tk_fail(error, TK_CONFIG, "The path of the settings file is too long.");
    text_copy(enrol->token_file + strlen(enrol->token_file), sizeof ".token", ".token");
    enrol->enrolment.token_file = enrol->token_file;
    return TK_OK;
}

/* What it is used for is said, or follows from what it was invited as. */
static enum tk_code write_settings(struct enrol *enrol, struct tk_error *error)
{
    struct settings_change changes[4];
    size_t count = 0;

    if (enrol->machine == MACHINE_UNSAID)
        enrol->machine = enrol->device.role == ROLE_DOOR ? MACHINE_DOOR : MACHINE_TILL;
    changes[count++] = (struct settings_change){SETTING_till_name, enrol->device.name};
    changes[count++] = (struct settings_change){
        enrol->machine == MACHINE_REMOTE ? SETTING_store_file : SETTING_central_address,
        enrol->enrolment.url};
    changes[count++] = (struct settings_change){SETTING_store_token_file, enrol->token_file};
    changes[count++] = (struct settings_change){SETTING_store_pin, enrol->enrolment.pin};
    return settings_change(enrol->config, changes, count, error);
}

static void print_done(const struct enrol *enrol)
{
    static const char *const next[] = {"`ticketly` opens the counter",
                                       "`ticketly door` opens the door",
                                       "`ticketly` and `ticketly admin` work there"};
    char name[DEVICE_SIZE * 4];

    text_display(name, sizeof name, enrol->device.name);
    printf("This machine is “%s” now, in the role %s%s.\n"
           "Settings: %s\nToken:    %s\n"
           "Next: %s%s%s.\n",
           name, role_name(enrol->device.role), enrol->attended ? ", and people sign on at it" : "",
           enrol->config, enrol->token_file, next[enrol->machine],
           enrol->names_config ? " with --config " : "", enrol->names_config ? enrol->config : "");
}

int enrol_run(struct session *session, const struct tk_error *problem, const char *config,
              char **argv)
{
    struct enrol enrol = {.machine = MACHINE_UNSAID};
    struct tk_error error = {0};
    char message[TK_MESSAGE_MAX * 3];
    enum tk_code code = parse(&enrol, argv, &error);

    if (!code && enrol.options.help) {
        print_help();
        return 0;
    }
    if (!code && problem) {
        error = *problem;
        code = problem->code;
    }
    if (!code)
        code = place_files(&enrol, config, &error);
    if (!code)
        code = session_enrol(session, &enrol.enrolment, &enrol.device, &enrol.attended, &error);
    if (!code)
        code = write_settings(&enrol, &error);
    if (!code) {
        enrol.names_config = config != NULL;
        print_done(&enrol);
        return 0;
    }
    text_display(message, sizeof message, error.message);
    fprintf(stderr, "ticketly: %s\n", message);
    return tk_code_exit(code);
}
