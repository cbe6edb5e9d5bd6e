#include "core/time.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const weekday_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = floor_div(year, 400);
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void civil_from_days(int64_t days, struct civil_time *civil)
{
    int64_t era, day_of_era, year_of_era, day_of_year, month;

    days += 719468;
    era = floor_div(days, 146097);
    day_of_era = days - era * 146097;
    year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153;
    civil->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(year_of_era + era * 400 + (civil->month <= 2));
}

static int32_t offset_at(const struct time_zone *zone, int64_t utc)
{
    return zone && zone->offset_at ? zone->offset_at(zone->context, utc) : 0;
}

struct civil_time time_civil(int64_t moment, const struct time_zone *zone)
{
    struct civil_time civil = {0};
    int64_t utc = floor_div(moment, TIME_SECOND), local, days, rest;

    civil.offset = offset_at(zone, utc);
    local = utc + civil.offset;
    days = floor_div(local, 86400);
    rest = local - days * 86400;
    civil_from_days(days, &civil);
    civil.weekday = (int)(((days + 4) % 7 + 7) % 7);
    civil.hour = (int)(rest / 3600);
    civil.minute = (int)(rest / 60 % 60);
    civil.second = (int)(rest % 60);
    civil.microsecond = (int)(moment - utc * TIME_SECOND);
    return civil;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return 29;
    return days[month - 1];
}

static bool civil_exists(const struct civil_time *c)
{
    return c->year >= 1970 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour >= 0 && c->hour <= 23 &&
           c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 59;
}

/* Seconds of the calendar as if it were UTC. */
static int64_t civil_seconds(const struct civil_time *c)
{
    return days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 +
           c->second;
}

enum tk_code time_from_civil(const struct civil_time *civil, const struct time_zone *zone,
                             int64_t *moment)
{
    int64_t local, first, second;
    int32_t before, after;
    bool first_ok, second_ok;

    if (!civil_exists(civil))
        return TK_BAD_TIME;
    local = civil_seconds(civil);
    /* the only offsets in question are those of a day before and a day after */
    before = offset_at(zone, local - 86400);
    after = offset_at(zone, local + 86400);
    first = local - before;
    second = local - after;
    first_ok = offset_at(zone, first) == before;
    second_ok = offset_at(zone, second) == after;
    if (!first_ok && !second_ok)
        return TK_TIME_SKIPPED;
    if (first_ok && second_ok && second < first)
        first = second;
    *moment = (first_ok ? first : second) * TIME_SECOND + civil->microsecond;
    if (*moment < 0 || *moment > TIME_MAX)
        return TK_BAD_TIME;
    return first_ok && second_ok && before != after ? TK_TIME_REPEATED : TK_OK;
}

/* Reads exactly `digits` digits. */
static bool take_number(const char **p, int digits, int *value)
{
    int number = 0;

    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*p)[i]))
            return false;
        number = number * 10 + (*p)[i] - '0';
    }
    *p += digits;
    *value = number;
    return true;
}

static bool take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* HH:MM[:SS[.ffffff]] */
static bool take_clock(const char **p, struct civil_time *civil)
{
    int scale = 100000;

    if (!take_number(p, 2, &civil->hour) || !take_char(p, ':') ||
        !take_number(p, 2, &civil->minute))
        return false;
    if (!take_char(p, ':'))
        return true;
    if (!take_number(p, 2, &civil->second))
        return false;
    if (!take_char(p, '.'))
        return true;
    if (!isdigit((unsigned char)**p))
        return false;
    for (; isdigit((unsigned char)**p) && scale > 0; (*p)++, scale /= 10)
        civil->microsecond += (**p - '0') * scale;
    return true;
}

