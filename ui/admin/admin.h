/* admin: the headless commands, `ticketly admin COMMAND …`. */
#ifndef TK_UI_ADMIN_ADMIN_H
#define TK_UI_ADMIN_ADMIN_H

#include "ui/session.h"

/* Runs one command; argv[0] is its name. stdout is data, stderr is messages. Returns the process
   exit status (core/status.h). */
int admin_run(struct session *session, int argc, char **argv);

#endif
