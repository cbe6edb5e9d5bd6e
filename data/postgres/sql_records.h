/*
 * sql_records: statements of the table in sql.h: records, tallies, and how the journal is looked through.
 */
#ifndef TK_DATA_POSTGRES_SQL_RECORDS_H
#define TK_DATA_POSTGRES_SQL_RECORDS_H

#define RECORD_FROM "SELECT " RECORD_COLUMNS " FROM record WHERE "
/* $1 $2 the range of keys, $3 the key to continue after, $4 limit */
#define RECORD_RANGE RECORD_FROM "key >= $1 AND key < $2 AND value <> '' AND "
#define RECORDS_OF_ROWS                                                                            \
    "INSERT INTO record (" RECORD_COLUMNS                                                          \
    ") SELECT * FROM unnest($1::text[], $2::bigint[],"                                             \
    " $3::bigint[], $4::text[])"
#define TALLY_SUM(column) column " = tally." column " + excluded." column

/* $3 an actor or '', $4 $5 what a member's begins and ends with when others are in it or '', $6 device or '',
   $7 kind or '', $8 $9 times, $10 ids of tickets */
#define JOURNAL_FILTER                                                                             \
    "AND ($3::text = '' OR actor = $3 OR ($4::text <> '' AND left(actor, length($4)) = $4)"        \
    " OR ($5::text <> '' AND right(actor, length($5)) = $5))"                                      \
    " AND ($6::text = '' OR device = $6) AND ($7::text = '' OR kind = $7)"                         \
    " AND at >= $8 AND at < $9 AND (cardinality($10::text[]) = 0 OR EXISTS"                        \
    " (SELECT 1 FROM unnest($10::text[]) AS w (id) WHERE position(w.id IN body) > 0"               \
    " OR position(w.id IN outcome) > 0)) "

/* clang-format off */
#define PG_SQL_RECORDS(X) \
    /* loading a batch: to decide with, and those that hot batches change */ \
    X(PG_RECORDS,          RECORD_FROM "key = ANY($1::text[])") \
    X(PG_RECORDS_LOCK,     RECORD_FROM "key = ANY($1::text[])" LOCKED("key")) \
    X(PG_RECORD_SEQ,       "SELECT number FROM meta WHERE key = 'record_seq'") \
    X(PG_WRITERS_UNSEALED, "SELECT id, entries, head FROM writer w WHERE entries > 0 AND id <> $1 AND NOT EXISTS" \
                           " (SELECT 1 FROM record r WHERE r.key = 'seal/' || lpad(w.id::text, 16, '0')" \
                           " || '/' || lpad(w.entries::text, 16, '0')) ORDER BY id") \
    /* writing what plan decided */ \
    X(PG_RECORDS_INSERT,   RECORDS_OF_ROWS) \
    X(PG_RECORDS_PUT,      RECORDS_OF_ROWS " ON CONFLICT (key) DO UPDATE SET seq = excluded.seq," \
                           " changed_at = excluded.changed_at, value = excluded.value") \
    X(PG_SEALS_INSERT,     RECORDS_OF_ROWS " ON CONFLICT DO NOTHING") \
    X(PG_TALLIES_ADD,      "INSERT INTO tally (" TALLY_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::bigint[])" \
                           " ON CONFLICT (span_at, actor, device, genre, writer) DO UPDATE SET " TALLY_SUM("sales") \
                           ", " TALLY_SUM("sold") ", " TALLY_SUM("canceled") ", " TALLY_SUM("reissued") \
                           ", " TALLY_SUM("admitted")) \
    /* lists */ \
    X(PG_LIST_RECORDS_ONE, RECORD_FROM "key = $1 AND value <> ''") \
    X(PG_LIST_RECORDS,     RECORD_RANGE "key > $3 ORDER BY key LIMIT $4") \
    X(PG_LIST_RECORDS_DOWN, RECORD_RANGE "key < $3 ORDER BY key DESC LIMIT $4") \
    X(PG_LIST_RECORDS_SEQ, RECORD_FROM "seq > 0 AND seq > $1 ORDER BY seq LIMIT $2") \
    X(PG_LIST_TALLIES,     "SELECT span_at, actor, device, genre, sum(sales)::bigint, sum(sold)::bigint," \
                           " sum(canceled)::bigint, sum(reissued)::bigint, sum(admitted)::bigint FROM tally" \
                           " WHERE span_at >= $1 AND span_at < $2 AND (span_at, actor, device, genre)" \
                           " > ($3, $4, $5, $6) GROUP BY span_at, actor, device, genre" \
                           " ORDER BY span_at, actor, device, genre LIMIT $7") \
    X(PG_LIST_TALLIES_SLOT, "SELECT s.id, s.genre, t.sales, t.sold, t.canceled, t.reissued, t.admitted FROM" \
                           " (SELECT id, genre, starts_at FROM slot WHERE starts_at >= $1 AND starts_at < $2" \
                           " AND (starts_at, id) > ($3, $4) AND ($5::bigint = 0 OR id = $5)" \
                           " ORDER BY starts_at, id LIMIT $6) s CROSS JOIN LATERAL (SELECT" \
                           " count(*) FILTER (WHERE replaces IS NULL AND number = sale) AS sales," \
                           " count(*) FILTER (WHERE replaces IS NULL) AS sold," \
                           " count(*) FILTER (WHERE canceled_at > 0 AND replaced_by IS NULL) AS canceled," \
                           " count(*) FILTER (WHERE replaced_by IS NOT NULL) AS reissued," \
                           " count(*) FILTER (WHERE admitted_at > 0) AS admitted" \
                           " FROM ticket WHERE slot_id = s.id) t ORDER BY s.starts_at, s.id") \
    X(PG_LIST_JOURNAL_SOME, JOURNAL_FROM JOURNAL_FILTER "ORDER BY seq LIMIT $2")
/* clang-format on */

#endif
