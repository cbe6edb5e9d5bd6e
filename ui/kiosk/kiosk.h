/* kiosk: the counter and the door on a terminal (ncurses). */
#ifndef TK_UI_KIOSK_KIOSK_H
#define TK_UI_KIOSK_KIOSK_H

#include "core/box_office.h"
#include "ui/settings.h"

/* Of a locked kiosk: it ended, but nobody left it (EX_TEMPFAIL). */
#define KIOSK_GO_ON 75

struct stand_memory;

/* Shared with the processes that are forked after it, for as long as one of them lives; NULL: there
   is no memory. */
struct stand_memory *stand_memory_new(void);

/* Runs the counter until the clerk leaves it. `greeting` (may be NULL) is its first message. `locked`: as
   `ticketly --kiosk` does (ui/kiosk/keeper.h): no key leads out of it but a manager's PIN, and 0 is
   returned only then. What sales took so far is taken from `memory` and left there; NULL: it is this
   counter's alone. Returns the process exit status. */
int kiosk_run(struct box_office *office, const struct settings *settings, const char *greeting,
              bool locked, struct stand_memory *memory);

struct door;

/* Runs a door on the same loop, until its person leaves it. The door and the box office are borrowed.
   With `training` every frame says that nothing is real. */
int kiosk_run_door(struct box_office *office, struct door *door, const struct settings *settings,
                   bool training);

/* The keys as tables for the man page and the README: one line each through print. */
void kiosk_print_keys(void (*print)(void *context, const char *group, const char *keys,
                                    const char *help),
                      void *context);

#endif
