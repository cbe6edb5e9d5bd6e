/* docs_man: the man page, in mdoc(7). */
#include <string.h>

#include "ui/admin/docs.h"

#define MAN_WIDTH 78
#define PAGE_DATE "November 22, 2026"
#define PAGE_DESCRIPTION "a cinema box office in a terminal"

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

static void put_man_keys(struct buffer *out)
{
    struct key_rows all;

    key_rows_list(&all);
    buffer_add_text(out, ".Bl -tag -width Backspace\n");
    for (int i = 0; i < all.count; i++) {
        buffer_add_text(out, ".It ");
        put_line(out, all.rows[i].keys);
        put_roff(out, all.rows[i].help);
        buffer_addf(out, " (%s)\n", all.rows[i].views);
    }
    buffer_add_text(out, ".El\n");
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
    for (const struct exit_meaning *exit = exit_meanings; exit->meaning; exit++) {
        buffer_addf(out, ".It %d\n", exit->exit);
        put_roff(out, exit->meaning);
        buffer_add_text(out, ":\n");
        put_codes(out, exit->exit, "", "");
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
             ".Cm admin\n.Ar command\n.Op Ar ...\n.Nm\n.Op Ar option ...\n"
             ".Cm serve\n.Op Ar option ...\n.Nm\n.Op Ar option ...\n"
             ".Cm door\n.Op Ar option ...\n"
             ".Sh DESCRIPTION\nWithout a command\n.Nm\nopens the counter: browse showings by "
             "genre, sell, reissue, cancel and find tickets, and show their QR codes.\n"
             "Press ? there for the keys.\nWith\n.Cm admin\nit works without a terminal: data goes "
             "to standard output, messages go to standard error, and nothing asks back\nbut\n"
             ".Cm expire ,\n.Cm keys rotate\nand\n.Cm allotment write-off\nat a terminal.\nWith\n.Cm serve\nit serves the box office over HTTP until "
             "SIGTERM: to many tills, and to programs.\nWith\n.Cm door\nit is the screen of "
             "whoever lets people in, with a verdict for every pass scanned or typed; or, with\n"
             ".Fl Fl lines ,\na filter for serial scanners and gates.\n.Pp\n"
             "The options are:\n");
    put_man_options(out, program_options);
    buffer_add_text(out, "Those of\n.Cm serve\nare:\n");
    put_man_options(out, serve_options);
    buffer_add_text(out, "Those of\n.Cm door\nare:\n");
    put_man_options(out, door_options);
}

static void put_man_middle(struct buffer *out)
{
    buffer_add_text(out,
                    ".Sh HOW TIMES ARE WRITTEN\n"
                    "A time is written 2026\\-11\\-22 19:45, "
                    "today 19:45, tomorrow 19:45, today+3 19:45 or 19:45.\n"
                    "It is in the venue's time zone unless one "
                    "follows, such as +01:00 or Z.\n"
                    ".Sh KEYS\n");
    put_man_keys(out);
    buffer_add_text(out, ".Sh SETTINGS\nA value comes from the default, the settings file, "
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
                         ".Dl ticketly admin book \\-\\-slot 100001 \\-\\-count 2\n"
                         ".Dl zbarcam \\-\\-raw | ticketly door \\-\\-slot 100001 \\-\\-lines\n");
}

void print_man(struct buffer *out)
{
    struct buffer page;

    buffer_init(&page, out->limit);
    put_man(&page);
    put_wrapped(out, buffer_text(&page));
    out->failed |= page.failed;
    buffer_release(&page);
}
