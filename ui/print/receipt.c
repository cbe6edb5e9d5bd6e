#include "ui/print/receipt.h"

#include <string.h>

#include "core/text.h"
#include "ui/qr/qr.h"

#define TEXT_SIZE 1024 /* of a name, and of what it is in letters of the code page */
#define QR_DOTS 8      /* a module, where the paper is wide enough */
#define QR_DOTS_LEAST 4
#define QR_QUIET 4
#define COLUMN_DOTS 12 /* a character of the printer's font A */
#define FEED_LINES 3   /* behind the last line; twice that where nothing cuts */

/* --- letters --- */

/* The code pages from 0x80 on; '?' where they have nothing to print. */
static const char *const pages[] = {
    [RECEIPT_CP858] = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐"
                      "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´?±‗¾¶§÷¸°¨·¹³²■?",
    [RECEIPT_CP1252] = "€?‚ƒ„…†‡ˆ‰Š‹Œ?Ž??‘’“”•–—˜™š›œ?žŸ?¡¢£¤¥¦§¨©ª«¬?®¯°±²³´µ¶·¸¹º»¼½¾¿"
                       "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
};

static const unsigned char page_numbers[] = {
    [RECEIPT_ASCII] = 0, [RECEIPT_CP858] = 19, [RECEIPT_CP1252] = 16};

/* The byte of a character outside ASCII (its UTF-8, one code point); 0 when the page lacks it. */
static char page_byte(enum receipt_charset charset, const char *character)
{
    const char *page = pages[charset], *found = page ? strstr(page, character) : NULL;
    int place = 0x80;

    if (!found)
        return 0;
    for (const char *at = page; at < found; at++)
        place += ((unsigned char)*at & 0xC0) != 0x80;
    return (char)place;
}

