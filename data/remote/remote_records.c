/* Records and tallies. */
#include "data/remote/remote.h"

enum tk_code remote_list_records(struct store *base, const struct record_query *query,
                                struct record_list *list, struct tk_error *error)
{
    (void)base;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code remote_list_tallies(struct store *base, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error)
{
    (void)base;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}
