/* docs_completion: the completion of bash. */
#include <string.h>

#include "ui/admin/docs.h"

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
    buffer_add_text(out, "\" ;;\n    --role) words=\"");
    for (int i = 0; i < ROLE_COUNT; i++)
        buffer_addf(out, "%s%s", i ? "\n" : "", role_name((enum role)i));
    buffer_add_text(out, "\" ;;\n"
                         "    --form) words=$'auto\\nwide\\nhalf\\nascii\\npng\\nsvg' ;;\n"
                         "    --format) words=$'csv\\njsonl' ;;\n"
                         "    --db|--config|--output|--tls-cert|--tls-key|import|backup) words='' files=1 ;;\n"
                         "    *) words=${words// /$'\\n'} ;;\n"
                         "    esac\n");
}

/* The first word of each name, once. */
static void put_first_words(struct buffer *out)
{
    for (const struct command *command = commands; command->name; command++)
        if (!command->hidden)
            buffer_addf(out, "%s%.*s", command == commands ? "" : " ",
                        (int)strcspn(command->name, " "), command->name);
}

/* No first word of two is also that of another command. */
static void put_completion_command(struct buffer *out, const struct command *command)
{
    size_t first = strcspn(command->name, " ");

    buffer_addf(out, "    %.*s) words=\"", (int)first, command->name);
    buffer_add_text(out, command->name + first + (command->name[first] == ' '));
    if (command->argument_choices)
        put_words(out, command->argument_choices);
    put_option_names(out, command->options);
    put_option_names(out, common_options);
    buffer_add_text(out, "\" ;;\n");
}

void print_completion(struct buffer *out)
{
    buffer_add_text(out, "# bash completion of ticketly\n"
                         "_ticketly()\n{\n"
                         "    local current=${COMP_WORDS[COMP_CWORD]} command=''"
                         " words='' files='' i\n"
                         "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
                         "    for ((i = 1; i < COMP_CWORD - 1; i++)); do\n"
                         "        [[ ${COMP_WORDS[i]} == admin ]] && command=${COMP_WORDS[i + 1]}\n"
                         "        [[ ${COMP_WORDS[i]} == serve ]] && command='serve'\n"
                         "        [[ ${COMP_WORDS[i]} == door ]] && command='door'\n"
                         "    done\n"
                         "    [[ $previous == admin || $previous == serve || $previous == door ]] &&"
                         " command=$previous\n"
                         "    case $command in\n    '') words=\"admin serve door");
    put_option_names(out, program_options);
    buffer_add_text(out, "\" ;;\n    serve) words=\"");
    put_option_names(out, serve_options);
    buffer_add_text(out, "\" ;;\n    door) words=\"");
    put_option_names(out, door_options);
    buffer_add_text(out, "\" ;;\n    admin) words=\"");
    put_first_words(out);
    buffer_add_text(out, " --help\" ;;\n");
    for (const struct command *command = commands; command->name; command++)
        if (!command->hidden)
            put_completion_command(out, command);
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
