/*
 * Many tills sell at a box office while it is broken, round after round; then all that was told is
 * held against what is stored. Usage in `usage` below; `make rounds`.
 *
 * One round: showings of its own ─▶ selling ─▶ a fault ─▶ healed ─▶ selling again ─▶ quiet ─▶
 * checked. A seed decides what is broken, when, and what is sold.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/random.h>

#include "tests/cluster/faults.h"
#include "tests/cluster/look.h"
#include "tests/cluster/sender.h"
#include "tests/cluster/writers.h"
#include "tests/sim/dice.h"

#define HOT_SLOTS 4
#define WIDE_SLOTS 40
#define ROUND_SLOTS (HOT_SLOTS + WIDE_SLOTS)
#define HOT_CAPACITY 50
#define WIDE_CAPACITY 300
#define VERIFY_EVERY 10 /* rounds */
#define AGAIN_MS 30000  /* within which it sells again once it is healed … */
#define AGAIN_COUNT 100 /* … so much */
#define READ_TRIES 20

struct settings {
    long rounds, seconds, writers, think_ms;
    uint64_t seed;
    const char *fault, *history;
    bool single, keep, help;
};

/* What one kind of fault did to the sales. */
struct score {
    int rounds;
    int64_t longest_ms, total_ms;
};

struct game {
    struct settings settings;
    struct site site;
    struct history history;
    uint64_t dice;
    const struct fault *deck[FAULT_DECK];
    int cards;
    int passed, failed;
    struct score tallies[FAULT_COUNT];
};

struct round {
    int number;
    const struct fault *fault;
    size_t from;          /* its first record */
    int64_t begun, since; /* µs: monotonic, UTC */
    int64_t slots[ROUND_SLOTS];
    int64_t pause_ms, hits;
    struct findings findings;
};

static const char usage[] =
    "Usage: rounds [--rounds N] [--fault NAME] [--seconds S] [--seed N] [--writers N] [--think MS]\n"
    "              [--single] [--keep] [--history FILE]\n\n"
    "  --rounds N      how many (50)\n"
    "  --fault NAME    only those whose name has this text\n"
    "  --seconds S     how long something stays stopped (4)\n"
    "  --seed N        faults, moments and sales are those of that run\n"
    "  --writers N     tills that sell at the same time (32)\n"
    "  --think MS      what a till waits between two requests, on the average (60)\n"
    "  --single        one node on a SQLite file, in place of the cluster\n"
    "  --keep          leave the cluster as it is at the end\n"
    "  --history FILE  where all that was sent and told is written to when something is wrong\n";

/* Somebody wants it to end: after this round, with all taken down. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* --- settings --- */

static bool read_settings(struct settings *settings, int argc, char **argv)
{
    static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                            {"fault", required_argument, NULL, 'f'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"seed", required_argument, NULL, 'd'},
                                            {"writers", required_argument, NULL, 'w'},
                                            {"think", required_argument, NULL, 't'},
                                            {"single", no_argument, NULL, '1'},
                                            {"keep", no_argument, NULL, 'k'},
                                            {"history", required_argument, NULL, 'h'},
                                            {"help", no_argument, NULL, '?'},
                                            {NULL, 0, NULL, 0}};
    int option;

    *settings = (struct settings){.rounds = 50,
                                  .seconds = 4,
                                  .writers = 32,
                                  .think_ms = 60,
                                  .history = "/tmp/ticketly-rounds.jsonl"};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'r':
            settings->rounds = strtol(optarg, NULL, 10);
            break;
        case 'f':
            settings->fault = optarg;
            break;
        case 's':
            settings->seconds = strtol(optarg, NULL, 10);
            break;
        case 'd':
            settings->seed = strtoull(optarg, NULL, 0);
            break;
        case 'w':
            settings->writers = strtol(optarg, NULL, 10);
            break;
        case 't':
            settings->think_ms = strtol(optarg, NULL, 10);
            break;
        case '1':
            settings->single = true;
            break;
        case 'k':
            settings->keep = true;
            break;
        case 'h':
            settings->history = optarg;
            break;
        default:
            settings->help = true;
        }
    }
    while (!settings->seed)
        if (getrandom(&settings->seed, sizeof(uint32_t), 0) < 0)
            settings->seed = 1;
    return !settings->help && optind == argc && settings->rounds > 0 && settings->writers > 0 &&
           settings->writers <= WRITERS_MAX && settings->seconds > 0 && settings->think_ms >= 0;
}

/* --- what is broken, in which order --- */

static void fill_deck(struct game *game)
{
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        const struct fault *fault = &faults[i];
        bool wanted = (fault->single || !game->settings.single) &&
                      (!game->settings.fault || strstr(fault->name, game->settings.fault));

        for (int card = 0; wanted && card < fault->cards && game->cards < FAULT_DECK; card++)
            game->deck[game->cards++] = fault;
    }
}

