/* sync_records: what tills keep of staff and limits, and what members do while a till is cut off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/shift.h"
#include "core/staff.h"
#include "core/text.h"
#include "tests/support/test.h"
#include "tests/sync/pair.h"

#define CLERK 1042
#define OTHER 1043
#define BOSS 2001
#define VERIFIER "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g"

struct world {
    struct fixture centre;
    struct pair_till till;
    int64_t slot;
};

/* --- the centre --- */

static struct operation make(struct world *w, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .at = w->centre.now};
    uint8_t random[10];

    fixture_random(&w->centre, random, sizeof random);
    operation.id = op_id_make(w->centre.now / 1000, random);
    text_copy(operation.actor, sizeof operation.actor, "setup");
    text_copy(operation.device, sizeof operation.device, "office");
    return operation;
}

static enum tk_code at_centre(struct world *w, const struct operation *operation)
{
    struct outcome outcome = {0};
    enum tk_code code = store_apply(w->centre.store, operation, 1, &outcome, NULL);

    return code ? code : outcome.code;
}

static void put_staff(struct world *w, int64_t number, enum role role, bool left)
{
    struct operation staff = make(w, OP_STAFF);

    staff.staff = (struct op_staff){.number = number, .role = role, .left = left};
    snprintf(staff.staff.name, sizeof staff.staff.name, "Member %d", (int)number);
    CU_ASSERT_EQUAL(at_centre(w, &staff), TK_OK);
}

static void put_pin(struct world *w, int64_t number)
{
    struct operation pin = make(w, OP_PIN);

    pin.pin.number = number;
    text_copy(pin.pin.pin, sizeof pin.pin.pin, VERIFIER);
    text_copy(pin.pin.password, sizeof pin.pin.password, VERIFIER);
    CU_ASSERT_EQUAL(at_centre(w, &pin), TK_OK);
}

static void set_limit(struct world *w, enum limit limit, int64_t value)
{
    struct operation set = make(w, OP_LIMIT);

    text_copy(set.limit.name, sizeof set.limit.name, limit_name(limit));
    set.limit.value = value;
    CU_ASSERT_EQUAL(at_centre(w, &set), TK_OK);
}

static void open_world(struct world *w)
{
    fixture_init(&w->centre);
    w->slot = fixture_schedule(&w->centre, "Skyfall", TIME_HOUR, 100);
    put_staff(w, CLERK, ROLE_CLERK, false);
    put_staff(w, OTHER, ROLE_CLERK, false);
    put_staff(w, BOSS, ROLE_SUPERVISOR, false);
    pair_open(&w->till, &w->centre, "Till A");
}

static void close_world(struct world *w)
{
    CU_ASSERT_EQUAL(fixture_verify(&w->centre), 0);
    pair_close(&w->till);
    fixture_release(&w->centre);
}

/* The till joins and holds places. */
static void join(struct world *w)
{
    CU_ASSERT_EQUAL(pair_sync(&w->till, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w->till, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w->till, SYNC_ROUND, NULL), TK_OK);
}

/* --- looking --- */

static size_t count_of(struct store *store, const char *prefix)
{
    struct record_query query = {.prefix = prefix};
    struct record_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(store->ops->list_records(store, &query, &list, NULL), TK_OK);
    count = list.count;
    record_list_release(&list);
    return count;
}

static bool find(struct store *store, const char *key, struct record *record)
{
    struct record_query query = {.key = key};
    struct record_list list = {0};
    bool found;

    CU_ASSERT_EQUAL(store->ops->list_records(store, &query, &list, NULL), TK_OK);
    found = list.count == 1;
    if (found)
        *record = list.items[0];
    record_list_release(&list);
    return found;
}

static struct staff member_at(struct store *store, int64_t number)
{
    struct record record;
    struct staff staff = {0};
    char key[RECORD_KEY_SIZE];

    staff_key(key, number);
    if (find(store, key, &record))
        CU_ASSERT_EQUAL(staff_read(&record, &staff), TK_OK);
    return staff;
}

