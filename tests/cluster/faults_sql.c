/* Faults that are done to the sessions of the nodes, from another one. */
#include "tests/cluster/faults.h"

#include <inttypes.h>
#include <signal.h>

#include "tests/sim/dice.h"

#define RESETS 4  /* times that the waiting sessions are ended in one round */
#define CANCELS 8 /* times that their waits are canceled */
#define STORM_MS 4000
#define INSIST 20 /* tries */
#define SQL_SIZE 2048
#define SQL_SLOTS 24 /* showings whose rows are locked in the wrong order */

/* The sessions that wait for a standby: they have committed here, and only here. */
#define WAITING " FROM pg_stat_activity WHERE usename = 'ticketly' AND wait_event = 'SyncRep'"

static int64_t whole(const char *text)
{
    return strtoll(text, NULL, 10);
}

/* How many sessions a function was called for. */
static enum tk_code call_for_waiting(struct trouble *trouble, const char *server,
                                     const char *function, struct tk_error *error)
{
    char sql[256], answer[SITE_ANSWER_SIZE];
    enum tk_code code;

    snprintf(sql, sizeof sql, "SELECT count(%s(pid))" WAITING, function);
    code = site_sql(trouble->site, server, sql, answer, error);
    if (!code)
        trouble->hits += whole(answer);
    return code;
}

/* --- connections --- */

/* The nodes have sent COMMIT, it is done, and they never hear of it. */
enum tk_code strike_reset_after_commit(struct trouble *trouble, struct tk_error *error)
{
    static const char any[] = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                              " WHERE usename = 'ticketly' AND state <> 'idle' AND random() < 0.5";
    char primary[SITE_ANSWER_SIZE], first[16] = "", second[16] = "";
    enum tk_code code = trouble_standbys(trouble, first, second, error);

    if (!code)
        code = trouble_primary(trouble, NULL, primary, error);
    for (int i = 0; !code && i < RESETS; i++) {
        code = site_do(trouble->site, "stop", first, error);
        trouble_wait((int)dice_between(trouble->dice, 50, 300));
        if (!code)
            code = call_for_waiting(trouble, primary, "pg_terminate_backend", error);
        if (!code)
            code = site_do(trouble->site, "cont", first, error);
        trouble_wait((int)dice_between(trouble->dice, 100, 500));
        if (!code)
            code = site_sql(trouble->site, primary, any, NULL, error);
        trouble_wait((int)dice_between(trouble->dice, 100, 500));
    }
    return code;
}

/* The primary's Patroni hangs: it goes on naming the standby in step that is no more. */
static enum tk_code freeze_patroni(struct trouble *trouble, const char *primary,
                                   struct tk_error *error)
{
    char pid[SITE_ANSWER_SIZE] = "";
    enum tk_code code = site_ask(trouble->site, "pid", primary, pid, error);

    if (!code && (whole(pid) < 2 || kill((pid_t)whole(pid), SIGSTOP) != 0))
        code = tk_fail(error, TK_UNAVAILABLE, "Patroni of %s cannot be frozen.", primary);
    return code;
}

/* Ends both standbys, and the waits for them for a while; what was committed so is on one disk. */
static enum tk_code cancel_waits(struct trouble *trouble, const char *primary, const char *first,
                                 const char *second, struct tk_error *error)
{
    enum tk_code code = site_do(trouble->site, "kill", second, error);
    int64_t since;

    if (!code)
        code = site_do(trouble->site, "kill", first, error);
    since = history_now();
    for (int i = 0; !code && i < CANCELS; i++) {
        trouble_wait((int)dice_between(trouble->dice, 50, 300));
        code = call_for_waiting(trouble, primary, "pg_cancel_backend", error);
    }
    trouble_none_done(trouble, since);
    return code;
}

/*
 * A wait that is canceled ends with COMMIT and a WARNING. Here what was committed so is then lost:
 * the primary dies, and no standby ever had it. The one that was in step takes its place.
 */
enum tk_code strike_wait_cancelled(struct trouble *trouble, struct tk_error *error)
{
    char primary[SITE_ANSWER_SIZE], next[SITE_ANSWER_SIZE], first[16] = "", second[16] = "";
    enum tk_code code = trouble_standbys(trouble, first, second, error);

    if (!code)
        code = trouble_primary(trouble, NULL, primary, error);
    if (!code)
        code = freeze_patroni(trouble, primary, error);
    if (!code)
        code = cancel_waits(trouble, primary, first, second, error);
    if (!code)
        code = site_do(trouble->site, "kill", primary, error);
    if (!code)
        code = site_do(trouble->site, "start", first, error);
    if (!code)
        code = site_do(trouble->site, "start", second, error);
    if (!code)
        code = trouble_primary(trouble, primary, next, error);
    return code;
}

