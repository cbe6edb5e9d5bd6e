#include "tests/bench/postgres.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/text.h"
#include "data/postgres/internal.h"

#define DEVICES 8

/* --- pgbench --- */

/* What the store writes for a sale, in one statement; op ids rise, as tills make them. */
#define SALE_SQL                                                                                    \
    "\\set n :n + 1\n"                                                                              \
    "\\set number :run * 1000000000000 + :client_id * 1000000000 + :n\n"                            \
    "%s"                                                                                            \
    "WITH s AS (UPDATE slot SET available = available - 1, sold = sold + 1, seq = seq + 1"          \
    " WHERE id = :slot AND available >= 1 RETURNING id, seq),"                                      \
    " t AS (INSERT INTO ticket (number, slot_id, customer, status, booked_at, changed_at,"          \
    " canceled_at, replaces, replaced_by, sale, sale_position, sale_size, seq, admitted_at,"        \
    " admitted_by, prints) SELECT :number::bigint, s.id, NULL, 0, 1795000000000000,"                \
    " 1795000000000000, 0, NULL, NULL, :number::bigint, 1, 1, s.seq, 0, '', 1 FROM s"               \
    " RETURNING number, slot_id, seq) INSERT INTO journal (seq, writer, device, device_seq, op_id," \
    " kind, actor, at, recorded_at, body, outcome, digest, hash) SELECT t.number, 1, 'till-1',"     \
    " :n::bigint, decode(lpad(to_hex(t.number), 32, '0'), 'hex'), 'book', 'Priya',"                 \
    " 1795000000000000, 1795000000000000, '{\"slotId\":' || t.slot_id || ',\"numTickets\":1}',"     \
    " '{\"code\":\"ok\",\"slotId\":' || t.slot_id || ',\"seq\":' || t.seq ||"                       \
    " ',\"tickets\":[\"TKT0123456789\"]}', decode(repeat('5a', 32), 'hex'),"                        \
    " decode(repeat('a5', 32), 'hex') FROM t;\n"

static enum tk_code write_sale(const struct bench *bench, const struct pg_range *range,
                               char path[BENCH_PATH_SIZE], struct tk_error *error)
{
    char choice[96];
    FILE *file;
    bool written;

    snprintf(choice, sizeof choice, "\\set slot random(%lld, %lld)\n", (long long)range->first,
             (long long)(range->first + range->count - 1));
    bench_path(bench, path, "sale.pgbench");
    file = fopen(path, "w");
    written = file && fprintf(file, SALE_SQL, choice) > 0;
    if (file && fclose(file))
        written = false;
    return written ? TK_OK : tk_fail(error, TK_IO, "%s cannot be written.", path);
}

enum tk_code pg_sell_pgbench(struct bench *bench, struct pg_base *base, enum pg_load load,
                             int clients, int seconds, struct pg_use *use, struct tk_error *error)
{
    static int runs;
    char path[BENCH_PATH_SIZE], program[BENCH_PATH_SIZE], many[16], time[16], run_text[24];
    const char *argv[] = {program,  "-n",      "-M", "prepared", "-f",
                          path,     "-c",      many, "-j",       clients > 1 ? "2" : "1",
                          "-T",     time,      "-D", "n=0",      "-D",
                          run_text, base->uri, NULL};
    struct run_options options = {.home = bench->folder, .timeout_ms = seconds * 1000 + 60000};
    double before = use->seconds, sold = use->sold, rate;
    struct pg_range range;
    struct pg_meter meter;
    struct run run;
    const char *found;
    enum tk_code code = pg_base_range(base, load, &range, error);

    if (!code)
        code = write_sale(bench, &range, path, error);
    if (code)
        return code;
    snprintf(program, sizeof program, "%s/pgbench", postgres_programs());
    snprintf(many, sizeof many, "%d", clients);
    snprintf(time, sizeof time, "%d", seconds);
    snprintf(run_text, sizeof run_text, "run=%d", ++runs);
    pg_meter_start(&meter, base, NULL);
    run_program(&run, &options, argv);
    pg_meter_stop(&meter, use);
    found = strstr(run.out, "tps = ");
    rate = found ? strtod(found + strlen("tps = "), NULL) : 0;
    if (rate > 0) /* without connecting, as pgbench has it */
        use->seconds = before + (use->sold - sold) / rate;
    else
        code = tk_fail(error, TK_UNAVAILABLE, "pgbench measured nothing (status %d): %.300s",
                       run.status, run.err);
    run_release(&run);
    return code ? code : bench_check_time(bench, error);
}

/* --- batches --- */

static struct postgres_options make_options(const char *uri)
{
    return (struct postgres_options){.uri = uri,
                                     .rules = {.expire_after = 8 * TIME_HOUR},
                                     .now = bench_now,
                                     .random = bench_random};
}

enum tk_code pg_migrate_here(void *context, const char *uri, struct tk_error *error)
{
    struct postgres_options options = make_options(uri);
    struct postgres_migration done;

    (void)context;
    return postgres_migrate(&options, false, &done, error);
}

struct caller {
    struct bench *bench;
    struct box_office office;
    struct postgres_store *store;
    struct pg_range range;
    size_t batch;
    double sold, batches;
};

static void make_sale(struct caller *caller, size_t at, struct operation *operation)
{
    int64_t slot = caller->range.first +
                   (int64_t)bench_random_below(caller->bench, (uint64_t)caller->range.count);

    *operation = (struct operation){.book = {.slot = {.id = slot}, .count = 1}};
    snprintf(caller->office.device, sizeof caller->office.device, "till-%zu", at % DEVICES);
    office_stamp(&caller->office, OP_BOOK, operation);
    operation->id = office_make_id(&caller->office);
}

