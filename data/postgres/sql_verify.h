/*
 * sql_verify: statements of the table in sql.h that look for what does not add up; a row is a problem. Those that
 * the SQLite engine has too are as there.
 */
#ifndef TK_DATA_POSTGRES_SQL_VERIFY_H
#define TK_DATA_POSTGRES_SQL_VERIFY_H

/* What slots say in a column beside what another table counts of them. */
#define SLOT_TOLD(column, counted, filter, table)                                                  \
    "SELECT s.id, s." column ", coalesce(n.n, 0) FROM slot s LEFT JOIN (SELECT slot_id, " counted  \
    " AS n FROM " table filter " GROUP BY slot_id) n ON n.slot_id = s.id WHERE s." column " <> "
#define NEXT_NUMBER "(SELECT number FROM meta WHERE key = 'next_number')"
/* What reports count beside what there is, where they differ; `by` is the genre or 0. */
#define TALLIED(by, member, filter)                                                                \
    "SELECT " by ", sum(told)::bigint AS told, sum(there)::bigint AS there FROM ("                 \
    "SELECT genre, " member " AS told, 0 AS there FROM tally UNION ALL SELECT s.genre, 0, 1"       \
    " FROM ticket t JOIN slot s ON s.id = t.slot_id WHERE " filter ") n"
#define TALLIED_GENRE(member, filter)                                                              \
    TALLIED("genre", member, filter) " GROUP BY genre HAVING sum(told) <> sum(there)"
#define NO_SLOT(table) "NOT EXISTS (SELECT 1 FROM slot s WHERE s.id = " table ".slot_id)"

