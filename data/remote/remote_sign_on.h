/*
 * remote_sign_on: people who sign on at a service, through its store (remote_store_open, or the
 * store of a line to it).
 *
 * From then on the store sends the session with all that it asks (header Ticketly-Staff), and an
 * approval with the operation that names who approved it (Ticketly-Approval). When the session is
 * over, calls fail with TK_SIGN_ON.
 *
 * Threading: as the store.
 */
#ifndef TK_DATA_REMOTE_REMOTE_SIGN_ON_H
#define TK_DATA_REMOTE_REMOTE_SIGN_ON_H

#include "core/staff.h"
#include "core/store.h"

#define REMOTE_SESSION_SIZE 128 /* bytes of what the service gives out, with the NUL */

/* As sign_on_port (core/box_office.h). A try is sent once: its answer may be lost, and then it
   counts at the service all the same. TK_WRONG_PIN, TK_SIGN_ON_WAIT, TK_SIGN_ON_LOCKED,
   TK_NOT_APPROVED, TK_UNAVAILABLE. */
enum tk_code remote_sign_on(struct store *store, int64_t number, const char *secret, bool approve,
                            enum op_kind kind, struct staff *staff, struct tk_error *error);
/* Forgets the session, or just the approval; the service's journal is told, if it can be. */
void remote_sign_off(struct store *store, bool approve);
/* What is kept of a secret, which passed secret_check: made by the service, which has the pepper.
 */
enum tk_code remote_make_verifier(struct store *store, int64_t number, const char *secret,
                                  char verifier[VERIFIER_SIZE], struct tk_error *error);

/* The session, to go on with in another program; "" when nobody is signed on. To be wiped. */
void remote_session_copy(const struct store *store, char session[REMOTE_SESSION_SIZE]);
/* Goes on with one ("": nobody); false for what is none. */
bool remote_session_take(struct store *store, const char *session);

#endif
