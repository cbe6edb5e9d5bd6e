#include "ui/options.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

enum tk_code options_refuse(const struct option_set *set, const char *why, const char *word,
                            struct tk_error *error)
{
    char shown[80];

    text_display(shown, sizeof shown, word);
    return tk_fail(error, TK_USAGE, "%s %s. `%s --help` lists the options.", why, shown,
                   set->command);
}

/* Takes the option at argv[*at] and moves *at past it. */
static enum tk_code take_one(const struct option_set *set, void *values, char **argv, int *at,
                             struct tk_error *error)
{
    const char *word = argv[(*at)++], *equals = strchr(word, '=');
    size_t length = (equals ? (size_t)(equals - word) : strlen(word)) - 2;
    const char *value = equals ? equals + 1 : "";

    for (size_t i = 0; i < set->count; i++) {
        const struct option_definition *definition = &set->definitions[i];

        if (strlen(definition->name) != length || memcmp(definition->name, word + 2, length) != 0)
            continue;
        if (equals && !definition->argument)
            return options_refuse(set, "There is nothing to set in", word, error);
        if (definition->argument && !equals) {
            if (!argv[*at])
                return options_refuse(set, "A value is missing after", word, error);
            value = argv[(*at)++];
        }
        *(const char **)(void *)((char *)values + definition->place) = value;
        return set->taken ? set->taken(values, definition, value, error) : TK_OK;
    }
    return options_refuse(set, "There is no option", word, error);
}

enum tk_code options_take(const struct option_set *set, void *values, char **argv, int *at,
                          struct tk_error *error)
{
    enum tk_code code = TK_OK;

    while (!code && argv[*at] && argv[*at][0] == '-') {
        if (strcmp(argv[*at], "--") == 0) {
            ++*at;
            break;
        }
        if (strcmp(argv[*at], "-h") == 0) {
            char *help[] = {(char *)"--help", NULL};
            int first = 0;

            ++*at;
            code = take_one(set, values, help, &first, error);
            continue;
        }
        if (argv[*at][1] != '-')
            return options_refuse(set, "There is no option", argv[*at], error);
        code = take_one(set, values, argv, at, error);
    }
    return code;
}

void options_print(const struct option_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct option_definition *definition = &set->definitions[i];
        char left[32];

        snprintf(left, sizeof left, "--%s%s%s", definition->name, definition->argument ? " " : "",
                 definition->argument ? definition->argument : "");
        printf("  %-18s %s\n", left, definition->help);
    }
}
