/* Query strings: core/form.h against a reading of its own, and written and read again. */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "core/form.h"

/* The URL Standard's decoding, byte by byte; returns the length. */
static size_t decode(char *out, const char *text, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char digits[3] = {0};

        if (text[i] == '%' && length - i > 2 && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            digits[0] = text[++i];
            digits[1] = text[++i];
            out[used++] = (char)strtol(digits, NULL, 16);
        } else {
            out[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return used;
}

static void check_text(const char *got, size_t got_length, const char *raw, size_t raw_length,
                       char *room)
{
    size_t length = decode(room, raw, raw_length);

    FUZZ_REQUIRE(got_length == length, "A decoded text has another length.");
    FUZZ_REQUIRE(memcmp(got, room, length) == 0, "A text is decoded to something else.");
    FUZZ_REQUIRE(got[got_length] == '\0', "A text does not end with NUL.");
}

/* Holds every pair against the string it came from. */
static void check_pairs(const struct form *form, const char *query, char *room)
{
    size_t at = 0;

    while (*query) {
        size_t length = strcspn(query, "&"), name = 0;

        while (name < length && query[name] != '=')
            name++;
        if (length) {
            FUZZ_REQUIRE(at < form->count, "A pair is missing.");
            check_text(form->pairs[at].name, form->pairs[at].name_length, query, name, room);
            check_text(form->pairs[at].value, form->pairs[at].value_length, query + name + 1,
                       name < length ? length - name - 1 : 0, room);
            at++;
        }
        query += length + (query[length] == '&');
    }
    FUZZ_REQUIRE(at == form->count, "There is a pair too many.");
}

static bool is_whole(const struct form_pair *pair)
{
    return strlen(pair->name) == pair->name_length && strlen(pair->value) == pair->value_length;
}

static void check_last_wins(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct form_pair *found = form_find(form, form->pairs[i].name);

        if (is_whole(&form->pairs[i]))
            FUZZ_REQUIRE(found && found >= &form->pairs[i], "form_find gives no last pair.");
    }
}

/* Written and read again; pairs with a NUL cannot be written. */
static void check_round_trip(const struct form *form)
{
    struct form again;
    struct buffer text;
    size_t at = 0;

    buffer_init(&text, (size_t)1 << 24);
    for (size_t i = 0; i < form->count; i++)
        if (is_whole(&form->pairs[i]))
            form_put(&text, form->pairs[i].name, form->pairs[i].value);
    FUZZ_REQUIRE(form_read(&again, buffer_text(&text)) == TK_OK, "What was written is not read.");
    for (size_t i = 0; i < form->count; i++) {
        if (!is_whole(&form->pairs[i]))
            continue;
        FUZZ_REQUIRE(at < again.count && strcmp(again.pairs[at].name, form->pairs[i].name) == 0 &&
                         strcmp(again.pairs[at].value, form->pairs[i].value) == 0,
                     "A pair changes on its way.");
        at++;
    }
    FUZZ_REQUIRE(at == again.count, "A pair more comes back.");
    form_release(&again);
    buffer_release(&text);
}

static void check_segment(const char *text, size_t length, char *room)
{
    struct buffer escaped;

    buffer_init(&escaped, (size_t)1 << 24);
    form_put_escaped(&escaped, text);
    FUZZ_REQUIRE(form_unescape_segment(room, length + 1, buffer_text(&escaped), escaped.length) &&
                     strcmp(room, text) == 0,
                 "An escaped segment does not come back.");
    FUZZ_REQUIRE(!length ||
                     !form_unescape_segment(room, length, buffer_text(&escaped), escaped.length),
                 "A segment fits where it has no room.");
    if (form_unescape_segment(room, length + 1, text, length))
        FUZZ_REQUIRE(strlen(room) <= length, "A segment grows by decoding.");
    buffer_release(&escaped);
}

void fuzz_form(const uint8_t *data, size_t size)
{
    char *query = fuzz_text(data, size), *room = malloc(size + 1);
    struct form form;
    enum tk_code code = form_read(&form, query);

    FUZZ_REQUIRE(room && (code == TK_OK || code == TK_BAD_REQUEST), "This code is not said.");
    FUZZ_REQUIRE(form.count <= FORM_PAIRS_MAX, "There are too many pairs.");
    if (code == TK_OK) {
        check_pairs(&form, query, room);
        check_last_wins(&form);
        check_round_trip(&form);
    } else {
        FUZZ_REQUIRE(form.count == FORM_PAIRS_MAX, "A query is refused that has room.");
    }
    check_segment(query, strlen(query), room);
    form_release(&form);
    free(room);
    free(query);
}
