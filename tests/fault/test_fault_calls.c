/*
 * Each allocation and each call to the disk of a change fails once, and from then on. Whatever the
 * box office answered must be true of the file, also of one that a killed program leaves, and the
 * same request sent again must end with the change made once (store.h, invariants 1 to 3).
 */
#include "tests/support/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/fault/till.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/fault_vfs.h"

#define FAULTS_MAX 100000 /* far above what a change calls; a guard against an endless loop */

/* One change on a prepared file. */
struct scene {
    struct fixture till; /* open on the file at hand */
    struct fixture base; /* closed; its path is the prepared file */
    int64_t slot, over;
    uint64_t ticket;        /* of `slot` */
    uint64_t guest, seated; /* of `over`: to be let in, and in already */
    struct op_id id;
    size_t next; /* of the imported rows */
    bool warm;   /* the log has commits in it before the change */
};

struct scenario {
    const char *name;
    enum tk_code (*run)(struct scene *scene);
    /* how much of the change is in a store: 0 nothing, 1 all of it once, anything else is wrong */
    int (*measure)(struct scene *scene, struct fixture *till);
};

/* --- the changes --- */

static enum tk_code sell(struct scene *scene)
{
    struct op_book book = {.slot = {.id = scene->slot}, .count = 2};
    struct ticket_view_list tickets = {0};
    enum tk_code code;

    text_copy(book.customer_name, sizeof book.customer_name, "Zoë Kravitz");
    text_copy(book.customer_phone, sizeof book.customer_phone, "+4915112345");
    code = office_book(&scene->till.office, &book, &scene->id, &tickets, NULL, NULL);
    if (!code)
        CU_ASSERT_EQUAL(tickets.count, 2);
    ticket_view_list_release(&tickets);
    return code;
}

static int measure_sale(struct scene *scene, struct fixture *till)
{
    struct slot slot = fixture_slot(till, scene->slot);

    return slot.sold == 2 ? 0 : slot.sold == 4 ? 1 : -1; /* two were sold before */
}

static enum tk_code reissue(struct scene *scene)
{
    struct op_reissue reissue = {.ticket_id = scene->ticket, .slot = {.id = scene->slot}};
    struct ticket_view after = {0}, before = {0};

    return office_reissue(&scene->till.office, &reissue, &scene->id, &after, &before, NULL);
}

static int measure_reissue(struct scene *scene, struct fixture *till)
{
    struct ticket old = fixture_ticket(till, scene->ticket);

    if (old.status == TICKET_BOOKED)
        return old.replaced_by ? -1 : 0;
    return old.replaced_by && fixture_ticket(till, old.replaced_by).status == TICKET_BOOKED ? 1 : -1;
}

static enum tk_code cancel(struct scene *scene)
{
    struct ticket_view view = {0};

    return office_cancel(&scene->till.office, scene->ticket, &scene->id, &view, NULL);
}

static int measure_cancel(struct scene *scene, struct fixture *till)
{
    struct slot slot = fixture_slot(till, scene->slot);
    bool canceled = fixture_ticket(till, scene->ticket).status == TICKET_CANCELED;

    if (slot.sold != 2 - canceled)
        return -1;
    return canceled;
}

static enum tk_code next_row(void *context, struct operation *operation, bool *end,
                             struct tk_error *error)
{
    struct scene *scene = context;
    struct op_schedule *schedule = &operation->schedule;

    (void)error;
    *end = scene->next == 3;
    if (*end)
        return TK_OK;
    *operation = (struct operation){.id = scene->id};
    office_stamp(&scene->till.office, OP_SCHEDULE, operation);
    operation->id.bytes[15] = (uint8_t)scene->next;
    schedule->starts_at = FIXTURE_NOW + (int64_t)++scene->next * TIME_DAY;
    schedule->ends_at = schedule->starts_at + TIME_HOUR;
    schedule->type = SLOT_CONCERT;
    schedule->genre = GENRE_DRAMA;
    schedule->capacity = 20;
    text_copy(schedule->name, sizeof schedule->name, "Imported");
    return TK_OK;
}

static enum tk_code import(struct scene *scene)
{
    struct operation_source source = {.next = next_row, .context = scene};
    size_t added, known;

    scene->next = 0;
    return office_import(&scene->till.office, &source, &added, &known, NULL);
}

