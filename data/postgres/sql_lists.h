/* sql_lists: statements of the table in sql.h that lists are read with. */
#ifndef TK_DATA_POSTGRES_SQL_LISTS_H
#define TK_DATA_POSTGRES_SQL_LISTS_H

/* Rows of given ids in the given order, one that is given twice twice. */
#define WANTED "unnest($1::bigint[]) WITH ORDINALITY AS wanted (wanted_id, place)"

/* A + 0 keeps an index from being chosen that the order of the list is not in, or that is the longer way: what the
   planner knows of ranges is nothing. */

/* $1 type or -1, $2 ends after, $3 places at least, $4 inside the name or '', $5 limit, $6 $7 the place in the order
   to continue after, $8 the bound at the other end, $9 genre or -1 */
#define SLOT_FROM "SELECT " SLOT_COLUMNS " FROM slot WHERE "
#define SLOT_FILTER                                                                                \
    " AND ($1::bigint < 0 OR type = $1) AND ends_at + 0 > $2 AND available >= $3"                      \
    " AND ($4::text = '' OR position($4 IN name_key) > 0)"
#define SLOT_UP                                                                                    \
    SLOT_FILTER " AND (starts_at, id) > ($6, $7) AND starts_at < $8 ORDER BY starts_at, id LIMIT $5"
#define SLOT_DOWN                                                                                  \
    SLOT_FILTER " AND (starts_at, id) < ($6, $7) AND starts_at >= $8"                              \
    " ORDER BY starts_at DESC, id DESC LIMIT $5"
#define SLOT_ANY_GENRE "($9::bigint < 0 OR genre = $9)"
/* $10 name, $11 only those not expired */
#define SLOT_NAMED "name = $10 AND " SLOT_ANY_GENRE " AND ($11::bigint = 0 OR expired_at = 0)"
#define SLOT_COUNT "SELECT count(*) FROM slot WHERE expired_at = 0 AND "

/* $1 the ticket to continue after, $2 status or -1, $3 limit, $4 of what, $5 the seq to continue after */
#define TICKET_FILTER " AND ($2::bigint < 0 OR " TICKET_STATUS_NOW " = $2)"
#define TICKET_UP " AND t.number > $1" TICKET_FILTER " ORDER BY t.number LIMIT $3"
#define TICKET_DOWN " AND t.number < $1" TICKET_FILTER " ORDER BY t.number DESC LIMIT $3"

/* $1 the customer to continue after, $2 limit, $3 $4 the range of keys or '', $5 the slot: a slot has fewer people
   than a key may have */
#define CUSTOMER_FROM "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE "
#define CUSTOMER_UP "number > $1 ORDER BY number LIMIT $2"
#define CUSTOMER_DOWN "number < $1 ORDER BY number DESC LIMIT $2"
#define CUSTOMER_KEYED(beyond, order)                                                              \
    "SELECT " CUSTOMER_COLUMNS " FROM (SELECT DISTINCT customer + 0 AS wanted FROM customer_key"   \
    " WHERE key >= $3 AND key < $4 AND customer + 0 " beyond " $1 ORDER BY wanted " order          \
    " LIMIT $2) k JOIN customer ON number = wanted ORDER BY number " order
#define CUSTOMER_OF_SLOT                                                                           \
    CUSTOMER_FROM                                                                                  \
    "number IN (SELECT customer FROM ticket WHERE slot_id = $5 AND customer IS NOT NULL)"          \
    " AND ($3::text = '' OR EXISTS (SELECT 1 FROM customer_key k WHERE k.customer = number"        \
    " AND k.key >= $3 AND k.key < $4)) AND "

#define JOURNAL_FROM "SELECT " JOURNAL_COLUMNS " FROM journal WHERE seq > 0 AND seq > $1 "
#define ACCESS_FROM "SELECT " ACCESS_COLUMNS " FROM device_access "
/* $1 $2 the place in the order to continue after, $3 only what is held, $4 limit, $5 $6 of which slot, which holder */
#define ALLOTMENT_FROM "SELECT " ALLOTMENT_COLUMNS " FROM allotment WHERE "
#define ALLOTMENT_REST                                                                             \
    "(slot_id, holder) > ($1, $2) AND ($3::bigint = 0 OR " ALLOTMENT_HELD " > 0)"                  \
    " ORDER BY slot_id, holder LIMIT $4"
