#include "data/postgres/internal.h"

enum tk_code postgres_list_slots(struct store *store, const struct slot_query *query,
                                 struct slot_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_tickets(struct store *store, const struct ticket_query *query,
                                   struct ticket_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_customers(struct store *store, const struct customer_query *query,
                                     struct customer_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_journal(struct store *store, const struct journal_query *query,
                                   struct journal_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_due(struct store *store, const struct due_query *query,
                               struct id_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_devices(struct store *store, const struct device_query *query,
                                   struct device_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_touch_device(struct store *store, const char *name, int64_t at,
                                   struct tk_error *error)
{
    (void)store;
    (void)name;
    (void)at;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_count_admissions(struct store *store, int64_t slot_id,
                                       struct admission_count_list *list, struct tk_error *error)
{
    (void)store;
    (void)slot_id;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_count_slots(struct store *store, const struct slot_query *query,
                                  int64_t *count, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)count;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_version(struct store *store, uint64_t *version, struct tk_error *error)
{
    (void)store;
    (void)version;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_facts(struct store *store, struct store_facts *facts,
                            struct tk_error *error)
{
    (void)store;
    (void)facts;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

