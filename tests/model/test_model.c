/*
 * plan and the SQLite store against the model, on random operations: the same outcome for each, and
 * the same slots, tickets, customers and devices after each batch. Pools are small, so that sold-out houses,
 * second cancellations, resent and changed operations, slots of one name and start, and customers
 * who are forgotten and come back all happen often.
 */

#include "core/list.h"
#include "core/loyalty.h"
#include "core/seal.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/model/generator.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define WORLD_OPERATIONS 400
#define PLAN_OPERATIONS 400000
#define SQLITE_OPERATIONS 5000
#define POSTGRES_OPERATIONS 4000
#define BATCH_MAX 32

/* --- the same in the ids of a real store --- */

/* What is too large to be a number stays so. */
static uint64_t real_ticket(const struct id_key *key, uint64_t number)
{
    return number && number <= ID_MAX ? id_make(key, ID_TICKET, number) : number;
}

static uint64_t real_customer(const struct id_key *key, uint64_t number)
{
    return number && number <= ID_MAX ? id_make(key, ID_CUSTOMER, number) : number;
}

static struct operation real_operation(const struct id_key *key, const struct operation *operation)
{
    struct operation real = *operation;

    if (real.kind == OP_CANCEL)
        real.cancel.ticket_id = real_ticket(key, real.cancel.ticket_id);
    if (real.kind == OP_BOOK)
        real.book.first_ticket = real_ticket(key, real.book.first_ticket);
    if (real.kind == OP_REISSUE) {
        real.reissue.ticket_id = real_ticket(key, real.reissue.ticket_id);
        real.reissue.new_ticket = real_ticket(key, real.reissue.new_ticket);
    }
    if (real.kind == OP_ADMIT)
        real.admit.ticket_id = real_ticket(key, real.admit.ticket_id);
    if (real.kind == OP_UNADMIT)
        real.unadmit.ticket_id = real_ticket(key, real.unadmit.ticket_id);
    if (real.kind == OP_PRINT)
        real.copy.ticket_id = real_ticket(key, real.copy.ticket_id);
    if (real.kind == OP_TIER)
        real.tier.customer_id = real_customer(key, real.tier.customer_id);
    if (real.kind == OP_ERASE)
        real.erase.customer_id = real_customer(key, real.erase.customer_id);
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
           strcmp(real->admitted_by, model->admitted_by) == 0 &&
           real->prints == model->prints && real->seller == model->seller;
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

/* A record with the ids that a real store has in it: of tiers they are part of the key and the value. */
static struct record real_record(const struct id_key *key, const struct record *record)
{
    struct record real = *record;
    char id[ID_TEXT_MAX];
    uint64_t number;
    char *at;

    if (strncmp(record->key, TIER_PREFIX, strlen(TIER_PREFIX)) != 0 ||
        !id_parse(ID_CUSTOMER, record->key + strlen(TIER_PREFIX), &number))
        return real;
    id_print(id, ID_CUSTOMER, real_customer(key, number));
    text_copy(real.key + strlen(TIER_PREFIX), sizeof real.key - strlen(TIER_PREFIX), id);
    at = strstr(real.value, record->key + strlen(TIER_PREFIX));
    for (size_t i = 0; at && id[i]; i++) /* within the text, which goes on behind it */
        at[i] = id[i];
    return real;
}

static struct record *find_record(const struct record_list *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].key, key) == 0)
            return &list->items[i];
    return NULL;
}

static bool is_seal(const struct record *record)
{
    return strncmp(record->key, SEAL_PREFIX, strlen(SEAL_PREFIX)) == 0;
}

/* Seals aside, which the model does not make, and what is gone, which a list leaves out. */
static bool same_records(const struct id_key *key, const struct record_list *model,
                         const struct record_list *real)
{
    size_t wanted = 0, found = 0;

    for (size_t i = 0; i < model->count; i++) {
        struct record want = real_record(key, &model->items[i]);
        const struct record *record = find_record(real, want.key);

        if (!want.value[0] && (!record || !record->value[0]))
            continue;
        wanted++;
        if (!record || record->seq != want.seq || record->changed_at != want.changed_at ||
            strcmp(record->value, want.value) != 0)
            return printf("\n    record %s: %lld %lld %s\n    in place of %lld %lld %s\n", want.key,
                          record ? (long long)record->seq : -1,
                          record ? (long long)record->changed_at : -1,
                          record ? record->value : "(none)", (long long)want.seq,
                          (long long)want.changed_at, want.value) < 0;
    }
    for (size_t i = 0; i < real->count; i++)
        found += real->items[i].value[0] && !is_seal(&real->items[i]);
    return found == wanted || printf("\n    %zu records in place of %zu\n", found, wanted) < 0;
}

