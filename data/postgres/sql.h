/*
 * sql: every statement of the PostgreSQL engine, in one table; all prepared at connecting, but those of verify.
 * Parameters only, in binary; what the server cannot infer has a cast, as all integers are bigint. Rows come as
 * arrays, one for each column, so that a batch writes its tickets with one statement.
 */
#ifndef TK_DATA_POSTGRES_SQL_H
#define TK_DATA_POSTGRES_SQL_H

#define SLOT_COLUMNS                                                                               \
    "id, name, description, screen, starts_at, ends_at, type, genre, capacity, available, "        \
    "allotted, sold, lost, expired_at, archived_at, seq, admitted, key_generation"
#define TICKET_COLUMNS                                                                             \
    "number, slot_id, customer, status, booked_at, changed_at, canceled_at, replaces, "            \
    "replaced_by, sale, sale_position, sale_size, seq, admitted_at, admitted_by, prints, seller"
/* A ticket expires with its slot, without a write of its own: as in data/sqlite/sql.h. */
#define IF_EXPIRED(then, or) "CASE WHEN t.status = 0 AND s.expired_at > 0 THEN " then " ELSE " or " END"
#define TICKET_STATUS_NOW IF_EXPIRED("1", "t.status")
#define TICKET_SEQ_NOW IF_EXPIRED("greatest(s.expired_seq, t.seq)", "t.seq")
#define TICKET_FROM                                                                                \
    "SELECT t.number, t.slot_id, t.customer, " TICKET_STATUS_NOW ", t.booked_at, " IF_EXPIRED(     \
        "s.expired_at", "t.changed_at") ", t.canceled_at, t.replaces, t.replaced_by, t.sale, "     \
    "t.sale_position, t.sale_size, " TICKET_SEQ_NOW ", t.admitted_at, t.admitted_by, t.prints,"    \
    " t.seller"                                                                                    \
    " FROM ticket t JOIN slot s ON s.id = t.slot_id WHERE "
#define CUSTOMER_COLUMNS "number, name, phone, tickets, created_at, erased_at"
#define ACCESS_COLUMNS "name, role, token_hash, enrolled_at, revoked_at, used_at"
#define ALLOTMENT_COLUMNS                                                                          \
    "slot_id, holder, granted, sold, returned, written_off, granted_at, changed_at, "              \
    "written_off_at, written_off_by"
#define ALLOTMENT_HELD "granted - sold - returned - written_off"
#define BLOCK_COLUMNS "first, count, next, holder, granted_at, written_off_at"
#define REPLICA_COLUMNS "device, id, joined_at, seq, hash, dismissed_at, quarantined_at"
#define EARLY_COLUMNS "number, slot_id, admitted_at, admitted_by"
#define DISPUTE_COLUMNS                                                                            \
    "op_id, kind, device, actor, at, code, slot_id, ticket, count, found_at, other, other_at, "    \
    "closed_at, closed_by, reason, customer_name, customer_phone"
#define RECORD_COLUMNS "key, seq, changed_at, value"
#define TALLY_COLUMNS                                                                              \
    "span_at, actor, device, genre, writer, sales, sold, canceled, reissued, admitted"
#define JOURNAL_COLUMNS                                                                            \
    "seq, writer, device, device_seq, op_id, kind, actor, at, recorded_at, body, outcome, digest, hash"

/* Locks rows in the order of their ids; FOR NO KEY UPDATE lets nothing through that changes them. */
#define LOCKED(key) " ORDER BY " key " FOR NO KEY UPDATE"
/* Divides by nought unless just so many rows were written: that undoes the transaction. It guards against rows
   that are not as they were read, which their locks rule out. */
#define ALL_WRITTEN(statement, count)                                                              \
    "WITH written AS (" statement " RETURNING 1)"                                                  \
    " SELECT 1 / (CASE WHEN count(*) = " count "::bigint THEN 1 ELSE 0 END) FROM written"

/* What runs before anything is known of the database, or outside of a batch. */
#define SQL_META_THERE "SELECT 1::bigint FROM pg_catalog.pg_tables WHERE tablename = 'meta'" \
    " AND schemaname = current_schema()"
