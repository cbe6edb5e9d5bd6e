/*
 * plan and the SQLite store against the model, on random operations: the same outcome for each, and
 * the same slots, tickets, customers and devices after each batch. Pools are small, so that sold-out houses,
 * second cancellations, resent and changed operations, slots of one name and start, and customers
 * who are forgotten and come back all happen often.
 */
#include <sqlite3.h>

#include "core/list.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/model/model_store.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define WORLD_OPERATIONS 400
#define PLAN_OPERATIONS 200000
#define SQLITE_OPERATIONS 5000
#define RECENT 48
#define BATCH_MAX 32

/* --- what is asked --- */

struct generator {
    uint64_t random;
    int64_t now;
    struct plan_rules rules;
    const struct store *model;
    struct operation recent[RECENT]; /* the last ones, to send again */
    size_t made;
};

static int64_t below(struct generator *g, int64_t bound)
{
    return (int64_t)test_random_below(&g->random, (uint64_t)bound);
}

static int64_t generator_now(void *generator)
{
    return ((struct generator *)generator)->now;
}

static const char *pick_name(struct generator *g)
{
    static const char *const names[] = {"Solaris", "Amélie", "Heat"};

    return names[below(g, 3)];
}

/* Starts stand on a grid of two hours around now, so that slots meet. */
static int64_t pick_start(struct generator *g)
{
    return g->now - g->now % (4 * TIME_HOUR) + (below(g, 5) - 1) * 2 * TIME_HOUR;
}

static int64_t pick_slot(struct generator *g)
{
    const struct slot_list *slots = model_slots(g->model);
    int64_t recent = slots->count < 12 ? (int64_t)slots->count : 12;

    if (!recent || below(g, 40) == 0)
        return SLOT_ID_FIRST + (int64_t)slots->count + below(g, 2);
    return slots->items[(int64_t)slots->count - 1 - below(g, recent)].id;
}

/* Mostly one of the last tickets; sometimes one to come, none at all, or any. */
static uint64_t pick_ticket(struct generator *g)
{
    int64_t count = (int64_t)model_tickets(g->model)->count;

    switch (below(g, 20)) {
    case 0:
        return (uint64_t)(count + 1 + below(g, 3));
    case 1:
        return (uint64_t)below(g, count + 1);
    default:
        return (uint64_t)(count < 30 ? below(g, count + 1) : count - below(g, 30));
    }
}

/* Mostly one of the last tickets that somebody went in with, if there is one. */
static uint64_t pick_admitted(struct generator *g)
{
    const struct ticket_list *tickets = model_tickets(g->model);
    size_t looked = tickets->count < 60 ? tickets->count : 60;
    size_t start = looked ? (size_t)below(g, (int64_t)looked) : 0;

    for (size_t i = 0; i < looked && below(g, 8); i++) {
        const struct ticket *ticket =
            &tickets->items[tickets->count - 1 - (start + i) % looked];

        if (ticket->admitted_at)
            return ticket->id;
    }
    return pick_ticket(g);
}

static const struct ticket *known_ticket(const struct generator *g, uint64_t id)
{
    const struct ticket_list *tickets = model_tickets(g->model);

    return id && id <= tickets->count ? &tickets->items[id - 1] : NULL;
}

static const struct slot *known_slot(const struct generator *g, int64_t id)
{
    const struct slot_list *slots = model_slots(g->model);

    return id >= SLOT_ID_FIRST && id < SLOT_ID_FIRST + (int64_t)slots->count
               ? &slots->items[id - SLOT_ID_FIRST]
               : NULL;
}

static void make_ref(struct generator *g, struct slot_ref *ref)
{
    const struct slot_list *slots = model_slots(g->model);

    if (below(g, 2)) {
        ref->id = pick_slot(g);
        return;
    }
    text_copy(ref->name, sizeof ref->name, pick_name(g));
    ref->starts_at = slots->count && below(g, 4)
                         ? slots
                               ->items[(int64_t)slots->count - 1 -
                                       below(g, slots->count < 8 ? (int64_t)slots->count : 8)]
                               .starts_at
                         : pick_start(g);
}

static void make_schedule(struct generator *g, struct op_schedule *schedule)
{
    text_copy(schedule->name, sizeof schedule->name, below(g, 30) ? pick_name(g) : "");
    text_copy(schedule->screen, sizeof schedule->screen, below(g, 2) ? "Screen 2" : "");
    schedule->starts_at = below(g, 40) ? pick_start(g) : -1;
    schedule->ends_at = schedule->starts_at + (below(g, 4) - (below(g, 12) == 0)) * TIME_HOUR;
    if (below(g, 40) == 0)
        schedule->ends_at = schedule->starts_at + 7 * TIME_DAY + below(g, 2);
    schedule->type = (enum slot_type)below(g, SLOT_TYPE_COUNT);
    schedule->genre = (enum genre)below(g, GENRE_COUNT);
    schedule->capacity = below(g, 8) ? 1 + below(g, 7) : below(g, 27) - 1;
}

