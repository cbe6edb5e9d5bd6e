#include "tests/kiosk/lined_till.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/sync.h"
#include "core/text.h"
#include "tests/support/test.h"
#include "ui/kiosk/kiosk.h"
#include "ui/session.h"

#define STAND_IN "STAND_IN_LINE" /* names the file; without the prefix that a run of tests takes away */

/* --- for the test --- */

void lined_till_init(struct lined_till *lined)
{
    till_init(&lined->till);
    snprintf(lined->path, sizeof lined->path, "%s/line", lined->till.folder);
    lined_till_set(lined, "");
}

void lined_till_set(const struct lined_till *lined, const char *words)
{
    char fresh[200];
    FILE *file;

    snprintf(fresh, sizeof fresh, "%s.new", lined->path);
    file = fopen(fresh, "w");
    if (!file || fprintf(file, " %s ", words) < 0 || fclose(file) != 0 ||
        rename(fresh, lined->path) != 0)
        abort();
}

bool lined_till_counter(const struct lined_till *lined, struct term *term, int rows, int columns,
                        const char *const *env, const char *option)
{
    char program[512], line[256];
    const char *argv[] = {program, "--config", lined->till.config, "--db", lined->till.store,
                          option, NULL};
    const char *all[32] = {lined->till.home, line};
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length <= 0)
        return false;
    program[length] = '\0';
    snprintf(line, sizeof line, STAND_IN "=%s", lined->path);
    for (int i = 0; env && env[i] && i + 3 < 32; i++)
        all[i + 2] = env[i];
    return term_start(term, rows, columns, all, argv) && term_wait(term, "q quit", TILL_WAIT_MS);
}

/* --- the program --- */

struct stand_in {
    struct store store; /* as the office sees it */
    struct store *inner;
    struct session session;
    const char *path;
    char words[512];
    bool dropped;
    int64_t sold, away_since, broken_at, last_number;
    struct dispute disputes[2];
};

static int64_t word(const struct stand_in *in, const char *name, int64_t otherwise)
{
    char wanted[40];
    const char *at;

    snprintf(wanted, sizeof wanted, " %s=", name);
    at = strstr(in->words, wanted);
    return at ? strtoll(at + strlen(wanted), NULL, 10) : otherwise;
}

static void read_words(struct stand_in *in)
{
    FILE *file = fopen(in->path, "r");
    size_t length = file ? fread(in->words, 1, sizeof in->words - 1, file) : 0;

    in->words[length] = '\0';
    if (file)
        fclose(file);
    if (word(in, "mend", 0))
        in->dropped = false;
    if (word(in, "mend", 0))
        in->sold = 0;
}

static int64_t now_of(const struct stand_in *in)
{
    return in->session.ports.now(in->session.ports.context);
}

static bool is_online(const struct stand_in *in)
{
    return word(in, "online", 1) && !in->dropped;
}

static int64_t open_disputes(const struct stand_in *in)
{
    int64_t open = 0;

    for (int i = 0; i < word(in, "shown", 0); i++)
        open += in->disputes[i].closed_at == 0;
    return open;
}

static void tell_status(void *context, struct sync_status *status)
{
    struct stand_in *in = context;

    read_words(in);
    if (is_online(in))
        in->away_since = 0;
    else if (!in->away_since)
        in->away_since = now_of(in) - word(in, "away", 0) * TIME_MINUTE;
    *status = (struct sync_status){
        .online = is_online(in),
        .away_since = in->away_since,
        .waiting = word(in, "waiting", 0) + in->sold,
        .disputes = open_disputes(in),
        .clock_ahead = word(in, "ahead", 0) * TIME_MINUTE,
        .contact_at = in->away_since,
        .standing = (enum standing)word(in, "standing", 0),
        .suspect = word(in, "suspect", 0) != 0,
        .first = word(in, "first", 0) != 0,
        .clock_set_back = word(in, "back", 0) != 0,
        .refused = word(in, "refused", 0) != 0,
    };
    if (status->refused)
        text_copy(status->why, sizeof status->why, tk_code_sentence(TK_TOKEN_REVOKED));
}

