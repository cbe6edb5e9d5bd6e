/*
 * What every store promises (core/store.h), held against each store there is.
 */
#include "core/text.h"
#include "core/time.h"
#include "tests/contract/contract.h"
#include "tests/support/fixture.h"

/* --- each kind --- */

CONTRACT(test_schedule)
{
    struct operation operation = home_make_schedule(home, "Amélie", TIME_HOUR, 7);
    struct outcome outcome;
    struct slot slot;

    text_copy(operation.schedule.description, SLOT_DESCRIPTION_SIZE, "A waitress meddles.");
    text_copy(operation.schedule.screen, SLOT_SCREEN_SIZE, "Screen 2");
    operation.schedule.type = SLOT_CONCERT;
    operation.schedule.genre = GENRE_ANIMATION;
    outcome = home_apply(home, &operation);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
    CU_ASSERT_EQUAL(outcome.available, 7);
    CU_ASSERT_EQUAL(outcome.slot_id, SLOT_ID_FIRST);
    slot = home_get_slot(home, outcome.slot_id);
    CU_ASSERT_STRING_EQUAL(slot.name, "Amélie");
    CU_ASSERT_STRING_EQUAL(slot.description, "A waitress meddles.");
    CU_ASSERT_STRING_EQUAL(slot.screen, "Screen 2");
    CU_ASSERT_EQUAL(slot.starts_at, home->now + TIME_HOUR);
    CU_ASSERT_EQUAL(slot.ends_at, home->now + 3 * TIME_HOUR);
    CU_ASSERT_EQUAL(slot.type, SLOT_CONCERT);
    CU_ASSERT_EQUAL(slot.genre, GENRE_ANIMATION);
    CU_ASSERT(slot.capacity == 7 && slot.available == 7 && slot.sold == 0 && slot.lost == 0);
    CU_ASSERT(slot.expired_at == 0 && slot.archived_at == 0 && slot.seq == 1);
    CU_ASSERT_EQUAL(home_schedule(home, "Heat", TIME_HOUR, 1), SLOT_ID_FIRST + 1);
}

CONTRACT(test_book)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 5);
    struct outcome first = home_book(home, id, 2, "Anna Berg", "5551234");
    struct outcome second = home_book(home, id, 1, "Anna Berg", "5551234");
    struct outcome walk_up = home_book(home, id, 1, "", "");
    struct ticket ticket = home_get_ticket(home, first.ticket_id);
    struct customer customer = home_get_customer(home, first.customer_id);
    struct slot slot = home_get_slot(home, id);

    CU_ASSERT(first.code == TK_OK && first.count == 2 && first.available == 3);
    CU_ASSERT(first.slot_id == id && first.ticket_id != 0 && first.customer_id != 0);
    CU_ASSERT(ticket.status == TICKET_BOOKED && ticket.slot_id == id);
    CU_ASSERT(ticket.booked_at == home->now && ticket.changed_at == home->now);
    CU_ASSERT(ticket.sale_id == ticket.id && ticket.sale_position == 1 && ticket.sale_size == 2);
    CU_ASSERT(ticket.customer_id == first.customer_id && ticket.seq == 2);
    CU_ASSERT(ticket.canceled_at == 0 && ticket.replaces == 0 && ticket.replaced_by == 0);
    CU_ASSERT_EQUAL(second.customer_id, first.customer_id);
    CU_ASSERT_EQUAL(walk_up.customer_id, 0);
    CU_ASSERT_STRING_EQUAL(customer.name, "Anna Berg");
    CU_ASSERT_STRING_EQUAL(customer.phone, "5551234");
    CU_ASSERT(customer.tickets == 3 && customer.created_at == home->now && !customer.erased_at);
    CU_ASSERT(slot.sold == 4 && slot.available == 1 && slot.seq == 4 && slot_is_balanced(&slot));
    CU_ASSERT_NOT_EQUAL(home_book(home, id, 1, "Anna Berg", "5559999").customer_id, first.customer_id);
}

CONTRACT(test_cancel)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 2);
    uint64_t ticket_id = home_book(home, id, 2, "Anna", "5551234").ticket_id;
    struct outcome outcome;
    struct ticket ticket;

    home->now += TIME_MINUTE;
    outcome = home_cancel(home, ticket_id);
    ticket = home_get_ticket(home, ticket_id);
    CU_ASSERT(outcome.code == TK_OK && outcome.ticket_id == ticket_id && outcome.count == 1);
    CU_ASSERT(outcome.available == 1 && outcome.slot_id == id);
    CU_ASSERT(ticket.status == TICKET_CANCELED && ticket.canceled_at == home->now);
    CU_ASSERT(ticket.changed_at == home->now && ticket.seq == 3);
    outcome = home_cancel(home, ticket_id);
    CU_ASSERT_EQUAL(outcome.code, TK_TICKET_CANCELED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).available, 1);
    CU_ASSERT_EQUAL(home_get_slot(home, id).seq, 3);
}

CONTRACT(test_reissue)
{
    int64_t from = home_schedule(home, "Heat", TIME_HOUR, 1), to = home_schedule(home, "Solaris", 0, 1);
    struct outcome sold = home_book(home, from, 1, "Anna", "5551234"), moved, same;
    struct ticket old, new;

    same = home_reissue(home, sold.ticket_id, from);
    CU_ASSERT(same.code == TK_OK && same.available == 0 && same.slot_id == from);
    CU_ASSERT_EQUAL(home_get_slot(home, from).sold, 1);
    moved = home_reissue(home, same.ticket_id, to);
    CU_ASSERT(moved.code == TK_OK && moved.slot_id == to && moved.available == 0);
    CU_ASSERT(moved.old_ticket_id == same.ticket_id && moved.count == 1);
    CU_ASSERT_EQUAL(moved.customer_id, sold.customer_id);
    old = home_get_ticket(home, same.ticket_id);
    new = home_get_ticket(home, moved.ticket_id);
    CU_ASSERT(old.status == TICKET_CANCELED && old.replaced_by == new.id);
    CU_ASSERT(old.replaces == sold.ticket_id && old.canceled_at == home->now);
    CU_ASSERT(new.status == TICKET_BOOKED &&new.replaces == old.id &&new.slot_id == to);
    CU_ASSERT(new.sale_id == new.id &&new.sale_size == 1 && new.sale_position == 1);
    CU_ASSERT(home_get_slot(home, from).available == 1 && home_get_slot(home, to).available == 0);
    CU_ASSERT_EQUAL(home_get_customer(home, sold.customer_id).tickets, 3);
    CU_ASSERT_EQUAL(home_reissue(home, old.id, to).code, TK_TICKET_REPLACED);
    CU_ASSERT_EQUAL(home_cancel(home, old.id).code, TK_TICKET_REPLACED);
    CU_ASSERT_EQUAL(home_reissue(home, home_cancel(home, new.id).ticket_id, to).code, TK_TICKET_CANCELED);
}

CONTRACT(test_expire)
{
    int64_t id = home_schedule(home, "Heat", 0, 3), ends = home->now + 2 * TIME_HOUR;
    struct outcome sold = home_book(home, id, 2, "", ""), outcome;
    struct slot slot;

    home_cancel(home, sold.ticket_id);
    CU_ASSERT_EQUAL(home_expire(home, id, ends + 8 * TIME_HOUR - 1).code, TK_NOT_DUE);
    CU_ASSERT_EQUAL(home_expire(home, id, INT64_MIN).code, TK_NOT_DUE);
    CU_ASSERT_EQUAL(home_get_slot(home, id).available, 2);
    home->now = ends + 8 * TIME_HOUR;
    outcome = home_expire(home, id, home->now);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 1 && outcome.slot_id == id);
    slot = home_get_slot(home, id);
    CU_ASSERT(slot.available == 0 && slot.sold == 1 && slot.lost == 2 && slot_is_balanced(&slot));
    CU_ASSERT_EQUAL(slot.expired_at, home->now);
    CU_ASSERT_EQUAL(home_get_ticket(home, sold.ticket_id).status, TICKET_CANCELED);
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).code, TK_SLOT_EXPIRED);
    CU_ASSERT_EQUAL(home_book(home, id, 1, "", "").code, TK_SLOT_EXPIRED);
}

CONTRACT(test_archive)
{
    int64_t id = home_schedule(home, "Heat", 0, 3), other = home_schedule(home, "Solaris", TIME_DAY, 3);
    struct outcome gone = home_book(home, id, 1, "Anna", "5551234"), stays;
    struct customer customer;

    stays = home_book(home, id, 1, "Berta", "5555678");
    home_book(home, other, 1, "Berta", "5555678");
    CU_ASSERT_EQUAL(home_archive(home, id, home->now).code, TK_NOT_DUE);
    home->now += 10 * TIME_HOUR;
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).code, TK_OK);
    CU_ASSERT_EQUAL(home_archive(home, id, home->now - 1).code, TK_NOT_DUE);
    CU_ASSERT_EQUAL(home_archive(home, id, home->now).count, 2);
    CU_ASSERT_EQUAL(home_get_ticket(home, gone.ticket_id).status, TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).archived_at, home->now);
    customer = home_get_customer(home, gone.customer_id);
    CU_ASSERT(customer.name[0] == 0 && customer.phone[0] == 0 && customer.tickets == 0);
    CU_ASSERT_EQUAL(customer.erased_at, home->now);
    customer = home_get_customer(home, stays.customer_id);
    CU_ASSERT_STRING_EQUAL(customer.name, "Berta");
    CU_ASSERT(customer.tickets == 1 && customer.erased_at == 0);
    CU_ASSERT_EQUAL(home_cancel(home, gone.ticket_id).code, TK_TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(home_archive(home, id, home->now).code, TK_NOT_DUE);
    CU_ASSERT_NOT_EQUAL(home_book(home, other, 1, "Anna", "5551234").customer_id, gone.customer_id);
}

/* --- devices --- */

static struct outcome enrol(struct home *home, const char *name, enum role role, uint8_t token)
{
    struct operation operation = home_make(home, OP_ENROL);

    text_copy(operation.enrol.name, DEVICE_SIZE, name);
    operation.enrol.role = role;
    memset(operation.enrol.token_hash, token, CRYPTO_HASH_SIZE);
    return home_apply(home, &operation);
}

static struct outcome revoke(struct home *home, const char *name)
{
    struct operation operation = home_make(home, OP_REVOKE);

    text_copy(operation.revoke.name, DEVICE_SIZE, name);
    return home_apply(home, &operation);
}

/* How many devices a query finds; the first of them. */
static size_t find_devices(struct home *home, const struct device_query *query,
                           struct device *first)
{
    struct device_list list = {0};
    size_t count;

    *first = (struct device){0};
    CU_ASSERT_EQUAL(home->store->ops->list_devices(home->store, query, &list, NULL), TK_OK);
    count = list.count;
    if (count)
        *first = list.items[0];
    device_list_release(&list);
    return count;
}

static struct device get_device(struct home *home, const char *name)
{
    struct device device;

    CU_ASSERT_EQUAL(find_devices(home, &(struct device_query){.name = name}, &device), 1);
    return device;
}

/* The name of the device that may come in with this token; "" when there is none. */
static const char *bearer(struct home *home, uint8_t token)
{
    static struct device device;
    uint8_t hash[CRYPTO_HASH_SIZE];

    memset(hash, token, sizeof hash);
    CU_ASSERT(find_devices(home, &(struct device_query){.token_hash = hash}, &device) <= 1);
    return device.name;
}

CONTRACT(test_enrol)
{
    struct outcome outcome = enrol(home, "till-1", ROLE_CLERK, 1);
    struct device device = get_device(home, "till-1");

    CU_ASSERT(outcome.code == TK_OK && outcome.slot_id == 0 && outcome.count == 0);
    CU_ASSERT(device.role == ROLE_CLERK && device.enrolled_at == home->now);
    CU_ASSERT(device.revoked_at == 0 && device.used_at == 0);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "till-1");
    CU_ASSERT_STRING_EQUAL(bearer(home, 2), "");
    /* a name is one device's, and so is a token */
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(enrol(home, "till-1", ROLE_ADMIN, 2).code, TK_DEVICE_KNOWN);
    CU_ASSERT_EQUAL(enrol(home, "till-2", ROLE_ADMIN, 1).code, TK_DEVICE_KNOWN);
    CU_ASSERT_EQUAL(get_device(home, "till-1").role, ROLE_CLERK);
    CU_ASSERT_EQUAL(get_device(home, "till-1").enrolled_at, home->now - TIME_MINUTE);
    CU_ASSERT_STRING_EQUAL(bearer(home, 2), "");
}

