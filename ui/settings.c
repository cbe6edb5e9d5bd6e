#include "ui/settings.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "core/text.h"
#include "core/time.h"

enum setting_type { SETTING_INT, SETTING_BOOL, SETTING_TEXT, SETTING_CHOICE };

static const struct setting_definition {
    const char *name, *section, *key, *standard, *help;
    enum setting_type type;
    int64_t least, greatest;
} definitions[SETTING_COUNT] = {
#define X(name, section, key, type, standard, least, greatest, help) \
    {section "." key, section, key, standard, help, SETTING_##type, least, greatest},
    SETTINGS_TABLE(X)
#undef X
};

const char *setting_name(enum setting setting)
{
    return definitions[setting].name;
}

const char *setting_section(enum setting setting)
{
    return definitions[setting].section;
}

const char *setting_key(enum setting setting)
{
    return definitions[setting].key;
}

const char *setting_help(enum setting setting)
{
    return definitions[setting].help;
}

const char *setting_default(enum setting setting)
{
    return definitions[setting].standard;
}

const char *settings_text(const struct settings *settings, enum setting setting)
{
    return settings->values[setting].text;
}

int64_t settings_number(const struct settings *settings, enum setting setting)
{
    return settings->values[setting].number;
}

/* --- values --- */

static enum tk_code refuse_value(enum setting setting, const char *text, const char *origin,
                                 const char *wanted, struct tk_error *error)
{
    char shown[64];

    text_display(shown, sizeof shown, text);
    return tk_fail(error, TK_CONFIG, "%.280s: %s is %s, not “%s”.", origin,
                   definitions[setting].name, wanted, shown);
}

static enum tk_code set_int(struct setting_value *value, enum setting setting, const char *text,
                            const char *origin, struct tk_error *error)
{
    const struct setting_definition *definition = &definitions[setting];
    char wanted[80];
    int64_t number;

    if (!text_parse_int(text, &number) || number < definition->least ||
        number > definition->greatest) {
        snprintf(wanted, sizeof wanted, "a number from %lld to %lld", (long long)definition->least,
                 (long long)definition->greatest);
        return refuse_value(setting, text, origin, wanted, error);
    }
    value->number = number;
    snprintf(value->text, sizeof value->text, "%lld", (long long)number);
    return TK_OK;
}

static enum tk_code set_bool(struct setting_value *value, enum setting setting, const char *text,
                             const char *origin, struct tk_error *error)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return refuse_value(setting, text, origin, "yes or no", error);
    value->number = text[0] == 'y';
    text_copy(value->text, sizeof value->text, text);
    return TK_OK;
}

/* The choices stand at the end of the help: "…: dark|light". */
static enum tk_code set_choice(struct setting_value *value, enum setting setting, const char *text,
                               const char *origin, struct tk_error *error)
{
    const char *choices = strrchr(definitions[setting].help, ':') + 2, *at = choices;
    size_t length = strlen(text);
    char wanted[120];

    for (int64_t place = 0; *at; place++) {
        size_t size = strcspn(at, "|");

        if (size == length && memcmp(at, text, size) == 0) {
            value->number = place;
            text_copy(value->text, sizeof value->text, text);
            return TK_OK;
        }
        at += size + (at[size] == '|');
    }
    snprintf(wanted, sizeof wanted, "one of %s", choices);
    return refuse_value(setting, text, origin, wanted, error);
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

/* A path is kept as it is, byte for byte; other texts are shown to people, so they are cleaned. */
static enum tk_code set_text(struct setting_value *value, enum setting setting, const char *text,
                             const char *origin, struct tk_error *error)
{
    const struct setting_definition *definition = &definitions[setting];
    char cleaned[SETTING_TEXT_SIZE], wanted[80];
    bool good;

    if (setting == SETTING_store_file || setting == SETTING_central_address)
        good = text_copy(cleaned, sizeof cleaned, text) && !has_control(text);
    else
        good = text_clean(cleaned, sizeof cleaned, text) == TK_OK;
    if (!good || (int64_t)strlen(cleaned) < definition->least ||
        (int64_t)strlen(cleaned) > definition->greatest) {
        snprintf(wanted, sizeof wanted, "a text of %lld to %lld bytes",
                 (long long)definition->least, (long long)definition->greatest);
        return refuse_value(setting, text, origin, wanted, error);
    }
    if ((setting == SETTING_till_clerk || setting == SETTING_till_name) && cleaned[0] == '#')
        return refuse_value(setting, text, origin,
                            "a name that does not begin with “#”, as those of members of staff do",
                            error);
    text_copy(value->text, sizeof value->text, cleaned);
    return TK_OK;
}

enum tk_code settings_set(struct settings *settings, enum setting setting, const char *text,
                          const char *origin, struct tk_error *error)
{
    static enum tk_code (*const set[])(struct setting_value *, enum setting, const char *,
                                       const char *, struct tk_error *) = {
        [SETTING_INT] = set_int,
        [SETTING_BOOL] = set_bool,
        [SETTING_TEXT] = set_text,
        [SETTING_CHOICE] = set_choice,
    };
    struct setting_value value = {0};
    enum tk_code code = set[definitions[setting].type](&value, setting, text, origin, error);

    if (code)
        return code;
    text_copy(value.origin, sizeof value.origin, origin);
    settings->values[setting] = value;
    return TK_OK;
}

void settings_init(struct settings *settings)
{
    *settings = (struct settings){0};
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum tk_code code =
            settings_set(settings, (enum setting)i, definitions[i].standard, "default", NULL);

        assert(code == TK_OK);
        (void)code;
    }
}

