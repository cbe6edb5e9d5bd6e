/* check: whether the databases hold together, and each copy is as the centre is. */
#include "tests/sim/check.h"

void check_index(struct map *map, uint64_t key, size_t at)
{
    if (map_find(map, key) == MAP_NONE && map_add(map, key, at))
        abort();
}

static bool view_open(struct view *view, struct node *node, struct store *store)
{
    struct slot_query slots = SLOT_QUERY_ALL;
    struct ticket_query tickets = TICKET_QUERY_ALL;
    struct customer_query customers = {.limit = STORE_LIST_MAX};
    struct allotment_query allotments = {.limit = STORE_LIST_MAX};
    enum tk_code code;

    *view = (struct view){.node = node, .store = store};
    tickets.limit = STORE_LIST_MAX;
    code = store->ops->list_slots(store, &slots, &view->slots, NULL);
    if (!code)
        code = store->ops->list_tickets(store, &tickets, &view->tickets, NULL);
    if (!code)
        code = store->ops->list_allotments(store, &allotments, &view->allotments, NULL);
    if (!code)
        code = store->ops->list_customers(store, &customers, &view->customers, NULL);
    for (size_t i = 0; i < view->slots.count; i++)
        check_index(&view->slot_index, (uint64_t)view->slots.items[i].id, i);
    for (size_t i = 0; i < view->tickets.count; i++)
        check_index(&view->ticket_index, view->tickets.items[i].id, i);
    for (size_t i = 0; i < view->customers.count; i++)
        check_index(&view->customer_index, view->customers.items[i].id, i);
    return !code;
}

static void view_release(struct view *view)
{
    slot_list_release(&view->slots);
    ticket_list_release(&view->tickets);
    allotment_list_release(&view->allotments);
    customer_list_release(&view->customers);
    map_release(&view->slot_index);
    map_release(&view->ticket_index);
    map_release(&view->customer_index);
}

const struct ticket *view_ticket(const struct view *view, uint64_t id)
{
    size_t at = map_find(&view->ticket_index, id);

    return at == MAP_NONE ? NULL : &view->tickets.items[at];
}

const struct slot *view_slot(const struct view *view, int64_t id)
{
    size_t at = map_find(&view->slot_index, (uint64_t)id);

    return at == MAP_NONE ? NULL : &view->slots.items[at];
}

/* --- 1: the numbers add up, in each view --- */

struct counts {
    int32_t sold, admitted, held;
};

static void count_view(const struct view *view, struct counts *counts)
{
    for (size_t i = 0; i < view->tickets.count; i++) {
        const struct ticket *ticket = &view->tickets.items[i];
        size_t at = map_find(&view->slot_index, (uint64_t)ticket->slot_id);

        if (at == MAP_NONE)
            continue;
        counts[at].sold += !ticket->canceled_at;
        counts[at].admitted += ticket->admitted_at != 0;
        if (ticket->canceled_at && ticket->admitted_at)
            world_fail(view->node->world, "5: at %s ticket %llu is canceled, and in",
                       view->node->name, (unsigned long long)ticket->id);
    }
    for (size_t i = 0; i < view->allotments.count; i++) {
        const struct allotment *allotment = &view->allotments.items[i];
        size_t at = map_find(&view->slot_index, (uint64_t)allotment->slot_id);

        if (allotment_held(allotment) < 0)
            world_fail(view->node->world, "1: at %s %s holds %d of showing %lld", view->node->name,
                       allotment->holder, allotment_held(allotment), (long long)allotment->slot_id);
        if (at != MAP_NONE)
            counts[at].held += allotment_held(allotment);
    }
}

static void print_allotments(const struct view *view, int64_t slot_id)
{
    for (size_t i = 0; i < view->allotments.count; i++) {
        const struct allotment *given = &view->allotments.items[i];

        if (given->slot_id == slot_id)
            printf("  at %s: %s was granted %d, sold %d, returned %d, written off %d\n",
                   view->node->name, given->holder, given->granted, given->sold, given->returned,
                   given->written_off);
    }
}

