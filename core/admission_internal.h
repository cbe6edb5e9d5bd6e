/*
 * admission_internal: what the files of core/admission share.
 */
#ifndef TK_CORE_ADMISSION_INTERNAL_H
#define TK_CORE_ADMISSION_INTERNAL_H

#include "core/admission.h"

/* Booked and not in. */
bool admission_is_waiting(const struct ticket *ticket);
/* Reads the tickets of a sale in order, through `each` until it returns false. */
enum tk_code admission_walk_sale(struct box_office *office, uint64_t sale_id,
                                 bool (*each)(void *context, const struct ticket *ticket),
                                 void *context, struct tk_error *error);
/* Whether this door has a line to a centre, and is cut off. */
bool admission_is_cut_off(const struct box_office *office);
/* What is said of an early admission, or of why there is none; `view` is as admission_ticket has it. */
void admission_say_early(const struct box_office *office, enum verdict verdict,
                         const struct ticket_view *view, int64_t now, struct admission *admission);
/* admission_say, with the ticket that took the place of a replaced one. */
void admission_say_ticket(struct box_office *office, enum verdict verdict,
                          const struct ticket_view *view, int64_t now, struct admission *admission);

#endif