static bool is_counted(const struct tally *tally)
{
    return tally->sales || tally->sold || tally->canceled || tally->reissued || tally->admitted;
}

static bool same_tally(const struct tally *a, const struct tally *b)
{
    return a->span_at == b->span_at && strcmp(a->actor, b->actor) == 0 &&
           strcmp(a->device, b->device) == 0 && a->genre == b->genre && a->slot_id == b->slot_id &&
           a->sales == b->sales && a->sold == b->sold && a->canceled == b->canceled &&
           a->reissued == b->reissued && a->admitted == b->admitted;
}

static int print_tally(const char *what, const struct tally *t)
{
    return printf("\n    %s at %lld by “%s” at “%s”, genre %d: %lld sales, %lld sold, %lld canceled,"
                  " %lld reissued, %lld admitted\n",
                  what, (long long)t->span_at, t->actor, t->device, t->genre, (long long)t->sales,
                  (long long)t->sold, (long long)t->canceled, (long long)t->reissued,
                  (long long)t->admitted);
}

/* A row of which nothing is left need not be there. */
static bool has_tallies(const struct tally_list *list, const struct tally_list *in, const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t j = 0;

        while (j < in->count && !same_tally(&list->items[i], &in->items[j]))
            j++;
        if (is_counted(&list->items[i]) && j == in->count)
            return print_tally(what, &list->items[i]) < 0;
    }
    return true;
}

