/* The keys of a scanner told from those of a person. */
#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "tests/support/test.h"
#include "ui/kiosk/capture.h"
#include "ui/kiosk/terminal.h"

#define PASS "7K3QF9XW2MAB3DE12345"
#define START INT64_C(1800000000000000)

/* Types a text, a character each `gap` µs, from *now on; returns how many codes came, and what was
   said of each key in *said (a letter per key: n, p, c). */
static int type(struct capture *capture, const char *text, int64_t gap, int64_t *now, char *said)
{
    static const char letters[] = {'n', 'p', 'c'};
    int codes = 0;

    for (; *text; text++) {
        uint32_t key = *text == '\n' ? KEY_ENTER_ : *text == '\t' ? KEY_TAB_ : (uint32_t)*text;
        enum captured captured = capture_key(capture, key, *now);

        codes += captured == CAPTURED_CODE;
        if (said) {
            *said++ = letters[captured];
            *said = '\0';
        }
        *now += gap;
    }
    return codes;
}

static int type_at_door(const char *text, int64_t gap, char *code)
{
    struct capture capture = {.least = CAPTURE_LEAST_DOOR};
    int64_t now = START;
    int codes = type(&capture, text, gap, &now, NULL);

    now += CAPTURE_SILENCE + 1;
    codes += capture_silence(&capture, now) == CAPTURED_CODE;
    memcpy(code, capture.code, sizeof capture.code);
    return codes;
}

static void test_ends(void)
{
    char code[SCAN_TEXT_MAX];

    for (int64_t gap = 0; gap <= 45000; gap += 9000) {
        CU_ASSERT_EQUAL(type_at_door(PASS, gap, code), 1);
        CU_ASSERT_STRING_EQUAL(code, PASS);
        CU_ASSERT_EQUAL(type_at_door(PASS "\n", gap, code), 1);
        CU_ASSERT_EQUAL(type_at_door(PASS "\t", gap, code), 1);
        CU_ASSERT_STRING_EQUAL(code, PASS);
    }
    CU_ASSERT_EQUAL(type_at_door("7k3qf 9xw2m ab3de 12345\n", 1000, code), 1);
    CU_ASSERT_STRING_EQUAL(code, "7k3qf 9xw2m ab3de 12345");
}

static void test_bad_codes(void)
{
    char code[SCAN_TEXT_MAX], many[2000];

    CU_ASSERT_EQUAL(type_at_door("7K3QF9XW2MAB3DE123\n", 1000, code), 1); /* too short */
    CU_ASSERT_STRING_EQUAL(code, "7K3QF9XW2MAB3DE123");
    CU_ASSERT_EQUAL(type_at_door("7K3QF9XW2MAB3DE123", 1000, code), 1); /* ends by silence */
    CU_ASSERT_EQUAL(type_at_door("https://example.org/ticket?n=7K3QF9XW2MAB3DE12345\n", 1000, code),
                    1);
    CU_ASSERT_EQUAL(type_at_door("4006381333931400638133393\n", 1000, code), 1); /* 25 digits */
    CU_ASSERT_EQUAL(type_at_door("4006381333931\n", 1000, code), 1);
    memset(many, '%', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    CU_ASSERT_EQUAL(type_at_door(many, 500, code), 1);
    CU_ASSERT(strlen(code) < SCAN_TEXT_MAX);
}

static void test_next_one(void)
{
    struct capture capture = {.least = CAPTURE_LEAST_DOOR};
    int64_t now = START;

    /* a bad one, a moment, a good one; two good ones right behind each other */
    CU_ASSERT_EQUAL(type(&capture, "%%%%%%%%%%%%%%%\n", 1000, &now, NULL), 1);
    CU_ASSERT_EQUAL(type(&capture, PASS, 1000, &now, NULL), 1);
    CU_ASSERT_STRING_EQUAL(capture.code, PASS);
    CU_ASSERT_EQUAL(type(&capture, "\n" PASS "\n" PASS, 1000, &now, NULL), 2);
    CU_ASSERT_EQUAL(type(&capture, PASS PASS, 1000, &now, NULL), 2);
    now += CAPTURE_SILENCE + 1;
    CU_ASSERT_EQUAL(capture_silence(&capture, now), CAPTURED_NOTHING);
    CU_ASSERT_EQUAL(capture_wait_ms(&capture, now), -1);
}

static void test_typing(void)
{
    struct capture capture = {.least = CAPTURE_LEAST_DOOR};
    int64_t now = START;

    CU_ASSERT_EQUAL(type(&capture, PASS "\n", 90000, &now, NULL), 0);
    now += TIME_SECOND;
    CU_ASSERT_EQUAL(type(&capture, PASS "\n", 150000, &now, NULL), 0);
    /* a clock that goes back begins anew */
    now -= TIME_HOUR;
    CU_ASSERT_EQUAL(type(&capture, PASS, 1000, &now, NULL), 1);
    CU_ASSERT(capture_begins(&(struct capture){0}, START));
}

/* What was typed ahead comes as fast as a scan. */
static void test_writing(void)
{
    static const char *const texts[] = {
        "Christopher Andersson\n", "ANNAMARIAPETERSENSMITH\n", "+49 151 2345678 9012345\n",
        "Lives of Others 22 Nov 20\n", "jjjjjjjjjjjjjjjjjjjjjjjj\n",
    };
    struct capture capture = {0};
    int64_t now = START;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char said[64];

        CU_ASSERT_EQUAL(type(&capture, texts[i], 0, &now, said), 0);
        CU_ASSERT_EQUAL(strspn(said, "n"), strlen(texts[i]));
        now += TIME_SECOND;
    }
    CU_ASSERT_EQUAL(type(&capture, PASS "\n", 0, &now, NULL), 1);
}

