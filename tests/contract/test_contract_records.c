/* What every store does with people and what they did: records, tallies, the journal by person,
 * device, ticket and time, and operations that somebody may not do. */
#include <stdio.h>
#include <string.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/loyalty.h"
#include "core/shift.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/contract/contract.h"

static struct operation make_by(struct home *home, enum op_kind kind, const char *actor)
{
    struct operation operation = home_make(home, kind);

    text_copy(operation.actor, sizeof operation.actor, actor);
    return operation;
}

static enum tk_code put_staff(struct home *home, int64_t number, const char *name, enum role role)
{
    struct operation operation = home_make(home, OP_STAFF);

    operation.staff.number = number;
    operation.staff.role = role;
    text_copy(operation.staff.name, sizeof operation.staff.name, name);
    return home_apply(home, &operation).code;
}

static enum tk_code set_limit(struct home *home, const char *name, int64_t value)
{
    struct operation operation = home_make(home, OP_LIMIT);

    operation.limit.value = value;
    text_copy(operation.limit.name, sizeof operation.limit.name, name);
    return home_apply(home, &operation).code;
}

static struct outcome book_by(struct home *home, const char *actor, int64_t slot, int64_t count)
{
    struct operation operation = make_by(home, OP_BOOK, actor);

    operation.book.slot.id = slot;
    operation.book.count = count;
    return home_apply(home, &operation);
}

static struct outcome cancel_by(struct home *home, const char *actor, uint64_t ticket)
{
    struct operation operation = make_by(home, OP_CANCEL, actor);

    operation.cancel.ticket_id = ticket;
    return home_apply(home, &operation);
}

/* A store behind a service is held to its device's role, and not to a member's that it only names.
 */
static bool is_remote(const struct home *home)
{
    return strcmp(home->maker->name, "remote") == 0;
}