/* A till whose places were written off does not know its own any more, until it is told again. */
static bool is_held_well(const struct view *view, const struct slot *slot, int32_t held)
{
    const struct world *world = view->node->world;

    if (slot->expired_at || held == slot->allotted)
        return true;
    return view->node->index != CENTRE && !world->healing && held < slot->allotted;
}

/* A slot's row comes with all of its numbers, its tickets perhaps in several parts, and may be taken over where
   they are not, because something is missing before them: they are pulled again. */
static bool has_more_to_come(const struct view *view, const struct slot *slot)
{
    struct mirror *mirror = view->node->worker.till.mirror;
    struct mirror_cursor_list list = {0};
    bool more;

    if (view->node->index == CENTRE || view->node->world->healing)
        return false;
    more = mirror->ops->list_cursors(mirror, &slot->id, 1, &list, NULL) != TK_OK || !list.count ||
           list.items[0].seq < slot->seq || list.items[0].ticket_id;
    mirror_cursor_list_release(&list);
    return more;
}

static bool is_counted_well(const struct view *view, const struct slot *slot,
                            const struct counts *counts)
{
    if (counts->sold == slot->sold && counts->admitted == slot->admitted)
        return true;
    return has_more_to_come(view, slot);
}

static void check_sums(const struct view *view)
{
    struct counts *counts = calloc(view->slots.count + 1, sizeof *counts);

    if (!counts)
        abort();
    count_view(view, counts);
    for (size_t i = 0; i < view->slots.count; i++) {
        const struct slot *slot = &view->slots.items[i];

        if (!slot_is_balanced(slot) || !is_counted_well(view, slot, &counts[i]) ||
            !is_held_well(view, slot, counts[i].held))
            world_fail(view->node->world,
                       "1: at %s showing %lld (seq %llu, %d places) has %d available, %d allotted "
                       "(tills hold %d), %d sold (%d tickets), %d lost, %d in (%d tickets)",
                       view->node->name, (long long)slot->id, (unsigned long long)slot->seq,
                       slot->capacity, slot->available, slot->allotted, counts[i].held, slot->sold,
                       counts[i].sold, slot->lost, slot->admitted, counts[i].admitted);
        else
            continue;
        if (view->node->world->trace)
            print_allotments(view, slot->id);
    }
    free(counts);
}

static struct store *store_of(const struct node *node)
{
    return node->index == CENTRE ? node->store : node->worker.store;
}

void check_now(struct world *world)
{
    for (int i = 0; i < world->node_count && !world->failed; i++) {
        struct node *node = &world->nodes[i];
        struct view view;

        if (!node_is_up(node) || node->disk.dead)
            continue;
        if (view_open(&view, node, store_of(node)))
            check_sums(&view);
        view_release(&view);
    }
}

/* --- each copy is as the centre is --- */

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->available == b->available && a->allotted == b->allotted && a->sold == b->sold &&
           a->lost == b->lost && a->admitted == b->admitted && a->expired_at == b->expired_at &&
           a->archived_at == b->archived_at && a->seq == b->seq &&
           a->key_generation == b->key_generation && strcmp(a->name, b->name) == 0;
}

/* Of an expired showing the copy keeps no seq of its tickets' own. */
static bool same_ticket(const struct ticket *a, const struct ticket *b)
{
    bool open = a->status == TICKET_BOOKED;

    return a->slot_id == b->slot_id && a->status == b->status && a->booked_at == b->booked_at &&
           a->changed_at == b->changed_at && a->canceled_at == b->canceled_at &&
           a->replaces == b->replaces && a->replaced_by == b->replaced_by &&
           a->sale_id == b->sale_id && a->sale_size == b->sale_size &&
           (!open || a->seq == b->seq) && a->admitted_at == b->admitted_at &&
           a->prints == b->prints;
}

/* What is over for so long is forgotten with the next round, and late answers may bring it back
 * till then. */
static bool is_kept(const struct view *copy, int64_t slot_id)
{
    const struct slot *slot = view_slot(copy, slot_id);

    return slot && slot->ends_at > copy->node->world->now - SYNC_KEEP + TIME_MINUTE;
}

