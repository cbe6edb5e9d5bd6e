#include "ui/print/receipt.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/support/decode.h"
#include "tests/support/paper.h"
#include "tests/support/test.h"

#define PASS "7K3QF9XW2MAB3DE12345"
#define RANDOM_NAMES 2000

/* 2026-11-22 19:45 to 22:08 UTC */
static struct ticket_view make_ticket(void)
{
    struct ticket_view view = {
        .ticket = {.sale_position = 1, .sale_size = 2, .status = TICKET_BOOKED},
        .slot = {.name = "Skyfall",
                 .screen = "Screen 2",
                 .starts_at = INT64_C(1795376700000000),
                 .ends_at = INT64_C(1795385280000000)},
        .customer = {.id = 1, .name = "Anuranjan"},
    };

    id_parse(ID_TICKET, "TKT7K3QF9XW2M", &view.ticket.id);
    return view;
}

static struct receipt make_receipt(const struct ticket_view *view)
{
    return (struct receipt){.ticket = view, .pass = PASS, .venue = "Kino Ost", .copy = 1};
}

static const struct receipt_format plain = {.columns = 42, .cut = true};

static void print(struct paper *paper, const struct receipt *receipt,
                  const struct receipt_format *format)
{
    struct tk_error error = {0};
    struct buffer out;

    buffer_init(&out, RECEIPT_BYTES_MAX);
    CU_ASSERT_EQUAL(receipt_put(&out, receipt, format, &error), TK_OK);
    paper_read(paper, out.data, out.length);
    buffer_release(&out);
    CU_ASSERT(paper->is_sound);
    CU_ASSERT(paper->widest <= format->columns);
    CU_ASSERT_EQUAL(paper->resets, 1);
}

static void test_words(void)
{
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct paper paper = {0};

    print(&paper, &receipt, &plain);
    CU_ASSERT_STRING_EQUAL(paper.text, "Kino Ost\n\n"
                                       "Skyfall\nSun 22 Nov 2026\n19:45\nuntil 22:08\nScreen 2\n\n"
                                       "Anuranjan\n1 of 2\nTicket TKT7K3QF9XW2M\n\n"
                                       "\n7K3QF 9XW2M AB3DE 12345\n");
    CU_ASSERT_STRING_EQUAL(paper.large, "Skyfall\n19:45\n");
    CU_ASSERT_STRING_EQUAL(paper.qr, PASS);
    CU_ASSERT(paper.module >= 6 && paper.module <= 8);
    CU_ASSERT_EQUAL(paper.codes, 1);
    CU_ASSERT_EQUAL(paper.pictures, 0);
    CU_ASSERT_EQUAL(paper.cuts, 1);
    paper_release(&paper);
}

static void test_marks(void)
{
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct receipt_format format = plain;
    struct paper paper = {0};

    receipt.copy = 3;
    print(&paper, &receipt, &format);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.large, "COPY 3\n"));
    CU_ASSERT_PTR_NULL(strstr(paper.text, "TRAINING"));
    receipt.training = true;
    receipt.copy = 1;
    view.customer = (struct customer){0};
    format.cut = false;
    print(&paper, &receipt, &format);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.large, "TRAINING - NOT VALID\n"));
    CU_ASSERT_PTR_NULL(strstr(paper.text, "COPY"));
    CU_ASSERT_PTR_NULL(strstr(paper.text, "Anuranjan"));
    CU_ASSERT_EQUAL(paper.cuts, 0);
    paper_release(&paper);
}

/* Dots of the first row that has a dark one, from its left edge. */
static int left_margin(const struct image *image)
{
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            if (image->pixels[y * image->width + x] == 0)
                return x < y ? x : y;
    return 0;
}

/* Read by both readers, on the white paper that is around it. */
static bool is_read(const struct image *image)
{
    char folder[128], path[160], zbar[64], zxing[64];

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/receipt.png", folder);
    return image_write(image, path) && qr_read_zbar(image, zbar, sizeof zbar) == DECODED &&
           strcmp(zbar, PASS) == 0 && qr_read_zxing(path, zxing, sizeof zxing) == DECODED &&
           strcmp(zxing, PASS) == 0;
}

static void test_raster(void)
{
    static const int columns[] = {32, 42, 48}, dots[] = {384, 504, 576};
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct receipt_format format = plain;
    struct paper paper = {0};

    format.raster = true;
    for (int i = 0; i < 3; i++) {
        format.columns = columns[i];
        print(&paper, &receipt, &format);
        CU_ASSERT_EQUAL(paper.codes, 0);
        CU_ASSERT_EQUAL_FATAL(paper.pictures, 1);
        CU_ASSERT(paper.picture.width <= dots[i]);
        CU_ASSERT(paper.picture.height >= 29 * 4);
        CU_ASSERT(left_margin(&paper.picture) >= 4 * 4);
        CU_ASSERT(is_read(&paper.picture));
        CU_ASSERT_PTR_NOT_NULL(strstr(paper.text, "7K3QF 9XW2M AB3DE 12345\n"));
    }
    paper_release(&paper);
}

/* --- letters --- */