static void mark_slot(const struct stand_in *in, struct slot *slot)
{
    int64_t here = slot->id == TILL_SKYFALL ? word(in, "here", 0) : 0;
    int64_t allotted = word(in, "allotted", here);

    slot->here = (int32_t)here;
    slot->allotted = (int32_t)(allotted < slot->available ? allotted : slot->available);
    slot->available -= slot->allotted;
}

static enum tk_code list_slots(struct store *store, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error)
{
    struct stand_in *in = (struct stand_in *)store;
    size_t first = list->count;
    enum tk_code code = in->inner->ops->list_slots(in->inner, query, list, error);

    for (size_t i = first; !code && i < list->count; i++)
        mark_slot(in, &list->items[i]);
    return code;
}

static void make_disputes(struct stand_in *in)
{
    int64_t at = now_of(in) - 30 * TIME_MINUTE;

    in->disputes[0] = (struct dispute){.id = {{1}},
                                       .kind = OP_BOOK,
                                       .device = "Box office 1",
                                       .actor = "Priya",
                                       .at = at,
                                       .code = TK_NOT_ALLOTTED,
                                       .slot_id = TILL_SKYFALL,
                                       .count = 2,
                                       .customer_name = "Ada Lovelace",
                                       .customer_phone = "+442079460000",
                                       .found_at = at + 20 * TIME_MINUTE,
                                       .other = "Olga",
                                       .other_at = at - 10 * TIME_MINUTE};
    in->disputes[1] = (struct dispute){.id = {{2}},
                                       .kind = OP_ADMIT,
                                       .device = "Door North",
                                       .actor = "Sam",
                                       .at = at,
                                       .code = TK_ALREADY_ADMITTED,
                                       .slot_id = TILL_LIVES,
                                       .ticket_id = 77,
                                       .count = 1,
                                       .found_at = at + 25 * TIME_MINUTE,
                                       .other = "Door South",
                                       .other_at = at - TIME_MINUTE};
}

static enum tk_code list_disputes(struct store *store, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error)
{
    struct stand_in *in = (struct stand_in *)store;

    for (int i = 0; i < word(in, "shown", 0); i++) {
        struct dispute dispute = in->disputes[i];

        if (word(in, "late", 0)) /* the copy does not know yet */
            dispute.closed_at = 0;
        if ((query->open && dispute.closed_at) ||
            (query->id && !op_id_equal(query->id, &dispute.id)))
            continue;
        if (dispute_list_add(list, &dispute))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
    return TK_OK;
}

static enum tk_code close_dispute(struct stand_in *in, const struct operation *operation)
{
    for (int i = 0; i < 2; i++) {
        struct dispute *dispute = &in->disputes[i];

        if (!op_id_equal(&dispute->id, &operation->settle.dispute))
            continue;
        if (dispute->closed_at)
            return TK_DISPUTE_CLOSED;
        if (!operation->settle.reason[0])
            return TK_BAD_REASON;
        dispute->closed_at = now_of(in);
        text_copy(dispute->closed_by, sizeof dispute->closed_by, operation->actor);
        text_copy(dispute->reason, sizeof dispute->reason, operation->settle.reason);
        return TK_OK;
    }
    return TK_DISPUTE_NOT_FOUND;
}

/* What a till that is cut off answers by itself. */
static bool answers(struct stand_in *in, const struct operation *operation,
                    struct outcome *outcome)
{
    struct slot slot = {.id = operation->book.slot.id};

