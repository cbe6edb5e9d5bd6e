#include "tests/model/model_internal.h"

#include "core/list.h"
#include "core/text.h"
#include "core/time.h"

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void model_must(enum tk_code code)
{
    if (code)
        abort();
}

int64_t model_now(const struct model *model)
{
    return model->options.now(model->options.context);
}

/* --- looking things up --- */

struct slot *model_find_slot(const struct model *model, int64_t id)
{
    for (size_t i = 0; i < model->slots.count; i++)
        if (model->slots.items[i].id == id)
            return &model->slots.items[i];
    return NULL;
}

struct ticket *model_find_ticket(const struct model *model, uint64_t id)
{
    for (size_t i = 0; i < model->tickets.count; i++)
        if (model->tickets.items[i].id == id)
            return &model->tickets.items[i];
    return NULL;
}

struct customer *model_find_customer(const struct model *model, uint64_t id)
{
    for (size_t i = 0; i < model->customers.count; i++)
        if (model->customers.items[i].id == id)
            return &model->customers.items[i];
    return NULL;
}

static struct customer *find_person(const struct model *model, const char *name, const char *phone)
{
    for (size_t i = 0; i < model->customers.count; i++) {
        struct customer *customer = &model->customers.items[i];

        if (!customer->erased_at && strcmp(customer->name, name) == 0 &&
            strcmp(customer->phone, phone) == 0)
            return customer;
    }
    return NULL;
}

struct device *model_find_device(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->devices.count; i++)
        if (strcmp(model->devices.items[i].name, name) == 0)
            return &model->devices.items[i];
    return NULL;
}

/* Who may come in with this token. */
static struct device *find_bearer(const struct model *model, const uint8_t *hash)
{
    for (size_t i = 0; i < model->devices.count; i++)
        if (model->devices.items[i].revoked_at == 0 &&
            memcmp(model->devices.items[i].token_hash, hash, CRYPTO_HASH_SIZE) == 0)
            return &model->devices.items[i];
    return NULL;
}

void model_count_places(const struct model *model, struct slot *slot)
{
    slot->sold = slot->admitted = 0;
    for (size_t i = 0; i < model->tickets.count; i++) {
        const struct ticket *ticket = &model->tickets.items[i];

        if (ticket->slot_id != slot->id || ticket->canceled_at)
            continue;
        slot->sold++;
        slot->admitted += ticket->admitted_by[0] != '\0';
    }
    slot->allotted = 0;
    for (size_t i = 0; !slot->expired_at && i < model->allotments.count; i++)
        if (model->allotments.items[i].slot_id == slot->id)
            slot->allotted += allotment_held(&model->allotments.items[i]);
    slot->available = slot->expired_at ? 0 : slot->capacity - slot->sold - slot->allotted;
    slot->lost = slot->expired_at ? slot->capacity - slot->sold : 0;
}

static void count_tickets(const struct model *model, struct customer *customer)
{
    customer->tickets = 0;
    for (size_t i = 0; i < model->tickets.count; i++)
        customer->tickets += model->tickets.items[i].customer_id == customer->id &&
                             model->tickets.items[i].status != TICKET_ARCHIVED;
}

/* --- the rules --- */

static enum tk_code refuse_schedule(const struct op_schedule *s)
{
    if (!s->name[0] || !text_is_clean(s->name))
        return TK_BAD_NAME;
    if (!text_is_clean(s->description) || !text_is_clean(s->screen))
        return TK_BAD_TEXT;
    if (s->starts_at < 0 || s->ends_at < 0 || s->starts_at > TIME_MAX || s->ends_at > TIME_MAX)
        return TK_BAD_TIME;
    if (s->ends_at <= s->starts_at)
        return TK_END_BEFORE_START;
    if (s->ends_at - s->starts_at > 7 * TIME_DAY)
        return TK_TOO_LONG;
    if ((int)s->type < 0 || s->type >= SLOT_TYPE_COUNT)
        return TK_BAD_TYPE;
    if ((int)s->genre < 0 || s->genre >= GENRE_COUNT)
        return TK_BAD_GENRE;
    return s->capacity < 1 || s->capacity > 100000 ? TK_BAD_CAPACITY : TK_OK;
}

static enum tk_code refuse_enrol(const struct op_enrol *enrol)
{
    if (!enrol->name[0] || !text_is_clean(enrol->name))
        return TK_BAD_NAME;
    return (int)enrol->role < 0 || enrol->role >= ROLE_COUNT ? TK_BAD_ROLE : TK_OK;
}

static enum tk_code refuse_words(const struct operation *o)
{
    if (!model_actor_is_clean(o->actor) || !text_is_clean(o->device))
        return TK_BAD_TEXT;
    if (o->cut_off && o->device[0] == '\0')
        return TK_BAD_NAME;
    if (o->kind == OP_REISSUE && !text_is_clean(o->reissue.slot.name))
        return TK_BAD_NAME;
    if (o->kind == OP_BOOK) {
        if (!text_is_clean(o->book.slot.name) || !text_is_clean(o->book.customer_name))
            return TK_BAD_NAME;
        if ((o->book.customer_name[0] == 0) != (o->book.customer_phone[0] == 0))
            return TK_HALF_CUSTOMER;
        if (o->book.customer_phone[0] && !phone_is_clean(o->book.customer_phone))
            return TK_BAD_PHONE;
        if (o->book.count <= 0 || o->book.count > SLOT_CAPACITY_MAX)
            return TK_BAD_COUNT;
    }
    if (o->kind == OP_ADMIT && o->device[0] == '\0')
        return TK_BAD_NAME;
    if (o->kind == OP_ADMIT && (o->admit.admitted_at < 0 || o->admit.admitted_at > TIME_MAX))
        return TK_BAD_TIME;
    if (o->kind == OP_SCHEDULE)
        return refuse_schedule(&o->schedule);
    if (o->kind == OP_ENROL)
        return refuse_enrol(&o->enrol);
    if (o->kind == OP_REVOKE && (!o->revoke.name[0] || !text_is_clean(o->revoke.name)))
        return TK_BAD_NAME;
    if (o->kind == OP_ROTATE && (o->rotate.generation < 1 || o->rotate.generation > 1000))
        return TK_BAD_GENERATION;
    return model_refuse_till_words(o);
}

enum tk_code model_refuse_sale(const struct model *model, const struct slot *slot, int64_t count,
                                int64_t giving_back)
{
    const struct plan_rules *rules = &model->options.rules;
    int64_t end = rules->close_at_start ? slot->starts_at : slot->ends_at;
    int64_t places = slot->available + (slot->id == giving_back);

    if (slot->expired_at)
        return TK_SLOT_EXPIRED;
    if (model_now(model) >= end + rules->close_after)
        return TK_SELLING_CLOSED;
    if (count > slot->capacity)
        return TK_BAD_COUNT;
    if (places == 0)
        return TK_SOLD_OUT;
    return places < count ? TK_NOT_ENOUGH_PLACES : TK_OK;
}

/* Goes through the slots of that name and start: the first that can be sold, else the one whose
   refusal is most use to the clerk, the first of several. */
