/* Who may: every route with every role, and every kind of operation with every role. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/http/staffed.h"
#include "tests/support/http.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/http/exchange.h"

#define NOBODY ROLE_COUNT      /* no token */
#define WRONG (ROLE_COUNT + 1) /* of a token's form, but nobody's */
#define REVOKED (ROLE_COUNT + 2)
#define WHO_COUNT (ROLE_COUNT + 3)
#define WRONG_TOKENS_MAX 8 /* routes asked with those: who guesses on is slowed down */

static const struct route *const tables[] = {plain_routes, replaced_routes, v1_routes};

struct house {
    struct process process;
    char bearers[WHO_COUNT][PROCESS_BEARER_SIZE];
    unsigned keys; /* made so far */
};

static void revoke(struct house *house, const char *name)
{
    struct run run = {0};

    CU_ASSERT_EQUAL(process_admin(&house->process, &run, "token", "add", "--name", name, "--role",
                                  "admin", NULL),
                    0);
    snprintf(house->bearers[REVOKED], PROCESS_BEARER_SIZE, "Authorization: Bearer %.36s", run.out);
    run_release(&run);
    CU_ASSERT_EQUAL(
        process_admin(&house->process, &run, "token", "revoke", "--name", name, NULL), 0);
    run_release(&run);
}

static bool house_open(struct house *house)
{
    struct process_options options = {.tokens = true};

    *house = (struct house){0};
    if (!process_start(&house->process, &options))
        return false;
    for (int role = 0; role < ROLE_COUNT; role++)
        if (!process_bearer(&house->process, (enum role)role, house->bearers[role]))
            return false;
    text_copy(house->bearers[NOBODY], PROCESS_BEARER_SIZE, "X-Nothing: here");
    text_copy(house->bearers[WRONG], PROCESS_BEARER_SIZE,
              "Authorization: Bearer tly_00000000000000000000000000000000");
    revoke(house, "stolen");
    return true;
}

/* The route's address with something in the place of each variable. */
static void fill(const struct route *route, char *target, size_t size)
{
    size_t length = 0;

    for (const char *at = route->path; *at && length + 24 < size;) {
        if (*at == '{') {
            length += (size_t)snprintf(target + length, size - length, "%s",
                                       strncmp(at, "{slotId}", 8) == 0 ? "100001" : "TKT0000000001");
            at += strcspn(at, "}") + 1;
        } else {
            target[length++] = *at++;
        }
    }
    target[length] = '\0';
}

/* No device signs off: a person does. */
static bool needs_person(const struct route *route)
{
    return strcmp(route->path, "/v1/sign-ons") == 0 && strcmp(route->method, "DELETE") == 0;
}

/* An auditor reads as a manager does, and changes nothing; where each operation has its own role, whoever
   reads may ask. */
static bool reaches(const struct route *route, int who)
{
    bool changes = (route->flags & (ROUTE_CHANGES | ROUTE_SYNC)) && !(route->flags & ROUTE_EACH);

    if (who >= ROLE_COUNT)
        return (route->flags & ROUTE_SIGN_ON) && who == NOBODY;
    return !needs_person(route) && (changes ? role_does((enum role)who, route->role)
                                            : role_reads((enum role)who, route->role));
}

static void ask(struct house *house, const struct route *route, int who)
{
    char target[256], key[64];
    const char *headers[] = {house->bearers[who], key, NULL};
    struct answer answer = {0};
    bool is_free = route->flags & ROUTE_OPEN;
    bool called;

    fill(route, target, sizeof target);
    if (strcmp(route->path, "/v1/records") == 0) /* what all may read of them */
        text_copy(target + strlen(target), sizeof target - strlen(target), "?key=limits");
    snprintf(key, sizeof key, "Idempotency-Key: role-test-%u", house->keys++);
    called = http_call(house->process.url, route->method, target, headers,
                       strcmp(route->method, "POST") == 0 && route->style == STYLE_V1 ? "{}" : NULL,
                       &answer);
    CU_ASSERT_TRUE(called);
    if (is_free || reaches(route, who)) {
        if (answer.status == 401 || answer.status == 403 || answer.status == 429)
            printf("\n    %s %s as %s: %d\n", route->method, target,
                   who < ROLE_COUNT ? role_name((enum role)who) : "nobody", answer.status);
        CU_ASSERT(answer.status != 401 && answer.status != 403 && answer.status != 429);
    } else {
        bool signs_off = needs_person(route) && who != ROLE_READER;
        int expected = who < ROLE_COUNT && !signs_off ? 403 : 401;

        if (answer.status != expected)
            printf("\n    %s %s as %d: %d instead of %d\n", route->method, target, who,
                   answer.status, expected);
        CU_ASSERT_EQUAL(answer.status, expected);
        CU_ASSERT_EQUAL(answer_header(&answer, "WWW-Authenticate") != NULL, expected == 401);
    }
    answer_release(&answer);
}

