#include "tests/cluster/faults.h"

#include <inttypes.h>
#include <poll.h>

#include "tests/sim/dice.h"

#define FAILOVER_MS 60000
#define ETCD_AWAY_MS 11000 /* longer than Patroni's ttl in assets/deploy */
#define WAL_SEGMENTS 60    /* that are used up at most until a disk is full of them */

void trouble_wait(int milliseconds)
{
    poll(NULL, 0, milliseconds);
}

/* --- who is who --- */

enum tk_code trouble_primary(struct trouble *trouble, const char *before,
                             char name[SITE_ANSWER_SIZE], struct tk_error *error)
{
    int64_t until = history_now() + FAILOVER_MS * TIME_MILLISECOND;

    while (site_ask(trouble->site, "primary", NULL, name, NULL) || !name[0] ||
           (before && strcmp(name, before) == 0)) {
        if (history_now() > until)
            return tk_fail(error, TK_UNAVAILABLE, "Nobody became primary in %d s.",
                           FAILOVER_MS / 1000);
        trouble_wait(200);
    }
    return TK_OK;
}

enum tk_code trouble_standbys(struct trouble *trouble, char first[16], char second[16],
                              struct tk_error *error)
{
    static const char *const servers[] = {"pg1", "pg2", "pg3"};
    char primary[SITE_ANSWER_SIZE], sync[SITE_ANSWER_SIZE];
    enum tk_code code = trouble_primary(trouble, NULL, primary, error);

    if (!code)
        code = site_ask(trouble->site, "standbys", NULL, sync, error);
    if (code)
        return code;
    snprintf(first, 16, "%.15s", sync);
    for (int i = 0; i < 3; i++)
        if (strcmp(servers[i], primary) != 0 && strcmp(servers[i], sync) != 0)
            snprintf(second, 16, "%s", servers[i]);
    return strncmp(first, "pg", 2) == 0
               ? TK_OK
               : tk_fail(error, TK_UNAVAILABLE, "There is no standby in step.");
}

void trouble_none_done(struct trouble *trouble, int64_t since)
{
    size_t done = history_done_within(trouble->history, trouble->from, since, history_now());

    if (done)
        findings_add(trouble->findings, "%zu operations were done while both standbys were gone.",
                     done);
}

/* --- nodes --- */

static void any_node(struct trouble *trouble, char name[16])
{
    int64_t nodes = trouble->site->single ? 1 : SITE_NODES;

    snprintf(name, 16, "node%d", (int)dice_between(trouble->dice, 1, nodes));
}

/*
 * Kills one, every other time while its commits wait for a standby that is frozen a moment: so many
 * of them are under way, and nobody is told of them.
 */
static enum tk_code kill_at_work(struct trouble *trouble, const char *name, struct tk_error *error)
{
    char first[16] = "", second[16] = "";
    bool waiting = !trouble->site->single && dice_chance(trouble->dice, 5000);
    enum tk_code code = waiting ? trouble_standbys(trouble, first, second, error) : TK_OK;

    if (!code && waiting)
        code = site_do(trouble->site, "stop", first, error);
    if (!code)
        code = site_do(trouble->site, "kill", name, error);
    if (!code && waiting)
        code = site_do(trouble->site, "cont", first, error);
    return code;
}

static enum tk_code strike_node_killed(struct trouble *trouble, struct tk_error *error)
{
    char name[16];
    enum tk_code code;

    any_node(trouble, name);
    code = kill_at_work(trouble, name, error);
    trouble->hits = 1;
    trouble_wait((int)dice_between(trouble->dice, 200, 2000));
    return code;
}

static enum tk_code strike_node_stopped(struct trouble *trouble, struct tk_error *error)
{
    char name[16];
    enum tk_code code;

