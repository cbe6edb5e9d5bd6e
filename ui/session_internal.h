/* session: what its own files share: session.c opens, session_place.c knows where things lie,
   session_training.c puts a copy in the place of the real box office. */
#ifndef TK_UI_SESSION_INTERNAL_H
#define TK_UI_SESSION_INTERNAL_H

#include "ui/session.h"

/* Makes the folders above a file that are missing, for this user only. */
enum tk_code session_make_folders(const char *file, struct tk_error *error);
/* The same for the box office file when it lies where nobody chose; TK_CONFIG when there is no place
   for it. */
enum tk_code session_make_folder(struct session *session, struct tk_error *error);
bool session_store_is_there(const struct session *session);
/* Key file and box office file, which fit one another; sets the session's ring. *store is the
   caller's. */
enum tk_code session_open_both(struct session *session, struct store **store,
                               struct tk_error *error);
/* The box office file to read alone, without its key. */
enum tk_code session_look_at_store(struct session *session, struct store **store,
                                   struct tk_error *error);
/* For training, at the first call: makes or joins the copy, which is the session's box office file from
   then on. */
enum tk_code session_practise(struct session *session, struct tk_error *error);

#endif
