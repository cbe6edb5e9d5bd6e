#include "tests/support/fixture.h"
#include "tests/support/test.h"

#include <string.h>

#include "ui/import.h"

#define HEAD "slotName,startTime,endTime,slotType,genre\n"
#define GOOD "Roma,today 19:45,today 22:00,Movie,Drama\n"

static char path[200];

static void write_bytes(struct fixture *fixture, const char *bytes, size_t size)
{
    FILE *file;

    snprintf(path, sizeof path, "%s/programme.csv", fixture->folder);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static enum tk_code import_text(struct fixture *fixture, const char *text,
                                struct import_result *result, struct tk_error *error)
{
    write_bytes(fixture, text, strlen(text));
    return import_programme(&fixture->office, path, false, NULL, NULL, result, error);
}

static size_t count_slots(struct fixture *fixture, struct slot *first)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(office_slots(&fixture->office, &query, &list, NULL), TK_OK);
    count = list.count;
    if (first && count)
        *first = list.items[0];
    slot_list_release(&list);
    return count;
}

/* Refused with a sentence that has `where` (after the file's name) and `part`; nothing is there. */
static void check_bytes_refused(const char *bytes, size_t size, const char *where, const char *part)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};

    fixture_init(&fixture);
    write_bytes(&fixture, bytes, size);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, path, false, NULL, NULL, &result, &error),
                    TK_BAD_DATA);
    if (!strstr(error.message, where) || !strstr(error.message, part)) {
        printf("\n    wanted %s %s: %s\n", where, part, error.message);
        CU_FAIL("the sentence names the wrong place or thing");
    }
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), 0);
    fixture_release(&fixture);
}

static void check_refused(const char *text, const char *where, const char *part)
{
    check_bytes_refused(text, strlen(text), where, part);
}

static void test_forms(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};
    struct slot slot = {0};

    fixture_init(&fixture);
    CU_ASSERT_EQUAL(
        import_text(&fixture,
                    "\xEF\xBB\xBF\"screen\",capacity,genre,slotType,endTime,startTime,"
                    "slotDescription,slotName\r\n"
                    "\r\n"
                    "Screen 2,,historical fiction,CONCERT,2026-11-22T22:00:00Z,"
                    "today 19:45,\"one, \"\"two\"\"\r\nthree\",  Stop  Making\tSense \r\n"
                    ",7,Drama,Movie,today+3 22:00,today+3 19:45,,Roma",
                    &result, &error),
        TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_EQUAL(result.added, 2);
    CU_ASSERT_EQUAL_FATAL(count_slots(&fixture, &slot), 2);
    CU_ASSERT_STRING_EQUAL(slot.name, "Stop Making Sense");
    CU_ASSERT_STRING_EQUAL(slot.description, "one, \"two\" three");
    CU_ASSERT_STRING_EQUAL(slot.screen, "Screen 2");
    CU_ASSERT_EQUAL(slot.capacity, 20);
    CU_ASSERT_EQUAL(slot.type, SLOT_CONCERT);
    CU_ASSERT_EQUAL(slot.genre, GENRE_HISTORICAL_FICTION);
    CU_ASSERT_EQUAL(slot.starts_at, FIXTURE_NOW + 105 * TIME_MINUTE);
    CU_ASSERT_EQUAL(fixture_verify(&fixture), 0);
    fixture_release(&fixture);
}

static void test_rows_refused(void)
{
    static char wide[20000];

    check_refused(HEAD GOOD ",today 19:45,today 22:00,Movie,Drama\n", "csv:3, column slotName",
                  "name");
    check_refused(HEAD GOOD GOOD "Roma,30.2.,today 22:00,Movie,Drama\n", "csv:4, column startTime",
                  "30.2.");
    check_refused(HEAD "Roma,2026-02-30 19:00,today 22:00,Movie,Drama\n", "csv:2, column startTime",
                  "2026-02-30");
    check_refused(HEAD "Roma,today 19:45,today 19:45,Movie,Drama\n", "csv:2, column endTime",
                  "after the start");
    check_refused(HEAD "Roma,today 19:45,today+9 19:45,Movie,Drama\n", "csv:2, column endTime",
                  "7 days");
    check_refused(HEAD "Roma,today 19:45,today 22:00,Film,Drama\n", "csv:2, column slotType",
                  "Documentary");
    check_refused(HEAD "Roma,today 19:45,today 22:00,Movie,Noir\n", "csv:2, column genre",
                  "Magical Realism");
    check_refused(HEAD "\"a\nb\",today 19:45,today 22:00,Movie,Noir\n", "csv:3, column genre",
                  "Drama");
    check_refused(HEAD "Ro\xFFma,today 19:45,today 22:00,Movie,Drama\n", "csv:2, column slotName",
                  "UTF-8");
    check_refused("capacity," HEAD "0," GOOD, "csv:2, column capacity", "100000");
    check_refused("capacity," HEAD "1000000000," GOOD, "csv:2, column capacity", "100000");
    check_refused("capacity," HEAD "x," GOOD, "csv:2, column capacity", "100000");
    snprintf(wide, sizeof wide, "slotDescription," HEAD "%01001d," GOOD, 1);
    check_refused(wide, "csv:2, column slotDescription", "1000 bytes");
    snprintf(wide, sizeof wide, "screen," HEAD "%041d," GOOD, 1);
    check_refused(wide, "csv:2, column screen", "40 bytes");
}