static int measure_import(struct scene *scene, struct fixture *till)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    size_t count;

    (void)scene;
    query.name = "Imported";
    CU_ASSERT_EQUAL(office_slots(&till->office, &query, &list, NULL), TK_OK);
    count = list.count;
    slot_list_release(&list);
    return count == 0 ? 0 : count == 3 ? 1 : -1;
}

static enum tk_code expire(struct scene *scene)
{
    struct upkeep_result result;

    return office_expire(&scene->till.office, FIXTURE_NOW + 20 * TIME_HOUR, &result, NULL);
}

static int measure_expire(struct scene *scene, struct fixture *till)
{
    struct slot slot = fixture_slot(till, scene->over);

    if (slot.sold != 3)
        return -1;
    return slot.expired_at ? slot.available == 0 ? 1 : -1 : 0;
}

/* Applies one operation of a kind that box_office is not asked for here. */
static enum tk_code apply_kind(struct scene *scene, enum op_kind kind, struct operation operation)
{
    struct outcome outcome = {0};
    enum tk_code code = office_make(&scene->till.office, kind, &scene->id, &operation, NULL);

    if (!code)
        code = store_apply(scene->till.store, &operation, 1, &outcome, NULL);
    return code ? code : outcome.code;
}

static enum tk_code enrol_device(struct scene *scene)
{
    return apply_kind(scene, OP_ENROL,
                      (struct operation){.enrol = {"till-2", ROLE_CLERK, {42}}});
}

/* The device of this name; false when there is none. */
static bool find_device(struct fixture *till, const char *name, struct device *device)
{
    struct device_query query = {.name = name};
    struct device_list list = {0};
    bool found;

    CU_ASSERT_EQUAL(till->store->ops->list_devices(till->store, &query, &list, NULL), TK_OK);
    found = list.count == 1;
    if (found)
        *device = list.items[0];
    device_list_release(&list);
    return found;
}

static int measure_enrol(struct scene *scene, struct fixture *till)
{
    struct device device;

    (void)scene;
    if (!find_device(till, "till-2", &device))
        return 0;
    return device.token_hash[0] == 42 && !device.revoked_at ? 1 : -1;
}

static enum tk_code revoke_device(struct scene *scene)
{
    return office_revoke(&scene->till.office, "till-1", &scene->id, NULL);
}

static int measure_revoke(struct scene *scene, struct fixture *till)
{
    struct device device;

    (void)scene;
    return find_device(till, "till-1", &device) ? device.revoked_at != 0 : -1;
}

static enum tk_code admit_guest(struct scene *scene)
{
    return till_admit(&scene->till, scene->guest, &scene->id);
}

/* Whether a ticket is in as the change makes it; the slot must count it, and the other one. */
static int measure_entry(struct scene *scene, struct fixture *till, uint64_t ticket, bool done)
{
    struct slot slot = fixture_slot(till, scene->over);
    struct ticket found = fixture_ticket(till, ticket);
    bool in = found.admitted_at != 0;

    if (in != (strcmp(found.admitted_by, "till-1") == 0) || found.status != TICKET_BOOKED)
        return -1;
    if (slot.admitted != (ticket == scene->seated ? in : 1 + in))
        return -1;
    return in == done;
}

static int measure_admission(struct scene *scene, struct fixture *till)
{
    return measure_entry(scene, till, scene->guest, true);
}

static enum tk_code unadmit_seated(struct scene *scene)
{
    return apply_kind(scene, OP_UNADMIT, (struct operation){.unadmit = {scene->seated}});
}

static int measure_undo(struct scene *scene, struct fixture *till)
{
    return measure_entry(scene, till, scene->seated, false);
}

static enum tk_code print_copy(struct scene *scene)
{
    return apply_kind(scene, OP_PRINT, (struct operation){.copy = {scene->ticket}});
}

static int measure_copy(struct scene *scene, struct fixture *till)
{
    return fixture_ticket(till, scene->ticket).prints;
}

static enum tk_code rotate_key(struct scene *scene)
{
    return apply_kind(scene, OP_ROTATE, (struct operation){.rotate = {2}});
}

/* The generation is seen in the next slot that is sold. */
static int measure_rotation(struct scene *scene, struct fixture *till)
{
    int64_t slot = fixture_schedule(till, "Rope", 60 * TIME_HOUR, 5);

    (void)scene;
    CU_ASSERT_EQUAL(fixture_book(till, slot, 1, NULL, NULL, NULL), TK_OK);
    return (int)fixture_slot(till, slot).key_generation - 1;
}

