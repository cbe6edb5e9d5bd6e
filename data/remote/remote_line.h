/* remote_line: the line to a centre that is a service: POST /v1/sync, and /v1/admissions for a scan that it
   judges. Opening it asks nobody. */
#ifndef TK_DATA_REMOTE_REMOTE_LINE_H
#define TK_DATA_REMOTE_REMOTE_LINE_H

#include "core/sync.h"
#include "data/remote/remote_sign_on.h"
#include "data/remote/remote_store.h"

/* The options are copied. TK_CONFIG when the address is none. An exchange that was not answered within its
   time is TK_UNKNOWN; what answers and is no box office (a proxy's page) is TK_UNAVAILABLE only where the
   request cannot have reached one. */
enum tk_code remote_line_open(const struct remote_options *options, struct sync_line **line,
                              struct tk_error *error);
/* In whose name the line (of remote_line_open) asks what is not an exchange: its store, and scans. Of
   remote_session_copy; "": nobody's. False for what is none. Asks nobody; from the till's thread only. */
bool remote_line_take_session(struct sync_line *line, const char *session);
/* "" when it is nobody's. To be wiped. */
void remote_line_session(const struct sync_line *line, char session[REMOTE_SESSION_SIZE]);

#endif