static bool same_tallies(const struct tally_list *model, const struct tally_list *real)
{
    return has_tallies(model, real, "not there:") && has_tallies(real, model, "too much:");
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

static bool same_allotment(const struct allotment *a, const struct allotment *b)
{
    return a->slot_id == b->slot_id && strcmp(a->holder, b->holder) == 0 &&
           a->granted == b->granted && a->sold == b->sold && a->returned == b->returned &&
           a->written_off == b->written_off && a->granted_at == b->granted_at &&
           a->changed_at == b->changed_at && a->written_off_at == b->written_off_at &&
           strcmp(a->written_off_by, b->written_off_by) == 0;
}

static bool same_block(const struct number_block *a, const struct number_block *b)
{
    return a->first == b->first && a->count == b->count && a->next == b->next &&
           strcmp(a->holder, b->holder) == 0 && a->granted_at == b->granted_at &&
           a->written_off_at == b->written_off_at;
}

static bool same_replica(const struct replica *a, const struct replica *b)
{
    return strcmp(a->device, b->device) == 0 && op_id_equal(&a->id, &b->id) &&
           a->joined_at == b->joined_at && a->seq == b->seq &&
           memcmp(a->hash, b->hash, CRYPTO_HASH_SIZE) == 0 &&
           a->dismissed_at == b->dismissed_at && a->quarantined_at == b->quarantined_at;
}

static bool same_dispute(const struct id_key *key, const struct dispute *model,
                         const struct dispute *real)
{
    return op_id_equal(&model->id, &real->id) && model->kind == real->kind &&
           strcmp(model->device, real->device) == 0 && strcmp(model->actor, real->actor) == 0 &&
           model->at == real->at && model->code == real->code &&
           model->slot_id == real->slot_id &&
           real_ticket(key, model->ticket_id) == real->ticket_id && model->count == real->count &&
           model->found_at == real->found_at && strcmp(model->other, real->other) == 0 &&
           model->other_at == real->other_at && model->closed_at == real->closed_at &&
           strcmp(model->closed_by, real->closed_by) == 0 &&
           strcmp(model->customer_name, real->customer_name) == 0 &&
           strcmp(model->customer_phone, real->customer_phone) == 0 &&
           strcmp(model->reason, real->reason) == 0;
}

/* What a real store holds: slots by id, tickets as issued, customers as met, devices by name or as
   enrolled first. */
struct state {
    struct slot_list slots;
    struct ticket_list tickets;
    struct customer_list customers;
    struct device_list devices;
    struct allotment_list allotments;
    struct number_block_list blocks;
    struct replica_list replicas;
    struct dispute_list disputes;
    struct record_list records;
    struct tally_list tallies;
    int64_t generation, record_seq;
};

static void state_release(struct state *state)
{
    slot_list_release(&state->slots);
    ticket_list_release(&state->tickets);
    customer_list_release(&state->customers);
    device_list_release(&state->devices);
    allotment_list_release(&state->allotments);
    number_block_list_release(&state->blocks);
    replica_list_release(&state->replicas);
    dispute_list_release(&state->disputes);
    record_list_release(&state->records);
    tally_list_release(&state->tallies);
}

/* Whether each item of one list has one that is the same in another, which has as many. */
#define SAME_LISTS(a, b, same)                                                                     \
    do {                                                                                           \
        for (size_t i = 0; i < (a)->count; i++) {                                                  \
            bool found = false;                                                                    \
            for (size_t j = 0; !found && j < (b)->count; j++)                                      \
                found = same(&(a)->items[i], &(b)->items[j]);                                      \
            if (!found)                                                                            \
                return printf("\n    %s: the model's number %zu is not there\n", #a, i + 1) < 0;   \
        }                                                                                          \
        if ((a)->count != (b)->count)                                                              \
            return printf("\n    %s: %zu in place of %zu\n", #a, (b)->count, (a)->count) < 0;      \
    } while (0)

static int print_dispute(const char *what, const struct dispute *d)
{
    return printf("\n    %s %s of %s, slot %lld, count %d, found %lld, other “%s” %lld, closed %lld",
                  what, tk_code_name(d->code), op_kind_name(d->kind), (long long)d->slot_id,
                  d->count, (long long)d->found_at, d->other, (long long)d->other_at,
                  (long long)d->closed_at);
}

static bool same_disputes(const struct id_key *key, const struct dispute_list *model,
                          const struct dispute_list *real)
{
    for (size_t i = 0; i < model->count; i++) {
        size_t j = 0;

        while (j < real->count && !op_id_equal(&model->items[i].id, &real->items[j].id))
            j++;
        if (j == real->count)
            return print_dispute("not there:", &model->items[i]) < 0;
        if (!same_dispute(key, &model->items[i], &real->items[j]))
            return print_dispute("the model:", &model->items[i]) +
                       print_dispute("the other:", &real->items[j]) <
                   0;
    }
    return model->count == real->count || printf("\n    %zu disputes\n", real->count) < 0;
}

static bool same_tills(const struct id_key *key, const struct store *model,
                       const struct state *state)
{
    SAME_LISTS(model_allotments(model), &state->allotments, same_allotment);
    SAME_LISTS(model_blocks(model), &state->blocks, same_block);
    SAME_LISTS(model_replicas(model), &state->replicas, same_replica);
    return same_disputes(key, model_disputes(model), &state->disputes);
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
    return same_devices(model_devices(model), &state->devices) && same_tills(key, model, state) &&
           same_records(key, model_records(model), &state->records) &&
           same_tallies(model_tallies(model), &state->tallies);
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
        struct seen_operation seen;
    } * items;
    size_t count, capacity;
};

struct early_list {
    struct early_admission *items;
    size_t count, capacity;
};

/* An engine without a database: lists, and plan between them. */
struct memory {
    struct state state; /* tickets and customers by number */
    struct early_list earlies;
    struct seen_list seen; /* and voided */
    struct working_set set;
    struct id_key key;
    struct plan_rules rules;
    uint64_t floor;
};

static void memory_release(struct memory *memory)
{
    state_release(&memory->state);
    free(memory->seen.items);
    free(memory->earlies.items);
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

/* The place of a number in a list that is in their order: where it is, or belongs. */
#define NUMBER_PLACE(memory, list, kind, number, place)                                            \
    do {                                                                                           \
        size_t low_ = 0, high_ = (list)->count;                                                    \
        while (low_ < high_) {                                                                     \
            size_t middle_ = (low_ + high_) / 2;                                                   \
            if (id_number(&(memory)->key, kind, (list)->items[middle_].id) < (number))             \
                low_ = middle_ + 1;                                                                \
            else                                                                                   \
                high_ = middle_;                                                                   \
        }                                                                                          \
        (place) = low_;                                                                            \
    } while (0)

static enum tk_code load_customer(struct memory *memory, uint64_t id)
{
    size_t place;

    NUMBER_PLACE(memory, &memory->state.customers, ID_CUSTOMER,
                 id_number(&memory->key, ID_CUSTOMER, id), place);
    if (!id || place == memory->state.customers.count ||
        memory->state.customers.items[place].id != id)
        return TK_OK;
    return working_set_add_customer(&memory->set, &memory->state.customers.items[place]);
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
    const struct ticket *ticket;
    size_t place;
    enum tk_code code;

    NUMBER_PLACE(memory, &memory->state.tickets, ID_TICKET,
                 id_number(&memory->key, ID_TICKET, id), place);
    if (!id || place == memory->state.tickets.count || memory->state.tickets.items[place].id != id)
        return TK_OK;
    ticket = &memory->state.tickets.items[place];
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

/* All there is of what tills hold: it is little, and what is loaded beside what is needed must not
   matter. */
static enum tk_code load_tills(struct memory *memory)
{
    struct working_set *set = &memory->set;
    struct state *state = &memory->state;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < state->allotments.count; i++)
        code = working_set_add_allotment(set, &state->allotments.items[i]);
    for (size_t i = 0; !code && i < state->blocks.count; i++)
        code = working_set_add_block(set, &state->blocks.items[i]);
    for (size_t i = 0; !code && i < state->replicas.count; i++)
        code = working_set_add_replica(set, &state->replicas.items[i]);
    for (size_t i = 0; !code && i < memory->earlies.count; i++)
        code = working_set_add_early(set, &memory->earlies.items[i]);
    for (size_t i = 0; !code && i < state->disputes.count; i++)
        code = working_set_add_dispute(set, &state->disputes.items[i]);
    return code;
}

/* Tickets that may be there of so many numbers. */
static enum tk_code load_issued(struct memory *memory, uint64_t first, int64_t count)
{
    uint64_t number = id_number(&memory->key, ID_TICKET, first);
    enum tk_code code = TK_OK;

    for (int64_t i = 0; !code && first && i < count && i < 50; i++)
        code = load_ticket(memory, id_make(&memory->key, ID_TICKET, number + (uint64_t)i));
    return code || !first ? code
                          : load_customer(memory, id_make(&memory->key, ID_CUSTOMER, number));
}

static void find_seen(const struct memory *memory, const struct op_id *id,
                      struct seen_operation *seen)
{
    *seen = (struct seen_operation){0};
    for (size_t i = 0; i < memory->seen.count; i++)
        if (op_id_equal(&memory->seen.items[i].id, id))
            *seen = memory->seen.items[i].seen;
}

static enum tk_code load_void(struct memory *memory, const struct op_id *id)
{
    struct seen_operation seen;
    enum tk_code code;

    find_seen(memory, id, &seen);
    code = working_set_add_void(&memory->set, id, &seen);
    return code || !seen.outcome.ticket_id
               ? code
               : load_issued(memory, seen.outcome.ticket_id, seen.outcome.count);
}

static enum tk_code load_sale(struct memory *memory, const struct op_book *book)
{
    enum tk_code code = load_slots(memory, &book->slot);

    if (!code)
        code = load_person(memory, book);
    return code ? code : load_issued(memory, book->first_ticket, book->count);
}

static enum tk_code load_exchange(struct memory *memory, const struct op_reissue *reissue)
{
    enum tk_code code = load_ticket(memory, reissue->ticket_id);

    if (!code)
        code = load_slots(memory, &reissue->slot);
    return code ? code : load_issued(memory, reissue->new_ticket, 1);
}

static enum tk_code load_admit(struct memory *memory, const struct op_admit *admit)
{
    enum tk_code code = load_ticket(memory, admit->ticket_id);

    return code || !admit->slot_id
               ? code
               : load_slots(memory, &(struct slot_ref){.id = admit->slot_id});
}

static enum tk_code load_slot(struct memory *memory, int64_t id)
{
    return id ? load_slots(memory, &(struct slot_ref){.id = id}) : TK_OK;
}

static enum tk_code load_operation(struct memory *memory, const struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK:
        return load_sale(memory, &operation->book);
    case OP_REISSUE:
        return load_exchange(memory, &operation->reissue);
    case OP_CANCEL:
        return load_ticket(memory, operation->cancel.ticket_id);
    case OP_ADMIT:
        return load_admit(memory, &operation->admit);
    case OP_UNADMIT:
        return load_ticket(memory, operation->unadmit.ticket_id);
    case OP_PRINT:
        return load_ticket(memory, operation->copy.ticket_id);
    case OP_EXPIRE:
        return load_slot(memory, operation->expire.slot_id);
    case OP_ARCHIVE:
        return load_settled(memory, &operation->archive);
    case OP_ENROL:
        return load_devices(memory, operation->enrol.name, operation->enrol.token_hash);
    case OP_REVOKE:
        return load_devices(memory, operation->revoke.name, NULL);
    case OP_GRANT:
        return load_slot(memory, operation->grant.slot_id);
    case OP_RETURN:
        return load_slot(memory, operation->give_back.slot_id);
    case OP_WRITE_OFF:
        return load_slot(memory, operation->write_off.slot_id);
    case OP_VOID:
        return load_void(memory, &operation->void_.operation);
    case OP_INVITE:
        return load_devices(memory, operation->invite.name, NULL);
    case OP_REDEEM:
        return load_devices(memory, operation->redeem.name, operation->redeem.token_hash);
    case OP_TIER:
        return load_customer(memory, operation->tier.customer_id);
    case OP_ERASE:
        return load_customer(memory, operation->erase.customer_id);
    default:
        return TK_OK;
    }
}

/* What it is decided with, whether it is there or not. */
static enum tk_code load_records(struct memory *memory, const struct operation *operation)
{
    char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE];
    size_t count = operation_records(operation, keys);
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        const struct record *record = find_record(&memory->state.records, keys[i]);

        if (!working_set_record(&memory->set, keys[i]))
            code = record ? working_set_add_record(&memory->set, record)
                          : working_set_miss_record(&memory->set, keys[i]);
    }
    return code;
}