static enum tk_code pick_slot(const struct model *model, const struct slot_ref *ref, int64_t count,
                              int64_t giving_back, struct slot **picked)
{
    static const enum tk_code wishes[] = {TK_OK,        TK_NOT_ENOUGH_PLACES, TK_SOLD_OUT,
                                          TK_BAD_COUNT, TK_SELLING_CLOSED,    TK_SLOT_EXPIRED};

    *picked = NULL;
    if (ref->id) {
        *picked = model_find_slot(model, ref->id);
        return *picked ? model_refuse_sale(model, *picked, count, giving_back) : TK_SLOT_NOT_FOUND;
    }
    for (size_t w = 0; w < sizeof wishes / sizeof wishes[0]; w++)
        for (size_t i = 0; i < model->slots.count; i++) {
            struct slot *slot = &model->slots.items[i];

            if (slot->starts_at != ref->starts_at || strcmp(slot->name, ref->name) != 0 ||
                model_refuse_sale(model, slot, count, giving_back) != wishes[w])
                continue;
            *picked = slot;
            return wishes[w];
        }
    return TK_SLOT_NOT_FOUND;
}

/* Where a number belongs in a list that is in the order of numbers. */
#define PLACE_OF(list, number, place)                                                              \
    for ((place) = (list)->count; (place) > 0 && (list)->items[(place)-1].id > (number);)          \
        (place)--;

/* Puts what was added last to the place where it belongs. */
#define MOVE_LAST(list, place)                                                                     \
    do {                                                                                           \
        for (size_t i_ = (list)->count - 1; i_ > (place); i_--) {                                  \
            (list)->items[i_] = (list)->items[i_ - 1];                                             \
        }                                                                                          \
    } while (0)

/* A ticket of this number, or (0) of the next one. */
static struct ticket *issue(struct model *model, const struct operation *o, struct slot *slot,
                            uint64_t number, uint64_t customer_id)
{
    struct ticket ticket = {.id = number ? number : model->next_ticket,
                            .slot_id = slot->id,
                            .customer_id = customer_id,
                            .status = slot->expired_at ? TICKET_EXPIRED : TICKET_BOOKED,
                            .booked_at = model_done_at(model, o),
                            .seller = model_seller(o),
                            .seq = slot->seq};
    size_t place;

    ticket.changed_at = slot->expired_at ? slot->expired_at : ticket.booked_at;
    if (ticket.id >= model->next_ticket)
        model->next_ticket = ticket.id + 1;
    if (number && ticket.id >= model->next_customer)
        model->next_customer = ticket.id + 1;
    if (slot->key_generation == 0) /* the first one that it ever sold */
        slot->key_generation = model->generation;
    model_take_early(model, &ticket);
    PLACE_OF(&model->tickets, ticket.id, place);
    model_must(ticket_list_add(&model->tickets, &ticket));
    MOVE_LAST(&model->tickets, place);
    model->tickets.items[place] = ticket;
    return &model->tickets.items[place];
}

static void set_status(struct ticket *ticket, enum ticket_status status, uint64_t seq, int64_t at)
{
    ticket->status = status;
    ticket->changed_at = at;
    ticket->seq = seq;
    if (status == TICKET_CANCELED)
        ticket->canceled_at = ticket->changed_at;
}

static struct outcome do_schedule(struct model *model, const struct op_schedule *s)
{
    struct slot slot = {.id = SLOT_ID_FIRST + (int64_t)model->slots.count,
                        .starts_at = s->starts_at,
                        .ends_at = s->ends_at,
                        .type = s->type,
                        .genre = s->genre,
                        .seq = 1};

    text_copy(slot.name, sizeof slot.name, s->name);
    text_copy(slot.description, sizeof slot.description, s->description);
    text_copy(slot.screen, sizeof slot.screen, s->screen);
    slot.capacity = slot.available = (int32_t)s->capacity;
    model_must(slot_list_add(&model->slots, &slot));
    return (struct outcome){.slot_id = slot.id, .available = slot.capacity};
}

/* The number that a customer who is new has: that of the first ticket of a sale that has numbers. */
static uint64_t number_of_new(const struct model *model, const struct op_book *book)
{
    return book->first_ticket ? book->first_ticket : model->next_customer;
}

static uint64_t know_customer(struct model *model, const struct op_book *book)
{
    struct customer customer = {.id = number_of_new(model, book), .created_at = model_now(model)};
    struct customer *known;
    size_t place;

    if (!book->customer_name[0])
        return 0;
    known = find_person(model, book->customer_name, book->customer_phone);
    if (known)
        return known->id;
    text_copy(customer.name, sizeof customer.name, book->customer_name);
    text_copy(customer.phone, sizeof customer.phone, book->customer_phone);
    if (customer.id >= model->next_customer)
        model->next_customer = customer.id + 1;
    PLACE_OF(&model->customers, customer.id, place);
    model_must(customer_list_add(&model->customers, &customer));
    MOVE_LAST(&model->customers, place);
    model->customers.items[place] = customer;
    return customer.id;
}

/* What is left for whoever asks. */
static int32_t left_for(const struct model *model, const struct operation *o,
                        const struct slot *slot)
{
    return o->cut_off ? model_held(model, slot->id, o->device, NULL) : slot->available;
}

static enum tk_code refuse_book(const struct model *model, const struct operation *o,
                                struct slot **slot)
{
    const struct op_book *book = &o->book;
    enum tk_code code;

    if (!book->first_ticket)
        return pick_slot(model, &book->slot, book->count, 0, slot);
    *slot = model_find_slot(model, book->slot.id);
    code = *slot ? model_refuse_issued(model, o, *slot, book->first_ticket, book->count, 0)
                 : TK_SLOT_NOT_FOUND;
    if (!code && book->customer_name[0] &&
        !find_person(model, book->customer_name, book->customer_phone) &&
        model_find_customer(model, book->first_ticket))
        code = TK_NUMBER_USED;
    return code;
}

static struct outcome do_book(struct model *model, const struct operation *o)
{
    const struct op_book *book = &o->book;
    struct outcome outcome = {0};
    struct slot *slot;

    outcome.code = refuse_book(model, o, &slot);
    if (slot) {
        outcome.slot_id = slot->id;
        outcome.available = left_for(model, o, slot);
    }
    if (outcome.code)
        return outcome;
    outcome.customer_id = know_customer(model, book);
    outcome.ticket_id = book->first_ticket ? book->first_ticket : model->next_ticket;
    outcome.count = (int32_t)book->count;
    slot->seq++;
    for (int32_t i = 1; i <= outcome.count; i++) {
        struct ticket *ticket =
            issue(model, o, slot, book->first_ticket ? book->first_ticket + (uint64_t)i - 1 : 0,
                  outcome.customer_id);

        ticket->sale_id = outcome.ticket_id;
        ticket->sale_position = i;
        ticket->sale_size = outcome.count;
    }
    if (slot->expired_at)
        slot->archived_at = 0;
    model_use_numbers(model, book->first_ticket, book->count);
    model_count_own_sale(model, o, slot->id, outcome.count);
    model_count_places(model, slot);
    if (outcome.customer_id)
        count_tickets(model, model_find_customer(model, outcome.customer_id));
    outcome.available = left_for(model, o, slot);
    return outcome;
}

