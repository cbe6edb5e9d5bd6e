/*
 * permit: who runs a command.
 *
 *             admin sign-on                        admin sign-off, 12 hours
 *   nobody ─────────────────▶ a member, kept in a ──────────────────────────▶ nobody
 *                             file of this user's
 *
 * The file lies in $XDG_RUNTIME_DIR/ticketly, else in the data folder, one for each box office;
 * what stands in it is signed with a key that is derived from the site's key. Where people sign on
 * (office_is_staffed) a command that changes something, or shows customers, needs a member. What
 * looks after the box office does not: expire, archive, sync, backup, verify, doctor, config,
 * migrate, copy; nor does staff rescue. A backup is the administrator's all the same where somebody
 * is signed on.
 *
 * What a member may change the rules say for each operation (core/role); this says whose commands
 * the others are.
 */
#ifndef TK_UI_ADMIN_PERMIT_H
#define TK_UI_ADMIN_PERMIT_H

#include "ui/admin/command.h"

#define PERMIT_LASTS (12 * TIME_HOUR)

/* Takes up who signed on, when that is still good, and refuses the command unless it may be run:
   TK_SIGN_ON, TK_NOT_PERMITTED. call_office calls it. */
enum tk_code permit_call(const struct call *call, struct box_office *office,
                         struct tk_error *error);
/* With --approved-by NUMBER: asks for that member's secret and has him approve the operation that
 * follows. */
enum tk_code permit_approve(const struct call *call, struct box_office *office, enum op_kind kind,
                            struct tk_error *error);
#endif
