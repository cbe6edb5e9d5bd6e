#include "tests/support/far_office.h"

#include <string.h>

#include "core/text.h"
#include "tests/support/test.h"

static struct far_office *far_of(struct store *store)
{
    return (struct far_office *)store;
}

/* How the line stands for one call. TK_OK: it gets there; *lost: its answer does not come back. */
static enum tk_code enter(struct far_office *far, bool changes, bool *lost, struct tk_error *error)
{
    far->calls++;
    if (far->cut_after && !--far->cut_after)
        far->line = FAR_DOWN;
    *lost = far->line == FAR_LOST;
    switch (far->line) {
    case FAR_DOWN:
        return tk_fail(error, far->failure ? far->failure : TK_UNAVAILABLE, "The line is cut.");
    case FAR_REFUSED:
        return tk_fail(error, TK_NO_TOKEN, "The token was revoked.");
    case FAR_LOST:
        return changes ? TK_OK : tk_fail(error, TK_UNAVAILABLE, "The line is cut.");
    default:
        return TK_OK;
    }
}

static enum tk_code leave(bool lost, enum tk_code code, struct tk_error *error)
{
    return lost && !code ? tk_fail(error, TK_UNKNOWN, "The answer was lost.") : code;
}

static enum tk_code far_apply(struct store *store, const struct operation *operations, size_t count,
                              struct outcome *outcomes, struct tk_error *error)
{
    struct far_office *far = far_of(store);
    struct operation copies[OP_BATCH_MAX / 8];
    bool lost;
    enum tk_code code = enter(far, true, &lost, error);

    CU_ASSERT_FATAL(count <= sizeof copies / sizeof copies[0]);
    memcpy(copies, operations, count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        if (far->device[0])
            text_copy(copies[i].device, sizeof copies[i].device, far->device);
    if (!code)
        code = store_apply(far->fixture->store, copies, count, outcomes, error);
    return leave(lost, code, error);
}

#define QUESTION(name, arguments, call)                                                            \
    static enum tk_code name arguments                                                             \
    {                                                                                              \
        struct far_office *far = far_of(store);                                                    \
        bool lost;                                                                                 \
        enum tk_code code = enter(far, false, &lost, error);                                       \
                                                                                                   \
        return code ? code : far->fixture->store->ops->call;                                       \
    }

QUESTION(far_slots,
         (struct store *store, const struct slot_query *query, struct slot_list *list,
          struct tk_error *error),
         list_slots(far->fixture->store, query, list, error))
QUESTION(far_tickets,
         (struct store *store, const struct ticket_query *query, struct ticket_list *list,
          struct tk_error *error),
         list_tickets(far->fixture->store, query, list, error))
QUESTION(far_customers,
         (struct store *store, const struct customer_query *query, struct customer_list *list,
          struct tk_error *error),
         list_customers(far->fixture->store, query, list, error))
QUESTION(far_count,
         (struct store *store, int64_t slot_id, struct admission_count_list *list,
          struct tk_error *error),
         count_admissions(far->fixture->store, slot_id, list, error))
QUESTION(far_version, (struct store *store, uint64_t *version, struct tk_error *error),
         version(far->fixture->store, version, error))

static enum tk_code far_admit(void *context, const struct admission_request *request,
                              struct admission *admission, struct tk_error *error)
{
    struct far_office *far = context;
    bool lost;
    enum tk_code code = enter(far, true, &lost, error);

    far->admits++;
    if (!code)
        code = office_admit(&far->there, request, admission, error);
    return leave(lost, code, error);
}

void far_office_init(struct far_office *far, struct fixture *fixture, const char *name)
{
    static const struct store_ops ops = {.apply = far_apply,
                                         .list_slots = far_slots,
                                         .list_tickets = far_tickets,
                                         .list_customers = far_customers,
                                         .count_admissions = far_count,
                                         .version = far_version};

    *far = (struct far_office){.store.ops = &ops, .fixture = fixture, .there = fixture->office};
    text_copy(far->there.device, sizeof far->there.device, name);
    far->office = far->there;
    far->office.store = &far->store;
    far->office.admissions = (struct admission_port){far_admit, far};
}