/* Whether a text stands in any file that begins with a path. */
static bool is_in_files(const char *path, const char *text)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    bool found = false;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[300], *bytes;
        size_t size;
        FILE *file;

        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        file = fopen(name, "re");
        if (!file)
            continue;
        bytes = malloc(16u << 20);
        size = bytes ? fread(bytes, 1, 16u << 20, file) : 0;
        CU_ASSERT(i > 0 || size > 0);
        found = found || (bytes && memmem(bytes, size, text, strlen(text)));
        free(bytes);
        fclose(file);
    }
    return found;
}

/* --- doing --- */

static enum tk_code act(struct world *w, struct operation *operation, const char *actor,
                        struct outcome *outcome)
{
    text_copy(operation->actor, sizeof operation->actor, actor);
    return pair_apply(&w->till, operation, outcome);
}

static enum tk_code book(struct world *w, const char *actor, int64_t count, uint64_t *first)
{
    struct operation operation = pair_operation(&w->till, OP_BOOK);
    struct outcome outcome = {0};
    enum tk_code code;

    operation.book.slot.id = w->slot;
    operation.book.count = count;
    code = act(w, &operation, actor, &outcome);
    if (first)
        *first = outcome.ticket_id;
    return code;
}

static enum tk_code cancel(struct world *w, const char *actor, uint64_t ticket)
{
    struct operation operation = pair_operation(&w->till, OP_CANCEL);
    struct outcome outcome;

    operation.cancel.ticket_id = ticket;
    return act(w, &operation, actor, &outcome);
}

static enum tk_code push(struct world *w, struct sync_report *report)
{
    w->till.manner = PAIR_OPEN;
    return pair_sync(&w->till, SYNC_ROUND, report);
}

/* The code of the only dispute there is; TK_OK: none, TK_CODE_COUNT: more. */
static enum tk_code dispute_of(struct store *store)
{
    struct dispute_query query = {.open = true};
    struct dispute_list list = {0};
    enum tk_code code;

    CU_ASSERT_EQUAL(store->ops->list_disputes(store, &query, &list, NULL), TK_OK);
    code = list.count == 0 ? TK_OK : list.count == 1 ? list.items[0].code : TK_CODE_COUNT;
    dispute_list_release(&list);
    return code;
}

/* --- pulled --- */

static void test_pulled(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    set_limit(&w, LIMIT_SALE_TICKETS, 6);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.records, 4);
    CU_ASSERT_EQUAL(count_of(w.till.store, STAFF_PREFIX), 3);
    CU_ASSERT_EQUAL(count_of(w.till.store, LIMITS_KEY), 1);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.records, 0);
    put_staff(&w, OTHER, ROLE_CLERK, true);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.records, 1);
    CU_ASSERT_EQUAL(member_at(w.till.store, OTHER).left_at, w.centre.now);
    CU_ASSERT_EQUAL(member_at(w.till.store, CLERK).role, ROLE_CLERK);
    close_world(&w);
}

/* More than one reply takes. */
static void test_pages(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    for (int64_t i = 0; i < SYNC_RECORDS_MAX + 7; i++)
        put_staff(&w, 5000 + i, ROLE_USHER, false);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.records, SYNC_RECORDS_MAX + 7 + 3);
    CU_ASSERT_EQUAL(count_of(w.till.store, STAFF_PREFIX), SYNC_RECORDS_MAX + 7 + 3);
    CU_ASSERT(pair_state(&w.till).version > 0);
    close_world(&w);
}

static void test_blank(void)
{
    struct world w;

    open_world(&w);
    put_pin(&w, CLERK);
    put_pin(&w, BOSS);
    join(&w);
    CU_ASSERT_STRING_EQUAL(member_at(w.centre.store, CLERK).pin, VERIFIER);
    CU_ASSERT_STRING_EQUAL(member_at(w.till.store, CLERK).name, "Member 1042");
    CU_ASSERT_STRING_EQUAL(member_at(w.till.store, CLERK).pin, "");
    CU_ASSERT_STRING_EQUAL(member_at(w.till.store, CLERK).password, "");
    CU_ASSERT(is_in_files(w.centre.path, "argon2"));
    CU_ASSERT_FALSE(is_in_files(w.till.path, "argon2"));
    close_world(&w);
}