/* How many code points a text has. */
static size_t count_points(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* What one character, as people see it, becomes. */
static void encode_character(char *into, size_t size, const char *character,
                             enum receipt_charset charset)
{
    char byte = 0;

    if ((unsigned char)character[0] >= 0x80 && count_points(character) == 1)
        byte = page_byte(charset, character);
    if (byte)
        snprintf(into, size, "%c", byte);
    else
        text_to_ascii(into, size, character);
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    return true;
}

void receipt_encode(char *dst, size_t size, const char *text, enum receipt_charset charset)
{
    char clean[TEXT_SIZE], character[TEXT_SIZE], encoded[64];
    size_t used = 0, step;
    int width;

    dst[0] = '\0';
    if (text_clean(clean, sizeof clean, text))
        text_display(clean, sizeof clean, text);
    for (const char *at = clean; (step = text_next(at, &width)) > 0; at += step) {
        snprintf(character, sizeof character, "%.*s", (int)step, at);
        encode_character(encoded, sizeof encoded, character, charset);
        if (!is_printable(encoded))
            continue;
        if (used + strlen(encoded) >= size)
            break;
        text_copy(dst + used, size - used, encoded);
        used += strlen(encoded);
    }
}

/* --- lines --- */

static void put_bytes(struct buffer *out, const void *bytes, size_t size)
{
    buffer_add(out, bytes, size);
}

#define PUT(out, ...)                                                                              \
    put_bytes(out, (const unsigned char[]){__VA_ARGS__},                                           \
              sizeof((const unsigned char[]){__VA_ARGS__}))

enum { ESC = 0x1B, FS = 0x1C, GS = 0x1D };

/* How many bytes of `text` go on a line of `columns`: up to a blank where there is one. */
static size_t fit_line(const char *text, size_t columns)
{
    size_t length = strlen(text), at = columns;

    if (length <= columns)
        return length;
    while (at > 0 && text[at] != ' ')
        at--;
    return at ? at : columns;
}

/* A text in one size, wrapped. */
static void put_wrapped(struct buffer *out, const char *text, enum receipt_charset charset,
                        int columns)
{
    char encoded[TEXT_SIZE];
    const char *at = encoded;

    receipt_encode(encoded, sizeof encoded, text, charset);
    while (*at) {
        size_t length = fit_line(at, (size_t)columns);

        buffer_add(out, at, length);
        buffer_add_char(out, '\n');
        at += length;
        at += *at == ' ';
    }
}

static void put_plain(struct buffer *out, const struct receipt_format *format, const char *text)
{
    put_wrapped(out, text, format->charset, format->columns);
}

static void put_large(struct buffer *out, const struct receipt_format *format, const char *text)
{
    PUT(out, GS, '!', 0x11);
    put_wrapped(out, text, format->charset, format->columns / 2);
    PUT(out, GS, '!', 0x00);
}

static void put_bold(struct buffer *out, const struct receipt_format *format, const char *text)
{
    PUT(out, ESC, 'E', 1);
    put_plain(out, format, text);
    PUT(out, ESC, 'E', 0);
}

/* --- the code --- */

static void put_native_code(struct buffer *out, const char *pass)
{
    size_t stored = strlen(pass) + 3;

    PUT(out, GS, '(', 'k', 4, 0, 49, 65, 50, 0);
    PUT(out, GS, '(', 'k', 3, 0, 49, 67, QR_DOTS);
    PUT(out, GS, '(', 'k', 3, 0, 49, 69, 49);
    PUT(out, GS, '(', 'k', (unsigned char)stored, (unsigned char)(stored >> 8), 49, 80, 48);
    buffer_add_text(out, pass);
    PUT(out, GS, '(', 'k', 3, 0, 49, 81, 48);
    buffer_add_char(out, '\n');
}

/* A row of dots, `scale` for each module. */
static void put_raster_row(struct buffer *out, const struct qr *qr, int row, int scale)
{
    int dots = (qr->size + 2 * QR_QUIET) * scale;

    for (int first = 0; first < dots; first += 8) {
        unsigned byte = 0;

        for (int dot = first; dot < first + 8; dot++)
            byte = byte << 1 | (dot < dots && qr_is_dark(qr, row, dot / scale - QR_QUIET));
        buffer_add_char(out, (char)byte);
    }
}

static enum tk_code put_raster_code(struct buffer *out, const char *pass, int columns,
                                    struct tk_error *error)
{
    struct qr qr;
    enum tk_code code = qr_make(&qr, pass, error);
    int side, scale, width, height;

    if (code)
        return code;
    side = qr.size + 2 * QR_QUIET;
    scale = columns * COLUMN_DOTS / side;
    scale = scale > QR_DOTS ? QR_DOTS : scale < QR_DOTS_LEAST ? QR_DOTS_LEAST : scale;
    width = (side * scale + 7) / 8;
    height = side * scale;
    PUT(out, GS, 'v', '0', 0, (unsigned char)width, (unsigned char)(width >> 8),
        (unsigned char)height, (unsigned char)(height >> 8));
    for (int dot = 0; dot < height; dot++)
        put_raster_row(out, &qr, dot / scale - QR_QUIET, scale);
    return TK_OK;
}

/* The code, and below it the pass to be typed or spoken. */
static enum tk_code put_code(struct buffer *out, const struct receipt *receipt,
                             const struct receipt_format *format, struct tk_error *error)
{
    char pass[PASS_SIZE], grouped[PASS_GROUPED_SIZE];
    uint64_t id;
    enum tk_code code = TK_OK;

    if (!pass_parse(receipt->pass, &id, pass))
        return tk_fail_code(error, TK_BAD_PASS);
    buffer_add_char(out, '\n');
    if (format->raster)
        code = put_raster_code(out, pass, format->columns, error);
    else
        put_native_code(out, pass);
    pass_group(grouped, pass);
    put_bold(out, format, grouped);
    crypto_wipe(pass, sizeof pass);
    crypto_wipe(grouped, sizeof grouped);
    return code;
}

/* --- the receipt --- */

static void put_begin(struct buffer *out, const struct receipt_format *format)
{
    PUT(out, ESC, '@');
    PUT(out, ESC, 'R', 0);
    PUT(out, FS, '.');
    PUT(out, ESC, 't', page_numbers[format->charset]);
    PUT(out, ESC, 'a', 1);
}

static void put_head(struct buffer *out, const struct receipt *receipt,
                     const struct receipt_format *format)
{
    char copy[32];

    put_bold(out, format, receipt->venue);
    if (receipt->training)
        put_large(out, format, "TRAINING - NOT VALID");
    if (receipt->copy > 1) {
        snprintf(copy, sizeof copy, "COPY %d", receipt->copy);
        put_large(out, format, copy);
    }
    buffer_add_char(out, '\n');
}

/* "Sun 22 Nov 2026" and "19:45 - 22:08" */
static void put_time(struct buffer *out, const struct receipt *receipt,
                     const struct receipt_format *format)
{
    const struct slot *slot = &receipt->ticket->slot;
    char day[TIME_TEXT_MAX], from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], text[3 * TIME_TEXT_MAX];

    time_print_day(day, slot->starts_at, receipt->zone);
    time_print_clock(from, slot->starts_at, receipt->zone);
    time_print_clock(to, slot->ends_at, receipt->zone);
    snprintf(text, sizeof text, "%.*s %d", (int)(strlen(day) - strlen(" 19:45")), day,
             time_civil(slot->starts_at, receipt->zone).year);
    put_bold(out, format, text);
    put_large(out, format, from);
    snprintf(text, sizeof text, "until %s", to);
    put_plain(out, format, text);
}

static void put_words(struct buffer *out, const struct receipt *receipt,
                      const struct receipt_format *format)
{
    const struct ticket_view *view = receipt->ticket;
    char text[64], id[ID_TEXT_MAX];

    put_large(out, format, view->slot.name);
    put_time(out, receipt, format);
    put_bold(out, format, view->slot.screen);
    buffer_add_char(out, '\n');
    if (view->customer.id && !view->customer.erased_at)
        put_plain(out, format, view->customer.name);
    snprintf(text, sizeof text, "%d of %d", view->ticket.sale_position, view->ticket.sale_size);
    put_plain(out, format, text);
    id_print(id, ID_TICKET, view->ticket.id);
    snprintf(text, sizeof text, "Ticket %s", id);
    put_plain(out, format, text);
}

static void put_end(struct buffer *out, const struct receipt *receipt,
                    const struct receipt_format *format)
{
    if (receipt->training)
        put_large(out, format, "TRAINING - NOT VALID");
    PUT(out, ESC, 'd', format->cut ? FEED_LINES : 2 * FEED_LINES);
    if (format->cut)
        PUT(out, GS, 'V', 66, 0);
}

enum tk_code receipt_put(struct buffer *out, const struct receipt *receipt,
                         const struct receipt_format *format, struct tk_error *error)
{
    enum tk_code code;

    put_begin(out, format);
    put_head(out, receipt, format);
    put_words(out, receipt, format);
    code = put_code(out, receipt, format, error);
    put_end(out, receipt, format);
    if (code)
        return code;
    return out->failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}
