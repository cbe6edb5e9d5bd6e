/*
 * Tills in processes of their own sell the last places of many slots while their lines to the centre
 * are cut, hang, lose and delay again and again: over a service behind proxies, and over a box office
 * file that others hold. In a network of its own, so that nothing outside takes part.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/map.h"
#include "core/sync.h"
#include "core/text.h"
#include "tests/fault/till.h"
#include "tests/support/proxy.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/session.h"

#define TILLS_MAX 20
#define SLOTS_MAX 50
#define CAPACITY 40
#define ANSWER_MS 3000 /* two seconds, and what a busy machine takes besides */
#define DRAIN_MS 60000
#define SOLD_OUT_MS 30000

struct town {
    char folder[128], centre[160];
    bool by_service;
    int tills, slots, partitions;
    int64_t slot_ids[SLOTS_MAX];
    uint64_t random;
    struct process service;
    struct proxy *proxy;
    int ready[2]; /* each till that has its copy writes a byte */
    int stop[2];  /* closing the second end has all tills finish */
};

struct counter {
    const struct town *town;
    int number;
};

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* --- one till --- */

static bool write_settings(const struct counter *counter, char *path, size_t size)
{
    const struct town *town = counter->town;
    FILE *file;

    snprintf(path, size, "%s/till%d.ini", town->folder, counter->number);
    file = fopen(path, "w");
    if (!file)
        return false;
    fprintf(file, "[till]\nname = Till %d\nclerk = Priya\n[store]\nfile = %s/till%d.db\n[central]\n",
            counter->number, town->folder, counter->number);
    if (town->by_service)
        fprintf(file, "address = http://127.0.0.1:%d\n", proxy_port(town->proxy, counter->number));
    else
        fprintf(file, "address = %s\n", town->centre);
    return fclose(file) == 0;
}

static bool must_stop(const struct town *town)
{
    struct pollfd poll_stop = {.fd = town->stop[0]};

    return poll(&poll_stop, 1, 0) > 0;
}

static void tell(int notes_fd, int64_t slot, uint64_t ticket, enum tk_code code, int64_t waited)
{
    struct sale_note note = {
        .slot = slot, .ticket = ticket, .code = (int32_t)code, .waited_ms = (int32_t)waited};

    if (write(notes_fd, &note, sizeof note) != (ssize_t)sizeof note)
        _exit(9);
}

static void sell_one(const struct town *town, struct box_office *office, uint64_t *random,
                     int notes_fd)
{
    struct op_book book = {.count = 1};
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};
    int64_t begun = clock_ms();
    enum tk_code code;

    book.slot.id = town->slot_ids[test_random_below(random, (uint64_t)town->slots)];
    code = office_book(office, &book, NULL, &tickets, NULL, &error);
    if (code != TK_SOLD_OUT && code != TK_NOT_ALLOTTED && code != TK_OK)
        fprintf(stderr, "\n    %s says: %s (%s)", office->device, error.message, tk_code_name(code));
    tell(notes_fd, book.slot.id, tickets.count ? tickets.items[0].ticket.id : 0, code,
         clock_ms() - begun);
    ticket_view_list_release(&tickets);
}

/* Waits until all that was done is told; returns what still waits. */
static int64_t drain(const struct box_office *office)
{
    int64_t until = clock_ms() + DRAIN_MS;
    struct sync_status status;

    do {
        pause_ms(20);
        office->line.status(office->line.context, &status);
    } while ((status.waiting || !status.online) && clock_ms() < until);
    return status.waiting;
}

static int run_till(void *context, int notes_fd)
{
    const struct counter *counter = context;
    const struct town *town = counter->town;
    uint64_t random = town->random + 977 * (uint64_t)(counter->number + 1);
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};
    char settings[200];

    close(town->stop[1]);
    if (!write_settings(counter, settings, sizeof settings) ||
        session_init(&session, settings, NULL, NULL, &error))
        return 2;
    session.use = SESSION_COUNTER;
    if (session_office(&session, &office, &error)) {
        fprintf(stderr, "\n    a till cannot begin: %s", error.message);
        return 3;
    }
    if (write(town->ready[1], "", 1) != 1)
        return 4;
    while (!must_stop(town)) {
        sell_one(town, office, &random, notes_fd);
        pause_ms((int64_t)test_random_below(&random, 400));
    }
    tell(notes_fd, 0, 0, drain(office) ? TK_BUSY : TK_OK, 0);
    session_release(&session);
    return 0;
}

/* --- the centre --- */

