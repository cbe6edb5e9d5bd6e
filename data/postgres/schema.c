#include "data/postgres/schema.h"

#include <stddef.h>

#define TEXT "text COLLATE \"C\" NOT NULL"
#define NUMBER "bigint NOT NULL"

/*
 * Version 1. Tables and columns have the names that the SQLite engine gives them, so that a box office can be
 * copied; keys begin with the slot where there is one, so that an engine that spreads rows by key keeps a
 * showing together. Rows that are updated all the time have room to be so in their page. Numbers of tickets and
 * customers are made into ids by core/id. Times are UTC µs, 0 stands for "not".
 */
static const char *const version_1[] = {
    "CREATE TABLE meta (key text COLLATE \"C\" PRIMARY KEY, number " NUMBER ", data bytea)",
    "CREATE TABLE slot ("
    " id bigint PRIMARY KEY CHECK (id BETWEEN 100000 AND 999999999999999),"
    " name " TEXT " CHECK (name <> ''), description " TEXT ", screen " TEXT ","
    " starts_at " NUMBER ", ends_at " NUMBER " CHECK (ends_at > starts_at),"
    " type " NUMBER ", genre " NUMBER ", capacity " NUMBER " CHECK (capacity > 0),"
    " available " NUMBER " CHECK (available >= 0), allotted " NUMBER " CHECK (allotted >= 0),"
    " sold " NUMBER " CHECK (sold >= 0), lost " NUMBER " CHECK (lost >= 0),"
    " expired_at " NUMBER ", expired_seq " NUMBER ", archived_at " NUMBER ", seq " NUMBER ","
    " name_key " TEXT ", admitted " NUMBER " CHECK (admitted BETWEEN 0 AND sold),"
    " key_generation " NUMBER ","
    " CHECK (available + allotted + sold + lost = capacity)) WITH (fillfactor = 50)",
    "CREATE INDEX slot_start ON slot (starts_at, id)",
    "CREATE INDEX slot_name ON slot (name, starts_at, id)",
    "CREATE INDEX slot_open_start ON slot (starts_at, id) WHERE expired_at = 0",
    "CREATE INDEX slot_open_genre ON slot (genre, starts_at, id) WHERE expired_at = 0",
    "CREATE INDEX slot_open_end ON slot (ends_at) WHERE expired_at = 0",
    "CREATE INDEX slot_settled ON slot (expired_at) WHERE expired_at > 0 AND archived_at = 0",
    "CREATE TABLE customer ("
    " number bigint PRIMARY KEY, name " TEXT ", phone " TEXT ","
    " tickets " NUMBER " CHECK (tickets >= 0), created_at " NUMBER ", erased_at " NUMBER ","
    " CHECK (erased_at = 0 OR (name = '' AND phone = ''))) WITH (fillfactor = 80)",
    "CREATE UNIQUE INDEX customer_known ON customer (phone, name) WHERE erased_at = 0",
    "CREATE TABLE customer_key ("
    " key " TEXT ", customer " NUMBER ", PRIMARY KEY (key, customer))",
    "CREATE INDEX customer_key_of ON customer_key (customer)",
    "CREATE TABLE ticket ("
    " number " NUMBER ", slot_id " NUMBER ", customer bigint,"
    " status " NUMBER " CHECK (status BETWEEN 0 AND 3), booked_at " NUMBER ","
    " changed_at " NUMBER ", canceled_at " NUMBER ", replaces bigint, replaced_by bigint,"
    " sale " NUMBER ", sale_position " NUMBER ", sale_size " NUMBER ", seq " NUMBER ","
    " admitted_at " NUMBER ", admitted_by " TEXT ", prints " NUMBER ","
    " PRIMARY KEY (slot_id, number))",
    "CREATE UNIQUE INDEX ticket_number ON ticket (number)",
    "CREATE INDEX ticket_customer ON ticket (customer, number) WHERE customer IS NOT NULL",
    "CREATE INDEX ticket_canceled ON ticket (changed_at, slot_id) WHERE status = 2",
    "CREATE INDEX ticket_admitted ON ticket (slot_id, admitted_by, admitted_at)"
    " WHERE admitted_at > 0",
    /* seq 0 and no kind: it was voided before it was done */
    "CREATE TABLE journal ("
    " op_id bytea PRIMARY KEY CHECK (length(op_id) = 16), seq " NUMBER ", writer " NUMBER ","
    " device " TEXT ", device_seq " NUMBER ", kind " TEXT ", actor " TEXT ", at " NUMBER ","
    " recorded_at " NUMBER ", body " TEXT ", outcome " TEXT ", digest bytea NOT NULL,"
    " hash bytea NOT NULL)",
    "CREATE UNIQUE INDEX journal_seq ON journal (seq) WHERE seq > 0",
    "CREATE TABLE writer ("
    " id bigint PRIMARY KEY, first " NUMBER ", count " NUMBER ", entries " NUMBER ","
    " hash bytea NOT NULL CHECK (length(hash) = 32), batches " NUMBER ", touched_at " NUMBER ","
    " retired " NUMBER ") WITH (fillfactor = 50)",
    "CREATE INDEX writer_working ON writer (id) WHERE retired = 0",
    "CREATE TABLE device_access ("
    " name " TEXT " PRIMARY KEY CHECK (name <> ''), role " TEXT ","
    " token_hash bytea NOT NULL CHECK (length(token_hash) = 32),"
    " enrolled_at " NUMBER ", revoked_at " NUMBER ", used_at " NUMBER ")",
    "CREATE UNIQUE INDEX device_access_token ON device_access (token_hash) WHERE revoked_at = 0",
    "CREATE TABLE allotment ("
    " slot_id " NUMBER ", holder " TEXT " CHECK (holder <> ''),"
    " granted " NUMBER " CHECK (granted >= 0), sold " NUMBER " CHECK (sold >= 0),"
    " returned " NUMBER " CHECK (returned >= 0), written_off " NUMBER " CHECK (written_off >= 0),"
    " granted_at " NUMBER ", changed_at " NUMBER ", written_off_at " NUMBER ","
    " written_off_by " TEXT ", PRIMARY KEY (slot_id, holder),"
    " CHECK (granted - sold - returned - written_off >= 0))",
    "CREATE INDEX allotment_holder ON allotment (holder, slot_id)",
    "CREATE TABLE number_block ("
    " first bigint PRIMARY KEY, count " NUMBER " CHECK (count > 0), next " NUMBER ","
    " holder " TEXT " CHECK (holder <> ''), granted_at " NUMBER ", written_off_at " NUMBER ","
    " CHECK (next BETWEEN first AND first + count))",
    "CREATE INDEX number_block_holder ON number_block (holder)",
    "CREATE TABLE replica ("
    " device " TEXT " PRIMARY KEY CHECK (device <> ''),"
    " id bytea NOT NULL CHECK (length(id) = 16), joined_at " NUMBER ","
    " seq " NUMBER " CHECK (seq >= 0), hash bytea NOT NULL CHECK (length(hash) = 32),"
    " dismissed_at " NUMBER ", quarantined_at " NUMBER ")",
    "CREATE TABLE early_admission ("
    " number bigint PRIMARY KEY, slot_id " NUMBER ","
    " admitted_at " NUMBER " CHECK (admitted_at > 0), admitted_by " TEXT
    " CHECK (admitted_by <> ''))",
    "CREATE TABLE dispute ("
    " op_id bytea PRIMARY KEY CHECK (length(op_id) = 16), kind " TEXT ", device " TEXT ","
    " actor " TEXT ", at " NUMBER ", code " TEXT ", slot_id " NUMBER ", ticket bigint,"
    " count " NUMBER ", customer_name " TEXT ", customer_phone " TEXT ", found_at " NUMBER ","
    " other " TEXT ", other_at " NUMBER ", closed_at " NUMBER ", closed_by " TEXT ","
    " reason " TEXT ")",
    "CREATE INDEX dispute_found ON dispute (found_at, op_id)",
    "CREATE INDEX dispute_open ON dispute (found_at, op_id) WHERE closed_at = 0",
    "INSERT INTO writer (id, first, count, entries, hash, batches, touched_at, retired)"
    " VALUES (0, 0, 0, 0, decode(repeat('00', 32), 'hex'), 0, 0, 0)",
    "INSERT INTO meta (key, number) VALUES ('rare', 0), ('next_number', 1), ('number_floor', 1),"
    " ('key_generation', 1)",
    NULL,
};

