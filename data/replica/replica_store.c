#include "data/replica/replica_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "data/replica/replica_internal.h"

#define KEY_EVERY_MS 1000 /* between two rounds for a key that is not here */
#define CATCH_UP_EXCHANGES 8
#define ASK_MS (2 * SYNC_ANSWER_MS) /* the centre works on a secret for a while, one after another */

/* --- opening --- */

/* The line asks while somebody waits for the centre. */
static bool give_up(void *context, int64_t waited_ms)
{
    struct replica_store *replica = context;

    if (replica->give_up_ms && replica_clock_ms() >= replica->give_up_ms)
        return true;
    return replica->watch.give_up && replica->watch.give_up(replica->watch.context, waited_ms);
}

static struct replica_store *make(const struct replica_options *options)
{
    struct replica_store *replica = calloc(1, sizeof *replica);
    pthread_condattr_t monotonic;

    if (!replica)
        return NULL;
    replica->store.ops = &replica_ops;
    text_display(replica->centre, sizeof replica->centre, options->centre);
    pthread_mutex_init(&replica->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&replica->wake, &monotonic);
    pthread_cond_init(&replica->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return replica;
}

static enum tk_code open_side(const struct replica_options *options, struct replica_side *side,
                              struct tk_error *error)
{
    enum tk_code code =
        options->open_mirror(options->context, &side->till.mirror, &side->file, error);

    if (!code)
        code = options->open_line(options->context, &side->till.line, error);
    side->till.ports = options->ports;
    side->till.ahead = options->ahead;
    side->till.holds = options->holds;
    text_copy(side->till.device, sizeof side->till.device, options->device);
    return code;
}

/* The first copy, or as much of it as comes within the time; a thread brings the rest. */
static enum tk_code fetch_copy(struct replica_store *replica, bool background, struct tk_error *error)
{
    int64_t until_ms = replica_clock_ms() + REPLICA_FIRST_MS;
    struct sync_report *report = &replica->opening;
    struct tk_error why = {0};
    enum tk_code code;

    do
        code = replica_round(replica, &replica->caller, SYNC_REVIEWED, 1, REPLICA_FIRST_MS, report,
                             &why);
    while (!code && report->more && (!background || replica_clock_ms() < until_ms));
    if (!code)
        return TK_OK;
    if (!sync_means_away(code))
        return tk_fail(error, code, "%s", why.message);
    return tk_fail(error, TK_UNAVAILABLE,
                   "This till has no copy of the box office at %s yet, and it cannot be reached. %s",
                   replica->centre, why.message);
}

static enum tk_code look_around(struct replica_store *replica, bool background, struct tk_error *error)
{
    struct replica_side *side = &replica->caller;
    struct mirror_state state;
    enum tk_code code = side->till.mirror->ops->state(side->till.mirror, &state, error);

    if (code)
        return code;
    if (!state.adopted || !state.contact_at)
        return fetch_copy(replica, background, error);
    replica_look(replica, side);
    if (background)
        return TK_OK;
    /* one command gets no places by that, but what is in dispute and what doors deny */
    code = replica_round(replica, side, SYNC_REVIEWED, 0, SYNC_ANSWER_MS, &replica->opening, error);
    return sync_means_away(code) ? TK_OK : code;
}

enum tk_code replica_store_open(const struct replica_options *options, struct store **store,
                                struct tk_error *error)
{
    struct replica_store *replica = make(options);
    struct store_watch watch = {give_up, replica};
    enum tk_code code;

    if (!replica)
        return tk_fail_code(error, TK_NO_MEMORY);
    code = open_side(options, &replica->caller, error);
    if (!code) {
        replica->caller.till.line->ops->set_watch(replica->caller.till.line, &watch);
        code = look_around(replica, options->background, error);
    }
    if (!code && options->background)
        code = open_side(options, &replica->keeper, error);
    if (!code && options->background)
        code = replica_thread_start(replica, error);
    if (code) {
        store_close(&replica->store);
        return code;
    }
    text_copy(replica->device, sizeof replica->device, replica_known(replica).state.device);
    *store = &replica->store;
    return TK_OK;
}

/* --- beside the port --- */

/* Its token is none, or that of another till. */
static bool is_let_in_no_more(enum tk_code code)
{
    return tk_code_is_shut_out(code) || code == TK_CONFIG;
}

void replica_store_status(struct store *store, struct sync_status *status)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct replica_known known = replica_known(replica);
    bool away = known.link.away_since != 0;

    *status = (struct sync_status){
        .online = !away && !known.trouble.code,
        .refused = !away && is_let_in_no_more(known.trouble.code),
        .away_since = away ? known.link.away_since : known.trouble_since,
        .waiting = known.state.seq - known.state.taken_seq,
        .disputes = known.disputes,
        .clock_ahead = known.state.clock_ahead,
        .contact_at = known.state.contact_at,
        .standing = known.state.standing,
        .suspect = known.state.suspect,
        .first = !known.state.contact_at,
        .clock_set_back = sync_now(&replica->caller.till, &known.state) <
                          known.state.latest - SYNC_CLOCK_WARN,
    };
    if (status->online)
        status->away_since = 0;
    else
        text_copy(status->why, sizeof status->why,
                  away ? known.link.why.message : known.trouble.message);
    text_copy(status->centre, sizeof status->centre, replica->centre);
}

enum tk_code replica_store_sync(struct store *store, struct sync_report *report,
                                struct tk_error *error)
{
    struct replica_store *replica = (struct replica_store *)store;
    enum tk_code code;

