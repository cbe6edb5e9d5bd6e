/* replica: a till's store as the port; questions go to the copy, changes to core/sync. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limit.h"
#include "core/staff.h"
#include "core/text.h"
#include "data/replica/replica_internal.h"

static struct replica_store *replica_of(struct store *store)
{
    return (struct replica_store *)store;
}

/* The rows of the copy. */
static struct store *copy_of(struct store *store)
{
    return replica_of(store)->caller.till.mirror->store;
}

/* --- questions: of the copy --- */

static enum tk_code replica_list_slots(struct store *store, const struct slot_query *query,
                                       struct slot_list *list, struct tk_error *error)
{
    return copy_of(store)->ops->list_slots(copy_of(store), query, list, error);
}

static enum tk_code replica_list_tickets(struct store *store, const struct ticket_query *query,
                                         struct ticket_list *list, struct tk_error *error)
{
    return copy_of(store)->ops->list_tickets(copy_of(store), query, list, error);
}

static enum tk_code replica_list_customers(struct store *store, const struct customer_query *query,
                                           struct customer_list *list, struct tk_error *error)
{
    return copy_of(store)->ops->list_customers(copy_of(store), query, list, error);
}

static enum tk_code replica_count_admissions(struct store *store, int64_t slot_id,
                                             struct admission_count_list *list,
                                             struct tk_error *error)
{
    return copy_of(store)->ops->count_admissions(copy_of(store), slot_id, list, error);
}

static enum tk_code replica_list_allotments(struct store *store,
                                            const struct allotment_query *query,
                                            struct allotment_list *list, struct tk_error *error)
{
    return copy_of(store)->ops->list_allotments(copy_of(store), query, list, error);
}

static enum tk_code replica_list_blocks(struct store *store, const char *holder, bool written_off,
                                        struct number_block_list *list, struct tk_error *error)
{
    return copy_of(store)->ops->list_blocks(copy_of(store), holder, written_off, list, error);
}

static enum tk_code replica_count_slots(struct store *store, const struct slot_query *query,
                                        int64_t *count, struct tk_error *error)
{
    return copy_of(store)->ops->count_slots(copy_of(store), query, count, error);
}

static enum tk_code replica_verify(struct store *store, struct verify_report *report,
                                   struct tk_error *error)
{
    return copy_of(store)->ops->verify(copy_of(store), report, error);
}

/* The centre expires and archives. */
static enum tk_code replica_list_due(struct store *store, const struct due_query *query,
                                     struct id_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    (void)error;
    return TK_OK;
}

static enum tk_code replica_facts(struct store *store, struct store_facts *facts,
                                  struct tk_error *error)
{
    enum tk_code code = copy_of(store)->ops->facts(copy_of(store), facts, error);
    char copy[sizeof facts->location];

    if (code)
        return code;
    text_copy(copy, sizeof copy, facts->location);
    snprintf(facts->location, sizeof facts->location, "%.300s, a copy of %.200s", copy,
             replica_of(store)->centre);
    return TK_OK;
}

/* Another number whenever any of the numbers is another one: FNV-1a, by 64 bits at a time. */
static uint64_t mix(const uint64_t *numbers, size_t count)
{
    uint64_t mixed = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < count; i++) {
        mixed = (mixed ^ numbers[i]) * UINT64_C(0x00000100000001B3);
        mixed ^= mixed >> 29;
    }
    return mixed;
}

static enum tk_code replica_version(struct store *store, uint64_t *version, struct tk_error *error)
{
    struct replica_store *replica = replica_of(store);
    struct mirror *mirror = replica->caller.till.mirror;
    struct mirror_state state;
    enum tk_code code = mirror->ops->state(mirror, &state, error);
    uint64_t taken;

    if (code)
        return code;
    pthread_mutex_lock(&replica->lock);
    taken = replica->known.taken;
    pthread_mutex_unlock(&replica->lock);
    *version = mix((uint64_t[]){state.version, (uint64_t)state.seq, (uint64_t)state.taken_seq,
                                (uint64_t)state.standing, taken},
                   5);
    return TK_OK;
}

