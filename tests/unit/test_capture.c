/* The keys of a scanner told from those of a person. */
#include <string.h>

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

SUITE(capture, {"a burst ends by its length, Enter, Tab or silence", test_ends},
      {"what is no pass is one code, whatever its length", test_bad_codes},
      {"a bad code never blocks the next", test_next_one},
      {"typing is no burst", test_typing},
      {"texts typed ahead are no scans, a pass is", test_writing},
      {"each key is told what it belongs to", test_said})
