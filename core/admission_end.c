/* Admission: what a store said, told; and the use cases. */
#include "core/admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admission_internal.h"

#define SALE_STEP 1000 /* tickets of a sale that are read at a time */

/* --- the tickets of a sale --- */

bool admission_is_waiting(const struct ticket *ticket)
{
    return ticket->status == TICKET_BOOKED && !ticket->admitted_at;
}

enum tk_code admission_walk_sale(struct box_office *office, uint64_t sale_id,
                                 bool (*each)(void *context, const struct ticket *ticket),
                                 void *context, struct tk_error *error)
{
    struct ticket_query query = {.status = -1, .sale_id = sale_id, .limit = SALE_STEP};
    struct ticket_list list = {0};
    enum tk_code code;
    bool more;

    do {
        ticket_list_release(&list);
        code = office->store->ops->list_tickets(office->store, &query, &list, error);
        more = !code && list.count == SALE_STEP;
        for (size_t i = 0; !code && i < list.count; i++)
            if (!each(context, &list.items[i]))
                more = false;
        if (list.count)
            query.after_id = list.items[list.count - 1].id;
    } while (more);
    ticket_list_release(&list);
    return code;
}

/* --- the second half --- */

/* How a sale stands. */
struct sale_tally {
    const char *device;
    int32_t waiting, here; /* not in; let in by the device */
};

static bool tally_ticket(void *context, const struct ticket *ticket)
{
    struct sale_tally *tally = context;

    tally->waiting += admission_is_waiting(ticket);
    tally->here += ticket->admitted_at && strcmp(ticket->admitted_by, tally->device) == 0;
    return true;
}

/* How many the request let in, now or when it was sent before. */
static int32_t count_admitted(const struct admission_plan *plan)
{
    int32_t admitted = 0;
    bool before = false;

    for (size_t i = 1; i < plan->count; i++) {
        before = before || plan->outcomes[i].replayed;
        admitted += plan->outcomes[i].code == TK_OK || plan->outcomes[i].code == TK_ID_REUSED;
    }
    return admitted +
           (plan->outcomes[0].code == TK_OK || (plan->outcomes[0].code == TK_ID_REUSED && before));
}

/* The refusal that is told: that of the ticket itself. */
static enum tk_code end_refused(struct box_office *office, struct admission_plan *plan,
                                struct admission *admission, struct tk_error *error)
{
    enum tk_code code = plan->outcomes[0].code;
    enum verdict verdict = verdict_of(code);

    if (verdict == VERDICT_COUNT)
        return office_refuse(office, &plan->operations[0], &plan->outcomes[0], error);
    code = office_ticket(office, plan->ticket.ticket.id, &plan->ticket, error);
    if (!code)
        admission_say_ticket(office, verdict, &plan->ticket, office_now(office), admission);
    return code;
}

/* Whether the sale of an early one was told meanwhile: it is as any other then. A ticket of that number
   for another showing is another one's, of which nothing is told. */
static void look_again(struct box_office *office, struct admission_plan *plan)
{
    struct ticket_view view = {0};

    if (office_ticket(office, plan->ticket.ticket.id, &view, NULL) ||
        view.slot.id != plan->ticket.slot.id)
        return; /* as well when it cannot be read: the store has decided */
    plan->ticket = view;
    plan->early = false;
}

static enum tk_code end_early(struct box_office *office, const struct admission_plan *plan,
                              struct admission *admission, struct tk_error *error)
{
    const struct outcome *outcome = &plan->outcomes[0];
    enum verdict verdict = outcome->code == TK_OK ? VERDICT_ADMITTED : verdict_of(outcome->code);

    if (verdict == VERDICT_COUNT)
        return office_refuse(office, &plan->operations[0], outcome, error);
    admission_say_early(office, verdict, &plan->ticket, office_now(office), admission);
    return TK_OK;
}

/* Of a sale of several: how many went in, and how many did not yet. */
static void say_sale(const struct box_office *office, const struct ticket_view *view,
                     struct admission *admission)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2], count[64];

    office_name_slot(office, &view->slot, name, sizeof name);
    if (admission->admitted > 1)
        snprintf(count, sizeof count, "%d tickets", admission->admitted);
    else
        snprintf(count, sizeof count, "One ticket of %d", view->ticket.sale_size);
    if (admission->sale_waiting)
        snprintf(admission->message, sizeof admission->message,
                 "%s for %s; %d of the sale %s not in yet.", count, name, admission->sale_waiting,
                 admission->sale_waiting == 1 ? "is" : "are");
    else
        snprintf(admission->message, sizeof admission->message, "%s for %s; the whole sale is in.",
                 count, name);
}

/* Counting fails without harm: the verdict is there. */
static void tell_sale(struct box_office *office, const struct ticket_view *view,
                      struct admission *admission)
{
    struct sale_tally tally = {.device = office->device};

    if (view->ticket.sale_size < 2 ||
        (admission->verdict != VERDICT_ADMITTED && admission->verdict != VERDICT_ALREADY) ||
        admission_walk_sale(office, view->ticket.sale_id, tally_ticket, &tally, NULL))
        return;
    admission->sale_waiting = tally.waiting;
    if (admission->verdict != VERDICT_ADMITTED)
        return;
    if (tally.here && admission->admitted > tally.here)
        admission->admitted = tally.here;
    say_sale(office, view, admission);
}

enum tk_code admission_end(struct box_office *office, struct admission_plan *plan,
                           struct admission *admission, struct tk_error *error)
{
    int32_t admitted = count_admitted(plan);

