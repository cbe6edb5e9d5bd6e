/*
 * stand: who stands at the counter, and what of it is out of reach while nobody does.
 *
 *              stand_enter                          stand_sign_off
 *   nobody ──────────────▶ a member is signed on ─────────────────▶ nobody
 *                             │      ▲
 *           idle: stand_tick   ▼      │ stand_enter: the same member: all is as it was;
 *                            locked ─┘             another one: nothing of it is left
 *
 * A house without staff has none of this but the attract screen of a kiosk, which any key takes
 * away.
 *
 * Invariants
 * 1. While a guard's view lies on the stack (view_ops.guard) nothing below it is painted, nor
 * reached by a key, a scan, a click or a paste.
 * 2. While it is locked nobody is signed on at the box office.
 * 3. Time is counted by a clock that nobody sets.
 */
#ifndef TK_UI_KIOSK_STAND_H
#define TK_UI_KIOSK_STAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/box_office_staff.h"
#include "ui/kiosk/terminal.h"

#define STAND_MEMBERS 16 /* whose effort is kept at a time */

struct counter;

/* What the sales of a member's shift took at this counter. */
struct stand_effort {
    int64_t number; /* 0: nobody's */
    struct effort keys, seconds;
};

/* What a counter of a kiosk that ends leaves to the next one. */
struct stand_memory {
    struct stand_effort efforts[STAND_MEMBERS];
};

struct stand {
    bool kiosk;         /* nothing leads out of it but a manager's PIN */
    bool staffed;       /* people sign on here */
    bool staffed_known; /* it could be asked */
    struct staff owner; /* whose views lie on the stack, be it locked; number 0: nobody's */
    int64_t touched_at; /* the last key, in µs of a clock that nobody sets */
    int64_t shut_at;    /* since when it is locked by that clock; 0: it is not */
    int64_t away;       /* µs for which it was locked so far */
    int64_t keys;       /* pressed so far, those of signing on and approving aside */
    int64_t counted;    /* the second that is shown in the countdown */
    bool left;          /* a manager ended it */
    struct stand_memory *memory; /* borrowed, or `own` */
    struct stand_memory own;
};

/* µs of a clock that nobody sets, which goes on while the machine sleeps. */
int64_t stand_now(void);

/* At the start: asks whether people sign on here, and has the first one do so. */
void stand_open(struct counter *counter);
/* On the way out. */
void stand_close(struct counter *counter);
/* Asks again whether people sign on here: somebody changed something. */
void stand_look(struct counter *counter);
/* Locks, and shows the attract screen, when nobody did anything for long. */
void stand_tick(struct counter *counter);
/* Notes that somebody is here. True: the event was for the attract screen alone. */
bool stand_touch(struct counter *counter, const struct event *event);
/* Whether a guard's view lies on the stack. */
bool stand_is_shut(const struct counter *counter);
/* Seconds until it locks; -1: that is not to be told yet. */
int stand_countdown(const struct counter *counter);
/* Whether an action is of any use to whoever is here: for hints. */
bool stand_offers(const struct counter *counter, enum op_kind kind);
/* Who is here, for the header; NULL where nobody signs on. */
const char *stand_name(const struct counter *counter);

/* A member signed on (office->member): shows what was there when it is the same one as before. */
void stand_enter(struct counter *counter);
/* The member goes: asks about his shift, or signs off. */
void stand_leave_post(struct counter *counter);
/* Signs off at once. */
void stand_sign_off(struct counter *counter);
/* The program is to end: at once, after a manager's PIN, or not at all. */
void stand_quit(struct counter *counter);

/* A sale is made: what it took since it was begun (stand_begin_sale) belongs to the shift. */
struct stand_sale {
    int64_t keys, at, away;
};
struct stand_sale stand_begin_sale(const struct counter *counter);
void stand_count_sale(struct counter *counter, const struct stand_sale *sale);
/* Of the member signed on; a new shift has none yet. */
struct stand_effort *stand_effort_of(struct counter *counter, int64_t number);
void stand_forget_effort(struct counter *counter, int64_t number);

/* When what was refused may be approved: asks for a supervisor's number and PIN, and calls `again`
 * once he gave them. False: nobody can approve that. */
bool stand_offer_approval(struct counter *counter, const struct tk_error *error, enum op_kind kind,
                          void (*again)(struct counter *counter, uint64_t subject),
                          uint64_t subject);

#endif