static void test_routes(void)
{
    struct house house;

    if (!house_open(&house)) {
        CU_FAIL("the service does not start");
        process_release(&house.process);
        return;
    }
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct route *route = tables[t]; route->method; route++)
            for (int who = 0; who < WHO_COUNT; who++)
                if (who <= NOBODY || house.keys < WRONG_TOKENS_MAX * WHO_COUNT)
                    ask(&house, route, who);
    CU_ASSERT_TRUE(process_stop(&house.process));
    process_release(&house.process);
}

/* One operation of a kind that is well-formed; the rules may refuse it. */
static struct operation make(enum op_kind kind)
{
    static uint16_t count;
    struct operation operation = {.kind = kind, .at = 1, .actor = "Priya", .device = "other"};

    count++;
    operation.id = op_id_make(1795370400000, (uint8_t[10]){1, 2, 3, 4, 5, 6, 7, 8, (uint8_t)(count >> 8), (uint8_t)count});
    switch (kind) {
    case OP_SCHEDULE:
        text_copy(operation.schedule.name, sizeof operation.schedule.name, "Role");
        operation.schedule.starts_at = INT64_C(4102444800000000);
        operation.schedule.ends_at = operation.schedule.starts_at + TIME_HOUR;
        operation.schedule.capacity = 5;
        break;
    case OP_BOOK:
        operation.book.slot.id = 100001;
        operation.book.count = 1;
        break;
    case OP_REISSUE:
        operation.reissue.ticket_id = 7;
        operation.reissue.slot.id = 100001;
        break;
    case OP_CANCEL:
        operation.cancel.ticket_id = 7;
        break;
    case OP_EXPIRE:
        operation.expire.slot_id = 100001;
        operation.expire.as_of = 1;
        break;
    case OP_ARCHIVE:
        operation.archive.slot_id = 100001;
        operation.archive.before = 1;
        break;
    case OP_ENROL:
        snprintf(operation.enrol.name, sizeof operation.enrol.name, "new %d", count);
        memcpy(operation.enrol.token_hash, &count, sizeof count);
        break;
    case OP_ADMIT:
        operation.admit.ticket_id = 7;
        break;
    case OP_UNADMIT:
        operation.unadmit.ticket_id = 7;
        break;
    case OP_PRINT:
        operation.copy.ticket_id = 7;
        break;
    case OP_ROTATE:
        operation.rotate.generation = 2;
        break;
    case OP_WRITE_OFF:
        text_copy(operation.write_off.holder, sizeof operation.write_off.holder, "nobody there");
        break;
    case OP_CLOSE:
        text_copy(operation.settle.reason, sizeof operation.settle.reason, "Role");
        break;
    case OP_STAFF:
        operation.staff.number = 5000 + count;
        operation.staff.role = ROLE_USHER;
        text_copy(operation.staff.name, sizeof operation.staff.name, "Role");
        break;
    case OP_PIN:
        operation.pin.number = 1003;
        text_copy(operation.pin.password, VERIFIER_SIZE, "$argon2id$v=19$none");
        break;
    case OP_SIGN:
        text_copy(operation.sign.event, sizeof operation.sign.event, "off");
        break;
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        break;
    case OP_LIMIT:
        text_copy(operation.limit.name, sizeof operation.limit.name, "sale-tickets");
        break;
    case OP_INVITE:
        snprintf(operation.invite.name, sizeof operation.invite.name, "invited %d", count);
        operation.invite.role = ROLE_CLERK;
        memcpy(operation.invite.code_hash, &count, sizeof count);
        operation.invite.until = INT64_C(4102444800000000);
        break;
    case OP_REDEEM:
        text_copy(operation.redeem.name, sizeof operation.redeem.name, "nobody there");
        operation.redeem.code_hash[0] = operation.redeem.token_hash[0] = 1;
        break;
    case OP_TIER:
        operation.tier.customer_id = 7;
        text_copy(operation.tier.tier, sizeof operation.tier.tier, "Gold");
        text_copy(operation.tier.reason, sizeof operation.tier.reason, "Role");
        break;
    case OP_ERASE:
        operation.erase.customer_id = 7;
        text_copy(operation.erase.reason, sizeof operation.erase.reason, "Role");
        break;
    case OP_SEAL:
        text_copy(operation.seal.why, sizeof operation.seal.why, "asked");
        break;
    default:
        text_copy(operation.revoke.name, sizeof operation.revoke.name, "nobody there");
    }
    return operation;
}