#define HERE(name)                            \
    static void name##_on(struct home *home); \
    static void name(void)                    \
    {                                         \
        contract_on_each_centre(name##_on);   \
    }                                         \
    static void name##_on(struct home *home)

static struct record_list list_records(struct home *home, const struct record_query *query)
{
    struct record_list list = {0};

    CU_ASSERT_EQUAL_FATAL(home->store->ops->list_records(home->store, query, &list, NULL), TK_OK);
    return list;
}

/* That the keys are these, in this order; seals aside. */
static void expect_keys(struct home *home, const struct record_query *query,
                        const char *const *keys)
{
    struct record_list list = list_records(home, query);
    size_t at = 0;

    for (size_t i = 0; i < list.count; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(keys[at]);
        CU_ASSERT_STRING_EQUAL(list.items[i].key, keys[at]);
        at++;
    }
    CU_ASSERT_PTR_NULL(keys[at]);
    record_list_release(&list);
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_KEYS ((const char *const[]){NULL})

HERE(test_records)
{
    struct record_list list;

    CU_ASSERT_EQUAL(put_staff(home, 1, "Ann", ROLE_ADMIN), TK_OK);
    CU_ASSERT_EQUAL(put_staff(home, 20, "Bo", ROLE_CLERK), TK_OK);
    CU_ASSERT_EQUAL(put_staff(home, 3, "Cy", ROLE_USHER), TK_OK);
    CU_ASSERT_EQUAL(set_limit(home, "sale-tickets", 9), TK_OK);
    home->now += 1000;
    CU_ASSERT_EQUAL(put_staff(home, 20, "Bo B", ROLE_CLERK), TK_OK);
    expect_keys(home, &(struct record_query){.prefix = "staff/"},
                KEYS("staff/1", "staff/20", "staff/3"));
    expect_keys(home, &(struct record_query){.prefix = "staff/", .descending = true},
                KEYS("staff/3", "staff/20", "staff/1"));
    expect_keys(home,
                &(struct record_query){.prefix = "staff/", .after_key = "staff/1", .limit = 1},
                KEYS("staff/20"));
    expect_keys(
        home,
        &(struct record_query){.prefix = "staff/", .after_key = "staff/3", .descending = true},
        KEYS("staff/20", "staff/1"));
    expect_keys(home, &(struct record_query){.prefix = "staff/2"}, KEYS("staff/20"));
    expect_keys(home, &(struct record_query){.key = "staff/2"}, NO_KEYS);
    expect_keys(home, &(struct record_query){.key = "limits"}, KEYS("limits"));
    expect_keys(home, &(struct record_query){.prefix = "staff0"}, NO_KEYS);
    expect_keys(home, &(struct record_query){.by_seq = true},
                KEYS("staff/1", "staff/3", "limits", "staff/20"));
    list = list_records(home, &(struct record_query){.by_seq = true, .after_seq = 4});
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT(list.items[0].seq == 5 && list.items[0].changed_at == home->now &&
              strstr(list.items[0].value, "Bo B") != NULL);
    record_list_release(&list);
}

/* What is gone is listed by seq alone; what comes back has its key again. */
HERE(test_gone)
{
    struct outcome sale =
        home_book(home, home_schedule(home, "Heat", 3600000000, 9), 1, "Ann", "5551234");
    struct operation tier = home_make(home, OP_TIER), erase = home_make(home, OP_ERASE);
    char key[RECORD_KEY_SIZE];

    tier.tier.customer_id = erase.erase.customer_id = sale.customer_id;
    text_copy(tier.tier.tier, sizeof tier.tier.tier, "Gold");
    text_copy(tier.tier.reason, sizeof tier.tier.reason, "She waited.");
    text_copy(erase.erase.reason, sizeof erase.erase.reason, "She asked.");
    tier_key(key, sale.customer_id);
    CU_ASSERT_EQUAL(home_apply(home, &tier).code, TK_OK);
    expect_keys(home, &(struct record_query){.prefix = "tier/"}, KEYS(key));
    CU_ASSERT_EQUAL(home_apply(home, &erase).code, TK_OK);
    expect_keys(home, &(struct record_query){.prefix = "tier/"}, NO_KEYS);
    expect_keys(home, &(struct record_query){.key = key}, NO_KEYS);
    CU_ASSERT(home_get_customer(home, sale.customer_id).erased_at == home->now);
    CU_ASSERT_EQUAL(home_get_customer(home, sale.customer_id).name[0], '\0');
}

HERE(test_refused)
{
    int64_t slot = home_schedule(home, "Heat", 3600000000, 50);
    struct outcome own, other;
    struct operation reissue;

    put_staff(home, 1, "Ann", ROLE_ADMIN);
    put_staff(home, 2, "Bo", ROLE_CLERK);
    put_staff(home, 3, "Cy", ROLE_USHER);
    put_staff(home, 4, "Di", ROLE_SUPERVISOR);
    put_staff(home, 5, "Ed", ROLE_AUDITOR);
    set_limit(home, "sale-tickets", 4);
    set_limit(home, "own-cancels", 1);
    set_limit(home, "shift-cancels", 1);
    CU_ASSERT_EQUAL(book_by(home, "#9", slot, 1).code, TK_STAFF_NOT_FOUND);
    CU_ASSERT_EQUAL(book_by(home, "#3", slot, 1).code, TK_NOT_PERMITTED);
    CU_ASSERT_EQUAL(book_by(home, "#5", slot, 1).code, TK_NOT_PERMITTED);
    CU_ASSERT_EQUAL(book_by(home, "#3+#2", slot, 1).code, TK_NOT_APPROVED);
    CU_ASSERT_EQUAL(book_by(home, "#3+#4", slot, 1).code, TK_OK);
    CU_ASSERT_EQUAL(book_by(home, "#2", slot, 5).code, TK_SALE_LIMIT);
    CU_ASSERT_EQUAL(book_by(home, "#2+#4", slot, 5).code, TK_OK);
    CU_ASSERT_EQUAL(book_by(home, "#4", slot, 5).code, TK_OK);
    own = book_by(home, "#2", slot, 4);
    other = book_by(home, "#1", slot, 1);
    CU_ASSERT_EQUAL(home_get_ticket(home, own.ticket_id).seller, 2);
    CU_ASSERT_EQUAL(home_get_ticket(home, other.ticket_id).seller, 1);
    CU_ASSERT_EQUAL(cancel_by(home, "#2", other.ticket_id).code, TK_NOT_OWN_SALE);
    CU_ASSERT_EQUAL(cancel_by(home, "#2", own.ticket_id).code, TK_OK);
    CU_ASSERT_EQUAL(cancel_by(home, "#2", own.ticket_id).code, TK_TICKET_CANCELED);
    reissue = make_by(home, OP_REISSUE, "#2");
    reissue.reissue.ticket_id = other.ticket_id;
    reissue.reissue.slot.id = slot;
    other = home_apply(home, &reissue);
    CU_ASSERT_EQUAL(other.code, TK_OK);
    CU_ASSERT_EQUAL(home_get_ticket(home, other.ticket_id).seller, 1); /* still his sale */
    CU_ASSERT_EQUAL(cancel_by(home, "#2", other.ticket_id).code, TK_NOT_OWN_SALE);
    CU_ASSERT_EQUAL(cancel_by(home, "#2+#4", other.ticket_id).code, TK_OK);
    CU_ASSERT_EQUAL(put_staff(home, 2, "Bo", ROLE_USHER), TK_OK);
    CU_ASSERT_EQUAL(book_by(home, "#2", slot, 1).code, TK_NOT_PERMITTED);
}

/* Opened and closed in one batch with a sale between, whatever is loaded of it. */
HERE(test_shift)
{
    int64_t slot = home_schedule(home, "Heat", 3600000000, 50);
    struct operation batch[4];
    struct outcome outcomes[4];
    struct record_list list;
    struct shift shift;

    put_staff(home, 2, "Bo", ROLE_CLERK);
    batch[0] = make_by(home, OP_SHIFT_OPEN, "#2");
    batch[1] = make_by(home, OP_BOOK, "#2");
    batch[1].book.slot.id = slot;
    batch[1].book.count = 2;
    batch[2] = make_by(home, OP_SHIFT_CLOSE, "#2");
    text_copy(batch[2].shift_close.keys, sizeof batch[2].shift_close.keys, "3:1");
    batch[3] = make_by(home, OP_SHIFT_CLOSE, "#2");
    CU_ASSERT_EQUAL_FATAL(store_apply(home->store, batch, 4, outcomes, NULL), TK_OK);
    CU_ASSERT(!outcomes[0].code && !outcomes[1].code && !outcomes[2].code &&
              outcomes[3].code == TK_NO_SHIFT);
    list = list_records(
        home, &(struct record_query){.prefix = "shift/2/", .descending = true, .limit = 1});
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT(!shift_read(&list.items[0], &shift) && shift.opened_at == home->now &&
              !strcmp(shift.keys, "3:1"));
    record_list_release(&list);
}

static enum tk_code redeem(struct home *home, const char *name, uint8_t code, uint8_t token)
{
    struct operation operation = home_make(home, OP_REDEEM);

    text_copy(operation.redeem.name, sizeof operation.redeem.name, name);
    operation.redeem.code_hash[0] = code;
    operation.redeem.token_hash[0] = token;
    return home_apply(home, &operation).code;
}

/* Whatever an invitation says, it is good for ten minutes, once, and for the one it names. */
HERE(test_code)
{
    struct operation invite = home_make(home, OP_INVITE), revoke = home_make(home, OP_REVOKE);
    struct device_note note;
    struct record_list list;

    text_copy(invite.invite.name, sizeof invite.invite.name, "Foyer");
    text_copy(revoke.revoke.name, sizeof revoke.revoke.name, "Foyer");
    invite.invite.role = ROLE_CLERK;
    invite.invite.attended = true;
    invite.invite.code_hash[0] = 1;
    invite.invite.until = home->now + TIME_HOUR;
    CU_ASSERT_EQUAL(home_apply(home, &invite).code, TK_OK);
    CU_ASSERT_EQUAL(redeem(home, "Foyer", 2, 9), TK_BAD_CODE);
    CU_ASSERT_EQUAL(redeem(home, "Lobby", 1, 9), TK_BAD_CODE);
    home->now += INVITE_LASTS - 1;
    CU_ASSERT_EQUAL(redeem(home, "Foyer", 1, 9), TK_OK);
    CU_ASSERT_EQUAL(redeem(home, "Foyer", 1, 10), TK_BAD_CODE);
    list = list_records(home, &(struct record_query){.key = "device/Foyer"});
    CU_ASSERT(list.count == 1 && !device_note_read(&list.items[0], &note) && note.attended);
    record_list_release(&list);
    CU_ASSERT_EQUAL(home_apply(home, &revoke).code, TK_OK);
    CU_ASSERT_EQUAL(redeem(home, "Foyer", 1, 10), TK_BAD_CODE); /* nor when it is gone again */
    invite = home_make(home, OP_INVITE);
    text_copy(invite.invite.name, sizeof invite.invite.name, "Foyer");
    invite.invite.role = ROLE_CLERK;
    invite.invite.code_hash[0] = 3;
    invite.invite.until = home->now + TIME_HOUR;
    CU_ASSERT_EQUAL(home_apply(home, &invite).code, TK_OK);
    home->now += INVITE_LASTS;
    CU_ASSERT_EQUAL(redeem(home, "Foyer", 3, 11), TK_BAD_CODE);
}

static struct tally_list list_tallies(struct home *home, const struct tally_query *query)
{
    struct tally_list list = {0};

    CU_ASSERT_EQUAL_FATAL(home->store->ops->list_tallies(home->store, query, &list, NULL), TK_OK);
    return list;
}

HERE(test_tallies)
{
    int64_t heat = home_schedule(home, "Heat", 3600000000, 50);
    int64_t empty = home_schedule(home, "Solaris", 7200000000, 50), began = tally_span(home->now);
    struct outcome sale;
    struct tally_list list;

    put_staff(home, 2, "Bo", ROLE_CLERK);
    put_staff(home, 4, "Di", ROLE_SUPERVISOR);
    sale = book_by(home, "#2", heat, 3);
    book_by(home, "Tom", heat, 1);
    cancel_by(home, "#2+#4", sale.ticket_id);
    home_reissue(home, sale.ticket_id, heat); /* refused: it is canceled */
    home->now += TALLY_SPAN;
    book_by(home, "#2", heat, 2);
    list = list_tallies(home, &(struct tally_query){.to = began + TALLY_SPAN});
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT(!strcmp(list.items[0].actor, "#2") && list.items[0].sold == 3 &&
              list.items[0].sales == 1 && list.items[0].canceled == 1 && !list.items[0].reissued);
    CU_ASSERT(!strcmp(list.items[1].actor, "Tom") && list.items[1].sold == 1);
    tally_list_release(&list);
    list = list_tallies(home, &(struct tally_query){.after_given = true,
                                                    .after_span = began,
                                                    .after_actor = "#2",
                                                    .after_device = "till-1",
                                                    .after_genre = GENRE_COUNT});
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT(!strcmp(list.items[0].actor, "Tom") && list.items[1].sold == 2 &&
              list.items[1].span_at == began + TALLY_SPAN);
    tally_list_release(&list);
    list = list_tallies(home, &(struct tally_query){.by_slot = true});
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT(list.items[0].slot_id == heat && list.items[0].sold == 6 &&
              list.items[0].sales == 3 && list.items[0].canceled == 1);
    CU_ASSERT(list.items[1].slot_id == empty && !list.items[1].sold && !list.items[1].sales);
    tally_list_release(&list);
    list = list_tallies(home, &(struct tally_query){.by_slot = true, .slot_id = empty});
    CU_ASSERT(list.count == 1 && list.items[0].slot_id == empty);
    tally_list_release(&list);
}

static size_t count_entries(struct home *home, const struct journal_query *query)
{
    struct journal_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL_FATAL(home->store->ops->list_journal(home->store, query, &list, NULL), TK_OK);
    count = list.count;
    for (size_t i = 1; i < count; i++)
        CU_ASSERT(list.items[i - 1].seq < list.items[i].seq);
    journal_list_release(&list);
    return count;
}

CONTRACT(test_journal_filters)
{
    int64_t slot = home_schedule(home, "Heat", 3600000000, 50), began = home->now;
    struct outcome sale;
    uint64_t tickets[2];

    if (!is_remote(home)) {
        put_staff(home, 2, "Bo", ROLE_CLERK);
        put_staff(home, 22, "Cy", ROLE_CLERK);
        put_staff(home, 4, "Di", ROLE_SUPERVISOR);
        home->now += 1000000;
        sale = book_by(home, "#2", slot, 2);
        book_by(home, "#22", slot, 1);
        cancel_by(home, "#2+#4", sale.ticket_id);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.actor = "#2"}), 2);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.actor = "#4"}), 1);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.actor = "#22"}), 1);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.actor = "#2+#4"}), 1);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.from = home->now}), 3);
        CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.to = home->now}), 4);
    } else {
        sale = home_book(home, slot, 2, "", "");
        home_book(home, slot, 1, "", "");
        home_cancel(home, sale.ticket_id);
    }
    tickets[0] = sale.ticket_id;
    tickets[1] = ID_MAX - 3; /* of nobody */
    CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.kind = "book"}), 2);
    CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.kind = "cancel", .from = began}),
                    1);
    CU_ASSERT_EQUAL(
        count_entries(home, &(struct journal_query){.tickets = tickets, .ticket_count = 2}), 2);
    CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.device = "nowhere"}), 0);
    CU_ASSERT_EQUAL(count_entries(home, &(struct journal_query){.kind = "book", .limit = 1}), 1);
}

SUITE(contract_records, {"records are listed by key and by seq, and continue", test_records},
      {"a record that is gone is not listed, its customer forgotten", test_gone},
      {"who may not, or goes too far, is refused, and approved he may", test_refused},
      {"a shift opens, sells and closes in one batch", test_shift},
      {"a code is good once, for ten minutes, and for one device", test_code},
      {"what is sold is counted by quarter of an hour and by showing", test_tallies},
      {"the journal tells what one did, where, when and with which ticket", test_journal_filters})