/* --- the file --- */

struct settings_reader {
    FILE *file;
    const char *path;
    int line; /* the one that inih looks at */
    bool seen[SETTING_COUNT];
    struct settings *settings;
    enum tk_code code; /* the first failure; ends the reading */
    struct tk_error *error;
};

/* "FILE:LINE", keeping the end of a long path. */
static void print_place(char *text, size_t size, const struct settings_reader *reader)
{
    char path[256];
    size_t length = strlen(reader->path), kept = sizeof path / 2;

    text_display(path, sizeof path, reader->path + (length > kept ? length - kept : 0));
    snprintf(text, size, "%s%s:%d", length > kept ? "…" : "", path, reader->line);
}

__attribute__((format(printf, 2, 3))) static void fail_here(struct settings_reader *reader,
                                                            const char *format, ...)
{
    char place[SETTING_TEXT_SIZE], sentence[256];
    va_list args;

    if (reader->code)
        return;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    print_place(place, sizeof place, reader);
    reader->code = tk_fail(reader->error, TK_CONFIG, "%s: %s", place, sentence);
}

/* Gives inih one line, without the blanks before it, so that an indented key is a key and not more
   of the value above. NULL ends the reading. */
static char *read_line(char *line, int size, void *context)
{
    struct settings_reader *reader = context;
    int used = 0, c = 0;

    if (reader->code)
        return NULL;
    reader->line++;
    while (c != '\n' && (c = getc(reader->file)) != EOF) {
        if (c == '\0')
            fail_here(reader, "This is not a text file.");
        else if (used + 1 >= size)
            fail_here(reader,
                      "This line is longer than %d bytes. Give a long path with --db or in the "
                      "environment.",
                      size - 2);
        if (reader->code)
            return NULL;
        if (used || (c != ' ' && c != '\t'))
            line[used++] = (char)c;
    }
    if (ferror(reader->file))
        reader->code =
            tk_fail(reader->error, TK_NO_INPUT, "The settings file %.300s cannot be read: %s.",
                    reader->path, strerror(errno));
    line[used] = '\0';
    return reader->code || (c == EOF && !used) ? NULL : line;
}

static enum setting find_setting(const char *section, const char *key, bool *section_known)
{
    *section_known = false;
    for (int i = 0; i < SETTING_COUNT; i++) {
        bool same = strcmp(definitions[i].section, section) == 0;

        *section_known |= same;
        if (same && strcmp(definitions[i].key, key) == 0)
            return (enum setting)i;
    }
    return SETTING_COUNT;
}