/* An answer that begins beyond what is known here leaves a gap, and what is known stays. */
static void test_gap(void)
{
    struct world w;
    struct mirror_rows rows = {.records_from = 7};
    struct record record = {.key = STAFF_PREFIX "77", .seq = 9, .value = "{}"};
    struct record old = {.key = STAFF_PREFIX "1042", .seq = 1, .value = "{}"};
    struct mirror_report report = {0};
    struct mirror *mirror;

    open_world(&w);
    join(&w);
    mirror = w.till.till.mirror;
    CU_ASSERT_EQUAL(record_list_add(&rows.records, &record), TK_OK);
    CU_ASSERT_EQUAL(mirror->ops->take(mirror, &rows, NULL, NULL, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.records, 0);
    CU_ASSERT_EQUAL(pair_state(&w.till).version, 0); /* all is looked at again */
    rows.records.items[0] = old;
    rows.records_from = 0;
    CU_ASSERT_EQUAL(mirror->ops->take(mirror, &rows, NULL, NULL, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.records, 0);
    CU_ASSERT_EQUAL(member_at(w.till.store, CLERK).number, CLERK);
    record_list_release(&rows.records);
    close_world(&w);
}

static void test_restored(void)
{
    struct world w;
    struct sync_report report;
    struct sqlite_options options;
    struct record own = {.key = RECORD_LOCAL_PREFIX "1042", .value = "{}"};
    struct tk_error error = {0};
    char copy[200], log[300];

    open_world(&w);
    join(&w);
    snprintf(copy, sizeof copy, "%.150s/backup.db", w.centre.folder);
    CU_ASSERT_EQUAL(office_backup(&w.centre.office, copy, NULL, NULL, &error), TK_OK);
    put_staff(&w, 3000, ROLE_CLERK, false);
    put_staff(&w, CLERK, ROLE_USHER, false);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(member_at(w.till.store, CLERK).role, ROLE_USHER);
    CU_ASSERT_EQUAL(w.till.till.mirror->ops->keep_record(w.till.till.mirror, &own, NULL), TK_OK);
    store_close(w.centre.store);
    snprintf(log, sizeof log, "%.250s-wal", w.centre.path);
    unlink(log);
    CU_ASSERT_EQUAL(rename(copy, w.centre.path), 0);
    options = fixture_options(&w.centre);
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &w.centre.store, &error), TK_OK);
    w.centre.office.store = w.centre.store;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT(report.adopted);
    CU_ASSERT_EQUAL(count_of(w.till.store, STAFF_PREFIX), 3);
    CU_ASSERT_EQUAL(member_at(w.till.store, CLERK).role, ROLE_CLERK);
    CU_ASSERT_EQUAL(count_of(w.till.store, RECORD_LOCAL_PREFIX), 0);
    close_world(&w);
}

