/* The door: more of a sale, taking back, and looking up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admission_internal.h"
#include "core/door_internal.h"
#include "core/text.h"

#define FIND_LIMIT 500 /* tickets found */

/* --- more of a sale --- */

struct reading {
    struct ticket_list *tickets;
    enum tk_code code;
};

static bool read_ticket(void *context, const struct ticket *ticket)
{
    struct reading *reading = context;

    reading->code = ticket_list_add(reading->tickets, ticket);
    return !reading->code;
}

/* Reads the tickets of the sale of this one, in order. */
static enum tk_code list_sale(struct door *door, uint64_t ticket_id, struct ticket_list *tickets,
                              struct tk_error *error)
{
    struct store *store = door->office->store;
    struct ticket_query query = {.status = -1, .ids = &ticket_id, .id_count = 1};
    struct reading reading = {.tickets = tickets};
    struct ticket_list first = {0};
    uint64_t sale_id;
    enum tk_code code = store->ops->list_tickets(store, &query, &first, error);

    sale_id = !code && first.count ? first.items[0].sale_id : 0;
    ticket_list_release(&first);
    if (code)
        return code;
    if (!sale_id)
        return tk_fail_code(error, TK_TICKET_NOT_FOUND);
    code = admission_walk_sale(door->office, sale_id, read_ticket, &reading, error);
    return !code && reading.code ? tk_fail_code(error, reading.code) : code;
}

/* The first ticket of the sale that is not in yet, and how many there are; 0: none. */
static enum tk_code find_waiting(struct door *door, const struct admission *last, uint64_t *first,
                                 int64_t *waiting, struct tk_error *error)
{
    struct ticket_list tickets = {0};
    enum tk_code code = list_sale(door, last->ticket_id, &tickets, error);

    *first = 0;
    *waiting = 0;
    for (size_t i = 0; !code && i < tickets.count; i++)
        if (admission_is_waiting(&tickets.items[i]) &&
            tickets.items[i].slot_id == last->slot_id && !(*waiting)++)
            *first = tickets.items[i].id;
    ticket_list_release(&tickets);
    return code;
}

/* What was last said of a ticket of which more of its sale may go in; NULL: nothing. */
static const struct kept *find_said(const struct door *door, uint64_t ticket_id)
{
    for (size_t i = 0; ticket_id && i < door->kept_count; i++) {
        const struct kept *kept = door_kept(door, i);
        enum verdict verdict = kept->scan.admission.verdict;

        if (kept->scan.admission.ticket_id == ticket_id &&
            (verdict == VERDICT_ADMITTED || verdict == VERDICT_ALREADY))
            return kept;
    }
    return NULL;
}

enum tk_code door_admit_more(struct door *door, uint64_t ticket_id, int64_t count,
                             struct admission *admission, struct tk_error *error)
{
    const struct kept *last = find_said(door, ticket_id);
    struct attempt attempt = {.count = count};
    struct admission said = {0};
    char text[ID_TEXT_MAX];
    int64_t waiting;
    enum tk_code code;

    if (!last)
        return tk_fail(error, TK_TICKET_NOT_FOUND, "Scan a ticket of the sale first.");
    if (last->told_no_more)
        return tk_fail(error, TK_NOT_ADMITTED,
                       "This admission was taken back: scan a ticket of the sale again first.");
    if (count < 1 || count > ADMIT_MAX)
        return tk_fail(error, TK_BAD_COUNT, "One scan lets in 1 to %d tickets.", ADMIT_MAX);
    id_print(text, ID_TICKET, ticket_id);
    snprintf(attempt.key, sizeof attempt.key, "%s+%lld", text, (long long)count);
    code = find_waiting(door, &last->scan.admission, &attempt.ticket_id, &waiting, error);
    if (code)
        return code;
    attempt.count = count < waiting ? count : waiting;
    if (!waiting) { /* all are in; or it is the answer that was lost */
        attempt.ticket_id = ticket_id;
        attempt.count = 1;
    }
    code = door_decide(door, &attempt, &said, error);
    if (code)
        return code;
    door_keep(door, attempt.key, "", &said);
    *admission = said;
    return TK_OK;
}