#define BLOCK_FROM "SELECT " BLOCK_COLUMNS " FROM number_block WHERE "
#define BLOCK_REST "($1::bigint = 0 OR written_off_at > 0) ORDER BY first"
#define REPLICA_FROM "SELECT " REPLICA_COLUMNS " FROM replica "
#define DISPUTE_FROM "SELECT " DISPUTE_COLUMNS " FROM dispute WHERE "
#define DISPUTE_REST "(found_at, op_id) > ($1, $2) ORDER BY found_at, op_id LIMIT $3"

/* Not prepared: another engine may not know it. */
#define SQL_DATABASE_SIZE "SELECT pg_database_size(current_database())"

/* clang-format off */
#define PG_SQL_LISTS(X) \
    X(PG_LIST_SLOTS_IDS,       "SELECT " SLOT_COLUMNS " FROM " WANTED " JOIN slot ON id = wanted_id" \
                               " ORDER BY place") \
    X(PG_LIST_SLOTS_BY_ID,     SLOT_FROM "id > $1 ORDER BY id LIMIT $2") \
    X(PG_LIST_SLOTS_OPEN,      SLOT_FROM "expired_at = 0 AND " SLOT_ANY_GENRE SLOT_UP) \
    X(PG_LIST_SLOTS_OPEN_DOWN, SLOT_FROM "expired_at = 0 AND " SLOT_ANY_GENRE SLOT_DOWN) \
    X(PG_LIST_SLOTS_GENRE,     SLOT_FROM "expired_at = 0 AND genre = $9" SLOT_UP) \
    X(PG_LIST_SLOTS_GENRE_DOWN, SLOT_FROM "expired_at = 0 AND genre = $9" SLOT_DOWN) \
    X(PG_LIST_SLOTS_ALL,       SLOT_FROM SLOT_ANY_GENRE SLOT_UP) \
    X(PG_LIST_SLOTS_ALL_DOWN,  SLOT_FROM SLOT_ANY_GENRE SLOT_DOWN) \
    X(PG_LIST_SLOTS_NAME,      SLOT_FROM SLOT_NAMED SLOT_UP) \
    X(PG_LIST_SLOTS_NAME_DOWN, SLOT_FROM SLOT_NAMED SLOT_DOWN) \
    X(PG_COUNT_SLOTS,          SLOT_COUNT "ends_at > $1") \
    X(PG_COUNT_SLOTS_GENRE,    SLOT_COUNT "ends_at > $1 AND genre = $2") \
    X(PG_COUNT_SLOTS_START,    SLOT_COUNT "starts_at > $1") \
    X(PG_COUNT_SLOTS_GENRE_START, SLOT_COUNT "starts_at > $1 AND genre = $2") \
    X(PG_COUNT_ADMISSIONS,     "SELECT admitted_by, count(*), max(admitted_at) FROM ticket" \
                               " WHERE slot_id = $1 AND admitted_at > 0" \
                               " GROUP BY admitted_by ORDER BY admitted_by") \
    X(PG_LIST_TICKETS_IDS,     "SELECT l.* FROM " WANTED " JOIN LATERAL (" TICKET_FROM "t.number = wanted_id) l" \
                               " ON true ORDER BY place") \
    X(PG_LIST_TICKETS_SLOT,    TICKET_FROM "t.slot_id = $4 AND (" TICKET_SEQ_NOW ", t.number) > ($5, $1)" \
                               TICKET_FILTER " ORDER BY " TICKET_SEQ_NOW ", t.number LIMIT $3") \
    X(PG_LIST_TICKETS_SLOT_DOWN, TICKET_FROM "t.slot_id = $4" TICKET_DOWN) \
    X(PG_LIST_TICKETS_CUSTOMER, TICKET_FROM "t.customer = $4" TICKET_UP) \
    X(PG_LIST_TICKETS_CUSTOMER_DOWN, TICKET_FROM "t.customer = $4" TICKET_DOWN) \
    X(PG_LIST_TICKETS_SALE,    TICKET_FROM "t.number >= $4 AND t.sale = $4 AND t.number <= $4 +" \
                               " (SELECT sale_size FROM ticket WHERE number = $4)" TICKET_UP) \
    X(PG_LIST_TICKETS_ALL,     TICKET_FROM "true" TICKET_UP) \
    X(PG_LIST_TICKETS_ALL_DOWN, TICKET_FROM "true" TICKET_DOWN) \
    X(PG_LIST_CUSTOMERS_IDS,   "SELECT " CUSTOMER_COLUMNS " FROM " WANTED \
                               " JOIN customer ON number = wanted_id ORDER BY place") \
    X(PG_LIST_CUSTOMERS_ALL,   CUSTOMER_FROM CUSTOMER_UP) \
    X(PG_LIST_CUSTOMERS_ALL_DOWN, CUSTOMER_FROM CUSTOMER_DOWN) \
    X(PG_LIST_CUSTOMERS_KEY,   CUSTOMER_KEYED(">", "ASC")) \
    X(PG_LIST_CUSTOMERS_KEY_DOWN, CUSTOMER_KEYED("<", "DESC")) \
    X(PG_LIST_CUSTOMERS_SLOT,  CUSTOMER_OF_SLOT CUSTOMER_UP) \
    X(PG_LIST_CUSTOMERS_SLOT_DOWN, CUSTOMER_OF_SLOT CUSTOMER_DOWN) \
    X(PG_LIST_JOURNAL,         JOURNAL_FROM "ORDER BY seq LIMIT $2") \
    X(PG_LIST_DEVICES,         ACCESS_FROM "ORDER BY name") \
    X(PG_LIST_DEVICES_NAMED,   ACCESS_FROM "WHERE name = $1") \
    X(PG_LIST_DEVICES_TOKEN,   ACCESS_FROM "WHERE token_hash = $1 AND revoked_at = 0") \
    X(PG_TOUCH_LIGHTLY,        "SET LOCAL synchronous_commit = off") \
    X(PG_TOUCH_DEVICE,         "UPDATE device_access SET used_at = greatest(used_at, $2)" \
                               " WHERE name = $1 AND revoked_at = 0") \
    X(PG_LIST_DUE_EXPIRE,      "SELECT id FROM slot WHERE expired_at = 0 AND ends_at <= $1" \
                               " ORDER BY ends_at LIMIT $2") \
    X(PG_LIST_DUE_ARCHIVE,     "(SELECT id FROM slot WHERE expired_at > 0 AND archived_at = 0" \
                               " AND expired_at <= $1 LIMIT $2)" \
                               " UNION (SELECT DISTINCT slot_id FROM ticket WHERE status = 2" \
                               " AND changed_at <= $1 LIMIT $2) LIMIT $2") \
    X(PG_LIST_ALLOTMENTS,      ALLOTMENT_FROM ALLOTMENT_REST) \
    X(PG_LIST_ALLOTMENTS_SLOT, ALLOTMENT_FROM "slot_id = $5 AND " ALLOTMENT_REST) \
    X(PG_LIST_ALLOTMENTS_HOLDER, ALLOTMENT_FROM "holder = $5 AND slot_id >= $1 AND " ALLOTMENT_REST) \
    X(PG_LIST_ALLOTMENTS_BOTH, ALLOTMENT_FROM "slot_id = $5 AND holder = $6 AND " ALLOTMENT_REST) \
    X(PG_LIST_BLOCKS,          BLOCK_FROM BLOCK_REST) \
    X(PG_LIST_BLOCKS_HOLDER,   BLOCK_FROM "holder = $2 AND " BLOCK_REST) \
    X(PG_LIST_REPLICAS,        REPLICA_FROM "ORDER BY device") \
    X(PG_LIST_REPLICAS_DEVICE, REPLICA_FROM "WHERE device = $1") \
    X(PG_LIST_DISPUTES_ONE,    DISPUTE_FROM "op_id = $1 AND ($2::bigint = 0 OR closed_at = 0)") \
    X(PG_LIST_DISPUTES,        DISPUTE_FROM DISPUTE_REST) \
    X(PG_LIST_DISPUTES_OPEN,   DISPUTE_FROM "closed_at = 0 AND " DISPUTE_REST)
/* clang-format on */

#endif