static void test_own_records(void)
{
    struct world w;
    struct mirror *mirror;
    struct record own = {.key = RECORD_LOCAL_PREFIX "1042",
                         .value = "{\"pin\":\"secret-of-the-till\"}"};
    struct record other = {.key = RECORD_LOCAL_PREFIX "2001", .value = "{\"pin\":\"another\"}"};
    struct record foreign = {.key = STAFF_PREFIX "1042", .value = "{}"};
    struct record record;

    open_world(&w);
    join(&w);
    mirror = w.till.till.mirror;
    CU_ASSERT_EQUAL(mirror->ops->keep_record(mirror, &foreign, NULL), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(mirror->ops->keep_record(mirror, &own, NULL), TK_OK);
    CU_ASSERT_EQUAL(mirror->ops->keep_record(mirror, &other, NULL), TK_OK);
    CU_ASSERT(find(w.till.store, own.key, &record));
    CU_ASSERT_STRING_EQUAL(record.value, own.value);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT(find(w.till.store, own.key, &record)); /* what did not change stays */
    put_pin(&w, CLERK);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_FALSE(find(w.till.store, own.key, &record));
    CU_ASSERT(find(w.till.store, other.key, &record));
    CU_ASSERT_FALSE(is_in_files(w.till.path, "secret-of-the-till"));
    other.value[0] = '\0';
    CU_ASSERT_EQUAL(mirror->ops->keep_record(mirror, &other, NULL), TK_OK);
    CU_ASSERT_FALSE(find(w.till.store, other.key, &record));
    CU_ASSERT_EQUAL(count_of(w.centre.store, RECORD_LOCAL_PREFIX), 0);
    close_world(&w);
}

static void test_revoked(void)
{
    struct world w;
    struct record own = {.key = RECORD_LOCAL_PREFIX "1042",
                         .value = "{\"pin\":\"secret-of-the-till\"}"};

    open_world(&w);
    join(&w);
    CU_ASSERT_EQUAL(w.till.till.mirror->ops->keep_record(w.till.till.mirror, &own, NULL), TK_OK);
    w.till.refusal = TK_TOKEN_REVOKED;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_TOKEN_REVOKED);
    CU_ASSERT_EQUAL(count_of(w.till.store, ""), 0);
    CU_ASSERT_FALSE(is_in_files(w.till.path, "Member 1042"));
    CU_ASSERT_FALSE(is_in_files(w.till.path, "secret-of-the-till"));
    w.till.refusal = TK_OK;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_of(w.till.store, STAFF_PREFIX), 3); /* it is let in again */
    close_world(&w);
}

/* Ushers sign on at doors; who sold what is nothing to them. */
static void test_door(void)
{
    struct world w;
    uint64_t first;

    open_world(&w);
    join(&w);
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, &first), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.till.store, first).seller, CLERK);
    w.till.role = ROLE_DOOR;
    w.till.till.holds = false;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_of(w.till.store, STAFF_PREFIX), 3);
    CU_ASSERT_EQUAL(pair_ticket(w.till.store, first).id, first);
    CU_ASSERT_EQUAL(pair_ticket(w.till.store, first).seller, 0);
    close_world(&w);
}

/* --- cut off --- */

static void test_member_cut_off(void)
{
    struct world w;
    struct sync_report report;
    struct journal_query query = {.actor = "#1042"};
    struct journal_list list = {0};
    uint64_t first;

    open_world(&w);
    join(&w);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 2, &first), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.till.store, first).seller, CLERK);
    CU_ASSERT_EQUAL(book(&w, "#7", 1, NULL), TK_STAFF_NOT_FOUND);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT(report.mirror.answered == 1 && report.mirror.refused == 0);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).seller, CLERK);
    CU_ASSERT_EQUAL(w.centre.store->ops->list_journal(w.centre.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    CU_ASSERT(list.count && list.items[0].kind == OP_BOOK);
    journal_list_release(&list);
    close_world(&w);
}

/* It is counted once, where it arrives, at the time at which it was made. */
static void test_tallied(void)
{
    struct world w;
    struct tally_query query = {.to = INT64_MAX};
    struct tally_list list = {0};
    int64_t made_at;

    open_world(&w);
    join(&w);
    w.till.manner = PAIR_CUT;
    made_at = w.centre.now;
    CU_ASSERT_EQUAL(book(&w, "#1042+#2001", 2, NULL), TK_OK);
    w.centre.now += TIME_HOUR / 2;
    CU_ASSERT_EQUAL(push(&w, NULL), TK_OK);
    CU_ASSERT_EQUAL(w.centre.store->ops->list_tallies(w.centre.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_EQUAL(list.items[0].span_at, tally_span(made_at));
    CU_ASSERT_STRING_EQUAL(list.items[0].actor, "#1042");
    CU_ASSERT_STRING_EQUAL(list.items[0].device, "Till A");
    CU_ASSERT(list.items[0].sold == 2 && list.items[0].sales == 1);
    list.count = 0;
    w.till.store->ops->list_tallies(w.till.store, &query, &list, NULL);
    CU_ASSERT_EQUAL(list.count, 0);
    tally_list_release(&list);
    close_world(&w);
}

/* Who leaves is known cut off only when it was told before; the centre goes by when it was done. */
static void test_left(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    join(&w);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, NULL), TK_OK);
    w.centre.now += TIME_MINUTE;
    put_staff(&w, CLERK, ROLE_CLERK, true);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT(report.mirror.answered == 1 && report.mirror.refused == 0);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 1);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, NULL), TK_STAFF_LEFT);
    CU_ASSERT_EQUAL(book(&w, "#1043", 1, NULL), TK_OK);
    w.till.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    w.till.manner = PAIR_CUT;
    put_staff(&w, OTHER, ROLE_CLERK, true);
    w.centre.now += TIME_MINUTE;
    CU_ASSERT_EQUAL(book(&w, "#1043", 1, NULL), TK_OK); /* it cannot know */
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 1);
    CU_ASSERT_EQUAL(dispute_of(w.centre.store), TK_STAFF_LEFT);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    close_world(&w);
}

