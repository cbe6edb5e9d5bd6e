/* staffed: a till at which people sign on, for tests that type and look. */
#ifndef TK_TESTS_KIOSK_STAFFED_H
#define TK_TESTS_KIOSK_STAFFED_H

#include "core/role.h"
#include "tests/kiosk/till.h"

#define PRIYA 1042 /* a clerk */
#define TOM 1043   /* another one */
#define MAYA 2001  /* a supervisor */
#define NORA 3001  /* a manager */
#define PRIYA_PIN "385902"
#define TOM_PIN "716254"
#define MAYA_PIN "940186"
#define NORA_PIN "502847"

/* A till as till_init makes it, where these four work; more lines for its settings (may be NULL).
 */
void staffed_init(struct till *till, const char *settings);
/* Lets one more work there. */
void staffed_add(const struct till *till, int number, const char *name, enum role role,
                 const char *pin);
/* Puts a limit of the house. */
void staffed_limit(const struct till *till, int limit, int value);
/* How many operations of a kind the journal has in the name of exactly this actor, such as
 * "#1042+#2001". */
int staffed_journal_count(const struct till *till, const char *actor, const char *kind);
/* till_sold, which asks who is asking here. */
int staffed_sold(const struct till *till);
/* Types number and PIN into fields that are empty, and Enter. */
bool staffed_fill(struct term *term, int number, const char *pin);
/* The same at the sign-on view, whose fields are emptied first. */
bool staffed_type(struct term *term, int number, const char *pin);
/* Opens the counter, signs a member on and goes on without a shift. */
bool staffed_counter(const struct till *till, struct term *term, int number, const char *pin);

#endif