static bool open_centre(struct town *town)
{
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};
    bool ok = !session_init_plain(&session, town->centre, &error) &&
              !session_office(&session, &office, &error);

    for (int i = 0; ok && i < town->slots; i++) {
        struct op_schedule schedule = {.capacity = CAPACITY};
        struct slot slot;

        snprintf(schedule.name, sizeof schedule.name, "Showing %d", i);
        schedule.starts_at = office_now(office) + TIME_HOUR;
        schedule.ends_at = schedule.starts_at + TIME_HOUR;
        ok = !office_schedule(office, &schedule, NULL, &slot, &error);
        town->slot_ids[i] = slot.id;
    }
    if (!ok)
        fprintf(stderr, "\n    the centre: %s", error.message);
    session_release(&session);
    return ok;
}

static bool start_service(struct town *town)
{
    struct process_options options = {.folder = town->folder, .store = town->centre};

    if (!process_start(&town->service, &options))
        return false;
    town->proxy = proxy_new(town->tills, (int)strtol(strrchr(town->service.url, ':') + 1, NULL, 10));
    return town->proxy != NULL;
}

/* --- what goes wrong --- */

struct trouble {
    int64_t until_ms; /* 0: none */
};

/* Begins one every so often, each on a line of its own, and ends those that are over. */
static void trouble_lines(struct town *town)
{
    struct trouble troubles[TILLS_MAX] = {{0}};
    int begun = 0, under_way = 1;

    while (begun < town->partitions || under_way) {
        int line = (int)test_random_below(&town->random, (uint64_t)town->tills);
        int64_t now = clock_ms();

        if (begun < town->partitions && !troubles[line].until_ms) {
            proxy_set(town->proxy, line,
                      (enum proxy_manner)(1 + test_random_below(&town->random,
                                                                PROXY_MANNER_COUNT - 1)));
            troubles[line].until_ms = now + 300 + (int64_t)test_random_below(&town->random, 3500);
            begun++;
        }
        under_way = 0;
        for (int i = 0; i < town->tills; i++) {
            if (troubles[i].until_ms && now >= troubles[i].until_ms) {
                proxy_set(town->proxy, i, PROXY_OPEN);
                troubles[i].until_ms = 0;
            }
            under_way += troubles[i].until_ms != 0;
        }
        pause_ms(60);
    }
}

/* Somebody holds the file, so that all tills are cut off at once. */
static void trouble_file(struct town *town)
{
    char lock[200];
    int file;

    snprintf(lock, sizeof lock, "%s.lock", town->centre);
    file = open(lock, O_RDWR | O_CLOEXEC);
    for (int i = 0; file >= 0 && i < town->partitions; i += town->tills) {
        flock(file, LOCK_EX);
        pause_ms(500 + (int64_t)test_random_below(&town->random, 3000));
        flock(file, LOCK_UN);
        pause_ms(700);
    }
    close(file);
}

/* --- what must hold --- */

struct sum {
    size_t acknowledged, refused, failed, undrained;
    int32_t waited;
};

static void check_notes(struct town *town, struct fixture *centre, const struct sale_notes *notes,
                        struct map *seen, struct sum *tally)
{
    for (size_t i = 0; i < notes->count; i++) {
        const struct sale_note *note = &notes->items[i];
        struct ticket ticket;

        if (!note->slot) {
            tally->undrained += note->code != TK_OK;
            continue;
        }
        tally->waited = note->waited_ms > tally->waited ? note->waited_ms : tally->waited;
        if (note->code) {
            tally->refused += note->code == TK_SOLD_OUT || note->code == TK_NOT_ALLOTTED;
            tally->failed += note->code != TK_SOLD_OUT && note->code != TK_NOT_ALLOTTED;
            continue;
        }
        tally->acknowledged++;
        CU_ASSERT_EQUAL(map_find(seen, note->ticket), MAP_NONE);
        map_add(seen, note->ticket, i);
        ticket = fixture_ticket(centre, note->ticket);
        CU_ASSERT_EQUAL(ticket.slot_id, note->slot);
        CU_ASSERT_EQUAL(ticket.canceled_at, 0);
    }
    (void)town;
}

static int64_t count_sold(struct town *town, struct fixture *centre, int *full)
{
    int64_t sold = 0;

    *full = 0;
    for (int i = 0; i < town->slots; i++) {
        struct slot slot = fixture_slot(centre, town->slot_ids[i]);

        CU_ASSERT_TRUE(slot.sold <= slot.capacity);
        CU_ASSERT_EQUAL(slot.available + slot.allotted + slot.sold + slot.lost, slot.capacity);
        sold += slot.sold;
        *full += slot.sold == slot.capacity;
    }
    return sold;
}