static void compare_slots(const struct view *centre, const struct view *copy)
{
    struct world *world = centre->node->world;

    for (size_t i = 0; i < copy->slots.count; i++) {
        const struct slot *own = &copy->slots.items[i], *slot = view_slot(centre, own->id);

        if (is_kept(copy, own->id) && (!slot || !same_slot(own, slot)))
            world_fail(
                world,
                "%s has of showing %lld (over since %lld s): seq %llu, %d available, %d allotted, %d sold, %d "
                "lost, %d in; the centre: seq %llu, %d, %d, %d, %d, %d",
                copy->node->name, (long long)own->id,
                (long long)((world->now - own->ends_at) / TIME_SECOND),
                (unsigned long long)own->seq, own->available, own->allotted, own->sold, own->lost,
                own->admitted, slot ? (unsigned long long)slot->seq : 0, slot ? slot->available : 0,
                slot ? slot->allotted : 0, slot ? slot->sold : 0, slot ? slot->lost : 0,
                slot ? slot->admitted : 0);
    }
    for (size_t i = 0; i < centre->slots.count; i++) {
        const struct slot *slot = &centre->slots.items[i];

        if (slot->ends_at > world->now - SYNC_KEEP + TIME_HOUR &&
            slot->starts_at < world->now + TIME_DAY && !view_slot(copy, slot->id))
            world_fail(world, "%s lacks showing %lld", copy->node->name, (long long)slot->id);
    }
}

/* Who was forgotten with his last ticket and came back may be one and the same to a copy that was
   not told (its archived tickets are then his). */
static void compare_tickets(const struct view *centre, const struct view *copy)
{
    struct world *world = centre->node->world;

    for (size_t i = 0; i < copy->tickets.count; i++) {
        const struct ticket *own = &copy->tickets.items[i], *ticket = view_ticket(centre, own->id);

        if (!is_kept(copy, own->slot_id))
            continue;
        if (!ticket || !same_ticket(own, ticket) ||
            (own->status != TICKET_ARCHIVED && own->customer_id != ticket->customer_id))
            world_fail(
                world,
                "%s has ticket %llu of showing %lld %s (seq %llu, customer %llu, changed %lld), "
                "the centre %s (%llu, %llu, %lld)",
                copy->node->name, (unsigned long long)own->id, (long long)own->slot_id,
                ticket_status_name(own->status), (unsigned long long)own->seq,
                (unsigned long long)own->customer_id, (long long)own->changed_at,
                ticket ? ticket_status_name(ticket->status) : "not at all",
                ticket ? (unsigned long long)ticket->seq : 0,
                ticket ? (unsigned long long)ticket->customer_id : 0,
                ticket ? (long long)ticket->changed_at : 0);
    }
    for (size_t i = 0; i < centre->tickets.count; i++) {
        const struct ticket *ticket = &centre->tickets.items[i];

        if (is_kept(copy, ticket->slot_id) && !view_ticket(copy, ticket->id))
            world_fail(world, "%s lacks ticket %llu of showing %lld", copy->node->name,
                       (unsigned long long)ticket->id, (long long)ticket->slot_id);
    }
}

static bool same_allotment(const struct allotment *a, const struct allotment *b)
{
    return a->granted == b->granted && a->sold == b->sold && a->returned == b->returned &&
           a->written_off == b->written_off;
}

static const struct allotment *view_allotment(const struct view *view, const struct allotment *like)
{
    for (size_t i = 0; i < view->allotments.count; i++)
        if (view->allotments.items[i].slot_id == like->slot_id &&
            strcmp(view->allotments.items[i].holder, like->holder) == 0)
            return &view->allotments.items[i];
    return NULL;
}

static void compare_allotments(const struct view *centre, const struct view *copy)
{
    for (size_t i = 0; i < centre->allotments.count; i++) {
        const struct allotment *given = &centre->allotments.items[i];
        const struct allotment *own = view_allotment(copy, given);
        const struct slot *slot =
            is_kept(copy, given->slot_id) ? view_slot(copy, given->slot_id) : NULL;
        int32_t here = strcmp(given->holder, copy->node->name) == 0 ? allotment_held(given) : -1;

        if (slot && (!own || !same_allotment(own, given)))
            world_fail(centre->node->world,
                       "%s has another account of what %s holds of showing %lld", copy->node->name,
                       given->holder, (long long)given->slot_id);
        else if (slot && !slot->expired_at && here >= 0 && slot->here != here)
            world_fail(centre->node->world, "%s thinks to hold %d of showing %lld, not %d",
                       copy->node->name, slot->here, (long long)given->slot_id, here);
    }
}

