#include "data/sqlite/schema.h"

/* Adds what tickets say that happened at a time. A till's copy keeps no tallies. */
#define TALLY_OF(at, sales, sold, canceled, reissued, admitted, where)                             \
    "INSERT INTO tally (span_at, actor, device, genre, writer, sales, sold, canceled, reissued,"   \
    " admitted) SELECT t." at " - t." at " % 900000000 AS span, '', '', s.genre, 0, sum(" sales    \
    "), sum(" sold "), sum(" canceled "), sum(" reissued "), sum(" admitted ") FROM ticket t"      \
    " CROSS JOIN slot s ON s.id = t.slot_id WHERE " where                                          \
    " AND NOT EXISTS (SELECT 1 FROM mirror) GROUP BY span, s.genre"                                \
    " ON CONFLICT (span_at, actor, device, genre, writer) DO UPDATE SET"                           \
    " sales = sales + excluded.sales, sold = sold + excluded.sold,"                                \
    " canceled = canceled + excluded.canceled, reissued = reissued + excluded.reissued,"           \
    " admitted = admitted + excluded.admitted;"

/*
 * Version 1. Numbers of tickets and customers are the store's own counts; ids are made from them
 * by core/id. Times are UTC µs; 0 stands for "not" where a column is NOT NULL. replaced_by is
 * deferred: a ticket may be sold and reissued in one batch, and is inserted before its successor.
 */
static const char version_1[] =
    "CREATE TABLE meta ("
    " key TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE slot ("
    " id INTEGER PRIMARY KEY CHECK (id BETWEEN 100000 AND 999999999999999),"
    " name TEXT NOT NULL CHECK (name <> ''), description TEXT NOT NULL, screen TEXT NOT NULL,"
    " starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),"
    " type INTEGER NOT NULL, genre INTEGER NOT NULL,"
    " capacity INTEGER NOT NULL CHECK (capacity > 0),"
    " available INTEGER NOT NULL CHECK (available >= 0),"
    " allotted INTEGER NOT NULL CHECK (allotted >= 0),"
    " sold INTEGER NOT NULL CHECK (sold >= 0),"
    " lost INTEGER NOT NULL CHECK (lost >= 0),"
    " expired_at INTEGER NOT NULL, expired_seq INTEGER NOT NULL, archived_at INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " name_key TEXT NOT NULL,"
    " CHECK (available + allotted + sold + lost = capacity)) STRICT;"
    "CREATE INDEX slot_start ON slot (starts_at, id);"
    "CREATE INDEX slot_name ON slot (name, starts_at, id);"
    "CREATE INDEX slot_open_start ON slot (starts_at, id) WHERE expired_at = 0;"
    "CREATE INDEX slot_open_genre ON slot (genre, starts_at, id) WHERE expired_at = 0;"
    "CREATE INDEX slot_open_end ON slot (ends_at) WHERE expired_at = 0;"
    "CREATE INDEX slot_open_genre_end ON slot (genre, ends_at) WHERE expired_at = 0;"
    "CREATE INDEX slot_settled ON slot (expired_at) WHERE expired_at > 0 AND archived_at = 0;"
    "CREATE TABLE customer ("
    " number INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL,"
    " tickets INTEGER NOT NULL CHECK (tickets >= 0), created_at INTEGER NOT NULL,"
    " erased_at INTEGER NOT NULL,"
    " CHECK (erased_at = 0 OR (name = '' AND phone = ''))) STRICT;"
    "CREATE UNIQUE INDEX customer_known ON customer (phone, name) WHERE erased_at = 0;"
    "CREATE TABLE customer_key ("
    " key TEXT NOT NULL, customer INTEGER NOT NULL REFERENCES customer,"
    " PRIMARY KEY (key, customer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX customer_key_of ON customer_key (customer);"
    "CREATE TABLE ticket ("
    " number INTEGER PRIMARY KEY, slot_id INTEGER NOT NULL REFERENCES slot,"
    " customer INTEGER REFERENCES customer,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),"
    " booked_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, canceled_at INTEGER NOT NULL,"
    " replaces INTEGER REFERENCES ticket,"
    " replaced_by INTEGER REFERENCES ticket DEFERRABLE INITIALLY DEFERRED,"
    " sale INTEGER NOT NULL, sale_position INTEGER NOT NULL, sale_size INTEGER NOT NULL,"
    " seq INTEGER NOT NULL) STRICT;"
    "CREATE INDEX ticket_slot ON ticket (slot_id);"
    "CREATE INDEX ticket_customer ON ticket (customer) WHERE customer IS NOT NULL;"
    "CREATE INDEX ticket_canceled ON ticket (changed_at, slot_id) WHERE status = 2;"
    "CREATE TABLE device ("
    " name TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE journal ("
    " seq INTEGER PRIMARY KEY, device TEXT NOT NULL, device_seq INTEGER NOT NULL,"
    " op_id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL,"
    " recorded_at INTEGER NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL,"
    " digest BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TRIGGER journal_keep_update BEFORE UPDATE ON journal"
    " BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;"
    SCHEMA_JOURNAL_KEEP;