/* clang-format off */
#define PG_SQL_VERIFY(X) \
    X(PG_VERIFY_BALANCE,    "SELECT id FROM slot WHERE available < 0 OR allotted < 0 OR sold < 0 OR lost < 0" \
                            " OR available + allotted + sold + lost <> capacity" \
                            " OR (expired_at > 0 AND available <> 0)" \
                            " OR (expired_at > 0) <> (expired_seq > 0) OR expired_seq > seq") \
    X(PG_VERIFY_SOLD,       SLOT_TOLD("sold", "count(*)", " WHERE canceled_at = 0", "ticket") \
                            "coalesce(n.n, 0)") \
    X(PG_VERIFY_ADMITTED,   SLOT_TOLD("admitted", "count(*)", " WHERE admitted_at > 0", "ticket") \
                            "coalesce(n.n, 0)") \
    X(PG_VERIFY_USED,       "SELECT number FROM ticket WHERE (admitted_at > 0) <> (admitted_by <> '')" \
                            " OR (admitted_at > 0 AND canceled_at > 0)") \
    X(PG_VERIFY_STATUS,     "SELECT number FROM ticket WHERE (status IN (0, 1) AND canceled_at <> 0)" \
                            " OR (status = 2 AND canceled_at = 0)") \
    X(PG_VERIFY_LINKS,      "SELECT t.number FROM ticket t LEFT JOIN ticket o ON o.number = t.replaces" \
                            " WHERE t.replaces > 0 AND (o.replaced_by IS NULL OR o.replaced_by <> t.number" \
                            " OR o.canceled_at = 0)") \
    X(PG_VERIFY_LINKS_BACK, "SELECT t.number FROM ticket t LEFT JOIN ticket n ON n.number = t.replaced_by" \
                            " WHERE t.replaced_by > 0 AND (n.replaces IS NULL OR n.replaces <> t.number)") \
    X(PG_VERIFY_CUSTOMERS,  "SELECT c.number, c.tickets, coalesce(t.n, 0) FROM customer c LEFT JOIN" \
                            " (SELECT customer, count(*) AS n FROM ticket WHERE customer > 0 AND status <> 3" \
                            " GROUP BY customer) t ON t.customer = c.number WHERE c.tickets <> coalesce(t.n, 0)") \
    X(PG_VERIFY_SEQ,        "SELECT s.id FROM slot s JOIN ticket t ON t.slot_id = s.id WHERE t.seq > s.seq") \
    X(PG_VERIFY_ALLOTTED,   SLOT_TOLD("allotted", "sum(" ALLOTMENT_HELD ")::bigint", "", "allotment") \
                            "CASE WHEN s.expired_at > 0 THEN 0 ELSE coalesce(n.n, 0) END") \
    X(PG_VERIFY_HELD,       "SELECT slot_id FROM allotment WHERE granted < 0 OR sold < 0 OR returned < 0" \
                            " OR written_off < 0 OR " ALLOTMENT_HELD " < 0" \
                            " OR (written_off > 0) <> (written_off_at > 0)") \
    X(PG_VERIFY_BLOCKS,     "SELECT b.first FROM number_block b WHERE b.count < 1" \
                            " OR b.next < b.first OR b.next > b.first + b.count" \
                            " OR EXISTS (SELECT 1 FROM number_block o WHERE o.first > b.first" \
                            " AND o.first < b.first + b.count)") \
    X(PG_VERIFY_FLOOR,      "SELECT first FROM number_block WHERE first + count > " NEXT_NUMBER) \
    X(PG_VERIFY_NUMBERS,    "SELECT t.number FROM number_block b JOIN ticket t" \
                            " ON t.number >= b.next AND t.number < b.first + b.count") \
    X(PG_VERIFY_EARLY,      "SELECT e.number FROM early_admission e JOIN ticket t" \
                            " ON t.number = e.number WHERE t.slot_id = e.slot_id") \
    X(PG_VERIFY_VOIDED,     "SELECT seq FROM journal WHERE (seq > 0) <> (kind <> '')") \
    /* reports; nothing tells for certain whom a door let in and out again */ \
    X(PG_VERIFY_TALLY_SALES, TALLIED_GENRE("sales", "t.replaces IS NULL AND t.number = t.sale")) \
    X(PG_VERIFY_TALLY_SOLD, TALLIED_GENRE("sold", "t.replaces IS NULL")) \
    X(PG_VERIFY_TALLY_CANCELED, TALLIED_GENRE("canceled", "t.canceled_at > 0 AND t.replaced_by IS NULL")) \
    X(PG_VERIFY_TALLY_REISSUED, "SELECT told, there FROM (" TALLIED("0", "reissued", "t.replaces IS NOT NULL") \
                            ") n WHERE told <> there") \
    X(PG_VERIFY_RECORDS,    RECORD_FROM "key > $1 ORDER BY key LIMIT $2") \
    /* references: there are no foreign keys */ \
    X(PG_VERIFY_TICKET_SLOT, "SELECT number FROM ticket WHERE " NO_SLOT("ticket")) \
    X(PG_VERIFY_TICKET_CUSTOMER, "SELECT number FROM ticket t WHERE customer IS NOT NULL" \
                            " AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.number = t.customer)") \
    X(PG_VERIFY_ALLOTMENT_SLOT, "SELECT DISTINCT slot_id FROM allotment WHERE " NO_SLOT("allotment")) \
    X(PG_VERIFY_EARLY_SLOT, "SELECT DISTINCT slot_id FROM early_admission WHERE " NO_SLOT("early_admission")) \
    X(PG_VERIFY_KEY_CUSTOMER, "SELECT DISTINCT customer FROM customer_key k" \
                            " WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.number = k.customer)") \
    /* writers: blocks of numbers, and what was written with them */ \
    X(PG_VERIFY_WRITER_BLOCKS, "SELECT first FROM (SELECT first, count, lead(first)" \
                            " OVER (ORDER BY first, id) AS other FROM writer WHERE count <> 0) w" \
                            " WHERE count < 0 OR other < first + count") \
    X(PG_VERIFY_WRITER_FLOOR, "SELECT first FROM writer WHERE count > 0 AND first + count > " NEXT_NUMBER) \
    X(PG_VERIFY_TICKET_FLOOR, "SELECT number FROM ticket WHERE number >= " NEXT_NUMBER) \
    X(PG_VERIFY_CUSTOMER_FLOOR, "SELECT number FROM customer WHERE number >= " NEXT_NUMBER) \
    X(PG_VERIFY_WRITERLESS, "SELECT j.seq FROM journal j LEFT JOIN writer w ON w.id = j.writer" \
                            " WHERE j.seq > 0 AND (w.id IS NULL OR j.seq < w.first" \
                            " OR j.seq >= w.first + w.count)") \
    X(PG_VERIFY_WRITERS,    "SELECT id, first, count, entries, hash, head FROM writer ORDER BY id") \
    X(PG_VERIFY_JOURNAL,    JOURNAL_FROM "AND seq < $2 AND writer = $3 ORDER BY seq LIMIT $4") \
    /* sales by their first number and count, with the entry that tells of each */ \
    X(PG_VERIFY_ISSUED,     "SELECT entry, sold, there FROM (SELECT entry, sold, (SELECT count(*) FROM ticket t" \
                            " WHERE t.sale = w.sale AND t.number >= w.sale AND t.number <= w.sale + w.sold)" \
                            " AS there FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])" \
                            " AS w (entry, sale, sold)) n WHERE there <> sold ORDER BY entry") \
    X(PG_VERIFY_DISPUTES,   "SELECT " DISPUTE_COLUMNS " FROM dispute") \
    X(PG_VERIFY_COUNTS,     "SELECT (SELECT count(*) FROM slot), (SELECT count(*) FROM ticket)," \
                            " (SELECT count(*) FROM customer)," \
                            " (SELECT count(*) FROM journal WHERE seq > 0)")
/* clang-format on */

#endif