static void make_book(struct generator *g, struct op_book *book)
{
    static const char *const names[] = {"Anna Berg", "Zoë", "李小龍", "Anna"};
    static const char *const phones[] = {"5551234", "+4915112345678", "5550000"};

    make_ref(g, &book->slot);
    book->count = below(g, 3) ? 1 + below(g, 3) : below(g, 31) - 5;
    if (below(g, 3) == 0)
        return;
    text_copy(book->customer_name, sizeof book->customer_name, names[below(g, 4)]);
    if (below(g, 30))
        text_copy(book->customer_phone, sizeof book->customer_phone,
                  below(g, 30) ? phones[below(g, 3)] : "12");
}

static void make_expire(struct generator *g, struct op_expire *expire)
{
    const struct slot_list *slots = model_slots(g->model);

    expire->slot_id = pick_slot(g);
    expire->as_of = g->now + (below(g, 25) - 8) * TIME_HOUR;
    for (size_t i = 0; i < slots->count && below(g, 2); i++)
        if (slots->items[i].id == expire->slot_id)
            expire->as_of = slots->items[i].ends_at + 8 * TIME_HOUR + below(g, 3) - 1;
}

/* A dash of what is refused outright among the names; the second byte tells a token from the next. */
static void pick_device(struct generator *g, char name[DEVICE_SIZE])
{
    static const char *const names[] = {"till-1", "till-2", "Foyer", "Tür 1"};

    text_copy(name, DEVICE_SIZE, below(g, 20) ? names[below(g, 4)] : below(g, 2) ? "" : " till-1");
}

static void make_enrol(struct generator *g, struct op_enrol *enrol)
{
    pick_device(g, enrol->name);
    enrol->role = (enum role)(below(g, 20) ? below(g, ROLE_COUNT) : ROLE_COUNT + below(g, 2));
    enrol->token_hash[0] = 7;
    enrol->token_hash[1] = (uint8_t)below(g, 6);
}

/* The moments around which something changes: the opening, the end, the slack of a clock. */
static int64_t pick_entry(struct generator *g, const struct slot *slot)
{
    switch (below(g, slot && slot->expired_at ? 10 : 8)) {
    case 8: /* told when all is over */
        return slot->starts_at + below(g, slot->ends_at - slot->starts_at);
    case 9:
        return slot->expired_at + below(g, 3) - 2;
    case 0:
        return g->now - below(g, 3 * TIME_HOUR);
    case 1:
        return g->now + ADMIT_CLOCK_SLACK + below(g, 3) - 1;
    case 2:
        return g->now + below(g, TIME_DAY);
    case 3:
        return slot ? slot->ends_at + below(g, 3) - 2 : 0;
    case 4:
        return slot ? slot->starts_at - g->rules.admit_before + below(g, 3) - 1 : 0;
    case 5:
        return below(g, 6) ? 0 : below(g, 2) ? -1 : TIME_MAX + 1;
    default:
        return 0;
    }
}

static void make_admit(struct generator *g, struct op_admit *admit)
{
    const struct ticket *ticket;

    admit->ticket_id = below(g, 6) ? pick_ticket(g) : pick_admitted(g);
    ticket = known_ticket(g, admit->ticket_id);
    if (ticket && below(g, 2))
        admit->slot_id = ticket->slot_id;
    else if (below(g, 5) == 0)
        admit->slot_id = pick_slot(g);
    admit->admitted_at = pick_entry(g, ticket ? known_slot(g, ticket->slot_id) : NULL);
}

/* The generation after the current one, or one beside it. */
static int64_t pick_generation(struct generator *g)
{
    return model_generation(g->model) + (below(g, 2) ? 1 : below(g, 4) - 1);
}