static void test_limits(void)
{
    struct world w;
    uint64_t first, second;

    open_world(&w);
    set_limit(&w, LIMIT_SALE_TICKETS, 2);
    set_limit(&w, LIMIT_SHIFT_CANCELS, 1);
    set_limit(&w, LIMIT_OWN_CANCELS, 1);
    join(&w);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 3, NULL), TK_SALE_LIMIT);
    CU_ASSERT_EQUAL(book(&w, "#1042+#2001", 3, NULL), TK_OK);
    CU_ASSERT_EQUAL(book(&w, "#1042", 2, &first), TK_OK);
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, &second), TK_OK);
    CU_ASSERT_EQUAL(cancel(&w, "#1043", first), TK_NOT_OWN_SALE);
    CU_ASSERT_EQUAL(cancel(&w, "#1042", first), TK_OK);
    CU_ASSERT_EQUAL(count_of(w.till.store, DUTY_PREFIX), 1);
    CU_ASSERT_EQUAL(cancel(&w, "#1042", second), TK_CANCEL_LIMIT);
    CU_ASSERT_EQUAL(push(&w, NULL), TK_OK);
    CU_ASSERT_EQUAL(dispute_of(w.centre.store), TK_OK);
    CU_ASSERT_EQUAL(count_of(w.till.store, DUTY_PREFIX), 0);
    CU_ASSERT_EQUAL(count_of(w.centre.store, DUTY_PREFIX), 1);
    CU_ASSERT_EQUAL(cancel(&w, "#1042", second), TK_CANCEL_LIMIT); /* the centre has counted it */
    close_world(&w);
}

/* What was counted stays while any of it waits. */
static void test_duty_stays(void)
{
    struct world w;
    uint64_t first, second;

    open_world(&w);
    set_limit(&w, LIMIT_SHIFT_CANCELS, 1);
    join(&w);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, &first), TK_OK);
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, &second), TK_OK);
    CU_ASSERT_EQUAL(cancel(&w, "#1042", first), TK_OK);
    w.till.manner = PAIR_LOSE_REPLY; /* the centre has it; the till does not know */
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_UNKNOWN);
    CU_ASSERT_EQUAL(count_of(w.till.store, DUTY_PREFIX), 1);
    w.till.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_of(w.till.store, DUTY_PREFIX), 0);
    close_world(&w);
}