/* What a person does for himself: nobody's who is only a device, but an administrator's machine. */
static bool is_ones_own(enum op_kind kind)
{
    return kind == OP_PIN || kind == OP_SIGN || kind == OP_SHIFT_OPEN || kind == OP_SHIFT_CLOSE;
}

static void send_kind(struct house *house, enum op_kind kind, enum role role)
{
    struct operation operation = make(kind);
    struct buffer body;
    char key[64];
    const char *headers[] = {house->bearers[role], key, NULL};
    struct answer answer = {0};
    bool refused, may = role_may(role, kind) && (!is_ones_own(kind) || role == ROLE_ADMIN);

    snprintf(key, sizeof key, "Idempotency-Key: kind-test-%u", house->keys++);
    buffer_init(&body, 65536);
    buffer_add_text(&body, "{\"operations\":[");
    operation_print(&body, &operation, OP_PRINT_WHOLE);
    buffer_add_text(&body, "]}");
    CU_ASSERT_TRUE(http_call(house->process.url, "POST", "/v1/operations", headers,
                             buffer_text(&body), &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    refused = strcmp(answer_text(&answer, "outcomes.0.code"), "forbidden") == 0;
    if (answer.status != 200 || refused == may)
        printf("\n    %s as %s: %d %s\n", op_kind_name(kind), role_name(role), answer.status,
               answer.body ? answer.body : "");
    CU_ASSERT_EQUAL(refused, !may);
    answer_release(&answer);
    buffer_release(&body);
}

static void test_kinds(void)
{
    struct house house;

    if (!house_open(&house)) {
        CU_FAIL("the service does not start");
        process_release(&house.process);
        return;
    }
    for (int kind = 0; kind < OP_KIND_COUNT; kind++)
        for (int role = ROLE_DOOR; role < ROLE_COUNT; role++)
            send_kind(&house, (enum op_kind)kind, (enum role)role);
    CU_ASSERT_TRUE(process_stop(&house.process));
    process_release(&house.process);
}

#define TILLS "join grant return write-off block mark quarantine void close "
#define SELLS "book reissue cancel admit unadmit print close pin sign shift-open shift-close "
#define MANAGES                                                                                    \
    "schedule book reissue cancel expire archive admit unadmit print write-off close pin sign "    \
    "shift-open shift-close limit tier erase seal "

/* The table itself, so that a role that was widened by mistake is seen. */
static void test_table(void)
{
    static const char *const may[ROLE_COUNT] = {
        [ROLE_READER] = "",
        [ROLE_DOOR] = "admit unadmit close sign ",
        [ROLE_USHER] = "admit unadmit close pin sign shift-open shift-close ",
        [ROLE_CLERK] = SELLS,
        [ROLE_SUPERVISOR] = SELLS,
        [ROLE_MANAGER] = MANAGES,
        [ROLE_ADMIN] = "schedule book reissue cancel expire archive enrol revoke admit unadmit "
                       "print rotate " TILLS "staff pin sign shift-open shift-close limit invite "
                       "redeem tier erase seal ",
        [ROLE_AUDITOR] = "pin sign ",
    };

    for (int role = 0; role < ROLE_COUNT; role++) {
        char text[512] = "";
        size_t length = 0;

        for (int kind = 0; kind < OP_KIND_COUNT; kind++)
            if (role_may((enum role)role, (enum op_kind)kind))
                length += (size_t)snprintf(text + length, sizeof text - length, "%s ",
                                           op_kind_name((enum op_kind)kind));
        CU_ASSERT_STRING_EQUAL(text, may[role]);
    }
}

/* --- people: operation × role of who signed on, at each device --- */

/* Sends one of the kind as that member; the outcome's code. */
static void send_as(struct staffed *staffed, enum staffed_device device, const char *session,
                    enum op_kind kind, char outcome[40])
{
    struct staffed_call call = {.device = device, .session = session};
    struct operation operation = make(kind);
    struct answer answer = {0};
    struct buffer body;

    operation.actor[0] = 'x'; /* whatever it says */
    buffer_init(&body, 65536);
    buffer_add_text(&body, "{\"operations\":[");
    operation_print(&body, &operation, OP_PRINT_WHOLE);
    buffer_add_text(&body, "]}");
    if (staffed_ask(staffed, &call, "POST", "/v1/operations", buffer_text(&body), &answer) != 200)
        printf("\n    %s: %s\n", op_kind_name(kind), answer.body);
    CU_ASSERT_EQUAL(answer.status, 200);
    text_copy(outcome, 40, answer_text(&answer, "outcomes.0.code"));
    answer_release(&answer);
    buffer_release(&body);
}

static void check_cell(struct staffed *staffed, enum staffed_device device, enum role of_device,
                       const char *session, enum op_kind kind, enum role role)
{
    char outcome[40];
    bool device_may = role_may(of_device, kind) || is_ones_own(kind), may = role_may(role, kind);
    bool refused;

    send_as(staffed, device, session, kind, outcome);
    if (!device_may) {
        CU_ASSERT_STRING_EQUAL(outcome, "forbidden");
        return;
    }
    refused = strcmp(outcome, "not_permitted") == 0;
    /* a PIN is given to oneself by all, to others by administrators */
    if (kind == OP_PIN)
        may = role == ROLE_ADMIN || role == ROLE_CLERK;
    if (refused == may)
        printf("\n    %s as %s at a device of %s: %s\n", op_kind_name(kind), role_name(role),
               role_name(of_device), outcome);
    CU_ASSERT_EQUAL(refused, !may);
}

static void test_people(void)
{
    static const struct {
        enum staffed_device device;
        enum role role;
    } devices[] = {{DEVICE_OFFICE, ROLE_ADMIN}, {DEVICE_TILL, ROLE_CLERK}, {DEVICE_DOOR, ROLE_DOOR}};
    struct staffed staffed;

    staffed_start(&staffed);
    for (size_t d = 0; d < sizeof devices / sizeof devices[0]; d++)
        for (int role = ROLE_USHER; role < ROLE_COUNT; role++) {
            char session[STAFFED_HEADER_SIZE];

            CU_ASSERT_EQUAL(staffed_sign_on(&staffed, devices[d].device,
                                            staffed_number((enum role)role), STAFFED_PIN, session),
                            200);
            for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
                check_cell(&staffed, devices[d].device, devices[d].role, session,
                           (enum op_kind)kind, (enum role)role);
                if (kind == OP_PIN) /* a new one ends the session */
                    CU_ASSERT_EQUAL(staffed_sign_on(&staffed, devices[d].device,
                                                    staffed_number((enum role)role), STAFFED_PIN,
                                                    session),
                                    200);
            }
        }
    staffed_stop(&staffed);
}

/* What a device at which people work may with nobody signed on, of all routes. */
static void test_attended(void)
{
    struct staffed_call call = {.device = DEVICE_TILL};
    struct answer answer = {0};
    struct staffed staffed;
    char target[256];

    staffed_start(&staffed);
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct route *route = tables[t]; route->method; route++) {
            bool alone = route->flags & (ROUTE_ALONE | ROUTE_OPEN | ROUTE_SIGN_ON);
            int status;

            fill(route, target, sizeof target);
            status = staffed_ask(&staffed, &call, route->method, target,
                                 strcmp(route->method, "POST") == 0 && route->style == STYLE_V1 ? "{}" : NULL,
                                 &answer);
            if ((status == 401) == alone)
                printf("\n    %s %s: %d\n", route->method, target, status);
            CU_ASSERT_EQUAL(status == 401, !alone);
        }
    answer_release(&answer);
    staffed_stop(&staffed);
}

SUITE(http_roles, {"every kind of operation asks for the role of who signed on", test_people},
      {"a device at which people work does little by itself", test_attended}, {"every route asks for its role", test_routes},
      {"every kind of operation asks for its role", test_kinds},
      {"who may send what", test_table})