static enum tk_code refuse_ticket(const struct ticket *ticket)
{
    if (ticket->status == TICKET_EXPIRED)
        return TK_TICKET_EXPIRED;
    if (ticket->status == TICKET_ARCHIVED)
        return TK_TICKET_ARCHIVED;
    if (ticket->status == TICKET_CANCELED)
        return ticket->replaced_by ? TK_TICKET_REPLACED : TK_TICKET_CANCELED;
    return TK_OK;
}

/* The same for what may be told late: what a till did cut off before the showing's books were closed. */
static enum tk_code refuse_late(const struct model *model, const struct operation *o,
                                const struct ticket *ticket)
{
    const struct slot *slot = model_find_slot(model, ticket->slot_id);

    if (ticket->status == TICKET_EXPIRED && o->cut_off && slot->expired_at > model_done_at(model, o))
        return TK_OK;
    return refuse_ticket(ticket);
}

/* Whether a ticket may be taken back: it is alive, nobody went in with it, and one who is cut off sold of
   his own there. */
static enum tk_code refuse_return(const struct model *model, const struct operation *o,
                                  const struct ticket *ticket)
{
    enum tk_code code = refuse_late(model, o, ticket);
    struct allotment *row = NULL;

    if (code == TK_OK && ticket->admitted_at != 0)
        return TK_TICKET_ADMITTED;
    if (code || !o->cut_off)
        return code;
    model_held(model, ticket->slot_id, o->device, &row);
    return row && row->sold >= 1 ? TK_OK : TK_NOT_ALLOTTED;
}

static struct outcome do_cancel(struct model *model, const struct operation *o)
{
    struct ticket *ticket = model_find_ticket(model, o->cancel.ticket_id);
    struct outcome outcome = {0};
    struct slot *slot;

    if (!ticket)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    slot = model_find_slot(model, ticket->slot_id);
    outcome.slot_id = slot->id;
    outcome.customer_id = ticket->customer_id;
    outcome.code = refuse_return(model, o, ticket);
    if (outcome.code)
        return outcome;
    set_status(ticket, TICKET_CANCELED, ++slot->seq, model_done_at(model, o));
    model_count_own_sale(model, o, slot->id, -1);
    model_count_places(model, slot);
    outcome.ticket_id = ticket->id;
    outcome.count = 1;
    outcome.available = left_for(model, o, slot);
    return outcome;
}

static enum tk_code refuse_reissue(const struct model *model, const struct operation *o,
                                   int64_t old_slot, struct slot **slot)
{
    const struct op_reissue *reissue = &o->reissue;

    if (!reissue->new_ticket)
        return pick_slot(model, &reissue->slot, 1, old_slot, slot);
    *slot = model_find_slot(model, reissue->slot.id);
    return *slot ? model_refuse_issued(model, o, *slot, reissue->new_ticket, 1, old_slot)
                 : TK_SLOT_NOT_FOUND;
}

static struct outcome do_reissue(struct model *model, const struct operation *o)
{
    const struct op_reissue *reissue = &o->reissue;
    struct ticket *old = model_find_ticket(model, reissue->ticket_id), *ticket;
    struct outcome outcome = {0};
    struct slot *slot, *old_slot;
    int64_t seller;

    if (!old)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    seller = old->seller;
    old_slot = model_find_slot(model, old->slot_id);
    outcome.slot_id = old_slot->id;
    outcome.customer_id = old->customer_id;
    outcome.code = refuse_return(model, o, old);
    if (outcome.code)
        return outcome;
    outcome.code = refuse_reissue(model, o, old_slot->id, &slot);
    if (slot) {
        outcome.slot_id = slot->id;
        outcome.available = left_for(model, o, slot);
    }
    if (outcome.code)
        return outcome;
    set_status(old, TICKET_CANCELED, ++old_slot->seq, model_done_at(model, o));
    old->replaced_by = outcome.ticket_id =
        reissue->new_ticket ? reissue->new_ticket : model->next_ticket;
    slot->seq++;
    ticket = issue(model, o, slot, reissue->new_ticket, outcome.customer_id);
    ticket->replaces = reissue->ticket_id;
    ticket->seller = seller;
    ticket->sale_id = ticket->id;
    ticket->sale_position = ticket->sale_size = 1;
    if (slot->expired_at)
        slot->archived_at = 0;
    model_use_numbers(model, reissue->new_ticket, 1);
    model_count_own_sale(model, o, old_slot->id, -1);
    model_count_own_sale(model, o, slot->id, 1);
    model_count_places(model, old_slot);
    model_count_places(model, slot);
    if (outcome.customer_id)
        count_tickets(model, model_find_customer(model, outcome.customer_id));
    outcome.old_ticket_id = reissue->ticket_id;
    outcome.count = 1;
    outcome.available = left_for(model, o, slot);
    return outcome;
}

static struct outcome do_expire(struct model *model, const struct op_expire *expire)
{
    struct slot *slot = model_find_slot(model, expire->slot_id);
    struct outcome outcome = {.slot_id = expire->slot_id};

    if (!slot)
        return (struct outcome){.code = TK_SLOT_NOT_FOUND};
    if (slot->expired_at)
        return (struct outcome){.code = TK_SLOT_EXPIRED, .slot_id = slot->id};
    if (expire->as_of < slot->ends_at + model->options.rules.expire_after)
        return (struct outcome){.code = TK_NOT_DUE, .slot_id = slot->id};
    slot->expired_at = model_now(model);
    slot->seq++;
    for (size_t i = 0; i < model->tickets.count; i++) {
        struct ticket *ticket = &model->tickets.items[i];

        if (ticket->slot_id != slot->id || ticket->status != TICKET_BOOKED)
            continue;
        set_status(ticket, TICKET_EXPIRED, slot->seq, model_now(model));
    }
    model_count_places(model, slot);
    outcome.count = slot->sold;
    return outcome;
}

static void forget_when_gone(const struct model *model, uint64_t id)
{
    struct customer *customer = model_find_customer(model, id);

    if (!customer)
        return;
    count_tickets(model, customer);
    if (customer->tickets || customer->erased_at)
        return;
    customer->name[0] = customer->phone[0] = '\0';
    customer->erased_at = model_now(model);
}

static struct outcome do_archive(struct model *model, const struct op_archive *archive)
{
    struct slot *slot = model_find_slot(model, archive->slot_id);
    struct outcome outcome = {.slot_id = archive->slot_id};
    bool whole;

    if (!slot)
        return (struct outcome){.code = TK_SLOT_NOT_FOUND};
    whole = slot->expired_at && !slot->archived_at && slot->expired_at <= archive->before;
    for (size_t i = 0; i < model->tickets.count; i++) {
        struct ticket *ticket = &model->tickets.items[i];

        if (ticket->slot_id != slot->id || ticket->changed_at > archive->before ||
            ticket->status == TICKET_BOOKED || ticket->status == TICKET_ARCHIVED)
            continue;
        outcome.count++;
        set_status(ticket, TICKET_ARCHIVED, slot->seq + 1, model_now(model));
        forget_when_gone(model, ticket->customer_id);
    }
    if (outcome.count || whole)
        slot->seq++;
    else
        outcome.code = TK_NOT_DUE;
    if (whole)
        slot->archived_at = model_now(model);
    return outcome;
}