static const struct scenario scenarios[] = {
    {"sale", sell, measure_sale},
    {"reissue", reissue, measure_reissue},
    {"cancel", cancel, measure_cancel},
    {"import", import, measure_import},
    {"expiry", expire, measure_expire},
    {"enrolment", enrol_device, measure_enrol},
    {"revocation", revoke_device, measure_revoke},
    {"admission", admit_guest, measure_admission},
    {"undo of an admission", unadmit_seated, measure_undo},
    {"copy on paper", print_copy, measure_copy},
    {"new key", rotate_key, measure_rotation},
};

/* --- the stage --- */

static void scene_prepare(struct scene *scene)
{
    char token[TOKEN_SIZE];

    *scene = (struct scene){0};
    fixture_init(&scene->base);
    CU_ASSERT_EQUAL(office_enrol(&scene->base.office, "till-1", ROLE_DOOR, NULL, token, NULL),
                    TK_OK);
    scene->slot = fixture_schedule(&scene->base, "Brazil", 30 * TIME_HOUR, 20);
    scene->over = fixture_schedule(&scene->base, "Alien", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&scene->base, scene->slot, 2, NULL, NULL, &scene->ticket), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&scene->base, scene->over, 2, "Ada", "+4430123", &scene->guest),
                    TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&scene->base, scene->over, 1, NULL, NULL, &scene->seated), TK_OK);
    CU_ASSERT_EQUAL(till_admit(&scene->base, scene->seated, NULL), TK_OK);
    fixture_release(&scene->base);
}

/* A fresh copy of the prepared file, open. */
static void scene_begin(struct scene *scene, uint64_t round)
{
    char path[200];

    snprintf(path, sizeof path, "%s/at-hand.db", scene->base.folder);
    till_copy_store(scene->base.path, path);
    CU_ASSERT_EQUAL_FATAL(till_open(&scene->till, &scene->base, path, round + 1, NULL), TK_OK);
    if (scene->warm)
        fixture_schedule(&scene->till, "Heat", 50 * TIME_HOUR, 20);
    scene->id = office_make_id(&scene->till.office);
}

/* What a program that opens the file after a kill -9 of this one sees; -2: it does not open. */
static int measure_after_kill(struct scene *scene, const struct scenario *scenario)
{
    struct fixture other;
    char path[200];
    int measured = -2;

    snprintf(path, sizeof path, "%s/after-kill.db", scene->base.folder);
    till_copy_store(scene->till.path, path);
    if (till_open(&other, &scene->base, path, 99, NULL) == TK_OK) {
        measured = scenario->measure(scene, &other);
        fixture_release(&other);
    }
    return measured;
}

static bool is_honest(enum tk_code code, int measured)
{
    if (code == TK_OK)
        return measured == 1;
    if (code == TK_UNKNOWN)
        return measured == 0 || measured == 1;
    return measured == 0 && !tk_code_is_refusal(code);
}

/* Holds an answer given under a fault against the file, then sends the same again without. */
static void scene_judge(struct scene *scene, const struct scenario *scenario, enum tk_code code,
                        const char *fault, int64_t n)
{
    int measured = measure_after_kill(scene, scenario);
    enum tk_code again;
    bool fine = is_honest(code, measured);

    if (!fine)
        printf("    %s, %s %lld: answered %s, found %d\n", scenario->name, fault, (long long)n,
               tk_code_name(code), measured);
    CU_ASSERT(fine);
    again = scenario->run(scene);
    measured = scenario->measure(scene, &scene->till);
    if (again || measured != 1)
        printf("    %s, %s %lld: sent again %s, found %d\n", scenario->name, fault, (long long)n,
               tk_code_name(again), measured);
    CU_ASSERT_EQUAL(again, TK_OK);
    CU_ASSERT_EQUAL(measured, 1);
    CU_ASSERT_EQUAL(fixture_verify(&scene->till), 0);
}

static void scene_end(struct scene *scene)
{
    fixture_release(&scene->till);
}

/* --- memory --- */

static bool fail_allocation(struct scene *scene, const struct scenario *scenario, int64_t n,
                            bool forever)
{
    enum tk_code code;
    bool struck;

    scene_begin(scene, (uint64_t)n);
    fault_alloc_arm(n, forever);
    code = scenario->run(scene);
    struck = fault_alloc_disarm();
    scene_judge(scene, scenario, code, forever ? "memory from" : "memory", n);
    scene_end(scene);
    return struck;
}