static void make_new(struct generator *g, struct operation *operation)
{
    static const enum op_kind kinds[] = {OP_SCHEDULE, OP_BOOK,    OP_BOOK,   OP_BOOK,   OP_BOOK,
                                         OP_BOOK,     OP_CANCEL,  OP_CANCEL, OP_CANCEL, OP_EXPIRE,
                                         OP_ARCHIVE,  OP_REISSUE, OP_REISSUE, OP_ENROL, OP_REVOKE,
                                         OP_ADMIT,    OP_ADMIT,   OP_ADMIT,  OP_UNADMIT,
                                         OP_UNADMIT,  OP_PRINT,   OP_ROTATE};
    uint8_t noise[10];

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)test_random(&g->random);
    *operation = (struct operation){.id = op_id_make(g->now / 1000, noise), .at = g->now};
    text_copy(operation->actor, ACTOR_SIZE, "Priya");
    text_copy(operation->device, DEVICE_SIZE,
              below(g, 3)    ? "till-1"
              : below(g, 40) ? "till-2"
                             : "");
    operation->kind = model_slots(g->model)->count < 4
                          ? OP_SCHEDULE
                          : kinds[below(g, (int64_t)(sizeof kinds / sizeof kinds[0]))];
    switch (operation->kind) {
    case OP_SCHEDULE:
        make_schedule(g, &operation->schedule);
        break;
    case OP_BOOK:
        make_book(g, &operation->book);
        break;
    case OP_REISSUE:
        operation->reissue.ticket_id = below(g, 8) ? pick_ticket(g) : pick_admitted(g);
        make_ref(g, &operation->reissue.slot);
        break;
    case OP_CANCEL:
        operation->cancel.ticket_id = below(g, 8) ? pick_ticket(g) : pick_admitted(g);
        break;
    case OP_ADMIT:
        make_admit(g, &operation->admit);
        break;
    case OP_UNADMIT:
        operation->unadmit.ticket_id = pick_admitted(g);
        break;
    case OP_PRINT:
        operation->copy.ticket_id = pick_ticket(g);
        break;
    case OP_ROTATE:
        operation->rotate.generation = pick_generation(g);
        break;
    case OP_EXPIRE:
        make_expire(g, &operation->expire);
        break;
    case OP_ENROL:
        make_enrol(g, &operation->enrol);
        break;
    case OP_REVOKE:
        pick_device(g, operation->revoke.name);
        break;
    default:
        operation->archive.slot_id = pick_slot(g);
        operation->archive.before = g->now - (below(g, 3) ? 0 : below(g, 12) * TIME_HOUR);
    }
}

/* The same id with something else in it. */
static void change_body(struct generator *g, struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK:
        operation->book.count += below(g, 2);
        break;
    case OP_CANCEL:
        operation->cancel.ticket_id++;
        break;
    case OP_EXPIRE:
        operation->expire.as_of++;
        break;
    case OP_ENROL:
        operation->enrol.token_hash[31]++;
        break;
    case OP_ADMIT:
        if (below(g, 2))
            operation->admit.admitted_at++;
        else
            operation->admit.slot_id++;
        break;
    case OP_ROTATE:
        operation->rotate.generation++;
        break;
    default:
        operation->kind = OP_CANCEL;
        operation->cancel.ticket_id = pick_ticket(g);
    }
}

static void make_operation(struct generator *g, struct operation *operation)
{
    int64_t dice = below(g, 100);

    if (dice < 8 && g->made) {
        *operation = g->recent[below(g, (int64_t)(g->made < RECENT ? g->made : RECENT))];
        text_copy(operation->actor, ACTOR_SIZE, "Tom");
        if (dice < 3)
            change_body(g, operation);
        return;
    }
    make_new(g, operation);
    g->recent[g->made++ % RECENT] = *operation;
}

static void move_clock(struct generator *g)
{
    if (below(g, 3) == 0)
        g->now += 1 + below(g, below(g, 12) ? TIME_HOUR : TIME_DAY);
}

static struct plan_rules make_rules(struct generator *g)
{
    return (struct plan_rules){.expire_after = 8 * TIME_HOUR,
                               .close_at_start = below(g, 4) == 0,
                               .close_after = (below(g, 3) - 1) * 30 * TIME_MINUTE,
                               .admit_before = below(g, 3) * TIME_HOUR};
}

/* --- the same in the ids of a real store --- */

static uint64_t real_ticket(const struct id_key *key, uint64_t number)
{
    return number ? id_make(key, ID_TICKET, number) : 0;
}

static uint64_t real_customer(const struct id_key *key, uint64_t number)
{
    return number ? id_make(key, ID_CUSTOMER, number) : 0;
}

static struct operation real_operation(const struct id_key *key, const struct operation *operation)
{
    struct operation real = *operation;

    if (real.kind == OP_CANCEL)
        real.cancel.ticket_id = real_ticket(key, real.cancel.ticket_id);
    if (real.kind == OP_REISSUE)
        real.reissue.ticket_id = real_ticket(key, real.reissue.ticket_id);
    if (real.kind == OP_ADMIT)
        real.admit.ticket_id = real_ticket(key, real.admit.ticket_id);
    if (real.kind == OP_UNADMIT)
        real.unadmit.ticket_id = real_ticket(key, real.unadmit.ticket_id);
    if (real.kind == OP_PRINT)
        real.copy.ticket_id = real_ticket(key, real.copy.ticket_id);
    return real;
}

static struct outcome real_outcome(const struct id_key *key, const struct outcome *outcome)
{
    struct outcome real = *outcome;

    real.ticket_id = real_ticket(key, real.ticket_id);
    real.old_ticket_id = real_ticket(key, real.old_ticket_id);
    real.customer_id = real_customer(key, real.customer_id);
    return real;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    return a->code == b->code && a->replayed == b->replayed && a->slot_id == b->slot_id &&
           a->ticket_id == b->ticket_id && a->count == b->count && a->available == b->available &&
           a->old_ticket_id == b->old_ticket_id && a->customer_id == b->customer_id;
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->id == b->id && strcmp(a->name, b->name) == 0 &&
           strcmp(a->description, b->description) == 0 && strcmp(a->screen, b->screen) == 0 &&
           a->starts_at == b->starts_at && a->ends_at == b->ends_at && a->type == b->type &&
           a->genre == b->genre && a->capacity == b->capacity && a->available == b->available &&
           a->allotted == b->allotted && a->sold == b->sold && a->lost == b->lost &&
           a->admitted == b->admitted && a->expired_at == b->expired_at &&
           a->archived_at == b->archived_at && a->seq == b->seq &&
           a->key_generation == b->key_generation;
}

