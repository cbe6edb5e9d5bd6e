/* generator: operations as people, tills and doors may make them, and some that nobody should. */
#include "tests/model/generator.h"

#include "core/text.h"
#include "core/time.h"
#include "tests/support/test.h"

static int64_t below(struct generator *g, int64_t bound)
{
    return (int64_t)test_random_below(&g->random, (uint64_t)bound);
}

int64_t generator_now(void *generator)
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

int64_t generator_slot(struct generator *g)
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
    const struct ticket_list *tickets = model_tickets(g->model);
    int64_t count = (int64_t)tickets->count;

    switch (below(g, 20)) {
    case 0:
        return model_next_ticket(g->model) + (uint64_t)below(g, 3);
    case 1:
        return count && below(g, 3) ? tickets->items[below(g, count)].id : 0;
    case 2: /* of the store's own, which come before those of the blocks */
        return count ? g->seen_ticket : 0;
    default:
        return count ? tickets->items[count - 1 - below(g, count < 30 ? count : 30)].id : 0;
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

    for (size_t i = tickets->count; i-- > 0;)
        if (tickets->items[i].id == id)
            return &tickets->items[i];
    return NULL;
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
        ref->id = generator_slot(g);
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

    expire->slot_id = generator_slot(g);
    expire->as_of = g->now + (below(g, 25) - 8) * TIME_HOUR;
    for (size_t i = 0; i < slots->count && below(g, 2); i++)
        if (slots->items[i].id == expire->slot_id)
            expire->as_of = slots->items[i].ends_at + 8 * TIME_HOUR + below(g, 3) - 1;
}

/* A dash of what is refused outright among the names; the second byte tells a token from the next. */
void generator_device(struct generator *g, char name[DEVICE_SIZE])
{
    static const char *const names[] = {"till-1", "till-2", "Foyer", "Tür 1"};

    text_copy(name, DEVICE_SIZE, below(g, 20) ? names[below(g, 4)] : below(g, 2) ? "" : " till-1");
}

static void make_enrol(struct generator *g, struct op_enrol *enrol)
{
    generator_device(g, enrol->name);
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
        admit->slot_id = generator_slot(g);
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
    if (model_slots(g->model)->count >= 4 &&
        below(g, generator_has_staff(g) ? 8 : 2) == 0) {
        generator_make_staff(g, operation);
        return;
    }
    if (model_slots(g->model)->count >= 4 && below(g, 3) == 0) {
        generator_make_till(g, operation);
        return;
    }
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
        generator_device(g, operation->revoke.name);
        break;
    default:
        operation->archive.slot_id = generator_slot(g);
        operation->archive.before = g->now - (below(g, 3) ? 0 : below(g, 12) * TIME_HOUR);
    }
    if (below(g, 3) == 0)
        generator_cut_off(g, operation);
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
    case OP_GRANT:
        operation->grant.granted ^= 1;
        break;
    case OP_RETURN:
        operation->give_back.returned ^= 1;
        break;
    case OP_VOID:
        operation->void_.operation.bytes[15]++;
        break;
    case OP_MARK:
        operation->mark.hash[31]++;
        break;
    case OP_CLOSE:
        text_copy(operation->settle.reason, DISPUTE_REASON_SIZE, "another reason");
        break;
    case OP_STAFF:
        operation->staff.left = !operation->staff.left;
        break;
    case OP_LIMIT:
        operation->limit.value++;
        break;
    case OP_INVITE:
        operation->invite.until++;
        break;
    case OP_REDEEM:
        operation->redeem.token_hash[31]++;
        break;
    case OP_TIER:
        text_copy(operation->tier.reason, REASON_SIZE, "another reason");
        break;
    default:
        operation->kind = OP_CANCEL;
        operation->cancel.ticket_id = pick_ticket(g);
    }
}

void generator_make(struct generator *g, struct operation *operation)
{
    int64_t dice = below(g, 100);

    if (dice < 8 && g->made) {
        *operation = g->recent[below(g, (int64_t)(g->made < GENERATOR_RECENT ? g->made : GENERATOR_RECENT))];
        text_copy(operation->actor, ACTOR_SIZE, "Tom");
        if (dice < 3)
            change_body(g, operation);
        return;
    }
    make_new(g, operation);
    if (operation->actor[0] == 'P')
        generator_pick_actor(g, operation);
    g->recent[g->made++ % GENERATOR_RECENT] = *operation;
    if (operation->kind == OP_BOOK && !operation->book.first_ticket)
        g->seen_ticket = model_next_ticket(g->model) - (uint64_t)below(g, 2);
}

void generator_move_clock(struct generator *g)
{
    if (below(g, 3) == 0)
        g->now += 1 + below(g, below(g, 12) ? TIME_HOUR : TIME_DAY);
}

struct plan_rules generator_rules(struct generator *g)
{
    return (struct plan_rules){.expire_after = 8 * TIME_HOUR,
                               .close_at_start = below(g, 4) == 0,
                               .close_after = (below(g, 3) - 1) * 30 * TIME_MINUTE,
                               .admit_before = below(g, 3) * TIME_HOUR};
}