static const struct fault *draw_fault(struct game *game, int round)
{
    int at = round % game->cards;

    for (int i = game->cards - 1; at == 0 && i > 0; i--) {
        int other = (int)dice_below(&game->dice, i + 1);
        const struct fault *card = game->deck[i];

        game->deck[i] = game->deck[other];
        game->deck[other] = card;
    }
    return game->deck[at];
}

/* --- one round --- */

static int64_t utc_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

static int compare_slots(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

/* Hot ones first, each part in the order of its ids. */
static enum tk_code schedule(struct game *game, struct round *round, struct tk_error *error)
{
    struct operation *operations = calloc(ROUND_SLOTS, sizeof *operations);
    struct sender sender;
    size_t places[ROUND_SLOTS];
    int64_t start = (utc_now() / TIME_MINUTE + 30) * TIME_MINUTE;
    bool good = operations != NULL;

    sender_init(&sender, &game->site.service, &game->history, dice_roll(&game->dice));
    for (int i = 0; good && i < ROUND_SLOTS; i++) {
        struct op_schedule *showing = &operations[i].schedule;

        operations[i] = sender_operation(&sender, OP_SCHEDULE);
        snprintf(showing->name, sizeof showing->name, "Round %d, screen %d", round->number, i + 1);
        showing->starts_at = start;
        showing->ends_at = start + 6 * TIME_HOUR;
        showing->capacity = i < HOT_SLOTS ? HOT_CAPACITY : WIDE_CAPACITY;
    }
    good = good && sender_send(&sender, operations, ROUND_SLOTS, places);
    for (int i = 0; good && i < ROUND_SLOTS; i++) {
        struct noted record = history_get(&game->history, places[i]);

        round->slots[i] = record.outcome.slot_id;
        good = record.outcome.code == TK_OK;
    }
    qsort(round->slots, HOT_SLOTS, sizeof *round->slots, compare_slots);
    qsort(round->slots + HOT_SLOTS, WIDE_SLOTS, sizeof *round->slots, compare_slots);
    sender_release(&sender);
    free(operations);
    return good ? TK_OK : tk_fail(error, TK_UNAVAILABLE, "No showings can be put in.");
}

static struct writers *open_tills(struct game *game, struct round *round)
{
    struct writers_options options = {.service = &game->site.service,
                                      .history = &game->history,
                                      .seed = dice_roll(&game->dice),
                                      .count = (int)game->settings.writers,
                                      .think_ms = (int)game->settings.think_ms,
                                      .hot = round->slots,
                                      .hot_count = HOT_SLOTS,
                                      .wide = round->slots + HOT_SLOTS,
                                      .wide_count = WIDE_SLOTS};

    return writers_start(&options);
}

/* Waits until so much more is done, or the time is up. */
static bool sells_again(struct game *game, struct round *round)
{
    size_t before = history_done_within(&game->history, round->from, 0, INT64_MAX);
    int64_t until = history_now() + AGAIN_MS * TIME_MILLISECOND;

    while (history_done_within(&game->history, round->from, 0, INT64_MAX) < before + AGAIN_COUNT) {
        if (history_now() > until)
            return false;
        trouble_wait(20);
    }
    return true;
}

static enum tk_code strike(struct game *game, struct round *round, struct tk_error *error)
{
    struct trouble trouble = {.site = &game->site,
                              .history = &game->history,
                              .from = round->from,
                              .dice = &game->dice,
                              .seconds = (int)game->settings.seconds,
                              .slots = round->slots,
                              .slot_count = HOT_SLOTS,
                              .findings = &round->findings};
    enum tk_code code = round->fault->strike(&trouble, error), healed;

    round->hits = trouble.hits;
    healed = site_heal(&game->site, code ? NULL : error);
    if (!code && !healed && !trouble.hits)
        findings_add(&round->findings, "The fault did not come about.");
    return code ? code : healed;
}

/* --- what was told against what is stored --- */

static enum tk_code check(struct game *game, struct round *round, bool whole,
                          struct tk_error *error)
{
    struct database database = site_database(&game->site);
    struct stored stored = {.entries = {NULL, 0, 0}};
    enum tk_code code = TK_UNAVAILABLE;

    for (int i = 0; code == TK_UNAVAILABLE && i < READ_TRIES; i++) {
        if (i)
            trouble_wait(500);
        stored_release(&stored);
        code = snapshot_read(&database, round->slots, whole ? 0 : ROUND_SLOTS,
                             whole ? 0 : round->since, &stored, error);
    }
    if (!code)
        code = checker_run(&game->history, whole ? 0 : round->from, &stored, &round->findings);
    if (!code && !whole)
        code = look_at_slots(&game->site.service, &stored, &round->findings, error);
    stored_release(&stored);
    return code;
}

static void verify(struct game *game, struct round *round)
{
    struct tk_error error;

    if (site_verify(&game->site, &error))
        findings_add(&round->findings, "%s", error.message);
}

static void count_pause(struct game *game, const struct round *round)
{
    struct score *tally = &game->tallies[round->fault - faults];

    tally->rounds++;
    tally->total_ms += round->pause_ms;
    if (round->pause_ms > tally->longest_ms)
        tally->longest_ms = round->pause_ms;
}

static void tell_round(struct game *game, const struct round *round)
{
    struct history_sum sum = history_sum(&game->history, round->from);

    printf("round %3d  %-29s sold %5zu  refused %5zu  unknown %4zu  hits %4" PRId64
           "  pause %6" PRId64 " ms  %5.1f s  %s\n",
           round->number, round->fault->name, sum.sold, sum.refused, sum.unknown, round->hits,
           round->pause_ms, (double)(history_now() - round->begun) / 1e6,
           round->findings.count ? "FAILED" : "ok");
    if (round->findings.count)
        printf("    %zu findings (seed %" PRIu64 "):\n%s", round->findings.count,
               game->settings.seed, buffer_text(&round->findings.text));
    fflush(stdout);
}

/* An error means that the site cannot be brought back, so that no round can follow. */
static enum tk_code play_round(struct game *game, struct round *round, struct tk_error *error)
{
    struct writers *writers = NULL;
    enum tk_code code = schedule(game, round, error);

    if (!code && !(writers = open_tills(game, round)))
        code = tk_fail(error, TK_NO_MEMORY, "There are no threads to be had.");
    if (code)
        return code;
    trouble_wait((int)dice_between(&game->dice, 500, 1500));
    history_pause_begin(&game->history);
    code = strike(game, round, error);
    if (!code && !sells_again(game, round))
        findings_add(&round->findings, "It was healed, and does not sell again.");
    round->pause_ms = history_pause_end(&game->history) / TIME_MILLISECOND;
    writers_stop(writers);
    if (!code)
        code = check(game, round, false, error);
    if (!code && round->number % VERIFY_EVERY == 0)
        verify(game, round);
    return code;
}

static enum tk_code do_round(struct game *game, int number)
{
    struct round round = {.number = number,
                          .from = game->history.count,
                          .begun = history_now(),
                          .since = utc_now() - TIME_SECOND};
    struct tk_error error = {TK_OK, ""};
    enum tk_code code;

    findings_init(&round.findings);
    round.fault = draw_fault(game, number - 1);
    code = play_round(game, &round, &error);
    if (code)
        findings_add(&round.findings, "%s", error.message);
    count_pause(game, &round);
    tell_round(game, &round);
    *(round.findings.count ? &game->failed : &game->passed) += 1;
    findings_release(&round.findings);
    return code;
}

/* Everything from all rounds once more. */
static void check_whole(struct game *game)
{
    struct round round = {.number = 0};
    struct tk_error error = {TK_OK, ""};

    findings_init(&round.findings);
    if (check(game, &round, true, &error))
        findings_add(&round.findings, "%s", error.message);
    verify(game, &round);
    printf("all rounds together: %zu operations, %zu findings\n%s", game->history.count,
           round.findings.count, buffer_text(&round.findings.text));
    *(round.findings.count ? &game->failed : &game->passed) += 1;
    findings_release(&round.findings);
}

static void tell_pauses(const struct game *game)
{
    printf("\n%-29s %6s %16s %16s\n", "sales paused by", "rounds", "longest", "mean");
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        const struct score *tally = &game->tallies[i];

        if (tally->rounds)
            printf("%-29s %6d %13" PRId64 " ms %13" PRId64 " ms\n", faults[i].name, tally->rounds,
                   tally->longest_ms, tally->total_ms / tally->rounds);
    }
}