static int take_value(void *context, const char *section, const char *key, const char *value)
{
    struct settings_reader *reader = context;
    char place[SETTING_TEXT_SIZE], shown[64];
    bool section_known;
    enum setting setting = find_setting(section, key, &section_known);

    if (reader->code)
        return 0;
    print_place(place, sizeof place, reader);
    text_display(shown, sizeof shown, section_known ? key : section);
    if (!section[0])
        fail_here(reader, "This setting stands before the first [section].");
    else if (!section_known)
        fail_here(reader, "There is no section [%s].", shown);
    else if (setting == SETTING_COUNT)
        fail_here(reader, "There is no setting “%s” in [%s].", shown, section);
    else if (reader->seen[setting])
        fail_here(reader, "%s is set a second time.", definitions[setting].name);
    else {
        reader->seen[setting] = true;
        reader->code = settings_set(reader->settings, setting, value, place, reader->error);
    }
    return reader->code == TK_OK;
}

enum tk_code settings_read(struct settings *settings, const char *path, struct tk_error *error)
{
    struct settings read = *settings;
    struct settings_reader reader = {.path = path, .settings = &read, .error = error};
    int bad_line;

    reader.file = fopen(path, "re");
    if (!reader.file)
        return tk_fail(error, TK_NO_INPUT, "The settings file %.300s cannot be read: %s.", path,
                       strerror(errno));
    bad_line = ini_parse_stream(read_line, &reader, take_value, &reader);
    fclose(reader.file);
    /* a line that inih cannot make sense of; ours are those that take_value refused */
    if (bad_line > 0 && (!reader.code || bad_line < reader.line)) {
        reader.code = TK_OK;
        reader.line = bad_line;
        fail_here(&reader, "This line is neither [section] nor key = value.");
    } else if (bad_line < 0 && !reader.code) {
        reader.code = tk_fail_code(error, TK_NO_MEMORY);
    }
    if (!reader.code)
        *settings = read;
    return reader.code;
}

/* --- environment and paths --- */

enum tk_code settings_read_environment(struct settings *settings, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < SETTING_COUNT; i++) {
        char name[64];
        const char *value;

        snprintf(name, sizeof name, "TICKETLY_%s_%s", definitions[i].section, definitions[i].key);
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        value = getenv(name);
        if (value)
            code = settings_set(settings, (enum setting)i, value, "environment", error);
    }
    return code;
}

struct plan_rules settings_rules(const struct settings *settings)
{
    return (struct plan_rules){
        .expire_after = settings_number(settings, SETTING_upkeep_expire_after) * TIME_HOUR,
        .close_at_start = settings_number(settings, SETTING_sales_close_at) == 0,
        .close_after = settings_number(settings, SETTING_sales_close_after) * TIME_MINUTE,
        .admit_before = settings_number(settings, SETTING_door_opens_before) * TIME_MINUTE,
    };
}

struct allotment_rule settings_allotments(const struct settings *settings)
{
    return (struct allotment_rule){
        .ahead = settings_number(settings, SETTING_allotment_hours) * TIME_HOUR,
        .share_percent = settings_number(settings, SETTING_allotment_share_percent),
        .busy_times = settings_number(settings, SETTING_allotment_busy_times),
    };
}

/* The specification says that a relative path in these variables is to be ignored. */
static bool default_path(char *path, size_t size, const char *variable, const char *below_home,
                         const char *file)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    int length;

    if (base && base[0] == '/')
        length = snprintf(path, size, "%s/ticketly/%s", base, file);
    else if (home && home[0] == '/')
        length = snprintf(path, size, "%s/%s/ticketly/%s", home, below_home, file);
    else
        return false;
    return length > 0 && (size_t)length < size;
}

bool settings_default_file(char *path, size_t size)
{
    return default_path(path, size, "XDG_CONFIG_HOME", ".config", "ticketly.ini");
}

bool settings_default_state(char *path, size_t size, const char *file)
{
    return default_path(path, size, "XDG_STATE_HOME", ".local/state", file);
}

bool settings_default_data(char *path, size_t size, const char *file)
{
    return default_path(path, size, "XDG_DATA_HOME", ".local/share", file);
}

bool settings_default_store(char *path, size_t size)
{
    return settings_default_data(path, size, "box-office.db");
}