/* Z, +HH:MM, +HHMM or +HH; sets *given. */
static bool take_offset(const char **p, int32_t *offset, bool *given)
{
    int sign, hours, minutes = 0;

    *given = **p == 'Z' || **p == 'z' || **p == '+' || **p == '-';
    if (!*given)
        return true;
    *offset = 0;
    if (take_char(p, 'Z') || take_char(p, 'z'))
        return true;
    sign = **p == '-' ? -1 : 1;
    (*p)++;
    if (!take_number(p, 2, &hours))
        return false;
    if (take_char(p, ':') || isdigit((unsigned char)**p))
        if (!take_number(p, 2, &minutes))
            return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

static bool take_date(const char **p, struct civil_time *civil)
{
    return take_number(p, 4, &civil->year) && take_char(p, '-') &&
           take_number(p, 2, &civil->month) && take_char(p, '-') &&
           take_number(p, 2, &civil->day) &&
           (take_char(p, 'T') || take_char(p, 't') || take_char(p, ' '));
}

/* today, tomorrow, today+N or nothing before the clock */
static bool take_day(const char **p, const struct time_zone *zone, int64_t now,
                     struct civil_time *civil)
{
    int64_t day = time_day_number(now, zone);
    int count = 0;

    if (strncasecmp(*p, "tomorrow", 8) == 0) {
        *p += 8;
        day += 1;
    } else if (strncasecmp(*p, "today", 5) == 0) {
        *p += 5;
        if (take_char(p, '+')) {
            while (isdigit((unsigned char)**p) && count < 100000)
                count = count * 10 + *(*p)++ - '0';
            day += count;
        }
    } else {
        civil_from_days(day, civil);
        return true;
    }
    civil_from_days(day, civil);
    return take_char(p, ' ');
}

enum tk_code time_parse(const char *text, const struct time_zone *zone, int64_t now,
                        int64_t *moment, struct tk_error *error)
{
    struct civil_time civil = {0};
    const char *p = text + strspn(text, " ");
    bool dated, given = false;
    int64_t utc;
    enum tk_code code;

    dated = strlen(p) > 4 && isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[2]);
    if (!(dated ? take_date(&p, &civil) : take_day(&p, zone, now, &civil)) ||
        !take_clock(&p, &civil) || !take_offset(&p, &civil.offset, &given) ||
        p[strspn(p, " ")] != '\0')
        return tk_fail(error, TK_BAD_TIME,
                       "“%.60s” is not a time: write 2026-11-22 19:45, 19:45 or tomorrow 19:45.",
                       text);
    if (given && civil_exists(&civil)) {
        utc = (civil_seconds(&civil) - civil.offset) * TIME_SECOND + civil.microsecond;
        code = utc < 0 || utc > TIME_MAX ? TK_BAD_TIME : TK_OK;
        if (!code)
            *moment = utc;
    } else {
        int64_t found;

        code = time_from_civil(&civil, zone, &found);
        if (!code)
            *moment = found;
    }
    switch (code) {
    case TK_OK:
        return TK_OK;
    case TK_TIME_SKIPPED:
        return tk_fail(error, code, "%.60s does not exist: the clocks go forward over it.", text);
    case TK_TIME_REPEATED:
        return tk_fail(error, code,
                       "%.60s comes twice, the clocks go back: add the offset, such as +01:00.",
                       text);
    default:
        return tk_fail(error, code, "There is no such day or time as %.60s.", text);
    }
}

static void print_offset(char *text, size_t size, int32_t offset)
{
    int32_t minutes = (offset < 0 ? -offset : offset) / 60;

    snprintf(text, size, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)(minutes / 60 % 100),
             (int)(minutes % 60));
}

/* The last `count` digits of a number and a sign behind them. */
static char *put_digits(char *at, int value, int count, char after)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    at[count] = after;
    return at + count + 1;
}

/* Long lists are made of these: printf would take longer than all the rest of a line. */
void time_print(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone)
{
    struct civil_time c = time_civil(moment, zone);
    int32_t minutes = (c.offset < 0 ? -c.offset : c.offset) / 60;
    char sign = c.offset < 0 ? '-' : '+', *at = text;

    at = put_digits(at, c.year, 4, '-');
    at = put_digits(at, c.month, 2, '-');
    at = put_digits(at, c.day, 2, 'T');
    at = put_digits(at, c.hour, 2, ':');
    at = put_digits(at, c.minute, 2, ':');
    at = put_digits(at, c.second, 2, c.microsecond ? '.' : sign);
    if (c.microsecond)
        at = put_digits(at, c.microsecond, 6, sign);
    at = put_digits(at, minutes / 60 % 100, 2, ':');
    put_digits(at, minutes % 60, 2, '\0');
}

void time_print_day(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone)
{
    struct civil_time c = time_civil(moment, zone);

    snprintf(text, TIME_TEXT_MAX, "%s %d %s %02d:%02d", weekday_names[c.weekday], c.day,
             month_names[c.month - 1], c.hour, c.minute);
}

void time_print_clock(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone)
{
    struct civil_time c = time_civil(moment, zone);

    snprintf(text, TIME_TEXT_MAX, "%02d:%02d", c.hour, c.minute);
}

void time_print_field(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone)
{
    struct civil_time c = time_civil(moment, zone);
    char offset[16] = "";
    int64_t again;

    if (time_from_civil(&c, zone, &again) == TK_TIME_REPEATED)
        print_offset(offset, sizeof offset, c.offset);
    snprintf(text, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d%s", c.year, c.month, c.day, c.hour,
             c.minute, offset);
}

int64_t time_day_number(int64_t moment, const struct time_zone *zone)
{
    int64_t utc = floor_div(moment, TIME_SECOND);

    return floor_div(utc + offset_at(zone, utc), 86400);
}
