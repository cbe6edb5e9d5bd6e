/*
 * sql: every statement of the SQLite engine, in one table; all prepared at open, but those of verify when
 * it is called and those of the mirror in a till's copy alone. Parameters only. The query planner is told which index to use by a unary + on what must not choose one.
 */
#ifndef TK_DATA_SQLITE_SQL_H
#define TK_DATA_SQLITE_SQL_H

#define SLOT_COLUMNS                                                                               \
    "id, name, description, screen, starts_at, ends_at, type, genre, capacity, available, "        \
    "allotted, sold, lost, expired_at, archived_at, seq, admitted, key_generation, here"
#define TICKET_COLUMNS                                                                             \
    "number, slot_id, customer, status, booked_at, changed_at, canceled_at, replaces, "            \
    "replaced_by, sale, sale_position, sale_size, seq, admitted_at, admitted_by, prints, seller"
/*
 * A ticket expires with its slot: the Booked ones of an expired slot are Expired since then, without
 * a write of their own. So a million tickets expire with the rows of their slots; what is read is
 * as if each had been changed at the slot's expired_at and expired_seq, or later where a door told of
 * it later.
 */
#define IF_EXPIRED(then, or) "CASE WHEN t.status = 0 AND s.expired_at > 0 THEN " then " ELSE " or " END"
#define TICKET_STATUS_NOW IF_EXPIRED("1", "t.status")
#define TICKET_SEQ_NOW IF_EXPIRED("max(s.expired_seq, t.seq)", "t.seq")
#define TICKET_FROM                                                                                \
    "SELECT t.number, t.slot_id, t.customer, " TICKET_STATUS_NOW ", t.booked_at, " IF_EXPIRED(     \
        "s.expired_at", "t.changed_at") ", t.canceled_at, t.replaces, t.replaced_by, t.sale, "     \
    "t.sale_position, t.sale_size, " TICKET_SEQ_NOW ", t.admitted_at, t.admitted_by, t.prints, "   \
    "t.seller FROM ticket t CROSS JOIN slot s ON s.id = t.slot_id WHERE "
#define TICKET_FILTER " AND (?4 < 0 OR " TICKET_STATUS_NOW " = ?4)"
#define CUSTOMER_COLUMNS "number, name, phone, tickets, created_at, erased_at"
/* ?5 the slot, ?3 and ?4 the range of keys or '': a slot has fewer people than a key may have */
#define CUSTOMERS_OF_SLOT                                                                          \
    "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number IN (SELECT customer FROM ticket"       \
    " INDEXED BY ticket_slot WHERE slot_id = ?5 AND customer IS NOT NULL)"                         \
    " AND (?3 = '' OR EXISTS (SELECT 1 FROM customer_key k INDEXED BY customer_key_of"             \
    " WHERE k.customer = number AND +k.key >= ?3 AND +k.key < ?4))"
#define ACCESS_COLUMNS "name, role, token_hash, enrolled_at, revoked_at, used_at"
#define ACCESS_FROM "SELECT " ACCESS_COLUMNS " FROM device_access"
#define ALLOTMENT_COLUMNS                                                                          \
    "slot_id, holder, granted, sold, returned, written_off, granted_at, changed_at, "              \
    "written_off_at, written_off_by"
#define ALLOTMENT_FROM "SELECT " ALLOTMENT_COLUMNS " FROM allotment WHERE "
#define ALLOTMENT_HELD "granted - sold - returned - written_off"
/* ?3 ?4 the place in the order to continue after, ?5 only what is held, ?6 limit */
#define ALLOTMENT_REST                                                                             \
    " AND (slot_id, +holder) > (?3, ?4) AND (?5 = 0 OR " ALLOTMENT_HELD " > 0)"                    \
    " ORDER BY slot_id, holder LIMIT ?6"
#define BLOCK_COLUMNS "first, count, next, holder, granted_at, written_off_at"
#define BLOCK_FROM "SELECT " BLOCK_COLUMNS " FROM number_block WHERE "
#define REPLICA_COLUMNS "device, id, joined_at, seq, hash, dismissed_at, quarantined_at"
#define REPLICA_FROM "SELECT " REPLICA_COLUMNS " FROM replica"
#define EARLY_COLUMNS "number, slot_id, admitted_at, admitted_by"
#define RECORD_COLUMNS "key, seq, changed_at, value"
#define RECORD_FROM "SELECT " RECORD_COLUMNS " FROM record WHERE "
#define TALLY_COLUMNS                                                                              \
    "span_at, actor, device, genre, writer, sales, sold, canceled, reissued, admitted"
/* By showing, counted from its tickets. */
#define TALLY_SLOT_FROM                                                                            \
    "SELECT s.id, s.genre,"                                                                        \
    " count(*) FILTER (WHERE t.replaces IS NULL AND t.number = t.sale),"                           \
    " count(*) FILTER (WHERE t.replaces IS NULL AND t.number > 0),"                                \
    " count(*) FILTER (WHERE t.canceled_at > 0 AND t.replaced_by IS NULL),"                        \
    " count(*) FILTER (WHERE t.replaced_by IS NOT NULL),"                                          \
    " count(*) FILTER (WHERE t.admitted_at > 0)"                                                   \
    " FROM slot s LEFT JOIN ticket t ON t.slot_id = s.id WHERE "
#define TALLY_SLOT_GROUP " GROUP BY s.starts_at, s.id"
#define JOURNAL_FROM                                                                               \
    "SELECT seq, device, device_seq, op_id, kind, actor, at, recorded_at, body, outcome, hash, "   \
    "writer, digest FROM journal WHERE seq > ?1"
/* A member's entries are also those that he approved, or had approved: ?8 is "#N+", ?9 "+#N", or NULL. */
#define JOURNAL_FILTER                                                                             \
    " AND (?3 IS NULL OR device = ?3) AND (?4 IS NULL OR kind = ?4) AND at >= ?5 AND at < ?6"      \
    " AND (?7 IS NULL OR actor = ?7 OR substr(actor, 1, length(?8)) = ?8"                          \
    " OR substr(actor, -length(?9)) = ?9)"
