/* Codes as scanners type them on keyboards of three kinds. */
#include "core/scan.h"

#include "core/id.h"
#include "tests/support/test.h"

/* What keys of a US keyboard send under another layout: lower case, then with shift. */
struct board {
    const char *lower[128], *upper[128];
};

static void set_key(struct board *board, char key, const char *lower, const char *upper)
{
    board->lower[(unsigned char)key] = lower;
    board->upper[(unsigned char)key] = upper;
}

static void make_board(struct board *board, enum scan_layout layout)
{
    static const char *const letters[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                          "j", "k", "l", "m", "n", "o", "p", "q", "r",
                                          "s", "t", "u", "v", "w", "x", "y", "z"};
    static const char *const capitals[] = {"A", "B", "C", "D", "E", "F", "G", "H", "I",
                                           "J", "K", "L", "M", "N", "O", "P", "Q", "R",
                                           "S", "T", "U", "V", "W", "X", "Y", "Z"};
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    static const char *const french[] = {"à", "&", "é", "\"", "'", "(", "-", "è", "_", "ç"};

    *board = (struct board){0};
    for (int i = 0; i < 26; i++)
        set_key(board, (char)('A' + i), letters[i], capitals[i]);
    for (int i = 0; i < 10; i++)
        set_key(board, (char)('0' + i), layout == SCAN_AZERTY ? french[i] : digits[i], digits[i]);
    if (layout == SCAN_QWERTZ) {
        set_key(board, 'Y', "z", "Z");
        set_key(board, 'Z', "y", "Y");
    }
    if (layout == SCAN_AZERTY) {
        set_key(board, 'A', "q", "Q");
        set_key(board, 'Q', "a", "A");
        set_key(board, 'W', "z", "Z");
        set_key(board, 'Z', "w", "W");
        set_key(board, 'M', ",", "?");
    }
}

enum locks { SHIFT_LETTERS, NO_SHIFT, SHIFT_LOCK, LOCK_COUNT };

/* The pass as a scanner types it: digits without shift unless that is locked. */
static void type_pass(char *text, const char *pass, const struct board *board, enum locks locks)
{
    *text = '\0';
    for (; *pass; pass++) {
        bool digit = *pass <= '9';
        bool shifted = locks == SHIFT_LOCK || (locks == SHIFT_LETTERS && !digit);
        const char *sent = (shifted ? board->upper : board->lower)[(unsigned char)*pass];

        memcpy(text, sent, strlen(sent) + 1);
        text += strlen(sent);
    }
}

static bool reads_as(const char *text, const char *pass, enum scan_layout layout)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    size_t count = scan_read(text, readings);

    for (size_t i = 0; i < count; i++)
        if (strcmp(readings[i].pass, pass) == 0)
            return readings[i].layout <= layout;
    return false;
}

static void random_pass(char pass[PASS_SIZE], uint64_t *seed)
{
    base32_print(pass, 1 + test_random_below(seed, ID_MAX), 10);
    base32_print(pass + 10, test_random_below(seed, ID_MAX), 10);
}

static void test_layouts(void)
{
    uint64_t seed = test_seed();
    char pass[PASS_SIZE], text[64];

    for (int layout = 0; layout < SCAN_LAYOUT_COUNT; layout++) {
        struct board board;

        make_board(&board, (enum scan_layout)layout);
        for (int round = 0; round < 3000; round++) {
            enum locks locks = (enum locks)(round % LOCK_COUNT);

            random_pass(pass, &seed);
            type_pass(text, pass, &board, locks);
            CU_ASSERT_TRUE(reads_as(text, pass, (enum scan_layout)layout));
            for (const char *at = text; *at; at++)
                CU_ASSERT_TRUE((unsigned char)*at >= 0x80 || scan_is_symbol((uint8_t)*at));
        }
    }
}

/* Each reading is a pass of its own, the plainest first. */
static void test_distinct(void)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];

    CU_ASSERT_EQUAL(scan_read("00000000021234567890", readings), 1);
    CU_ASSERT_EQUAL(readings[0].layout, SCAN_US);
    CU_ASSERT_EQUAL(readings[0].ticket_id, 2);
    CU_ASSERT_EQUAL(scan_read("0000000002Y234567890", readings), 2);
    CU_ASSERT_STRING_EQUAL(readings[0].pass, "0000000002Y234567890");
    CU_ASSERT_STRING_EQUAL(readings[1].pass, "0000000002Z234567890");
    CU_ASSERT_EQUAL(readings[1].layout, SCAN_QWERTZ);
    CU_ASSERT_EQUAL(scan_read("A000000002Y234567890", readings), 3);
    CU_ASSERT_STRING_EQUAL(readings[2].pass, "Q000000002Y234567890");
    CU_ASSERT_EQUAL(readings[2].layout, SCAN_AZERTY);
    CU_ASSERT_EQUAL(scan_read("M000000002B234567890", readings), 1); /* no key of AZERTY's */
    CU_ASSERT_EQUAL(scan_read("?000000002B234567890", readings), 1);
    CU_ASSERT_EQUAL(readings[0].layout, SCAN_AZERTY);
    CU_ASSERT_STRING_EQUAL(readings[0].pass, "M000000002B234567890");
}