    *outcome = (struct outcome){0};
    if (operation->kind == OP_CLOSE) {
        outcome->code = close_dispute(in, operation);
        return true;
    }
    if (is_online(in))
        return false;
    mark_slot(in, &slot);
    if (operation->kind != OP_BOOK)
        outcome->code = TK_NEEDS_CENTRE;
    else if (operation->book.count > (slot.id == TILL_SKYFALL ? word(in, "here", 0) : 0))
        outcome->code = TK_NOT_ALLOTTED;
    in->sold += !outcome->code;
    return outcome->code != TK_OK;
}

static enum tk_code apply(struct store *store, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error)
{
    struct stand_in *in = (struct stand_in *)store;

    read_words(in);
    in->dropped |= word(in, "drop", 0) != 0;
    if (count == 1 && answers(in, operations, outcomes))
        return TK_OK;
    return in->inner->ops->apply(in->inner, operations, count, outcomes, error);
}

/* All else is the inner store's. */
#define PASS_ON(name, parameters, arguments)                                                       \
    static enum tk_code name parameters                                                            \
    {                                                                                              \
        struct store *inner = ((struct stand_in *)store)->inner;                                   \
                                                                                                   \
        return inner->ops->name arguments;                                                         \
    }

PASS_ON(list_tickets,
        (struct store *store, const struct ticket_query *query, struct ticket_list *list,
         struct tk_error *error),
        (inner, query, list, error))
PASS_ON(list_customers,
        (struct store *store, const struct customer_query *query, struct customer_list *list,
         struct tk_error *error),
        (inner, query, list, error))
PASS_ON(list_due,
        (struct store *store, const struct due_query *query, struct id_list *list,
         struct tk_error *error),
        (inner, query, list, error))
PASS_ON(list_records,
        (struct store *store, const struct record_query *query, struct record_list *list,
         struct tk_error *error),
        (inner, query, list, error))
PASS_ON(list_tallies,
        (struct store *store, const struct tally_query *query, struct tally_list *list,
         struct tk_error *error),
        (inner, query, list, error))
PASS_ON(count_slots,
        (struct store *store, const struct slot_query *query, int64_t *count,
         struct tk_error *error),
        (inner, query, count, error))
PASS_ON(version, (struct store *store, uint64_t *version, struct tk_error *error),
        (inner, version, error))
PASS_ON(facts, (struct store *store, struct store_facts *facts, struct tk_error *error),
        (inner, facts, error))

static void set_watch(struct store *store, const struct store_watch *watch)
{
    struct store *inner = ((struct stand_in *)store)->inner;

    inner->ops->set_watch(inner, watch);
}

static const struct store_ops stand_in_ops = {
    .apply = apply,
    .list_slots = list_slots,
    .list_tickets = list_tickets,
    .list_customers = list_customers,
    .list_due = list_due,
    .list_disputes = list_disputes,
    .list_records = list_records,
    .list_tallies = list_tallies,
    .count_slots = count_slots,
    .version = version,
    .facts = facts,
    .set_watch = set_watch,
};

static int run(struct stand_in *in, const char *config, const char *db, bool ascii)
{
    struct box_office *office;
    struct tk_error error = {0};
    int status;

    if (session_init(&in->session, config, db, NULL, &error) ||
        (ascii && settings_set(&in->session.settings, SETTING_counter_ascii, "yes", "--ascii",
                               &error)) ||
        session_office(&in->session, &office, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    in->store.ops = &stand_in_ops;
    in->inner = office->store;
    make_disputes(in);
    office->store = &in->store;
    office->upkept_elsewhere = true;
    office->line = (struct line_port){.status = tell_status, .context = in};
    status = kiosk_run(office, &in->session.settings, NULL, false, NULL);
    session_release(&in->session);
    return status;
}

/* Before the tests: when this program was started to be the counter, it is. */
__attribute__((constructor)) static void be_counter(int argc, char **argv)
{
    static struct stand_in in;

    in.path = getenv(STAND_IN);
    if (!in.path || argc < 5)
        return;
    setlocale(LC_CTYPE, "");
    exit(run(&in, argv[2], argv[4], argc > 5 && strcmp(argv[5], "--ascii") == 0));
}