    if (plan->early)
        look_again(office, plan);
    if (plan->early)
        return end_early(office, plan, admission, error);
    if (admitted) {
        admission_say(office, VERDICT_ADMITTED, &plan->ticket, office_now(office), admission);
        admission->admitted = admitted;
    } else {
        enum tk_code code = end_refused(office, plan, admission, error);

        if (code)
            return code;
    }
    tell_sale(office, &plan->ticket, admission);
    return TK_OK;
}

/* --- whole --- */

/* Whether the centre may know more than this copy: no key that is here makes the pass, or the one that it
   takes is not here. */
static bool is_untold(const struct box_office *office, const struct admission_plan *plan,
                      enum tk_code code, enum verdict verdict)
{
    return office->line.admit && (code == TK_NEEDS_CENTRE ||
                                  (!code && !plan->count && verdict_is_wrong_pass(verdict))) &&
           !admission_is_cut_off(office);
}

/* *told false: it cannot be asked (any more). */
static enum tk_code ask_centre(struct box_office *office, const struct admission_request *request,
                               struct admission *admission, bool *told, struct tk_error *error)
{
    struct admission said = {0};
    struct tk_error why = {0};
    enum tk_code code = office->line.admit(office->line.context, request, &said, &why);

    *told = !code || code == TK_UNKNOWN || code == TK_RATE_LIMITED || code == TK_INTERRUPTED;
    if (!code)
        *admission = said;
    return code && *told ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

static enum tk_code admit(struct box_office *office, const struct admission_request *request,
                          struct admission_plan *plan, struct admission *admission,
                          struct tk_error *error)
{
    struct tk_error why = {0};
    bool told = false;
    enum tk_code code = admission_begin(office, request, plan, admission, &why);

    if (is_untold(office, plan, code, admission->verdict)) {
        code = ask_centre(office, request, admission, &told, error);
        if (told)
            return code;
        code = admission_begin(office, request, plan, admission, &why); /* as one that is cut off */
    }
    if (code)
        return tk_fail(error, code, "%s", why.message);
    if (!plan->count)
        return TK_OK;
    code = store_apply(office->store, plan->operations, plan->count, plan->outcomes, error);
    return code ? code : admission_end(office, plan, admission, error);
}

enum tk_code office_admit(struct box_office *office, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error)
{
    struct admission_plan *plan = malloc(sizeof *plan);
    enum tk_code code =
        plan ? admit(office, request, plan, admission, error) : tk_fail_code(error, TK_NO_MEMORY);

    free(plan);
    return code;
}

enum tk_code office_unadmit(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                            struct ticket_view *ticket, struct tk_error *error)
{
    struct operation operation = {.unadmit = {.ticket_id = ticket_id}};
    struct outcome outcome = {0};
    enum tk_code code = office_make(office, OP_UNADMIT, id, &operation, error);

    if (!code)
        code = store_apply(office->store, &operation, 1, &outcome, error);
    if (!code && outcome.code)
        code = office_refuse(office, &operation, &outcome, error);
    if (!code && admission_ticket(office, ticket_id, outcome.slot_id, ticket, NULL))
        code = tk_fail(error, TK_UNKNOWN,
                       "The admission was taken back, but the ticket cannot be shown. Look at it "
                       "before you try again.");
    return code;
}

enum tk_code admission_ticket(struct box_office *office, uint64_t ticket_id, int64_t slot_id,
                              struct ticket_view *ticket, struct tk_error *error)
{
    struct tk_error why = {0};
    struct ticket_view view = {
        .ticket = {.id = ticket_id, .slot_id = slot_id, .status = TICKET_BOOKED}};
    enum tk_code code = office_ticket(office, ticket_id, ticket, &why);

    if (code != TK_TICKET_NOT_FOUND || !slot_id)
        return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
    code = office_slot(office, slot_id, &view.slot, error);
    if (!code)
        *ticket = view;
    return code;
}

bool admission_is_early(const struct admission *admission)
{
    return admission->verdict == VERDICT_ADMITTED && !admission->sale_size;
}

enum tk_code office_admissions(struct box_office *office, int64_t slot_id,
                               struct admission_count_list *list, struct tk_error *error)
{
    return office->store->ops->count_admissions(office->store, slot_id, list, error);
}

enum tk_code office_slots_admitting(struct box_office *office, int64_t ahead,
                                    struct slot_list *list, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    int64_t now = office_now(office);

    query.unexpired = true;
    query.ends_after = now;
    query.from = now - SLOT_LENGTH_MAX; /* what started before has ended */
    query.to = now + office->rules.admit_before + ahead + 1;
    return office_slots(office, &query, list, error);
}

/* --- wrong passes --- */

/* No more than the pause after one that was wrong is ever owed, wherever the clock was set. */
static void clamp_debt(struct wrong_passes *passes, int64_t now)
{
    const int64_t most = now + WRONG_PASSES_FREE * WRONG_PASS_PAUSE;

    if (passes->paid_until > most)
        passes->paid_until = most;
}

int64_t wrong_passes_wait(struct wrong_passes *passes, int64_t now)
{
    int64_t wait;

    clamp_debt(passes, now);
    wait = passes->paid_until - now - (WRONG_PASSES_FREE - 1) * WRONG_PASS_PAUSE;
    return wait > 0 ? wait : 0;
}

void wrong_passes_note(struct wrong_passes *passes, enum verdict verdict, int64_t now)
{
    if (!verdict_is_wrong_pass(verdict))
        return;
    passes->count++;
    if (passes->paid_until < now)
        passes->paid_until = now;
    passes->paid_until += WRONG_PASS_PAUSE;
    clamp_debt(passes, now);
}
