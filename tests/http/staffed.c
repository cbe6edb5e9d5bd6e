#include "tests/http/staffed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/invite.h"
#include "core/sign_on.h"
#include "core/text.h"
#include "data/group_commit.h"
#include "data/sqlite/sqlite_store.h"
#include "ui/http/listen.h"
#include "ui/http/service.h"

static const struct plan_rules rules = {.expire_after = 8 * TIME_HOUR, .admit_before = TIME_HOUR};

static int64_t now(void *context)
{
    return atomic_load(&((struct staffed *)context)->now);
}

static void fill(void *context, void *data, size_t size)
{
    (void)context;
    while (getrandom(data, size, 0) != (ssize_t)size)
        ;
}

static enum tk_code open_file(void *context, struct store **store, struct tk_error *error)
{
    struct staffed *staffed = context;
    struct sqlite_options options = {
        .path = staffed->path, .rules = rules, .now = now, .random = fill, .context = staffed};

    return sqlite_store_open(&options, store, error);
}

static enum tk_code open_queue(void *context, const struct queue_options *options,
                               struct store_queue **queue, struct tk_error *error)
{
    struct group_options group_options = {.queue = *options};
    struct group_commit *group = NULL;
    enum tk_code code = open_file(context, &group_options.store, error);

    if (!code)
        code = group_commit_open(&group_options, &group, error);
    if (!code)
        *queue = group_commit_as_queue(group);
    return code;
}

static void start_service(struct staffed *staffed)
{
    struct box_office office = {.ports = {now, fill, staffed, {0}},
                                .rules = rules,
                                .keys = key_ring_of_site(&staffed->site_key)};
    struct service_options options = {.office = &office,
                                      .open_store = open_file,
                                      .open_queue = open_queue,
                                      .context = staffed,
                                      .site_key = staffed->site_key,
                                      .allotment = ALLOTMENT_RULE_DEFAULT,
                                      .threads = 2,
                                      .workers = 2};
    struct tk_error error = {0};

    text_copy(office.actor, sizeof office.actor, "service");
    text_copy(office.device, sizeof office.device, "service");
    CU_ASSERT_EQUAL_FATAL(
        listen_open("127.0.0.1:0", &options.listener, staffed->url, sizeof staffed->url, &error),
        TK_OK);
    CU_ASSERT_EQUAL_FATAL(service_start(&options, &staffed->service, &error), TK_OK);
    staffed->now += 1; /* the next moment */
}

enum tk_code staffed_apply(struct staffed *staffed, struct operation *operation)
{
    struct outcome outcome = {.code = TK_OK};
    struct tk_error error = {0};
    uint8_t random[10];

    fill(NULL, random, sizeof random);
    operation->id = op_id_make(staffed->now / 1000, random);
    operation->at = staffed->now;
    if (!operation->actor[0])
        text_copy(operation->actor, sizeof operation->actor, "owner");
    text_copy(operation->device, sizeof operation->device, "house");
    if (store_apply(staffed->store, operation, 1, &outcome, &error)) {
        printf("\n    %s\n", error.message);
        return error.code;
    }
    if (operation->kind == OP_SCHEDULE)
        staffed->slot = outcome.slot_id;
    return outcome.code;
}

int64_t staffed_number(enum role role)
{
    return 1000 + (int64_t)role;
}

/* Verifiers take a tenth of a second each: one PIN and one password serve for all who are not asked
 * for. */
static void hire(struct staffed *staffed, enum role role)
{
    struct crypto_key pepper = sign_on_pepper(&staffed->site_key);
    struct operation staff = {.kind = OP_STAFF,
                              .staff = {.number = staffed_number(role), .role = role}};
    struct operation pin = {.kind = OP_PIN, .pin = {.number = staffed_number(role)}};

    snprintf(staff.staff.name, sizeof staff.staff.name, "%s", role_name(role));
    CU_ASSERT_EQUAL(staffed_apply(staffed, &staff), TK_OK);
    CU_ASSERT_EQUAL(secret_make(pin.pin.pin, &pepper, pin.pin.number, STAFFED_PIN), TK_OK);
    if (role == ROLE_CLERK)
        CU_ASSERT_EQUAL(secret_make(pin.pin.password, &pepper, pin.pin.number, STAFFED_PASSWORD),
                        TK_OK);
    CU_ASSERT_EQUAL(staffed_apply(staffed, &pin), TK_OK);
}

