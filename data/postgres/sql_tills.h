/*
 * sql_tills: statements of the table in sql.h: devices, and what tills that are cut off hold. All of them run
 * under the lock on `rare` (postgres_store.h, 1), so that what is read needs no lock of its own.
 */
#ifndef TK_DATA_POSTGRES_SQL_TILLS_H
#define TK_DATA_POSTGRES_SQL_TILLS_H

/* clang-format off */
#define PG_SQL_TILLS(X) \
    /* loading a batch */ \
    X(PG_ALLOTMENTS_OF,    "SELECT " ALLOTMENT_COLUMNS " FROM allotment" \
                           " WHERE slot_id = ANY($1::bigint[]) AND holder = $2") \
    X(PG_ALLOTMENTS_HELD,  "SELECT " ALLOTMENT_COLUMNS " FROM allotment" \
                           " WHERE holder = $1 AND " ALLOTMENT_HELD " > 0") \
    X(PG_BLOCK_OF,         "SELECT " BLOCK_COLUMNS " FROM number_block WHERE first <= $1" \
                           " ORDER BY first DESC LIMIT 1") \
    X(PG_BLOCKS_OF,        "SELECT " BLOCK_COLUMNS " FROM number_block WHERE holder = $1") \
    X(PG_REPLICA_OF,       "SELECT " REPLICA_COLUMNS " FROM replica WHERE device = $1") \
    X(PG_EARLIES,          "SELECT " EARLY_COLUMNS " FROM early_admission WHERE number BETWEEN $1 AND $2") \
    X(PG_DISPUTE_OF,       "SELECT " DISPUTE_COLUMNS " FROM dispute WHERE op_id = $1") \
    X(PG_ACCESS_OF,        "SELECT " ACCESS_COLUMNS " FROM device_access WHERE name = $1") \
    X(PG_ACCESS_BY_TOKEN,  "SELECT " ACCESS_COLUMNS " FROM device_access" \
                           " WHERE token_hash = $1 AND revoked_at = 0") \
    /* writing what plan decided */ \
    X(PG_ALLOTMENTS_PUT,   "INSERT INTO allotment (" ALLOTMENT_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::text[])" \
                           " ON CONFLICT (slot_id, holder) DO UPDATE SET granted = excluded.granted," \
                           " sold = excluded.sold, returned = excluded.returned," \
                           " written_off = excluded.written_off, granted_at = excluded.granted_at," \
                           " changed_at = excluded.changed_at, written_off_at = excluded.written_off_at," \
                           " written_off_by = excluded.written_off_by") \
    X(PG_BLOCKS_PUT,       "INSERT INTO number_block (" BLOCK_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]," \
                           " $5::bigint[], $6::bigint[])" \
                           " ON CONFLICT (first) DO UPDATE SET count = excluded.count," \
                           " next = excluded.next, holder = excluded.holder," \
                           " granted_at = excluded.granted_at, written_off_at = excluded.written_off_at") \
    X(PG_REPLICAS_PUT,     "INSERT INTO replica (" REPLICA_COLUMNS ")" \
                           " SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[]," \
                           " $5::bytea[], $6::bigint[], $7::bigint[])" \
                           " ON CONFLICT (device) DO UPDATE SET id = excluded.id," \
                           " joined_at = excluded.joined_at, seq = excluded.seq, hash = excluded.hash," \
                           " dismissed_at = excluded.dismissed_at," \
                           " quarantined_at = excluded.quarantined_at") \
    X(PG_EARLIES_PUT,      "INSERT INTO early_admission (" EARLY_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])" \
                           " ON CONFLICT (number) DO UPDATE SET slot_id = excluded.slot_id," \
                           " admitted_at = excluded.admitted_at, admitted_by = excluded.admitted_by") \
    X(PG_EARLIES_DELETE,   "DELETE FROM early_admission WHERE number = ANY($1::bigint[])") \
    /* no ON CONFLICT: what is done meanwhile must not be voided as well, and the other way round */ \
    X(PG_VOIDED_INSERT,    "INSERT INTO journal (" JOURNAL_COLUMNS ")" \
                           " SELECT 0, 0, '', 0, n.op_id, '', '', 0, 0, '', '', ''::bytea, ''::bytea" \
                           " FROM unnest($1::bytea[]) AS n (op_id)") \
    X(PG_DISPUTES_INSERT,  "INSERT INTO dispute (" DISPUTE_COLUMNS ")" \
                           " SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[]," \
                           " $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[]," \
                           " $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::text[]," \
                           " $15::text[], $16::text[], $17::text[]) ON CONFLICT DO NOTHING") \
    X(PG_DISPUTES_CLOSE,   ALL_WRITTEN("UPDATE dispute SET closed_at = n.closed_at," \
                           " closed_by = n.closed_by, reason = n.reason, customer_name = ''," \
                           " customer_phone = '' FROM unnest($1::bytea[], $2::bigint[], $3::text[]," \
                           " $4::text[]) AS n (op_id, closed_at, closed_by, reason)" \
                           " WHERE dispute.op_id = n.op_id", "$5")) \
    X(PG_ACCESS_DELETE,    "DELETE FROM device_access WHERE name = ANY($1::text[])") \
    X(PG_ACCESS_INSERT,    "INSERT INTO device_access (" ACCESS_COLUMNS ")" \
                           " SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[]," \
                           " $5::bigint[], $6::bigint[])")
/* clang-format on */

#endif