static bool same_ticket(const struct id_key *key, const struct ticket *model,
                        const struct ticket *real)
{
    return real->id == real_ticket(key, model->id) && real->slot_id == model->slot_id &&
           real->customer_id == real_customer(key, model->customer_id) &&
           real->status == model->status && real->booked_at == model->booked_at &&
           real->changed_at == model->changed_at && real->canceled_at == model->canceled_at &&
           real->replaces == real_ticket(key, model->replaces) &&
           real->replaced_by == real_ticket(key, model->replaced_by) &&
           real->sale_id == real_ticket(key, model->sale_id) &&
           real->sale_position == model->sale_position && real->sale_size == model->sale_size &&
           real->seq == model->seq && real->admitted_at == model->admitted_at &&
           strcmp(real->admitted_by, model->admitted_by) == 0 && real->prints == model->prints;
}

static bool same_customer(const struct id_key *key, const struct customer *model,
                          const struct customer *real)
{
    return real->id == real_customer(key, model->id) && strcmp(real->name, model->name) == 0 &&
           strcmp(real->phone, model->phone) == 0 && real->tickets == model->tickets &&
           real->created_at == model->created_at && real->erased_at == model->erased_at;
}

static bool same_device(const struct device *a, const struct device *b)
{
    return strcmp(a->name, b->name) == 0 && a->role == b->role &&
           memcmp(a->token_hash, b->token_hash, CRYPTO_HASH_SIZE) == 0 &&
           a->enrolled_at == b->enrolled_at && a->revoked_at == b->revoked_at &&
           a->used_at == b->used_at;
}

static struct device *find_device(const struct device_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

static bool same_devices(const struct device_list *model, const struct device_list *real)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct device *device = find_device(real, model->items[i].name);

        if (!device || !same_device(&model->items[i], device))
            return printf("\n    device “%s” differs\n", model->items[i].name) < 0;
    }
    return model->count == real->count || printf("\n    %zu devices\n", real->count) < 0;
}

/* What a real store holds: slots by id, tickets as issued, customers as met, devices by name or as
   enrolled first. */
struct state {
    struct slot_list slots;
    struct ticket_list tickets;
    struct customer_list customers;
    struct device_list devices;
    int64_t generation;
};

static void state_release(struct state *state)
{
    slot_list_release(&state->slots);
    ticket_list_release(&state->tickets);
    customer_list_release(&state->customers);
    device_list_release(&state->devices);
}

static int print_ticket(const char *what, const struct ticket *t)
{
    return printf("\n    %s slot %lld, %s, booked %lld, changed %lld, canceled %lld, seq %llu,"
                  " admitted %lld “%s”, %d printed",
                  what, (long long)t->slot_id, ticket_status_name(t->status),
                  (long long)t->booked_at, (long long)t->changed_at, (long long)t->canceled_at,
                  (unsigned long long)t->seq, (long long)t->admitted_at, t->admitted_by, t->prints);
}

/* Says what differs; true when nothing does. */
static bool same_state(const struct id_key *key, const struct store *model,
                       const struct state *state)
{
    const struct slot_list *slots = model_slots(model);
    const struct ticket_list *tickets = model_tickets(model);
    const struct customer_list *customers = model_customers(model);

    if (slots->count != state->slots.count || tickets->count != state->tickets.count ||
        customers->count != state->customers.count) {
        printf("\n    counts differ: %zu %zu %zu, the model says %zu %zu %zu\n", state->slots.count,
               state->tickets.count, state->customers.count, slots->count, tickets->count,
               customers->count);
        return false;
    }
    for (size_t i = 0; i < slots->count; i++)
        if (!same_slot(&slots->items[i], &state->slots.items[i]))
            return printf("\n    slot %lld differs\n", (long long)slots->items[i].id) < 0;
    for (size_t i = 0; i < tickets->count; i++)
        if (!same_ticket(key, &tickets->items[i], &state->tickets.items[i]))
            return print_ticket("the model:", &tickets->items[i]) +
                       print_ticket("the other:", &state->tickets.items[i]) +
                       printf("\n    ticket number %zu differs\n", i + 1) <
                   0;
    for (size_t i = 0; i < customers->count; i++)
        if (!same_customer(key, &customers->items[i], &state->customers.items[i]))
            return printf("\n    customer number %zu differs\n", i + 1) < 0;
    return same_devices(model_devices(model), &state->devices);
}

