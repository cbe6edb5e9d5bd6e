/* Admission: what is decided before a store is asked. What follows is in admission_end.c, what is
   said in admission_words.c. */
#include "core/admission.h"

#include <string.h>

#include "core/admission_internal.h"
#include "core/text.h"

static const struct {
    const char *name, *word, *advice;
    enum tk_code code;
} verdicts[VERDICT_COUNT] = {
#define X(verdict, name, code, word, advice) [verdict] = {name, word, advice, code},
    VERDICT_TABLE(X)
#undef X
};

const char *verdict_name(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].name : NULL;
}

const char *verdict_word(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].word : NULL;
}

const char *verdict_advice(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].advice : NULL;
}

enum tk_code verdict_code(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].code : TK_INTERNAL;
}

bool verdict_parse(const char *name, enum verdict *verdict)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(verdicts[i].name, name) == 0) {
            *verdict = (enum verdict)i;
            return true;
        }
    return false;
}

enum verdict verdict_of(enum tk_code code)
{
    if (code == TK_TICKET_ARCHIVED)
        return VERDICT_EXPIRED;
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (verdicts[i].code == code)
            return (enum verdict)i;
    return VERDICT_COUNT;
}

bool verdict_is_wrong_pass(enum verdict verdict)
{
    return verdict == VERDICT_NOT_GENUINE || verdict == VERDICT_UNKNOWN;
}

/* --- the first half --- */

#define KEYS_TRIED_MAX 256 /* showings whose keys a pass without a ticket is tried by */

/* What one scan is judged with. */
struct judgement {
    struct box_office *office;
    const struct admission_request *request;
    struct admission_plan *plan;
    struct admission *admission;
    int64_t now;
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    size_t reading_count;
};

static bool is_served(const struct admission_request *request, int64_t slot_id)
{
    for (size_t i = 0; i < request->slot_count; i++)
        if (request->slot_ids[i] == slot_id)
            return true;
    return request->slot_count == 0;
}

static void conclude(const struct judgement *j, enum verdict verdict,
                     const struct ticket_view *ticket)
{
    admission_say(j->office, verdict, ticket, j->now, j->admission);
}

/* A key that is not here yet is no failure of the door: it says so, and which one it is. */
static enum tk_code tell_key_missing(const struct judgement *j, const struct slot *slot,
                                     struct tk_error *error)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2];

    office_name_slot(j->office, slot, name, sizeof name);
    return tk_fail(error, TK_NEEDS_CENTRE,
                   "The key of %s has not come from the box office yet, so that its passes cannot be "
                   "checked here: scan again in a moment.",
                   name);
}

/* Whether a reading is the own pass of one of the tickets, which is kept then. */
static enum tk_code match_own(struct judgement *j, const struct ticket_view_list *tickets,
                              const struct scan_reading *reading, bool *found,
                              struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code;

    for (size_t i = 0; i < tickets->count; i++) {
        const struct ticket_view *view = &tickets->items[i];

        if (view->ticket.id != reading->ticket_id)
            continue;
        code = office_check_pass(j->office, view, reading->pass, &why);
        *found = code == TK_OK;
        if (*found)
            j->plan->ticket = *view;
        if (code == TK_NEEDS_CENTRE)
            return tell_key_missing(j, &view->slot, error);
        return code && code != TK_NOT_GENUINE ? tk_fail(error, code, "%s", why.message) : TK_OK;
    }
    return TK_OK;
}

/* Reads the tickets that the readings claim, and keeps the one whose own pass a reading is. *found
   false: there is none. */
static enum tk_code find_own(struct judgement *j, bool *found, struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list list = {0};
    uint64_t ids[SCAN_LAYOUT_COUNT];
    enum tk_code code;

    *found = false;
    for (size_t i = 0; i < j->reading_count; i++)
        ids[i] = j->readings[i].ticket_id;
    query.ids = ids;
    query.id_count = j->reading_count;
    code = office_tickets(j->office, &query, &list, error);
    for (size_t i = 0; !code && !*found && i < j->reading_count; i++)
        code = match_own(j, &list, &j->readings[i], found, error);
    ticket_view_list_release(&list);
    return code;
}

/* A reading that a slot's key makes. */
struct key_match {
    const struct scan_reading *reading; /* NULL: there is none */
    struct slot slot;
};

/* The slots whose keys a pass without a ticket of its own is tried by. */
static enum tk_code list_served(struct judgement *j, struct slot_list *slots,
                                struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;

    if (!j->request->slot_count)
        return office_slots_admitting(j->office, 0, slots, error);
    query.ids = j->request->slot_ids;
    query.id_count = j->request->slot_count;
    return office_slots(j->office, &query, slots, error);
}

