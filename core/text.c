#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

/* Whether a character may be kept: no controls, formats (bidi, zero width), surrogates, private or
   unassigned ones. U+200D joins emoji and is let go with them: plain names do not need it. */
static bool is_keepable(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
        return false;
    default:
        /* combining grapheme joiner, Hangul fillers, variation selectors: invisible */
        return c != 0x034F && c != 0x115F && c != 0x1160 && c != 0x3164 && c != 0xFFA0 &&
               !(c >= 0xFE00 && c <= 0xFE0F) && !(c >= 0xE0100 && c <= 0xE01EF) &&
               !(c >= 0x180B && c <= 0x180F) && c != 0x17B4 && c != 0x17B5;
    }
}

static bool is_space(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return c == '\t' || c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 ||
           category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static bool is_plain_ascii(const char *text)
{
    const char *p = text;

    for (; *p; p++) {
        if (*p < 0x20 || *p == 0x7F) /* also bytes over 0x7F where char is signed */
            return false;
        if ((unsigned char)*p >= 0x80)
            return false;
        if (*p == ' ' && (p == text || p[1] == ' ' || p[1] == '\0'))
            return false;
    }
    return true;
}

/* The filter itself: drops, folds spaces, encodes. `strict` refuses bad bytes and what does not
   fit; otherwise bad bytes become U+FFFD and the text is cut. */
static enum tk_code filter(char *dst, size_t size, const char *src, bool strict)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)src;
    size_t used = 0;
    bool space = false;

    while (*p) {
        utf8proc_int32_t c = -1;
        utf8proc_uint8_t encoded[4];
        utf8proc_ssize_t length = utf8proc_iterate(p, -1, &c);

        if (length <= 0) {
            if (strict)
                return TK_BAD_TEXT;
            c = 0xFFFD;
            length = 1;
        }
        p += length;
        if (is_space(c)) {
            space = used > 0;
            continue;
        }
        if (!is_keepable(c))
            continue;
        length = utf8proc_encode_char(c, encoded);
        if (used + (size_t)length + (space ? 1 : 0) >= size)
            return strict ? TK_BAD_TEXT : TK_OK;
        if (space)
            dst[used++] = ' ';
        space = false;
        memcpy(dst + used, encoded, (size_t)length);
        used += (size_t)length;
        dst[used] = '\0';
    }
    return TK_OK;
}

enum tk_code text_clean(char *dst, size_t size, const char *src)
{
    utf8proc_uint8_t *composed = NULL;
    enum tk_code code = TK_BAD_TEXT;

    dst[0] = '\0';
    if (is_plain_ascii(src))
        return text_copy(dst, size, src) ? TK_OK : (dst[0] = '\0', TK_BAD_TEXT);
    if (strlen(src) > 64 * size) /* hostile: not worth composing */
        return TK_BAD_TEXT;
    /* composing first would join what the filter drops; dropping may leave marks to compose */
    code = filter(dst, size, src, true);
    if (code == TK_OK) {
        utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)dst, 0, &composed,
                                               UTF8PROC_NULLTERM | UTF8PROC_STABLE |
                                                   UTF8PROC_COMPOSE);

        if (length == UTF8PROC_ERROR_NOMEM)
            code = TK_NO_MEMORY;
        else if (length < 0 || !text_copy(dst, size, (const char *)composed))
            code = TK_BAD_TEXT;
    }
    free(composed);
    if (code)
        dst[0] = '\0';
    return code;
}

bool text_is_clean(const char *text)
{
    char cleaned[4096];

    if (is_plain_ascii(text))
        return true;
    return text_clean(cleaned, sizeof cleaned, text) == TK_OK && strcmp(cleaned, text) == 0;
}

void text_display(char *dst, size_t size, const char *src)
{
    dst[0] = '\0';
    if (is_plain_ascii(src) && text_copy(dst, size, src))
        return;
    dst[0] = '\0';
    filter(dst, size, src, false);
}

void text_fold(char *dst, size_t size, const char *text)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t length;

    dst[0] = '\0';
    if (is_plain_ascii(text)) {
        text_copy(dst, size, text);
        for (char *p = dst; *p; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p + 32);
        return;
    }
    length = utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
                          UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT |
                              UTF8PROC_COMPOSE | UTF8PROC_IGNORE | UTF8PROC_STRIPCC |
                              UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    if (length >= 0)
        filter(dst, size, (const char *)folded, false);
    free(folded);
}