struct outcome model_enrol(struct model *model, const struct op_enrol *enrol)
{
    struct device device = {.role = enrol->role, .enrolled_at = model_now(model)};
    struct device *known = model_find_device(model, enrol->name);
    char note[RECORD_KEY_SIZE];

    if ((known && !known->revoked_at) || find_bearer(model, enrol->token_hash))
        return (struct outcome){.code = TK_DEVICE_KNOWN};
    text_copy(device.name, sizeof device.name, enrol->name);
    memcpy(device.token_hash, enrol->token_hash, CRYPTO_HASH_SIZE);
    if (known)
        *known = device;
    else
        model_must(device_list_add(&model->devices, &device));
    snprintf(note, sizeof note, "device/%s", device.name);
    model_forget_record(model, note);
    return (struct outcome){0};
}

static struct outcome do_revoke(struct model *model, const struct op_revoke *revoke)
{
    struct device *device = model_find_device(model, revoke->name);

    if (!device || device->revoked_at)
        return (struct outcome){.code = TK_DEVICE_NOT_FOUND};
    device->revoked_at = model_now(model);
    return (struct outcome){0};
}

/* When somebody went in: a door that was cut off says so, one whose clock is ahead is not believed. */
static int64_t moment_of_entry(const struct model *model, const struct op_admit *admit)
{
    int64_t now = model_now(model);

    if (admit->admitted_at == 0 || admit->admitted_at - now > 5 * TIME_SECOND)
        return now;
    return admit->admitted_at;
}

static enum tk_code refuse_entry(const struct model *model, const struct ticket *ticket,
                                 const struct slot *slot, int64_t served, int64_t moment, bool told)
{
    int64_t opens = slot->starts_at - model->options.rules.admit_before;
    /* told later, of an evening whose books are closed by now */
    bool late = ticket->status == TICKET_EXPIRED && told && moment < slot->expired_at &&
                opens <= moment && moment < slot->ends_at;

    if (!late && refuse_ticket(ticket))
        return refuse_ticket(ticket);
    if (served != 0 && served != slot->id)
        return TK_WRONG_SLOT;
    if (ticket->admitted_by[0])
        return TK_ALREADY_ADMITTED;
    if (moment < opens)
        return TK_TOO_EARLY;
    return moment >= slot->ends_at ? TK_SLOT_OVER : TK_OK;
}

static struct outcome do_admit(struct model *model, const struct operation *o)
{
    struct ticket *ticket = model_find_ticket(model, o->admit.ticket_id);
    struct outcome outcome = {0};
    struct slot *slot;
    int64_t moment = moment_of_entry(model, &o->admit);

    if (!ticket && o->admit.slot_id)
        return model_admit_early(model, o, moment);
    if (!ticket)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    slot = model_find_slot(model, ticket->slot_id);
    outcome.slot_id = slot->id;
    outcome.ticket_id = ticket->id;
    outcome.code = refuse_entry(model, ticket, slot, o->admit.slot_id, moment,
                                o->admit.admitted_at != 0);
    if (outcome.code)
        return outcome;
    ticket->admitted_at = moment;
    text_copy(ticket->admitted_by, sizeof ticket->admitted_by, o->device);
    ticket->seq = ++slot->seq;
    model_count_places(model, slot);
    outcome.count = 1;
    return outcome;
}

static struct outcome do_unadmit(struct model *model, const struct operation *o)
{
    struct ticket *ticket = model_find_ticket(model, o->unadmit.ticket_id);
    struct outcome outcome = {0};
    struct slot *slot;
    int64_t when = model_now(model);

    if (!ticket)
        return model_unadmit_early(model, o);
    slot = model_find_slot(model, ticket->slot_id);
    outcome.slot_id = slot->id;
    outcome.ticket_id = ticket->id;
    if (o->at >= ticket->admitted_at && o->at < when) /* the door's own time, if it can be */
        when = o->at;
    if (ticket->admitted_at == 0 && o->cut_off)
        return outcome;
    if (ticket->admitted_at == 0)
        outcome.code = TK_NOT_ADMITTED;
    else if (ticket->status != TICKET_BOOKED &&
             !(ticket->status == TICKET_EXPIRED && when < slot->expired_at))
        outcome.code = refuse_ticket(ticket);
    else if (strcmp(o->device, ticket->admitted_by) != 0)
        outcome.code = TK_OTHER_DOOR;
    else if (when > ticket->admitted_at + 15 * TIME_MINUTE)
        outcome.code = TK_UNDO_TOO_LATE;
    if (outcome.code)
        return outcome;
    ticket->admitted_at = 0;
    memset(ticket->admitted_by, 0, sizeof ticket->admitted_by);
    ticket->seq = ++slot->seq;
    model_count_places(model, slot);
    outcome.count = 1;
    return outcome;
}

static struct outcome do_print(struct model *model, const struct operation *o)
{
    struct ticket *ticket = model_find_ticket(model, o->copy.ticket_id);
    struct slot *slot;

    if (!ticket)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    if (refuse_late(model, o, ticket))
        return (struct outcome){.code = refuse_late(model, o, ticket), .slot_id = ticket->slot_id};
    slot = model_find_slot(model, ticket->slot_id);
    ticket->seq = ++slot->seq;
    ticket->prints++;
    return (struct outcome){
        .slot_id = slot->id, .ticket_id = ticket->id, .count = ticket->prints};
}

static struct outcome do_rotate(struct model *model, const struct op_rotate *rotate)
{
    if (rotate->generation > 1000 || rotate->generation - model->generation != 1)
        return (struct outcome){.code = TK_BAD_GENERATION};
    model->generation = rotate->generation;
    return (struct outcome){.count = (int32_t)rotate->generation};
}

static struct outcome do_operation(struct model *model, const struct operation *o)
{
    struct outcome refused = {.code = refuse_words(o)};

    if (!refused.code)
        refused.code = model_refuse_actor(model, o);
    if (refused.code)
        return refused;
    switch (o->kind) {
    case OP_SCHEDULE:
        return do_schedule(model, &o->schedule);
    case OP_BOOK:
        return do_book(model, o);
    case OP_REISSUE:
        return do_reissue(model, o);
    case OP_CANCEL:
        return do_cancel(model, o);
    case OP_EXPIRE:
        return do_expire(model, &o->expire);
    case OP_ENROL:
        return model_enrol(model, &o->enrol);
    case OP_REVOKE:
        return do_revoke(model, &o->revoke);
    case OP_ADMIT:
        return do_admit(model, o);
    case OP_UNADMIT:
        return do_unadmit(model, o);
    case OP_PRINT:
        return do_print(model, o);
    case OP_ROTATE:
        return do_rotate(model, &o->rotate);
    case OP_ARCHIVE:
        return do_archive(model, &o->archive);
    default:
        return model_do_till(model, o);
    }
}

/* --- once and on record --- */

static bool same_ref(const struct slot_ref *a, const struct slot_ref *b)
{
    return a->id == b->id && strcmp(a->name, b->name) == 0 && a->starts_at == b->starts_at;
}

static bool same_schedule(const struct op_schedule *a, const struct op_schedule *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->description, b->description) == 0 &&
           strcmp(a->screen, b->screen) == 0 && a->starts_at == b->starts_at &&
           a->ends_at == b->ends_at && a->type == b->type && a->genre == b->genre &&
           a->capacity == b->capacity;
}

