/*
 * docs: what the documentation is made from, out of the tables that the program works by: the man
 * page (mdoc(7)), the completion of bash, the README's lists, the sample settings file.
 * tests/lint/docs.sh puts them into place.
 */
#include <stdio.h>
#include <string.h>

#include "ui/admin/command.h"
#include "ui/kiosk/kiosk.h"

#define MAN_WIDTH 78
#define PAGE_DATE "November 22, 2026"
#define PAGE_DESCRIPTION "a cinema box office in a terminal"

static const struct option program_options[] = {
    {OPT_ID_COUNT, "db", "FILE", "the box office file, in place of the one in the settings",
     OPTION_FILE, false, NULL},
    {OPT_ID_COUNT, "config", "FILE", "the settings file, in place of the default one",
     OPTION_FILE, false, NULL},
    {OPT_ID_COUNT, "ascii", NULL, "draw with ASCII only", OPTION_FLAG, false, NULL},
    {OPT_ID_COUNT, "new-key", NULL, "make a new site key when it is lost; older passes become void",
     OPTION_FLAG, false, NULL},
    {OPT_ID_COUNT, "version", NULL, "print the version and end", OPTION_FLAG, false, NULL},
    {OPT_ID_COUNT, "help", NULL, "print help and end", OPTION_FLAG, false, NULL},
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

static const struct {
    int exit;
    const char *meaning;
} exits[] = {
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
    {77, "the box office file is read-only"},
    {78, "the settings are not right, or the file is of a newer version"},
};

/* "`sold_out` `not_enough_places`": the codes with an exit status. */
static void put_codes(struct buffer *out, int exit, const char *before, const char *after)
{
    bool first = true;

    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (statuses[i].exit != exit)
            continue;
        buffer_addf(out, "%s%s%s%s", first ? "" : " ", before, statuses[i].name, after);
        first = false;
    }
}

/* --- man page --- */

/* Text as roff reads it; characters beyond ASCII by their number. */
static void put_roff(struct buffer *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buffer_add_text(out, "\\&");
    while (*text) {
        unsigned char c = (unsigned char)*text++;
        unsigned code;
        int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;

        if (c == '\\')
            buffer_add_text(out, "\\e");
        else if (c == '-')
            buffer_add_text(out, "\\-");
        else if (!more)
            buffer_add_char(out, (char)c);
        if (!more)
            continue;
        code = c & (0x3Fu >> more);
        for (; more && *text; more--)
            code = code << 6 | ((unsigned char)*text++ & 0x3F);
        if (code == 0x2026)
            buffer_add_text(out, "\\&...");
        else
            buffer_addf(out, "\\[u%04X]", code);
    }
}

static void put_line(struct buffer *out, const char *text)
{
    put_roff(out, text);
    buffer_add_char(out, '\n');
}

static void put_man_option(struct buffer *out, const struct option *option)
{
    buffer_addf(out, ".It Fl Fl %s%s%s\n", option->name, option->metavar ? " Ar " : "",
                option->metavar ? option->metavar : "");
    put_roff(out, option->help);
    buffer_add_text(out, option->required ? " (required)\n" : "\n");
}

static void put_man_options(struct buffer *out, const struct option *options)
{
    buffer_add_text(out, ".Bl -tag -width Ds\n");
    for (; options->name; options++)
        put_man_option(out, options);
    buffer_add_text(out, ".El\n");
}

static void put_man_command(struct buffer *out, const struct command *command)
{
    struct buffer synopsis;

    buffer_init(&synopsis, out->limit);
    help_synopsis(&synopsis, command);
    buffer_addf(out, ".Ss %s\n.Dl ", command->name);
    put_line(out, buffer_text(&synopsis));
    buffer_add_text(out, ".Pp\nTo ");
    put_roff(out, command->summary);
    buffer_add_text(out, ".\nWith\n.Fl Fl json\nit prints ");
    put_roff(out, command->prints);
    buffer_add_text(out, ".\n");
    if (command->argument) {
        buffer_addf(out, ".Ar %s\nis ", command->argument);
        put_roff(out, command->argument_help);
        buffer_add_text(out, ".\n");
    }
    if (command->options)
        put_man_options(out, command->options);
    out->failed |= synopsis.failed;
    buffer_release(&synopsis);
}

static void put_man_key(void *context, const char *group, const char *keys, const char *help)
{
    struct buffer *out = context;

    buffer_add_text(out, ".It ");
    put_roff(out, group);
    buffer_add_text(out, " Ta ");
    put_roff(out, keys);
    buffer_add_text(out, " Ta ");
    put_line(out, help);
}