static void print_operation(const char *what, const struct operation *operation,
                            const struct outcome *model, const struct outcome *real)
{
    struct buffer text;

    buffer_init(&text, 64 * 1024);
    operation_print(&text, operation, OP_PRINT_WHOLE);
    if (real) {
        buffer_add_text(&text, "\n      the model:\n");
        outcome_print(&text, model);
        buffer_addf(&text, "%s\n      the other:\n", model->replayed ? " again" : "");
        outcome_print(&text, real);
        buffer_add_text(&text, real->replayed ? " again" : "");
    }
    printf("    %s %s\n", what, buffer_text(&text));
    buffer_release(&text);
}

/* Holds the outcomes of a batch against the model's; prints the whole batch on a difference. */
static bool same_outcomes(const struct id_key *key, size_t step, const struct operation *operations,
                          size_t count, const struct outcome *model, const struct outcome *real)
{
    for (size_t i = 0; i < count; i++) {
        struct outcome wanted = real_outcome(key, &model[i]);

        if (same_outcome(&wanted, &real[i]))
            continue;
        printf("\n    seed %llu, step %zu, operation %zu of its batch of %zu:\n",
               (unsigned long long)test_seed(), step, i + 1, count);
        for (size_t j = 0; j < i; j++)
            print_operation("before:", &operations[j], NULL, NULL);
        print_operation("differs:", &operations[i], &wanted, &real[i]);
        return false;
    }
    return true;
}

/* --- plan over plain lists --- */

struct seen_list {
    struct seen_entry {
        struct op_id id;
        uint8_t digest[CRYPTO_HASH_SIZE];
        struct outcome outcome;
    } * items;
    size_t count, capacity;
};

/* An engine without a database: lists, and plan between them. */
struct memory {
    struct state state;
    struct seen_list seen;
    struct working_set set;
    struct id_key key;
    struct plan_rules rules;
};

static void memory_release(struct memory *memory)
{
    state_release(&memory->state);
    free(memory->seen.items);
    working_set_release(&memory->set);
}

static enum tk_code load_slots(struct memory *memory, const struct slot_ref *ref)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < memory->state.slots.count; i++) {
        const struct slot *slot = &memory->state.slots.items[i];

        if (ref->id ? slot->id == ref->id
                    : slot->starts_at == ref->starts_at && strcmp(slot->name, ref->name) == 0)
            code = working_set_add_slot(&memory->set, slot);
    }
    return code;
}

static enum tk_code load_customer(struct memory *memory, uint64_t id)
{
    uint64_t number = id ? id_number(&memory->key, ID_CUSTOMER, id) : 0;

    if (!number || number > memory->state.customers.count)
        return TK_OK;
    return working_set_add_customer(&memory->set, &memory->state.customers.items[number - 1]);
}

static enum tk_code load_person(struct memory *memory, const struct op_book *book)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < memory->state.customers.count; i++) {
        const struct customer *customer = &memory->state.customers.items[i];

        if (!customer->erased_at && strcmp(customer->name, book->customer_name) == 0 &&
            strcmp(customer->phone, book->customer_phone) == 0)
            code = working_set_add_customer(&memory->set, customer);
    }
    return code;
}

static enum tk_code load_ticket(struct memory *memory, uint64_t id)
{
    uint64_t number = id ? id_number(&memory->key, ID_TICKET, id) : 0;
    const struct ticket *ticket;
    enum tk_code code;

    if (!number || number > memory->state.tickets.count)
        return TK_OK;
    ticket = &memory->state.tickets.items[number - 1];
    code = working_set_add_ticket(&memory->set, ticket);
    if (!code)
        code = load_slots(memory, &(struct slot_ref){.id = ticket->slot_id});
    return code ? code : load_customer(memory, ticket->customer_id);
}

static enum tk_code load_settled(struct memory *memory, const struct op_archive *archive)
{
    enum tk_code code = load_slots(memory, &(struct slot_ref){.id = archive->slot_id});

    for (size_t i = 0; !code && i < memory->state.tickets.count; i++) {
        const struct ticket *ticket = &memory->state.tickets.items[i];

        if (ticket->slot_id == archive->slot_id && ticket->status != TICKET_ARCHIVED &&
            (ticket->status == TICKET_BOOKED || ticket->changed_at <= archive->before))
            code = load_ticket(memory, ticket->id);
    }
    return code;
}

static enum tk_code load_devices(struct memory *memory, const char *name, const uint8_t *hash)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < memory->state.devices.count; i++) {
        const struct device *device = &memory->state.devices.items[i];

        if (strcmp(device->name, name) == 0 ||
            (hash && !device->revoked_at &&
             memcmp(device->token_hash, hash, CRYPTO_HASH_SIZE) == 0))
            code = working_set_add_device(&memory->set, device);
    }
    return code;
}

static enum tk_code load_operation(struct memory *memory, const struct operation *operation)
{
    enum tk_code code = TK_OK;

