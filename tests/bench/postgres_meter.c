#include "tests/bench/postgres.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/text.h"

/* More places than a showing can have, so that none sells out in a turn: a refusal is no sale. */
#define SLOTS_SQL                                                                                 \
    "INSERT INTO slot (id, name, description, screen, starts_at, ends_at, type, genre, capacity," \
    " available, allotted, sold, lost, expired_at, expired_seq, archived_at, seq, name_key,"      \
    " admitted, key_generation) SELECT n, 'Film ' || n, 'A film.', '', 4083926400000000,"         \
    " 4083933600000000, 0, 4, 100000000, 100000000, 0, 0, 0, 0, 0, 0, 1, 'film ' || n, 0, 1"            \
    " FROM generate_series(%lld, %lld) AS n"

double pg_rate(const struct pg_use *use)
{
    return use->seconds > 0 ? use->sold / use->seconds : 0;
}

double pg_each(const struct pg_use *use, double value)
{
    return use->sold > 0 ? value / use->sold : 0;
}

/* --- databases --- */

static enum tk_code add_slots(const struct pg_base *base, int64_t first, int64_t count,
                              struct tk_error *error)
{
    char sql[sizeof SLOTS_SQL + 48];

    snprintf(sql, sizeof sql, SLOTS_SQL, (long long)first, (long long)(first + count - 1));
    return postgres_run(base->uri, sql)
               ? TK_OK
               : tk_fail(error, TK_UNAVAILABLE, "No showings were made in the database.");
}

/* "postgresql://postgres@/NAME?host=…" names the socket. */
static void name_port(char uri[POSTGRES_URI_SIZE])
{
    char name[64];
    const char *from = strstr(uri, "@/") + 2;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(from, "?"), from);
    snprintf(uri, POSTGRES_URI_SIZE, "postgresql://postgres@127.0.0.1:%d/%s", postgres_port(),
             name);
}

enum tk_code pg_base_open(struct pg_base *base,
                          enum tk_code (*migrate)(void *context, const char *uri,
                                                  struct tk_error *error),
                          void *context, struct tk_error *error)
{
    enum tk_code code;

    *base = (struct pg_base){.hot = 0};
    if (!postgres_make(base->uri))
        return tk_fail(error, TK_UNAVAILABLE, "PostgreSQL does not start.");
    name_port(base->uri);
    code = migrate(context, base->uri, error);
    return code ? code : add_slots(base, PG_SLOT_FIRST, PG_SLOTS, error);
}

enum tk_code pg_base_range(struct pg_base *base, enum pg_load load, struct pg_range *range,
                           struct tk_error *error)
{
    *range = (struct pg_range){PG_SLOT_FIRST, PG_SLOTS};
    if (load == PG_MANY)
        return TK_OK;
    *range = (struct pg_range){PG_HOT_FIRST + base->hot++, 1};
    return add_slots(base, range->first, 1, error);
}

/* --- what it takes --- */

static int64_t seller_us(const struct process *nodes)
{
    struct rusage own;
    int64_t sum = 0;

    for (int i = 0; nodes && i < PG_NODES; i++)
        sum += process_cpu_us(nodes[i].pid);
    if (nodes || getrusage(RUSAGE_SELF, &own))
        return sum;
    return (own.ru_utime.tv_sec + own.ru_stime.tv_sec) * INT64_C(1000000) + own.ru_utime.tv_usec +
           own.ru_stime.tv_usec;
}

/* Programs that were run to their ends: pgbench, wrk. */
static int64_t load_us(void)
{
    struct rusage ended;

    if (getrusage(RUSAGE_CHILDREN, &ended))
        return 0;
    return (ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) * INT64_C(1000000) +
           ended.ru_utime.tv_usec + ended.ru_stime.tv_usec;
}

/* User and system time by /proc/PID/stat, fields 14 and 15 of proc(5); 16 and 17 are of children
 * that `ended`. */
static int64_t stat_us(long pid, bool ended)
{
    char path[64], line[1024] = "", *at;
    int64_t ticks = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    file = fopen(path, "r");
    at = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (file)
        fclose(file);
    for (int field = 3; at && field <= (ended ? 17 : 15); field++) {
        at = strchr(at, ' ');
        if (at && field >= 14)
            ticks += strtoll(at, NULL, 10);
        at = at ? at + 1 : NULL;
    }
    return ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

static int64_t server_us(void)
{
    int64_t sum = stat_us((long)postgres_pid(), true);
    char path[96], line[4096] = "", *at = line, *next;
    FILE *file;
    long child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)postgres_pid(),
             (int)postgres_pid());
    file = fopen(path, "r");
    if (file && !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    for (; (child = strtol(at, &next, 10)) > 0; at = next)
        sum += stat_us(child, false);
    return sum;
}

static void ask(const struct pg_base *base, int64_t *sold, int64_t *batches, int64_t *wal)
{
    *sold = postgres_number(base->uri, "SELECT sum(sold)::bigint FROM slot");
    *batches = postgres_number(base->uri, "SELECT sum(batches)::bigint FROM writer");
    *wal = postgres_number(base->uri, "SELECT (pg_current_wal_lsn() - '0/0')::bigint");
}

void pg_meter_start(struct pg_meter *meter, const struct pg_base *base, const struct process *nodes)
{
    *meter = (struct pg_meter){.base = base, .nodes = nodes};
    ask(base, &meter->sold, &meter->batches, &meter->wal);
    meter->seller_us = seller_us(nodes);
    meter->postgres_us = server_us();
    meter->load_us = load_us();
    meter->start = bench_clock();
}

void pg_meter_stop(const struct pg_meter *meter, struct pg_use *use)
{
    int64_t sold, batches, wal;

    use->seconds += bench_seconds_since(meter->start);
    use->seller_us += (double)(seller_us(meter->nodes) - meter->seller_us);
    use->postgres_us += (double)(server_us() - meter->postgres_us);
    use->load_us += (double)(load_us() - meter->load_us);
    ask(meter->base, &sold, &batches, &wal);
    use->sold += (double)(sold - meter->sold);
    use->batches += (double)(batches - meter->batches);
    use->wal += (double)(wal - meter->wal);
    use->turns++;
}
