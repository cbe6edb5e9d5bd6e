/* pydantic_text: int(), float() and parse_datetime() of a text. */
#include "ui/http/pydantic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

#define NUMBER_SIZE 16001    /* characters of a float with the NUL */
#define MS_WATERSHED 2e10    /* beyond it a number is milliseconds */
#define NUMBER_MAX 3e20      /* beyond it a number is the end of all days */
#define OFFSET_MAX (24 * 60) /* minutes; less than that */

/* --- characters --- */

/* A text on its way through a reader. */
struct cursor {
    const char *at, *end;
};

/* The next character, digits of any script as ASCII ones; NUL at the end. `spaces`: those of any
   script as one, too. *step gets its bytes. */
static char peek(const struct cursor *cursor, bool spaces, size_t *step)
{
    char c;

    *step = 0;
    if (cursor->at == cursor->end)
        return '\0';
    *step = text_number_char(cursor->at, (size_t)(cursor->end - cursor->at), &c);
    if (c == '\0' || (c == ' ' && *step > 1 && !spaces))
        return '?';
    return c;
}

static bool take_any(struct cursor *cursor, const char *wanted, char *taken)
{
    size_t step;
    char c = peek(cursor, false, &step);

    if (!c || !strchr(wanted, c))
        return false;
    cursor->at += step;
    if (taken)
        *taken = c;
    return true;
}

static void skip_spaces(struct cursor *cursor)
{
    size_t step;
    char c;

    while ((c = peek(cursor, true, &step)) && strchr(" \t\n\v\f\r", c))
        cursor->at += step;
}

static bool at_end(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

/* --- int and float --- */

/* A run of digits with single underscores between them, told one by one. False when there is none
   or an underscore stands wrong. */
static bool take_digits(struct cursor *cursor, void (*digit)(void *context, char c), void *context)
{
    bool after_digit = false;
    char c;

    while (take_any(cursor, "0123456789_", &c)) {
        if (c == '_' && !after_digit)
            return false;
        after_digit = c != '_';
        if (after_digit)
            digit(context, c);
    }
    return after_digit;
}

struct whole {
    int64_t value; /* grows downward: there is one more below zero */
    bool beyond;
};

static void add_digit(void *context, char c)
{
    struct whole *whole = context;

    whole->beyond = whole->beyond || __builtin_mul_overflow(whole->value, 10, &whole->value) ||
                    __builtin_sub_overflow(whole->value, c - '0', &whole->value);
}

bool pydantic_int(const char *text, size_t length, int64_t *value)
{
    struct cursor cursor = {text, text + length};
    struct whole whole = {0};
    char sign = '+';

    skip_spaces(&cursor);
    take_any(&cursor, "+-", &sign);
    if (!take_digits(&cursor, add_digit, &whole))
        return false;
    skip_spaces(&cursor);
    if (!at_end(&cursor))
        return false;
    if (sign == '-')
        *value = whole.beyond ? INT64_MIN : whole.value;
    else
        *value = whole.beyond || whole.value == INT64_MIN ? INT64_MAX : -whole.value;
    return true;
}

/* Where the plain form of a number goes: data NULL only looks whether it is one. */
struct plain {
    char *data;
    size_t used;
};

static void keep(void *context, char c)
{
    struct plain *plain = context;

    if (plain->data && plain->used + 1 < NUMBER_SIZE)
        plain->data[plain->used] = c;
    plain->used++;
}

static bool take_kept(struct cursor *cursor, const char *wanted, struct plain *plain)
{
    char c;

    if (!take_any(cursor, wanted, &c))
        return false;
    keep(plain, c);
    return true;
}

static bool is_digit_next(const struct cursor *cursor)
{
    size_t step;
    char c = peek(cursor, false, &step);

    return c >= '0' && c <= '9';
}

/* inf, infinity and nan, whatever the case */
static bool take_word(struct cursor *cursor, struct plain *plain)
{
    static const char *const words[] = {"infinity", "inf", "nan"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);

        if ((size_t)(cursor->end - cursor->at) < length ||
            strncasecmp(cursor->at, words[i], length) != 0)
            continue;
        cursor->at += length;
        for (const char *c = words[i]; *c; c++)
            keep(plain, *c);
        return true;
    }
    return false;
}