/* --- taking back --- */

static struct kept *find_undoable(struct door *door)
{
    for (size_t i = 0; i < door->kept_count; i++) {
        struct kept *kept = door_kept(door, i);

        if (kept->scan.admission.verdict == VERDICT_ADMITTED && !kept->scan.undone)
            return kept;
    }
    return NULL;
}

/* What was said of it holds no more. */
static void note_taken_back(struct door *door, uint64_t ticket_id)
{
    for (size_t i = 0; i < door->kept_count; i++) {
        struct kept *said = door_kept(door, i);

        if (said->scan.admission.ticket_id != ticket_id)
            continue;
        said->seen_at = 0;
        said->told_no_more = true;
    }
}

static enum tk_code undo_ticket(struct door *door, struct kept *kept, uint64_t ticket_id,
                                struct tk_error *error)
{
    struct op_id id = op_id_derive(&kept->undo_id, ticket_id);
    struct served *served = door_find_served(door, kept->scan.admission.slot_id);
    struct ticket_view view = {0};
    enum tk_code code = office_unadmit(door->office, ticket_id, &id, &view, error);

    if (code)
        return code;
    note_taken_back(door, ticket_id);
    if (served && !admission_is_early(&kept->scan.admission))
        door_count(served, -1);
    return TK_OK;
}

/* All that one scan let in: the tickets of the sale that went in at the same moment by one door. */
static enum tk_code undo_group(struct door *door, struct kept *kept, struct tk_error *error)
{
    uint64_t first = kept->scan.admission.ticket_id;
    struct ticket_list tickets = {0};
    struct ticket model = {0};
    enum tk_code code = list_sale(door, first, &tickets, error);

    for (size_t i = 0; !code && i < tickets.count; i++)
        if (tickets.items[i].id == first)
            model = tickets.items[i];
    for (size_t i = 0; !code && i < tickets.count; i++) /* the first one last: it tells the moment */
        if (tickets.items[i].id != first && tickets.items[i].admitted_at &&
            tickets.items[i].admitted_at == model.admitted_at &&
            strcmp(tickets.items[i].admitted_by, model.admitted_by) == 0)
            code = undo_ticket(door, kept, tickets.items[i].id, error);
    ticket_list_release(&tickets);
    return code ? code : undo_ticket(door, kept, first, error);
}

static enum tk_code undo(struct door *door, struct kept *kept, struct tk_error *error)
{
    if (kept->scan.admission.admitted > 1)
        return undo_group(door, kept, error);
    return undo_ticket(door, kept, kept->scan.admission.ticket_id, error);
}

enum tk_code door_undo(struct door *door, struct admission *admission, struct tk_error *error)
{
    struct kept *kept = find_undoable(door);
    enum tk_code code;

    if (!kept)
        return tk_fail(error, TK_NOT_ADMITTED, "This door has let nobody in that could be taken back.");
    if (op_id_is_zero(&kept->undo_id))
        kept->undo_id = office_make_id(door->office);
    code = undo(door, kept, error);
    if (code)
        return code;
    kept->scan.undone = true;
    *admission = kept->scan.admission;
    return TK_OK;
}

/* --- looking up --- */

/* Among the tickets of the slots served, whatever was sold beside. */
enum tk_code door_find(struct door *door, const char *text, struct ticket_view_list *list,
                       struct tk_error *error)
{
    size_t count = door->slot_count;
    int64_t *ids = calloc(count ? count : 1, sizeof *ids);
    enum tk_code code;

    if (!ids)
        return tk_fail_code(error, TK_NO_MEMORY);
    for (size_t i = 0; i < count; i++)
        ids[i] = door->slots[i].shown.slot.id;
    code = office_find_at(door->office, text, ids, count, FIND_LIMIT, list, error);
    free(ids);
    return code;
}