/*
 * Version 2: the devices that may use the service, one row per name. The table `device` above is
 * another matter: where the journal's chains end.
 */
static const char version_2[] =
    "CREATE TABLE device_access ("
    " name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''), role TEXT NOT NULL,"
    " token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),"
    " enrolled_at INTEGER NOT NULL, revoked_at INTEGER NOT NULL, used_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX device_access_token ON device_access (token_hash) WHERE revoked_at = 0;";

/*
 * Version 3: admission, copies on paper, generations of the site key. Slots from before have the
 * first one.
 */
static const char version_3[] =
    "ALTER TABLE slot ADD COLUMN admitted INTEGER NOT NULL DEFAULT 0"
    " CHECK (admitted BETWEEN 0 AND sold);"
    "ALTER TABLE slot ADD COLUMN key_generation INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE ticket ADD COLUMN admitted_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ticket ADD COLUMN admitted_by TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ticket ADD COLUMN prints INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX ticket_admitted ON ticket (slot_id, admitted_by, admitted_at)"
    " WHERE admitted_at > 0;"
    "INSERT INTO meta (key, value) VALUES ('key_generation', 1);";

/*
 * Version 4: tills that go on selling while they are cut off. The first part is a centre's, the second
 * a till's copy of one (core/mirror), whose one row in `mirror` says that the file is a copy. A copy
 * lacks rows that others refer to, so it is opened without foreign keys.
 */