static void test_allocations(void)
{
    struct scene scene;

    fault_alloc_install();
    scene_prepare(&scene);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        for (int forever = 0; forever < 2; forever++) {
            int64_t n = 1;

            while (n < FAULTS_MAX && fail_allocation(&scene, &scenarios[i], n, forever))
                n++;
            CU_ASSERT(n > 5 && n < FAULTS_MAX);
        }
    fault_alloc_remove();
}

/* --- the disk --- */

static bool fail_call(struct scene *scene, const struct scenario *scenario,
                      const struct fault_plan *plan)
{
    char name[40];
    enum tk_code code;
    bool struck;

    scene_begin(scene, (uint64_t)plan->n);
    fault_vfs_arm(plan);
    code = scenario->run(scene);
    struck = fault_vfs_disarm();
    snprintf(name, sizeof name, "%s%s%s", fault_kind_name(plan->kind),
             plan->result == SQLITE_FULL ? " full" : "", plan->forever ? " from" : "");
    scene_judge(scene, scenario, code, name, plan->n);
    scene_end(scene);
    return struck;
}

static void fail_each_call(struct scene *scene, const struct scenario *scenario,
                           struct fault_plan plan)
{
    for (int forever = 0; forever < 2; forever++) {
        plan.forever = forever;
        for (plan.n = 1; plan.n < FAULTS_MAX && fail_call(scene, scenario, &plan);)
            plan.n++;
        CU_ASSERT(plan.n > 1 && plan.n < FAULTS_MAX);
    }
}

static void test_disk(void)
{
    struct scene scene;

    fault_vfs_install();
    scene_prepare(&scene);
    for (int warm = 0; warm < 2; warm++)
        for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
            scene.warm = warm;
            fail_each_call(&scene, &scenarios[i], (struct fault_plan){.kind = FAULT_ANY});
        }
    fault_vfs_remove();
}

/* When a device was seen may be lost; nothing else may be. */
static bool fail_touch(struct scene *scene, int64_t n, bool forever)
{
    const struct fault_plan plan = {.kind = FAULT_ANY, .n = n, .forever = forever};
    struct store *store;
    struct device device = {0};
    bool struck;
    enum tk_code code;

    scene_begin(scene, (uint64_t)n);
    store = scene->till.store;
    fault_vfs_arm(&plan);
    code = store->ops->touch_device(store, "till-1", FIXTURE_NOW, NULL);
    struck = fault_vfs_disarm();
    CU_ASSERT_EQUAL(sell(scene), TK_OK);
    CU_ASSERT_EQUAL(measure_sale(scene, &scene->till), 1);
    CU_ASSERT(find_device(&scene->till, "till-1", &device));
    CU_ASSERT(code ? !tk_code_is_refusal(code) : device.used_at == FIXTURE_NOW);
    CU_ASSERT_EQUAL(fixture_verify(&scene->till), 0);
    scene_end(scene);
    return struck;
}

static void test_touch(void)
{
    struct scene scene;

    fault_vfs_install();
    scene_prepare(&scene);
    for (int forever = 0; forever < 2; forever++) {
        int64_t n = 1;

        while (n < FAULTS_MAX && fail_touch(&scene, n, forever))
            n++;
        CU_ASSERT(n > 3 && n < FAULTS_MAX);
    }
    fault_vfs_remove();
}

static void test_disk_full(void)
{
    struct scene scene;

    fault_vfs_install();
    scene_prepare(&scene);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        fail_each_call(&scene, &scenarios[i],
                       (struct fault_plan){.kind = FAULT_WRITE, .result = SQLITE_FULL});
    fault_vfs_remove();
}

/* A sale whose sync failed once is looked up, so its answer is definite; with the disk gone it
   cannot be, and says so. */
static void test_sync(void)
{
    const struct fault_plan once = {.kind = FAULT_SYNC, .n = 1};
    const struct fault_plan gone = {.kind = FAULT_SYNC, .n = 1, .forever = true};
    struct scene scene;
    enum tk_code code;

    fault_vfs_install();
    scene_prepare(&scene);
    scene.warm = true;
    scene_begin(&scene, 1);
    fault_vfs_arm(&once);
    code = sell(&scene);
    CU_ASSERT(fault_vfs_disarm());
    CU_ASSERT(code == TK_OK || code == TK_IO);
    scene_judge(&scene, &scenarios[0], code, "sync", 1);
    scene_end(&scene);

    scene_begin(&scene, 2);
    fault_vfs_arm(&gone);
    CU_ASSERT_EQUAL(sell(&scene), TK_UNKNOWN);
    /* what the kernel remembers of the failed write is not taken for done */
    CU_ASSERT_EQUAL(sell(&scene), TK_UNKNOWN);
    CU_ASSERT(fault_vfs_disarm());
    scene_judge(&scene, &scenarios[0], TK_UNKNOWN, "sync from", 1);
    scene_end(&scene);
    fault_vfs_remove();
}