CONTRACT(test_roles)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        enrol(home, role_name((enum role)role), (enum role)role, (uint8_t)(10 + role));
    for (int role = 0; role < ROLE_COUNT; role++)
        CU_ASSERT_EQUAL((int)get_device(home, role_name((enum role)role)).role, role);
}

CONTRACT(test_revoke)
{
    struct device device;

    enrol(home, "till-1", ROLE_CLERK, 1);
    enrol(home, "door", ROLE_DOOR, 2);
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(revoke(home, "till-1").code, TK_OK);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "");
    CU_ASSERT_STRING_EQUAL(bearer(home, 2), "door");
    device = get_device(home, "till-1");
    CU_ASSERT(device.revoked_at == home->now && device.enrolled_at == home->now - TIME_MINUTE);
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(revoke(home, "till-1").code, TK_DEVICE_NOT_FOUND);
    CU_ASSERT_EQUAL(revoke(home, "till-9").code, TK_DEVICE_NOT_FOUND);
    CU_ASSERT_EQUAL(get_device(home, "till-1").revoked_at, home->now - TIME_MINUTE);
}

CONTRACT(test_enrol_anew)
{
    struct device device;

    enrol(home, "till-1", ROLE_CLERK, 1);
    revoke(home, "till-1");
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(enrol(home, "till-1", ROLE_MANAGER, 3).code, TK_OK);
    device = get_device(home, "till-1");
    CU_ASSERT(device.role == ROLE_MANAGER && device.enrolled_at == home->now);
    CU_ASSERT(device.revoked_at == 0 && device.used_at == 0);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "");
    CU_ASSERT_STRING_EQUAL(bearer(home, 3), "till-1");
    if (!home->maker->lasting)
        return;
    store_close(home->store);
    home->store = home->maker->open(home, home->path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(home->store);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "");
    CU_ASSERT_STRING_EQUAL(bearer(home, 3), "till-1");
}

CONTRACT(test_refuse_device)
{
    static const struct {
        const char *name;
        int role;
        enum tk_code code;
    } cases[] = {
        {"", ROLE_DOOR, TK_BAD_NAME},          {" till", ROLE_DOOR, TK_BAD_NAME},
        {"a\x1B[2Jb", ROLE_DOOR, TK_BAD_NAME}, {"a\u202Eb", ROLE_DOOR, TK_BAD_NAME},
        {"\xC0\xAF", ROLE_DOOR, TK_BAD_NAME},  {"till", ROLE_COUNT, TK_BAD_ROLE},
        {"till", -1, TK_BAD_ROLE},
    };
    struct device device;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(enrol(home, cases[i].name, (enum role)cases[i].role, 1).code,
                        cases[i].code);
        if (cases[i].code == TK_BAD_NAME)
            CU_ASSERT_EQUAL(revoke(home, cases[i].name).code, TK_BAD_NAME);
    }
    CU_ASSERT_EQUAL(find_devices(home, &(struct device_query){0}, &device), 0);
}

/* Two devices change tokens in one batch; what comes after them in it is refused. */
CONTRACT(test_batch_devices)
{
    struct operation batch[6];
    struct outcome outcomes[6];

    enrol(home, "till-1", ROLE_CLERK, 1);
    enrol(home, "till-2", ROLE_DOOR, 2);
    for (int i = 0; i < 6; i++) {
        const char *name = i % 2 ? "till-2" : "till-1";

        batch[i] = home_make(home, i < 2 ? OP_REVOKE : OP_ENROL);
        text_copy(i < 2 ? batch[i].revoke.name : batch[i].enrol.name, DEVICE_SIZE, name);
        if (i >= 2)
            memset(batch[i].enrol.token_hash, i % 2 ? 1 : 2, CRYPTO_HASH_SIZE);
    }
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 6, outcomes, NULL), TK_OK);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(outcomes[i].code, i < 4 ? TK_OK : TK_DEVICE_KNOWN);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "till-2");
    CU_ASSERT_STRING_EQUAL(bearer(home, 2), "till-1");
}

CONTRACT(test_device_once)
{
    struct operation operation = home_make(home, OP_ENROL), other;
    struct outcome outcome;

    text_copy(operation.enrol.name, DEVICE_SIZE, "till-1");
    memset(operation.enrol.token_hash, 1, CRYPTO_HASH_SIZE);
    CU_ASSERT_EQUAL(home_apply(home, &operation).code, TK_OK);
    revoke(home, "till-1");
    outcome = home_apply(home, &operation); /* known: it does not let it in once more */
    CU_ASSERT(outcome.code == TK_OK && outcome.replayed);
    CU_ASSERT_STRING_EQUAL(bearer(home, 1), "");
    other = operation;
    other.enrol.token_hash[31]++;
    CU_ASSERT_EQUAL(home_apply(home, &other).code, TK_ID_REUSED);
    other = operation;
    other.enrol.role = ROLE_ADMIN;
    CU_ASSERT_EQUAL(home_apply(home, &other).code, TK_ID_REUSED);
}

/* Nobody reads tokens out of the journal. */
CONTRACT(test_device_journal)
{
    struct journal_query query = {0};
    struct journal_list list = {0};

    enrol(home, "till-1", ROLE_DOOR, 1);
    revoke(home, "till-1");
    CU_ASSERT_EQUAL(home->store->ops->list_journal(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT(list.items[0].kind == OP_ENROL && list.items[1].kind == OP_REVOKE);
    CU_ASSERT_STRING_EQUAL(list.items[0].body, "{\"deviceName\":\"till-1\",\"role\":\"door\"}");
    CU_ASSERT_STRING_EQUAL(list.items[1].body, "{\"deviceName\":\"till-1\"}");
    journal_list_release(&list);
}

CONTRACT(test_list_devices)
{
    static const char *const names[] = {"Zelt", "a door", "till-1", "Ölkino", "till-10"};
    static const char *const wanted[] = {"Zelt", "a door", "till-1", "till-10", "Ölkino"};
    struct device_list list = {0};
    struct device device;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_EQUAL(enrol(home, names[i], ROLE_CLERK, (uint8_t)(i + 1)).code, TK_OK);
    revoke(home, "till-1");
    CU_ASSERT_EQUAL(home->store->ops->list_devices(home->store, &(struct device_query){0}, &list,
                                                   NULL),
                    TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 5);
    for (size_t i = 0; i < list.count; i++)
        CU_ASSERT_STRING_EQUAL(list.items[i].name, wanted[i]);
    device_list_release(&list);
    CU_ASSERT_EQUAL(find_devices(home, &(struct device_query){.name = "till"}, &device), 0);
}

CONTRACT(test_touch_device)
{
    struct store *store = home->store;

    enrol(home, "till-1", ROLE_CLERK, 1);
    enrol(home, "till-2", ROLE_CLERK, 2);
    CU_ASSERT_EQUAL(store->ops->touch_device(store, "till-1", home->now + 5, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->touch_device(store, "nobody", home->now, NULL), TK_OK);
    CU_ASSERT_EQUAL(get_device(home, "till-2").used_at, 0);
    if (home->maker->leaves_use)
        return;
    CU_ASSERT_EQUAL(get_device(home, "till-1").used_at, home->now + 5);
    /* of two that tell, the later time stays; so does the last one before it was revoked */
    CU_ASSERT_EQUAL(store->ops->touch_device(store, "till-1", home->now, NULL), TK_OK);
    CU_ASSERT_EQUAL(get_device(home, "till-1").used_at, home->now + 5);
    CU_ASSERT_EQUAL(revoke(home, "till-1").code, TK_OK);
    CU_ASSERT_EQUAL(store->ops->touch_device(store, "till-1", home->now + 9, NULL), TK_OK);
    CU_ASSERT_EQUAL(get_device(home, "till-1").used_at, home->now + 5);
    CU_ASSERT_EQUAL(enrol(home, "till-1", ROLE_CLERK, 3).code, TK_OK);
    CU_ASSERT_EQUAL(get_device(home, "till-1").used_at, 0);
}

/* --- refusals --- */

static void change_nothing(struct home *home, int64_t slot, const struct operation *operation,
                           enum tk_code code)
{
    struct slot before = home_get_slot(home, slot), after;
    struct outcome outcome = home_apply(home, operation);

    if (outcome.code != code)
        printf("\n    %s in place of %s\n", tk_code_name(outcome.code), tk_code_name(code));
    CU_ASSERT_EQUAL(outcome.code, code);
    CU_ASSERT_EQUAL(outcome.count, 0);
    after = home_get_slot(home, slot);
    CU_ASSERT(before.seq == after.seq && before.available == after.available &&
              before.sold == after.sold && before.lost == after.lost);
}

CONTRACT(test_refuse_book)
{
    static const struct {
        int64_t count;
        const char *name, *phone;
        enum tk_code code;
    } cases[] = {
        {0, "", "", TK_BAD_COUNT},
        {-5, "", "", TK_BAD_COUNT},
        {6, "", "", TK_BAD_COUNT},
        {INT64_MAX, "", "", TK_BAD_COUNT},
        {INT64_MIN, "", "", TK_BAD_COUNT},
        {4294967297, "", "", TK_BAD_COUNT},
        {4, "", "", TK_NOT_ENOUGH_PLACES},
        {1, "Anna", "", TK_HALF_CUSTOMER},
        {1, "", "5551234", TK_HALF_CUSTOMER},
        {1, "Anna", "12", TK_BAD_PHONE},
        {1, "Anna", "555 1234", TK_BAD_PHONE},
        {1, "An\x1B[2Jna", "5551234", TK_BAD_NAME},
        {1, " Anna", "5551234", TK_BAD_NAME},
        {1, "\xC0\xAF", "5551234", TK_BAD_NAME},
    };
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 5);
    struct operation operation;

    home_book(home, id, 2, "", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        operation = home_make_book(home, id, cases[i].count, cases[i].name, cases[i].phone);
        change_nothing(home, id, &operation, cases[i].code);
    }
    operation = home_make_book(home, id + 999, 1, "", "");
    change_nothing(home, id, &operation, TK_SLOT_NOT_FOUND);
    operation = home_make_book(home, 0, 1, "", "");
    change_nothing(home, id, &operation, TK_SLOT_NOT_FOUND);
    home_book(home, id, 3, "", "");
    operation = home_make_book(home, id, 1, "Anna", "5551234");
    change_nothing(home, id, &operation, TK_SOLD_OUT);
    CU_ASSERT_EQUAL(home_cancel(home, 12345).code, TK_TICKET_NOT_FOUND);
    home->now += 3 * TIME_HOUR;
    operation = home_make_book(home, id, 1, "", "");
    change_nothing(home, id, &operation, TK_SELLING_CLOSED);
}

CONTRACT(test_refuse_schedule)
{
    static const struct {
        const char *name;
        int64_t starts, length, capacity;
        int type, genre;
        enum tk_code code;
    } cases[] = {
        {"", 1, 1, 1, 0, 0, TK_BAD_NAME},
        {"a  b", 1, 1, 1, 0, 0, TK_BAD_NAME},
        {"a\u202Eb", 1, 1, 1, 0, 0, TK_BAD_NAME},
        {"a", -1, 1, 1, 0, 0, TK_BAD_TIME},
        {"a", TIME_MAX, 1, 1, 0, 0, TK_BAD_TIME},
        {"a", 1, 0, 1, 0, 0, TK_END_BEFORE_START},
        {"a", 1, 7 * TIME_DAY + 1, 1, 0, 0, TK_TOO_LONG},
        {"a", 1, 1, 1, SLOT_TYPE_COUNT, 0, TK_BAD_TYPE},
        {"a", 1, 1, 1, 0, GENRE_COUNT, TK_BAD_GENRE},
        {"a", 1, 1, 0, 0, 0, TK_BAD_CAPACITY},
        {"a", 1, 1, 1000000000, 0, 0, TK_BAD_CAPACITY},
        {"a", 1, 1, 4294967297, 0, 0, TK_BAD_CAPACITY},
        {"a", 0, 7 * TIME_DAY, 100000, 2, 21, TK_OK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct operation operation = home_make_schedule(home, cases[i].name, 0, cases[i].capacity);

        operation.schedule.starts_at = cases[i].starts;
        operation.schedule.ends_at = cases[i].starts + cases[i].length;
        operation.schedule.type = (enum slot_type)cases[i].type;
        operation.schedule.genre = (enum genre)cases[i].genre;
        CU_ASSERT_EQUAL(home_apply(home, &operation).code, cases[i].code);
    }
}

CONTRACT(test_refuse_reissue)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 2), full = home_schedule(home, "Solaris", 0, 1);
    uint64_t ticket = home_book(home, id, 1, "", "").ticket_id;
    struct operation operation = home_make(home, OP_REISSUE);

    home_book(home, full, 1, "", "");
    operation.reissue.ticket_id = ticket;
    operation.reissue.slot.id = full;
    change_nothing(home, id, &operation, TK_SOLD_OUT);
    operation = home_make(home, OP_REISSUE);
    operation.reissue.ticket_id = ticket;
    operation.reissue.slot.id = 999999;
    change_nothing(home, id, &operation, TK_SLOT_NOT_FOUND);
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).replaced_by, 0);
    CU_ASSERT_EQUAL(home_reissue(home, 12345, id).code, TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(home_expire(home, 999999, home->now).code, TK_SLOT_NOT_FOUND);
    CU_ASSERT_EQUAL(home_archive(home, 999999, home->now).code, TK_SLOT_NOT_FOUND);
    home->now += TIME_DAY;
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).code, TK_OK);
    CU_ASSERT_EQUAL(home_reissue(home, ticket, id).code, TK_TICKET_EXPIRED);
}