static void test_tolerated(void)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    static const char *const same[] = {
        "0000000001JZ1NN15VXQ",     "00000 00001 JZ1NN 15VXQ", "ooooo-ooool-jzinn-i5vxq",
        "OOOOOOOOOIJZLNNL5VXQ\r\n", "\t0000000001jz1nn15vxq ",
    };
    static const char *const french[] = {
        /* as UTF-8, in capitals and as Latin-1; the last as in Belgium */
        "ààààààààà&JW&NN&(VXA", "ÀÀÀÀÀÀÀÀÀ&jw&nn&(vxa",
        "\xE0\xE0\xE0\xE0\xE0\xE0\xE0\xE0\xE0&JW&NN&(VXA"};

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        CU_ASSERT_TRUE_FATAL(scan_read(same[i], readings) >= 1);
        CU_ASSERT_STRING_EQUAL(readings[0].pass, "0000000001JZ1NN15VXQ");
    }
    for (size_t i = 0; i < sizeof french / sizeof french[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(scan_read(french[i], readings), 1);
        CU_ASSERT_EQUAL(readings[0].layout, SCAN_AZERTY);
        CU_ASSERT_STRING_EQUAL(readings[0].pass, "0000000001JZ1NN15VXQ");
    }
    CU_ASSERT_EQUAL(scan_read("&é\"'(-è_çà&é\"'(-è_çà", readings), 1);
    CU_ASSERT_STRING_EQUAL(readings[0].pass, "12345678901234567890");
    CU_ASSERT_EQUAL(scan_read("&é\"'(§è!çà&é\"'(§è!çà", readings), 1);
    CU_ASSERT_STRING_EQUAL(readings[0].pass, "12345678901234567890");
}

static void test_none(void)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    char longest[SCAN_TEXT_MAX + 2];
    static const char *const none[] = {"",
                                       " ",
                                       "000000001JZ1NN15VXQ",
                                       "0000000001JZ1NN15VXQ0",
                                       "0000000000JZ1NN15VXQ",
                                       "0000000001JZ1NN15VXU",
                                       "0000000001JZ1NN15VX$",
                                       "0000000001JZ1NN15VX\x01",
                                       "0000000001JZ1NN15VX\xC3",
                                       "0000000001JZ1NN15VX\xE2\x82\xAC",
                                       "0000000001JZ1NN15VX\xC2\xA0Q",
                                       "https://example.org/0000000001JZ1NN15VXQ",
                                       "0000000001JZ1NN15VXQ 0000000001JZ1NN15VXQ"};

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        CU_ASSERT_EQUAL(scan_read(none[i], readings), 0);
    memset(longest, ' ', sizeof longest);
    longest[SCAN_TEXT_MAX] = '\0';
    memcpy(longest + SCAN_TEXT_MAX - PASS_LENGTH, "0000000001JZ1NN15VXQ", PASS_LENGTH);
    CU_ASSERT_TRUE(scan_read(longest, readings) >= 1);
    memset(longest, ' ', sizeof longest);
    longest[SCAN_TEXT_MAX + 1] = '\0';
    memcpy(longest, "0000000001JZ1NN15VXQ", PASS_LENGTH);
    CU_ASSERT_EQUAL(scan_read(longest, readings), 0);
}

static void test_noise(void)
{
    uint64_t seed = test_seed();
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    char text[48], pass[PASS_SIZE];
    uint64_t ticket;

    for (int round = 0; round < 20000; round++) {
        size_t length = test_random_below(&seed, sizeof text), count;

        for (size_t i = 0; i < length; i++)
            text[i] = (char)(1 + test_random_below(&seed, 255));
        text[length] = '\0';
        count = scan_read(text, readings);
        CU_ASSERT_TRUE(count <= SCAN_LAYOUT_COUNT);
        for (size_t i = 0; i < count; i++) {
            CU_ASSERT_TRUE(pass_parse(readings[i].pass, &ticket, pass));
            CU_ASSERT_EQUAL(ticket, readings[i].ticket_id);
            CU_ASSERT_STRING_EQUAL(pass, readings[i].pass);
        }
    }
}

static void test_symbols(void)
{
    static const char never[] = "\r\n\t\x1b@#$%^*+=)[]{}<>/\\|;:.`~";

    for (const char *at = never; *at; at++)
        CU_ASSERT_FALSE(scan_is_symbol((uint8_t)*at));
    for (uint32_t character = 0x100; character < 0x3000; character++)
        CU_ASSERT_FALSE(scan_is_symbol(character));
    CU_ASSERT_TRUE(scan_is_symbol('M'));
    CU_ASSERT_TRUE(scan_is_symbol('?'));
    CU_ASSERT_TRUE(scan_is_symbol(0xE9));
    CU_ASSERT_FALSE(scan_is_symbol(0));
}

SUITE(scan, {"a code is read under every layout, shift lock or not", test_layouts},
      {"the readings differ, the plainest comes first", test_distinct},
      {"case, spaces, dashes, O, I and L are tolerated, UTF-8 or not", test_tolerated},
      {"what is no pass has no reading", test_none},
      {"whatever arrives, readings are passes", test_noise},
      {"symbols are those of the layouts and no others", test_symbols})