    switch (operation->kind) {
    case OP_BOOK:
        code = load_slots(memory, &operation->book.slot);
        return code ? code : load_person(memory, &operation->book);
    case OP_REISSUE:
        code = load_ticket(memory, operation->reissue.ticket_id);
        return code ? code : load_slots(memory, &operation->reissue.slot);
    case OP_CANCEL:
        return load_ticket(memory, operation->cancel.ticket_id);
    case OP_ADMIT:
        return load_ticket(memory, operation->admit.ticket_id);
    case OP_UNADMIT:
        return load_ticket(memory, operation->unadmit.ticket_id);
    case OP_PRINT:
        return load_ticket(memory, operation->copy.ticket_id);
    case OP_EXPIRE:
        return load_slots(memory, &(struct slot_ref){.id = operation->expire.slot_id});
    case OP_ARCHIVE:
        return load_settled(memory, &operation->archive);
    case OP_ENROL:
        return load_devices(memory, operation->enrol.name, operation->enrol.token_hash);
    case OP_REVOKE:
        return load_devices(memory, operation->revoke.name, NULL);
    default:
        return code;
    }
}

static enum tk_code memory_load(struct memory *memory, const struct operation *operations,
                                size_t count)
{
    static const struct crypto_key digest_key = {{7}};
    struct working_set *set = &memory->set;
    enum tk_code code = TK_OK;

    working_set_clear(set);
    set->ids = (struct id_supply){&memory->key, memory->state.tickets.count + 1,
                                  memory->state.customers.count + 1,
                                  SLOT_ID_FIRST + (int64_t)memory->state.slots.count,
                                  memory->state.generation, false};
    for (size_t i = 0; !code && i < count; i++) {
        set->seen[i].found = false;
        code = operation_digest(&operations[i], &digest_key, set->digests[i]);
        for (size_t j = 0; j < memory->seen.count && !set->seen[i].found; j++) {
            if (!op_id_equal(&memory->seen.items[j].id, &operations[i].id))
                continue;
            set->seen[i].found = true;
            memcpy(set->seen[i].digest, memory->seen.items[j].digest, CRYPTO_HASH_SIZE);
            set->seen[i].outcome = memory->seen.items[j].outcome;
        }
        if (!code && !set->seen[i].found)
            code = load_operation(memory, &operations[i]);
    }
    return code;
}

/* Puts a row where its number says: the next place for a new one. False when it is none. */
#define PUT_ROW(list, row, place, add)                                                       \
    ((row)->state == ROW_NEW       ? (place) == (list)->count && add((list), value) == TK_OK \
     : (row)->state == ROW_CHANGED ? ((list)->items[place] = *value, true)                   \
                                   : true)

/* False when a new one was there, or one that changed was not. */
static bool write_devices(struct memory *memory)
{
    for (size_t i = 0; i < memory->set.device_count; i++) {
        const struct device_row *row = &memory->set.devices[i];
        struct device *known = find_device(&memory->state.devices, row->device.name);

        if ((row->state == ROW_NEW) == (known != NULL))
            return false;
        if (row->state == ROW_CHANGED)
            *known = row->device;
        else if (row->state == ROW_NEW && device_list_add(&memory->state.devices, &row->device))
            return false;
    }
    return true;
}

static bool write_rows(struct memory *memory)
{
    const struct working_set *set = &memory->set;
    struct state *state = &memory->state;
    bool fine = true;

    for (size_t i = 0; fine && i < set->slot_count; i++) {
        const struct slot *value = &set->slots[i].slot;

        fine =
            slot_is_balanced(value) && PUT_ROW(&state->slots, &set->slots[i],
                                               (size_t)(value->id - SLOT_ID_FIRST), slot_list_add);
    }
    for (size_t i = 0; fine && i < set->ticket_count; i++) {
        const struct ticket *value = &set->tickets[i].ticket;

        fine = PUT_ROW(&state->tickets, &set->tickets[i],
                       id_number(&memory->key, ID_TICKET, value->id) - 1, ticket_list_add);
    }
    for (size_t i = 0; fine && i < set->customer_count; i++) {
        const struct customer *value = &set->customers[i].customer;

        fine = PUT_ROW(&state->customers, &set->customers[i],
                       id_number(&memory->key, ID_CUSTOMER, value->id) - 1, customer_list_add);
    }
    if (set->ids.rotated)
        state->generation = set->ids.key_generation;
    return fine && write_devices(memory);
}

static void write_expired(struct memory *memory, int64_t now)
{
    for (size_t i = 0; i < memory->set.slot_count; i++)
        for (size_t j = 0; j < memory->state.tickets.count; j++) {
            const struct slot_row *row = &memory->set.slots[i];
            struct ticket *ticket = &memory->state.tickets.items[j];

            if (!row->expire_tickets || ticket->slot_id != row->slot.id ||
                ticket->status != TICKET_BOOKED)
                continue;
            ticket->status = TICKET_EXPIRED;
            ticket->changed_at = now;
            ticket->seq = row->expired_seq;
        }
}