static void test_files_refused(void)
{
    static char wide[40000];

    check_refused("", "csv:1", "empty");
    check_refused("slotName,startTime,endTime,slotType\n", "csv:1", "genre is missing");
    check_refused("slotName,slotName,startTime,endTime,slotType,genre\n", "csv:1", "twice");
    check_refused("price," HEAD, "csv:1", "price");
    check_refused(HEAD GOOD "Roma,today 19:45,today 22:00,Movie\n", "csv:3", "4 fields");
    check_refused(HEAD GOOD "Roma,today 19:45,today 22:00,Movie,Drama,\n", "csv:3", "6 fields");
    check_refused(HEAD GOOD "\"Roma,today 19:45\n\n", "csv:3", "never closed");
    check_refused(HEAD "\"Roma\"x,today 19:45,today 22:00,Movie,Drama\n", "csv:2",
                  "after a closing quote");
    check_refused(HEAD "5\" gun,today 19:45,today 22:00,Movie,Drama\n", "csv:2",
                  "quote inside a field");
    check_bytes_refused(HEAD GOOD "Ro\0ma", sizeof HEAD GOOD "Ro\0ma" - 1, "csv:3", "NUL");
    snprintf(wide, sizeof wide, HEAD "%017000d,", 1);
    check_refused(wide, "csv:2", "16384");
}

static void check_read(const char *text, size_t rows, const char *name)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};
    struct slot slot = {0};

    fixture_init(&fixture);
    CU_ASSERT_EQUAL(import_text(&fixture, text, &result, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_EQUAL(result.added, rows);
    CU_ASSERT_EQUAL(count_slots(&fixture, &slot), rows);
    CU_ASSERT_STRING_EQUAL(slot.name, name);
    fixture_release(&fixture);
}

static void test_separators(void)
{
    check_read("\xEF\xBB\xBFslotName;startTime;endTime;slotType;genre\r\n"
               "Roma, again;today 19:45;today 22:00;Movie;Drama\r\n"
               "\"Heat; too\";today 20:45;today 22:00;Movie;Crime\r\n",
               2, "Roma, again");
    check_read("\nslotName\tstartTime\tendTime\tslotType\tgenre\n"
               "Roma; again, and\ttoday 19:45\ttoday 22:00\tMovie\tDrama\n",
               1, "Roma; again, and");
    check_read("slotName,startTime,endTime,slotType,genre\n"
               "Roma; again,today 19:45,today 22:00,Movie,Drama\n",
               1, "Roma; again");
    check_refused("slotName;price;startTime;endTime;slotType;genre\n", "csv:1", "“price”");
    check_refused("slotName;startTime,endTime;slotType;genre\n", "csv:1",
                  "slotName, startTime, endTime, slotType, genre");
}

static void test_encodings(void)
{
    static const char little[] = "\xFF\xFEs\0l\0", big[] = "\xFE\xFF\0s\0l", bare[] = "s\0l\0";

    check_bytes_refused(little, sizeof little - 1, "csv:1", "save it as UTF-8");
    check_bytes_refused(big, sizeof big - 1, "csv:1", "save it as UTF-8");
    check_bytes_refused(bare, sizeof bare - 1, "csv:1", "ave it as UTF-8");
    check_refused(HEAD GOOD "Am\xE9lie,today 19:45,today 22:00,Movie,Drama\n",
                  "csv:3, column slotName", "save the file as UTF-8");
    check_refused("slotNam\xE9,startTime,endTime,slotType,genre\n", "csv:1",
                  "save the file as UTF-8");
}

static void test_missing(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};

    fixture_init(&fixture);
    CU_ASSERT_EQUAL(
        import_programme(&fixture.office, "/nonexistent.csv", false, NULL, NULL, &result, &error),
        TK_NO_INPUT);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, "/tmp", false, NULL, NULL, &result, &error),
                    TK_NO_INPUT);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, "-", false, NULL, NULL, &result, &error),
                    TK_NO_INPUT);
    fixture_release(&fixture);
}

