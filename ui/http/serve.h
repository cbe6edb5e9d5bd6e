/* serve: `ticketly serve`, the box office of many, over HTTP, until SIGTERM or SIGINT. */
#ifndef TK_UI_HTTP_SERVE_H
#define TK_UI_HTTP_SERVE_H

#include "ui/session.h"

/* argv[0] is "serve"; ends with NULL. `problem`: why the session is not set up; NULL: it is.
   Returns the exit status: 0 after a drain in which everything was answered. */
int serve_run(struct session *session, const struct tk_error *problem, char **argv);

#endif