static bool memory_apply(struct memory *memory, const struct operation *operations, size_t count,
                         int64_t now, struct outcome *outcomes)
{
    if (memory_load(memory, operations, count) ||
        plan(operations, count, &memory->set, &memory->rules, now, outcomes) || !write_rows(memory))
        return false;
    write_expired(memory, now);
    for (size_t i = 0; i < count; i++) {
        struct seen_entry entry = {.id = operations[i].id, .outcome = outcomes[i]};

        memcpy(entry.digest, memory->set.digests[i], CRYPTO_HASH_SIZE);
        if (!outcomes[i].replayed && LIST_ADD(&memory->seen, &entry))
            return false;
    }
    return true;
}

/* --- the tests --- */

/* How often what the pools are made for did happen. */
struct tally {
    size_t codes[TK_CODE_COUNT], replays, erased, archived, doors;
};

static void tally_add(struct tally *tally, const struct outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tally->codes[outcomes[i].code]++;
        tally->replays += outcomes[i].replayed;
    }
}

static void tally_customers(struct tally *tally, const struct store *model)
{
    for (size_t i = 0; i < model_customers(model)->count; i++)
        tally->erased += model_customers(model)->items[i].erased_at != 0;
    for (size_t i = 0; i < model_slots(model)->count; i++)
        tally->archived += model_slots(model)->items[i].archived_at != 0;
}

/* One world from nothing; false on the first difference. */
static bool run_world(uint64_t *random, size_t world, struct tally *tally)
{
    struct generator g = {.random = test_random(random), .now = FIXTURE_NOW};
    struct memory memory = {.rules = make_rules(&g), .state = {.generation = 1}};
    struct model_options options = {memory.rules, generator_now, &g};
    struct store *model = model_store_open(&options);
    struct operation asked[BATCH_MAX], real[BATCH_MAX];
    struct outcome expected[BATCH_MAX], outcomes[BATCH_MAX];
    bool same = true;

    g.model = model;
    g.rules = memory.rules;
    for (size_t i = 0; i < sizeof memory.key.bytes; i++)
        memory.key.bytes[i] = (uint8_t)test_random(&g.random);
    for (size_t step = 0, count; same && step < WORLD_OPERATIONS; step += count) {
        count = (size_t)(below(&g, 3) ? 1 : 1 + below(&g, 8));
        for (size_t i = 0; i < count; i++) {
            make_operation(&g, &asked[i]);
            real[i] = real_operation(&memory.key, &asked[i]);
        }
        store_apply(model, asked, count, expected, NULL);
        same = memory_apply(&memory, real, count, g.now, outcomes) &&
               same_outcomes(&memory.key, world * WORLD_OPERATIONS + step, real, count, expected,
                             outcomes);
        if (same && !same_state(&memory.key, model, &memory.state)) {
            same = false;
            printf("    seed %llu, step %zu, after:\n", (unsigned long long)test_seed(),
                   world * WORLD_OPERATIONS + step);
            for (size_t i = 0; i < count; i++)
                print_operation("", &real[i], &outcomes[i], &outcomes[i]);
        }
        tally_add(tally, expected, count);
        move_clock(&g);
    }
    tally_customers(tally, model);
    memory_release(&memory);
    store_close(model);
    return same;
}

static void test_plan_agrees(void)
{
    static const enum tk_code met[] = {TK_OK,
                                       TK_SOLD_OUT,
                                       TK_NOT_ENOUGH_PLACES,
                                       TK_SELLING_CLOSED,
                                       TK_SLOT_EXPIRED,
                                       TK_SLOT_NOT_FOUND,
                                       TK_TICKET_NOT_FOUND,
                                       TK_TICKET_CANCELED,
                                       TK_TICKET_REPLACED,
                                       TK_TICKET_EXPIRED,
                                       TK_TICKET_ARCHIVED,
                                       TK_NOT_DUE,
                                       TK_BAD_COUNT,
                                       TK_BAD_CAPACITY,
                                       TK_BAD_TIME,
                                       TK_END_BEFORE_START,
                                       TK_TOO_LONG,
                                       TK_BAD_NAME,
                                       TK_BAD_PHONE,
                                       TK_HALF_CUSTOMER,
                                       TK_DEVICE_KNOWN,
                                       TK_DEVICE_NOT_FOUND,
                                       TK_BAD_ROLE,
                                       TK_WRONG_SLOT,
                                       TK_ALREADY_ADMITTED,
                                       TK_TOO_EARLY,
                                       TK_SLOT_OVER,
                                       TK_TICKET_ADMITTED,
                                       TK_NOT_ADMITTED,
                                       TK_OTHER_DOOR,
                                       TK_UNDO_TOO_LATE,
                                       TK_BAD_GENERATION,
                                       TK_ID_REUSED};
    size_t worlds = PLAN_OPERATIONS / WORLD_OPERATIONS * (test_is_long() ? 10 : 1);
    uint64_t random = test_seed();
    struct tally tally = {0};
    bool same = true;

    for (size_t world = 0; same && world < worlds; world++)
        same = run_world(&random, world, &tally);
    CU_ASSERT_TRUE(same);
    /* the pools do make what they are there for */
    for (size_t i = 0; same && i < sizeof met / sizeof met[0]; i++)
        if (tally.codes[met[i]] < 20) {
            printf("\n    %s: %zu times\n", tk_code_name(met[i]), tally.codes[met[i]]);
            CU_FAIL("a refusal is hardly ever met");
        }
    CU_ASSERT(!same || (tally.replays > 1000 && tally.erased > 200 && tally.archived > 500));
}