/* --- doors --- */

static struct operation make_admit(struct home *home, uint64_t ticket, const char *door)
{
    struct operation operation = home_make(home, OP_ADMIT);

    operation.admit.ticket_id = ticket;
    text_copy(operation.device, DEVICE_SIZE, door);
    return operation;
}

static struct outcome admit(struct home *home, uint64_t ticket, const char *door)
{
    struct operation operation = make_admit(home, ticket, door);

    return home_apply(home, &operation);
}

/* As a door that serves a slot says it, of a moment of its own clock (0: none). */
static enum tk_code admit_at(struct home *home, uint64_t ticket, int64_t slot, int64_t at)
{
    struct operation operation = make_admit(home, ticket, "door-1");

    operation.admit.slot_id = slot;
    operation.admit.admitted_at = at;
    return home_apply(home, &operation).code;
}

static struct outcome unadmit(struct home *home, uint64_t ticket, const char *door)
{
    struct operation operation = home_make(home, OP_UNADMIT);

    operation.unadmit.ticket_id = ticket;
    text_copy(operation.device, DEVICE_SIZE, door);
    return home_apply(home, &operation);
}

static struct outcome print_copy(struct home *home, uint64_t ticket)
{
    struct operation operation = home_make(home, OP_PRINT);

    operation.copy.ticket_id = ticket;
    return home_apply(home, &operation);
}

static struct outcome rotate(struct home *home, int64_t generation)
{
    struct operation operation = home_make(home, OP_ROTATE);

    operation.rotate.generation = generation;
    return home_apply(home, &operation);
}

static bool is_out(struct home *home, uint64_t id)
{
    struct ticket ticket = home_get_ticket(home, id);

    return ticket.admitted_at == 0 && ticket.admitted_by[0] == '\0';
}

static bool is_in(struct home *home, uint64_t id, const char *door, int64_t at)
{
    struct ticket ticket = home_get_ticket(home, id);

    return ticket.admitted_at == at && strcmp(ticket.admitted_by, door) == 0;
}

static int64_t verify_finds(struct home *home)
{
    struct verify_report report = {0};
    int64_t found;

    CU_ASSERT_EQUAL(home->store->ops->verify(home->store, &report, NULL), TK_OK);
    for (size_t i = 0; i < report.count; i++)
        printf("\n    %s: %s\n", report.items[i].check, report.items[i].text);
    found = report.found;
    verify_report_release(&report);
    return found;
}

/* The doors of a slot as "name count age", the age being in minutes since the last one. */
static const char *list_doors(struct home *home, int64_t slot, char text[256])
{
    struct admission_count_list list = {0};
    size_t used = 0;

    text[0] = '\0';
    CU_ASSERT_EQUAL(home->store->ops->count_admissions(home->store, slot, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count && used < 200; i++)
        used += (size_t)snprintf(text + used, 256 - used, "%s%s %d %d", i ? ", " : "",
                                 list.items[i].device, (int)list.items[i].count,
                                 (int)((home->now - list.items[i].last_at) / TIME_MINUTE));
    admission_count_list_release(&list);
    return text;
}

#define ASSERT_DOORS(slot, wanted)                                                    \
    do {                                                                              \
        char text[256];                                                               \
        list_doors(home, slot, text);                                                 \
        if (strcmp(text, wanted) != 0)                                                \
            printf("\n    line %d: “%s” in place of “%s”\n", __LINE__, text, wanted); \
        CU_ASSERT_STRING_EQUAL(text, wanted);                                         \
    } while (0)

CONTRACT(test_admit)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 5); /* admission opens now */
    struct outcome sold = home_book(home, id, 2, "Anna", "5551234"), outcome, again;
    struct operation scan = make_admit(home, sold.ticket_id, "door-1");
    struct ticket ticket = home_get_ticket(home, sold.ticket_id);
    struct slot slot;

    CU_ASSERT(is_out(home, sold.ticket_id) && ticket.prints == 0);
    outcome = home_apply(home, &scan);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 1 && outcome.slot_id == id);
    CU_ASSERT(outcome.ticket_id == sold.ticket_id && !outcome.replayed);
    ticket = home_get_ticket(home, sold.ticket_id);
    CU_ASSERT(ticket.status == TICKET_BOOKED && ticket.admitted_at == home->now);
    CU_ASSERT_STRING_EQUAL(ticket.admitted_by, "door-1");
    CU_ASSERT(ticket.seq == 3 && ticket.changed_at == ticket.booked_at);
    slot = home_get_slot(home, id);
    CU_ASSERT(slot.admitted == 1 && slot.sold == 2 && slot.available == 3 && slot.seq == 3);
    CU_ASSERT_TRUE(slot_is_balanced(&slot));
    /* sent again it is the same admission; another scan is another's */
    home->now += TIME_MINUTE;
    again = home_apply(home, &scan);
    CU_ASSERT(again.replayed && again.code == TK_OK && again.ticket_id == sold.ticket_id);
    outcome = admit(home, sold.ticket_id, "door-1");
    CU_ASSERT(outcome.code == TK_ALREADY_ADMITTED && outcome.count == 0);
    CU_ASSERT(outcome.ticket_id == sold.ticket_id && outcome.slot_id == id);
    CU_ASSERT_EQUAL(admit(home, sold.ticket_id, "door-2").code, TK_ALREADY_ADMITTED);
    CU_ASSERT_TRUE(is_in(home, sold.ticket_id, "door-1", home->now - TIME_MINUTE));
    CU_ASSERT(home_get_slot(home, id).seq == 3 && home_get_slot(home, id).admitted == 1);
    scan.admit.slot_id = id;
    CU_ASSERT_EQUAL(home_apply(home, &scan).code, TK_ID_REUSED);
}

/* Of two scans in one batch the first is let in. */
CONTRACT(test_batch_admit)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    uint64_t ticket = home_book(home, id, 1, "", "").ticket_id;
    struct operation batch[3] = {make_admit(home, ticket, "door-2"),
                                 make_admit(home, ticket, "door-1"), home_make(home, OP_CANCEL)};
    struct outcome outcomes[3];

    batch[2].cancel.ticket_id = ticket;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 3, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[1].code == TK_ALREADY_ADMITTED);
    CU_ASSERT_EQUAL(outcomes[2].code, TK_TICKET_ADMITTED);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-2", home->now));
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* Each refusal comes before those after it: what is wrong with the ticket, the slot, the time. */
CONTRACT(test_refuse_admission)
{
    int64_t id = home_schedule(home, "Heat", 2 * TIME_HOUR, 9), other = home_schedule(home, "Solaris", 0, 9);
    int64_t start = home->now + 2 * TIME_HOUR, end = start + 2 * TIME_HOUR;
    uint64_t first = home_book(home, id, 1, "", "").ticket_id, gone = home_book(home, id, 1, "", "").ticket_id;
    uint64_t old = home_book(home, id, 1, "", "").ticket_id, new = home_reissue(home, old, id).ticket_id;
    uint64_t last = home_book(home, id, 1, "", "").ticket_id;
    struct operation operation = make_admit(home, first, "");

    CU_ASSERT_EQUAL(admit_at(home, 12345, other, 0), TK_TICKET_NOT_FOUND);
    home_cancel(home, gone);
    CU_ASSERT_EQUAL(admit_at(home, gone, other, 0), TK_TICKET_CANCELED);
    CU_ASSERT_EQUAL(admit_at(home, old, other, 0), TK_TICKET_REPLACED);
    CU_ASSERT_EQUAL(admit_at(home, first, other, 0), TK_WRONG_SLOT);
    change_nothing(home, id, &operation, TK_BAD_NAME); /* a door has a name */
    CU_ASSERT_EQUAL(admit_at(home, first, id, -1), TK_BAD_TIME);
    CU_ASSERT_EQUAL(admit_at(home, first, id, TIME_MAX + 1), TK_BAD_TIME);
    operation = make_admit(home, first, "door-1");
    home->now = start - TIME_HOUR - 1;
    change_nothing(home, id, &operation, TK_TOO_EARLY);
    home->now++;
    CU_ASSERT_EQUAL(admit_at(home, first, id, 0), TK_OK);
    CU_ASSERT_EQUAL(admit_at(home, first, other, 0), TK_WRONG_SLOT);
    CU_ASSERT_EQUAL(admit_at(home, first, id, 1), TK_ALREADY_ADMITTED); /* and not too early */
    home->now = end - 1;
    CU_ASSERT_EQUAL(admit_at(home, new, 0, 0), TK_OK);
    home->now = end;
    operation = make_admit(home, last, "door-1");
    change_nothing(home, id, &operation, TK_SLOT_OVER);
    home->now = end + 8 * TIME_HOUR;
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).code, TK_OK);
    CU_ASSERT_EQUAL(admit_at(home, last, other, 0), TK_TICKET_EXPIRED);
    home_archive(home, id, home->now);
    CU_ASSERT_EQUAL(admit_at(home, last, 0, 0), TK_TICKET_ARCHIVED);
    CU_ASSERT(home_get_slot(home, id).admitted == 2 && home_get_slot(home, other).admitted == 0);
}

/* A door that was cut off tells later when it let somebody in; no clock runs ahead of the store's. */
CONTRACT(test_admitted_at)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 9), start = home->now + TIME_HOUR;
    struct outcome sold = home_book(home, id, 5, "", "");
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list all = {0};
    uint64_t ids[5];

    query.slot_id = id;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &all, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(all.count, 5);
    for (size_t i = 0; i < 5; i++)
        ids[i] = all.items[i].id;
    ticket_list_release(&all);
    CU_ASSERT_EQUAL(ids[0], sold.ticket_id);
    home->now = start;
    CU_ASSERT_EQUAL(admit_at(home, ids[0], id, start + 5 * TIME_SECOND), TK_OK);
    CU_ASSERT_TRUE(is_in(home, ids[0], "door-1", start + 5 * TIME_SECOND));
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, start + 5 * TIME_SECOND + 1), TK_OK);
    CU_ASSERT_TRUE(is_in(home, ids[1], "door-1", start));
    CU_ASSERT_EQUAL(admit_at(home, ids[2], id, start + 7 * TIME_DAY), TK_OK);
    CU_ASSERT_TRUE(is_in(home, ids[2], "door-1", start));
    home->now = start + 3 * TIME_HOUR; /* it is over by now, and was not then */
    CU_ASSERT_EQUAL(admit_at(home, ids[3], id, start + TIME_MINUTE), TK_OK);
    CU_ASSERT_TRUE(is_in(home, ids[3], "door-1", start + TIME_MINUTE));
    CU_ASSERT_EQUAL(admit_at(home, ids[4], id, start - TIME_HOUR - 1), TK_TOO_EARLY);
    CU_ASSERT_EQUAL(admit_at(home, ids[4], id, start + 2 * TIME_HOUR), TK_SLOT_OVER);
    CU_ASSERT_TRUE(is_out(home, ids[4]));
    CU_ASSERT_EQUAL(home_get_slot(home, id).admitted, 4);
}

/* The tickets of a slot that changed after a seq, as "id's place in ids" each. */
static const char *changed_since(struct home *home, int64_t slot, uint64_t seq,
                                 const uint64_t *ids, size_t count, char text[64])
{
    struct ticket_query query = {.slot_id = slot, .status = -1, .after_seq = seq};
    struct ticket_list list = {0};
    size_t used = 0;

    text[0] = '\0';
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count && used < 50; i++)
        for (size_t j = 0; j < count; j++)
            if (list.items[i].id == ids[j])
                used += (size_t)snprintf(text + used, 64 - used, "%s%zu", used ? " " : "", j);
    ticket_list_release(&list);
    return text;
}