static void play(struct game *game)
{
    enum tk_code code = TK_OK;

    for (int number = 1; !code && !interrupted && number <= game->settings.rounds; number++)
        code = do_round(game, number);
    if (interrupted)
        game->failed++;
    else if (!code)
        check_whole(game);
    tell_pauses(game);
    if (game->failed && history_write(&game->history, game->settings.history))
        printf("What was sent and told is in %s.\n", game->settings.history);
}

int main(int argc, char **argv)
{
    struct game game = {.cards = 0};
    struct tk_error error = {TK_OK, ""};

    if (!read_settings(&game.settings, argc, argv) || !crypto_init()) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    game.dice = game.settings.seed;
    fill_deck(&game);
    if (!game.cards) {
        fprintf(stderr, "There is no fault with “%s” in its name.\n", game.settings.fault);
        return 2;
    }
    history_init(&game.history);
    printf("seed %" PRIu64 ", %ld rounds, %ld writers\n", game.settings.seed, game.settings.rounds,
           game.settings.writers);
    fflush(stdout);
    if (site_open(&game.site, game.settings.single, &error) == TK_OK) {
        play(&game);
    } else {
        printf("%s\n", error.message);
        game.failed++;
    }
    site_close(&game.site, game.settings.keep);
    history_release(&game.history);
    printf("%d passed, %d failed\n", game.passed, game.failed);
    return game.failed ? 1 : 0;
}
