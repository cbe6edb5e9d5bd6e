/* The centre's half of sync: what tills keep of the house: who works there, and limits. */
#include "core/staff.h"
#include "core/sync_reply.h"

/* Verifiers never leave the house: a till that is stolen has none. One that cannot be read is sent
 * as gone. */
static enum tk_code blank(struct record_list *records, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < records->count; i++) {
        code = staff_blank(&records->items[i]);
        if (code == TK_CORRUPT)
            code = TK_OK;
    }
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* Ushers sign on at doors: those who may push may know who works here. A copy that knows of none is
   told each time, for it may be older than what tells it so. */
enum tk_code reply_add_records(struct end *e, bool same, struct tk_error *error)
{
    struct record_query query = {
        .by_seq = true, .after_seq = e->request->record_seq, .limit = SYNC_RECORDS_MAX};
    struct record_list *records = &e->reply->rows.records;
    enum tk_code code;

    if (e->request->record_seq < 0 || !role_reads(e->request->role, ROLE_DOOR) ||
        (same && e->request->record_seq))
        return TK_OK;
    e->reply->rows.records_from = e->request->record_seq;
    code = e->store->ops->list_records(e->store, &query, records, error);
    if (!code)
        code = blank(records, error);
    if (!code && records->count == SYNC_RECORDS_MAX)
        e->reply->more = true;
    if (code)
        record_list_release(records);
    return code;
}