/* A door that was cut off for the whole evening tells of it when the books are closed. */
CONTRACT(test_told_late)
{
    int64_t id = home_schedule(home, "Heat", 0, 9), other = home_schedule(home, "Solaris", 0, 9);
    int64_t start = home->now, in = start + 10 * TIME_MINUTE;
    struct operation undo = home_make(home, OP_UNADMIT);
    struct ticket ticket;
    struct slot before;
    char changed[64];
    uint64_t ids[6];

    for (size_t i = 0; i < 6; i++)
        ids[i] = home_book(home, id, 1, "", "").ticket_id;
    home_cancel(home, ids[5]);
    home->now += TIME_DAY;
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).code, TK_OK);
    before = home_get_slot(home, id);
    home->now += TIME_HOUR;
    CU_ASSERT_EQUAL(admit_at(home, ids[0], other, in), TK_WRONG_SLOT);
    CU_ASSERT_EQUAL(admit_at(home, ids[0], id, in), TK_OK);
    ticket = home_get_ticket(home, ids[0]);
    CU_ASSERT(ticket.status == TICKET_EXPIRED && ticket.seq == before.seq + 1);
    CU_ASSERT_EQUAL(ticket.changed_at, home->now - TIME_HOUR);
    CU_ASSERT_TRUE(is_in(home, ids[0], "door-1", in));
    CU_ASSERT(home_get_slot(home, id).admitted == 1 && home_get_slot(home, id).seq == before.seq + 1);
    CU_ASSERT_STRING_EQUAL(changed_since(home, id, before.seq, ids, 6, changed), "0");
    CU_ASSERT_EQUAL(admit_at(home, ids[0], id, in), TK_ALREADY_ADMITTED);
    ASSERT_DOORS(id, "door-1 1 1490");
    /* only what was so then */
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, 0), TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, start - TIME_HOUR - 1), TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, start + 2 * TIME_HOUR), TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, home->now + TIME_DAY), TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(admit_at(home, ids[5], id, in), TK_TICKET_CANCELED);
    CU_ASSERT_EQUAL(admit_at(home, ids[1], id, start - TIME_HOUR), TK_OK);
    CU_ASSERT_EQUAL(admit_at(home, ids[2], 0, start + 2 * TIME_HOUR - 1), TK_OK);
    /* and it may have thought better of it, there and then */
    undo.unadmit.ticket_id = ids[0];
    text_copy(undo.device, DEVICE_SIZE, "door-1");
    undo.at = in + TIME_MINUTE;
    CU_ASSERT_EQUAL(home_apply(home, &undo).code, TK_OK);
    CU_ASSERT_TRUE(is_out(home, ids[0]));
    CU_ASSERT_STRING_EQUAL(changed_since(home, id, before.seq, ids, 6, changed), "1 2 0");
    CU_ASSERT_EQUAL(unadmit(home, ids[1], "door-1").code, TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(verify_finds(home), 0);
    home_archive(home, id, home->now);
    CU_ASSERT_EQUAL(admit_at(home, ids[3], id, in), TK_TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).admitted, 2);
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* Not even the window counts once the books are closed; what is told in their batch is late, too. */
CONTRACT(test_told_after_expiry)
{
    int64_t id = home_schedule(home, "Heat", 0, 9);
    uint64_t first = home_book(home, id, 1, "", "").ticket_id;
    uint64_t last = home_book(home, id, 1, "", "").ticket_id;
    struct operation batch[3];
    struct outcome outcomes[3];

    home->now += TIME_MINUTE;
    batch[0] = home_make(home, OP_EXPIRE);
    batch[0].expire.slot_id = id;
    batch[0].expire.as_of = home->now + TIME_DAY; /* somebody was in a hurry */
    batch[1] = make_admit(home, first, "door-1");
    batch[1].admit.admitted_at = home->now;
    batch[2] = make_admit(home, last, "door-1");
    batch[2].admit.admitted_at = home->now - 1;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 3, outcomes, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcomes[1].code, TK_TICKET_EXPIRED);
    CU_ASSERT_EQUAL(outcomes[2].code, TK_OK);
    CU_ASSERT_EQUAL(home_get_ticket(home, last).status, TICKET_EXPIRED);
    CU_ASSERT_EQUAL(home_get_ticket(home, last).seq, home_get_slot(home, id).seq);
    CU_ASSERT_EQUAL(home_get_ticket(home, first).seq, home_get_slot(home, id).seq - 1);
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

CONTRACT(test_unadmit)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    uint64_t ticket = home_book(home, id, 1, "Anna", "5551234").ticket_id;
    struct operation undo = home_make(home, OP_UNADMIT);
    struct outcome outcome;
    int64_t in;

    CU_ASSERT_EQUAL(unadmit(home, 12345, "door-1").code, TK_TICKET_NOT_FOUND);
    outcome = unadmit(home, ticket, "door-1");
    CU_ASSERT(outcome.code == TK_NOT_ADMITTED && outcome.ticket_id == ticket && !outcome.count);
    admit(home, ticket, "door-1");
    in = home->now;
    undo.unadmit.ticket_id = ticket;
    text_copy(undo.device, DEVICE_SIZE, "door-2");
    change_nothing(home, id, &undo, TK_OTHER_DOOR);
    home->now = in + ADMIT_UNDO_WITHIN + 1;
    undo = home_make(home, OP_UNADMIT);
    undo.unadmit.ticket_id = ticket;
    change_nothing(home, id, &undo, TK_OTHER_DOOR); /* the till, and whose it is comes first */
    undo = home_make(home, OP_UNADMIT);
    undo.unadmit.ticket_id = ticket;
    text_copy(undo.device, DEVICE_SIZE, "door-1");
    change_nothing(home, id, &undo, TK_UNDO_TOO_LATE);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-1", in));
    home->now = in + ADMIT_UNDO_WITHIN;
    undo.id = home_make(home, OP_UNADMIT).id;
    outcome = home_apply(home, &undo);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 1 && outcome.slot_id == id);
    CU_ASSERT_EQUAL(outcome.ticket_id, ticket);
    CU_ASSERT_TRUE(is_out(home, ticket));
    CU_ASSERT(home_get_slot(home, id).admitted == 0 && home_get_slot(home, id).seq == 4);
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).seq, 4);
    /* in again, by another door; the undo from before, sent again, takes nothing back */
    CU_ASSERT_EQUAL(admit(home, ticket, "door-2").code, TK_OK);
    outcome = home_apply(home, &undo);
    CU_ASSERT(outcome.replayed && outcome.code == TK_OK);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-2", home->now));
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* Once its slot is expired, the books of a ticket are closed. */
CONTRACT(test_unadmit_expired)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    uint64_t ticket = home_book(home, id, 2, "", "").ticket_id;

    admit(home, ticket, "door-1");
    CU_ASSERT_EQUAL(home_expire(home, id, home->now + TIME_DAY).code, TK_OK);
    CU_ASSERT_EQUAL(unadmit(home, ticket, "door-1").code, TK_TICKET_EXPIRED);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-1", home->now));
    home_archive(home, id, home->now);
    CU_ASSERT_EQUAL(unadmit(home, ticket, "door-1").code, TK_TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

CONTRACT(test_admitted_is_kept)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    struct outcome sold = home_book(home, id, 1, "Anna", "5551234"), outcome, outcomes[2];
    struct operation operation = home_make(home, OP_CANCEL), batch[2];

    admit(home, sold.ticket_id, "door-1");
    operation.cancel.ticket_id = sold.ticket_id;
    change_nothing(home, id, &operation, TK_TICKET_ADMITTED);
    operation = home_make(home, OP_REISSUE);
    operation.reissue.ticket_id = sold.ticket_id;
    operation.reissue.slot.id = id;
    change_nothing(home, id, &operation, TK_TICKET_ADMITTED);
    outcome = home_cancel(home, sold.ticket_id);
    CU_ASSERT(outcome.slot_id == id && outcome.customer_id == sold.customer_id);
    /* both in one batch: nothing of the admission is left on the canceled ticket */
    batch[0] = home_make(home, OP_UNADMIT);
    batch[0].unadmit.ticket_id = sold.ticket_id;
    text_copy(batch[0].device, DEVICE_SIZE, "door-1");
    batch[1] = home_make(home, OP_CANCEL);
    batch[1].cancel.ticket_id = sold.ticket_id;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[1].code == TK_OK);
    CU_ASSERT_TRUE(is_out(home, sold.ticket_id));
    CU_ASSERT_EQUAL(home_get_ticket(home, sold.ticket_id).status, TICKET_CANCELED);
    CU_ASSERT(home_get_slot(home, id).admitted == 0 && home_get_slot(home, id).available == 5);
    ASSERT_DOORS(id, "");
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* Those who were in stay so when the showing is expired and put away. */
CONTRACT(test_expire_admitted)
{
    int64_t id = home_schedule(home, "Heat", 0, 5), in = home->now;
    uint64_t ticket = home_book(home, id, 3, "Anna", "5551234").ticket_id;
    struct slot slot;

    admit(home, ticket, "door-1");
    home->now += TIME_DAY;
    CU_ASSERT_EQUAL(home_expire(home, id, home->now).count, 3);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-1", in));
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).status, TICKET_EXPIRED);
    slot = home_get_slot(home, id);
    CU_ASSERT(slot.admitted == 1 && slot.sold == 3 && slot.lost == 2 && slot.key_generation == 1);
    CU_ASSERT_EQUAL(home_archive(home, id, home->now).count, 3);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-1", in));
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).status, TICKET_ARCHIVED);
    CU_ASSERT(home_get_slot(home, id).admitted == 1 && home_get_slot(home, id).key_generation == 1);
    ASSERT_DOORS(id, "door-1 1 1440");
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* An expired slot that is changed once more in its batch: its tickets have the seq of the expiry. */
CONTRACT(test_seq_of_expiry)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    struct outcome sold = home_book(home, id, 2, "", ""), outcomes[2];
    struct operation batch[2];

    home_cancel(home, sold.ticket_id);
    home->now += TIME_DAY;
    batch[0] = home_make(home, OP_EXPIRE);
    batch[0].expire.slot_id = id;
    batch[0].expire.as_of = home->now;
    batch[1] = home_make(home, OP_ARCHIVE); /* the canceled one */
    batch[1].archive.slot_id = id;
    batch[1].archive.before = home->now - 1;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].count == 1 && outcomes[1].count == 1);
    CU_ASSERT_EQUAL(home_get_slot(home, id).seq, 5);
    CU_ASSERT_EQUAL(home_get_ticket(home, sold.ticket_id).seq, 5);
    {
        struct ticket_query query = TICKET_QUERY_ALL;
        struct ticket_list list = {0};

        query.slot_id = id;
        query.status = TICKET_EXPIRED;
        CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
        CU_ASSERT(list.count == 1 && list.items[0].seq == 4);
        ticket_list_release(&list);
    }
}

CONTRACT(test_print)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    uint64_t ticket = home_book(home, id, 2, "", "").ticket_id;
    struct operation first = home_make(home, OP_PRINT);
    struct outcome outcome;

    first.copy.ticket_id = ticket;
    outcome = home_apply(home, &first);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 1 && outcome.ticket_id == ticket);
    CU_ASSERT(outcome.slot_id == id && home_get_ticket(home, ticket).prints == 1);
    CU_ASSERT(home_get_ticket(home, ticket).seq == 3 && home_get_slot(home, id).seq == 3);
    CU_ASSERT_EQUAL(print_copy(home, ticket).count, 2);
    outcome = home_apply(home, &first); /* the paper ran out: it is the first copy still */
    CU_ASSERT(outcome.replayed && outcome.count == 1);
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).prints, 2);
    admit(home, ticket, "door-1");
    CU_ASSERT_EQUAL(print_copy(home, ticket).count, 3);
    CU_ASSERT_TRUE(is_in(home, ticket, "door-1", home->now));
    unadmit(home, ticket, "door-1");
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).prints, 3);
    CU_ASSERT_EQUAL(print_copy(home, 12345).code, TK_TICKET_NOT_FOUND);
    home_cancel(home, ticket);
    outcome = print_copy(home, ticket);
    CU_ASSERT(outcome.code == TK_TICKET_CANCELED && outcome.count == 0);
    CU_ASSERT_EQUAL(home_get_ticket(home, ticket).prints, 3);
    CU_ASSERT_EQUAL(verify_finds(home), 0);
}