static bool read_key(const char *path, struct id_key *key)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *get = NULL;
    bool found = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                 sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'id_key'", -1, &get,
                                    NULL) == SQLITE_OK &&
                 sqlite3_step(get) == SQLITE_ROW &&
                 sqlite3_column_bytes(get, 0) == (int)sizeof key->bytes;

    if (found)
        memcpy(key->bytes, sqlite3_column_blob(get, 0), sizeof key->bytes);
    sqlite3_finalize(get);
    sqlite3_close(db);
    return found;
}

static bool store_agrees(struct store *store, const struct id_key *key, const struct store *model)
{
    struct slot_query slots = SLOT_QUERY_ALL;
    struct ticket_query tickets = TICKET_QUERY_ALL;
    struct state state = {0};
    bool same;

    slots.by_id = true;
    same =
        !store->ops->list_slots(store, &slots, &state.slots, NULL) &&
        !store->ops->list_tickets(store, &tickets, &state.tickets, NULL) &&
        !store->ops->list_customers(store, &(struct customer_query){0}, &state.customers, NULL) &&
        !store->ops->list_devices(store, &(struct device_query){0}, &state.devices, NULL) &&
        same_state(key, model, &state);
    state_release(&state);
    return same;
}

static bool same_doors(const struct admission_count_list *a, const struct admission_count_list *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->items[i].device, b->items[i].device) == 0 &&
               a->items[i].count == b->items[i].count && a->items[i].last_at == b->items[i].last_at;
    return same;
}

/* Who let in how many, of the last slots and of one that is not there. */
static bool doors_agree(struct store *store, struct store *model, struct tally *tally)
{
    int64_t count = (int64_t)model_slots(model)->count;
    bool same = true;

    for (int64_t at = count < 12 ? 0 : count - 12; same && at <= count; at++) {
        struct admission_count_list real = {0}, wanted = {0};
        int64_t id = SLOT_ID_FIRST + at;

        same = !model->ops->count_admissions(model, id, &wanted, NULL) &&
               !store->ops->count_admissions(store, id, &real, NULL) && same_doors(&real, &wanted);
        tally->doors += real.count;
        if (!same)
            printf("\n    the doors of slot %lld differ\n", (long long)id);
        admission_count_list_release(&real);
        admission_count_list_release(&wanted);
    }
    return same;
}

static void test_store_agrees(void)
{
    struct generator g = {.random = test_seed() ^ 1, .now = FIXTURE_NOW};
    struct fixture fixture;
    struct model_options options = {.now = generator_now, .context = &g};
    struct store *model;
    struct operation asked[BATCH_MAX], real[BATCH_MAX];
    struct outcome expected[BATCH_MAX], outcomes[BATCH_MAX];
    struct tk_error error = {0};
    struct id_key key;
    size_t step, count, batch = 0;
    struct tally tally = {0};
    bool same = true;

    fixture_init(&fixture);
    g.rules = options.rules = fixture.office.rules;
    g.model = model = model_store_open(&options);
    CU_ASSERT_FATAL(read_key(fixture.path, &key));
    for (step = 0; same && step < SQLITE_OPERATIONS; step += count) {
        count = (size_t)(1 + below(&g, BATCH_MAX));
        for (size_t i = 0; i < count; i++) {
            make_operation(&g, &asked[i]);
            real[i] = real_operation(&key, &asked[i]);
        }
        fixture.now = g.now;
        store_apply(model, asked, count, expected, NULL);
        same = store_apply(fixture.store, real, count, outcomes, &error) == TK_OK &&
               same_outcomes(&key, step, real, count, expected, outcomes);
        same = same && doors_agree(fixture.store, model, &tally);
        if (same && (batch++ % 8 == 0 || step + count >= SQLITE_OPERATIONS))
            same = store_agrees(fixture.store, &key, model);
        if (!same)
            printf("\n    seed %llu, step %zu %s\n", (unsigned long long)test_seed(), step,
                   error.message);
        move_clock(&g);
    }
    CU_ASSERT_TRUE(same);
    CU_ASSERT(!same || tally.doors > 100);
    CU_ASSERT_EQUAL(fixture_verify(&fixture), 0);
    store_close(model);
    fixture_release(&fixture);
}

SUITE(model, {"plan says what the model says, on 200,000 random operations", test_plan_agrees},
      {"the SQLite store does what the model does, in batches of any size", test_store_agrees})
