/*
 * till: the real program on a store of its own, for tests that type and look.
 *
 * The store is prepared through the program itself: TILL_SHOWINGS showings on fixed days of 2081,
 * in UTC, the first of them sold out. Each till has its own folder, home, settings and key.
 */
#ifndef TK_TESTS_KIOSK_TILL_H
#define TK_TESTS_KIOSK_TILL_H

#include "core/buffer.h"
#include "tests/support/term.h"

#define TILL_WAIT_MS 5000 /* patience: far more than anything takes */

/* The showings by their numbers; after them come "Evening 01" … "Evening 40". */
#define TILL_FULL_HOUSE 100000 /* 15 March 18:00, one place, sold */
#define TILL_SKYFALL 100001    /* 19:45, 5 places */
#define TILL_LIVES 100002      /* 20:00, 12 places */
#define TILL_SPIRITED 100003   /* 20:15, 20 places, Animation */
#define TILL_CONCERT 100004    /* 21:00, 18 places, Social */
#define TILL_PADDINGTON 100005 /* 16 March 10:30, 20 places, Comedy */
#define TILL_AMELIE 100006     /* 16 March 11:00, 20 places, Romance */
#define TILL_EVENINGS 40
#define TILL_SHOWINGS (7 + TILL_EVENINGS)

struct till {
    char folder[128], home[160], config[160], store[160];
};

/* Prepares folder, settings, store and showings. Aborts the run when it cannot. */
void till_init(struct till *till);
/* Adds lines to the settings file. */
void till_add_settings(const struct till *till, const char *lines);
/* Opens the counter on a terminal. `env` (NULL-terminated, may be NULL) is added to the
   environment, `option` (may be NULL) to the command line. */
bool till_start(const struct till *till, struct term *term, int rows, int columns,
                const char *const *env, const char *option);
/* The same, and waits for the programme. */
bool till_counter(const struct till *till, struct term *term, int rows, int columns,
                  const char *const *env, const char *option);

/* Runs `ticketly admin …` (words end with NULL) and waits. Returns its exit status, -1 when it did
   not exit. What it printed is appended to out (may be NULL). */
int till_admin(const struct till *till, struct buffer *out, const char *const *words);
/* Sells places as another till would. */
bool till_book(const struct till *till, int slot, int count, const char *name, const char *phone);
/* How many tickets of the store have a status, or all for "". */
int till_tickets(const struct till *till, const char *status);
/* Whether `admin verify` finds that all adds up; prints what it says when not. */
bool till_is_sound(const struct till *till);
/* Runs SQL on the file itself, for what the program would not write. */
bool till_sql(const struct till *till, const char *sql);
/* Holds the gate of the store as another program would; the descriptor to close. */
int till_hold_gate(const struct till *till);

/* Tickets booked through the counter or till_book since till_init. */
int till_sold(const struct till *till);

/* Waits until the cursor stands in the row of this text; says so when it does not. */
bool till_wait_cursor(struct term *term, const char *label);
/* The pass on the screen: its 20 characters without the gaps, "" when there is none. */
void till_pass(struct term *term, char pass[21]);

/* term_find for what stands there or is just being drawn: a frame may come in parts. */
bool till_find(struct term *term, const char *text, int *row, int *column);

#define SEE(term, text) CU_ASSERT(term_wait(term, text, TILL_WAIT_MS))
#define SEE_GONE(term, text) CU_ASSERT(term_wait_gone(term, text, TILL_WAIT_MS))

#endif