/* The centre as one who knows no key sees it. */
static void look_at_centre(struct town *town, struct fixture *centre)
{
    struct sqlite_options options;
    struct tk_error error = {0};

    fixture_init(centre);
    options = fixture_options(centre);
    options.path = town->centre;
    options.look_only = true;
    options.seal_seed = (struct crypto_key){{0}}; /* its key is in its key file */
    store_close(centre->store);
    centre->store = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &centre->store, &error), TK_OK);
    centre->office.store = centre->store;
}

static void check_town(struct town *town, struct sale_notes *notes)
{
    struct fixture centre;
    struct map seen = {0};
    struct sum tally = {0};
    int64_t sold;
    int full;

    look_at_centre(town, &centre);
    for (int i = 0; i < town->tills; i++)
        check_notes(town, &centre, &notes[i], &seen, &tally);
    sold = count_sold(town, &centre, &full);
    printf("\n    %d partitions, %d tills: %zu sales acknowledged, %lld tickets; %zu refused, "
           "%zu failed; longest wait %d ms; %d of %d slots sold to the last place",
           town->partitions, town->tills, tally.acknowledged, (long long)sold, tally.refused,
           tally.failed, tally.waited, full, town->slots);
    CU_ASSERT_EQUAL(sold, (int64_t)tally.acknowledged); /* nothing missing, nothing twice */
    CU_ASSERT_EQUAL(tally.undrained, 0);
    CU_ASSERT_EQUAL(tally.failed, 0);
    CU_ASSERT_TRUE(tally.acknowledged > 0);
    CU_ASSERT_TRUE(tally.waited <= ANSWER_MS);
    CU_ASSERT_EQUAL(full, town->slots);
    CU_ASSERT_EQUAL(fixture_verify(&centre), 0);
    map_release(&seen);
    fixture_release(&centre);
}

/* --- all together --- */

static void live(struct town *town)
{
    struct seller sellers[TILLS_MAX];
    struct counter counters[TILLS_MAX];
    struct sale_notes notes[TILLS_MAX] = {{0}};

    char byte;

    CU_ASSERT_FATAL(pipe2(town->stop, O_CLOEXEC) == 0 && pipe2(town->ready, O_CLOEXEC) == 0);
    CU_ASSERT_FATAL(open_centre(town) && (!town->by_service || start_service(town)));
    for (int i = 0; i < town->tills; i++) {
        counters[i] = (struct counter){town, i};
        CU_ASSERT_FATAL(seller_start(&sellers[i], run_till, &counters[i]));
    }
    close(town->stop[0]);
    if (town->proxy)
        CU_ASSERT_FATAL(proxy_run(town->proxy));
    close(town->ready[1]);
    for (int i = 0; i < town->tills; i++)
        CU_ASSERT_EQUAL(read(town->ready[0], &byte, 1), 1);
    if (town->by_service)
        trouble_lines(town);
    else
        trouble_file(town);
    pause_ms(SOLD_OUT_MS / (test_is_long() ? 1 : 3));
    close(town->stop[1]);
    for (int i = 0; i < town->tills; i++)
        CU_ASSERT_EQUAL(seller_finish(&sellers[i], &notes[i]), 0);
    check_town(town, notes);
    for (int i = 0; i < town->tills; i++)
        sale_notes_release(&notes[i]);
    proxy_free(town->proxy);
    if (town->by_service)
        process_release(&town->service);
}

/* A network of its own with nothing in it but this machine's loopback. */
static bool enter_network(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int control;
    bool up;

    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return false;
    control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    up = control >= 0 && ioctl(control, SIOCSIFFLAGS, &request) == 0;
    if (control >= 0)
        close(control);
    return up;
}

/* In a process of its own: what is unshared stays so. */
static void live_apart(bool by_service)
{
    struct town town = {.by_service = by_service,
                        .tills = TILLS_MAX,
                        .slots = test_is_long() ? SLOTS_MAX : 10,
                        .partitions = test_is_long() ? 200 : 40,
                        .random = test_seed()};
    unsigned before = CU_get_number_of_failures();
    int status = -1;
    pid_t child;

    test_folder(town.folder, sizeof town.folder); /* known to the process that removes it */
    fflush(stdout);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(town.centre, sizeof town.centre, "%s/centre.db", town.folder);
        if (!enter_network())
            fprintf(stderr, "\n    without a network of its own");
        live(&town);
        fflush(stdout);
        _exit(CU_get_number_of_failures() == before ? 0 : 1);
    }
    CU_ASSERT_TRUE(child > 0 && waitpid(child, &status, 0) == child);
    CU_ASSERT_EQUAL(status, 0);
}

static void test_service(void)
{
    live_apart(true);
}

static void test_file(void)
{
    live_apart(false);
}

SUITE(partition, {"tills sell the last places of a service through lines that fail", test_service},
      {"and of a file that others hold", test_file})
