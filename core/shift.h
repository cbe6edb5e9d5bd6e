/*
 * shift: the time for which a member of staff is at work, and what it came to.
 *
 *              shift-open                         shift-close
 *   off duty ──────────────▶ on duty ────────────────────────▶ off duty, and the shift is kept
 *
 * How many keys and seconds each sale took is counted at the counter and comes with shift-close:
 * texts such as "3:12 4:7", 12 sales of 3 keys and 7 of 4, rising. The last number,
 * SHIFT_EFFORT_MAX, stands for all above.
 */
#ifndef TK_CORE_SHIFT_H
#define TK_CORE_SHIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/operation.h"
#include "core/record.h"

#define DUTY_PREFIX "duty/"
#define SHIFT_PREFIX "shift/"
#define SHIFT_EFFORT_MAX 120 /* keys, or seconds */

struct duty {
    int64_t number;           /* of the member */
    int64_t opened_at;        /* UTC µs; 0: off duty */
    char device[DEVICE_SIZE]; /* where it was opened */
    int64_t cancels;          /* since then */
};

struct shift {
    int64_t number;
    int64_t opened_at, closed_at; /* UTC µs */
    char device[DEVICE_SIZE], closed_device[DEVICE_SIZE];
    int64_t cancels;
    char keys[SHIFT_EFFORT_SIZE], seconds[SHIFT_EFFORT_SIZE];
};

void duty_key(char key[RECORD_KEY_SIZE], int64_t number);
enum tk_code duty_print(const struct duty *duty, struct record *record);
enum tk_code duty_read(const struct record *record, struct duty *duty);

/* By member and time: a prefix of "shift/NUMBER/" lists one's own in their order. */
void shift_key(char key[RECORD_KEY_SIZE], int64_t number, int64_t opened_at);
enum tk_code shift_print(const struct shift *shift, struct record *record);
enum tk_code shift_read(const struct record *record, struct shift *shift);

/* How often something took how much: effort.counts[n] times n. */
struct effort {
    int64_t counts[SHIFT_EFFORT_MAX + 1];
};
void effort_add(struct effort *effort, int64_t value);
/* False when it does not fit (then it is cut) … */
bool effort_print(const struct effort *effort, char text[SHIFT_EFFORT_SIZE]);
/* … or is none; adds to what *effort has. */
bool effort_read(struct effort *effort, const char *text);
int64_t effort_total(const struct effort *effort);
/* The value that `percent` of them do not exceed (nearest rank); 0 when there are none. */
int64_t effort_percentile(const struct effort *effort, int percent);

#endif