static void test_said(void)
{
    struct capture capture = {.least = CAPTURE_LEAST_DOOR};
    int64_t now = START;
    char said[64];

    CU_ASSERT_EQUAL(type(&capture, PASS "\n", 1000, &now, said), 1);
    CU_ASSERT_STRING_EQUAL(said, "nnnnnppppppppppppppcp");
    now += TIME_SECOND;
    capture.least = CAPTURE_LEAST_COMMANDS;
    CU_ASSERT_EQUAL(type(&capture, "tjjnq\n", 0, &now, said), 0); /* commands typed ahead */
    CU_ASSERT_STRING_EQUAL(said, "nnnnnn");
}

/* --- the forms in which a pass is shown --- */

#define FORMS 3

/* Plain, with spaces, with dashes; every second one in lower case. */
static void print_form(char text[32], int form, const char *pass, bool lower)
{
    static const char parts[FORMS] = {'\0', ' ', '-'};

    for (int i = 0; i < PASS_LENGTH; i++) {
        if (i && i % 5 == 0 && parts[form])
            *text++ = parts[form];
        *text++ = lower && pass[i] >= 'A' ? (char)(pass[i] + 32) : pass[i];
    }
    *text = '\0';
}

/* Types it as `least` has it, with nothing behind it, Enter or Tab; whether that is one code, it. */
static bool is_one_code(const char *text, int least, int64_t gap, const char *behind)
{
    struct capture capture = {.least = least};
    int64_t now = START;
    int codes = type(&capture, text, gap, &now, NULL) + type(&capture, behind, gap, &now, NULL);

    now += CAPTURE_SILENCE + 1;
    codes += capture_silence(&capture, now) == CAPTURED_CODE;
    return codes == 1 && strcmp(capture.code, text) == 0;
}

static void test_forms(void)
{
    static const int leasts[] = {CAPTURE_LEAST_DOOR, CAPTURE_LEAST_COMMANDS, 0};
    static const char *const behind[] = {"", "\n", "\t"};
    enum { PASSES = 2000 };
    uint64_t random = test_seed();
    int wrong[FORMS] = {0};

    for (int i = 0; i < PASSES; i++) {
        int64_t gap = (int64_t)test_random_below(&random, 30000);
        char pass[PASS_SIZE], text[32];

        base32_print(pass, test_random(&random), 10);
        base32_print(pass + 10, test_random(&random), 10);
        for (int at = 0; at < 8; at++) /* enough different ones where letters are commands */
            pass[at] = "7K3QF9XW"[at];
        for (int form = 0; form < FORMS; form++)
            for (int way = 0; way < 3; way++) {
                if (form == 1 && !leasts[way])
                    continue; /* text with spaces is text */
                print_form(text, form, pass, i % 2);
                wrong[form] += !is_one_code(text, leasts[way], gap, behind[i % 3]);
            }
    }
    for (int form = 0; form < FORMS; form++)
        CU_ASSERT_EQUAL(wrong[form], 0);
}

/* 6 at all the places of dashes, from an AZERTY keyboard: its 20 characters are all of it. */
static void test_azerty_dashes(void)
{
    static const char *const behind[] = {"", "\n", "\t"};
    const char *text = "&_\"'(-QBCDE-&TV_(-FG";

    for (int i = 0; i < 3; i++) {
        CU_ASSERT(is_one_code(text, CAPTURE_LEAST_DOOR, 1000, behind[i]));
        CU_ASSERT(is_one_code(text, CAPTURE_LEAST_COMMANDS, 1000, behind[i]));
        CU_ASSERT(is_one_code(text, 0, 1000, behind[i]));
    }
}

/* Dashed ones right behind each other, and one behind a text of dashes. */
static void test_dashed_rows(void)
{
    struct capture capture = {.least = CAPTURE_LEAST_DOOR};
    const char *dashed = "7K3QF-9XW2M-AB3DE-12345";
    int64_t now = START;

    CU_ASSERT_EQUAL(type(&capture, dashed, 1000, &now, NULL), 1);
    CU_ASSERT_EQUAL(type(&capture, dashed, 1000, &now, NULL), 1);
    CU_ASSERT_STRING_EQUAL(capture.code, dashed);
    now += TIME_SECOND;
    CU_ASSERT_EQUAL(type(&capture, "-----------------------\n", 1000, &now, NULL), 1);
    CU_ASSERT_EQUAL(type(&capture, dashed, 1000, &now, NULL), 1);
    CU_ASSERT_STRING_EQUAL(capture.code, dashed);
    now += TIME_SECOND;
    CU_ASSERT_EQUAL(type(&capture, "7K3QF-9XW2M-AB3DE-12", 1000, &now, NULL), 0); /* cut short */
    now += CAPTURE_SILENCE + 1;
    CU_ASSERT_EQUAL(capture_silence(&capture, now), CAPTURED_CODE);
}

SUITE(capture, {"a burst ends by its length, Enter, Tab or silence", test_ends},
      {"what is no pass is one code, whatever its length", test_bad_codes},
      {"a bad code never blocks the next", test_next_one},
      {"typing is no burst", test_typing},
      {"texts typed ahead are no scans, a pass is", test_writing},
      {"each key is told what it belongs to", test_said},
      {"a pass is one code, plain, with spaces and with dashes", test_forms},
      {"a 6 of AZERTY at the places of dashes is none", test_azerty_dashes},
      {"dashed passes one behind another", test_dashed_rows})