    any_node(trouble, name);
    code = site_do(trouble->site, "stop", name, error);
    if (code)
        return code;
    trouble->hits = 1;
    trouble_wait(trouble->seconds * 1000);
    code = site_do(trouble->site, "cont", name, error);
    trouble_wait(500);
    return code;
}

/* --- servers --- */

static enum tk_code strike_primary_killed(struct trouble *trouble, struct tk_error *error)
{
    char primary[SITE_ANSWER_SIZE], next[SITE_ANSWER_SIZE];
    enum tk_code code = trouble_primary(trouble, NULL, primary, error);

    if (!code)
        code = kill_at_work(trouble, primary, error);
    if (!code)
        code = trouble_primary(trouble, primary, next, error);
    trouble->hits = 1;
    trouble_wait((int)dice_between(trouble->dice, 0, 1500));
    return code;
}

/* The old one wakes up after another took its place, and does not know of it. */
static enum tk_code strike_primary_frozen(struct trouble *trouble, struct tk_error *error)
{
    char primary[SITE_ANSWER_SIZE], next[SITE_ANSWER_SIZE];
    enum tk_code code = trouble_primary(trouble, NULL, primary, error);

    if (!code)
        code = site_do(trouble->site, "stop", primary, error);
    if (!code)
        code = trouble_primary(trouble, primary, next, error);
    if (code)
        return code;
    trouble->hits = 1;
    trouble_wait((int)dice_between(trouble->dice, 0, 1500));
    code = site_do(trouble->site, "cont", primary, error);
    trouble_wait(3000);
    return code;
}

static enum tk_code strike_standby_gone(struct trouble *trouble, struct tk_error *error)
{
    const char *verb = dice_chance(trouble->dice, 5000) ? "kill" : "stop";
    char first[16] = "", second[16] = "";
    enum tk_code code = trouble_standbys(trouble, first, second, error);

    if (!code)
        code = site_do(trouble->site, verb, first, error);
    trouble->hits = 1;
    trouble_wait(trouble->seconds * 1000);
    return code;
}

/* Nothing that is sent now may be done: it would be on one disk only. */
static enum tk_code strike_standbys_gone(struct trouble *trouble, struct tk_error *error)
{
    const char *verb = dice_chance(trouble->dice, 5000) ? "kill" : "stop";
    char first[16] = "", second[16] = "";
    enum tk_code code = trouble_standbys(trouble, first, second, error);
    int64_t since;

    if (!code)
        code = site_do(trouble->site, verb, second, error);
    if (!code)
        code = site_do(trouble->site, verb, first, error);
    if (code)
        return code;
    since = history_now();
    trouble->hits = 1;
    trouble_wait(trouble->seconds * 1000);
    trouble_none_done(trouble, since);
    return TK_OK;
}

static enum tk_code strike_etcd_gone(struct trouble *trouble, struct tk_error *error)
{
    enum tk_code code = site_do(trouble->site, "kill", "etcd", error);

    trouble->hits = 1;
    trouble_wait(ETCD_AWAY_MS);
    return code;
}

/* --- disks --- */

/* Tables cannot grow at once; then what is left of the log is used up. */
static enum tk_code strike_disk_full(struct trouble *trouble, struct tk_error *error)
{
    char primary[SITE_ANSWER_SIZE];
    enum tk_code code = trouble_primary(trouble, NULL, primary, error);

    if (!code)
        code = site_fill_disk(trouble->site, primary, error);
    if (code)
        return code;
    trouble_wait(1500);
    for (int i = 0; i < WAL_SEGMENTS && !trouble->hits; i++)
        if (site_sql(trouble->site, primary,
                     "SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 15000000))",
                     NULL, NULL))
            trouble->hits++;
    trouble_wait((int)dice_between(trouble->dice, 500, 3000));
    return TK_OK;
}

/* --- the table --- */

const struct fault faults[FAULT_COUNT] = {
#define X(function, name, cards, single) {name, cards, single, strike_##function},
    FAULT_TABLE(X)
#undef X
};