/* As a store does: beyond what was issued and what was given away. */
static uint64_t next_number(const struct memory *memory, enum id_kind kind)
{
    const struct ticket_list *tickets = &memory->state.tickets;
    const struct customer_list *customers = &memory->state.customers;
    uint64_t last = 0;

    if (kind == ID_TICKET && tickets->count)
        last = id_number(&memory->key, kind, tickets->items[tickets->count - 1].id);
    if (kind == ID_CUSTOMER && customers->count)
        last = id_number(&memory->key, kind, customers->items[customers->count - 1].id);
    return last < memory->floor ? memory->floor : last + 1;
}

static enum tk_code memory_load(struct memory *memory, const struct operation *operations,
                                size_t count)
{
    static const struct crypto_key digest_key = {{7}};
    struct working_set *set = &memory->set;
    enum tk_code code = TK_OK;

    working_set_clear(set);
    set->ids = (struct id_supply){.key = &memory->key,
                                  .next_ticket = next_number(memory, ID_TICKET),
                                  .next_customer = next_number(memory, ID_CUSTOMER),
                                  .floor = memory->floor,
                                  .next_slot =
                                      SLOT_ID_FIRST + (int64_t)memory->state.slots.count,
                                  .key_generation = memory->state.generation,
                                  .record_seq = memory->state.record_seq};
    code = load_tills(memory);
    for (size_t i = 0; !code && i < count; i++) {
        code = operation_digest(&operations[i], &digest_key, set->digests[i]);
        find_seen(memory, &operations[i].id, &set->seen[i]);
        if (!code)
            code = load_operation(memory, &operations[i]);
        if (!code)
            code = load_records(memory, &operations[i]);
    }
    return code;
}

