#include "tests/support/test.h"

#include <string.h>

#include "core/time.h"
#include "ui/ports.h"
#include "ui/settings.h"

static char path[200];

/* Writes bytes to a fresh settings file and reads it. */
static enum tk_code read_bytes(struct settings *settings, const char *bytes, size_t size,
                               struct tk_error *error)
{
    char folder[128];
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/ticketly.ini", folder);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    fclose(file);
    settings_init(settings);
    return settings_read(settings, path, error);
}

static enum tk_code read_text(struct settings *settings, const char *text, struct tk_error *error)
{
    return read_bytes(settings, text, strlen(text), error);
}

/* The text is refused with a sentence that has FILE:LINE and `part`, and nothing was changed. */
static void check_refused(const char *text, int line, const char *part)
{
    struct settings settings, before;
    struct tk_error error = {0};
    char place[256];

    settings_init(&before);
    CU_ASSERT_EQUAL(read_text(&settings, text, &error), TK_CONFIG);
    snprintf(place, sizeof place, "%s:%d: ", path, line);
    if (strncmp(error.message, place, strlen(place)) != 0 || !strstr(error.message, part)) {
        printf("\n    %s\n", error.message);
        CU_FAIL("the sentence names the wrong place or thing");
    }
    CU_ASSERT_EQUAL(memcmp(&settings, &before, sizeof settings), 0);
}

static void test_defaults(void)
{
    struct settings settings;
    struct plan_rules rules;

    settings_init(&settings);
    for (int i = 0; i < SETTING_COUNT; i++) {
        CU_ASSERT_STRING_EQUAL(settings_text(&settings, (enum setting)i),
                               setting_default((enum setting)i));
        CU_ASSERT_STRING_EQUAL(settings.values[i].origin, "default");
    }
    CU_ASSERT_EQUAL(settings_number(&settings, SETTING_counter_mouse), 1);
    CU_ASSERT_EQUAL(settings_number(&settings, SETTING_sales_close_at), 1);
    rules = settings_rules(&settings);
    CU_ASSERT_EQUAL(rules.expire_after, 8 * TIME_HOUR);
    CU_ASSERT_FALSE(rules.close_at_start);
}

