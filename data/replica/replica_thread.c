/* replica: rounds in the background, so that the copy is new and the queue is short. */
#include <time.h>

#include "data/replica/replica_internal.h"
#include "data/thread.h"

#define TURN_MS 1000      /* between rounds, and between looks at the copy while the centre is away */
#define JITTER_MS 100     /* so that many tills do not ask at the same moment */
#define EXCHANGES_A_TURN 8
#define TROUBLE_MS (SYNC_PAUSE_MOST / 1000) /* between tries when the centre refuses this till */

struct keeper {
    struct replica_store *replica;
    int64_t review_ms;  /* monotonic; when to ask what to hold */
    int64_t trouble_ms; /* when to try again after a refusal */
    bool was_away, more;
};

static int64_t jitter(const struct replica_store *replica, int64_t most)
{
    const struct office_ports *ports = &replica->keeper.till.ports;
    uint32_t noise;

    ports->random(ports->context, &noise, sizeof noise);
    return noise % (most + 1);
}

/* How long until the link is to be tried, in µs of this machine's clock, which may have been set back. */
static int64_t until_try(const struct replica_store *replica, const struct sync_link *link)
{
    const struct office_ports *ports = &replica->keeper.till.ports;
    int64_t left = link->next_at - ports->now(ports->context);

    return !link->away_since || left < 0 || left > SYNC_PAUSE_MOST ? 0 : left;
}

static int64_t rest_ms(struct keeper *keeper)
{
    struct replica_known known = replica_known(keeper->replica);
    int64_t left = until_try(keeper->replica, &known.link) / 1000;

    if (keeper->more)
        return 0;
    if (known.link.away_since)
        return left < TURN_MS ? left + 1 : TURN_MS;
    return TURN_MS - JITTER_MS / 2 + jitter(keeper->replica, JITTER_MS);
}

/* Rests, or less when poked; false at the end. */
static bool rest(struct replica_store *replica, int64_t ms)
{
    int64_t until_ms = replica_clock_ms() + ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    bool goes_on;

    pthread_mutex_lock(&replica->lock);
    while (!replica->closing && !replica->poked && replica_clock_ms() < until_ms)
        pthread_cond_timedwait(&replica->wake, &replica->lock, &until);
    goes_on = !replica->closing;
    pthread_mutex_unlock(&replica->lock);
    return goes_on;
}

static bool is_due(struct keeper *keeper)
{
    struct replica_store *replica = keeper->replica;
    struct replica_known known = replica_known(replica);
    bool poked;

    pthread_mutex_lock(&replica->lock);
    poked = replica->poked;
    replica->poked = false;
    pthread_mutex_unlock(&replica->lock);
    keeper->was_away |= known.link.away_since != 0;
    return poked || (until_try(replica, &known.link) == 0 &&
                     (!known.trouble.code || replica_clock_ms() >= keeper->trouble_ms));
}

static void turn(struct keeper *keeper)
{
    struct replica_store *replica = keeper->replica;
    struct replica_known known = replica_known(replica);
    bool reviewed = keeper->was_away || replica_clock_ms() >= keeper->review_ms;
    struct sync_report report = {0};
    /* what brings a lot may take long on a slow line */
    int timeout_ms = known.state.version ? SYNC_ANSWER_MS : REPLICA_FIRST_MS;
    enum tk_code code = replica_round(replica, &replica->keeper,
                                      reviewed ? SYNC_REVIEWED : SYNC_ROUND, EXCHANGES_A_TURN,
                                      timeout_ms, &report, NULL);

    keeper->more = !code && report.more;
    keeper->was_away &= code != TK_OK;
    keeper->trouble_ms = replica_clock_ms() + TROUBLE_MS;
    if (!code && reviewed)
        keeper->review_ms = replica_clock_ms() + SYNC_REVIEW / 1000 + jitter(replica, TURN_MS);
}

static void *keep(void *argument)
{
    struct replica_store *replica = argument;
    struct keeper keeper = {.replica = replica, .more = true};

    pthread_setname_np(pthread_self(), "replica");
    while (rest(replica, rest_ms(&keeper)))
        if (is_due(&keeper))
            turn(&keeper);
        else
            replica_look(replica, &replica->keeper);
    pthread_mutex_lock(&replica->lock);
    replica->has_ended = true;
    pthread_cond_broadcast(&replica->ended);
    pthread_mutex_unlock(&replica->lock);
    return NULL;
}

static bool is_hurried(void *context, int64_t waited_ms)
{
    (void)waited_ms;
    return atomic_load(&((struct replica_store *)context)->hurry);
}

enum tk_code replica_thread_start(struct replica_store *replica, struct tk_error *error)
{
    struct replica_side *side = &replica->keeper;
    struct store_watch watch = {is_hurried, replica};

    side->till.line->ops->set_watch(side->till.line, &watch);
    side->file->ops->set_watch(side->file, &watch);
    if (!thread_start(&replica->thread, keep, replica))
        return tk_fail(error, TK_NO_MEMORY, "No thread can be started.");
    replica->runs = true;
    return TK_OK;
}

void replica_thread_stop(struct replica_store *replica, int patience_ms)
{
    int64_t until_ms = replica_clock_ms() + patience_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

    if (!replica->runs)
        return;
    pthread_mutex_lock(&replica->lock);
    replica->closing = true;
    pthread_cond_broadcast(&replica->wake);
    while (!replica->has_ended && replica_clock_ms() < until_ms)
        pthread_cond_timedwait(&replica->ended, &replica->lock, &until);
    pthread_mutex_unlock(&replica->lock);
    atomic_store(&replica->hurry, true);
    pthread_join(replica->thread, NULL);
    replica->runs = false;
}