/* Whether the key of a slot makes one of the readings. */
static enum tk_code find_by_key(const struct judgement *j, const struct slot *slot,
                                struct key_match *match, struct tk_error *error)
{
    struct key_ring *keys = &j->office->keys;
    struct crypto_key key;
    enum tk_code code = keys->slot_key(keys->context, slot->id, slot->key_generation, &key, error);

    for (size_t i = 0; !code && !match->reading && i < j->reading_count; i++)
        if (pass_check(j->readings[i].pass, &key, slot->id)) {
            match->reading = &j->readings[i];
            match->slot = *slot;
        }
    crypto_wipe(&key, sizeof key);
    return code;
}

/* Whether a showing may have passes by a key that is not here. One of which nothing was sold has none,
   unless that was since this door was cut off. */
static bool has_passes(const struct judgement *j, const struct slot *slot)
{
    return slot->key_generation || admission_is_cut_off(j->office);
}

/* One key that is not here keeps no pass of another showing waiting. */
static enum tk_code find_by_keys(struct judgement *j, struct key_match *match,
                                 struct tk_error *error)
{
    struct slot_list slots = {0};
    const struct slot *missing = NULL;
    enum tk_code code = list_served(j, &slots, error);

    for (size_t i = 0; !code && !match->reading && i < slots.count && i < KEYS_TRIED_MAX; i++) {
        struct tk_error why = {0};

        code = find_by_key(j, &slots.items[i], match, &why);
        if (code == TK_NEEDS_CENTRE) {
            if (!missing && has_passes(j, &slots.items[i]))
                missing = &slots.items[i];
            code = TK_OK;
        } else if (code) {
            tk_fail(error, code, "%s", why.message);
        }
    }
    if (!code && !match->reading && missing)
        code = tell_key_missing(j, missing, error);
    slot_list_release(&slots);
    return code;
}

/* Whether a pass is a real ticket's, for an office whose own passes are for training; no where that
   cannot be told. */
static bool is_real(struct judgement *j)
{
    struct box_office office = *j->office;
    struct judgement other = *j;
    struct key_match by_key = {0};
    bool real = false;

    office.keys.training = false;
    other.office = &office;
    if (find_own(&other, &real, NULL) == TK_OK && !real)
        find_by_keys(&other, &by_key, NULL);
    j->plan->ticket = (struct ticket_view){0}; /* it is not admitted here */
    return real || by_key.reading;
}

static const struct scan_reading *find_training(const struct judgement *j)
{
    for (size_t i = 0; i < j->reading_count; i++)
        if (pass_is_training(j->readings[i].pass))
            return &j->readings[i];
    return NULL;
}

static void conclude_unknown(const struct judgement *j, uint64_t ticket_id)
{
    struct ticket_view view = {.ticket = {.id = ticket_id}};

    conclude(j, VERDICT_UNKNOWN, &view);
}

/* A pass that is not that of its ticket, where people are trained. */
static void judge_in_training(struct judgement *j)
{
    const struct scan_reading *found = find_training(j);

    if (found) {
        conclude_unknown(j, found->ticket_id);
        return;
    }
    conclude(j, VERDICT_NOT_GENUINE, NULL);
    if (is_real(j)) {
        text_copy(j->admission->message, sizeof j->admission->message,
                  "This is a real ticket, but this door only practises: leave training to let them in.");
        j->admission->advice = "Leave training (F10), open the door without --train, scan again.";
    }
}

/* Adds an operation. The first has the id of the request; the others have ids that belong to
   request and sale, so that TK_ID_REUSED of one of them says that this request came before. */
static void add_operation(const struct judgement *j, const struct ticket *ticket)
{
    struct admission_plan *plan = j->plan;
    struct operation *operation = &plan->operations[plan->count];

    *operation = (struct operation){.id = j->request->id};
    if (plan->count)
        operation->id =
            op_id_derive(&j->request->id, ticket->sale_id * 128 + (uint64_t)plan->count);
    office_stamp(j->office, OP_ADMIT, operation);
    operation->admit.ticket_id = ticket->id;
    operation->admit.slot_id = ticket->slot_id;
    plan->count++;
}

/* The ticket is not in the store, or not for this showing: its sale may be on a till that is cut off. The
   store decides. */
static void make_early(struct judgement *j, const struct key_match *match)
{
    struct ticket_view *view = &j->plan->ticket;

    *view = (struct ticket_view){.slot = match->slot};
    view->ticket = (struct ticket){.id = match->reading->ticket_id,
                                   .slot_id = match->slot.id,
                                   .status = TICKET_BOOKED};
    j->plan->early = true;
    add_operation(j, &view->ticket);
}

