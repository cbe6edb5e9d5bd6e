#include "ui/http/pydantic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

#define NUMBER_SIZE 16001     /* characters of a float with the NUL */
#define MS_WATERSHED 2e10     /* beyond it a number is milliseconds */
#define NUMBER_MAX 3e20       /* beyond it a number is the end of all days */
#define OFFSET_MAX (24 * 60)  /* minutes; less than that */

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

void pydantic_isoformat(char text[PYDANTIC_ISO_SIZE], const struct pydantic_datetime *time)
{
    const struct civil_time *c = &time->civil;
    int minutes = (c->offset < 0 ? -c->offset : c->offset) / 60;
    char fraction[16] = "", offset[16] = "";

    if (c->microsecond)
        snprintf(fraction, sizeof fraction, ".%06d", c->microsecond);
    if (time->has_offset)
        snprintf(offset, sizeof offset, "%c%02d:%02d", c->offset < 0 ? '-' : '+', minutes / 60,
                 minutes % 60);
    snprintf(text, PYDANTIC_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", c->year, c->month,
             c->day, c->hour, c->minute, c->second, fraction, offset);
}

/* --- errors and fields --- */

/* The error object but for its last bracket. */
static void open_error(struct buffer *errors, const char *name, const char *message,
                       const char *type)
{
    json_put_open(errors, NULL, '{');
    json_put_open(errors, "loc", '[');
    json_put_text(errors, NULL, "query");
    json_put_text(errors, NULL, name);
    json_put_close(errors, ']');
    json_put_text(errors, "msg", message);
    json_put_text(errors, "type", type);
}

void pydantic_put_error(struct buffer *errors, const char *name, const char *message,
                        const char *type)
{
    open_error(errors, name, message, type);
    json_put_close(errors, '}');
}

static bool read_int(const struct form_pair *pair, const struct pydantic_field *field,
                     struct pydantic_value *value, struct buffer *errors)
{
    char message[80];

    if (!pydantic_int(pair->value, pair->value_length, &value->number)) {
        pydantic_put_error(errors, field->name, "value is not a valid integer",
                           "type_error.integer");
        return false;
    }
    if (!field->bounded || value->number >= field->least)
        return true;
    snprintf(message, sizeof message, "ensure this value is greater than or equal to %lld",
             (long long)field->least);
    open_error(errors, field->name, message, "value_error.number.not_ge");
    json_put_open(errors, "ctx", '{');
    json_put_int(errors, "limit_value", field->least);
    json_put_close(errors, '}');
    json_put_close(errors, '}');
    return false;
}

static bool read_datetime(const struct form_pair *pair, const struct pydantic_field *field,
                          struct pydantic_value *value, struct buffer *errors)
{
    switch (pydantic_datetime(pair->value, pair->value_length, &value->time)) {
    case PYDANTIC_FINE:
        return true;
    case PYDANTIC_NAN:
        pydantic_put_error(errors, field->name, "cannot convert float NaN to integer",
                           "value_error");
        return false;
    default:
        pydantic_put_error(errors, field->name, "invalid datetime format",
                           "value_error.datetime");
        return false;
    }
}

static void put_enum_error(const struct pydantic_field *field, struct buffer *errors)
{
    char message[TK_MESSAGE_MAX];
    int used = snprintf(message, sizeof message,
                        "value is not a valid enumeration member; permitted:");

    for (const char *const *choice = field->choices; *choice; choice++)
        used += snprintf(message + used, sizeof message - (size_t)used, "%s '%s'",
                         choice == field->choices ? "" : ",", *choice);
    open_error(errors, field->name, message, "type_error.enum");
    json_put_open(errors, "ctx", '{');
    json_put_open(errors, "enum_values", '[');
    for (const char *const *choice = field->choices; *choice; choice++)
        json_put_text(errors, NULL, *choice);
    json_put_close(errors, ']');
    json_put_close(errors, '}');
    json_put_close(errors, '}');
}

static bool read_enum(const struct form_pair *pair, const struct pydantic_field *field,
                      struct pydantic_value *value, struct buffer *errors)
{
    for (size_t i = 0; field->choices[i]; i++)
        if (pair->value_length == strlen(field->choices[i]) &&
            memcmp(pair->value, field->choices[i], pair->value_length) == 0) {
            value->choice = i;
            return true;
        }
    put_enum_error(field, errors);
    return false;
}

bool pydantic_read(const struct form *form, const struct pydantic_field *field,
                   struct pydantic_value *value, struct buffer *errors)
{
    const struct form_pair *pair = form_find(form, field->name);

    if (!pair) {
        pydantic_put_error(errors, field->name, "field required", "value_error.missing");
        return false;
    }
    switch (field->type) {
    case PYDANTIC_INT:
        return read_int(pair, field, value, errors);
    case PYDANTIC_DATETIME:
        return read_datetime(pair, field, value, errors);
    case PYDANTIC_ENUM:
        return read_enum(pair, field, value, errors);
    default:
        value->text = pair->value;
        value->length = pair->value_length;
        return true;
    }
}