/* ?10 to ?17 are tickets as they are printed, or NULL. */
#define JOURNAL_NAMES(ticket) " OR instr(outcome, " ticket ") OR instr(body, " ticket ")"
#define JOURNAL_TICKETS                                                                            \
    " AND (?10 IS NULL" JOURNAL_NAMES("?10") JOURNAL_NAMES("?11") JOURNAL_NAMES("?12")             \
    JOURNAL_NAMES("?13") JOURNAL_NAMES("?14") JOURNAL_NAMES("?15") JOURNAL_NAMES("?16")            \
    JOURNAL_NAMES("?17") ")"
#define DISPUTE_COLUMNS                                                                            \
    "op_id, kind, device, actor, at, code, slot_id, ticket, count, found_at, other, other_at, "    \
    "closed_at, closed_by, reason, customer_name, customer_phone"
#define DISPUTE_FROM "SELECT " DISPUTE_COLUMNS " FROM dispute WHERE "
#define DISPUTE_REST " AND (found_at, op_id) > (?1, ?2) ORDER BY found_at, op_id LIMIT ?3"

/* ?1 type or -1, ?2 starts after, ?3 ends after, ?4 with room, ?5 inside the name or '', ?6 limit */
#define SLOT_FILTER                                                                                \
    " AND (?1 < 0 OR type = ?1) AND +starts_at > ?2 AND +ends_at > ?3"                               \
    " AND available >= ?4 AND (?5 = '' OR instr(name_key, ?5) > 0)"
/* ?7 ?8 the place in the order to continue after, ?9 the bound at the other end */
#define SLOT_UP " AND (starts_at, id) > (?7, ?8) AND starts_at < ?9"
#define SLOT_DOWN " AND (starts_at, id) < (?7, ?8) AND starts_at >= ?9"
#define SLOT_ORDER_UP " ORDER BY starts_at, id LIMIT ?6"
#define SLOT_ORDER_DOWN " ORDER BY starts_at DESC, id DESC LIMIT ?6"
#define SLOT_FROM "SELECT " SLOT_COLUMNS " FROM slot WHERE "

#define MIRROR_COLUMNS                                                                             \
    "id, adopted, centre, era, device, role, replica, standing, seq, hash, taken_seq, "            \
    "taken_hash, expire_after, close_at_start, close_after, admit_before, key_generation, "        \
    "clock_ahead, latest, contact_at, version, busiest, half_hour, half_hour_sold, previous"
/* ?1 when a slot must have ended to be forgotten, unless something of it waits */
#define MIRROR_OVER "ends_at <= ?1 AND id NOT IN (SELECT slot_id FROM queue_slot)"
#define MIRROR_SLOTS_OVER "SELECT id FROM slot WHERE " MIRROR_OVER

/* What runs outside the prepared statements: before the tables are there, or on another file. */
#define SQL_APPLICATION_GET "PRAGMA application_id"
#define SQL_VERSION_GET "PRAGMA user_version"
#define SQL_TABLES_COUNT "SELECT count(*) FROM sqlite_schema"
#define SQL_VERSION_PUT "PRAGMA application_id = %d; PRAGMA user_version = %d"
#define SQL_WAL "PRAGMA journal_mode = WAL"
#define SQL_SETTINGS                                                                               \
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"            \
    "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;"          \
    "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON"
/* a till's copy lacks rows that others refer to */
#define SQL_COPY_OF_A_PART "PRAGMA foreign_keys = OFF"
/* of a till's copy: around what can be pulled again */
#define SQL_SYNC_LESS "PRAGMA synchronous = NORMAL"
#define SQL_SYNC_ALL "PRAGMA synchronous = FULL"
/* before statements can be prepared: whether it is a till's copy, whether anything was done in it */
#define SQL_KIND                                                                                   \
    "SELECT EXISTS (SELECT 1 FROM mirror),"                                                        \
    " EXISTS (SELECT 1 FROM slot) OR EXISTS (SELECT 1 FROM journal)"
/* of journals from before heads were kept */
#define SQL_HEADS_OF "SELECT writer, hash, digest FROM journal ORDER BY seq"
#define SQL_HEAD_OWN                                                                               \
    "UPDATE meta SET value = iif(key = 'journal_head', ?3, ?2)"                                    \
    " WHERE key IN ('journal_entries', 'journal_head')"                                            \
    " AND ?1 = (SELECT value FROM meta WHERE key = 'writer')"
#define SQL_HEAD_OTHER "UPDATE writer SET head = ?3 WHERE id = ?1 AND ?2 > 0"
/* keeps what is read at one moment until SQL_COMMIT */
#define SQL_BEGIN_READ "BEGIN; SELECT count(*) FROM sqlite_schema"
/* nobody sees the copy before all of it is synced */
#define SQL_COPY_SETTINGS "PRAGMA synchronous = OFF"
/* A copy is another store from here on: what the first sells after the copy was made must never get
   the numbers that the second gives out, should it take the first one's place. */
#define SQL_MARK_COPY                                                                              \
    "UPDATE meta SET value = value + 1 WHERE key = 'era';"                                         \
    "UPDATE meta SET value = 1073741824 + max(value, (SELECT coalesce(max(number), 0) FROM ticket),"\
    " (SELECT coalesce(max(number), 0) FROM customer)) WHERE key = 'number_floor';"                \
    "PRAGMA journal_mode = DELETE"

/* The tickets of a sale have numbers one after another (one transaction takes them), so that a sale is
   a range of the primary key. */