/* --- storms --- */

/* Until it is done: the sales that go on may stand in its way. */
static enum tk_code sql_insist(struct trouble *trouble, const char *sql, struct tk_error *error)
{
    enum tk_code code = TK_UNAVAILABLE;

    for (int i = 0; code && i < INSIST; i++)
        code = site_sql(trouble->site, NULL, sql, NULL, error);
    return code;
}

static enum tk_code sql_insist_all(struct trouble *trouble, const char *const *sql,
                                   struct tk_error *error)
{
    enum tk_code code = TK_OK;

    while (!code && *sql)
        code = sql_insist(trouble, *sql++, error);
    return code;
}

/*
 * PostgreSQL has few 40001 where rows are locked first; so a trigger makes them: in the statement
 * that sells, and in COMMIT. What a sequence counts is not rolled back. One table at a time, or
 * making them would itself be a deadlock.
 */
enum tk_code strike_serialization(struct trouble *trouble, struct tk_error *error)
{
    static const char *const begin[] = {
        "CREATE SEQUENCE IF NOT EXISTS storm",
        "CREATE OR REPLACE FUNCTION storm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN IF random() < 0.3 THEN PERFORM nextval('public.storm');"
        " RAISE EXCEPTION 'a storm' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$",
        "DROP TRIGGER IF EXISTS storm ON slot;"
        "CREATE TRIGGER storm BEFORE UPDATE ON slot FOR EACH STATEMENT EXECUTE FUNCTION storm()",
        "DROP TRIGGER IF EXISTS storm ON journal;"
        "CREATE CONSTRAINT TRIGGER storm AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (NEW.device_seq % 8 = 0) EXECUTE FUNCTION storm()",
        NULL};
    static const char *const end[] = {
        "DROP TRIGGER IF EXISTS storm ON slot", "DROP TRIGGER IF EXISTS storm ON journal",
        "DROP FUNCTION IF EXISTS storm()", "DROP SEQUENCE IF EXISTS storm", NULL};
    char answer[SITE_ANSWER_SIZE];
    enum tk_code code = sql_insist_all(trouble, begin, error), ended;

    if (!code) {
        trouble_wait(STORM_MS);
        code = site_sql(trouble->site, NULL, "SELECT last_value FROM storm", answer, error);
    }
    if (!code)
        trouble->hits = whole(answer) > 1 ? whole(answer) : 0;
    ended = sql_insist_all(trouble, end, code ? NULL : error);
    return code ? code : ended;
}

/* Locks rows of showings in pairs, the later one first, against the order of the nodes. */
static void print_wrong_order(const struct trouble *trouble, struct buffer *sql)
{
    buffer_addf(sql, "DO $$ DECLARE ids bigint[] := ARRAY[");
    for (size_t i = 0; i < trouble->slot_count && i < SQL_SLOTS; i++)
        buffer_addf(sql, "%s%" PRId64, i ? "," : "", trouble->slots[i]);
    buffer_addf(sql,
                "]; later int; until timestamptz := clock_timestamp() + interval '%d ms';"
                " BEGIN PERFORM set_config('deadlock_timeout', '10s', false);"
                " WHILE clock_timestamp() < until LOOP"
                " later := 2 + floor(random() * (array_length(ids, 1) - 1));"
                " PERFORM 1 FROM slot WHERE id = ids[later] FOR UPDATE;"
                " PERFORM pg_sleep(0.02);"
                " PERFORM 1 FROM slot WHERE id = ids[1 + floor(random() * (later - 1))] FOR UPDATE;"
                " COMMIT; END LOOP; END $$",
                STORM_MS);
}

enum tk_code strike_deadlocks(struct trouble *trouble, struct tk_error *error)
{
    static const char count[] = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'ticketly'";
    char before[SITE_ANSWER_SIZE], after[SITE_ANSWER_SIZE];
    enum tk_code code = site_sql(trouble->site, NULL, count, before, error);
    struct buffer sql;

    buffer_init(&sql, SQL_SIZE);
    print_wrong_order(trouble, &sql);
    if (!code)
        code = site_sql(trouble->site, NULL, buffer_text(&sql), NULL, error);
    trouble_wait(1500); /* the counts are told a second late */
    if (!code)
        code = site_sql(trouble->site, NULL, count, after, error);
    if (!code)
        trouble->hits = whole(after) - whole(before);
    buffer_release(&sql);
    return code;
}