static const char version_4[] =
    "ALTER TABLE slot ADD COLUMN here INTEGER NOT NULL DEFAULT 0 CHECK (here >= 0);"
    "CREATE TABLE allotment ("
    " slot_id INTEGER NOT NULL REFERENCES slot, holder TEXT NOT NULL CHECK (holder <> ''),"
    " granted INTEGER NOT NULL CHECK (granted >= 0),"
    " sold INTEGER NOT NULL CHECK (sold >= 0),"
    " returned INTEGER NOT NULL CHECK (returned >= 0),"
    " written_off INTEGER NOT NULL CHECK (written_off >= 0),"
    " granted_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
    " written_off_at INTEGER NOT NULL, written_off_by TEXT NOT NULL,"
    " PRIMARY KEY (slot_id, holder),"
    " CHECK (granted - sold - returned - written_off >= 0)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX allotment_holder ON allotment (holder, slot_id);"
    "CREATE TABLE number_block ("
    " first INTEGER PRIMARY KEY, count INTEGER NOT NULL CHECK (count > 0),"
    " next INTEGER NOT NULL, holder TEXT NOT NULL CHECK (holder <> ''),"
    " granted_at INTEGER NOT NULL, written_off_at INTEGER NOT NULL,"
    " CHECK (next BETWEEN first AND first + count)) STRICT;"
    "CREATE INDEX number_block_holder ON number_block (holder);"
    "CREATE TABLE replica ("
    " device TEXT NOT NULL PRIMARY KEY CHECK (device <> ''),"
    " id BLOB NOT NULL CHECK (length(id) = 16), joined_at INTEGER NOT NULL,"
    " seq INTEGER NOT NULL CHECK (seq >= 0), hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " dismissed_at INTEGER NOT NULL, quarantined_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE early_admission ("
    " number INTEGER PRIMARY KEY, slot_id INTEGER NOT NULL REFERENCES slot,"
    " admitted_at INTEGER NOT NULL CHECK (admitted_at > 0),"
    " admitted_by TEXT NOT NULL CHECK (admitted_by <> '')) STRICT;"
    "CREATE TABLE voided ("
    " op_id BLOB NOT NULL PRIMARY KEY CHECK (length(op_id) = 16)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dispute ("
    " op_id BLOB NOT NULL PRIMARY KEY CHECK (length(op_id) = 16), kind TEXT NOT NULL,"
    " device TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,"
    " slot_id INTEGER NOT NULL, ticket INTEGER, count INTEGER NOT NULL,"
    " customer_name TEXT NOT NULL, customer_phone TEXT NOT NULL,"
    " found_at INTEGER NOT NULL, other TEXT NOT NULL, other_at INTEGER NOT NULL,"
    " closed_at INTEGER NOT NULL, closed_by TEXT NOT NULL, reason TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX dispute_found ON dispute (found_at, op_id);"
    "CREATE INDEX dispute_open ON dispute (found_at, op_id) WHERE closed_at = 0;"
    /* a till's copy */
    "CREATE TABLE mirror ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), adopted INTEGER NOT NULL CHECK (adopted IN (0, 1)),"
    " centre TEXT NOT NULL, era INTEGER NOT NULL, device TEXT NOT NULL, role TEXT NOT NULL,"
    " replica BLOB NOT NULL CHECK (length(replica) = 16), standing TEXT NOT NULL,"
    " seq INTEGER NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " taken_seq INTEGER NOT NULL CHECK (taken_seq BETWEEN 0 AND seq),"
    " taken_hash BLOB NOT NULL CHECK (length(taken_hash) = 32),"
    " expire_after INTEGER NOT NULL, close_at_start INTEGER NOT NULL,"
    " close_after INTEGER NOT NULL, admit_before INTEGER NOT NULL,"
    " key_generation INTEGER NOT NULL, clock_ahead INTEGER NOT NULL, latest INTEGER NOT NULL,"
    " contact_at INTEGER NOT NULL, version INTEGER NOT NULL, busiest INTEGER NOT NULL,"
    " half_hour INTEGER NOT NULL, half_hour_sold INTEGER NOT NULL,"
    " previous BLOB NOT NULL CHECK (length(previous) = 16),"
    " changes INTEGER NOT NULL) STRICT;"
    "CREATE TABLE queue ("
    " seq INTEGER PRIMARY KEY, op_id BLOB NOT NULL UNIQUE CHECK (length(op_id) = 16),"
    " operation TEXT NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " offered INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE queue_slot ("
    " slot_id INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (slot_id, seq))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX queue_slot_seq ON queue_slot (seq);"
    "CREATE TABLE queue_ticket (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;"
    "CREATE INDEX queue_ticket_seq ON queue_ticket (seq);"
    "CREATE TABLE pulled ("
    " slot_id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ticket INTEGER NOT NULL,"
    " row_seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE slot_key ("
    " slot_id INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " key BLOB NOT NULL CHECK (length(key) = 32), PRIMARY KEY (slot_id, generation))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE lost_ticket ("
    " number INTEGER PRIMARY KEY, slot_id INTEGER NOT NULL, name TEXT NOT NULL,"
    " phone TEXT NOT NULL) STRICT;";

/*
 * Version 5: a box office that was kept by many nodes, each of which had chains of its own. This file goes
 * on as one writer more, whose number is in meta, with all numbers from writer_first on; the chains of those
 * before it have ended, and their rows say where.
 */
static const char version_5[] =
    "ALTER TABLE journal ADD COLUMN writer INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE writer ("
    " id INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,"
    " entries INTEGER NOT NULL CHECK (entries >= 0),"
    " hash BLOB NOT NULL CHECK (length(hash) = 32), batches INTEGER NOT NULL,"
    " touched_at INTEGER NOT NULL, retired INTEGER NOT NULL) STRICT;"
    "INSERT INTO meta (key, value) VALUES ('writer', 0), ('writer_first', 1);";

/*
 * Version 6: who works here, and a record that cannot be changed unseen. Records are small things of the house
 * (core/record), tallies what reports count (core/tally), a row of each writer: those of what was done before are
 * made from the tickets, by nobody at no device. A writer's head (core/seal) is over all its entries; this file's own is in
 * meta with their number, and connection.c fills both in for a journal that is there.
 */
static const char version_6[] =
    "CREATE TABLE record ("
    " key TEXT NOT NULL PRIMARY KEY CHECK (key <> ''), seq INTEGER NOT NULL CHECK (seq >= 0),"
    " changed_at INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_seq ON record (seq) WHERE seq > 0;"
    "CREATE TABLE tally ("
    " span_at INTEGER NOT NULL, actor TEXT NOT NULL, device TEXT NOT NULL, genre INTEGER NOT NULL,"
    " writer INTEGER NOT NULL, sales INTEGER NOT NULL, sold INTEGER NOT NULL,"
    " canceled INTEGER NOT NULL, reissued INTEGER NOT NULL, admitted INTEGER NOT NULL,"
    " PRIMARY KEY (span_at, actor, device, genre, writer)) STRICT, WITHOUT ROWID;"
    "ALTER TABLE ticket ADD COLUMN seller INTEGER NOT NULL DEFAULT 0 CHECK (seller >= 0);"
    "ALTER TABLE writer ADD COLUMN head BLOB NOT NULL"
    " DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000'"
    " CHECK (length(head) = 32);"
    "INSERT INTO meta (key, value) VALUES ('record_seq', 0), ('journal_entries', 0),"
    " ('journal_head', zeroblob(32));"
    TALLY_OF("booked_at", "number = sale AND replaces IS NULL", "replaces IS NULL", "0", "0", "0",
             "replaces IS NULL")
    TALLY_OF("canceled_at", "0", "0", "replaced_by IS NULL", "replaced_by IS NOT NULL", "0",
             "canceled_at > 0")
    TALLY_OF("admitted_at", "0", "0", "0", "0", "1", "admitted_at > 0");

const char *const schema_steps[] = {version_1, version_2, version_3,
                                    version_4, version_5, version_6};
const int schema_version = (int)(sizeof schema_steps / sizeof schema_steps[0]);
