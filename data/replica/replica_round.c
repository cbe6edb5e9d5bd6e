/* replica: one round with the centre, and what it came to. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/replica/replica_internal.h"

#define BUSY_STAYS (5 * TIME_SECOND)

int64_t replica_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct replica_known replica_known(struct replica_store *replica)
{
    struct replica_known known;

    pthread_mutex_lock(&replica->lock);
    known = replica->known;
    pthread_mutex_unlock(&replica->lock);
    return known;
}

/* The open ones that this till was told of. */
static int64_t count_disputes(struct store *file)
{
    struct dispute_query query = {.open = true, .limit = SYNC_DISPUTES_MAX};
    struct dispute_list list = {0};
    int64_t count = -1;

    if (file->ops->list_disputes(file, &query, &list, NULL) == TK_OK)
        count = (int64_t)list.count;
    dispute_list_release(&list);
    return count;
}

/* When the copy cannot be read just now, what was known stands. */
void replica_look(struct replica_store *replica, struct replica_side *side)
{
    struct mirror_state state = {0};
    int64_t disputes = count_disputes(side->file);
    enum tk_code code = side->till.mirror->ops->state(side->till.mirror, &state, NULL);

    pthread_mutex_lock(&replica->lock);
    if (!code)
        replica->known.state = state;
    if (disputes >= 0)
        replica->known.disputes = disputes;
    pthread_mutex_unlock(&replica->lock);
}

/* The lock is held. */
static void note_trouble(struct replica_known *known, int64_t now, enum tk_code code,
                         const struct tk_error *why)
{
    if (!known->trouble.code)
        known->trouble_since = now;
    known->trouble = *why;
    known->trouble.code = code;
}

void replica_note(struct replica_store *replica, const struct replica_side *side, enum tk_code code,
                  const struct tk_error *why)
{
    const struct office_ports *ports = &side->till.ports;
    int64_t now = ports->now(ports->context);
    uint32_t noise;

    if (code == TK_INTERRUPTED) /* it was we who broke it off */
        return;
    ports->random(ports->context, &noise, sizeof noise);
    pthread_mutex_lock(&replica->lock);
    if (sync_means_away(code)) {
        sync_link_failed(&replica->known.link, now, noise, why);
    } else {
        sync_link_answered(&replica->known.link);
        replica->known.trouble = (struct tk_error){0};
        if (code)
            note_trouble(&replica->known, now, code, why);
    }
    pthread_mutex_unlock(&replica->lock);
}

static bool has_taken(const struct sync_report *report)
{
    const struct mirror_report *mirror = &report->mirror;

    return mirror->slots || mirror->tickets || mirror->customers || mirror->records ||
           mirror->answered ||
           report->forgotten || report->adopted || report->pushed || report->granted ||
           report->returned;
}

/* A file that others hold still answers who only reads: what is no proof that a sale would be answered does
   not bring the line back at once, or each sale would wait again. */
static bool stays_cut(struct replica_store *replica, const struct replica_side *side,
                      const struct sync_report *report)
{
    int64_t now = side->till.ports.now(side->till.ports.context);
    struct sync_link *link = &replica->known.link;
    bool stays;

    pthread_mutex_lock(&replica->lock);
    stays = side == &replica->keeper && !report->pushed && link->away_since &&
            link->why.code == TK_BUSY && now >= link->away_since &&
            now - link->away_since < BUSY_STAYS;
    if (stays)
        link->next_at = now + TIME_SECOND;
    pthread_mutex_unlock(&replica->lock);
    return stays;
}

enum tk_code replica_round(struct replica_store *replica, struct replica_side *side, enum sync_what what,
                           int exchanges, int timeout_ms, struct sync_report *report,
                           struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = sync_round(&side->till, what, exchanges, timeout_ms, report, &why);

    if (code || !stays_cut(replica, side, report))
        replica_note(replica, side, code, &why);
    replica_look(replica, side);
    pthread_mutex_lock(&replica->lock);
    replica->known.taken += has_taken(report) || tk_code_is_shut_out(code);
    pthread_mutex_unlock(&replica->lock);
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}