/* A slot has the key of its first ticket for good. */
CONTRACT(test_rotate)
{
    int64_t early = home_schedule(home, "Heat", 0, 5), late = home_schedule(home, "Solaris", 0, 5);
    int64_t moved = home_schedule(home, "Amélie", 0, 5), batched = home_schedule(home, "Up", 0, 5);
    static const int64_t bad[] = {0, -1, 1, 3, KEY_GENERATION_MAX + 1, INT64_MAX, INT64_MIN};
    struct operation batch[2], first;
    struct outcome outcomes[2];
    uint64_t ticket;

    CU_ASSERT_EQUAL(home_get_slot(home, early).key_generation, 0);
    ticket = home_book(home, early, 1, "", "").ticket_id;
    CU_ASSERT_EQUAL(home_get_slot(home, early).key_generation, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(rotate(home, bad[i]).code, TK_BAD_GENERATION);
    first = home_make(home, OP_ROTATE);
    first.rotate.generation = 2;
    CU_ASSERT(home_apply(home, &first).code == TK_OK && rotate(home, 2).code == TK_BAD_GENERATION);
    CU_ASSERT(home_apply(home, &first).replayed && home_apply(home, &first).count == 2);
    CU_ASSERT_EQUAL(home_get_slot(home, late).key_generation, 0);
    home_book(home, early, 1, "", "");
    home_book(home, late, 1, "", "");
    CU_ASSERT_EQUAL(home_get_slot(home, early).key_generation, 1);
    CU_ASSERT_EQUAL(home_get_slot(home, late).key_generation, 2);
    CU_ASSERT_EQUAL(home_reissue(home, ticket, moved).code, TK_OK);
    CU_ASSERT_EQUAL(home_get_slot(home, moved).key_generation, 2);
    batch[0] = home_make(home, OP_ROTATE);
    batch[0].rotate.generation = 3;
    batch[1] = home_make_book(home, batched, 1, "", "");
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[0].count == 3 && outcomes[1].code == TK_OK);
    CU_ASSERT_EQUAL(home_get_slot(home, batched).key_generation, 3);
    home_cancel(home, outcomes[1].ticket_id);
    CU_ASSERT_EQUAL(home_get_slot(home, batched).key_generation, 3);
    if (!home->maker->lasting)
        return;
    store_close(home->store);
    home->store = home->maker->open(home, home->path);
    CU_ASSERT_EQUAL(rotate(home, 3).code, TK_BAD_GENERATION);
    CU_ASSERT_EQUAL(rotate(home, 4).count, 4);
    CU_ASSERT_EQUAL(home_get_slot(home, late).key_generation, 2);
}

CONTRACT(test_count_admissions)
{
    int64_t id = home_schedule(home, "Heat", 0, 9), other = home_schedule(home, "Solaris", 0, 9);
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list all = {0};
    struct admission_count_list twice = {0};

    ASSERT_DOORS(id, "");
    ASSERT_DOORS(999999, "");
    home_book(home, id, 6, "", "");
    CU_ASSERT_EQUAL(admit(home, home_book(home, other, 1, "", "").ticket_id, "door-9").code, TK_OK);
    ASSERT_DOORS(id, "");
    query.slot_id = id;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &all, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(all.count, 6);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(admit(home, all.items[i].id, i % 2 ? "Door" : "Tür 1").code, TK_OK);
        home->now += TIME_MINUTE;
    }
    ASSERT_DOORS(id, "Door 2 2, Tür 1 3 1");
    /* the latest, whatever came in last */
    CU_ASSERT_EQUAL(admit_at(home, all.items[5].id, id, home->now - 4 * TIME_MINUTE), TK_OK);
    unadmit(home, all.items[4].id, "Tür 1");
    unadmit(home, all.items[1].id, "Door");
    ASSERT_DOORS(id, "Door 1 2, Tür 1 2 3, door-1 1 4");
    ASSERT_DOORS(other, "door-9 1 5");
    CU_ASSERT_EQUAL(home_get_slot(home, id).admitted, 4);
    /* what is in the list stays in it */
    CU_ASSERT(!home->store->ops->count_admissions(home->store, other, &twice, NULL) &&
              !home->store->ops->count_admissions(home->store, other, &twice, NULL));
    CU_ASSERT(twice.count == 2 && twice.items[0].count == 1 && twice.items[1].count == 1);
    admission_count_list_release(&twice);
    ticket_list_release(&all);
}

/* Who follows a slot learns of each that goes in, out and onto paper. */
CONTRACT(test_feed_of_doors)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    struct outcome sold = home_book(home, id, 2, "", "");
    struct ticket_query query = {.status = -1, .slot_id = id, .after_seq = 2};
    struct ticket_list list = {0};
    uint64_t version = 0, after = 0;

    home->store->ops->version(home->store, &version, NULL);
    admit(home, sold.ticket_id, "door-1");
    home->store->ops->version(home->store, &after, NULL);
    CU_ASSERT_NOT_EQUAL(version, after);
    for (uint64_t seq = 3; seq < 6; seq++) {
        list.count = 0;
        CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
        CU_ASSERT_EQUAL_FATAL(list.count, 1);
        CU_ASSERT(list.items[0].id == sold.ticket_id && list.items[0].seq == seq);
        CU_ASSERT_EQUAL(list.items[0].admitted_at, seq == 4 ? 0 : home->now);
        CU_ASSERT_STRING_EQUAL(list.items[0].admitted_by, seq == 4 ? "" : "door-1");
        query.after_seq = seq;
        if (seq == 3)
            unadmit(home, sold.ticket_id, "door-1");
        else
            admit(home, sold.ticket_id, "door-1");
    }
    print_copy(home, sold.ticket_id);
    list.count = 0;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT(list.count == 1 && list.items[0].prints == 1 && list.items[0].seq == 6);
    ticket_list_release(&list);
}

CONTRACT(test_door_journal)
{
    int64_t id = home_schedule(home, "Heat", 0, 5);
    uint64_t ticket = home_book(home, id, 1, "", "").ticket_id;
    struct operation scan = make_admit(home, ticket, "door-1");
    struct journal_query query = {.after_seq = 2};
    struct journal_list list = {0};
    char name[ID_TEXT_MAX], body[200];

    id_print(name, ID_TICKET, ticket);
    scan.admit.slot_id = id;
    home_apply(home, &scan);
    admit(home, ticket, "door-2");
    unadmit(home, ticket, "door-1");
    print_copy(home, ticket);
    rotate(home, 2);
    CU_ASSERT_EQUAL(home->store->ops->list_journal(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 5);
    CU_ASSERT(list.items[0].kind == OP_ADMIT && list.items[2].kind == OP_UNADMIT);
    CU_ASSERT(list.items[3].kind == OP_PRINT && list.items[4].kind == OP_ROTATE);
    snprintf(body, sizeof body, "{\"ticketId\":\"%s\",\"slotId\":100000}", name);
    CU_ASSERT_STRING_EQUAL(list.items[0].body, body);
    CU_ASSERT_STRING_EQUAL(list.items[0].device, "door-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(list.items[1].outcome, "\"already_admitted\""));
    snprintf(body, sizeof body, "{\"ticketId\":\"%s\"}", name);
    for (size_t i = 1; i < 4; i++)
        CU_ASSERT_STRING_EQUAL(list.items[i].body, body);
    CU_ASSERT_STRING_EQUAL(list.items[4].body, "{\"generation\":2}");
    journal_list_release(&list);
}

/* --- batches, once each --- */

CONTRACT(test_batch)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 3);
    struct operation batch[6];
    struct outcome outcomes[6];

    batch[0] = home_make_book(home, id, 2, "Anna", "5551234");
    batch[1] = home_make_book(home, id, 2, "", "");
    batch[2] = home_make_book(home, id, 1, "Anna", "5551234");
    batch[3] = home_make_book(home, id, 1, "", "");
    batch[4] = home_make_schedule(home, "Solaris", TIME_HOUR, 1);
    batch[5] = home_make_book(home, id + 1, 1, "", "");
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 6, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[0].available == 1);
    CU_ASSERT(outcomes[1].code == TK_NOT_ENOUGH_PLACES && outcomes[1].available == 1);
    CU_ASSERT(outcomes[2].code == TK_OK && outcomes[2].customer_id == outcomes[0].customer_id);
    CU_ASSERT_EQUAL(outcomes[3].code, TK_SOLD_OUT);
    CU_ASSERT(outcomes[4].slot_id == id + 1 && outcomes[5].code == TK_OK);
    CU_ASSERT_EQUAL(home_get_customer(home, outcomes[0].customer_id).tickets, 3);
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 0, outcomes, NULL), TK_OK);
    CU_ASSERT_EQUAL(store_apply(home->store, batch, OP_BATCH_MAX + 1, outcomes, NULL), TK_INTERNAL);
}

/* A slot that expires and is archived in one step leaves no ticket and no name behind. */
CONTRACT(test_batch_expire_archive)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 3);
    struct outcome sold = home_book(home, id, 2, "Anna", "5551234"), outcomes[2];
    struct operation batch[2];

    home->now += TIME_DAY;
    batch[0] = home_make(home, OP_EXPIRE);
    batch[0].expire.slot_id = batch[1].archive.slot_id = id;
    batch[0].expire.as_of = home->now;
    batch[1] = home_make(home, OP_ARCHIVE);
    batch[1].archive.slot_id = id;
    batch[1].archive.before = home->now;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].count == 2 && outcomes[1].count == 2);
    CU_ASSERT_EQUAL(home_get_ticket(home, sold.ticket_id).status, TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(home_get_customer(home, sold.customer_id).name[0], 0);
}

CONTRACT(test_batch_reissue_cancel)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 3);
    struct outcome sold = home_book(home, id, 2, "", ""), first, outcomes[2];
    struct operation batch[2];

    batch[0] = home_make(home, OP_REISSUE);
    batch[0].reissue.ticket_id = sold.ticket_id;
    batch[0].reissue.slot.id = id;
    batch[1] = home_make(home, OP_CANCEL);
    batch[1].cancel.ticket_id = sold.ticket_id;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
    first = outcomes[0];
    CU_ASSERT(first.code == TK_OK && outcomes[1].code == TK_TICKET_REPLACED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).sold, 2);
}

static bool same_answer(const struct outcome *a, const struct outcome *b)
{
    return a->code == b->code && a->slot_id == b->slot_id && a->ticket_id == b->ticket_id &&
           a->count == b->count && a->available == b->available &&
           a->old_ticket_id == b->old_ticket_id && a->customer_id == b->customer_id;
}

CONTRACT(test_once)
{
    int64_t id = home_schedule(home, "Heat", TIME_HOUR, 3);
    struct operation sale = home_make_book(home, id, 2, "Anna", "5551234"), other, batch[3];
    struct operation refused = home_make_book(home, id, 2, "", "");
    struct outcome first = home_apply(home, &sale), again = home_apply(home, &sale), outcomes[3];
    struct outcome no = home_apply(home, &refused);

    CU_ASSERT(!first.replayed && again.replayed && same_answer(&first, &again));
    CU_ASSERT_EQUAL(home_get_slot(home, id).sold, 2);
    CU_ASSERT_EQUAL(no.code, TK_NOT_ENOUGH_PLACES);
    home_cancel(home, first.ticket_id);
    again = home_apply(home, &refused); /* there is room now, but it was answered */
    CU_ASSERT(again.replayed && same_answer(&no, &again));
    other = sale;
    other.book.count = 1;
    again = home_apply(home, &other);
    CU_ASSERT_EQUAL(again.code, TK_ID_REUSED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).sold, 1);
    other = sale; /* who asks again, and when, does not matter */
    text_copy(other.actor, sizeof other.actor, "Tom");
    other.at++;
    again = home_apply(home, &other);
    CU_ASSERT(again.code == TK_OK && same_answer(&first, &again));
    batch[0] = batch[1] = batch[2] = home_make_book(home, id, 1, "", "");
    batch[2].book.count = 2;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 3, outcomes, NULL), TK_OK);
    CU_ASSERT(!outcomes[0].replayed && outcomes[1].replayed);
    CU_ASSERT(same_answer(&outcomes[0], &outcomes[1]));
    CU_ASSERT_EQUAL(outcomes[2].code, TK_ID_REUSED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).sold, 2);
    if (!home->maker->lasting)
        return;
    store_close(home->store);
    home->store = home->maker->open(home, home->path);
    again = home_apply(home, &sale);
    CU_ASSERT(again.replayed && same_answer(&first, &again));
    other = sale;
    other.book.customer_phone[0] = '6';
    CU_ASSERT_EQUAL(home_apply(home, &other).code, TK_ID_REUSED);
    CU_ASSERT_EQUAL(home_get_slot(home, id).sold, 2);
}

