/* customers: what the commands about one customer share. */
#ifndef TK_UI_ADMIN_CUSTOMERS_H
#define TK_UI_ADMIN_CUSTOMERS_H

#include "core/box_office_staff.h"
#include "ui/admin/command.h"

struct customer_known {
    struct customer customer;
    struct loyalty loyalty;
    struct tier_choice choice;
};

/* The box office, and the customer that the argument means: by number, ticket or pass, the end of
   the phone number or words of the name. TK_CUSTOMER_NOT_FOUND; TK_NO_CUSTOMER for a walk-up's
   ticket; TK_BAD_ID with their numbers when several fit. */
enum tk_code customer_open(struct call *call, struct box_office **office, struct customer *customer,
                           struct tk_error *error);
/* The rest, of known->customer. */
enum tk_code customer_load(struct box_office *office, struct customer_known *known,
                           struct tk_error *error);
/* Appends visits, tier and so on as members of an object that is open. */
void customer_put_loyalty(struct buffer *out, const struct customer_known *known,
                          const struct time_zone *zone);

#endif