/* Puts a row where its number says: the next place for a new one. False when it is none. */
#define PUT_ROW(list, row, place, add)                                                       \
    ((row)->state == ROW_NEW       ? (place) == (list)->count && add((list), value) == TK_OK \
     : (row)->state == ROW_CHANGED ? ((list)->items[place] = *value, true)                   \
                                   : true)

/* The same in a list that is in the order of numbers: false when a new one is there already. */
#define PUT_NUMBERED(memory, list, row, kind, add, fine)                                           \
    do {                                                                                           \
        size_t at_;                                                                                \
        NUMBER_PLACE(memory, list, kind, id_number(&(memory)->key, kind, value->id), at_);         \
        (fine) = ((row)->state == ROW_NEW) !=                                                      \
                 (at_ < (list)->count && (list)->items[at_].id == value->id);                      \
        if ((fine) && (row)->state == ROW_NEW) {                                                   \
            (fine) = add((list), value) == TK_OK;                                                  \
            memmove(&(list)->items[at_ + 1], &(list)->items[at_],                                  \
                    ((list)->count - 1 - at_) * sizeof *value);                                    \
        }                                                                                          \
        if (fine)                                                                                  \
            (list)->items[at_] = *value;                                                           \
    } while (0)

/* Rows of which all were loaded, in the order of the list. */
#define WRITE_ALL(list, rows, row_count, member, add, fine)                                        \
    for (size_t i = 0; (fine) && i < (row_count); i++) {                                           \
        if ((rows)[i].state == ROW_NEW)                                                            \
            (fine) = i >= (list)->count && add((list), &(rows)[i].member) == TK_OK;                \
        else if ((rows)[i].state == ROW_CHANGED)                                                   \
            (list)->items[i] = (rows)[i].member;                                                   \
    }

