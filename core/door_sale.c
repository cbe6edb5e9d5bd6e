/* The door: more of a sale, taking back, and looking up. */
#include <stdio.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/list.h"
#include "core/text.h"

#define FIND_LIMIT 500 /* tickets looked through for those of the slots served */

/* --- more of a sale --- */

/* Whether a ticket could still be let in. */
static bool is_waiting(const struct ticket *ticket, int64_t slot_id)
{
    return ticket->status == TICKET_BOOKED && !ticket->admitted_at && ticket->slot_id == slot_id;
}

/* The tickets of the sale of this one. */
static enum tk_code list_sale(struct door *door, uint64_t ticket_id, struct ticket_list *tickets,
                              struct tk_error *error)
{
    struct store *store = door->office->store;
    struct ticket_query query = {.status = -1, .ids = &ticket_id, .id_count = 1};
    struct ticket_list first = {0};
    enum tk_code code = store->ops->list_tickets(store, &query, &first, error);

    if (!code && !first.count)
        code = tk_fail_code(error, TK_TICKET_NOT_FOUND);
    if (!code) {
        query = (struct ticket_query){.status = -1, .sale_id = first.items[0].sale_id};
        code = store->ops->list_tickets(store, &query, tickets, error);
    }
    ticket_list_release(&first);
    return code;
}

/* The first ticket of the sale that is not in yet, and how many there are; 0: none. */
static enum tk_code find_waiting(struct door *door, const struct admission *last, uint64_t *first,
                                 int64_t *waiting, struct tk_error *error)
{
    struct ticket_list tickets = {0};
    enum tk_code code;

    *first = 0;
    *waiting = 0;
    if (door_is_on_its_own(door)) {
        *first = door_first_waiting(door, last->ticket_id, waiting);
        return TK_OK;
    }
    code = list_sale(door, last->ticket_id, &tickets, error);
    for (size_t i = 0; !code && i < tickets.count; i++)
        if (is_waiting(&tickets.items[i], last->slot_id) && !(*waiting)++)
            *first = tickets.items[i].id;
    ticket_list_release(&tickets);
    if (!door_means_away(door, code))
        return code;
    door_go_away(door);
    if (!door_is_on_its_own(door))
        return code;
    *first = door_first_waiting(door, last->ticket_id, waiting);
    return TK_OK;
}

enum tk_code door_admit_more(struct door *door, int64_t count, struct admission *admission,
                             struct tk_error *error)
{
    const struct admission *last = door->kept_count ? &door_kept(door, 0)->scan.admission : NULL;
    struct attempt attempt = {.count = count};
    struct admission said = {0};
    char text[ID_TEXT_MAX];
    int64_t waiting;
    enum tk_code code;

    if (!last || !last->ticket_id ||
        (last->verdict != VERDICT_ADMITTED && last->verdict != VERDICT_ALREADY))
        return tk_fail(error, TK_TICKET_NOT_FOUND, "Scan a ticket of the sale first.");
    if (count < 1 || count > ADMIT_MAX)
        return tk_fail(error, TK_BAD_COUNT, "One scan lets in 1 to %d tickets.", ADMIT_MAX);
    id_print(text, ID_TICKET, last->ticket_id);
    snprintf(attempt.key, sizeof attempt.key, "%s+%lld", text, (long long)count);
    code = find_waiting(door, last, &attempt.ticket_id, &waiting, error);
    if (code)
        return code;
    attempt.count = count < waiting ? count : waiting;
    if (!waiting) { /* all are in; or it is the answer that was lost */
        attempt.ticket_id = last->ticket_id;
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

static enum tk_code undo_ticket(struct door *door, const struct kept *kept, uint64_t ticket_id,
                                struct tk_error *error)
{
    struct op_id id = op_id_derive(&kept->undo_id, ticket_id);
    struct served *served = door_find_served(door, kept->scan.admission.slot_id);
    struct ticket_view view = {0};
    struct tk_error why = {0};
    enum tk_code code = office_unadmit(door->office, ticket_id, &id, &view, &why);

    if (code)
        return tk_fail(error, code, "%s", why.message);
    door_note_admitted(door, ticket_id, kept->scan.admission.slot_id, 0);
    if (served) {
        served->here--;
        served->admitted--;
        door_count(door, served);
    }
    return TK_OK;
}

/* All that one scan let in: the tickets of the sale that went in at the same moment by one door. */
static enum tk_code undo_group(struct door *door, const struct kept *kept, struct tk_error *error)
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
    struct tk_error why = {0};
    enum tk_code code;

    if (door_is_on_its_own(door))
        return door_undo_own(door, kept, error);
    code = kept->scan.admission.admitted > 1
               ? undo_group(door, kept, &why)
               : undo_ticket(door, kept, kept->scan.admission.ticket_id, &why);
    if (!code)
        return TK_OK;
    if (door_means_away(door, code)) {
        door_go_away(door);
        if (door_is_on_its_own(door))
            return door_undo_own(door, kept, error);
    }
    return tk_fail(error, code, "%s", why.message);
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
    for (size_t i = 0; i < door->kept_count; i++) /* what was said of it holds no more */
        if (door_kept(door, i)->scan.admission.ticket_id == admission->ticket_id)
            door_kept(door, i)->seen_at = 0;
    return TK_OK;
}

/* --- looking up --- */

static enum tk_code add_served(const struct door *door, const struct ticket_view_list *found,
                               struct ticket_view_list *list, struct tk_error *error)
{
    for (size_t i = 0; i < found->count; i++)
        if (door_serves(door, found->items[i].ticket.slot_id) && LIST_ADD(list, &found->items[i]))
            return tk_fail_code(error, TK_NO_MEMORY);
    return TK_OK;
}

/* By its number, among those that are known. */
static enum tk_code find_known(struct door *door, const char *text, struct ticket_view_list *list,
                               struct tk_error *error)
{
    struct ticket_view view = {0};
    const struct ticket *ticket;
    const struct own_ticket *own;
    uint64_t id;

    if (!id_parse(ID_TICKET, text, &id))
        return tk_fail(error, TK_UNAVAILABLE,
                       "Names and phones cannot be looked up while the box office is away: type "
                       "the ticket's number.");
    ticket = door_known(door, id);
    if (!ticket)
        return TK_OK;
    view.ticket = *ticket;
    own = door_own(door, id);
    if (own)
        view.ticket.admitted_at = own->admitted_at;
    if (door_serves(door, ticket->slot_id))
        view.slot = door_find_served(door, ticket->slot_id)->shown.slot;
    return LIST_ADD(list, &view) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

enum tk_code door_find(struct door *door, const char *text, struct ticket_view_list *list,
                       struct tk_error *error)
{
    struct ticket_view_list found = {0};
    struct tk_error why = {0};
    enum tk_code code;

    if (door_is_on_its_own(door))
        return find_known(door, text, list, error);
    code = office_find(door->office, text, FIND_LIMIT, &found, &why);
    if (!code)
        code = add_served(door, &found, list, &why);
    ticket_view_list_release(&found);
    if (door_means_away(door, code)) {
        door_go_away(door);
        if (door_is_on_its_own(door))
            return find_known(door, text, list, error);
    }
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}