    *report = replica->opening;
    report->more = false;
    code = replica_round(replica, &replica->caller, SYNC_REVIEWED, 0, REPLICA_FIRST_MS, report,
                         error);
    if (!code)
        replica->opening = (struct sync_report){0};
    return code;
}

enum tk_code replica_store_give_back(struct store *store, struct sync_report *report,
                                     struct tk_error *error)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct tk_error why = {0};
    enum tk_code code;

    *report = (struct sync_report){0};
    replica_thread_stop(replica, REPLICA_GIVE_BACK_MS / 2); /* or it would ask for places again */
    if (replica_known(replica).link.away_since)
        return replica_refuse_away(replica, error);
    replica->give_up_ms = replica_clock_ms() + REPLICA_GIVE_BACK_MS;
    code = sync_give_back(&replica->caller.till, report, &why);
    replica->give_up_ms = 0;
    replica_note(replica, &replica->caller, code, &why);
    replica_look(replica, &replica->caller);
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

enum tk_code replica_store_keep(struct store *store, const struct record *record,
                                struct tk_error *error)
{
    struct mirror *mirror = ((struct replica_store *)store)->caller.till.mirror;

    return mirror->ops->keep_record(mirror, record, error);
}

enum tk_code replica_store_catch_up(struct store *store, struct tk_error *error)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct sync_report report = {0};
    struct tk_error why = {0};
    enum tk_code code;

    if (replica_known(replica).link.away_since)
        return replica_refuse_away(replica, error);
    code = replica_round(replica, &replica->caller, SYNC_ROUND, CATCH_UP_EXCHANGES, SYNC_ANSWER_MS,
                         &report, &why);
    if (sync_means_away(code))
        return replica_refuse_away(replica, error);
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

/* Who guesses too often is held up, and a centre with much to do is there. */
static bool tells_away(enum tk_code code)
{
    return sync_means_away(code) && code != TK_RATE_LIMITED && code != TK_OVERLOADED;
}

enum tk_code replica_store_ask(struct store *store,
                               enum tk_code (*ask)(void *context, struct store *centre,
                                                   struct tk_error *error),
                               void *context, struct tk_error *error)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct tk_error why = {0};
    struct store *centre;
    enum tk_code code;

    replica->give_up_ms = replica_clock_ms() + ASK_MS;
    code = replica_centre(store, &centre, &why);
    if (!code)
        code = ask(context, centre, &why);
    if (code == TK_INTERRUPTED && replica_clock_ms() >= replica->give_up_ms)
        code = tk_fail(&why, TK_UNAVAILABLE, "The box office did not answer in time.");
    replica->give_up_ms = 0;
    if (tells_away(code)) {
        replica_note(replica, &replica->caller, code, &why);
        return replica_refuse_away(replica, error);
    }
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

void replica_store_poke(struct store *store)
{
    struct replica_store *replica = (struct replica_store *)store;

    pthread_mutex_lock(&replica->lock);
    replica->poked = true;
    pthread_cond_broadcast(&replica->wake);
    pthread_mutex_unlock(&replica->lock);
}

enum tk_code replica_store_admit(void *store, const struct admission_request *request,
                                 struct admission *admission, struct tk_error *error)
{
    struct replica_store *replica = store;
    struct sync_line *line = replica->caller.till.line;
    struct tk_error why = {0};
    enum tk_code code;

    if (!line->ops->admit || replica_known(replica).link.away_since)
        return replica_refuse_away(replica, error);
    code = line->ops->admit(line, request, admission, &why);
    if (sync_means_away(code) && code != TK_RATE_LIMITED) /* that is of wrong passes, not of the line */
        replica_note(replica, &replica->caller, code, &why);
    else
        replica_store_poke(store); /* it knows more than this copy; or lets this door in no more */
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

/* A slot has no key before its first ticket, and it comes with a round after that. */
static bool may_fetch_key(struct replica_store *replica)
{
    if (replica_known(replica).link.away_since || replica_clock_ms() < replica->key_next_ms)
        return false;
    replica->key_next_ms = replica_clock_ms() + KEY_EVERY_MS;
    return true;
}

enum tk_code replica_store_slot_key(void *store, int64_t slot_id, int64_t generation,
                                    struct crypto_key *key, struct tk_error *error)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct mirror *mirror = replica->caller.till.mirror;
    struct sync_report report = {0};
    enum tk_code code = mirror->ops->slot_key(mirror, slot_id, generation, key, error);

    if (code == TK_NOT_FOUND && may_fetch_key(replica) &&
        replica_round(replica, &replica->caller, SYNC_ROUND, 1, SYNC_ANSWER_MS, &report, NULL) ==
            TK_OK)
        code = mirror->ops->slot_key(mirror, slot_id, generation, key, error);
    if (code == TK_NOT_FOUND)
        code = tk_fail(error, TK_NEEDS_CENTRE,
                       "The key for passes of this showing is not at this till yet: it comes from "
                       "the box office at %s.",
                       replica->centre);
    return code;
}

int64_t replica_store_now(void *store)
{
    struct replica_store *replica = (struct replica_store *)store;
    struct replica_known known = replica_known(replica);

    return sync_now(&replica->caller.till, &known.state);
}

struct plan_rules replica_store_rules(const struct store *store)
{
    return replica_known((struct replica_store *)(uintptr_t)store).state.rules;
}

const char *replica_store_device(const struct store *store)
{
    return ((const struct replica_store *)store)->device;
}
