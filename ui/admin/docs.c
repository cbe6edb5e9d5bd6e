/*
 * docs: what the documentation is made from, out of the tables that the program works by: the man
 * page (mdoc(7)), the completion of bash, the README's lists, the sample settings file.
 * tests/lint/docs.sh puts them into place.
 */
#include <stdio.h>
#include <string.h>

#include "core/admission.h"
#include "ui/admin/docs.h"
#include "ui/kiosk/kiosk.h"
#include "ui/options.h"

const struct option program_options[] = {
#define X(member, name, argument, help)                                                            \
    {OPT_ID_COUNT, name, argument, help, OPTION_TEXT, false, NULL},
    OPTION_TABLE(X)
#undef X
    {.name = NULL},
};

const struct option serve_options[] = {
#define X(member, name, argument, help)                                                            \
    {OPT_ID_COUNT, name, argument, help, OPTION_TEXT, false, NULL},
    SERVE_OPTION_TABLE(X)
#undef X
    {.name = NULL},
};

const struct option door_options[] = {
#define X(member, name, argument, help)                                                            \
    {OPT_ID_COUNT, name, argument, help, OPTION_TEXT, false, NULL},
    DOOR_OPTION_TABLE(X)
#undef X
    {.name = NULL},
};

static const struct status {
    const char *name, *sentence;
    int exit;
} statuses[] = {
#define X(code, name, http, exit, sentence) {name, sentence, exit},
    TK_STATUS_TABLE(X)
#undef X
};

#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

const struct exit_meaning exit_meanings[] = {
    {0, "done"},
    {1, "refused: the rules said no, and nothing changed"},
    {2, "the command is not written like that"},
    {65, "a file is not as it should be"},
    {66, "a file cannot be read"},
    {69, "the box office cannot be reached"},
    {70, "something is wrong inside the program"},
    {71, "there is no memory left"},
    {73, "a file cannot be written"},
    {74, "reading or writing failed, or the disk is full"},
    {75, "busy or not known: look, and try again"},
    {77, "not allowed: the file is read-only, or the token is missing, revoked or of too low a "
         "role"},
    {78, "the settings are not right, or the file is of a newer version"},
    {0, NULL},
};

void put_codes(struct buffer *out, int exit, const char *before, const char *after)
{
    bool first = true;

    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (statuses[i].exit != exit)
            continue;
        buffer_addf(out, "%s%s%s%s", first ? "" : " ", before, statuses[i].name, after);
        first = false;
    }
}

static void add_key(void *context, const char *group, const char *keys, const char *help)
{
    struct key_rows *all = context;
    struct key_row *row = all->rows;
    size_t length;

    while (row < all->rows + all->count &&
           (strcmp(row->keys, keys) != 0 || strcmp(row->help, help) != 0))
        row++;
    if (row == all->rows + KEY_ROWS_MAX)
        return;
    if (row == all->rows + all->count) {
        *row = (struct key_row){.keys = keys, .help = help};
        all->count++;
    }
    length = strlen(row->views);
    snprintf(row->views + length, sizeof row->views - length, "%s%s", length ? ", " : "", group);
}

void key_rows_list(struct key_rows *all)
{
    all->count = 0;
    kiosk_print_keys(add_key, all);
}

/* --- Markdown and INI --- */

/* A bar would end the cell. */
static void put_cell_text(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buffer_add_char(out, '\\');
        buffer_add_char(out, *text);
    }
}

static void print_commands(struct buffer *out)
{
    struct buffer synopsis;

    buffer_init(&synopsis, out->limit);
    buffer_add_text(out, "| `ticketly admin …` | to |\n|---|---|\n");
    for (const struct command *command = commands; command->name; command++) {
        if (command->hidden)
            continue;
        buffer_clear(&synopsis);
        help_synopsis(&synopsis, command);
        buffer_add_text(out, "| `");
        put_cell_text(out, buffer_text(&synopsis));
        buffer_addf(out, "` | %s |\n", command->summary);
    }
    out->failed |= synopsis.failed;
    buffer_release(&synopsis);
}

static void print_settings(struct buffer *out)
{
    buffer_add_text(out, "| setting | default | what it does |\n|---|---|---|\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *standard = setting_default((enum setting)i);

        buffer_addf(out, "| `%s` | %s%s%s | ", setting_name((enum setting)i), *standard ? "`" : "",
                    standard, *standard ? "`" : "");
        put_cell_text(out, setting_help((enum setting)i));
        buffer_add_text(out, " |\n");
    }
}

static void print_ini(struct buffer *out)
{
    const char *section = "";

    buffer_add_text(out, "; Settings of ticketly, each with its default.\n"
                         "; Belongs to ~/.config/ticketly/ticketly.ini; see ticketly(1).\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting setting = (enum setting)i;
        const char *standard = setting_default(setting);

        if (strcmp(section, setting_section(setting)) != 0)
            buffer_addf(out, "\n[%s]\n", setting_section(setting));
        section = setting_section(setting);
        buffer_addf(out, "; %s\n;%s =%s%s\n", setting_help(setting), setting_key(setting),
                    *standard ? " " : "", standard);
    }
}

static void print_keys(struct buffer *out)
{
    struct key_rows all;

    key_rows_list(&all);
    buffer_add_text(out, "| key | what it does | in |\n|---|---|---|\n");
    for (int i = 0; i < all.count; i++) {
        buffer_add_text(out, "| `");
        put_cell_text(out, all.rows[i].keys);
        buffer_add_text(out, "` | ");
        put_cell_text(out, all.rows[i].help);
        buffer_addf(out, " | %s |\n", all.rows[i].views);
    }
}

static void put_options_table(struct buffer *out, const char *command,
                              const struct option *options)
{
    buffer_addf(out, "| `ticketly %s …` | |\n|---|---|\n", command);
    for (const struct option *option = options; option->name; option++) {
        buffer_addf(out, "| `--%s%s%s` | ", option->name, option->metavar ? " " : "",
                    option->metavar ? option->metavar : "");
        put_cell_text(out, option->help);
        buffer_add_text(out, " |\n");
    }
}

static void print_serve(struct buffer *out)
{
    put_options_table(out, "serve", serve_options);
}

static void print_door(struct buffer *out)
{
    put_options_table(out, "door", door_options);
    buffer_add_text(out, "\n| verdict | on the screen | what to do |\n|---|---|---|\n");
    for (int i = 0; i < VERDICT_COUNT; i++)
        buffer_addf(out, "| `%s` | %s | %s |\n", verdict_name((enum verdict)i),
                    verdict_word((enum verdict)i), verdict_advice((enum verdict)i));
}

static void print_status(struct buffer *out)
{
    buffer_add_text(out, "| exit | meaning | codes |\n|---|---|---|\n");
    for (const struct exit_meaning *exit = exit_meanings; exit->meaning; exit++) {
        buffer_addf(out, "| %d | %s | ", exit->exit, exit->meaning);
        put_codes(out, exit->exit, "`", "`");
        buffer_add_text(out, " |\n");
    }
}

enum tk_code command_docs(struct call *call, struct tk_error *error)
{
    static const struct {
        const char *kind;
        void (*print)(struct buffer *out);
    } kinds[] = {
        {"man", print_man},           {"completion", print_completion},
        {"commands", print_commands}, {"settings", print_settings},
        {"ini", print_ini},           {"keys", print_keys},
        {"status", print_status},     {"serve", print_serve},
        {"door", print_door},
    };

    (void)error;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, call->argument) == 0)
            kinds[i].print(&call->out.text);
    return TK_OK;
}