/* Of those who have tickets; one may be erased by what became of showings that the copy has
 * forgotten. */
static void compare_customers(const struct view *centre, const struct view *copy)
{
    for (size_t i = 0; i < copy->tickets.count; i++) {
        uint64_t id = copy->tickets.items[i].customer_id;
        size_t here = map_find(&copy->customer_index, id),
               at = map_find(&centre->customer_index, id);
        const struct customer *own = here == MAP_NONE ? NULL : &copy->customers.items[here];
        const struct customer *customer = at == MAP_NONE ? NULL : &centre->customers.items[at];

        if (!own || (customer && customer->erased_at))
            continue;
        if (!customer || strcmp(own->name, customer->name) != 0 ||
            strcmp(own->phone, customer->phone) != 0)
            world_fail(centre->node->world,
                       "%s has customer %llu as “%s” (%s), the centre as “%s” (%s)",
                       copy->node->name, (unsigned long long)own->id, own->name, own->phone,
                       customer ? customer->name : "nobody", customer ? customer->phone : "");
    }
}

static size_t count_open(struct store *store)
{
    struct dispute_query query = {.open = true, .limit = SYNC_DISPUTES_MAX};
    struct dispute_list list = {0};
    size_t count;

    store->ops->list_disputes(store, &query, &list, NULL);
    count = list.count;
    dispute_list_release(&list);
    return count;
}

/* A late answer may bring an old list of disputes, until the next review: at last none is under way. */
static void compare_copy(const struct view *centre, struct node *node, bool last)
{
    struct world *world = node->world;
    struct mirror *mirror = node->worker.till.mirror;
    struct mirror_state state = {0};
    struct view copy;
    size_t open;

    if (mirror->ops->state(mirror, &state, NULL))
        world_fail(world, "%s cannot be asked how it is", node->name);
    if (state.seq != state.taken_seq || state.standing != STANDING_GOOD || state.suspect)
        world_fail(world, "6: %s is %s%s, and %lld of its queue wait", node->name,
                   standing_name(state.standing), state.suspect ? ", suspect" : "",
                   (long long)(state.seq - state.taken_seq));
    if (!view_open(&copy, node, node->worker.store))
        world_fail(world, "%s cannot be read", node->name);
    compare_slots(centre, &copy);
    compare_tickets(centre, &copy);
    compare_allotments(centre, &copy);
    if (node->role >= ROLE_CLERK) /* a door is given names late, and not all */
        compare_customers(centre, &copy);
    open = count_open(copy.store);
    if (last && open != count_open(centre->store))
        world_fail(world, "%s knows of %zu open disputes, the centre of %zu", node->name, open,
                   count_open(centre->store));
    check_sums(&copy);
    view_release(&copy);
}

/* --- 4: what a store says of itself --- */

static void check_verify(struct node *node)
{
    struct store *store = store_of(node);
    struct verify_report report = {0};
    struct tk_error error = {0};
    enum tk_code code = store->ops->verify(store, &report, &error);

    if (code)
        world_fail(node->world, "%s cannot be verified: %s", node->name, error.message);
    else if (report.found)
        world_fail(node->world, "4: %s does not verify: %lld problems, the first: %s: %s",
                   node->name, (long long)report.found, report.items[0].check,
                   report.items[0].text);
    verify_report_release(&report);
}

void check_whole(struct world *world, bool last)
{
    struct node *centre = &world->nodes[CENTRE];
    struct view view;

    if (view_open(&view, centre, centre->store)) {
        check_sums(&view);
        for (int i = 1; i < world->node_count && !world->failed; i++)
            compare_copy(&view, &world->nodes[i], last);
        for (int i = 0; last && i < world->node_count && !world->failed; i++)
            check_verify(&world->nodes[i]);
        check_all_told(world, &view);
    } else {
        world_fail(world, "the centre cannot be read");
    }
    view_release(&view);
}