static bool same_id(const struct op_id *a, const struct op_id *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool same_texts(const char *a, const char *b, const char *c, const char *d)
{
    return strcmp(a, b) == 0 && strcmp(c, d) == 0;
}

/* Of the kinds that people and their devices need. */
static bool same_staff_body(const struct operation *a, const struct operation *b)
{
    switch (a->kind) {
    case OP_STAFF:
        return a->staff.number == b->staff.number && a->staff.role == b->staff.role &&
               a->staff.left == b->staff.left && strcmp(a->staff.name, b->staff.name) == 0;
    case OP_PIN:
        return a->pin.number == b->pin.number &&
               same_texts(a->pin.pin, b->pin.pin, a->pin.password, b->pin.password);
    case OP_SIGN:
        return a->sign.number == b->sign.number && strcmp(a->sign.event, b->sign.event) == 0;
    case OP_SHIFT_OPEN:
        return true;
    case OP_SHIFT_CLOSE:
        return same_texts(a->shift_close.keys, b->shift_close.keys, a->shift_close.seconds,
                          b->shift_close.seconds);
    case OP_LIMIT:
        return a->limit.value == b->limit.value && strcmp(a->limit.name, b->limit.name) == 0;
    case OP_INVITE:
        return strcmp(a->invite.name, b->invite.name) == 0 && a->invite.role == b->invite.role &&
               a->invite.attended == b->invite.attended && a->invite.until == b->invite.until &&
               memcmp(a->invite.code_hash, b->invite.code_hash, CRYPTO_HASH_SIZE) == 0;
    case OP_REDEEM:
        return strcmp(a->redeem.name, b->redeem.name) == 0 &&
               memcmp(a->redeem.code_hash, b->redeem.code_hash, CRYPTO_HASH_SIZE) == 0 &&
               memcmp(a->redeem.token_hash, b->redeem.token_hash, CRYPTO_HASH_SIZE) == 0;
    case OP_TIER:
        return a->tier.customer_id == b->tier.customer_id &&
               same_texts(a->tier.tier, b->tier.tier, a->tier.reason, b->tier.reason);
    case OP_ERASE:
        return a->erase.customer_id == b->erase.customer_id &&
               strcmp(a->erase.reason, b->erase.reason) == 0;
    default:
        return strcmp(a->seal.why, b->seal.why) == 0;
    }
}

/* Of the kinds that tills need. */
static bool same_till_body(const struct operation *a, const struct operation *b)
{
    switch (a->kind) {
    case OP_JOIN:
        return same_id(&a->join.replica, &b->join.replica);
    case OP_GRANT:
        return a->grant.slot_id == b->grant.slot_id && a->grant.granted == b->grant.granted &&
               strcmp(a->grant.holder, b->grant.holder) == 0;
    case OP_RETURN:
        return a->give_back.slot_id == b->give_back.slot_id &&
               a->give_back.returned == b->give_back.returned && a->cut_off == b->cut_off;
    case OP_WRITE_OFF:
        return a->write_off.slot_id == b->write_off.slot_id &&
               strcmp(a->write_off.holder, b->write_off.holder) == 0;
    case OP_BLOCK:
        return strcmp(a->block.holder, b->block.holder) == 0;
    case OP_MARK:
        return same_id(&a->mark.replica, &b->mark.replica) && a->mark.seq == b->mark.seq &&
               memcmp(a->mark.hash, b->mark.hash, CRYPTO_HASH_SIZE) == 0;
    case OP_QUARANTINE:
        return strcmp(a->quarantine.holder, b->quarantine.holder) == 0;
    case OP_VOID:
        return same_id(&a->void_.operation, &b->void_.operation);
    case OP_CLOSE:
        return same_id(&a->settle.dispute, &b->settle.dispute) &&
               strcmp(a->settle.reason, b->settle.reason) == 0;
    default:
        return same_staff_body(a, b);
    }
}

static bool same_body(const struct operation *a, const struct operation *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case OP_SCHEDULE:
        return same_schedule(&a->schedule, &b->schedule);
    case OP_BOOK:
        return same_ref(&a->book.slot, &b->book.slot) && a->book.count == b->book.count &&
               a->cut_off == b->cut_off && a->book.first_ticket == b->book.first_ticket &&
               strcmp(a->book.customer_name, b->book.customer_name) == 0 &&
               strcmp(a->book.customer_phone, b->book.customer_phone) == 0;
    case OP_REISSUE:
        return a->reissue.ticket_id == b->reissue.ticket_id && a->cut_off == b->cut_off &&
               a->reissue.new_ticket == b->reissue.new_ticket &&
               same_ref(&a->reissue.slot, &b->reissue.slot);
    case OP_CANCEL:
        return a->cancel.ticket_id == b->cancel.ticket_id && a->cut_off == b->cut_off;
    case OP_EXPIRE:
        return a->expire.slot_id == b->expire.slot_id && a->expire.as_of == b->expire.as_of;
    case OP_ENROL:
        return strcmp(a->enrol.name, b->enrol.name) == 0 && a->enrol.role == b->enrol.role &&
               memcmp(a->enrol.token_hash, b->enrol.token_hash, CRYPTO_HASH_SIZE) == 0;
    case OP_REVOKE:
        return strcmp(a->revoke.name, b->revoke.name) == 0;
    case OP_ADMIT:
        return a->admit.ticket_id == b->admit.ticket_id && a->admit.slot_id == b->admit.slot_id &&
               a->admit.admitted_at == b->admit.admitted_at && a->cut_off == b->cut_off;
    case OP_UNADMIT:
        return a->unadmit.ticket_id == b->unadmit.ticket_id && a->cut_off == b->cut_off;
    case OP_PRINT:
        return a->copy.ticket_id == b->copy.ticket_id && a->cut_off == b->cut_off;
    case OP_ROTATE:
        return a->rotate.generation == b->rotate.generation;
    case OP_ARCHIVE:
        return a->archive.slot_id == b->archive.slot_id && a->archive.before == b->archive.before;
    default:
        return same_till_body(a, b);
    }
}

static const struct journal_entry *last_entry_of(const struct model *model, const char *device)
{
    for (size_t i = model->journal.count; i-- > 0;)
        if (strcmp(model->journal.items[i].device, device) == 0)
            return &model->journal.items[i];
    return NULL;
}

static void record(struct model *model, const struct operation *o, const struct outcome *outcome)
{
    static const uint8_t nothing[CRYPTO_HASH_SIZE];
    static const struct crypto_key digest_key;
    const struct journal_entry *before = last_entry_of(model, o->device);
    struct journal_entry entry = {.seq = (int64_t)model->journal.count + 1,
                                  .device_seq = before ? before->device_seq + 1 : 1,
                                  .id = o->id,
                                  .kind = o->kind,
                                  .at = o->at,
                                  .recorded_at = model_now(model)};
    struct buffer body, result;

    buffer_init(&body, 16 * 1024);
    buffer_init(&result, 4 * 1024);
    operation_print(&body, o, OP_PRINT_JOURNAL);
    outcome_print(&result, outcome);
    entry.body = must(strdup(buffer_text(&body)));
    entry.outcome = must(strdup(buffer_text(&result)));
    buffer_release(&body);
    buffer_release(&result);
    text_copy(entry.device, sizeof entry.device, o->device);
    text_copy(entry.actor, sizeof entry.actor, o->actor);
    model_must(operation_digest(o, &digest_key, entry.digest));
    model_must(journal_hash(&entry, before ? before->hash : nothing, entry.hash));
    if (model->journal.count == model->asked_room) {
        model->asked_room = model->asked_room ? model->asked_room * 2 : 64;
        model->asked = must(realloc(model->asked, model->asked_room * sizeof *model->asked));
    }
    model->asked[model->journal.count] = (struct asked){*o, *outcome};
    model_must(journal_list_add(&model->journal, &entry));
}