/* --- what no till keeps: of the centre --- */

enum tk_code replica_refuse_away(const struct replica_store *replica, struct tk_error *error)
{
    return tk_fail(error, TK_NEEDS_CENTRE,
                   "The box office at %s is away: this has to wait until it is back.",
                   replica->centre);
}

enum tk_code replica_centre(struct store *store, struct store **centre, struct tk_error *error)
{
    struct replica_store *replica = replica_of(store);
    struct sync_line *line = replica->caller.till.line;
    struct tk_error why = {0};
    enum tk_code code;

    if (replica_known(replica).link.away_since)
        return replica_refuse_away(replica, error);
    code = line->ops->store(line, centre, &why);
    if (!code)
        return TK_OK;
    replica_note(replica, &replica->caller, code, &why);
    return sync_means_away(code) ? replica_refuse_away(replica, error)
                                 : tk_fail(error, code, "%s", why.message);
}

/* What came of asking it. */
static enum tk_code answered(struct store *store, enum tk_code code, struct tk_error *error)
{
    struct replica_store *replica = replica_of(store);
    struct tk_error why = {.code = code};

    if (code != TK_UNAVAILABLE)
        return code;
    text_copy(why.message, sizeof why.message,
              error ? error->message : tk_code_sentence(TK_UNAVAILABLE));
    replica_note(replica, &replica->caller, code, &why);
    return replica_refuse_away(replica, error);
}

static enum tk_code replica_apply_all(struct store *store, const struct operation_source *source,
                                      size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct replica_store *replica = replica_of(store);
    struct sync_report report = {0};
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (!code)
        code = answered(store, centre->ops->apply_all(centre, source, applied, replayed, error),
                        error);
    if (!code && !source->dry_run) /* so that it is seen here, too */
        replica_round(replica, &replica->caller, SYNC_ROUND, 0, REPLICA_FIRST_MS, &report, NULL);
    return code;
}

static enum tk_code replica_list_journal(struct store *store, const struct journal_query *query,
                                         struct journal_list *list, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->list_journal(centre, query, list, error), error);
}

static enum tk_code replica_list_devices(struct store *store, const struct device_query *query,
                                         struct device_list *list, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->list_devices(centre, query, list, error), error);
}

static enum tk_code replica_touch_device(struct store *store, const char *name, int64_t at,
                                         struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->touch_device(centre, name, at, error), error);
}

static enum tk_code replica_list_replicas(struct store *store, const char *device,
                                          struct replica_list *list, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->list_replicas(centre, device, list, error), error);
}

static bool begins_with(const char *text, const char *beginning)
{
    return text && strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Whether the copy has all that is asked for. */
static bool is_kept(const struct record_query *query)
{
    const char *asked = query->key ? query->key : query->prefix;

    return query->by_seq || begins_with(asked, STAFF_PREFIX) || begins_with(asked, LIMITS_KEY) ||
           begins_with(asked, RECORD_LOCAL_PREFIX);
}

/* What tills keep is answered from the copy, all else by the centre; verifiers by neither. */
static enum tk_code replica_list_records(struct store *store, const struct record_query *query,
                                         struct record_list *list, struct tk_error *error)
{
    struct store *centre;
    size_t before = list->count;
    enum tk_code code;

    if (is_kept(query))
        return copy_of(store)->ops->list_records(copy_of(store), query, list, error);
    code = replica_centre(store, &centre, error);
    if (!code)
        code = answered(store, centre->ops->list_records(centre, query, list, error), error);
    for (size_t i = before; i < list->count; i++)
        staff_blank(&list->items[i]);
    return code;
}

static enum tk_code replica_list_tallies(struct store *store, const struct tally_query *query,
                                         struct tally_list *list, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->list_tallies(centre, query, list, error), error);
}

static enum tk_code list_centres_disputes(struct store *store, const struct dispute_query *query,
                                          struct dispute_list *list, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->list_disputes(centre, query, list, error), error);
}

/* A copy has no more than the open ones and some others: all are at the centre. While that is away, or
   does not tell whom it lets in as a door, what is here has to do. */