static bool add_companion(void *context, const struct ticket *ticket)
{
    const struct judgement *j = context;

    if (admission_is_waiting(ticket) && ticket->id != j->plan->ticket.ticket.id &&
        ticket->slot_id == j->plan->ticket.ticket.slot_id &&
        j->plan->count < (size_t)j->request->count)
        add_operation(j, ticket);
    return j->plan->count < (size_t)j->request->count;
}

/*
 * That ticket, and others of its sale as many as are asked for. A request that is sent again finds
 * other tickets waiting than the first time; its ids are used then, so nobody more is let in. Where
 * fewer wait than are asked for, the ticket that is in already stands in for them: it tells the
 * same.
 */
static enum tk_code make_operations(struct judgement *j, struct tk_error *error)
{
    const struct ticket *ticket = &j->plan->ticket.ticket;
    int64_t count = j->request->count;
    enum tk_code code = TK_OK;

    if (!ticket->admitted_at)
        add_operation(j, ticket);
    if (count > 1)
        code = admission_walk_sale(j->office, ticket->sale_id, add_companion, j, error);
    if (count > ticket->sale_size)
        count = ticket->sale_size;
    while (!code && ticket->admitted_at && (int64_t)j->plan->count < count)
        add_operation(j, ticket);
    return code;
}

/* No key makes it: cut off that need not be a forger's. */
static void conclude_not_ours(const struct judgement *j)
{
    conclude(j, VERDICT_NOT_GENUINE, NULL);
    if (!admission_is_cut_off(j->office))
        return;
    text_copy(j->admission->message, sizeof j->admission->message,
              "This pass is of no showing that this door serves: it is for another one, or not ours. "
              "Which of the two cannot be told while the box office is away.");
    j->admission->advice = "Send them to the box office.";
}

/* A pass that is not that of its ticket. */
static enum tk_code judge_stranger(struct judgement *j, struct tk_error *error)
{
    struct key_match match = {0};
    enum tk_code code;

    if (j->office->keys.training) {
        judge_in_training(j);
        return TK_OK;
    }
    if (find_training(j)) {
        conclude(j, VERDICT_TRAINING, NULL);
        return TK_OK;
    }
    code = find_by_keys(j, &match, error);
    if (code)
        return code;
    if (!match.reading)
        conclude_not_ours(j);
    else
        make_early(j, &match);
    return TK_OK;
}

/* What may be said of a ticket without asking a store to admit it; VERDICT_COUNT: nothing. One that
   is in is left to the store, which knows whether it was this very request that let it in. */
static enum verdict judge_early(const struct judgement *j)
{
    const struct ticket_view *view = &j->plan->ticket;
    enum tk_code code;

    if (!is_served(j->request, view->ticket.slot_id)) {
        code = ticket_check_booked(&view->ticket);
        return code ? verdict_of(code) : VERDICT_WRONG_SLOT;
    }
    if (view->ticket.admitted_at)
        return VERDICT_COUNT;
    code = plan_check_admission(&view->ticket, &view->slot, 0, &j->office->rules, j->now);
    return code ? verdict_of(code) : VERDICT_COUNT;
}

static enum tk_code judge_ticket(struct judgement *j, struct tk_error *error)
{
    enum verdict verdict = judge_early(j);

    if (verdict == VERDICT_COUNT)
        return make_operations(j, error);
    admission_say_ticket(j->office, verdict, &j->plan->ticket, j->now, j->admission);
    return TK_OK;
}

/* A ticket that a person looked up. */
static enum tk_code judge_number(struct judgement *j, struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = office_ticket(j->office, j->request->ticket_id, &j->plan->ticket, &why);

    if (code == TK_TICKET_NOT_FOUND) {
        conclude_unknown(j, j->request->ticket_id);
        return TK_OK;
    }
    return code ? tk_fail(error, code, "%s", why.message) : judge_ticket(j, error);
}

enum tk_code admission_begin(struct box_office *office, const struct admission_request *request,
                             struct admission_plan *plan, struct admission *admission,
                             struct tk_error *error)
{
    struct judgement j = {.office = office,
                          .request = request,
                          .plan = plan,
                          .admission = admission,
                          .now = office_now(office)};
    enum tk_code code;
    bool found;

    plan->count = 0;
    plan->early = false;
    plan->ticket = (struct ticket_view){0};
    if (request->count < 1 || request->count > ADMIT_MAX)
        return tk_fail(error, TK_BAD_COUNT, "One scan admits 1 to %d tickets.", ADMIT_MAX);
    if (!request->code)
        return judge_number(&j, error);
    j.reading_count = scan_read(request->code, j.readings);
    if (!j.reading_count) {
        conclude(&j, VERDICT_UNREADABLE, NULL);
        return TK_OK;
    }
    code = find_own(&j, &found, error);
    if (code)
        return code;
    return found ? judge_ticket(&j, error) : judge_stranger(&j, error);
}