/* 12  12.  12.5  .5, then perhaps e5 */
static bool take_decimal(struct cursor *cursor, struct plain *plain)
{
    bool digits = is_digit_next(cursor);

    if (digits && !take_digits(cursor, keep, plain))
        return false;
    if (take_kept(cursor, ".", plain) && is_digit_next(cursor)) {
        digits = true;
        if (!take_digits(cursor, keep, plain))
            return false;
    }
    if (!digits)
        return false;
    if (!take_kept(cursor, "eE", plain))
        return true;
    take_kept(cursor, "+-", plain);
    return take_digits(cursor, keep, plain);
}

/* Whether the text is a float; its plain form goes to `plain`. */
static bool scan_float(const char *text, size_t length, struct plain *plain)
{
    struct cursor cursor = {text, text + length};

    skip_spaces(&cursor);
    take_kept(&cursor, "+-", plain);
    if (!take_word(&cursor, plain) && !take_decimal(&cursor, plain))
        return false;
    skip_spaces(&cursor);
    return at_end(&cursor) && plain->used < NUMBER_SIZE;
}

static double convert(const char *text, size_t length)
{
    char data[NUMBER_SIZE];
    struct plain plain = {.data = data};

    scan_float(text, length, &plain);
    data[plain.used] = '\0';
    return strtod(data, NULL); /* numbers are in the C locale in this program */
}

bool pydantic_float(const char *text, size_t length, double *value)
{
    struct plain plain = {0};

    if (!scan_float(text, length, &plain))
        return false;
    *value = convert(text, length);
    return true;
}

/* --- datetime --- */

/* timedelta(seconds=…) in µs: to the nearest, halves to the even one. */
static int64_t round_to_us(double seconds)
{
    double whole, rest, us, left = modf(1e6 * modf(seconds, &whole), &us);
    int64_t total = (int64_t)whole * TIME_SECOND + (int64_t)us;
    int odd = (int)(total & 1);

    rest = round(left);
    if (fabs(rest - left) == 0.5)
        rest = 2.0 * round((left + odd) * 0.5) - odd;
    return total + (int64_t)rest;
}

static enum pydantic_refusal from_number(double seconds, struct pydantic_datetime *time)
{
    static const struct civil_time first = {.year = 1, .month = 1, .day = 1},
                                   last = {.year = 9999,
                                           .month = 12,
                                           .day = 31,
                                           .hour = 23,
                                           .minute = 59,
                                           .second = 59,
                                           .microsecond = 999999};

    if (isnan(seconds))
        return PYDANTIC_NAN;
    if (fabs(seconds) > NUMBER_MAX) {
        *time = (struct pydantic_datetime){.civil = seconds > 0 ? last : first};
        return PYDANTIC_FINE;
    }
    while (fabs(seconds) > MS_WATERSHED)
        seconds /= 1000;
    *time = (struct pydantic_datetime){.civil = time_civil(round_to_us(seconds), NULL),
                                       .has_offset = true};
    return PYDANTIC_FINE;
}

/* `least` to `most` digits. */
static bool take_number(struct cursor *cursor, int least, int most, int *number)
{
    int count = 0, total = 0;
    char c;

    while (count < most && take_any(cursor, "0123456789", &c)) {
        total = total * 10 + (c - '0');
        count++;
    }
    *number = total;
    return count >= least;
}

/* .ffffff and up to six digits more, which do not count */
static bool take_fraction(struct cursor *cursor, int *microsecond)
{
    int scale = 100000, digits = 0;
    char c;

    for (*microsecond = 0; digits < 12 && take_any(cursor, "0123456789", &c); digits++) {
        *microsecond += (c - '0') * scale;
        scale /= 10;
    }
    return digits > 0;
}