/* With another till on the file the log is not recovered by reopening it: the commit that could not
   be synced must be gone from the log all the same before the answer is "not done". */
static void test_sync_with_others(void)
{
    struct scene scene;
    struct fixture other;

    fault_vfs_install();
    scene_prepare(&scene);
    for (int64_t n = 1; n <= 3; n++) {
        const struct fault_plan plan = {.kind = FAULT_SYNC, .n = n};
        enum tk_code code;

        scene_begin(&scene, (uint64_t)n);
        CU_ASSERT_EQUAL_FATAL(till_open(&other, &scene.base, scene.till.path, 77, NULL), TK_OK);
        CU_ASSERT_EQUAL(fixture_slot(&other, scene.slot).sold, 2);
        fault_vfs_arm(&plan);
        code = sell(&scene);
        fault_vfs_disarm();
        CU_ASSERT_EQUAL(measure_sale(&scene, &other), code == TK_OK);
        scene_judge(&scene, &scenarios[0], code, "sync beside another till", n);
        CU_ASSERT_EQUAL(measure_sale(&scene, &other), 1);
        fixture_release(&other);
        scene_end(&scene);
    }
    fault_vfs_remove();
}

/* --- opening --- */

/* Opens under a fault that is armed. A failure leaves a file that opens well afterwards. */
static void open_once(struct scene *scene, const char *path, bool (*disarm)(void), bool *struck)
{
    struct fixture till;
    enum tk_code code = till_open(&till, &scene->base, path, 5, NULL);

    *struck = disarm();
    if (!code)
        fixture_release(&till);
    CU_ASSERT(!tk_code_is_refusal(code));
    CU_ASSERT(code || !*struck || access(path, F_OK) == 0);
    CU_ASSERT_EQUAL_FATAL(till_open(&till, &scene->base, path, 6, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&till), 0);
    fixture_release(&till);
}

static void open_path(const struct scene *scene, bool fresh, char *path, size_t size)
{
    snprintf(path, size, "%s/opened.db", scene->base.folder);
    if (fresh)
        till_remove_store(path);
    else
        till_copy_store(scene->base.path, path);
}

static void test_open_disk(void)
{
    struct scene scene;
    char path[200];

    fault_vfs_install();
    scene_prepare(&scene);
    for (int how = 0; how < 4; how++) {
        struct fault_plan plan = {.kind = FAULT_ANY, .n = 1, .forever = how & 1};
        bool struck = true;

        for (; struck && plan.n < FAULTS_MAX; plan.n++) {
            open_path(&scene, how & 2, path, sizeof path);
            fault_vfs_arm(&plan);
            open_once(&scene, path, fault_vfs_disarm, &struck);
        }
        CU_ASSERT(plan.n > 5 && plan.n < FAULTS_MAX);
    }
    fault_vfs_remove();
}

static void test_open_memory(void)
{
    struct scene scene;
    char path[200];

    fault_alloc_install();
    scene_prepare(&scene);
    for (int fresh = 0; fresh < 2; fresh++) {
        bool struck = true;
        int64_t n, step = test_is_long() ? 1 : 29; /* thousands: the schema is parsed */

        for (n = 1; struck && n < FAULTS_MAX; n += n < 300 ? 1 : step) {
            open_path(&scene, fresh, path, sizeof path);
            fault_alloc_arm(n, false);
            open_once(&scene, path, fault_alloc_disarm, &struck);
        }
        CU_ASSERT(n > 100 && n < FAULTS_MAX);
    }
    fault_alloc_remove();
}

SUITE(fault_calls, {"no memory, at each allocation of each change", test_allocations},
      {"a disk that fails, at each call of each change", test_disk},
      {"a disk that fails while a device's use is recorded harms nothing else", test_touch},
      {"a full disk, at each write of each change", test_disk_full},
      {"a sync that fails: definite once, unknown while it lasts", test_sync},
      {"a sync that fails beside another till", test_sync_with_others},
      {"opening on a disk that fails, at each call", test_open_disk},
      {"opening without memory, at each allocation", test_open_memory})