static void put_man_settings(struct buffer *out)
{
    buffer_add_text(out, ".Bl -tag -width Ds\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *standard = setting_default((enum setting)i);

        buffer_addf(out, ".It Cm %s\n", setting_name((enum setting)i));
        put_roff(out, setting_help((enum setting)i));
        if (*standard) {
            buffer_add_text(out, " (default ");
            put_roff(out, standard);
            buffer_add_text(out, ")");
        }
        buffer_add_char(out, '\n');
    }
    buffer_add_text(out, ".El\n");
}

static void put_man_exits(struct buffer *out)
{
    buffer_add_text(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        buffer_addf(out, ".It %d\n", exits[i].exit);
        put_roff(out, exits[i].meaning);
        buffer_add_text(out, ":\n");
        put_codes(out, exits[i].exit, "", "");
        buffer_add_char(out, '\n');
    }
    buffer_add_text(out, ".El\n");
}

static void put_man_top(struct buffer *out)
{
    buffer_add_text(
        out, ".Dd " PAGE_DATE "\n.Dt TICKETLY 1\n.Os\n"
             ".Sh NAME\n.Nm ticketly\n.Nd " PAGE_DESCRIPTION "\n"
             ".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n.Nm\n.Op Ar option ...\n"
             ".Cm admin\n.Ar command\n.Op Ar ...\n"
             ".Sh DESCRIPTION\nWithout a command\n.Nm\nopens the counter: browse showings by genre, "
             "sell, reissue, cancel and find tickets, and show their QR codes.\n"
             "Press ? there for the keys.\nWith\n.Cm admin\nit works without a terminal: data goes "
             "to standard output, messages go to standard error, and nothing asks back.\n.Pp\n"
             "The options are:\n");
    put_man_options(out, program_options);
}

static void put_man_middle(struct buffer *out)
{
    buffer_add_text(out,
                    ".Sh HOW TIMES ARE WRITTEN\nA time is written 2026\\-11\\-22 19:45, today 19:45, tomorrow "
                    "19:45, today+3 19:45 or 19:45.\nIt is in the venue's time zone unless one "
                    "follows, such as +01:00 or Z.\n"
                    ".Sh KEYS\n.Bl -column Programme Backspace help\n");
    kiosk_print_keys(put_man_key, out);
    buffer_add_text(out, ".El\n.Sh SETTINGS\nA value comes from the default, the settings file, "
                         "the environment\n.Pq Ev TICKETLY_SECTION_KEY\nor the command line, later "
                         "ones winning.\n");
    put_man_settings(out);
}

/* Breaks lines of running text where they get long; macro lines stay whole. */
static void put_wrapped(struct buffer *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        while (*text != '.' && length > MAN_WIDTH) {
            size_t at = MAN_WIDTH;

            while (at && (text[at] != ' ' || strchr(".'", text[at + 1])))
                at--;
            if (!at)
                break;
            buffer_add(out, text, at);
            buffer_add_char(out, '\n');
            text += at + 1;
            length -= at + 1;
        }
        buffer_add(out, text, length);
        buffer_add_char(out, '\n');
        text += length + (text[length] == '\n');
    }
}

static void put_man(struct buffer *out)
{
    put_man_top(out);
    buffer_add_text(out, ".Sh COMMANDS\nEvery command takes\n.Fl Fl json\nand\n.Fl Fl help .\n"
                         "With\n.Fl Fl json\na refusal is an object on standard error:\n"
                         ".Dl {\"error\":{\"code\":\"sold_out\",\"message\":\"...\"}}\n");
    for (const struct command *command = commands; command->name; command++)
        if (!command->hidden)
            put_man_command(out, command);
    put_man_middle(out);
    buffer_add_text(
        out,
        ".Sh FILES\n.Bl -tag -width Ds\n"
        ".It Pa $XDG_CONFIG_HOME/ticketly/ticketly.ini\nthe settings\n"
        ".It Pa $XDG_DATA_HOME/ticketly/box\\-office.db\nthe box office; beside it lie\n"
        ".Pa .key\n(the site key, kept apart from backups),\n.Pa .lock ,\n.Pa \\-wal\nand\n"
        ".Pa \\-shm\n.El\n.Sh EXIT STATUS\n");
    put_man_exits(out);
    buffer_add_text(out, ".Sh EXAMPLES\n.Dl ticketly admin slots \\-\\-open \\-\\-genre Drama\n"
                         ".Dl ticketly admin book \\-\\-slot 100001 \\-\\-count 2\n");
}

