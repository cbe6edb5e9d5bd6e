#include "core/ticket.h"

#include <stdlib.h>
#include <strings.h>

#include "core/list.h"

static const char *const status_names[TICKET_STATUS_COUNT] = {
#define X(status, name) [status] = name,
    TICKET_STATUS_TABLE(X)
#undef X
};

const char *ticket_status_name(enum ticket_status status)
{
    return (unsigned)status < TICKET_STATUS_COUNT ? status_names[status] : NULL;
}

bool ticket_status_parse(const char *name, enum ticket_status *status)
{
    for (int i = 0; i < TICKET_STATUS_COUNT; i++)
        if (strcasecmp(status_names[i], name) == 0) {
            *status = (enum ticket_status)i;
            return true;
        }
    if (strcasecmp(name, "Cancelled") == 0) { /* as many write it */
        *status = TICKET_CANCELED;
        return true;
    }
    return false;
}

enum tk_code ticket_status_require(const char *name, enum ticket_status *status,
                                   struct tk_error *error)
{
    if (ticket_status_parse(name, status))
        return TK_OK;
    return tk_fail(error, TK_BAD_STATUS,
                   "There is no status “%.40s”: Booked, Expired, Canceled or Archived.", name);
}

enum tk_code ticket_check_booked(const struct ticket *ticket)
{
    switch (ticket->status) {
    case TICKET_BOOKED:
        return TK_OK;
    case TICKET_EXPIRED:
        return TK_TICKET_EXPIRED;
    case TICKET_CANCELED:
        return ticket->replaced_by ? TK_TICKET_REPLACED : TK_TICKET_CANCELED;
    default:
        return TK_TICKET_ARCHIVED;
    }
}

enum tk_code ticket_list_add(struct ticket_list *list, const struct ticket *ticket)
{
    return LIST_ADD(list, ticket);
}

void ticket_list_release(struct ticket_list *list)
{
    free(list->items);
    *list = (struct ticket_list){0};
}