static bool write_earlies(struct memory *memory)
{
    memory->earlies.count = 0;
    for (size_t i = 0; i < memory->set.early_count; i++)
        if (!memory->set.earlies[i].gone &&
            LIST_ADD(&memory->earlies, &memory->set.earlies[i].early))
            return false;
    return true;
}

static bool write_voided(struct memory *memory)
{
    for (size_t i = 0; i < memory->set.void_count; i++) {
        struct seen_entry entry = {
            .id = memory->set.voids[i].operation,
            .seen = {.found = true, .digest_lost = true, .outcome = {.code = TK_VOIDED}}};

        if (memory->set.voids[i].state == ROW_NEW && LIST_ADD(&memory->seen, &entry))
            return false;
    }
    return true;
}

static bool write_tills(struct memory *memory)
{
    const struct working_set *set = &memory->set;
    struct state *state = &memory->state;
    bool fine = true;

    WRITE_ALL(&state->allotments, set->allotments, set->allotment_count, allotment,
              allotment_list_add, fine)
    WRITE_ALL(&state->blocks, set->blocks, set->block_count, block, number_block_list_add, fine)
    WRITE_ALL(&state->replicas, set->replicas, set->replica_count, replica, replica_list_add, fine)
    WRITE_ALL(&state->disputes, set->disputes, set->dispute_count, dispute, dispute_list_add, fine)
    if (set->ids.raised)
        memory->floor = set->ids.floor;
    return fine && write_earlies(memory) && write_voided(memory);
}

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

/* False when a new one was there, or one that changed was not. */
static bool write_records(struct memory *memory)
{
    const struct working_set *set = &memory->set;

    for (size_t i = 0; i < set->record_count; i++) {
        const struct record_row *row = &set->records[i];
        struct record *known = find_record(&memory->state.records, row->record.key);

        if (row->state == ROW_LOADED)
            continue;
        if ((row->state == ROW_NEW) == (known != NULL))
            return false;
        if (known)
            *known = row->record;
        else if (record_list_add(&memory->state.records, &row->record))
            return false;
    }
    if (set->ids.recorded)
        memory->state.record_seq = set->ids.record_seq;
    return true;
}