struct source {
    struct home *home;
    size_t given, count, bad_at, fail_at, told;
    struct op_id again; /* of the first, when not zero */
    bool dry_run;
};

static enum tk_code source_next(void *context, struct operation *operation, bool *end,
                                struct tk_error *error)
{
    struct source *source = context;

    if (source->given == source->count) {
        *end = true;
        return TK_OK;
    }
    source->given++;
    if (source->given == source->fail_at)
        return tk_fail(error, TK_BAD_DATA, "Line %zu is wrong.", source->given);
    *operation = home_make_schedule(source->home, "Heat", (int64_t)source->given * TIME_HOUR,
                               source->given == source->bad_at ? 0 : 5);
    if (source->given == 1 && !op_id_is_zero(&source->again))
        operation->id = source->again;
    return TK_OK;
}

static void source_told(void *context, size_t applied)
{
    ((struct source *)context)->told = applied;
}

static enum tk_code apply_all(struct source *source, size_t *applied, size_t *replayed)
{
    struct operation_source operations = {source_next, source_told, source, source->dry_run};
    struct store *store = source->home->store;

    return store->ops->apply_all(store, &operations, applied, replayed, &(struct tk_error){0});
}

/* Counts by end, and checks that a count by start of two hours before agrees: all showings of these
   tests are two hours long. */
static int64_t count_open(struct home *home, int genre, int64_t after)
{
    struct slot_query by_end = SLOT_QUERY_ALL, by_start = SLOT_QUERY_ALL;
    int64_t count = -1, again = -2;

    by_end.genre = by_start.genre = genre;
    by_end.ends_after = after;
    by_start.starts_after = after - 2 * TIME_HOUR;
    CU_ASSERT_EQUAL(home->store->ops->count_slots(home->store, &by_end, &count, NULL), TK_OK);
    CU_ASSERT_EQUAL(home->store->ops->count_slots(home->store, &by_start, &again, NULL), TK_OK);
    CU_ASSERT_EQUAL(count, again);
    return count;
}

CONTRACT(test_apply_all)
{
    struct source bad = {.home = home, .count = 600, .bad_at = 555};
    struct source failing = {.home = home, .count = 600, .fail_at = 400};
    struct source good = {.home = home, .count = 600}, again = {.home = home, .count = 2};
    struct source dry = {.home = home, .count = 600, .dry_run = true};
    struct operation first = home_make_schedule(home, "Heat", TIME_HOUR, 5);
    size_t applied, replayed;

    CU_ASSERT_EQUAL(apply_all(&bad, &applied, &replayed), TK_BAD_CAPACITY);
    CU_ASSERT_EQUAL(applied, 554);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 0);
    CU_ASSERT_EQUAL(apply_all(&failing, &applied, &replayed), TK_BAD_DATA);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 0);
    CU_ASSERT_EQUAL(apply_all(&dry, &applied, &replayed), TK_OK);
    CU_ASSERT(applied == 600 && replayed == 0);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 0);
    CU_ASSERT_EQUAL(apply_all(&good, &applied, &replayed), TK_OK);
    CU_ASSERT(applied == 600 && replayed == 0 && good.told == 600);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 600);
    home_apply(home, &first);
    again.again = first.id;
    CU_ASSERT_EQUAL(apply_all(&again, &applied, &replayed), TK_OK);
    CU_ASSERT(applied == 1 && replayed == 1);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 602);
}

/* --- slots --- */

/* The numbers of the slots of an answer, counted from the first slot there is. */
static const char *list_slots(struct home *home, const struct slot_query *query, char text[256])
{
    struct slot_list list = {0};
    int used = 0;

    text[0] = '\0';
    CU_ASSERT_EQUAL(home->store->ops->list_slots(home->store, query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count && used < 240; i++)
        used += snprintf(text + used, 256 - (size_t)used, "%s%d", i ? " " : "",
                         (int)(list.items[i].id - SLOT_ID_FIRST));
    slot_list_release(&list);
    return text;
}

#define ASSERT_SLOTS(wanted, ...)                                                     \
    do {                                                                              \
        char text[256];                                                               \
        struct slot_query query = {__VA_ARGS__};                                      \
        list_slots(home, &query, text);                                               \
        if (strcmp(text, wanted) != 0)                                                \
            printf("\n    line %d: “%s” in place of “%s”\n", __LINE__, text, wanted); \
        CU_ASSERT_STRING_EQUAL(text, wanted);                                         \
    } while (0)

/* Six slots: 0 Heat +1h, 1 Solaris +1h, 2 Amélie +2h (sold out), 3 Heat +1h, 4 Heat -2d (expired),
   5 Éclair −1h. */
static void make_programme(struct home *home)
{
    static const struct {
        const char *name;
        int64_t starts_in, capacity;
        enum genre genre;
        enum slot_type type;
    } slots[] = {{"Heat", TIME_HOUR, 5, GENRE_CRIME, SLOT_MOVIE},
                 {"Solaris", TIME_HOUR, 5, GENRE_SCIFI, SLOT_MOVIE},
                 {"Amélie", 2 * TIME_HOUR, 1, GENRE_CRIME, SLOT_CONCERT},
                 {"Heat", TIME_HOUR, 5, GENRE_CRIME, SLOT_MOVIE},
                 {"Heat", -2 * TIME_DAY, 5, GENRE_CRIME, SLOT_MOVIE},
                 {"Éclair", -TIME_HOUR, 5, GENRE_SCIFI, SLOT_DOCUMENTARY}};

    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        struct operation operation =
            home_make_schedule(home, slots[i].name, slots[i].starts_in, slots[i].capacity);

        operation.schedule.genre = slots[i].genre;
        operation.schedule.type = slots[i].type;
        home_apply(home, &operation);
    }
    home_book(home, SLOT_ID_FIRST + 2, 1, "", "");
    home_expire(home, SLOT_ID_FIRST + 4, home->now);
}

CONTRACT(test_list_slots)
{
    static const int64_t ids[] = {SLOT_ID_FIRST + 3, SLOT_ID_FIRST + 77, SLOT_ID_FIRST + 1};
    int64_t now = home->now;

    make_programme(home);
    ASSERT_SLOTS("4 5 0 1 3 2", .genre = -1, .type = -1);
    ASSERT_SLOTS("2 3 1 0 5 4", .genre = -1, .type = -1, .descending = true);
    ASSERT_SLOTS("0 1 2 3 4 5", .genre = -1, .type = -1, .by_id = true);
    ASSERT_SLOTS("3 4", .genre = -1, .type = -1, .by_id = true, .after_given = true,
                 .after_id = SLOT_ID_FIRST + 2, .limit = 2);
    ASSERT_SLOTS("3 1", .genre = -1, .type = -1, .ids = ids, .id_count = 3);
    ASSERT_SLOTS("4 0 3", .genre = -1, .type = -1, .name = "Heat");
    ASSERT_SLOTS("3 0 4", .genre = -1, .type = -1, .name = "Heat", .descending = true);
    ASSERT_SLOTS("0 3", .genre = -1, .type = -1, .name = "Heat", .unexpired = true);
    ASSERT_SLOTS("0 3", .genre = -1, .type = -1, .name = "Heat", .starts_at_given = true,
                 .starts_at = now + TIME_HOUR);
    ASSERT_SLOTS("", .genre = -1, .type = -1, .name = "heat");
    ASSERT_SLOTS("", .genre = GENRE_SCIFI, .type = -1, .name = "Heat");
    ASSERT_SLOTS("4 0 3 2", .genre = GENRE_CRIME, .type = -1);
    ASSERT_SLOTS("0 3 2", .genre = GENRE_CRIME, .type = -1, .unexpired = true);
    ASSERT_SLOTS("2 3 0", .genre = GENRE_CRIME, .type = -1, .unexpired = true, .descending = true);
    ASSERT_SLOTS("2", .genre = -1, .type = SLOT_CONCERT);
    ASSERT_SLOTS("5 0 1 3 2", .genre = -1, .type = -1, .unexpired = true);
    ASSERT_SLOTS("5 0 1 3", .genre = -1, .type = -1, .unexpired = true, .with_room = true);
    ASSERT_SLOTS("0 1 3", .genre = -1, .type = -1, .starts_at_given = true,
                 .starts_at = now + TIME_HOUR);
    ASSERT_SLOTS("0 1 3", .genre = -1, .type = -1, .from = now + TIME_HOUR,
                 .to = now + 2 * TIME_HOUR);
    ASSERT_SLOTS("3 1 0", .genre = -1, .type = -1, .from = now + TIME_HOUR,
                 .to = now + 2 * TIME_HOUR, .descending = true);
    ASSERT_SLOTS("2", .genre = -1, .type = -1, .starts_after = now + TIME_HOUR);
    ASSERT_SLOTS("2", .genre = -1, .type = -1, .starts_after = now + TIME_HOUR, .descending = true);
    ASSERT_SLOTS("0 1 3 2", .genre = -1, .type = -1, .ends_after = now + TIME_HOUR);
    ASSERT_SLOTS("4 5", .genre = -1, .type = -1, .limit = 2);
}

CONTRACT(test_contains)
{
    make_programme(home);
    ASSERT_SLOTS("2", .genre = -1, .type = -1, .contains = "MELI");
    ASSERT_SLOTS("5", .genre = -1, .type = -1, .contains = "éCL");
    ASSERT_SLOTS("5 1 2", .genre = -1, .type = -1, .contains = "l");
    ASSERT_SLOTS("5 1", .genre = GENRE_SCIFI, .type = -1, .contains = "l", .unexpired = true);
    ASSERT_SLOTS("", .genre = -1, .type = -1, .contains = "%");
    ASSERT_SLOTS("4 5 0 1 3 2", .genre = -1, .type = -1, .contains = "");
}

/* Pages through all slots in steps of `limit`; true when they come as the whole list has them. */
static bool pages_fit(struct home *home, struct slot_query query, size_t limit)
{
    struct slot_list whole = {0}, paged = {0};
    size_t before;
    bool same;

    home->store->ops->list_slots(home->store, &query, &whole, NULL);
    query.limit = limit;
    do {
        before = paged.count;
        home->store->ops->list_slots(home->store, &query, &paged, NULL);
        if (paged.count) {
            query.after_given = true;
            query.after_starts_at = paged.items[paged.count - 1].starts_at;
            query.after_id = paged.items[paged.count - 1].id;
        }
    } while (paged.count - before == limit && paged.count <= whole.count);
    same = whole.count == paged.count && whole.count > 0;
    for (size_t i = 0; same && i < whole.count; i++)
        same = whole.items[i].id == paged.items[i].id;
    slot_list_release(&whole);
    slot_list_release(&paged);
    return same;
}

CONTRACT(test_pages)
{
    struct slot_query all = SLOT_QUERY_ALL, open = all, genre = all, name = all, range = all;

    for (int i = 0; i < 30; i++)
        home_schedule(home, i % 3 ? "Heat" : "Solaris", i % 4 * TIME_HOUR, 5);
    open.unexpired = genre.unexpired = true;
    genre.genre = GENRE_DRAMA;
    name.name = "Heat";
    range.from = home->now + TIME_HOUR;
    range.to = home->now + 3 * TIME_HOUR;
    for (size_t limit = 1; limit < 12; limit += 3)
        for (int down = 0; down < 2; down++) {
            all.descending = open.descending = genre.descending = down;
            name.descending = range.descending = down;
            CU_ASSERT_TRUE(pages_fit(home, all, limit));
            CU_ASSERT_TRUE(pages_fit(home, open, limit));
            CU_ASSERT_TRUE(pages_fit(home, genre, limit));
            CU_ASSERT_TRUE(pages_fit(home, name, limit));
            CU_ASSERT_TRUE(pages_fit(home, range, limit));
        }
}

static struct outcome book_named(struct home *home, const char *name, int64_t starts_at,
                                 int64_t count)
{
    struct operation operation = home_make_book(home, 0, count, "", "");

    text_copy(operation.book.slot.name, SLOT_NAME_SIZE, name);
    operation.book.slot.starts_at = starts_at;
    return home_apply(home, &operation);
}