static void print_man(struct buffer *out)
{
    struct buffer page;

    buffer_init(&page, out->limit);
    put_man(&page);
    put_wrapped(out, buffer_text(&page));
    out->failed |= page.failed;
    buffer_release(&page);
}

/* --- completion --- */

static void put_option_names(struct buffer *out, const struct option *options)
{
    for (; options && options->name; options++)
        buffer_addf(out, " --%s", options->name);
}

static void put_words(struct buffer *out, const char *choices)
{
    for (; *choices; choices++)
        buffer_add_char(out, *choices == '|' ? ' ' : *choices);
}

static void put_completion_values(struct buffer *out)
{
    buffer_add_text(out, "    case $previous in\n"
                         "    --genre) words=\"");
    for (int i = 0; i < GENRE_COUNT; i++)
        buffer_addf(out, "%s%s", i ? "\n" : "", genre_name((enum genre)i));
    buffer_add_text(out, "\" ;;\n    --type) words=\"");
    for (int i = 0; i < SLOT_TYPE_COUNT; i++)
        buffer_addf(out, "%s%s", i ? "\n" : "", slot_type_name((enum slot_type)i));
    buffer_add_text(out, "\" ;;\n    --status) words=\"");
    for (int i = 0; i < TICKET_STATUS_COUNT; i++)
        buffer_addf(out, "%s%s", i ? "\n" : "", ticket_status_name((enum ticket_status)i));
    buffer_add_text(out, "\" ;;\n"
                         "    --form) words=$'auto\\nwide\\nhalf\\nascii\\npng\\nsvg' ;;\n"
                         "    --format) words=$'csv\\njsonl' ;;\n"
                         "    --db|--config|--output|import|backup) words= files=1 ;;\n"
                         "    *) words=${words// /$'\\n'} ;;\n"
                         "    esac\n");
}

static void print_completion(struct buffer *out)
{
    buffer_add_text(out, "# bash completion of ticketly\n"
                         "_ticketly()\n{\n"
                         "    local current=${COMP_WORDS[COMP_CWORD]} command= words= files= i\n"
                         "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
                         "    for ((i = 1; i < COMP_CWORD - 1; i++)); do\n"
                         "        [[ ${COMP_WORDS[i]} == admin ]] && command=${COMP_WORDS[i + 1]}\n"
                         "    done\n"
                         "    [[ $previous == admin ]] && command=admin\n"
                         "    case $command in\n    '') words=\"admin");
    put_option_names(out, program_options);
    buffer_add_text(out, "\" ;;\n    admin) words=\"");
    for (const struct command *command = commands; command->name; command++)
        if (!command->hidden)
            buffer_addf(out, "%s%s", command == commands ? "" : " ", command->name);
    buffer_add_text(out, " --help\" ;;\n");
    for (const struct command *command = commands; command->name; command++) {
        if (command->hidden)
            continue;
        buffer_addf(out, "    %s) words=\"", command->name);
        if (command->argument_choices)
            put_words(out, command->argument_choices);
        put_option_names(out, command->options);
        put_option_names(out, common_options);
        buffer_add_text(out, "\" ;;\n");
    }
    buffer_add_text(out, "    esac\n");
    put_completion_values(out);
    buffer_add_text(out, "    if [[ -n $files ]]; then\n"
                         "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
                         "    else\n"
                         "        local IFS=$'\\n'\n"
                         "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                         "        for i in \"${!COMPREPLY[@]}\"; do\n"
                         "            printf -v 'COMPREPLY[i]' %q \"${COMPREPLY[i]}\"\n"
                         "        done\n"
                         "    fi\n"
                         "}\ncomplete -F _ticketly ticketly\n");
}

/* --- Markdown --- */

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

static void put_key_row(void *context, const char *group, const char *keys, const char *help)
{
    struct buffer *out = context;

    buffer_addf(out, "| %s | `", group);
    put_cell_text(out, keys);
    buffer_add_text(out, "` | ");
    put_cell_text(out, help);
    buffer_add_text(out, " |\n");
}

static void print_keys(struct buffer *out)
{
    buffer_add_text(out, "| view | key | what it does |\n|---|---|---|\n");
    kiosk_print_keys(put_key_row, out);
}

static void print_status(struct buffer *out)
{
    buffer_add_text(out, "| exit | meaning | codes |\n|---|---|---|\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        buffer_addf(out, "| %d | %s | ", exits[i].exit, exits[i].meaning);
        put_codes(out, exits[i].exit, "`", "`");
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
        {"status", print_status},
    };

    (void)error;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, call->argument) == 0)
            kinds[i].print(&call->out.text);
    return TK_OK;
}