static bool write_tallies(struct memory *memory)
{
    struct tally_list *list = &memory->state.tallies;

    for (size_t i = 0; i < memory->set.tally_count; i++) {
        const struct tally *more = &memory->set.tallies[i].tally;
        size_t at = 0;

        while (at < list->count &&
               (list->items[at].span_at != more->span_at || list->items[at].genre != more->genre ||
                strcmp(list->items[at].actor, more->actor) != 0 ||
                strcmp(list->items[at].device, more->device) != 0))
            at++;
        if (at == list->count) {
            if (tally_list_add(list, more))
                return false;
            continue;
        }
#define X(member, name, help) list->items[at].member += more->member;
        TALLY_TABLE(X)
#undef X
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

        if (set->tickets[i].state != ROW_LOADED)
            PUT_NUMBERED(memory, &state->tickets, &set->tickets[i], ID_TICKET, ticket_list_add,
                         fine);
    }
    for (size_t i = 0; fine && i < set->customer_count; i++) {
        const struct customer *value = &set->customers[i].customer;

        if (set->customers[i].state != ROW_LOADED)
            PUT_NUMBERED(memory, &state->customers, &set->customers[i], ID_CUSTOMER,
                         customer_list_add, fine);
    }
    if (set->ids.rotated)
        state->generation = set->ids.key_generation;
    return fine && write_devices(memory) && write_tills(memory) && write_records(memory) &&
           write_tallies(memory);
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
        struct seen_entry entry = {
            .id = operations[i].id,
            .seen = {.found = true, .kind = operations[i].kind, .outcome = outcomes[i]}};

        text_copy(entry.seen.device, sizeof entry.seen.device, operations[i].device);
        memcpy(entry.seen.digest, memory->set.digests[i], CRYPTO_HASH_SIZE);
        if (!outcomes[i].replayed && LIST_ADD(&memory->seen, &entry))
            return false;
    }
    return true;
}

/* --- the tests --- */

/* How often what the pools are made for did happen. */
struct tries {
    size_t codes[TK_CODE_COUNT], replays, erased, archived, doors;
};

static void tally_add(struct tries *tally, const struct outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tally->codes[outcomes[i].code]++;
        tally->replays += outcomes[i].replayed;
    }
}

static void tally_customers(struct tries *tally, const struct store *model)
{
    for (size_t i = 0; i < model_customers(model)->count; i++)
        tally->erased += model_customers(model)->items[i].erased_at != 0;
    for (size_t i = 0; i < model_slots(model)->count; i++)
        tally->archived += model_slots(model)->items[i].archived_at != 0;
}

/* One world from nothing; false on the first difference. */
static bool run_world(uint64_t *random, size_t world, struct tries *tally)
{
    struct generator g = {.random = test_random(random), .now = FIXTURE_NOW};
    struct memory memory = {.rules = generator_rules(&g), .state = {.generation = 1}};
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
        count = (size_t)((int64_t)test_random_below(&g.random, 3) ? 1 : 1 + (int64_t)test_random_below(&g.random, 8));
        for (size_t i = 0; i < count; i++) {
            generator_make(&g, &asked[i]);
            real[i] = real_operation(&memory.key, &asked[i]);
        }
        store_apply(model, asked, count, expected, NULL);
        same = memory_apply(&memory, real, count, g.now, outcomes);
        if (!same)
            printf("\n    seed %llu, step %zu: rows that cannot be\n",
                   (unsigned long long)test_seed(), world * WORLD_OPERATIONS + step);
        for (size_t i = 0; !same && i < count; i++)
            print_operation("", &real[i], &expected[i], &outcomes[i]);
        same = same &&
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
        generator_move_clock(&g);
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
                                       TK_BAD_OPERATION,
                                       TK_NOT_ALLOTTED,
                                       TK_NUMBER_USED,
                                       TK_NOT_JOINED,
                                       TK_SAME_TILL,
                                       TK_DISMISSED,
                                       TK_QUARANTINED,
                                       TK_DENIED,
                                       TK_VOIDED,
                                       TK_DISPUTE_NOT_FOUND,
                                       TK_DISPUTE_CLOSED,
                                       TK_BAD_REASON,
                                       TK_STAFF_NOT_FOUND,
                                       TK_STAFF_LEFT,
                                       TK_BAD_STAFF,
                                       TK_NOT_PERMITTED,
                                       TK_NOT_APPROVED,
                                       TK_OWN_ROLE,
                                       TK_SALE_LIMIT,
                                       TK_CANCEL_LIMIT,
                                       TK_NOT_OWN_SALE,
                                       TK_REISSUE_LATE,
                                       TK_SHIFT_IS_OPEN,
                                       TK_NO_SHIFT,
                                       TK_BAD_LIMIT,
                                       TK_BAD_CODE,
                                       TK_SIGN_ON,
                                       TK_BAD_TIER,
                                       TK_BAD_TEXT,
                                       TK_BAD_ID,
                                       TK_CUSTOMER_NOT_FOUND,
                                       TK_ID_REUSED};
    size_t worlds = PLAN_OPERATIONS / WORLD_OPERATIONS * (test_is_long() ? 10 : 1);
    uint64_t random = test_seed();
    struct tries tally = {0};
    bool same = true;

    for (size_t world = 0; same && world < worlds; world++)
        same = run_world(&random, world, &tally);
    CU_ASSERT_TRUE(same);
    /* the pools do make what they are there for */
    for (size_t i = 0; same && i < sizeof met / sizeof met[0]; i++)
        if (tally.codes[met[i]] < 8) {
            printf("\n    %s: %zu times\n", tk_code_name(met[i]), tally.codes[met[i]]);
            CU_FAIL("a refusal is hardly ever met");
        }
    CU_ASSERT(!same || (tally.replays > 1000 && tally.erased > 100 && tally.archived > 500));
}