static void test_again(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};

    fixture_init(&fixture);
    CU_ASSERT_EQUAL(import_text(&fixture, HEAD GOOD GOOD, &result, &error), TK_OK);
    CU_ASSERT_TRUE(result.added == 2 && result.known == 0);
    CU_ASSERT_EQUAL(import_text(&fixture, HEAD GOOD GOOD, &result, &error), TK_OK);
    CU_ASSERT_TRUE(result.added == 0 && result.known == 2);
    /* quotes and the order of rows do not matter, one more of the same is one more */
    fixture.now += TIME_HOUR;
    CU_ASSERT_EQUAL(import_text(&fixture,
                                HEAD "Heat,today 20:00,today 23:00,Movie,Crime\n"
                                     "\"Roma\",today 19:45,today 22:00,movie,DRAMA\n" GOOD GOOD,
                                &result, &error),
                    TK_OK);
    CU_ASSERT_TRUE(result.added == 2 && result.known == 2);
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), 4);
    fixture_release(&fixture);
}

static void test_dry_run(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};

    fixture_init(&fixture);
    write_bytes(&fixture, HEAD GOOD, sizeof HEAD GOOD - 1);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, path, true, NULL, NULL, &result, &error),
                    TK_OK);
    CU_ASSERT_EQUAL(result.added, 1);
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), 0);
    CU_ASSERT_EQUAL(import_text(&fixture, HEAD GOOD, &result, &error), TK_OK);
    write_bytes(&fixture, HEAD GOOD GOOD GOOD, sizeof HEAD GOOD GOOD GOOD - 1);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, path, true, NULL, NULL, &result, &error),
                    TK_OK);
    CU_ASSERT_TRUE(result.added == 2 && result.known == 1);
    write_bytes(&fixture, HEAD, sizeof HEAD - 1);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, path, true, NULL, NULL, &result, &error),
                    TK_OK);
    CU_ASSERT_TRUE(result.added == 0 && result.known == 0);
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), 1);
    CU_ASSERT_EQUAL(fixture_verify(&fixture), 0);
    fixture_release(&fixture);
}

/* Spoils the file when the first pass has seen it, in a row beyond what is read by then. */
static void spoil(void *context, size_t checked, size_t applied)
{
    int *calls = context;
    FILE *file;

    (void)checked;
    if (applied == 0 && ++*calls == 2) {
        file = fopen(path, "r+");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fseek(file, (long)(sizeof HEAD - 1 + 1500 * (sizeof GOOD - 1) - 3), SEEK_SET);
        fputc('x', file);
        fclose(file);
    }
}

static void test_changing_file(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};
    int calls = 0;
    FILE *file;

    fixture_init(&fixture);
    write_bytes(&fixture, HEAD, sizeof HEAD - 1);
    file = fopen(path, "a");
    for (int i = 0; file && i < 2500; i++)
        fputs(GOOD, file);
    fclose(file);
    CU_ASSERT_EQUAL(import_programme(&fixture.office, path, false, spoil, &calls, &result, &error),
                    TK_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "csv:1501, column genre"));
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), 0);
    CU_ASSERT_EQUAL(result.added, 0);
    CU_ASSERT_EQUAL(fixture_verify(&fixture), 0);
    fixture_release(&fixture);
}

static void test_sample(void)
{
    struct fixture fixture;
    struct import_result result = {0};
    struct tk_error error = {0};
    char sample[4096];

    fixture_init(&fixture);
    CU_ASSERT_TRUE_FATAL(import_find_sample(sample, sizeof sample));
    CU_ASSERT_EQUAL(import_programme(&fixture.office, sample, false, NULL, NULL, &result, &error),
                    TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_TRUE(result.added >= 300);
    CU_ASSERT_EQUAL(count_slots(&fixture, NULL), result.added);
    fixture_release(&fixture);
}

SUITE(import, {"columns in any order, BOM, CRLF, quotes and blank lines are read", test_forms},
      {"a wrong cell is named by line and column", test_rows_refused},
      {"a wrong file is named by line", test_files_refused},
      {"semicolons and tabs separate when the header has them", test_separators},
      {"what is not UTF-8 is to be saved so", test_encodings},
      {"what is no file is refused", test_missing}, {"rows imported before are known", test_again},
      {"a dry run changes nothing", test_dry_run},
      {"a file that changes meanwhile is imported wholly or not at all", test_changing_file},
      {"the sample programme is whole", test_sample})