static struct outcome apply_one(struct model *model, const struct operation *o)
{
    struct outcome outcome;

    for (size_t i = 0; i < model->journal.count; i++) {
        if (memcmp(&model->asked[i].operation.id, &o->id, sizeof o->id) != 0)
            continue;
        outcome = same_body(&model->asked[i].operation, o) ? model->asked[i].outcome
                                                           : (struct outcome){.code = TK_ID_REUSED};
        outcome.replayed = true;
        if (outcome.code == TK_ID_REUSED)
            model_note_dispute(model, o, &outcome, false);
        return outcome;
    }
    if (model_is_voided(model, &o->id)) {
        outcome = (struct outcome){.code = TK_VOIDED, .replayed = true};
        model_note_dispute(model, o, &outcome, false);
        return outcome;
    }
    outcome = do_operation(model, o);
    model_count(model, o, &outcome, model->voided_kind);
    model_note_dispute(model, o, &outcome, refuse_words(o) == TK_OK);
    record(model, o, &outcome);
    model->changes++;
    return outcome;
}

static enum tk_code model_apply(struct store *store, const struct operation *operations,
                                size_t count, struct outcome *outcomes, struct tk_error *error)
{
    (void)error;
    for (size_t i = 0; i < count; i++)
        outcomes[i] = apply_one((struct model *)store, &operations[i]);
    return TK_OK;
}

static void *copy_items(const void *items, size_t count, size_t size)
{
    void *copy = must(malloc(count ? count * size : 1));

    if (count)
        memcpy(copy, items, count * size);
    return copy;
}

/* Does something with each list but the journal's, whose entries are only ever added. */
#define ON_EACH_LIST(X)                                                                            \
    X(slots) X(tickets) X(customers) X(devices) X(allotments) X(blocks) X(replicas) X(earlies)     \
    X(disputes) X(voided) X(members) X(invites) X(records) X(tallies)

static struct model remember(const struct model *model)
{
    struct model copy = *model;

#define X(list)                                                                                    \
    copy.list.items =                                                                              \
        copy_items(model->list.items, model->list.count, sizeof *model->list.items);               \
    copy.list.capacity = copy.list.count;
    ON_EACH_LIST(X)
#undef X
    return copy;
}

static void release_lists(struct model *model)
{
#define X(list) free(model->list.items);
    ON_EACH_LIST(X)
#undef X
}

static void go_back(struct model *model, const struct model *before)
{
    release_lists(model);
#define X(list) model->list = before->list;
    ON_EACH_LIST(X)
#undef X
    model->changes = before->changes;
    model->generation = before->generation;
    model->record_seq = before->record_seq;
    memcpy(model->limits, before->limits, sizeof model->limits);
    model->next_ticket = before->next_ticket;
    model->next_customer = before->next_customer;
    while (model->journal.count > before->journal.count) {
        model->journal.count--;
        free(model->journal.items[model->journal.count].body);
        free(model->journal.items[model->journal.count].outcome);
    }
}

static enum tk_code model_apply_all(struct store *store, const struct operation_source *source,
                                    size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct model *model = (struct model *)store, before = remember(model);
    struct operation operation;
    enum tk_code code;
    bool end = false;

    *applied = *replayed = 0;
    for (;;) {
        struct outcome outcome;

        code = source->next(source->context, &operation, &end, error);
        if (code || end)
            break;
        outcome = apply_one(model, &operation);
        code = outcome.code ? tk_fail_code(error, outcome.code) : TK_OK;
        if (code)
            break;
        *(outcome.replayed ? replayed : applied) += 1;
        if (source->progress)
            source->progress(source->context, *applied + *replayed);
    }
    if (code || source->dry_run)
        go_back(model, &before);
    else
        release_lists(&before);
    return code;
}

/* --- lists --- */

size_t model_limit(size_t limit)
{
    return limit ? limit : STORE_LIST_MAX;
}

static bool holds_folded(const char *name, const char *part)
{
    char a[SLOT_NAME_SIZE * 4], b[SLOT_NAME_SIZE * 4];

    text_fold(a, sizeof a, name);
    text_fold(b, sizeof b, part);
    return strstr(a, b) != NULL;
}

/* Whether the place (a, b) comes after (c, d). */
static bool is_after(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return a > c || (a == c && b > d);
}

static bool slot_wanted(const struct slot *slot, const struct slot_query *q)
{
    int64_t from = q->starts_at_given ? q->starts_at : q->from;
    int64_t to = q->starts_at_given ? q->starts_at + 1 : q->to;

    if (q->after_given && q->descending &&
        !is_after(q->after_starts_at, q->after_id, slot->starts_at, slot->id))
        return false;
    if (q->after_given && !q->descending &&
        !is_after(slot->starts_at, slot->id, q->after_starts_at, q->after_id))
        return false;
    return (!q->name || strcmp(slot->name, q->name) == 0) &&
           (!q->contains || holds_folded(slot->name, q->contains)) &&
           (q->genre < 0 || (int)slot->genre == q->genre) &&
           (q->type < 0 || (int)slot->type == q->type) && slot->starts_at >= from &&
           (!to || slot->starts_at < to) &&
           (!q->starts_after || slot->starts_at > q->starts_after) &&
           (!q->ends_after || slot->ends_at > q->ends_after) &&
           (!q->with_room || slot->available > 0) && (!q->unexpired || !slot->expired_at);
}

static int slot_order(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;

    return is_after(a->starts_at, a->id, b->starts_at, b->id) ? 1 : -1;
}

static int slot_order_down(const void *left, const void *right)
{
    return slot_order(right, left);
}

static enum tk_code model_list_slots(struct store *store, const struct slot_query *query,
                                     struct slot_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    struct slot_list found = {0};

    (void)error;
    for (size_t i = 0; query->ids && i < query->id_count; i++)
        if (model_find_slot(model, query->ids[i]))
            model_must(slot_list_add(list, model_find_slot(model, query->ids[i])));
    for (size_t i = 0; !query->ids && i < model->slots.count; i++) {
        const struct slot *slot = &model->slots.items[i];

        if (query->by_id ? !query->after_given || slot->id > query->after_id
                         : slot_wanted(slot, query))
            model_must(slot_list_add(&found, slot));
    }
    if (!query->by_id && found.count)
        qsort(found.items, found.count, sizeof *found.items,
              query->descending ? slot_order_down : slot_order);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(slot_list_add(list, &found.items[i]));
    slot_list_release(&found);
    return TK_OK;
}

