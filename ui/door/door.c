#include "ui/door/door.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/door.h"
#include "core/text.h"
#include "ui/door/lines.h"
#include "ui/kiosk/kiosk.h"
#include "ui/options.h"

struct given {
#define X(member, name, argument, help) const char *member;
    DOOR_OPTION_TABLE(X)
#undef X
    int64_t slots[DOOR_SLOTS_MAX]; /* of --slot */
    size_t slot_count;
};

static const struct option_definition definitions[] = {
#define X(member, name, argument, help) {name, argument, help, offsetof(struct given, member)},
    DOOR_OPTION_TABLE(X)
#undef X
};

/* --- what is asked for --- */

static enum tk_code add_slot(struct given *given, const char *text, size_t length,
                             struct tk_error *error)
{
    char number[24] = "";
    int64_t id;

    if (length < sizeof number)
        memcpy(number, text, length);
    if (!slot_id_parse(number, &id))
        return tk_fail(error, TK_BAD_ID, "“%.*s” is not a showing's number, such as 100001.",
                       length < 40 ? (int)length : 40, text);
    for (size_t i = 0; i < given->slot_count; i++)
        if (given->slots[i] == id)
            return TK_OK;
    if (given->slot_count == DOOR_SLOTS_MAX)
        return tk_fail(
            error, TK_USAGE,
            "A door serves %d showings at most by --slot: leave it out to serve all that "
            "are open.",
            DOOR_SLOTS_MAX);
    given->slots[given->slot_count++] = id;
    return TK_OK;
}

/* --slot may come again, and hold several. */
static enum tk_code note_option(void *values, const struct option_definition *definition,
                                const char *value, struct tk_error *error)
{
    struct given *given = values;
    enum tk_code code = TK_OK;

    if (definition->place != offsetof(struct given, slot))
        return TK_OK;
    for (;;) {
        size_t length = strcspn(value, ",");

        code = add_slot(given, value, length, error);
        if (code || !value[length])
            return code;
        value += length + 1;
    }
}

static const struct option_set option_set = {
    definitions, sizeof definitions / sizeof definitions[0], "ticketly door", note_option};

static enum tk_code parse(struct given *given, char **argv, struct tk_error *error)
{
    int at = 1;
    enum tk_code code = options_take(&option_set, given, argv, &at, error);

    if (!code && argv[at])
        code = options_refuse(&option_set, "This is not understood:", argv[at], error);
    if (!code && !given->help && given->slot && given->all_open)
        code =
            tk_fail(error, TK_USAGE,
                    "--slot names the showings, --all-open means all of them: use one of the two.");
    return code;
}

static void print_help(void)
{
    puts(
        "Usage: ticketly [OPTION …] door [OPTION …]\n"
        "\n"
        "Lets people in: says of every pass scanned or typed whether it is good, in large letters.\n");
    options_print(&option_set);
    puts(
        "\nWith --lines each object has verdict, message, ticketId, slotId and at; verdict is one of");
    for (int i = 0; i < VERDICT_COUNT; i++)
        printf("%s%s", i ? " " : "", verdict_name((enum verdict)i));
    puts(",\nor null when none can be given.");
}

/* --- at work --- */

static enum tk_code check_terminal(const struct given *given, struct tk_error *error)
{
    if (given->lines || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return TK_OK;
    return tk_fail(
        error, TK_USAGE,
        "The door's screen needs a terminal. Without one use `ticketly door --lines`: one "
        "code a line in, one verdict a line out.");
}

/* A name that was not written right makes one. */
static void tell_new_store(const struct session *session)
{
    char shown[SESSION_PATH_SIZE];

    text_display(shown, sizeof shown, session->store_path);
    fprintf(stderr, "A new box office was made: %s\n", shown);
}

static enum tk_code work(struct session *session, const struct given *given, int *status,
                         struct tk_error *error)
{
    struct door_options options = {.slot_ids = given->slot_count ? given->slots : NULL,
                                   .slot_count = given->slot_count,
                                   .every_scan = given->lines};
    struct door *door = NULL;
    enum tk_code code = TK_OK;

    if (given->name)
        code = settings_set(&session->settings, SETTING_till_name, given->name, "--name", error);
    if (!code)
        code = session_office(session, &options.office, error);
    if (!code && session->store_was_made && given->lines)
        tell_new_store(session);
    if (!code)
        code = door_open(&options, &door, error);
    if (!code)
        *status = given->lines
                      ? lines_run(door, options.office)
                      : kiosk_run_door(options.office, door, &session->settings, session->training);
    door_close(door);
    return code;
}

int door_run(struct session *session, const struct tk_error *problem, char **argv)
{
    struct given given = {0};
    struct tk_error error = {0};
    char message[TK_MESSAGE_MAX * 3];
    int status = 0;
    enum tk_code code = parse(&given, argv, &error);

    if (!code && given.help) {
        print_help();
        return 0;
    }
    if (!code && problem) {
        error = *problem;
        code = problem->code;
    }
    if (!code)
        code = check_terminal(&given, &error);
    if (!code)
        code = work(session, &given, &status, &error);
    if (!code)
        return status;
    text_display(message, sizeof message, error.message);
    fprintf(stderr, "ticketly: %s\n", message);
    return tk_code_exit(code);
}
