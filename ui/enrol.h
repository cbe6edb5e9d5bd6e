/* enrol: `ticketly enrol URL [CODE]`, on a new device: lets it in at a service and sets it up. */
#ifndef TK_UI_ENROL_H
#define TK_UI_ENROL_H

#include "ui/session.h"

/* argv[0] is "enrol"; ends with NULL. `problem`: why the session is not set up; NULL: it is.
   `config` is
   --config, or NULL. Returns the exit status. */
int enrol_run(struct session *session, const struct tk_error *problem, const char *config,
              char **argv);

#endif