static bool ticket_wanted(const struct ticket *t, const struct ticket_query *q)
{
    if (q->status >= 0 && (int)t->status != q->status)
        return false;
    if (q->slot_id && t->slot_id != q->slot_id)
        return false;
    if (!q->slot_id && q->customer_id && t->customer_id != q->customer_id)
        return false;
    if (!q->slot_id && !q->customer_id && q->sale_id)
        return t->sale_id == q->sale_id && t->id > q->after_id;
    if (q->newest_first)
        return !q->after_id || t->id < q->after_id;
    if (q->slot_id && q->after_seq)
        return q->after_id ? is_after((int64_t)t->seq, (int64_t)t->id, (int64_t)q->after_seq,
                                      (int64_t)q->after_id)
                           : t->seq > q->after_seq;
    return q->slot_id || t->id > q->after_id;
}

static int ticket_seq_order(const void *left, const void *right)
{
    const struct ticket *a = left, *b = right;

    return is_after((int64_t)a->seq, (int64_t)a->id, (int64_t)b->seq, (int64_t)b->id) ? 1 : -1;
}

static int ticket_newest_order(const void *left, const void *right)
{
    const struct ticket *a = left, *b = right;

    return a->id < b->id ? 1 : -1;
}

static enum tk_code model_list_tickets(struct store *store, const struct ticket_query *query,
                                       struct ticket_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    bool sale = query->sale_id && !query->slot_id && !query->customer_id;
    struct ticket_list found = {0};

    (void)error;
    for (size_t i = 0; query->ids && i < query->id_count; i++)
        if (model_find_ticket(model, query->ids[i]))
            model_must(ticket_list_add(list, model_find_ticket(model, query->ids[i])));
    for (size_t i = 0; !query->ids && i < model->tickets.count; i++)
        if (ticket_wanted(&model->tickets.items[i], query))
            model_must(ticket_list_add(&found, &model->tickets.items[i]));
    if (found.count && query->newest_first && !sale)
        qsort(found.items, found.count, sizeof *found.items, ticket_newest_order);
    else if (found.count && query->slot_id)
        qsort(found.items, found.count, sizeof *found.items, ticket_seq_order);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(ticket_list_add(list, &found.items[i]));
    ticket_list_release(&found);
    return TK_OK;
}

/* Whether each word of `words` begins a word of the name. */
static bool has_words(const char *name, const char *words)
{
    char a[CUSTOMER_NAME_SIZE * 4 + 1] = " ", b[CUSTOMER_NAME_SIZE * 4 + 1], word[sizeof b + 1];

    text_fold(a + 1, sizeof a - 1, name);
    text_fold(b, sizeof b, words);
    for (char *at = b, *end; *at; at = end + (*end == ' ')) {
        end = at + strcspn(at, " ");
        snprintf(word, sizeof word, " %.*s", (int)(end - at), at);
        if (end != at && !strstr(a, word))
            return false;
    }
    return true;
}

/* Whether he has, or had, a ticket of that slot. */
static bool has_ticket_of(const struct model *model, uint64_t customer_id, int64_t slot_id)
{
    for (size_t i = 0; i < model->tickets.count; i++)
        if (model->tickets.items[i].customer_id == customer_id &&
            model->tickets.items[i].slot_id == slot_id)
            return true;
    return false;
}

static bool customer_wanted(const struct model *model, const struct customer *customer,
                            const struct customer_query *q)
{
    if (q->after_id &&
        (q->newest_first ? customer->id >= q->after_id : customer->id <= q->after_id))
        return false;
    if (q->slot_id && !has_ticket_of(model, customer->id, q->slot_id))
        return false;
    if (q->phone_end) {
        size_t have = strlen(customer->phone), want = strlen(q->phone_end);

        return have >= want && strcmp(customer->phone + have - want, q->phone_end) == 0;
    }
    return !q->name || has_words(customer->name, q->name);
}

static enum tk_code model_list_customers(struct store *store, const struct customer_query *query,
                                         struct customer_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    size_t left = model_limit(query->limit);

    (void)error;
    for (size_t i = 0; query->ids && i < query->id_count; i++)
        if (model_find_customer(model, query->ids[i]))
            model_must(customer_list_add(list, model_find_customer(model, query->ids[i])));
    for (size_t i = 0; !query->ids && left && i < model->customers.count; i++) {
        size_t at = query->newest_first ? model->customers.count - 1 - i : i;

        if (!customer_wanted(model, &model->customers.items[at], query))
            continue;
        model_must(customer_list_add(list, &model->customers.items[at]));
        left--;
    }
    return TK_OK;
}

static bool names_ticket(const struct journal_entry *entry, const struct journal_query *q)
{
    char id[ID_TEXT_MAX];

    for (size_t i = 0; i < q->ticket_count; i++) {
        id_print(id, ID_TICKET, q->tickets[i]);
        if (strstr(entry->body, id) || strstr(entry->outcome, id))
            return true;
    }
    return !q->tickets;
}

/* The actor itself; of a member also what he approved, or had approved. */
static bool is_by(const char *actor, const char *wanted)
{
    size_t length = strlen(wanted);
    const char *plus = strchr(actor, '+');

    if (strcmp(actor, wanted) == 0)
        return true;
    return wanted[0] == '#' && actor[0] == '#' && plus &&
           (strcmp(plus + 1, wanted) == 0 ||
            ((size_t)(plus - actor) == length && strncmp(actor, wanted, length) == 0));
}

static bool entry_asked(const struct journal_entry *entry, const struct journal_query *q)
{
    return entry->seq > q->after_seq && (!q->actor || is_by(entry->actor, q->actor)) &&
           (!q->device || strcmp(q->device, entry->device) == 0) &&
           (!q->kind || strcmp(q->kind, op_kind_name(entry->kind)) == 0) &&
           (!q->from || entry->at >= q->from) && (!q->to || entry->at < q->to) &&
           names_ticket(entry, q);
}

static enum tk_code model_list_journal(struct store *store, const struct journal_query *query,
                                       struct journal_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    size_t left = model_limit(query->limit);

    (void)error;
    for (size_t i = 0; left && i < model->journal.count; i++) {
        struct journal_entry entry = model->journal.items[i];

        if (!entry_asked(&entry, query))
            continue;
        entry.body = must(strdup(entry.body));
        entry.outcome = must(strdup(entry.outcome));
        model_must(journal_list_add(list, &entry));
        left--;
    }
    return TK_OK;
}

static bool has_canceled(const struct model *model, int64_t slot_id, int64_t before)
{
    for (size_t i = 0; i < model->tickets.count; i++)
        if (model->tickets.items[i].slot_id == slot_id &&
            model->tickets.items[i].status == TICKET_CANCELED &&
            model->tickets.items[i].changed_at <= before)
            return true;
    return false;
}

static enum tk_code model_list_due(struct store *store, const struct due_query *query,
                                   struct id_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    size_t left = model_limit(query->limit);

    (void)error;
    for (size_t i = 0; left && i < model->slots.count; i++) {
        const struct slot *slot = &model->slots.items[i];
        bool over = !slot->expired_at && slot->ends_at <= query->ended_before;
        bool settled =
            (slot->expired_at && !slot->archived_at && slot->expired_at <= query->settled_before) ||
            has_canceled(model, slot->id, query->settled_before);

        if (!(query->ended_before ? over : settled))
            continue;
        model_must(id_list_add(list, slot->id));
        left--;
    }
    return TK_OK;
}

