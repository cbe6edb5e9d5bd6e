/*
 * sql: every statement of the SQLite engine, in one table; all prepared at open. Parameters
 * only. The query planner is told which index to use by a unary + on what must not choose one.
 */
#ifndef TK_DATA_SQLITE_SQL_H
#define TK_DATA_SQLITE_SQL_H

#define SLOT_COLUMNS                                                                               \
    "id, name, description, screen, starts_at, ends_at, type, genre, capacity, available, "        \
    "allotted, sold, lost, expired_at, archived_at, seq, admitted, key_generation"
#define TICKET_COLUMNS                                                                             \
    "number, slot_id, customer, status, booked_at, changed_at, canceled_at, replaces, "            \
    "replaced_by, sale, sale_position, sale_size, seq, admitted_at, admitted_by, prints"
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
    "t.sale_position, t.sale_size, " TICKET_SEQ_NOW ", t.admitted_at, t.admitted_by, t.prints"     \
    " FROM ticket t CROSS JOIN slot s ON s.id = t.slot_id WHERE "
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
    /* loading for plan */ \
    X(SQL_SEEN,              "SELECT digest, outcome, seq FROM journal WHERE op_id = ?1") \
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
    /* writing what plan decided */ \
    X(SQL_SLOT_INSERT,       "INSERT INTO slot (" SLOT_COLUMNS ", name_key, expired_seq)" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)") \
    X(SQL_SLOT_UPDATE,       "UPDATE slot SET available = ?2, allotted = ?3, sold = ?4, lost = ?5," \
                             " seq = ?6, admitted = ?7, key_generation = ?8 WHERE id = ?1") \
    X(SQL_SLOT_CLOSE,        "UPDATE slot SET available = ?2, allotted = ?3, sold = ?4, lost = ?5," \
                             " expired_seq = iif(expired_at = 0, ?11, expired_seq)," \
                             " seq = ?6, expired_at = ?7, archived_at = ?8, admitted = ?9," \
                             " key_generation = ?10 WHERE id = ?1") \
    X(SQL_TICKET_INSERT,     "INSERT INTO ticket (" TICKET_COLUMNS ")" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)") \
    X(SQL_TICKET_UPDATE,     "UPDATE ticket SET status = ?2, changed_at = ?3, canceled_at = ?4," \
                             " replaced_by = ?5, seq = ?6, prints = ?7 WHERE number = ?1") \
    X(SQL_TICKET_ADMIT,      "UPDATE ticket SET admitted_at = ?2, admitted_by = ?3 WHERE number = ?1") \
    X(SQL_CUSTOMER_INSERT,   "INSERT INTO customer (" CUSTOMER_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6)") \
    X(SQL_CUSTOMER_UPDATE,   "UPDATE customer SET name = ?2, phone = ?3, tickets = ?4, erased_at = ?5" \
                             " WHERE number = ?1") \
    X(SQL_KEY_INSERT,        "INSERT OR IGNORE INTO customer_key (key, customer) VALUES (?1, ?2)") \
    X(SQL_KEYS_DELETE,       "DELETE FROM customer_key WHERE customer = ?1") \
    X(SQL_JOURNAL_INSERT,    "INSERT INTO journal (device, device_seq, op_id, kind, actor, at," \
                             " recorded_at, body, outcome, digest, hash)" \
                             " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)") \
    X(SQL_DEVICE_PUT,        "INSERT INTO device (name, seq, hash) VALUES (?1, ?2, ?3)" \
                             " ON CONFLICT (name) DO UPDATE SET seq = ?2, hash = ?3") \
    X(SQL_ACCESS_INSERT,     "INSERT INTO device_access (" ACCESS_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6)") \
    X(SQL_ACCESS_DELETE,     "DELETE FROM device_access WHERE name = ?1") \
    X(SQL_ACCESS_TOUCH,      "UPDATE device_access SET used_at = max(used_at, ?2)" \
                             " WHERE name = ?1 AND revoked_at = 0") \
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
    X(SQL_JOURNAL_LIST,      "SELECT seq, device, device_seq, op_id, kind, actor, at, recorded_at, body," \
                             " outcome, hash FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2") \
    X(SQL_ADMISSIONS,        "SELECT admitted_by, count(*), max(admitted_at) FROM ticket" \
                             " INDEXED BY ticket_admitted WHERE slot_id = ?1 AND admitted_at > 0" \
                             " GROUP BY admitted_by ORDER BY admitted_by") \
    X(SQL_ACCESS_LIST,       ACCESS_FROM " ORDER BY name") \
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
    X(SQL_VERIFY_DEVICES,    "SELECT name, seq, hash FROM device") \
    X(SQL_VERIFY_INTEGRITY,  "PRAGMA integrity_check(20)") \
    X(SQL_VERIFY_FOREIGN,    "PRAGMA foreign_key_check") \
    X(SQL_COUNT_ALL,         "SELECT (SELECT count(*) FROM slot), (SELECT count(*) FROM ticket)," \
                             " (SELECT count(*) FROM customer), (SELECT count(*) FROM journal)")
/* clang-format on */

enum sql {
#define X(name, text) name,
    SQL_TABLE(X)
#undef X
        SQL_COUNT
};

#endif