static void test_file(void)
{
    struct settings settings;
    struct tk_error error = {0};
    char origin[256];
    struct plan_rules rules;

    CU_ASSERT_EQUAL(read_text(&settings,
                              "\xEF\xBB\xBF# ours\r\n"
                              "[venue]\r\n"
                              "  name = Kino  Süd\r\n"
                              "\tzone: Europe/Berlin\r\n"
                              "[sales]\n\n"
                              "close_at = start\n"
                              "close_after_minutes=-30\n"
                              "[counter]\nascii = yes",
                              &error),
                    TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_STRING_EQUAL(settings_text(&settings, SETTING_venue_name), "Kino Süd");
    CU_ASSERT_STRING_EQUAL(settings_text(&settings, SETTING_venue_zone), "Europe/Berlin");
    CU_ASSERT_EQUAL(settings_number(&settings, SETTING_counter_ascii), 1);
    snprintf(origin, sizeof origin, "%s:8", path);
    CU_ASSERT_STRING_EQUAL(settings.values[SETTING_sales_close_after].origin, origin);
    rules = settings_rules(&settings);
    CU_ASSERT_TRUE(rules.close_at_start);
    CU_ASSERT_EQUAL(rules.close_after, -30 * TIME_MINUTE);
}

static void test_refusals(void)
{
    char longest[700];

    check_refused("[venue]\nnome = X\n", 2, "nome");
    check_refused("\n\n[vanue]\nname = X\n", 4, "[vanue]");
    check_refused("name = X\n", 1, "section");
    check_refused("[till]\nname = A\nclerk = C\nname = B\n", 4, "till.name");
    check_refused("[till]\nname = A\n[venue]\nname = B\n[till]\nname = C\n", 6, "till.name");
    check_refused("[till]\nname =\n", 2, "till.name");
    check_refused("[till]\nname = A\nnonsense\nclerk = B\n", 3, "key = value");
    check_refused("[till\nname = A\n", 1, "key = value");
    check_refused("[upkeep]\nevery_seconds = 0\n", 2, "1 to 86400");
    check_refused("[upkeep]\nevery_seconds = 99999999999999999999\n", 2, "1 to 86400");
    check_refused("[upkeep]\nevery_seconds = 5s\n", 2, "5s");
    check_refused("[counter]\ntheme = pink\n", 2, "dark|light|contrast|mono");
    check_refused("[counter]\ntheme = dark|light\n", 2, "theme");
    check_refused("[counter]\nascii = true\n", 2, "yes or no");
    check_refused("[venue]\nname = \xFF\xFE\n", 2, "venue.name");
    snprintf(longest, sizeof longest, "[venue]\n\nname = %0600d\n", 1);
    check_refused(longest, 3, "longer than");
    snprintf(longest, sizeof longest, "# %0600d\n", 1);
    check_refused(longest, 1, "longer than");
}

static void test_unreadable(void)
{
    struct settings settings;
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(read_bytes(&settings, "[till]\n\0name = A\n", 17, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, ":2: This is not a text file."));
    CU_ASSERT_EQUAL(settings_read(&settings, "/nonexistent/x.ini", &error), TK_NO_INPUT);
    CU_ASSERT_EQUAL(settings_read(&settings, "/tmp", &error), TK_NO_INPUT);
}

static void test_environment(void)
{
    struct settings settings;
    struct tk_error error = {0};

    settings_init(&settings);
    setenv("TICKETLY_TILL_NAME", "Foyer", 1);
    setenv("TICKETLY_SOMETHING_ELSE", "x", 1);
    CU_ASSERT_EQUAL(settings_read_environment(&settings, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(settings_text(&settings, SETTING_till_name), "Foyer");
    CU_ASSERT_STRING_EQUAL(settings.values[SETTING_till_name].origin, "environment");
    CU_ASSERT_STRING_EQUAL(settings.values[SETTING_venue_name].origin, "default");
    setenv("TICKETLY_STORE_WAIT_SECONDS", "never", 1);
    CU_ASSERT_EQUAL(settings_read_environment(&settings, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "environment: store.wait_seconds"));
    unsetenv("TICKETLY_TILL_NAME");
    unsetenv("TICKETLY_SOMETHING_ELSE");
    unsetenv("TICKETLY_STORE_WAIT_SECONDS");
}

/* Sets or unsets, giving back what was there. */
static char *swap_variable(const char *name, const char *value)
{
    char *before = getenv(name) ? strdup(getenv(name)) : NULL;

    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
    return before;
}

static void test_paths(void)
{
    char *config = swap_variable("XDG_CONFIG_HOME", "/c"), *home = swap_variable("HOME", "/h");
    char *data = swap_variable("XDG_DATA_HOME", "relative"), text[64], tiny[8];

    CU_ASSERT_TRUE(settings_default_file(text, sizeof text));
    CU_ASSERT_STRING_EQUAL(text, "/c/ticketly/ticketly.ini");
    CU_ASSERT_TRUE(settings_default_store(text, sizeof text));
    CU_ASSERT_STRING_EQUAL(text, "/h/.local/share/ticketly/box-office.db");
    CU_ASSERT_FALSE(settings_default_store(tiny, sizeof tiny));
    free(swap_variable("HOME", NULL));
    CU_ASSERT_FALSE(settings_default_store(text, sizeof text));
    free(swap_variable("XDG_CONFIG_HOME", config));
    free(swap_variable("XDG_DATA_HOME", data));
    free(swap_variable("HOME", home));
    free(config);
    free(data);
    free(home);
}

static void test_zones(void)
{
    static const char *const refused[] = {"Europe/Nowhere",
                                          "../zoneinfo/Europe/Berlin",
                                          "/usr/share/zoneinfo/Europe/Berlin",
                                          "Europe",
                                          "tzdata.zi",
                                          "\x1B[31m"};
    char *before = swap_variable("TZ", NULL), *folder;
    struct office_ports ports;
    struct tk_error error = {0};

    CU_ASSERT_EQUAL_FATAL(ports_init(&ports, "Europe/Berlin", &error), TK_OK);
    CU_ASSERT_EQUAL(ports.zone.offset_at(ports.zone.context, 1795370400), 3600);
    CU_ASSERT_EQUAL(ports.zone.offset_at(ports.zone.context, 1782000000), 7200);
    CU_ASSERT_TRUE(ports.now(ports.context) > INT64_C(1700000000000000));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CU_ASSERT_EQUAL(ports_init(&ports, refused[i], &error), TK_CONFIG);
        CU_ASSERT_PTR_NULL(strchr(error.message, '\x1B'));
    }
    folder = swap_variable("TZDIR", "/nonexistent");
    CU_ASSERT_EQUAL(ports_init(&ports, "Europe/Berlin", &error), TK_CONFIG);
    CU_ASSERT_EQUAL(ports_init(&ports, "UTC", &error), TK_OK);
    CU_ASSERT_EQUAL(ports.zone.offset_at(ports.zone.context, 1782000000), 0);
    free(swap_variable("TZDIR", folder));
    free(swap_variable("TZ", before));
    tzset();
    free(folder);
    free(before);
}

SUITE(settings, {"without a file all stands as in the table", test_defaults},
      {"a file sets values and tells the line of each", test_file},
      {"what is wrong in a file is named by line", test_refusals},
      {"binary, missing and unreadable files are refused", test_unreadable},
      {"the environment sets values, others' variables are left alone", test_environment},
      {"default paths follow XDG", test_paths}, {"zones are those of the tz database", test_zones})
