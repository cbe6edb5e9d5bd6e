/* door: `ticketly door`, for whoever lets people in: a screen, or lines for scanners and gates. */
#ifndef TK_UI_DOOR_DOOR_H
#define TK_UI_DOOR_DOOR_H

#include "ui/session.h"

/* argv[0] is "door"; ends with NULL. `problem`: why the session is not set up; NULL: it is. Returns
   the exit status: 0 when the door was left, at the end of its input, and after SIGTERM. */
int door_run(struct session *session, const struct tk_error *problem, char **argv);

#endif