static int device_order(const void *left, const void *right)
{
    const struct device *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static enum tk_code model_list_devices(struct store *store, const struct device_query *query,
                                       struct device_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    const struct device *found = query->name         ? model_find_device(model, query->name)
                                 : query->token_hash ? find_bearer(model, query->token_hash)
                                                     : NULL;
    size_t before = list->count;

    (void)error;
    if (found)
        model_must(device_list_add(list, found));
    if (query->name || query->token_hash)
        return TK_OK;
    for (size_t i = 0; i < model->devices.count; i++)
        model_must(device_list_add(list, &model->devices.items[i]));
    if (list->count > before)
        qsort(list->items + before, list->count - before, sizeof *list->items, device_order);
    return TK_OK;
}

static enum tk_code model_touch_device(struct store *store, const char *name, int64_t at,
                                       struct tk_error *error)
{
    struct device *device = model_find_device((struct model *)store, name);

    (void)error;
    if (device && !device->revoked_at && device->used_at < at)
        device->used_at = at;
    return TK_OK;
}

static int door_order(const void *left, const void *right)
{
    const struct admission_count *a = left, *b = right;

    return strcmp(a->device, b->device);
}

static struct admission_count *find_door(const struct admission_count_list *list, size_t from,
                                         const char *name)
{
    for (size_t i = from; i < list->count; i++)
        if (strcmp(list->items[i].device, name) == 0)
            return &list->items[i];
    return NULL;
}

static enum tk_code model_count_admissions(struct store *store, int64_t slot_id,
                                           struct admission_count_list *list,
                                           struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    size_t before = list->count;

    (void)error;
    for (size_t i = 0; i < model->tickets.count; i++) {
        const struct ticket *ticket = &model->tickets.items[i];
        struct admission_count *door = find_door(list, before, ticket->admitted_by);
        struct admission_count first = {.count = 1, .last_at = ticket->admitted_at};

        if (ticket->slot_id != slot_id || !ticket->admitted_at)
            continue;
        text_copy(first.device, sizeof first.device, ticket->admitted_by);
        if (!door) {
            model_must(admission_count_list_add(list, &first));
            continue;
        }
        door->count++;
        if (door->last_at < ticket->admitted_at)
            door->last_at = ticket->admitted_at;
    }
    if (list->count > before)
        qsort(list->items + before, list->count - before, sizeof *list->items, door_order);
    return TK_OK;
}

static enum tk_code model_count_slots(struct store *store, const struct slot_query *query,
                                      int64_t *count, struct tk_error *error)
{
    const struct model *model = (struct model *)store;

    (void)error;
    *count = 0;
    for (size_t i = 0; i < model->slots.count; i++) {
        const struct slot *slot = &model->slots.items[i];

        *count += (query->genre < 0 || (int)slot->genre == query->genre) && !slot->expired_at &&
                  slot->ends_at > query->ends_after && slot->starts_at > query->starts_after;
    }
    return TK_OK;
}

static enum tk_code model_version(struct store *store, uint64_t *version, struct tk_error *error)
{
    (void)error;
    *version = ((struct model *)store)->changes;
    return TK_OK;
}

/* --- the rest of the port --- */

static enum tk_code model_verify(struct store *store, struct verify_report *report,
                                 struct tk_error *error)
{
    const struct model *model = (struct model *)store;

    (void)error;
    report->slots = (int64_t)model->slots.count;
    report->tickets = (int64_t)model->tickets.count;
    report->customers = (int64_t)model->customers.count;
    report->entries = (int64_t)model->journal.count;
    return TK_OK;
}

static enum tk_code model_backup(struct store *store, const char *path,
                                 void (*progress)(void *context, int64_t done, int64_t total),
                                 void *context, struct tk_error *error)
{
    (void)store, (void)progress, (void)context;
    return tk_fail(error, TK_UNAVAILABLE, "The model cannot be copied to %s.", path);
}

static enum tk_code model_facts(struct store *store, struct store_facts *facts,
                                struct tk_error *error)
{
    (void)store, (void)error;
    *facts = (struct store_facts){.engine = "model", .location = "memory", .era = 1};
    return TK_OK;
}

static void model_set_watch(struct store *store, const struct store_watch *watch)
{
    (void)store, (void)watch;
}

static void model_close(struct store *store)
{
    struct model *model = (struct model *)store;

    release_lists(model);
    journal_list_release(&model->journal);
    free(model->asked);
    free(model);
}

static const struct store_ops model_ops = {
    .apply = model_apply,
    .apply_all = model_apply_all,
    .list_slots = model_list_slots,
    .list_tickets = model_list_tickets,
    .list_customers = model_list_customers,
    .list_journal = model_list_journal,
    .list_due = model_list_due,
    .list_devices = model_list_devices,
    .touch_device = model_touch_device,
    .count_admissions = model_count_admissions,
    .list_allotments = model_list_allotments,
    .list_disputes = model_list_disputes,
    .list_replicas = model_list_replicas,
    .list_blocks = model_list_blocks,
    .list_records = model_list_records,
    .list_tallies = model_list_tallies,
    .count_slots = model_count_slots,
    .version = model_version,
    .verify = model_verify,
    .backup = model_backup,
    .facts = model_facts,
    .set_watch = model_set_watch,
    .close = model_close,
};

struct store *model_store_open(const struct model_options *options)
{
    struct model *model = must(calloc(1, sizeof *model));

    model->store.ops = &model_ops;
    model->options = *options;
    model->generation = 1;
    model->limits[LIMIT_LATE_REISSUE] = 1;
    model->limits[LIMIT_GOLD_TICKETS] = 12;
    model->limits[LIMIT_PLATINUM_TICKETS] = 40;
    model->next_ticket = model->next_customer = 1;
    return &model->store;
}

const struct slot_list *model_slots(const struct store *store)
{
    return &((const struct model *)store)->slots;
}

const struct ticket_list *model_tickets(const struct store *store)
{
    return &((const struct model *)store)->tickets;
}

const struct customer_list *model_customers(const struct store *store)
{
    return &((const struct model *)store)->customers;
}

const struct device_list *model_devices(const struct store *store)
{
    return &((const struct model *)store)->devices;
}

int64_t model_generation(const struct store *store)
{
    return ((const struct model *)store)->generation;
}

const struct allotment_list *model_allotments(const struct store *store)
{
    return &((const struct model *)store)->allotments;
}

const struct number_block_list *model_blocks(const struct store *store)
{
    return &((const struct model *)store)->blocks;
}

const struct replica_list *model_replicas(const struct store *store)
{
    return &((const struct model *)store)->replicas;
}

const struct dispute_list *model_disputes(const struct store *store)
{
    return &((const struct model *)store)->disputes;
}

const struct record_list *model_records(const struct store *store)
{
    return &((const struct model *)store)->records;
}

const struct tally_list *model_tallies(const struct store *store)
{
    return &((const struct model *)store)->tallies;
}

uint64_t model_next_ticket(const struct store *store)
{
    return ((const struct model *)store)->next_ticket;
}