/*
 * Version 2: who works here, what it came to, and signed checkpoints of the journal. Tables that nodes write are
 * altered in the order in which nodes lock them (postgres_store.h, 1); then every writer is retired, so that what
 * an older node has begun meanwhile is undone rather than done without what is new.
 */
#define SPAN_OF(at) at " - ((" at " % 900000000) + 900000000) % 900000000" /* core/tally.h */
#define OF_TICKETS " FROM ticket t JOIN slot s ON s.id = t.slot_id WHERE "
static const char *const version_2[] = {
    "ALTER TABLE ticket ADD COLUMN seller " NUMBER " DEFAULT 0",
    "SELECT number FROM meta WHERE key = 'next_number' FOR NO KEY UPDATE",
    "ALTER TABLE writer ADD COLUMN head bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')"
    " CHECK (length(head) = 32)",
    PG_RETIRE_ALL,
    "CREATE TABLE record ("
    " key " TEXT " PRIMARY KEY CHECK (key <> ''), seq " NUMBER ", changed_at " NUMBER ","
    " value " TEXT ")",
    "CREATE UNIQUE INDEX record_seq ON record (seq) WHERE seq > 0",
    "CREATE TABLE tally ("
    " span_at " NUMBER ", actor " TEXT ", device " TEXT ", genre " NUMBER ", writer " NUMBER ","
    " sales " NUMBER ", sold " NUMBER ", canceled " NUMBER ", reissued " NUMBER ","
    " admitted " NUMBER ", PRIMARY KEY (span_at, actor, device, genre, writer)) WITH (fillfactor = 50)",
    /* of what was done before nobody knows who did it */
    "INSERT INTO tally (span_at, actor, device, genre, writer, sales, sold, canceled, reissued,"
    " admitted) SELECT " SPAN_OF("at") ", '', '', genre, 0, sum(sales)::bigint, sum(sold)::bigint,"
    " sum(canceled)::bigint, sum(reissued)::bigint, sum(admitted)::bigint FROM ("
    "SELECT t.booked_at AS at, s.genre, CASE WHEN t.number = t.sale THEN 1 ELSE 0 END AS sales,"
    " 1 AS sold, 0 AS canceled, 0 AS reissued, 0 AS admitted" OF_TICKETS "t.replaces IS NULL"
    " UNION ALL SELECT t.canceled_at, s.genre, 0, 0, 1, 0, 0" OF_TICKETS
    "t.canceled_at > 0 AND t.replaced_by IS NULL"
    " UNION ALL SELECT t.booked_at, s.genre, 0, 0, 0, 1, 0" OF_TICKETS "t.replaces IS NOT NULL"
    " UNION ALL SELECT t.admitted_at, s.genre, 0, 0, 0, 0, 1" OF_TICKETS "t.admitted_at > 0"
    ") n GROUP BY 1, genre",
    "INSERT INTO meta (key, number) VALUES ('record_seq', 0)",
    NULL,
};

const char *const *const pg_schema_steps[] = {version_1, version_2};
const int pg_schema_version = (int)(sizeof pg_schema_steps / sizeof pg_schema_steps[0]);