#define SQL_META_ALL "SELECT key, number, data FROM meta"
#define SQL_META_SET                                                                               \
    "INSERT INTO meta (key, number, data) VALUES ($1, $2, $3)"                                     \
    " ON CONFLICT (key) DO UPDATE SET number = excluded.number, data = excluded.data"

/* clang-format off */
#define PG_SQL_TABLE(X) \
    X(PG_BEGIN,            "BEGIN ISOLATION LEVEL READ COMMITTED") \
    X(PG_BEGIN_READ,       "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") \
    /* of what takes long: a file that is imported, all that is verified; who is stopped in it is waited for */ \
    X(PG_SLOWLY,           "SET LOCAL idle_in_transaction_session_timeout = '60s'") \
    X(PG_COMMIT,           "COMMIT") \
    X(PG_ROLLBACK,         "ROLLBACK") \
    /* what each batch has to know: schema, key generation */ \
    X(PG_META,             "SELECT (SELECT number FROM meta WHERE key = 'schema')," \
                           " (SELECT number FROM meta WHERE key = 'key_generation')") \
    X(PG_RARE,             "SELECT number FROM meta WHERE key = 'rare' FOR NO KEY UPDATE") \
    X(PG_META_PUT,         "UPDATE meta SET number = $2 WHERE key = $1") \
    X(PG_NEXT_NUMBER,      "SELECT (SELECT number FROM meta WHERE key = 'next_number')," \
                           " (SELECT number FROM meta WHERE key = 'number_floor')") \
    X(PG_NEXT_NUMBER_LOCK, "SELECT number FROM meta WHERE key = 'next_number' FOR NO KEY UPDATE") \
    X(PG_NEXT_NUMBER_RAISE, "UPDATE meta SET number = greatest(number, $1) WHERE key = 'next_number'") \
    X(PG_MAX_SLOT,         "SELECT max(id) FROM slot") \
    /* loading a batch */ \
    X(PG_SLOTS_BY_ID,      "SELECT " SLOT_COLUMNS " FROM slot WHERE id = ANY($1::bigint[])" LOCKED("id")) \
    X(PG_SLOTS_LOCK,       "SELECT " SLOT_COLUMNS " FROM slot WHERE id IN (SELECT unnest($1::bigint[])" \
                           " UNION SELECT t.slot_id FROM ticket t WHERE t.number = ANY($2::bigint[])" \
                           " UNION SELECT s.id FROM unnest($3::text[], $4::bigint[]) AS w (name, starts_at)" \
                           " JOIN slot s ON s.name = w.name AND s.starts_at = w.starts_at)" LOCKED("id")) \
    X(PG_TICKETS,          TICKET_FROM "t.number = ANY($1::bigint[])") \
    X(PG_TICKETS_RANGE,    TICKET_FROM "t.number BETWEEN $1 AND $2 ORDER BY t.number") \
    X(PG_TICKETS_UNARCHIVED, TICKET_FROM "t.slot_id = $1 AND t.status <> 3 ORDER BY t.number") \
    X(PG_CUSTOMERS_LOCK,   "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number IN" \
                           " (SELECT unnest($1::bigint[])" \
                           " UNION SELECT t.customer FROM ticket t WHERE t.number = ANY($2::bigint[])" \
                           " UNION SELECT c.number FROM unnest($3::text[], $4::text[]) AS w (phone, name)" \
                           " JOIN customer c ON c.phone = w.phone AND c.name = w.name AND c.erased_at = 0)" \
                           LOCKED("number")) \
    X(PG_SEEN,             "SELECT op_id, kind, device, digest, outcome, seq FROM journal" \
                           " WHERE op_id = ANY($1::bytea[])") \
    /* writing what plan decided */ \
    X(PG_SLOTS_INSERT,     "INSERT INTO slot (" SLOT_COLUMNS ", name_key, expired_seq)" \
                           " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[]," \
                           " $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::text[]," \
                           " $20::bigint[])") \
    X(PG_SLOTS_UPDATE,     ALL_WRITTEN("UPDATE slot SET available = n.available, allotted = n.allotted," \
                           " sold = n.sold, lost = n.lost, seq = n.seq, admitted = n.admitted," \
                           " key_generation = n.key_generation, expired_at = n.expired_at," \
                           " archived_at = n.archived_at, expired_seq = CASE WHEN slot.expired_at = 0" \
                           " AND n.expired_at > 0 THEN n.expired_seq ELSE slot.expired_seq END" \
                           " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::bigint[], $11::bigint[], $12::bigint[]) AS n (id, was, available," \
                           " allotted, sold, lost, seq, admitted, key_generation, expired_at," \
                           " archived_at, expired_seq) WHERE slot.id = n.id AND slot.seq = n.was", "$13")) \
    X(PG_TICKETS_INSERT,   "INSERT INTO ticket (" TICKET_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[]," \
                           " $15::text[], $16::bigint[], $17::bigint[])") \
    X(PG_TICKETS_UPDATE,   ALL_WRITTEN("UPDATE ticket SET status = n.status, changed_at = n.changed_at," \
                           " canceled_at = n.canceled_at, replaced_by = n.replaced_by, seq = n.seq," \
                           " prints = n.prints, admitted_at = n.admitted_at, admitted_by = n.admitted_by" \
                           " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::text[]) AS n (slot_id, number, status, changed_at, canceled_at," \
                           " replaced_by, seq, prints, admitted_at, admitted_by)" \
                           " WHERE ticket.slot_id = n.slot_id AND ticket.number = n.number", "$11")) \
    X(PG_CUSTOMERS_INSERT, "INSERT INTO customer (" CUSTOMER_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[])") \
    X(PG_CUSTOMERS_UPDATE, ALL_WRITTEN("UPDATE customer SET name = n.name, phone = n.phone," \
                           " tickets = n.tickets, erased_at = n.erased_at" \
                           " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]," \
                           " $5::bigint[]) AS n (number, name, phone, tickets, erased_at)" \
                           " WHERE customer.number = n.number", "$6")) \
    X(PG_KEYS_INSERT,      "INSERT INTO customer_key (key, customer)" \
                           " SELECT DISTINCT key, customer FROM unnest($1::text[], $2::bigint[]) AS n (key, customer)") \
    X(PG_KEYS_DELETE,      "DELETE FROM customer_key WHERE customer = ANY($1::bigint[])") \
    X(PG_JOURNAL_INSERT,   "INSERT INTO journal (" JOURNAL_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]," \
                           " $5::bytea[], $6::text[], $7::text[], $8::bigint[], $9::bigint[]," \
                           " $10::text[], $11::text[], $12::bytea[], $13::bytea[])") \
    /* the writer: registering, and each batch */ \
    X(PG_WRITER_INSERT,    "INSERT INTO writer (id, first, count, entries, hash, batches, touched_at," \
                           " retired, head) SELECT coalesce(max(id), 0) + 1, $1, $2, 0, $3, 0, $4, 0, $3 FROM writer" \
                           " RETURNING id") \
    X(PG_WRITER_WRITE,     ALL_WRITTEN("UPDATE writer SET entries = $2, hash = $3, batches = batches + 1," \
                           " touched_at = $4, head = $6 WHERE id = $1 AND retired = 0 AND entries = $5", "1")) \
    X(PG_WRITERS_RETIRE,   "UPDATE writer SET retired = 1 WHERE retired = 0 AND id > 0 AND touched_at < $1" \
                           " RETURNING batches") \
    X(PG_WRITERS_FOLD,     "UPDATE writer SET batches = batches + $1 WHERE id = 0") \
    X(PG_VERSION,          "SELECT sum(batches)::bigint FROM writer WHERE retired = 0") \
    PG_SQL_RECORDS(X) \
    PG_SQL_TILLS(X) \
    PG_SQL_LISTS(X) \
    PG_SQL_VERIFY(X)
/* clang-format on */

#include "data/postgres/sql_lists.h"
#include "data/postgres/sql_records.h"
#include "data/postgres/sql_tills.h"
#include "data/postgres/sql_verify.h"

enum pg_sql {
#define X(name, text) name,
    PG_SQL_TABLE(X)
#undef X
        PG_SQL_COUNT
};

/* The text of a statement, and its name as PostgreSQL is told it. */
const char *pg_sql_text(enum pg_sql sql);
const char *pg_sql_name(enum pg_sql sql);

#endif
