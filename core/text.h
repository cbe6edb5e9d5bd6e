/*
 * text: what people typed, made safe to keep and to show.
 *
 * Clean text is valid UTF-8 in NFC without control, bidi, zero-width, private-use or unassigned
 * characters, with single spaces inside and none at its ends. Everything that people, scanners,
 * files or the network hand us is cleaned before it is kept; only clean text reaches a screen, a
 * printer, a log or a file. Unicode data comes from libutf8proc, which this module owns.
 */
#ifndef TK_CORE_TEXT_H
#define TK_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Copies src, cleaned, into dst of `size` bytes. TK_BAD_TEXT when it is not UTF-8 or does not fit;
   dst is then "". `src` may be any bytes up to its NUL. */
enum tk_code text_clean(char *dst, size_t size, const char *src);
bool text_is_clean(const char *text);

/* Copies src into dst as text_clean does, but never fails: what is not UTF-8 becomes U+FFFD and
   what does not fit is cut between characters. For showing, not for keeping. */
void text_display(char *dst, size_t size, const char *src);

/* Copies text to dst for comparing: compatibility forms, case and accents folded. Cut to fit. */
void text_fold(char *dst, size_t size, const char *text);

/* Copies text with letters and signs outside ASCII written with ASCII ones: accents are dropped,
   common signs spelled, the rest becomes '?'. Cut to fit. */
void text_to_ascii(char *dst, size_t size, const char *text);

/* Steps over one character as people see it (a grapheme cluster). Returns its length in bytes,
   0 at the end, and sets *width to its terminal cells (0 to 2). Invalid bytes count one cell each. */
size_t text_next(const char *text, int *width);
/* Bytes of the one code point at the beginning of text, 0 when they are not UTF-8 or there is none. */
size_t text_code_point(const char *text);
/* Steps back one character from `at`, which points into text; returns its length in bytes. */
size_t text_previous(const char *text, size_t at);
/* Terminal cells that the text takes. */
int text_width(const char *text);
/* Bytes of the longest beginning that takes at most `cells` cells. */
size_t text_fit(const char *text, int cells);

/* Copies with a NUL, cutting at size - 1 bytes; returns false when cut. */
bool text_copy(char *dst, size_t size, const char *src);

/* Steps over one character (of `length` bytes, not 0) of what may be a number in any script. Returns
   its bytes; *plain gets an ASCII digit for a decimal digit, a space for a space outside ASCII, an
   ASCII character itself, and '?' for anything else. */
size_t text_number_char(const char *text, size_t length, char *plain);

/* A whole number with an optional sign and nothing else. Numbers beyond int64 become its least or
   greatest value, so that the rules refuse them by range. False when it is not a number. */
bool text_parse_int(const char *text, int64_t *value);

/* UTF-8 of one character; returns its bytes (up to 4), 0 when it is none. No NUL is added. */
size_t text_encode(char bytes[4], uint32_t character);

#endif
