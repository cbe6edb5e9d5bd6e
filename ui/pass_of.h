/* pass_of: the pass of a ticket, or why there is none. */
#ifndef TK_UI_PASS_OF_H
#define TK_UI_PASS_OF_H

#include "core/box_office.h"

/* As office_pass makes it, of a Booked ticket. Else pass is "": TK_CONFIG when the key file, ours or that of
   the service that is asked, lacks the showing's key, or why else it cannot be had. */
enum tk_code pass_of(const struct box_office *office, const struct ticket_view *ticket,
                     char pass[PASS_SIZE], struct tk_error *error);

#endif