CONTRACT(test_name_and_start)
{
    int64_t at = home->now + TIME_HOUR, first = home_schedule(home, "Heat", TIME_HOUR, 2);
    int64_t second = home_schedule(home, "Heat", TIME_HOUR, 3), other = home_schedule(home, "Heat", 0, 9);
    struct operation operation;
    struct outcome outcome;

    CU_ASSERT_EQUAL(book_named(home, "Heat", at, 1).slot_id, first);
    CU_ASSERT_EQUAL(book_named(home, "Heat", at, 2).slot_id, second);
    CU_ASSERT_EQUAL(book_named(home, "Heat", at, 1).slot_id, first);
    outcome = book_named(home, "Heat", at, 2); /* full, one left: the one that is nearest */
    CU_ASSERT(outcome.code == TK_NOT_ENOUGH_PLACES && outcome.slot_id == second);
    CU_ASSERT_EQUAL(book_named(home, "Heat", at, 1).slot_id, second);
    outcome = book_named(home, "Heat", at, 1); /* all full: the first */
    CU_ASSERT(outcome.code == TK_SOLD_OUT && outcome.slot_id == first);
    CU_ASSERT_EQUAL(book_named(home, "Heat", at, 4).code, TK_BAD_COUNT);
    CU_ASSERT_EQUAL(book_named(home, "Heat", at + 1, 1).code, TK_SLOT_NOT_FOUND);
    CU_ASSERT_EQUAL(book_named(home, "heat", at, 1).code, TK_SLOT_NOT_FOUND);
    operation = home_make(home, OP_REISSUE);
    operation.reissue.ticket_id = home_book(home, other, 1, "", "").ticket_id;
    text_copy(operation.reissue.slot.name, SLOT_NAME_SIZE, "Heat");
    operation.reissue.slot.starts_at = at;
    CU_ASSERT_EQUAL(home_apply(home, &operation).code, TK_SOLD_OUT);
}

/* In a batch each name and start is looked for, whatever came before it. */
CONTRACT(test_named_in_batch)
{
    static const struct {
        const char *name;
        int64_t starts_in;
        int slot;
    } sales[] = {{"Heat", TIME_HOUR, 0},     {"Heat", TIME_HOUR, 0}, {"Solaris", TIME_HOUR, 1},
                 {"Solaris", 2 * TIME_HOUR, 2}, {"Heat", TIME_HOUR, 0}, {"Heat", 2 * TIME_HOUR, -1}};
    struct operation batch[6];
    struct outcome outcomes[6];
    int64_t first = home_schedule(home, "Heat", TIME_HOUR, 5);

    home_schedule(home, "Solaris", TIME_HOUR, 5);
    home_schedule(home, "Solaris", 2 * TIME_HOUR, 5);
    for (size_t i = 0; i < 6; i++) {
        batch[i] = home_make_book(home, 0, 1, "", "");
        text_copy(batch[i].book.slot.name, SLOT_NAME_SIZE, sales[i].name);
        batch[i].book.slot.starts_at = home->now + sales[i].starts_in;
    }
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 6, outcomes, NULL), TK_OK);
    for (size_t i = 0; i < 6; i++) {
        bool there = sales[i].slot >= 0;

        CU_ASSERT_EQUAL(outcomes[i].code, there ? TK_OK : TK_SLOT_NOT_FOUND);
        CU_ASSERT_EQUAL(outcomes[i].slot_id, there ? first + sales[i].slot : 0);
    }
}

/* --- tickets --- */

/* Fills the list anew; returns how many there are. */
static size_t list_tickets(struct home *home, const struct ticket_query *query,
                           struct ticket_list *list)
{
    list->count = 0;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, query, list, NULL), TK_OK);
    return list->count;
}

CONTRACT(test_list_tickets)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 9), next = home_schedule(home, "Solaris", 0, 9);
    struct outcome a = home_book(home, slot, 3, "Anna", "5551234"), b = home_book(home, next, 2, "", "");
    struct outcome c = home_book(home, slot, 1, "Anna", "5551234");
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list all = {0}, list = {0};
    uint64_t ids[] = {c.ticket_id, 77, a.ticket_id};

    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &all), 6); /* as issued */
    CU_ASSERT(all.items[0].id == a.ticket_id && all.items[3].id == b.ticket_id);
    CU_ASSERT_EQUAL(all.items[5].id, c.ticket_id);
    home_cancel(home, all.items[1].id);
    query.newest_first = true;
    query.limit = 2;
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 2);
    CU_ASSERT(list.items[0].id == c.ticket_id && list.items[1].id == all.items[4].id);
    query.after_id = list.items[1].id;
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 2);
    CU_ASSERT(list.items[0].id == all.items[3].id && list.items[1].id == all.items[2].id);
    query = (struct ticket_query){.status = -1, .after_id = all.items[3].id};
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 2);
    CU_ASSERT_EQUAL(list.items[0].id, all.items[4].id);
    query = (struct ticket_query){.status = -1, .ids = ids, .id_count = 3};
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 2);
    CU_ASSERT(list.items[0].id == c.ticket_id && list.items[1].id == a.ticket_id);
    query = (struct ticket_query){.status = -1, .customer_id = a.customer_id};
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 4);
    CU_ASSERT_EQUAL(list.items[3].id, c.ticket_id);
    query.newest_first = true;
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 4);
    CU_ASSERT_EQUAL(list.items[3].id, a.ticket_id);
    query.status = TICKET_CANCELED;
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 1);
    CU_ASSERT_EQUAL(list.items[0].id, all.items[1].id);
    query = (struct ticket_query){.status = -1, .sale_id = a.ticket_id};
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 3);
    CU_ASSERT_EQUAL(list.items[2].sale_position, 3);
    query.after_id = a.ticket_id;
    CU_ASSERT_EQUAL(list_tickets(home, &query, &list), 2);
    query.sale_id = all.items[1].id;
    CU_ASSERT_EQUAL(list_tickets(home, &query, &list), 0);
    query = (struct ticket_query){.status = TICKET_BOOKED, .slot_id = slot};
    CU_ASSERT_EQUAL(list_tickets(home, &query, &list), 3);
    query = (struct ticket_query){.status = -1, .slot_id = slot, .newest_first = true};
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &list), 4);
    CU_ASSERT_EQUAL(list.items[0].id, c.ticket_id);
    ticket_list_release(&all);
    ticket_list_release(&list);
}

/* What a reader of the feed sees: every change of the slot, in order, with none left out. */
CONTRACT(test_feed)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 9);
    struct ticket_query query = {.status = -1, .slot_id = slot, .limit = 1};
    struct ticket_list list = {0}, page = {0};
    uint64_t seqs[] = {4, 5, 6, 7};
    struct outcome sold;

    sold = home_book(home, slot, 2, "", "");
    home_book(home, slot, 1, "", "");
    list_tickets(home, &(struct ticket_query){.status = -1, .slot_id = slot}, &list);
    CU_ASSERT_FATAL(list.count == 3);
    CU_ASSERT(list.items[0].seq == 2 && list.items[1].seq == 2 && list.items[2].seq == 3);
    home_book(home, slot, 99, "", ""); /* a refusal is no change */
    home_cancel(home, list.items[1].id);
    home_reissue(home, sold.ticket_id, slot);
    home_book(home, slot, 1, "", "");
    CU_ASSERT_EQUAL(home_get_slot(home, slot).seq, 7);
    query.after_seq = 3;
    for (size_t i = 0; i < sizeof seqs / sizeof seqs[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &page), 1);
        CU_ASSERT_EQUAL(page.items[0].seq, seqs[i]);
        query.after_seq = page.items[0].seq;
        query.after_id = page.items[0].id;
    }
    CU_ASSERT_EQUAL(list_tickets(home, &query, &page), 0);
    query = (struct ticket_query){.status = -1, .slot_id = slot, .limit = 2};
    CU_ASSERT_EQUAL(list_tickets(home, &query, &page), 2);
    home->now += TIME_DAY;
    home_expire(home, slot, home->now);
    query.after_seq = 7;
    query.limit = 0;
    CU_ASSERT_EQUAL_FATAL(list_tickets(home, &query, &page), 3);
    CU_ASSERT(page.items[0].seq == 8 && page.items[2].seq == 8);
    CU_ASSERT_EQUAL(home_get_slot(home, slot).seq, 8);
    ticket_list_release(&list);
    ticket_list_release(&page);
}

/* --- customers --- */

static size_t list_customers(struct home *home, struct customer_query query, const char *first)
{
    struct customer_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(home->store->ops->list_customers(home->store, &query, &list, NULL), TK_OK);
    count = list.count;
    if (count && strcmp(list.items[0].name, first) != 0) {
        printf("\n    %s in place of %s\n", list.items[0].name, first);
        CU_FAIL("another customer");
    }
    customer_list_release(&list);
    return count;
}

CONTRACT(test_customers)
{
    static const char *const people[][2] = {{"Anna Berg", "5551234"},
                                            {"Bert Anders", "5559234"},
                                            {"Émile Zola", "+33123456789"},
                                            {"Anna Lind", "444"}};
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 99), other;
    uint64_t ids[4], ticket;

    for (size_t i = 0; i < 4; i++)
        ids[i] = home_book(home, slot, 1, people[i][0], people[i][1]).customer_id;
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){0}, "Anna Berg"), 4);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.limit = 3}, "Anna Berg"), 3);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.after_id = ids[1]}, "Émile Zola"),
                    2);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.ids = &ids[3], .id_count = 1}, "Anna Lind"),
        1);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.phone_end = "234"}, "Anna Berg"),
                    2);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.phone_end = "9234"}, "Bert Anders"), 1);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.phone_end = "33123456789"}, "Émile Zola"), 1);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.phone_end = "555"}, ""), 0);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.name = "an"}, "Anna Berg"), 3);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.name = "EMILE"}, "Émile Zola"),
                    1);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.name = "lind anna"}, "Anna Lind"),
                    1);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.name = "an", .limit = 1}, "Anna Berg"), 1);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.name = "anna li", .limit = 1}, "Anna Lind"),
        1);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.name = "ola"}, ""), 0);
    other = home_schedule(home, "Solaris", TIME_HOUR, 99);
    home_book(home, other, 2, people[0][0], people[0][1]);
    ticket = home_book(home, other, 1, people[2][0], people[2][1]).ticket_id;
    home_book(home, other, 3, "", "");
    home_cancel(home, ticket); /* he had one */
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.slot_id = other}, "Anna Berg"),
                    2);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.slot_id = slot}, "Anna Berg"), 4);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.slot_id = 1}, ""), 0);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.slot_id = other, .name = "an"}, "Anna Berg"),
        1);
    CU_ASSERT_EQUAL(
        list_customers(home, (struct customer_query){.slot_id = other, .phone_end = "234"},
                       "Anna Berg"),
        1);
    CU_ASSERT_EQUAL(list_customers(home,
                                   (struct customer_query){
                                       .slot_id = slot, .newest_first = true, .limit = 1},
                                   "Anna Lind"),
                    1);
    CU_ASSERT_EQUAL(
        list_customers(home,
                       (struct customer_query){
                           .slot_id = other, .newest_first = true, .after_id = ids[2]},
                       "Anna Berg"),
        1);
    home->now += TIME_DAY;
    home_expire(home, slot, home->now);
    home_expire(home, other, home->now);
    home_archive(home, slot, home->now);
    home_archive(home, other, home->now);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.name = "an"}, ""), 0);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){.phone_end = "234"}, ""), 0);
    CU_ASSERT_EQUAL(list_customers(home, (struct customer_query){0}, ""), 4);
}

/* --- journal --- */

#define TILLS 40

/* Whether the entries of each device (till-1 …) follow one another by number and hash. */
static bool chains_hold(const struct journal_list *list)
{
    uint8_t last[TILLS + 1][CRYPTO_HASH_SIZE] = {{0}}, hash[CRYPTO_HASH_SIZE];
    int64_t seqs[TILLS + 1] = {0};

    for (size_t i = 0; i < list->count; i++) {
        const struct journal_entry *entry = &list->items[i];
        long device = strtol(entry->device + 5, NULL, 10);

        CU_ASSERT_FATAL(device >= 1 && device <= TILLS);
        if (entry->seq != (int64_t)i + 1 || entry->device_seq != ++seqs[device] ||
            journal_hash(entry, last[device], hash) || memcmp(hash, entry->hash, sizeof hash) != 0)
            return false;
        memcpy(last[device], hash, sizeof hash);
    }
    return true;
}