static void test_kinds(void)
{
    static const enum op_kind kinds[] = {OP_STAFF,  OP_PIN,  OP_SHIFT_OPEN, OP_SHIFT_CLOSE,
                                         OP_LIMIT,  OP_TIER, OP_INVITE,     OP_ERASE,
                                         OP_REDEEM, OP_SEAL};
    struct world w;
    struct operation sign;
    struct outcome outcome;
    struct journal_query query = {.kind = "sign"};
    struct journal_list list = {0};

    open_world(&w);
    join(&w);
    w.till.manner = PAIR_CUT;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct operation operation = pair_operation(&w.till, kinds[i]);

        CU_ASSERT_EQUAL(act(&w, &operation, "#1042", &outcome), TK_NEEDS_CENTRE);
    }
    CU_ASSERT_EQUAL(pair_state(&w.till).seq, 0);
    sign = pair_operation(&w.till, OP_SIGN);
    sign.sign.number = CLERK;
    text_copy(sign.sign.event, sizeof sign.sign.event, "on");
    CU_ASSERT_EQUAL(act(&w, &sign, "#1042", &outcome), TK_OK);
    CU_ASSERT_EQUAL(push(&w, NULL), TK_OK);
    CU_ASSERT_EQUAL(w.centre.store->ops->list_journal(w.centre.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_STRING_EQUAL(list.items[0].actor, "#1042");
    journal_list_release(&list);
    close_world(&w);
}

/* What the centre may have got is voided, whatever the member's role may do. */
static void test_unknown(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    join(&w);
    w.till.manner = PAIR_HOLD;
    CU_ASSERT_EQUAL(book(&w, "#1042", 2, NULL), TK_OK);
    w.till.manner = PAIR_CUT;
    pair_deliver(&w.till);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 0);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    close_world(&w);
}

/* --- devices at which people sign on --- */

static void enrol(struct world *w, const char *name, bool attended)
{
    struct operation invite = make(w, OP_INVITE), redeem = make(w, OP_REDEEM);

    text_copy(invite.invite.name, sizeof invite.invite.name, name);
    invite.invite.role = ROLE_CLERK;
    invite.invite.attended = attended;
    invite.invite.until = w->centre.now + TIME_MINUTE;
    memset(invite.invite.code_hash, name[0] ^ (int)strlen(name), CRYPTO_HASH_SIZE);
    CU_ASSERT_EQUAL(at_centre(w, &invite), TK_OK);
    text_copy(redeem.redeem.name, sizeof redeem.redeem.name, name);
    memcpy(redeem.redeem.code_hash, invite.invite.code_hash, CRYPTO_HASH_SIZE);
    memset(redeem.redeem.token_hash, (int)strlen(name), CRYPTO_HASH_SIZE);
    CU_ASSERT_EQUAL(at_centre(w, &redeem), TK_OK);
}

static void test_attended(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    enrol(&w, "Till A", true);
    join(&w);
    w.till.attended = true;
    CU_ASSERT_EQUAL(book(&w, "Priya", 1, NULL), TK_SIGN_ON);
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, NULL), TK_OK);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "#1042", 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 0);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "Priya", 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 1);
    CU_ASSERT_EQUAL(dispute_of(w.centre.store), TK_SIGN_ON);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    close_world(&w);
}

/* One that works by itself, or was enrolled anew so, may go on as before. */
static void test_unattended(void)
{
    struct world w;
    struct sync_report report;

    open_world(&w);
    enrol(&w, "Till A", false);
    join(&w);
    w.till.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(book(&w, "Priya", 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(push(&w, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 0);
    CU_ASSERT_EQUAL(book(&w, "Priya", 1, NULL), TK_OK);
    close_world(&w);
}

SUITE(sync_records, {"what changed of staff and limits is pulled, and nothing else", test_pulled},
      {"more of it than one reply takes comes in several", test_pages},
      {"no verifier ever reaches a till", test_blank},
      {"an answer with a gap, or an old one, changes nothing", test_gap},
      {"after the centre was restored all is pulled anew", test_restored},
      {"a till's own records stay here, and go when the member's changes", test_own_records},
      {"a revoked till forgets them", test_revoked},
      {"doors know who works here, but not who sold what", test_door},
      {"what a member sold cut off is his at the centre", test_member_cut_off},
      {"it is counted at the centre, at its own time", test_tallied},
      {"what was done before somebody left is good, after it in dispute", test_left},
      {"limits hold cut off", test_limits},
      {"what was counted of a duty stays while it waits", test_duty_stays},
      {"what only the centre can do has to wait, who signs on is noted", test_kinds},
      {"what the centre may have got of a member's is voided", test_unknown},
      {"where people sign on nobody else sells", test_attended},
      {"where they need not anybody does", test_unattended})