static void test_charsets(void)
{
    static const struct {
        const char *text, *encoded[3];
    } table[] = {
        {"Amélie", {"Amelie", "Am\x82lie", "Am\xE9lie"}},
        {"Süß für 5 €", {"Suss fur 5 EUR", "S\x81\xE1 f\x81r 5 \xD5", "S\xFC\xDF f\xFCr 5 \x80"}},
        {"Ame\xCC\x81lie", {"Amelie", "Am\x82lie", "Am\xE9lie"}},
        {"Łódź – “A”", {"Lodz - \"A\"", "L\xA2\x64z - \"A\"", "L\xF3\x64z \x96 \x93"
                                                                  "A\x94"}},
        {"千と千尋", {"????", "????", "????"}},
        {"ÿ×", {"y?", "\x98\x9E", "\xFF\xD7"}},
        {"a?b", {"a?b", "a?b", "a?b"}},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int charset = 0; charset < 3; charset++) {
            char encoded[64];

            receipt_encode(encoded, sizeof encoded, table[i].text, (enum receipt_charset)charset);
            if (strcmp(encoded, table[i].encoded[charset]) != 0)
                printf("    %s in charset %d\n", table[i].text, charset);
            CU_ASSERT_STRING_EQUAL(encoded, table[i].encoded[charset]);
        }
}

static void test_pages(void)
{
    static const int pages[] = {0, 19, 16};
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct receipt_format format = plain;
    struct paper paper = {0};

    for (int i = 0; i < 3; i++) {
        format.charset = (enum receipt_charset)i;
        print(&paper, &receipt, &format);
        CU_ASSERT_EQUAL(paper.page, pages[i]);
    }
    paper_release(&paper);
}

/* ESC p opens the drawer, ESC @ undoes "COPY", GS V cuts: not for names. */
static const char *const hostile[] = {
    "\x1Bp\x01\x10\x10",
    "A\x1B@B\x1DV\x01",
    "\x10\x04\x01\x10\x14\x01\x03\x05",
    "line\nfeed\r\fform\ttab\vend",
    "\xC2\x9B" "31m C1 \xC2\x85 next",
    "\xE2\x80\xAE" "evil\xE2\x80\xAC \xE2\x80\x8B\xE2\x81\xA6\xEF\xBB\xBF",
    "\x7F\x7F\x7F",
    "\xFF\xFE\x1B" "broken \xC3",
    "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
    "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "",
};

static void try_name(const char *name)
{
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct paper paper = {0};

    text_copy(view.slot.name, sizeof view.slot.name, name);
    text_copy(view.slot.screen, sizeof view.slot.screen, name);
    text_copy(view.customer.name, sizeof view.customer.name, name);
    receipt.venue = name;
    for (int i = 0; i < 3; i++) {
        struct receipt_format format = {.columns = 32 + 8 * i, .charset = (enum receipt_charset)i,
                                        .cut = true};

        print(&paper, &receipt, &format);
        CU_ASSERT_EQUAL(paper.cuts, 1);
        CU_ASSERT_STRING_EQUAL(paper.qr, PASS);
    }
    paper_release(&paper);
}

static void test_hostile(void)
{
    uint64_t state = test_seed();
    char name[100];

    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        try_name(hostile[i]);
    for (int i = 0; i < RANDOM_NAMES; i++) {
        size_t length = test_random_below(&state, sizeof name);

        for (size_t k = 0; k < length; k++)
            name[k] = (char)test_random_below(&state, 256);
        name[length] = '\0';
        try_name(name);
    }
}

/* --- lines --- */

static void test_wrapping(void)
{
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct receipt_format format = {.columns = 32, .cut = true};
    struct paper paper = {0};

    text_copy(view.slot.name, sizeof view.slot.name, "The Lives of Others in Berlin");
    text_copy(view.customer.name, sizeof view.customer.name,
              "Maximiliana Theodora von Hohenzollern-Sigmaringen");
    print(&paper, &receipt, &format);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.large, "The Lives of\nOthers in Berlin\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(paper.text, "Maximiliana Theodora von\nHohenzollern-Sigmaringen\n"));
    text_copy(view.slot.name, sizeof view.slot.name, "Supercalifragilisticexpialidocious");
    print(&paper, &receipt, &format);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.large, "Supercalifragili\nsticexpialidocio\nus\n"));
    paper_release(&paper);
}

static void test_refused(void)
{
    struct ticket_view view = make_ticket();
    struct receipt receipt = make_receipt(&view);
    struct tk_error error = {0};
    struct buffer out;

    buffer_init(&out, 200);
    CU_ASSERT_EQUAL(receipt_put(&out, &receipt, &plain, &error), TK_NO_MEMORY);
    CU_ASSERT(out.length <= 200);
    buffer_release(&out);
    buffer_init(&out, RECEIPT_BYTES_MAX);
    receipt.pass = "\x1Bp\x01\x10\x10";
    CU_ASSERT_EQUAL(receipt_put(&out, &receipt, &plain, &error), TK_BAD_PASS);
    buffer_release(&out);
}

SUITE(receipt, {"a receipt has the words, the code and the pass", test_words},
      {"a copy and a training ticket say so in large letters", test_marks},
      {"the picture of the code is read by both readers", test_raster},
      {"letters come from the code page or are spelled with ASCII", test_charsets},
      {"the printer is told the code page", test_pages},
      {"no name reaches the printer as a command", test_hostile},
      {"lines break between words and fit the paper", test_wrapping},
      {"no room and no pass are told", test_refused})