/* clang-format off */
#define SQL_TABLE(X) \
    X(SQL_BEGIN_WRITE,       "BEGIN IMMEDIATE") \
    X(SQL_COMMIT,            "COMMIT") \
    X(SQL_ROLLBACK,          "ROLLBACK") \
    X(SQL_SCHEMA_VERSION,    SQL_VERSION_GET) \
    X(SQL_META_GET,          "SELECT value FROM meta WHERE key = ?1") \
    X(SQL_META_PUT,          "INSERT INTO meta (key, value) VALUES (?1, ?2)" \
                             " ON CONFLICT (key) DO UPDATE SET value = ?2") \
    X(SQL_NUMBER_FLOOR,      "SELECT value FROM meta WHERE key = 'number_floor'") \
    X(SQL_KEY_GENERATION,    "SELECT value FROM meta WHERE key = 'key_generation'") \
    X(SQL_MAX_JOURNAL,       "SELECT max(seq) FROM journal") \
    X(SQL_RECORD_SEQ,        "SELECT value FROM meta WHERE key = 'record_seq'") \
    X(SQL_JOURNAL_ENTRIES,   "SELECT value FROM meta WHERE key = 'journal_entries'") \
    X(SQL_JOURNAL_END_PUT,   "UPDATE meta SET value = iif(key = 'journal_head', ?2, ?1)" \
                             " WHERE key IN ('journal_entries', 'journal_head')") \
    X(SQL_UNFINISHED,        "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'copy')") \
    /* loading for plan */ \
    X(SQL_SEEN,              "SELECT digest, outcome, seq, kind, device FROM journal WHERE op_id = ?1" \
                             " UNION ALL SELECT NULL, NULL, 0, NULL, '' FROM voided WHERE op_id = ?1") \
    X(SQL_SLOT,              SLOT_FROM "id = ?1") \
    X(SQL_SLOTS_NAMED,       SLOT_FROM "name = ?1 AND starts_at = ?2 ORDER BY id") \
    X(SQL_TICKET,            TICKET_FROM "t.number = ?1") \
    X(SQL_TICKETS_UNARCHIVED, TICKET_FROM "t.slot_id = ?1 AND t.status <> 3") \
    X(SQL_CUSTOMER,          "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number = ?1") \
    X(SQL_CUSTOMER_KNOWN,    "SELECT " CUSTOMER_COLUMNS " FROM customer" \
                             " WHERE phone = ?1 AND name = ?2 AND erased_at = 0") \
    X(SQL_MAX_SLOT,          "SELECT max(id) FROM slot") \
    X(SQL_MAX_TICKET,        "SELECT max(number) FROM ticket") \
    X(SQL_MAX_CUSTOMER,      "SELECT max(number) FROM customer") \
    X(SQL_DEVICE,            "SELECT seq, hash FROM device WHERE name = ?1") \
    X(SQL_ACCESS_NAMED,      ACCESS_FROM " WHERE name = ?1") \
    X(SQL_ACCESS_TOKEN,      ACCESS_FROM " WHERE token_hash = ?1 AND revoked_at = 0") \
    /* the same, of tills that sell while they are cut off */ \
    X(SQL_TICKETS_NUMBERED,  TICKET_FROM "t.number BETWEEN ?1 AND ?2") \
    X(SQL_ALLOTMENT,         ALLOTMENT_FROM "slot_id = ?1 AND holder = ?2") \
    X(SQL_ALLOTMENTS_HELD,   ALLOTMENT_FROM "holder = ?1 AND " ALLOTMENT_HELD " > 0") \
    X(SQL_BLOCK_OF,          BLOCK_FROM "first <= ?1 ORDER BY first DESC LIMIT 1") \
    X(SQL_BLOCKS_HOLDER,     BLOCK_FROM "holder = ?1 AND (?2 = 0 OR written_off_at > 0) ORDER BY first") \
    X(SQL_REPLICA,           REPLICA_FROM " WHERE device = ?1") \
    X(SQL_EARLIES,           "SELECT " EARLY_COLUMNS " FROM early_admission WHERE number BETWEEN ?1 AND ?2") \
    X(SQL_DISPUTE,           DISPUTE_FROM "op_id = ?1 AND (?2 = 0 OR closed_at = 0)") \
    X(SQL_RECORD,            RECORD_FROM "key = ?1") \
    /* writing what plan decided */ \
    X(SQL_SLOT_INSERT,       "INSERT INTO slot (" SLOT_COLUMNS ", name_key, expired_seq)" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)") \
    X(SQL_SLOT_UPDATE,       "UPDATE slot SET available = ?2, allotted = ?3, sold = ?4, lost = ?5," \
                             " seq = ?6, admitted = ?7, key_generation = ?8 WHERE id = ?1") \
    X(SQL_SLOT_CLOSE,        "UPDATE slot SET available = ?2, allotted = ?3, sold = ?4, lost = ?5," \
                             " expired_seq = iif(expired_at = 0, ?11, expired_seq)," \
                             " seq = ?6, expired_at = ?7, archived_at = ?8, admitted = ?9," \
                             " key_generation = ?10 WHERE id = ?1") \
    X(SQL_TICKET_INSERT,     "INSERT INTO ticket (" TICKET_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)") \
    X(SQL_TICKET_UPDATE,     "UPDATE ticket SET status = ?2, changed_at = ?3, canceled_at = ?4," \
                             " replaced_by = ?5, seq = ?6, prints = ?7 WHERE number = ?1") \
    X(SQL_TICKET_ADMIT,      "UPDATE ticket SET admitted_at = ?2, admitted_by = ?3 WHERE number = ?1") \
    X(SQL_CUSTOMER_INSERT,   "INSERT INTO customer (" CUSTOMER_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6)") \
    X(SQL_CUSTOMER_UPDATE,   "UPDATE customer SET name = ?2, phone = ?3, tickets = ?4, erased_at = ?5" \
                             " WHERE number = ?1") \
    X(SQL_KEY_INSERT,        "INSERT OR IGNORE INTO customer_key (key, customer) VALUES (?1, ?2)") \
    X(SQL_KEYS_DELETE,       "DELETE FROM customer_key WHERE customer = ?1") \
    X(SQL_JOURNAL_INSERT,    "INSERT INTO journal (device, device_seq, op_id, kind, actor, at," \
                             " recorded_at, body, outcome, digest, hash, writer)" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)") \
    X(SQL_DEVICE_PUT,        "INSERT INTO device (name, seq, hash) VALUES (?1, ?2, ?3)" \
                             " ON CONFLICT (name) DO UPDATE SET seq = ?2, hash = ?3") \
    X(SQL_RECORD_PUT,        "INSERT INTO record (" RECORD_COLUMNS ") VALUES (?1,?2,?3,?4)" \
                             " ON CONFLICT (key) DO UPDATE SET seq = ?2, changed_at = ?3, value = ?4") \
    X(SQL_TALLY_ADD,         "INSERT INTO tally (" TALLY_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)" \
                             " ON CONFLICT (span_at, actor, device, genre, writer) DO UPDATE SET" \
                             " sales = sales + ?6, sold = sold + ?7, canceled = canceled + ?8," \
                             " reissued = reissued + ?9, admitted = admitted + ?10") \
    X(SQL_ACCESS_INSERT,     "INSERT INTO device_access (" ACCESS_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6)") \
    X(SQL_ACCESS_DELETE,     "DELETE FROM device_access WHERE name = ?1") \
    X(SQL_ACCESS_TOUCH,      "UPDATE device_access SET used_at = max(used_at, ?2)" \
                             " WHERE name = ?1 AND revoked_at = 0") \
    X(SQL_ALLOTMENT_PUT,     "INSERT OR REPLACE INTO allotment (" ALLOTMENT_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)") \
    X(SQL_SLOT_HERE,         "UPDATE slot SET here = iif(expired_at > 0, 0, ?3) WHERE id = ?1" \
                             " AND ?2 = (SELECT device FROM mirror)") \
    X(SQL_BLOCK_PUT,         "INSERT OR REPLACE INTO number_block (" BLOCK_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6)") \
    X(SQL_REPLICA_PUT,       "INSERT OR REPLACE INTO replica (" REPLICA_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7)") \
    X(SQL_EARLY_PUT,         "INSERT OR REPLACE INTO early_admission (" EARLY_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4)") \
    X(SQL_EARLY_DELETE,      "DELETE FROM early_admission WHERE number = ?1") \
    X(SQL_VOIDED_INSERT,     "INSERT INTO voided (op_id) VALUES (?1) ON CONFLICT DO NOTHING") \
    X(SQL_DISPUTE_INSERT,    "INSERT INTO dispute (" DISPUTE_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)" \
                             " ON CONFLICT DO NOTHING") \
    X(SQL_DISPUTE_CLOSE,     "UPDATE dispute SET closed_at = ?2, closed_by = ?3, reason = ?4," \
                             " customer_name = '', customer_phone = '' WHERE op_id = ?1") \
    /* lists */ \
    X(SQL_SLOTS_OPEN,        SLOT_FROM "expired_at = 0" SLOT_FILTER SLOT_UP SLOT_ORDER_UP) \
    X(SQL_SLOTS_OPEN_DOWN,   SLOT_FROM "expired_at = 0" SLOT_FILTER SLOT_DOWN SLOT_ORDER_DOWN) \
    X(SQL_SLOTS_GENRE,       SLOT_FROM "expired_at = 0 AND genre = ?10" SLOT_FILTER SLOT_UP SLOT_ORDER_UP) \
    X(SQL_SLOTS_GENRE_DOWN,  SLOT_FROM "expired_at = 0 AND genre = ?10" SLOT_FILTER SLOT_DOWN SLOT_ORDER_DOWN) \
    X(SQL_SLOTS_ALL,         SLOT_FROM "(?10 < 0 OR genre = ?10)" SLOT_FILTER SLOT_UP SLOT_ORDER_UP) \
    X(SQL_SLOTS_ALL_DOWN,    SLOT_FROM "(?10 < 0 OR genre = ?10)" SLOT_FILTER SLOT_DOWN SLOT_ORDER_DOWN) \
    X(SQL_SLOTS_NAME,        SLOT_FROM "name = ?11 AND (?10 < 0 OR genre = ?10) AND (?12 = 0 OR expired_at = 0)" \
                             SLOT_FILTER SLOT_UP SLOT_ORDER_UP) \
    X(SQL_SLOTS_NAME_DOWN,   SLOT_FROM "name = ?11 AND (?10 < 0 OR genre = ?10) AND (?12 = 0 OR expired_at = 0)" \
                             SLOT_FILTER SLOT_DOWN SLOT_ORDER_DOWN) \
    X(SQL_SLOTS_BY_ID,       SLOT_FROM "id > ?1 ORDER BY id LIMIT ?2") \
    X(SQL_SLOTS_COUNT,       "SELECT count(*) FROM slot WHERE expired_at = 0 AND ends_at > ?1") \
    X(SQL_SLOTS_COUNT_GENRE, "SELECT count(*) FROM slot WHERE expired_at = 0 AND genre = ?2 AND ends_at > ?1") \
    X(SQL_SLOTS_COUNT_START, "SELECT count(*) FROM slot WHERE expired_at = 0 AND starts_at > ?1") \
    X(SQL_SLOTS_COUNT_GENRE_START, "SELECT count(*) FROM slot WHERE expired_at = 0 AND genre = ?2" \
                             " AND starts_at > ?1") \
    X(SQL_TICKETS_SLOT,      TICKET_FROM "t.slot_id = ?1 AND (" TICKET_SEQ_NOW ", t.number) > (?2, ?3)" \
                             TICKET_FILTER " ORDER BY " TICKET_SEQ_NOW ", t.number LIMIT ?5") \
    X(SQL_TICKETS_SLOT_DOWN, TICKET_FROM "t.slot_id = ?1 AND t.number < ?3" TICKET_FILTER \
                             " ORDER BY t.number DESC LIMIT ?5") \
    X(SQL_TICKETS_CUSTOMER,  TICKET_FROM "t.customer = ?1 AND t.number > ?3" TICKET_FILTER \
                             " ORDER BY t.number LIMIT ?5") \
    X(SQL_TICKETS_CUSTOMER_DOWN, TICKET_FROM "t.customer = ?1 AND t.number < ?3" TICKET_FILTER \
                             " ORDER BY t.number DESC LIMIT ?5") \
    X(SQL_TICKETS_SALE,      TICKET_FROM "+t.number > ?3 AND t.number >= ?1 AND t.sale = ?1" \
                             " AND t.number <= ?1 + (SELECT sale_size FROM ticket WHERE number = ?1)" \
                             TICKET_FILTER " ORDER BY t.number LIMIT ?5") \
    X(SQL_TICKETS_ALL,       TICKET_FROM "t.number > ?3" TICKET_FILTER " ORDER BY t.number LIMIT ?5") \
    X(SQL_TICKETS_ALL_DOWN,  TICKET_FROM "t.number < ?3" TICKET_FILTER \
                             " ORDER BY t.number DESC LIMIT ?5") \
    X(SQL_CUSTOMERS_ALL,     "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number > ?1" \
                             " ORDER BY number LIMIT ?2") \
    X(SQL_CUSTOMERS_KEY,     "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number IN" \
                             " (SELECT customer FROM customer_key WHERE key >= ?3 AND key < ?4)" \
                             " AND number > ?1 ORDER BY number LIMIT ?2") \
    X(SQL_CUSTOMERS_ALL_DOWN, "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number < ?1" \
                             " ORDER BY number DESC LIMIT ?2") \
    X(SQL_CUSTOMERS_KEY_DOWN, "SELECT " CUSTOMER_COLUMNS " FROM customer WHERE number IN" \
                             " (SELECT customer FROM customer_key WHERE key >= ?3 AND key < ?4)" \
                             " AND number < ?1 ORDER BY number DESC LIMIT ?2") \
    X(SQL_CUSTOMERS_SLOT,    CUSTOMERS_OF_SLOT " AND number > ?1 ORDER BY number LIMIT ?2") \
    X(SQL_CUSTOMERS_SLOT_DOWN, CUSTOMERS_OF_SLOT " AND number < ?1 ORDER BY number DESC LIMIT ?2") \
    X(SQL_JOURNAL_LIST,      JOURNAL_FROM " ORDER BY seq LIMIT ?2") \
    X(SQL_JOURNAL_SOME,      JOURNAL_FROM JOURNAL_FILTER JOURNAL_TICKETS " ORDER BY seq LIMIT ?2") \
    /* ?1 from where on, ?2 but not this one */ \
    X(SQL_RECORDS_UP,        RECORD_FROM "key >= ?1 AND key <> ?2 AND key < ?3 AND value <> ''" \
                             " ORDER BY key LIMIT ?4") \
    X(SQL_RECORDS_DOWN,      RECORD_FROM "key >= ?1 AND key < ?3 AND value <> ''" \
                             " ORDER BY key DESC LIMIT ?4") \
    X(SQL_RECORDS_SEQ,       RECORD_FROM "seq > ?1 AND seq > 0 ORDER BY seq LIMIT ?2") \
    X(SQL_TALLIES_SPAN,      "SELECT span_at, actor, device, genre, sum(sales), sum(sold), sum(canceled)," \
                             " sum(reissued), sum(admitted) FROM tally WHERE (span_at, actor, device, genre) >" \
                             " (?1, ?2, ?3, ?4) AND span_at < ?5 GROUP BY span_at, actor, device, genre" \
                             " ORDER BY span_at, actor, device, genre LIMIT ?6") \
    X(SQL_TALLIES_SLOT,      TALLY_SLOT_FROM "(s.starts_at, s.id) > (?1, ?2) AND s.starts_at < ?3" \
                             TALLY_SLOT_GROUP " ORDER BY s.starts_at, s.id LIMIT ?4") \
    X(SQL_TALLIES_ONE,       TALLY_SLOT_FROM "s.id = ?5 AND (s.starts_at, s.id) > (?1, ?2)" \
                             " AND s.starts_at < ?3" TALLY_SLOT_GROUP " LIMIT ?4") \
    X(SQL_JOURNAL_END,       "SELECT e.value, h.value FROM meta e, meta h WHERE e.key = 'journal_entries'" \
                             " AND h.key = 'journal_head'") \
    X(SQL_ADMISSIONS,        "SELECT admitted_by, count(*), max(admitted_at) FROM ticket" \
                             " INDEXED BY ticket_admitted WHERE slot_id = ?1 AND admitted_at > 0" \
                             " GROUP BY admitted_by ORDER BY admitted_by") \
    X(SQL_ACCESS_LIST,       ACCESS_FROM " ORDER BY name") \
    X(SQL_ALLOTMENTS_ALL,    ALLOTMENT_FROM "(slot_id, holder) > (?3, ?4)" \
                             " AND (?5 = 0 OR " ALLOTMENT_HELD " > 0) ORDER BY slot_id, holder LIMIT ?6") \
    X(SQL_ALLOTMENTS_SLOT,   ALLOTMENT_FROM "slot_id = ?1" ALLOTMENT_REST) \
    X(SQL_ALLOTMENTS_HOLDER, ALLOTMENT_FROM "holder = ?2 AND slot_id >= ?3" ALLOTMENT_REST) \
    X(SQL_ALLOTMENTS_BOTH,   ALLOTMENT_FROM "slot_id = ?1 AND holder = ?2" ALLOTMENT_REST) \
    X(SQL_BLOCKS_ALL,        BLOCK_FROM "(?2 = 0 OR written_off_at > 0) ORDER BY first") \
    X(SQL_REPLICAS_ALL,      REPLICA_FROM " ORDER BY device") \
    X(SQL_DISPUTES_ALL,      DISPUTE_FROM "true" DISPUTE_REST) \
    X(SQL_DISPUTES_OPEN,     DISPUTE_FROM "closed_at = 0" DISPUTE_REST) \
    X(SQL_DUE_EXPIRE,        "SELECT id FROM slot WHERE expired_at = 0 AND ends_at <= ?1" \
                             " ORDER BY ends_at LIMIT ?2") \
    X(SQL_DUE_ARCHIVE,       "SELECT id FROM (SELECT id FROM slot WHERE expired_at > 0 AND archived_at = 0" \
                             " AND expired_at <= ?1 LIMIT ?2)" \
                             " UNION SELECT slot_id FROM (SELECT DISTINCT slot_id FROM ticket" \
                             " INDEXED BY ticket_canceled WHERE status = 2 AND changed_at <= ?1 LIMIT ?2) LIMIT ?2") \
    /* verify */ \
    X(SQL_VERIFY_BALANCE,    "SELECT id FROM slot WHERE available < 0 OR allotted < 0 OR sold < 0 OR lost < 0" \
                             " OR available + allotted + sold + lost <> capacity" \
                             " OR (expired_at > 0 AND available <> 0)" \
                             " OR (expired_at > 0) <> (expired_seq > 0) OR expired_seq > seq") \
    X(SQL_VERIFY_SOLD,       "SELECT s.id, s.sold, coalesce(t.n, 0) FROM slot s LEFT JOIN (SELECT slot_id," \
                             " count(*) AS n FROM ticket WHERE canceled_at = 0 GROUP BY slot_id) t" \
                             " ON t.slot_id = s.id WHERE s.sold <> coalesce(t.n, 0)") \
    X(SQL_VERIFY_ADMITTED,   "SELECT s.id, s.admitted, coalesce(t.n, 0) FROM slot s LEFT JOIN" \
                             " (SELECT slot_id, count(*) AS n FROM ticket WHERE admitted_at > 0" \
                             " GROUP BY slot_id) t ON t.slot_id = s.id" \
                             " WHERE s.admitted <> coalesce(t.n, 0)") \
    X(SQL_VERIFY_USED,       "SELECT number FROM ticket WHERE (admitted_at > 0) <> (admitted_by <> '')" \
                             " OR (admitted_at > 0 AND canceled_at > 0)") \
    X(SQL_VERIFY_STATUS,     "SELECT number FROM ticket WHERE (status IN (0, 1) AND canceled_at <> 0)" \
                             " OR (status = 2 AND canceled_at = 0)") \
    X(SQL_VERIFY_LINKS,      "SELECT t.number FROM ticket t LEFT JOIN ticket o ON o.number = t.replaces" \
                             " WHERE t.replaces > 0 AND (o.replaced_by IS NULL OR o.replaced_by <> t.number" \
                             " OR o.canceled_at = 0)") \
    X(SQL_VERIFY_LINKS_BACK, "SELECT t.number FROM ticket t LEFT JOIN ticket n ON n.number = t.replaced_by" \
                             " WHERE t.replaced_by > 0 AND (n.replaces IS NULL OR n.replaces <> t.number)") \
    X(SQL_VERIFY_CUSTOMERS,  "SELECT c.number, c.tickets, coalesce(t.n, 0) FROM customer c LEFT JOIN" \
                             " (SELECT customer, count(*) AS n FROM ticket WHERE customer > 0 AND status <> 3" \
                             " GROUP BY customer) t ON t.customer = c.number WHERE c.tickets <> coalesce(t.n, 0)") \
    X(SQL_VERIFY_SEQ,        "SELECT s.id FROM slot s JOIN ticket t ON t.slot_id = s.id WHERE t.seq > s.seq") \
    X(SQL_VERIFY_ISSUED,     "SELECT count(*) FROM ticket WHERE sale = ?1 AND number >= ?1" \
                             " AND number <= ?1 + ?2") \
    X(SQL_VERIFY_ALLOTTED,   "SELECT s.id, s.allotted, coalesce(a.n, 0) FROM slot s LEFT JOIN" \
                             " (SELECT slot_id, sum(" ALLOTMENT_HELD ") AS n FROM allotment" \
                             " GROUP BY slot_id) a ON a.slot_id = s.id" \
                             " WHERE s.allotted <> iif(s.expired_at > 0, 0, coalesce(a.n, 0))") \
    X(SQL_VERIFY_HELD,       "SELECT slot_id FROM allotment WHERE granted < 0 OR sold < 0 OR returned < 0" \
                             " OR written_off < 0 OR " ALLOTMENT_HELD " < 0" \
                             " OR (written_off > 0) <> (written_off_at > 0)") \
    X(SQL_VERIFY_HERE,       "SELECT s.id, s.here, coalesce(a.n, 0) FROM slot s LEFT JOIN" \
                             " (SELECT slot_id, " ALLOTMENT_HELD " AS n FROM allotment" \
                             " WHERE holder = (SELECT device FROM mirror)) a ON a.slot_id = s.id" \
                             " WHERE s.here <> iif(s.expired_at > 0, 0, coalesce(a.n, 0))") \
    X(SQL_VERIFY_BLOCKS,     "SELECT b.first FROM number_block b WHERE b.count < 1" \
                             " OR b.next < b.first OR b.next > b.first + b.count" \
                             " OR EXISTS (SELECT 1 FROM number_block o WHERE o.first > b.first" \
                             " AND o.first < b.first + b.count)") \
    X(SQL_VERIFY_FLOOR,      "SELECT first FROM number_block WHERE first + count >" \
                             " (SELECT value FROM meta WHERE key = 'number_floor')") \
    X(SQL_VERIFY_NUMBERS,    "SELECT t.number FROM number_block b CROSS JOIN ticket t" \
                             " ON t.number >= b.next AND t.number < b.first + b.count") \
    X(SQL_VERIFY_EARLY,      "SELECT e.number FROM early_admission e CROSS JOIN ticket t" \
                             " ON t.number = e.number WHERE t.slot_id = e.slot_id") \
    X(SQL_VERIFY_VOIDED,     "SELECT j.seq FROM voided v CROSS JOIN journal j ON j.op_id = v.op_id") \
    X(SQL_VERIFY_TALLIES,    "SELECT sold, tallied FROM (SELECT (SELECT count(*) FROM ticket" \
                             " WHERE replaces IS NULL) AS sold," \
                             " (SELECT coalesce(sum(sold), 0) FROM tally) AS tallied) WHERE sold <> tallied") \
    X(SQL_VERIFY_RECORD_SEQ, "SELECT seq FROM record WHERE seq > 0 GROUP BY seq HAVING count(*) > 1" \
                             " OR seq > (SELECT value FROM meta WHERE key = 'record_seq')") \
    X(SQL_VERIFY_RECORDS,    "SELECT " RECORD_COLUMNS " FROM record ORDER BY key") \
    X(SQL_VERIFY_JOURNAL,    JOURNAL_FROM " ORDER BY seq") \
    X(SQL_VERIFY_DISPUTES,   "SELECT " DISPUTE_COLUMNS " FROM dispute") \
    X(SQL_VERIFY_DEVICES,    "SELECT name, seq, hash FROM device") \
    X(SQL_VERIFY_WRITER,     "SELECT hash, head FROM writer WHERE id = ?1") \
    X(SQL_VERIFY_WRITERS,    "SELECT w.id, w.entries, coalesce(j.n, 0) FROM writer w LEFT JOIN" \
                             " (SELECT writer, count(*) AS n FROM journal GROUP BY writer) j" \
                             " ON j.writer = w.id WHERE w.entries <> coalesce(j.n, 0)") \
    X(SQL_VERIFY_INTEGRITY,  "PRAGMA integrity_check(20)") \
    X(SQL_VERIFY_FOREIGN,    "PRAGMA foreign_key_check") \
    X(SQL_COUNT_ALL,         "SELECT (SELECT count(*) FROM slot), (SELECT count(*) FROM ticket)," \
                             " (SELECT count(*) FROM customer), (SELECT count(*) FROM journal)") \
    /* the mirror: the row that makes a file a till's copy */ \
    X(SQL_MIRROR_MAKE,       "INSERT INTO mirror (" MIRROR_COLUMNS ", changes) VALUES (1, 0, '', 0, '', 'reader'," \
                             " zeroblob(16), 'good', 0, zeroblob(32), 0, zeroblob(32)," \
                             " 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, zeroblob(16), 0) ON CONFLICT DO NOTHING") \
    X(SQL_MIRROR,            "SELECT " MIRROR_COLUMNS ", (SELECT value FROM meta WHERE key = 'id_key')" \
                             " FROM mirror WHERE id = 1") \
    X(SQL_MIRROR_SAVE,       "UPDATE mirror SET adopted = ?2, centre = ?3, era = ?4, device = ?5, role = ?6," \
                             " replica = ?7, standing = ?8, seq = ?9, hash = ?10, taken_seq = ?11," \
                             " taken_hash = ?12, expire_after = ?13, close_at_start = ?14, close_after = ?15," \
                             " admit_before = ?16, key_generation = ?17, clock_ahead = ?18, latest = ?19," \
                             " contact_at = ?20, version = ?21, busiest = ?22, half_hour = ?23," \
                             " half_hour_sold = ?24, previous = ?25, changes = changes + ?26 WHERE id = 1") \
    X(SQL_MIRROR_CHANGES,    "SELECT changes + (SELECT coalesce(max(seq), 0) FROM journal) FROM mirror" \
                             " WHERE id = 1") \
    X(SQL_MIRROR_HOLDS,      "SELECT EXISTS (SELECT 1 FROM allotment WHERE holder = (SELECT device FROM mirror)" \
                             " AND " ALLOTMENT_HELD " > 0)") \
    /* its queue */ \
    X(SQL_QUEUE_INSERT,      "INSERT INTO queue (seq, op_id, operation, hash) VALUES (?1, ?2, ?3, ?4)") \
    X(SQL_QUEUE_LIST,        "SELECT seq, operation FROM queue WHERE seq > ?1 ORDER BY seq LIMIT ?2") \
    X(SQL_QUEUE_HASH,        "SELECT hash FROM queue WHERE seq = ?1") \
    X(SQL_QUEUE_DELETE,      "DELETE FROM queue WHERE seq = ?1") \
    X(SQL_QUEUE_MOVE,        "UPDATE queue SET seq = ?2, hash = ?3 WHERE seq = ?1") \
    X(SQL_QUEUE_SLOT_INSERT, "INSERT INTO queue_slot (slot_id, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING") \
    X(SQL_QUEUE_SLOT_WAITS,  "SELECT 1 FROM queue_slot WHERE slot_id = ?1 LIMIT 1") \
    X(SQL_QUEUE_SLOT_DELETE, "DELETE FROM queue_slot WHERE seq = ?1") \
    X(SQL_QUEUE_SLOT_MOVE,   "UPDATE queue_slot SET seq = ?2 WHERE seq = ?1") \
    X(SQL_QUEUE_TICKET_INSERT, "INSERT OR REPLACE INTO queue_ticket (number, seq) VALUES (?1, ?2)") \
    X(SQL_QUEUE_TICKET,      "SELECT 1 FROM queue_ticket t JOIN queue q ON q.seq = t.seq" \
                             " WHERE t.number = ?1 AND q.offered = 0") \
    X(SQL_QUEUE_UNOFFERED,   "SELECT min(seq) FROM queue WHERE offered = 0 AND seq <= ?1") \
    X(SQL_QUEUE_OFFER,       "UPDATE queue SET offered = 1 WHERE offered = 0 AND seq <= ?1") \
    X(SQL_QUEUE_WITHDRAW,    "UPDATE queue SET offered = 0 WHERE seq BETWEEN ?1 AND ?2") \
    X(SQL_QUEUE_TICKET_DELETE, "DELETE FROM queue_ticket WHERE seq = ?1") \
    X(SQL_QUEUE_TICKET_MOVE, "UPDATE queue_ticket SET seq = ?2 WHERE seq = ?1") \
    X(SQL_QUEUE_TICKETS_CLEAR, "DELETE FROM queue_ticket") \
    X(SQL_BLOCK_OWN,         BLOCK_FROM "holder = ?1 AND written_off_at = 0 AND next + ?2 <= first + count" \
                             " ORDER BY first LIMIT 1") \
    /* taking over what the centre has */ \
    X(SQL_PULLED,            "SELECT seq, ticket, row_seq FROM pulled WHERE slot_id = ?1") \
    X(SQL_PULLED_PUT,        "INSERT INTO pulled (slot_id, seq, ticket, row_seq) VALUES (?1, ?2, ?3, ?4)" \
                             " ON CONFLICT (slot_id) DO UPDATE SET seq = ?2, ticket = ?3, row_seq = ?4") \
    X(SQL_PULLED_ALL,        "SELECT p.slot_id, p.seq, p.ticket FROM pulled p CROSS JOIN slot s" \
                             " ON s.id = p.slot_id ORDER BY p.slot_id") \
    X(SQL_PULLED_DIRTY_OF,   "UPDATE pulled SET seq = 0, ticket = 0 WHERE slot_id IN" \
                             " (SELECT slot_id FROM queue_slot WHERE seq = ?1)") \
    X(SQL_PULLED_DIRTY,      "UPDATE pulled SET seq = 0, ticket = 0") \
    X(SQL_TICKETS_REFUSED,   "UPDATE ticket SET status = 2, changed_at = ?2, canceled_at = ?2 WHERE status = 0" \
                             " AND admitted_at = 0 AND number IN" \
                             " (SELECT number FROM queue_ticket WHERE seq = ?1)") \
    X(SQL_MIRROR_SLOT_DELETE, "DELETE FROM slot WHERE id = ?1") \
    X(SQL_MIRROR_TICKET_DELETE, "DELETE FROM ticket WHERE number = ?1") \
    X(SQL_MIRROR_TICKETS_DELETE, "DELETE FROM ticket WHERE slot_id = ?1 AND number NOT IN" \
                             " (SELECT number FROM queue_ticket)") \
    X(SQL_MIRROR_CUSTOMER_DELETE, "DELETE FROM customer WHERE number = ?1") \
    X(SQL_MIRROR_CUSTOMER_MOVE, "UPDATE ticket SET customer = ?2 WHERE customer = ?1") \
    X(SQL_MIRROR_ALLOTMENTS_DELETE, "DELETE FROM allotment WHERE slot_id = ?1") \
    X(SQL_MIRROR_BLOCK_PUT,  "INSERT INTO number_block (" BLOCK_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6)" \
                             " ON CONFLICT (first) DO UPDATE SET next = max(next, ?3), holder = ?4," \
                             " written_off_at = max(written_off_at, ?6)") \
    X(SQL_MIRROR_KEY_PUT,    "INSERT INTO slot_key (slot_id, generation, key) VALUES (?1, ?2, ?3)" \
                             " ON CONFLICT (slot_id, generation) DO UPDATE SET key = ?3") \
    X(SQL_MIRROR_KEY,        "SELECT key FROM slot_key WHERE slot_id = ?1 AND (?2 = 0 OR generation = ?2)" \
                             " ORDER BY generation DESC LIMIT 1") \
    X(SQL_MIRROR_KEYLESS,    "SELECT id FROM slot s WHERE key_generation > 0 AND starts_at < ?1" \
                             " AND NOT EXISTS (SELECT 1 FROM slot_key k WHERE k.slot_id = s.id" \
                             " AND k.generation = s.key_generation) ORDER BY starts_at, id LIMIT ?2") \
    X(SQL_MIRROR_DISPUTE_DELETE, "DELETE FROM dispute WHERE op_id = ?1") \
    X(SQL_MIRROR_DISPUTES_NAMED, "SELECT op_id FROM dispute WHERE customer_name <> ''") \
    X(SQL_MIRROR_DISPUTES_DELETE, "DELETE FROM dispute WHERE closed_at = 0") \
    X(SQL_MIRROR_RECORD_SEQ, "SELECT coalesce(max(seq), 0) FROM record WHERE seq > 0") \
    X(SQL_MIRROR_RECORD_DELETE, "DELETE FROM record WHERE key = ?1") \
    X(SQL_MIRROR_DUTIES_DELETE, "DELETE FROM record WHERE key >= 'duty/' AND key < 'duty0'") \
    /* what a centre that was put back from a backup has lost */ \
    X(SQL_LOST_NOTE,         "INSERT INTO lost_ticket (number, slot_id, name, phone) SELECT t.number, t.slot_id," \
                             " coalesce(c.name, ''), coalesce(c.phone, '') FROM ticket t CROSS JOIN slot s" \
                             " ON s.id = t.slot_id LEFT JOIN customer c ON c.number = t.customer" \
                             " WHERE t.status = 0 AND s.expired_at = 0" \
                             " AND t.number NOT IN (SELECT number FROM queue_ticket) ON CONFLICT DO NOTHING") \
    X(SQL_LOST_LIST,         "SELECT number, slot_id, name, phone FROM lost_ticket l WHERE NOT EXISTS" \
                             " (SELECT 1 FROM ticket t WHERE t.number = l.number)" \
                             " ORDER BY number LIMIT ?1") \
    X(SQL_LOST_DELETE,       "DELETE FROM lost_ticket WHERE number = ?1") \
    X(SQL_LOST_CLEAR,        "DELETE FROM lost_ticket") \
    /* forgetting */ \
    X(SQL_PURGE_ANY,         "SELECT 1 FROM slot WHERE " MIRROR_OVER " LIMIT 1") \
    X(SQL_PURGE_TICKETS,     "DELETE FROM ticket WHERE slot_id IN (" MIRROR_SLOTS_OVER ")") \
    X(SQL_PURGE_EARLIES,     "DELETE FROM early_admission WHERE slot_id IN (" MIRROR_SLOTS_OVER ")") \
    X(SQL_PURGE_ALLOTMENTS,  "DELETE FROM allotment WHERE slot_id IN (" MIRROR_SLOTS_OVER ")") \
    X(SQL_PURGE_KEYS,        "DELETE FROM slot_key WHERE slot_id IN (" MIRROR_SLOTS_OVER ")") \
    X(SQL_PURGE_PULLED,      "DELETE FROM pulled WHERE slot_id IN (" MIRROR_SLOTS_OVER ")") \
    X(SQL_PURGE_SLOTS,       "DELETE FROM slot WHERE " MIRROR_OVER) \
    X(SQL_PURGE_NAMES,       "DELETE FROM customer_key WHERE NOT EXISTS" \
                             " (SELECT 1 FROM ticket WHERE ticket.customer = customer_key.customer)") \
    X(SQL_PURGE_CUSTOMERS,   "DELETE FROM customer WHERE NOT EXISTS" \
                             " (SELECT 1 FROM ticket WHERE ticket.customer = customer.number)") \
    X(SQL_WIPE_TICKETS,      "DELETE FROM ticket") \
    X(SQL_WIPE_EARLIES,      "DELETE FROM early_admission") \
    X(SQL_WIPE_ALLOTMENTS,   "DELETE FROM allotment") \
    X(SQL_WIPE_KEYS,         "DELETE FROM slot_key") \
    X(SQL_WIPE_DISPUTES,     "DELETE FROM dispute") \
    X(SQL_WIPE_RECORDS,      "DELETE FROM record") \
    X(SQL_WIPE_SLOTS,        "DELETE FROM slot") \
    X(SQL_WIPE_PULLED,       "DELETE FROM pulled") \
    X(SQL_WIPE_HERE,         "UPDATE slot SET here = 0 WHERE here > 0") \
    X(SQL_WIPE_OWN,          "DELETE FROM allotment WHERE holder = (SELECT device FROM mirror)") \
    X(SQL_WIPE_BLOCKS,       "DELETE FROM number_block WHERE ?1 OR holder <> (SELECT device FROM mirror)") \
    X(SQL_WIPE_NUMBERS,      "UPDATE number_block SET next = first + count" \
                             " WHERE holder = (SELECT device FROM mirror)")
/* clang-format on */

enum sql {
#define X(name, text) name,
    SQL_TABLE(X)
#undef X
        SQL_COUNT,
    SQL_VERIFY_FIRST = SQL_VERIFY_BALANCE,
    SQL_MIRROR_FIRST = SQL_MIRROR_MAKE
};

#endif