static enum tk_code replica_list_disputes(struct store *store, const struct dispute_query *query,
                                          struct dispute_list *list, struct tk_error *error)
{
    struct store *copy = copy_of(store);
    size_t before = list->count;
    enum tk_code code;

    if (query->open || query->id) {
        code = copy->ops->list_disputes(copy, query, list, error);
        if (code || query->open || list->count > before)
            return code;
    }
    code = list_centres_disputes(store, query, list, error);
    if (code != TK_NEEDS_CENTRE && code != TK_FORBIDDEN && !sync_means_away(code))
        return code;
    list->count = before;
    return copy->ops->list_disputes(copy, query, list, error);
}

static enum tk_code replica_backup(struct store *store, const char *path,
                                   void (*progress)(void *context, int64_t done, int64_t total),
                                   void *context, struct tk_error *error)
{
    struct store *centre;
    enum tk_code code = replica_centre(store, &centre, error);

    if (code)
        return code;
    return answered(store, centre->ops->backup(centre, path, progress, context, error), error);
}

/* --- changes --- */

/* Has the thread know what a sale found out about the line, unless it knows better by now. */
static void settle_link(struct replica_store *replica, const struct sync_link *before,
                        const struct sync_link *after)
{
    if (before->away_since == after->away_since && before->failures == after->failures &&
        before->next_at == after->next_at)
        return;
    pthread_mutex_lock(&replica->lock);
    replica->known.link = *after;
    pthread_mutex_unlock(&replica->lock);
}

static enum tk_code replica_apply(struct store *store, const struct operation *operations,
                                  size_t count, struct outcome *outcomes, struct tk_error *error)
{
    struct replica_store *replica = replica_of(store);
    struct sync_link before = replica_known(replica).link, link = before;
    enum tk_code code =
        sync_apply(&replica->caller.till, &link, operations, count, outcomes, error);

    settle_link(replica, &before, &link);
    replica_look(replica, &replica->caller);
    pthread_mutex_lock(&replica->lock);
    replica->known.taken++;
    pthread_mutex_unlock(&replica->lock);
    if (tk_code_is_shut_out(code)) /* a round finds that out, and acts on it */
        replica_store_poke(store);
    return code;
}

/* --- the rest of the port --- */

static void replica_set_watch(struct store *store, const struct store_watch *watch)
{
    struct store *file = replica_of(store)->caller.file;

    replica_of(store)->watch = watch ? *watch : (struct store_watch){0};
    file->ops->set_watch(file, watch);
}

static void release_side(struct replica_side *side)
{
    if (side->till.line)
        side->till.line->ops->close(side->till.line);
    store_close(side->file);
    *side = (struct replica_side){0};
}

static void replica_close(struct store *store)
{
    struct replica_store *replica = replica_of(store);

    replica_thread_stop(replica, 0);
    release_side(&replica->keeper);
    release_side(&replica->caller);
    pthread_cond_destroy(&replica->wake);
    pthread_cond_destroy(&replica->ended);
    pthread_mutex_destroy(&replica->lock);
    free(replica);
}

const struct store_ops replica_ops = {
    .apply = replica_apply,
    .apply_all = replica_apply_all,
    .list_slots = replica_list_slots,
    .list_tickets = replica_list_tickets,
    .list_customers = replica_list_customers,
    .list_journal = replica_list_journal,
    .list_due = replica_list_due,
    .list_devices = replica_list_devices,
    .touch_device = replica_touch_device,
    .count_admissions = replica_count_admissions,
    .list_allotments = replica_list_allotments,
    .list_disputes = replica_list_disputes,
    .list_replicas = replica_list_replicas,
    .list_records = replica_list_records,
    .list_tallies = replica_list_tallies,
    .list_blocks = replica_list_blocks,
    .count_slots = replica_count_slots,
    .version = replica_version,
    .verify = replica_verify,
    .backup = replica_backup,
    .facts = replica_facts,
    .set_watch = replica_set_watch,
    .close = replica_close,
};