/* HH:MM[:SS[.ffffff]] */
static bool take_clock(struct cursor *cursor, struct civil_time *civil)
{
    if (!take_number(cursor, 1, 2, &civil->hour) || !take_any(cursor, ":", NULL) ||
        !take_number(cursor, 1, 2, &civil->minute))
        return false;
    if (!take_any(cursor, ":", NULL))
        return true;
    if (!take_number(cursor, 1, 2, &civil->second))
        return false;
    return !take_any(cursor, ".", NULL) || take_fraction(cursor, &civil->microsecond);
}

/* Z, +HH, +HHMM or +HH:MM, or nothing */
static bool take_offset(struct cursor *cursor, struct pydantic_datetime *time)
{
    int hours, minutes = 0;
    char sign;

    time->has_offset = take_any(cursor, "Z", NULL);
    if (time->has_offset || !take_any(cursor, "+-", &sign))
        return true;
    if (!take_number(cursor, 2, 2, &hours))
        return false;
    if ((take_any(cursor, ":", NULL) || is_digit_next(cursor)) &&
        !take_number(cursor, 2, 2, &minutes))
        return false;
    time->has_offset = true;
    minutes += 60 * hours;
    time->civil.offset = (sign == '-' ? -60 : 60) * minutes;
    return minutes < OFFSET_MAX;
}

static bool is_in_calendar(const struct civil_time *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);

    return c->year >= 1 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days[c->month - 1] + (leap && c->month == 2) && c->hour <= 23 &&
           c->minute <= 59 && c->second <= 59;
}

static bool from_calendar(const char *text, size_t length, struct pydantic_datetime *time)
{
    struct cursor cursor = {text, text + length};
    struct civil_time *civil = &time->civil;

    *time = (struct pydantic_datetime){0};
    if (!take_number(&cursor, 4, 4, &civil->year) || !take_any(&cursor, "-", NULL) ||
        !take_number(&cursor, 1, 2, &civil->month) || !take_any(&cursor, "-", NULL) ||
        !take_number(&cursor, 1, 2, &civil->day) || !take_any(&cursor, "T ", NULL) ||
        !take_clock(&cursor, civil) || !take_offset(&cursor, time))
        return false;
    take_any(&cursor, "\n", NULL); /* as the $ of Python's re allows */
    return at_end(&cursor) && is_in_calendar(civil);
}

enum pydantic_refusal pydantic_datetime(const char *text, size_t length,
                                        struct pydantic_datetime *time)
{
    struct pydantic_datetime found;
    enum pydantic_refusal refusal;
    double seconds;

    if (pydantic_float(text, length, &seconds))
        refusal = from_number(seconds, &found);
    else
        refusal = from_calendar(text, length, &found) ? PYDANTIC_FINE : PYDANTIC_NO_DATETIME;
    if (!refusal)
        *time = found;
    return refusal;
}

/* A number in so many digits, after a character. printf would cost more than all else of a list. */
static char *put_digits(char *at, char before, int number, int digits)
{
    *at++ = before;
    for (int i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

void pydantic_isoformat(char text[PYDANTIC_ISO_SIZE], const struct pydantic_datetime *time)
{
    const struct civil_time *c = &time->civil;
    int minutes = (c->offset < 0 ? -c->offset : c->offset) / 60;
    char *at = put_digits(text, (char)('0' + c->year / 1000 % 10), c->year % 1000, 3);

    at = put_digits(at, '-', c->month, 2);
    at = put_digits(at, '-', c->day, 2);
    at = put_digits(at, 'T', c->hour, 2);
    at = put_digits(at, ':', c->minute, 2);
    at = put_digits(at, ':', c->second, 2);
    if (c->microsecond)
        at = put_digits(at, '.', c->microsecond, 6);
    if (time->has_offset) {
        at = put_digits(at, c->offset < 0 ? '-' : '+', minutes / 60, 2);
        at = put_digits(at, ':', minutes % 60, 2);
    }
    *at = '\0';
}
