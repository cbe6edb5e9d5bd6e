/* help: what --help prints, from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "ui/admin/command.h"

#define OPTION_WIDTH 22
#define NAME_WIDTH 20

static bool is_slot_ref(const struct option *option)
{
    return option->id == OPT_SLOT || option->id == OPT_MOVIE;
}

static void put_option_synopsis(struct buffer *out, const struct option *option)
{
    if (option->required)
        buffer_addf(out, " --%s %s", option->name, option->metavar);
    else if (option->metavar)
        buffer_addf(out, " [--%s %s]", option->name, option->metavar);
    else
        buffer_addf(out, " [--%s]", option->name);
}

void help_synopsis(struct buffer *out, const struct command *command)
{
    bool ref = false;

    buffer_add_text(out, command->name);
    if (command->argument_choices)
        buffer_addf(out, " %s", command->argument_choices);
    else if (command->argument)
        buffer_addf(out, " %s", command->argument);
    for (const struct option *option = command->options; option && option->name; option++) {
        if (option->id == OPT_SLOT && command_option(command, "movie"))
            buffer_add_text(out, " (--slot ID | --movie NAME --start TIME)");
        ref |= is_slot_ref(option) && command_option(command, "movie");
        if (!(ref && is_slot_ref(option)) && !(ref && option->id == OPT_START))
            put_option_synopsis(out, option);
    }
}

static void put_option(struct buffer *out, const struct option *option)
{
    char text[64];

    snprintf(text, sizeof text, "--%s%s%s", option->name, option->metavar ? " " : "",
             option->metavar ? option->metavar : "");
    buffer_addf(out, "  %-*s %s\n", OPTION_WIDTH, text, option->help);
}

void help_command(struct buffer *out, const struct command *command)
{
    buffer_add_text(out, "Usage: ticketly [--db FILE] [--central ADDRESS] [--config FILE] admin ");
    help_synopsis(out, command);
    buffer_addf(out, " [--json]\n\nTo %s.\n\n", command->summary);
    if (command->argument)
        buffer_addf(out, "  %-*s %s\n", OPTION_WIDTH, command->argument, command->argument_help);
    for (const struct option *option = command->options; option && option->name; option++)
        put_option(out, option);
    for (const struct option *option = common_options; option->name; option++)
        put_option(out, option);
    buffer_addf(out, "\nWith --json it prints %s.\n", command->prints);
}

void help_overall(struct buffer *out)
{
    buffer_add_text(out, "Usage: ticketly [--db FILE] [--central ADDRESS] [--config FILE] admin "
                         "COMMAND …\n\n");
    for (const struct command *command = commands; command->name; command++)
        if (!command->hidden)
            buffer_addf(out, "  %-*s %s\n", NAME_WIDTH, command->name, command->summary);
    buffer_add_text(out,
                    "\nEvery command takes --json, and --help tells about it.\n"
                    "Times: 2026-11-22 19:45, today 19:45, tomorrow 19:45, today+3 19:45, 19:45;\n"
                    "in the venue's time zone unless one follows, such as +01:00 or Z.\n"
                    "Exit status: 0 done, 1 refused, 2 usage, others as in sysexits.h.\n");
}