static enum tk_code apply_one(struct caller *caller, struct tk_error *error)
{
    static struct operation operations[OP_BATCH_MAX];
    static struct outcome outcomes[OP_BATCH_MAX];
    enum tk_code code;

    for (size_t i = 0; i < caller->batch; i++)
        make_sale(caller, i, &operations[i]);
    code = store_apply(caller->office.store, operations, caller->batch, outcomes, error);
    for (size_t i = 0; !code && i < caller->batch; i++)
        caller->sold += outcomes[i].code == TK_OK;
    caller->batches++;
    return code;
}

/* Bytes that the connection has sent and had so far. */
static void add_line(const struct postgres_store *store, double sign, struct pg_use *use)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    if (store->conn &&
        getsockopt(PQsocket(store->conn), IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
        use->line_out += sign * (double)info.tcpi_bytes_sent;
        use->line_in += sign * (double)info.tcpi_bytes_received;
    }
}

static enum tk_code call_for(struct caller *caller, struct pg_base *base, int seconds,
                             struct pg_use *use, struct tk_error *error)
{
    enum tk_code code = apply_one(caller, error); /* it registers its writer, which happens once */
    struct pg_meter meter;
    int trips = caller->store->round_trips;

    add_line(caller->store, -1, use);
    pg_meter_start(&meter, base, NULL);
    while (!code && bench_seconds_since(meter.start) < seconds)
        code = apply_one(caller, error);
    pg_meter_stop(&meter, use);
    use->round_trips += caller->store->round_trips - trips;
    add_line(caller->store, 1, use);
    return code;
}

enum tk_code pg_sell_batches(struct bench *bench, struct pg_base *base, enum pg_load load,
                             size_t batch, int seconds, struct pg_use *use, struct tk_error *error)
{
    struct postgres_options options = make_options(base->uri);
    struct caller caller = {.bench = bench, .batch = batch};
    struct store *store = NULL;
    enum tk_code code = pg_base_range(base, load, &caller.range, error);

    if (!code)
        code = postgres_store_open(&options, &store, error);
    if (code)
        return code;
    caller.store = (struct postgres_store *)store;
    caller.office.store = store;
    caller.office.rules = options.rules;
    caller.office.ports = (struct office_ports){.now = bench_now, .random = bench_random};
    text_copy(caller.office.actor, sizeof caller.office.actor, "Priya");
    code = call_for(&caller, base, seconds, use, error);
    store_close(store);
    return code ? code : bench_check_time(bench, error);
}

/* --- HTTP --- */

static const char *port_of(const struct process *service)
{
    return strrchr(service->url, ':') + 1;
}

enum tk_code pg_sell_at(struct bench *bench, struct pg_base *base, enum pg_load load,
                        const struct process *services, const char *const *ports, int count,
                        int seconds, struct pg_use *use, struct tk_error *error)
{
    char first[24], slots[24], tokens[BENCH_PATH_SIZE], address[48];
    const char *arguments[4 + PG_NODES] = {first, slots, tokens};
    double before = use->seconds;
    struct pg_range range;
    struct pg_meter meter;
    struct wrk wrk = {0};
    enum tk_code code = pg_base_range(base, load, &range, error);

    if (code)
        return code;
    snprintf(first, sizeof first, "%lld", (long long)range.first);
    snprintf(slots, sizeof slots, "%lld", (long long)range.count);
    bench_path(bench, tokens, PG_TOKENS_FILE);
    for (int i = 0; i < count; i++)
        arguments[3 + i] = ports[i];
    snprintf(address, sizeof address, "http://127.0.0.1:%s/", ports[0]);
    pg_meter_start(&meter, base, services);
    code = wrk_run_with(bench, "operations", count, PG_CONNECTIONS, address, seconds, arguments, &wrk, error);
    pg_meter_stop(&meter, use);
    use->seconds = before + wrk.seconds;
    use->p99_ms += wrk.p99_ms;
    use->line_in += wrk.bytes_out;
    use->line_out += wrk.bytes_in;
    return code;
}

enum tk_code pg_sell_http(struct bench *bench, struct pg_base *base, enum pg_load load,
                          const struct process *services, int nodes, int seconds,
                          struct pg_use *use, struct tk_error *error)
{
    const char *ports[PG_NODES] = {""};

    for (int i = 0; i < nodes; i++)
        ports[i] = port_of(&services[i]);
    return pg_sell_at(bench, base, load, services, ports, nodes, seconds, use, error);
}

static bool first_token(const struct bench *bench, char token[TOKEN_SIZE])
{
    char path[BENCH_PATH_SIZE];
    FILE *file;
    bool there;

    bench_path(bench, path, PG_TOKENS_FILE);
    file = fopen(path, "r");
    there = file && fgets(token, TOKEN_SIZE, file);
    if (file)
        fclose(file);
    token[strcspn(token, "\n")] = '\0';
    return there;
}

enum tk_code pg_read(struct bench *bench, struct pg_base *base, const struct process *services,
                     const char *target, int seconds, struct pg_use *use, struct tk_error *error)
{
    char address[PROCESS_PATH_SIZE + 64], token[TOKEN_SIZE] = "";
    const char *arguments[] = {token, NULL};
    struct pg_meter meter;
    struct wrk wrk = {0};
    enum tk_code code;

    if (!first_token(bench, token))
        return tk_fail(error, TK_IO, "The tokens cannot be read.");
    snprintf(address, sizeof address, "%s%s", services[0].url, target);
    pg_meter_start(&meter, base, services);
    code = wrk_run_with(bench, "get", 1, HTTP_CONNECTIONS, address, seconds, arguments, &wrk, error);
    pg_meter_stop(&meter, use);
    use->seconds = wrk.seconds;
    use->sold = wrk.requests;
    use->line_out = wrk.bytes_in;
    return code;
}