static void enrol(struct staffed *staffed, enum staffed_device device, const char *name,
                  enum role role)
{
    struct operation invite = {.kind = OP_INVITE,
                               .invite = {.role = role,
                                          .attended = device != DEVICE_ALONE,
                                          .until = staffed->now + INVITE_LASTS}};
    struct operation redeem = {.kind = OP_REDEEM};
    uint8_t random[TOKEN_RANDOM_SIZE];

    fill(NULL, random, sizeof random);
    token_make(staffed->tokens[device], random);
    text_copy(invite.invite.name, sizeof invite.invite.name, name);
    memcpy(invite.invite.code_hash, random, 16);
    text_copy(redeem.redeem.name, sizeof redeem.redeem.name, name);
    memcpy(redeem.redeem.code_hash, invite.invite.code_hash, CRYPTO_HASH_SIZE);
    token_hash(redeem.redeem.token_hash, staffed->tokens[device]);
    CU_ASSERT_EQUAL(staffed_apply(staffed, &invite), TK_OK);
    CU_ASSERT_EQUAL(staffed_apply(staffed, &redeem), TK_OK);
}

void staffed_start(struct staffed *staffed)
{
    struct operation schedule = {
        .kind = OP_SCHEDULE, .schedule = {.name = "Up", .genre = GENRE_COMEDY, .capacity = 500}};
    struct tk_error error = {0};

    *staffed = (struct staffed){.site_key = {{42}}, .now = INT64_C(1795370400000000)};
    schedule.schedule.starts_at = staffed->now + 2 * TIME_HOUR;
    schedule.schedule.ends_at = staffed->now + 4 * TIME_DAY;
    test_folder(staffed->folder, sizeof staffed->folder);
    snprintf(staffed->path, sizeof staffed->path, "%s/house.db", staffed->folder);
    CU_ASSERT_EQUAL_FATAL(open_file(staffed, &staffed->store, &error), TK_OK);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (role_is_for_staff((enum role)role))
            hire(staffed, (enum role)role);
    enrol(staffed, DEVICE_TILL, "till", ROLE_CLERK);
    enrol(staffed, DEVICE_OFFICE, "office", ROLE_ADMIN);
    enrol(staffed, DEVICE_DOOR, "door", ROLE_DOOR);
    enrol(staffed, DEVICE_ALONE, "alone", ROLE_CLERK);
    CU_ASSERT_EQUAL(staffed_apply(staffed, &schedule), TK_OK);
    start_service(staffed);
}

static void stop_service(struct staffed *staffed)
{
    service_drain(staffed->service, 1000000);
    service_stop(staffed->service);
}

void staffed_restart(struct staffed *staffed)
{
    stop_service(staffed);
    start_service(staffed);
}

void staffed_stop(struct staffed *staffed)
{
    stop_service(staffed);
    store_close(staffed->store);
}

int staffed_ask(struct staffed *staffed, const struct staffed_call *call, const char *method,
                const char *target, const char *body, struct answer *answer)
{
    char token[TOKEN_SIZE + 24], session[160], approval[160], key[80];
    const char *headers[5] = {NULL};
    size_t count = 0;

    if (call->device < DEVICE_COUNT) {
        snprintf(token, sizeof token, "Authorization: Bearer %s", staffed->tokens[call->device]);
        headers[count++] = token;
    }
    if (call->session && *call->session) {
        snprintf(session, sizeof session, "Ticketly-Staff: %s", call->session);
        headers[count++] = session;
    }
    if (call->approval && *call->approval) {
        snprintf(approval, sizeof approval, "Ticketly-Approval: %s", call->approval);
        headers[count++] = approval;
    }
    if (call->key)
        snprintf(key, sizeof key, "Idempotency-Key: %.60s", call->key);
    else
        snprintf(key, sizeof key, "Idempotency-Key: key %u", ++staffed->keys);
    if (strcmp(method, "GET") != 0)
        headers[count++] = key;
    answer_release(answer);
    *answer = (struct answer){0};
    CU_ASSERT(http_call(staffed->url, method, target, headers, body, answer));
    return answer->status;
}

int staffed_sign_on(struct staffed *staffed, enum staffed_device device, int64_t number,
                    const char *secret, char session[STAFFED_HEADER_SIZE])
{
    struct answer answer = {0};
    struct staffed_call call = {.device = device};
    char body[200];
    int status;

    snprintf(body, sizeof body, "{\"number\":%" PRId64 ",\"secret\":\"%s\"}", number, secret);
    status = staffed_ask(staffed, &call, "POST", "/v1/sign-ons", body, &answer);
    session[0] = '\0';
    if (status == 200)
        text_copy(session, STAFFED_HEADER_SIZE, answer_text(&answer, "session"));
    answer_release(&answer);
    return status;
}