static bool read_key(struct store *store, struct id_key *key)
{
    struct store_facts facts = {.era = 0};
    bool known = store->ops->facts(store, &facts, NULL) == TK_OK;

    *key = facts.id_key;
    return known;
}

static bool list_tills(struct store *store, struct state *state)
{
    return !store->ops->list_allotments(store, &(struct allotment_query){0}, &state->allotments,
                                        NULL) &&
           !store->ops->list_blocks(store, NULL, false, &state->blocks, NULL) &&
           !store->ops->list_replicas(store, NULL, &state->replicas, NULL) &&
           !store->ops->list_disputes(store, &(struct dispute_query){0}, &state->disputes, NULL);
}

static bool list_people(struct store *store, struct state *state)
{
    return !store->ops->list_records(store, &(struct record_query){0}, &state->records, NULL) &&
           !store->ops->list_tallies(store, &(struct tally_query){0}, &state->tallies, NULL);
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
        list_tills(store, &state) && list_people(store, &state) && same_state(key, model, &state);
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
static bool doors_agree(struct store *store, struct store *model, struct tries *tally)
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

/* Both do the same operations, so many in all, in batches of any size. */
static void check_store(struct fixture *fixture, size_t operations)
{
    struct generator g = {.random = test_seed() ^ 1, .now = FIXTURE_NOW};
    struct model_options options = {.now = generator_now, .context = &g};
    struct store *model;
    struct operation asked[BATCH_MAX], real[BATCH_MAX];
    struct outcome expected[BATCH_MAX], outcomes[BATCH_MAX];
    struct tk_error error = {0};
    struct id_key key;
    size_t step, count, batch = 0;
    struct tries tally = {0};
    bool same = true;

    g.rules = options.rules = fixture->office.rules;
    g.model = model = model_store_open(&options);
    CU_ASSERT_FATAL(read_key(fixture->store, &key));
    for (step = 0; same && step < operations; step += count) {
        count = (size_t)(1 + (int64_t)test_random_below(&g.random, BATCH_MAX));
        for (size_t i = 0; i < count; i++) {
            generator_make(&g, &asked[i]);
            real[i] = real_operation(&key, &asked[i]);
        }
        fixture->now = g.now;
        store_apply(model, asked, count, expected, NULL);
        same = store_apply(fixture->store, real, count, outcomes, &error) == TK_OK &&
               same_outcomes(&key, step, real, count, expected, outcomes);
        same = same && doors_agree(fixture->store, model, &tally);
        if (same && (batch++ % 8 == 0 || step + count >= operations))
            same = store_agrees(fixture->store, &key, model);
        if (!same)
            printf("\n    seed %llu, step %zu %s\n", (unsigned long long)test_seed(), step,
                   error.message);
        generator_move_clock(&g);
    }
    CU_ASSERT_TRUE(same);
    CU_ASSERT(!same || tally.doors > 20); /* or nothing was compared */
    CU_ASSERT_EQUAL(fixture_verify(fixture), 0);
    store_close(model);
    fixture_release(fixture);
}

static void test_sqlite_agrees(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    check_store(&fixture, SQLITE_OPERATIONS);
}

static void test_postgres_agrees(void)
{
    struct fixture fixture;

    fixture_init_postgres(&fixture);
    check_store(&fixture, POSTGRES_OPERATIONS);
}

SUITE(model, {"plan says what the model says, on 400,000 random operations", test_plan_agrees},
      {"the SQLite store does what the model does, in batches of any size", test_sqlite_agrees},
      {"the PostgreSQL store does, too", test_postgres_agrees})