/* What a character outside ASCII becomes; "" drops it. */
static const char *spell(utf8proc_int32_t c)
{
    static const struct {
        utf8proc_int32_t character;
        const char *spelling;
    } table[] = {
        {0x00A0, " "},  {0x00AB, "<<"}, {0x00B7, "-"},  {0x00BB, ">>"}, {0x00C6, "AE"},
        {0x00D0, "D"},  {0x00D8, "O"},  {0x00DE, "Th"}, {0x00DF, "ss"}, {0x00E6, "ae"},
        {0x00F0, "d"},  {0x00F8, "o"},  {0x00FE, "th"}, {0x0131, "i"},  {0x0141, "L"},
        {0x0142, "l"},  {0x0152, "OE"}, {0x0153, "oe"}, {0x2010, "-"},  {0x2011, "-"},
        {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},  {0x2019, "'"},  {0x201C, "\""},
        {0x201D, "\""}, {0x2022, "*"},  {0x2026, "..."}, {0x20AC, "EUR"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].character == c)
            return table[i].spelling;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
        return "";
    default:
        return "?";
    }
}

void text_to_ascii(char *dst, size_t size, const char *text)
{
    utf8proc_uint8_t *apart = NULL;
    const utf8proc_uint8_t *p;
    size_t used = 0;

    dst[0] = '\0';
    if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &apart,
                     UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_DECOMPOSE) < 0)
        return;
    for (p = apart; *p;) {
        utf8proc_int32_t c = 0;
        char plain[2] = "";
        const char *spelling = plain;
        utf8proc_ssize_t length = utf8proc_iterate(p, -1, &c);

        if (length <= 0)
            break;
        p += length;
        if (c < 0x80)
            plain[0] = (char)c;
        else
            spelling = spell(c);
        if (used + strlen(spelling) >= size)
            break;
        memcpy(dst + used, spelling, strlen(spelling));
        used += strlen(spelling);
        dst[used] = '\0';
    }
    free(apart);
}

size_t text_next(const char *text, int *width)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t before = -1, c = -1, state = 0;
    utf8proc_ssize_t length;
    size_t total = 0;

    *width = 0;
    if (!*p)
        return 0;
    if (*p < 0x80 && p[1] < 0x80) {
        *width = *p >= 0x20 && *p != 0x7F;
        return 1;
    }
    while (p[total]) {
        length = utf8proc_iterate(p + total, -1, &c);
        if (length <= 0) {
            if (total)
                break;
            *width = 1;
            return 1;
        }
        if (total && utf8proc_grapheme_break_stateful(before, c, &state))
            break;
        if (utf8proc_charwidth(c) > *width)
            *width = utf8proc_charwidth(c);
        before = c;
        total += (size_t)length;
    }
    return total;
}

size_t text_code_point(const char *text)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t length = *text ? utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c) : 0;

    return length > 0 ? (size_t)length : 0;
}

size_t text_previous(const char *text, size_t at)
{
    size_t position = 0;

    while (position < at) {
        int width;
        size_t step = text_next(text + position, &width);

        if (!step || position + step >= at)
            return at - position;
        position += step;
    }
    return 0;
}

int text_width(const char *text)
{
    int total = 0, width;
    size_t step;

    while ((step = text_next(text, &width)) > 0) {
        total += width;
        text += step;
    }
    return total;
}

size_t text_fit(const char *text, int cells)
{
    size_t used = 0, step;
    int total = 0, width;

    while ((step = text_next(text + used, &width)) > 0 && total + width <= cells) {
        total += width;
        used += step;
    }
    return used;
}

bool text_copy(char *dst, size_t size, const char *src)
{
    size_t length = strnlen(src, size);
    bool fits = length < size;

    if (!fits)
        length = size - 1;
    memmove(dst, src, length);
    dst[length] = '\0';
    return fits;
}

/* What a decimal digit is worth. The digits 0 to 9 of a script follow one another, and where several
   such runs do (the mathematical ones) each has ten, so the distance to the first tells. */
static int digit_value(utf8proc_int32_t c)
{
    utf8proc_int32_t first = c;

    while (utf8proc_category(first - 1) == UTF8PROC_CATEGORY_ND)
        first--;
    return (int)((c - first) % 10);
}

size_t text_number_char(const char *text, size_t length, char *plain)
{
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t step;

    *plain = *text;
    if ((unsigned char)*text < 0x80)
        return 1;
    *plain = '?';
    step = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &c);
    if (step <= 0)
        return 1;
    if (is_space(c))
        *plain = ' ';
    else if (utf8proc_category(c) == UTF8PROC_CATEGORY_ND)
        *plain = (char)('0' + digit_value(c));
    return (size_t)step;
}

bool text_parse_int(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');

    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return false;
    *value = strtoll(text, NULL, 10); /* saturates */
    return true;
}

size_t text_encode(char bytes[4], uint32_t character)
{
    utf8proc_uint8_t encoded[4];
    utf8proc_ssize_t length = 0;

    if (utf8proc_codepoint_valid((utf8proc_int32_t)character))
        length = utf8proc_encode_char((utf8proc_int32_t)character, encoded);
    memcpy(bytes, encoded, length > 0 ? (size_t)length : 0);
    return length > 0 ? (size_t)length : 0;
}
