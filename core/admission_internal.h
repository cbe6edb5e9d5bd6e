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
/* admission_say, with the ticket that took the place of a replaced one. */
void admission_say_ticket(struct box_office *office, enum verdict verdict,
                          const struct ticket_view *view, int64_t now, struct admission *admission);

#endif
