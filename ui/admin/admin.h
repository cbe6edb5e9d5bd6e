/* admin: the headless commands, `ticketly admin COMMAND …`. */
#ifndef TK_UI_ADMIN_ADMIN_H
#define TK_UI_ADMIN_ADMIN_H

#include "ui/session.h"

/* Runs one command; argv[0] is its name. stdout is data, stderr is messages. `problem` (or NULL) is
   why session_init failed: then every command is refused so, but for --help and doctor. Returns the
   process exit status (core/status.h). */
int admin_run(struct session *session, const struct tk_error *problem, int argc, char **argv);

#endif