/* What a repeated request is known by is told, and is another one for each. */
static bool digests_differ(const struct journal_list *list)
{
    static const uint8_t nothing[CRYPTO_HASH_SIZE];

    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k <= i; k++)
            if (memcmp(list->items[i].digest, k == i ? nothing : list->items[k].digest,
                       CRYPTO_HASH_SIZE) == 0)
                return false;
    return true;
}

CONTRACT(test_journal)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 2);
    struct operation sale = home_make_book(home, slot, 2, "Anna Berg", "5551234"), batch[3];
    struct outcome outcomes[3], outcome;
    struct journal_query query = {0};
    struct journal_list list = {0}, page = {0};

    sale.at = home->now - 5;
    home_apply(home, &sale);
    home_apply(home, &sale);
    batch[0] = home_make_book(home, slot, 1, "", ""); /* refused, and on record */
    batch[1] = home_make_book(home, slot, 0, "", "");
    text_copy(batch[1].device, DEVICE_SIZE, "till-2");
    batch[2] = batch[0];
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 3, outcomes, NULL), TK_OK);
    CU_ASSERT_EQUAL(home->store->ops->list_journal(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 4);
    CU_ASSERT_TRUE(chains_hold(&list));
    CU_ASSERT_TRUE(digests_differ(&list));
    CU_ASSERT(list.items[1].kind == OP_BOOK && op_id_equal(&list.items[1].id, &sale.id));
    CU_ASSERT_STRING_EQUAL(list.items[1].actor, "Priya");
    CU_ASSERT(list.items[1].at == sale.at && list.items[1].recorded_at == home->now);
    CU_ASSERT_STRING_EQUAL(list.items[1].body, "{\"slotId\":100000,\"numTickets\":2}");
    CU_ASSERT_EQUAL(outcome_parse(list.items[2].outcome, strlen(list.items[2].outcome), &outcome),
                    TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_SOLD_OUT);
    CU_ASSERT_STRING_EQUAL(list.items[3].outcome, "{\"code\":\"bad_count\"}");
    CU_ASSERT_STRING_EQUAL(list.items[3].device, "till-2");
    query = (struct journal_query){.after_seq = 1, .limit = 2};
    CU_ASSERT_EQUAL(home->store->ops->list_journal(home->store, &query, &page, NULL), TK_OK);
    CU_ASSERT(page.count == 2 && page.items[0].seq == 2);
    list.items[1].body[2] ^= 1;
    CU_ASSERT_FALSE(chains_hold(&list));
    journal_list_release(&list);
    journal_list_release(&page);
}

/* More tills than an engine may keep at hand, in any order. */
CONTRACT(test_many_tills)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 1000);
    struct journal_query query = {0};
    struct journal_list list = {0};

    for (int round = 0; round < 3; round++) {
        struct operation batch[100];
        struct outcome outcomes[100];

        for (size_t i = 0; i < 100; i++) {
            batch[i] = home_make_book(home, slot, 1, "", "");
            snprintf(batch[i].device, DEVICE_SIZE, "till-%d",
                     1 + (int)test_random_below(&home->random, TILLS));
        }
        CU_ASSERT_EQUAL(store_apply(home->store, batch, 100, outcomes, NULL), TK_OK);
    }
    CU_ASSERT_EQUAL(home->store->ops->list_journal(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 301);
    CU_ASSERT_TRUE(chains_hold(&list));
    journal_list_release(&list);
}

/* --- upkeep, counts, version and the rest --- */

static bool is_due(struct home *home, struct due_query query, size_t count, int64_t id)
{
    struct id_list list = {0};
    bool found = false;

    CU_ASSERT_EQUAL(home->store->ops->list_due(home->store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        found = found || list.items[i] == id;
    found = found && list.count == count;
    id_list_release(&list);
    return found || (count == 0 && !list.count);
}

CONTRACT(test_due)
{
    int64_t first = home_schedule(home, "Heat", 0, 2), second = home_schedule(home, "Solaris", TIME_HOUR, 2);
    int64_t ends = home->now + 2 * TIME_HOUR;
    struct outcome sold = home_book(home, second, 2, "", "");

    CU_ASSERT_TRUE(is_due(home, (struct due_query){.ended_before = ends}, 1, first));
    CU_ASSERT_FALSE(is_due(home, (struct due_query){.ended_before = ends - 1}, 1, first));
    CU_ASSERT_TRUE(is_due(home, (struct due_query){.ended_before = ends + TIME_DAY}, 2, second));
    CU_ASSERT_TRUE(
        is_due(home, (struct due_query){.ended_before = ends + TIME_DAY, .limit = 1}, 1, first));
    CU_ASSERT_FALSE(is_due(home, (struct due_query){.settled_before = home->now}, 1, second));
    home_cancel(home, sold.ticket_id);
    CU_ASSERT_TRUE(is_due(home, (struct due_query){.settled_before = home->now}, 1, second));
    CU_ASSERT_FALSE(is_due(home, (struct due_query){.settled_before = home->now - 1}, 1, second));
    home_archive(home, second, home->now);
    CU_ASSERT_FALSE(is_due(home, (struct due_query){.settled_before = home->now}, 1, second));
    home->now += TIME_DAY;
    home_expire(home, first, home->now);
    CU_ASSERT_TRUE(is_due(home, (struct due_query){.ended_before = home->now}, 1, second));
    CU_ASSERT_TRUE(is_due(home, (struct due_query){.settled_before = home->now}, 1, first));
    home_archive(home, first, home->now);
    CU_ASSERT_FALSE(is_due(home, (struct due_query){.settled_before = home->now}, 1, first));
}

CONTRACT(test_count)
{
    make_programme(home);
    CU_ASSERT_EQUAL(count_open(home, -1, 0), 5);
    CU_ASSERT_EQUAL(count_open(home, GENRE_CRIME, 0), 3);
    CU_ASSERT_EQUAL(count_open(home, GENRE_SCIFI, home->now + TIME_HOUR), 1);
    CU_ASSERT_EQUAL(count_open(home, GENRE_SAGA, 0), 0);
}

static uint64_t version_of(struct store *store)
{
    uint64_t version = 0;

    CU_ASSERT_EQUAL(store->ops->version(store, &version, NULL), TK_OK);
    return version;
}

CONTRACT(test_version)
{
    uint64_t before = version_of(home->store), after;
    struct store *other;

    CU_ASSERT_EQUAL(version_of(home->store), before);
    home_schedule(home, "Heat", TIME_HOUR, 3);
    after = version_of(home->store);
    CU_ASSERT_NOT_EQUAL(after, before);
    enrol(home, "till-1", ROLE_CLERK, 1);
    before = version_of(home->store);
    CU_ASSERT_NOT_EQUAL(before, after);
    revoke(home, "till-1");
    CU_ASSERT_NOT_EQUAL(version_of(home->store), before);
    if (!home->maker->lasting)
        return;
    other = home->maker->open(home, home->path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    before = version_of(home->store);
    CU_ASSERT_EQUAL(version_of(home->store), before);
    {
        struct operation operation = home_make_book(home, SLOT_ID_FIRST, 1, "", "");
        struct outcome outcome;

        CU_ASSERT_EQUAL(store_apply(other, &operation, 1, &outcome, NULL), TK_OK);
    }
    CU_ASSERT_NOT_EQUAL(version_of(home->store), before);
    CU_ASSERT_EQUAL(version_of(home->store), version_of(other));
    CU_ASSERT_EQUAL(home_get_slot(home, SLOT_ID_FIRST).sold, 1);
    store_close(other);
}

static bool never_give_up(void *context, int64_t waited_ms)
{
    (void)waited_ms;
    (void)context;
    return false;
}

CONTRACT(test_upkeep_of_a_store)
{
    struct store_watch watch = {never_give_up, NULL};
    struct verify_report report = {0};
    struct store_facts facts = {0};
    struct tk_error error = {0};
    char copy[200];

    home->store->ops->set_watch(home->store, &watch);
    make_programme(home);
    CU_ASSERT_EQUAL(home->store->ops->verify(home->store, &report, &error), TK_OK);
    CU_ASSERT(report.found == 0 && report.slots == 6 && report.tickets == 1);
    CU_ASSERT(report.entries == 8 && report.customers == 0);
    verify_report_release(&report);
    CU_ASSERT_EQUAL(home->store->ops->facts(home->store, &facts, &error), TK_OK);
    CU_ASSERT(strlen(facts.engine) > 0 && strlen(facts.location) > 0 && facts.era == 1);
    snprintf(copy, sizeof copy, "%s.copy", home->path);
    if (!home->maker->lasting || home->maker->no_backup) {
        CU_ASSERT_NOT_EQUAL(home->store->ops->backup(home->store, copy, NULL, NULL, NULL), TK_OK);
        return;
    }
    CU_ASSERT_EQUAL(home->store->ops->backup(home->store, copy, NULL, NULL, &error), TK_OK);
    CU_ASSERT_EQUAL(home->store->ops->backup(home->store, copy, NULL, NULL, &error),
                    TK_CANNOT_CREATE);
    store_close(home->store);
    home->store = home->maker->open(home, copy);
    CU_ASSERT_PTR_NOT_NULL_FATAL(home->store);
    ASSERT_SLOTS("4 5 0 1 3 2", .genre = -1, .type = -1);
}

SUITE(contract, {"a showing is scheduled as asked", test_schedule},
      {"a sale takes places and knows its customer", test_book},
      {"a cancellation gives one place back, once", test_cancel},
      {"a reissue links both tickets and keeps the count", test_reissue},
      {"a showing expires 8 hours after its end", test_expire},
      {"archiving forgets customers without other tickets", test_archive},
      {"a device is let in by its token, one of a name and one of a token", test_enrol},
      {"a device has the role that it was given", test_roles},
      {"a device that was revoked is let in no more", test_revoke},
      {"the name of a revoked device may be enrolled anew", test_enrol_anew},
      {"a device that is not right is refused", test_refuse_device},
      {"devices change in the order of their batch", test_batch_devices},
      {"a device is enrolled once, by the operation's id", test_device_once},
      {"the journal tells of devices and not of their tokens", test_device_journal},
      {"devices are listed by name", test_list_devices},
      {"the last use of a device is recorded", test_touch_device},
      {"a sale that is refused changes nothing", test_refuse_book},
      {"a showing that is not right is refused", test_refuse_schedule},
      {"a reissue that is refused changes nothing", test_refuse_reissue},
      {"a scan lets one in, once", test_admit},
      {"of two scans in a batch the first lets in", test_batch_admit},
      {"who is not let in is told the first reason", test_refuse_admission},
      {"a door tells when it let in, and no clock is ahead", test_admitted_at},
      {"of an evening it may tell when the books are closed", test_told_late},
      {"and of nothing that came after that", test_told_after_expiry},
      {"the same door takes it back, for 15 minutes", test_unadmit},
      {"nobody is taken out of a showing that expired", test_unadmit_expired},
      {"a ticket that was used is not taken back", test_admitted_is_kept},
      {"who was in stays so when the showing expires", test_expire_admitted},
      {"tickets have the seq of their expiry, whatever comes after it", test_seq_of_expiry},
      {"copies on paper are counted", test_print},
      {"a slot has the key of its first ticket for good", test_rotate},
      {"the doors of a slot are counted", test_count_admissions},
      {"who follows a slot learns of its doors", test_feed_of_doors},
      {"the journal tells of doors, copies and keys", test_door_journal},
      {"operations of a batch see those before them", test_batch},
      {"expiring and archiving in one batch leaves nothing behind", test_batch_expire_archive},
      {"reissuing and canceling in one batch is seen in order", test_batch_reissue_cancel},
      {"an operation is done once, by its id", test_once},
      {"a source is applied as a whole or not at all", test_apply_all},
      {"slots are listed by each field of the query", test_list_slots},
      {"slots are found by a part of their name", test_contains},
      {"pages of slots join without gap or repeat", test_pages},
      {"of several slots of one name and start the first with room is sold", test_name_and_start},
      {"slots are found by name and start within a batch", test_named_in_batch},
      {"tickets are listed by each field of the query", test_list_tickets},
      {"the feed of a slot has no gaps", test_feed},
      {"customers are found by the end of the phone and words of the name", test_customers},
      {"every operation is in the journal once, refused ones too", test_journal},
      {"each of many tills has its own chain in the journal", test_many_tills},
      {"what upkeep has to do is listed", test_due}, {"open slots are counted", test_count},
      {"the version changes with every change by anyone", test_version},
      {"a store verifies, tells of itself and is copied", test_upkeep_of_a_store})
