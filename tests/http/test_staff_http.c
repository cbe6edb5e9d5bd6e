/* People at a service: who signs on, what they may from where, and who tries to get in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/sign_on.h"
#include "core/text.h"
#include "tests/http/staffed.h"

#define DAY_OF_GUESSES (24 * 60) /* minutes */

static int ask(struct staffed *s, enum staffed_device device, const char *session,
               const char *method, const char *target, const char *body, struct answer *answer)
{
    struct staffed_call call = {.device = device, .session = session};

    return staffed_ask(s, &call, method, target, body, answer);
}

/* Sells one ticket; the status. */
static int book(struct staffed *s, const struct staffed_call *call, char ticket[20])
{
    struct answer answer = {0};
    char body[60];
    int status;

    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", s->slot);
    status = staffed_ask(s, call, "POST", "/v1/tickets", body, &answer);
    if (ticket)
        text_copy(ticket, 20, status == 201 ? answer_text(&answer, "tickets.0.ticketId") : "");
    answer_release(&answer);
    return status;
}

/* --- signing on --- */

static void check_refusal(struct staffed *s, enum staffed_device device, const char *body,
                          char text[400])
{
    struct answer answer = {0};

    CU_ASSERT_EQUAL(ask(s, device, NULL, "POST", "/v1/sign-ons", body, &answer), 401);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "sign_on_failed");
    CU_ASSERT_PTR_NOT_NULL(answer_header(&answer, "WWW-Authenticate"));
    if (!text[0])
        text_copy(text, 400, answer.body);
    CU_ASSERT_STRING_EQUAL(answer.body, text); /* all alike */
    answer_release(&answer);
}

static void test_sign_on(void)
{
    static const struct staffed_call nobody = {.device = DEVICE_TILL};
    struct operation left = {
        .kind = OP_STAFF,
        .staff = {.number = 1002, .name = "usher", .role = ROLE_USHER, .left = true}};
    char session[STAFFED_HEADER_SIZE], text[400] = "";
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(book(&s, &nobody, NULL), 401); /* people work there */
    CU_ASSERT_EQUAL(
        staffed_sign_on(&s, DEVICE_TILL, staffed_number(ROLE_CLERK), STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_TILL, session, "GET", "/v1/slots", NULL, &answer), 200);
    CU_ASSERT_EQUAL(
        book(&s, &(struct staffed_call){.device = DEVICE_TILL, .session = session}, NULL), 201);
    CU_ASSERT_EQUAL(staffed_apply(&s, &left), TK_OK);
    check_refusal(&s, DEVICE_TILL, "{\"number\":1003,\"secret\":\"111222\"}", text);
    check_refusal(&s, DEVICE_TILL, "{\"number\":77,\"secret\":\"" STAFFED_PIN "\"}", text);
    check_refusal(&s, DEVICE_TILL, "{\"number\":1002,\"secret\":\"" STAFFED_PIN "\"}", text);
    /* a PIN is of no use without a device, a password is */
    check_refusal(&s, DEVICE_COUNT, "{\"number\":1003,\"secret\":\"" STAFFED_PIN "\"}", text);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_COUNT, 1003, STAFFED_PASSWORD, session), 200);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_COUNT, session, "GET", "/v1/customers", NULL, &answer), 200);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_COUNT, session, "GET", "/v1/journal", NULL, &answer), 403);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_COUNT, NULL, "GET", "/v1/slots", NULL, &answer), 401);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_COUNT, session, "DELETE", "/v1/sign-ons", NULL, &answer), 204);
    answer_release(&answer);
    staffed_stop(&s);
}

/* What stands in the journal of who signed on. */
static void test_noted(void)
{
    char session[STAFFED_HEADER_SIZE];
    struct journal_query query = {.kind = "sign", .limit = 100};
    struct journal_list list = {0};
    struct staffed s;

    staffed_start(&s);
    staffed_sign_on(&s, DEVICE_TILL, 1003, "999888", session);
    staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session);
    CU_ASSERT_EQUAL(s.store->ops->list_journal(s.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT_STRING_EQUAL(list.items[0].actor, "till");
    CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].body, "failed"));
    CU_ASSERT_STRING_EQUAL(list.items[1].actor, "#1003");
    CU_ASSERT_STRING_EQUAL(list.items[1].device, "till");
    CU_ASSERT_PTR_NULL(strstr(list.items[1].body, STAFFED_PIN));
    journal_list_release(&list);
    staffed_stop(&s);
}

/* --- sessions --- */

static int look(struct staffed *s, enum staffed_device device, const char *session)
{
    struct answer answer = {0};
    int status = ask(s, device, session, "GET", "/v1/tickets?limit=1", NULL, &answer);

    if (status == 401)
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "sign_on_required");
    answer_release(&answer);
    return status;
}

static void test_sessions(void)
{
    struct operation left = {
        .kind = OP_STAFF,
        .staff = {.number = 1003, .name = "clerk", .role = ROLE_CLERK, .left = true}};
    char session[STAFFED_HEADER_SIZE], forged[STAFFED_HEADER_SIZE], other[STAFFED_HEADER_SIZE];
    int good = 0;
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1004, STAFFED_PIN, other), 200);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 200);
    CU_ASSERT_EQUAL(look(&s, DEVICE_OFFICE, session), 401); /* another device's */
    CU_ASSERT_EQUAL(look(&s, DEVICE_COUNT, session), 401);  /* without its token */
    for (size_t i = 4; session[i]; i++) {                   /* each character in turn */
        text_copy(forged, sizeof forged, session);
        forged[i] = forged[i] == '0' ? '1' : '0';
        good += strcmp(forged, session) != 0 && look(&s, DEVICE_TILL, forged) != 401;
    }
    CU_ASSERT_EQUAL(good, 0);
    staffed_restart(&s);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 200);
    CU_ASSERT_EQUAL(staffed_apply(&s, &left), TK_OK);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 401); /* at once */
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, other), 200);
    s.now += 12 * TIME_HOUR - 2; /* the service was started again meanwhile */
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, other), 200);
    s.now += 1;
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, other), 401);
    staffed_stop(&s);
}

/* Whoever has the old PIN does not go on with what it opened; colleagues do. */
static void test_new_pin(void)
{
    struct crypto_key pepper;
    struct operation pin = {.kind = OP_PIN, .pin = {.number = 1003}};
    char session[STAFFED_HEADER_SIZE], other[STAFFED_HEADER_SIZE];
    struct staffed s;

    staffed_start(&s);
    pepper = sign_on_pepper(&s.site_key);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1004, STAFFED_PIN, other), 200);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 200);
    CU_ASSERT_EQUAL(secret_make(pin.pin.pin, &pepper, 1003, "730514"), TK_OK);
    CU_ASSERT_EQUAL(staffed_apply(&s, &pin), TK_OK);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 401);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, other), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 401);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, "730514", session), 200);
    CU_ASSERT_EQUAL(look(&s, DEVICE_TILL, session), 200);
    staffed_stop(&s);
}

/* A token that was revoked is of no use, whoever signed on with it. */
static void test_revoked(void)
{
    struct operation revoke = {.kind = OP_REVOKE, .revoke = {.name = "till"}};
    char session[STAFFED_HEADER_SIZE];
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_apply(&s, &revoke), TK_OK);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_TILL, session, "GET", "/v1/slots", NULL, &answer), 401);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "token_revoked");
    answer_release(&answer);
    staffed_stop(&s);
}

/* --- who did it --- */

static int send(struct staffed *s, const struct staffed_call *call, const char *operation,
                struct answer *answer)
{
    char body[400];

    snprintf(body, sizeof body, "{\"operations\":[%s]}", operation);
    return staffed_ask(s, call, "POST", "/v1/operations", body, answer);
}

static void test_actors(void)
{
    struct staffed_call call = {.device = DEVICE_TILL}, alone = {.device = DEVICE_ALONE};
    char session[STAFFED_HEADER_SIZE], own[120], others[120];
    struct journal_query query = {.actor = "#1003", .kind = "book", .limit = 100};
    struct journal_list list = {0};
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    snprintf(own, sizeof own, "{\"operation\":\"book\",\"slotId\":%" PRId64 ",\"actor\":\"Eve\"}",
             s.slot);
    snprintf(others, sizeof others,
             "{\"operation\":\"book\",\"slotId\":%" PRId64 ",\"actor\":\"#1004\"}", s.slot);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    call.session = session;
    CU_ASSERT_EQUAL(send(&s, &call, own, &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.0.code"), "ok");
    CU_ASSERT_EQUAL(send(&s, &call, others, &answer), 403);
    CU_ASSERT_EQUAL(send(&s, &alone, others, &answer), 403);
    CU_ASSERT_EQUAL(send(&s, &alone, own, &answer), 200);
    CU_ASSERT_EQUAL(s.store->ops->list_journal(s.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    journal_list_release(&list);
    answer_release(&answer);
    staffed_stop(&s);
}

/* A request that comes again with all its headers has no second effect. */
static void test_replayed(void)
{
    struct staffed_call call = {.device = DEVICE_TILL,
                                .key = "01932f4e-8b7a-7abc-9def-0123456789ab"};
    char session[STAFFED_HEADER_SIZE], first[20], second[20];
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    call.session = session;
    CU_ASSERT_EQUAL(book(&s, &call, first), 201);
    CU_ASSERT_EQUAL(book(&s, &call, second), 201);
    CU_ASSERT_STRING_EQUAL(first, second);
    staffed_restart(&s);
    CU_ASSERT_EQUAL(book(&s, &call, second), 201);
    CU_ASSERT_STRING_EQUAL(first, second);
    ask(&s, DEVICE_TILL, session, "GET", "/v1/tickets", NULL, &answer);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
    answer_release(&answer);
    staffed_stop(&s);
}

/* --- approvals --- */

static int approve(struct staffed *s, enum staffed_device device, const char *session,
                   int64_t number, const char *kind, char approval[STAFFED_HEADER_SIZE])
{
    struct answer answer = {0};
    char body[200];
    int status;

    snprintf(body, sizeof body,
             "{\"number\":%" PRId64 ",\"secret\":\"" STAFFED_PIN "\",\"approve\":\"%s\"}", number,
             kind);
    status = ask(s, device, session, "POST", "/v1/sign-ons", body, &answer);
    approval[0] = '\0';
    if (status == 200)
        text_copy(approval, STAFFED_HEADER_SIZE, answer_text(&answer, "approval"));
    answer_release(&answer);
    return status;
}

static int cancel(struct staffed *s, const struct staffed_call *call, const char *ticket)
{
    struct answer answer = {0};
    char target[60];
    int status;

    snprintf(target, sizeof target, "/v1/tickets/%s", ticket);
    status = staffed_ask(s, call, "DELETE", target, NULL, &answer);
    answer_release(&answer);
    return status;
}

static void test_approvals(void)
{
    struct operation limit = {.kind = OP_LIMIT, .limit = {.name = "own-cancels", .value = 1}};
    char session[STAFFED_HEADER_SIZE], other[STAFFED_HEADER_SIZE], approval[STAFFED_HEADER_SIZE];
    char tickets[3][20];
    struct staffed_call call = {.device = DEVICE_TILL}, alone = {.device = DEVICE_ALONE};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_apply(&s, &limit), TK_OK);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(book(&s, &alone, tickets[i]), 201); /* nobody's: not the clerk's own */
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1002, STAFFED_PIN, other), 200);
    call.session = session;
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[0]), 409); /* not his own sale */
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, session, 1003, "cancel", approval),
                    403); /* a clerk approves nothing */
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, NULL, 1004, "cancel", approval), 401); /* for whom? */
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, session, 1004, "cancel", approval), 200);
    call.approval = approval;
    call.key = "the one";
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[0]), 200);
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[0]), 200); /* the same again */
    call.key = NULL;
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[1]), 403); /* another one */
    staffed_restart(&s);
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[1]), 403); /* it forgets nothing */
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, session, 1004, "reissue", approval), 200);
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[1]), 409); /* of another kind */
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, session, 1004, "cancel", approval), 200);
    call.session = other;
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[1]), 403); /* for somebody else */
    call.session = session;
    s.now += 2 * TIME_MINUTE;
    CU_ASSERT_EQUAL(cancel(&s, &call, tickets[1]), 403); /* too late */
    staffed_stop(&s);
}

/* An approval of one change shows nothing, and does not make an import of one's own either. */
static void test_approval_reach(void)
{
    static const char *const closed[] = {"/v1/journal", "/v1/tallies", "/v1/verify", "/v1/devices",
                                         "/v1/backup", "/v1/due"};
    char session[STAFFED_HEADER_SIZE], manager[STAFFED_HEADER_SIZE], approval[STAFFED_HEADER_SIZE];
    char target[100], body[200], ticket[20];
    struct staffed_call call = {.device = DEVICE_TILL};
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(approve(&s, DEVICE_TILL, session, 1006, "cancel", approval), 200);
    call.session = session;
    call.approval = approval;
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        CU_ASSERT_EQUAL(staffed_ask(&s, &call, "GET", closed[i], NULL, &answer), 403);
    CU_ASSERT_EQUAL(book(&s, &call, ticket), 201);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_OFFICE, 1003, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(approve(&s, DEVICE_OFFICE, session, 1006, "schedule", approval), 200);
    call.device = DEVICE_OFFICE;
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "GET", "/v1/backup", NULL, &answer), 403);
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "POST", "/v1/imports", NULL, &answer), 201);
    snprintf(target, sizeof target, "/v1/imports/%s/operations?at=0", answer_text(&answer, "importId"));
    snprintf(body, sizeof body,
             "{\"operations\":[{\"id\":\"01932f4e-8b7a-7abc-9def-0123456789ab\","
             "\"operation\":\"cancel\",\"ticketId\":\"%s\"}]}",
             ticket);
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "POST", target, body, &answer), 403);
    /* nor is it for who may import, and a colleague's import is not his */
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_OFFICE, 1005, STAFFED_PIN, manager), 200);
    call.session = manager;
    call.approval = NULL;
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "POST", target, body, &answer), 404);
    CU_ASSERT_EQUAL(approve(&s, DEVICE_OFFICE, manager, 1006, "staff", approval), 200);
    call.approval = approval;
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "POST", "/v1/imports", NULL, &answer), 201);
    snprintf(target, sizeof target, "/v1/imports/%s/operations?at=0", answer_text(&answer, "importId"));
    CU_ASSERT_EQUAL(staffed_ask(&s, &call, "POST", target, body, &answer), 403);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "not_approved");
    answer_release(&answer);
    staffed_stop(&s);
}

/* --- what nobody may say --- */

/* The first outcome's code, or that of the whole answer. */
static void try_one(struct staffed *s, const struct staffed_call *call, const char *operation,
                    char code[40])
{
    struct answer answer = {0};

    text_copy(code, 40, answer_text(&answer, send(s, call, operation, &answer) == 200
                                                 ? "outcomes.0.code"
                                                 : "code"));
    answer_release(&answer);
}

/* A device gives nobody a PIN: it would lock out whoever has it. */
static void test_own_alone(void)
{
    static const char *const operations[] = {
        "{\"operation\":\"pin\",\"number\":1006,\"pin\":\"x\",\"password\":\"x\"}",
        "{\"operation\":\"sign\",\"number\":1006,\"event\":\"on\"}",
        "{\"operation\":\"sign\",\"number\":1003,\"event\":\"off\"}",
        "{\"operation\":\"shift-open\"}",
    };
    static const struct staffed_call alone = {.device = DEVICE_ALONE};
    char session[STAFFED_HEADER_SIZE], code[40];
    struct staffed_call call = {.device = DEVICE_TILL, .session = session};
    struct staffed s;

    staffed_start(&s);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        try_one(&s, &alone, operations[i], code);
        CU_ASSERT_STRING_EQUAL(code, "forbidden");
    }
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_OFFICE, 1006, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    try_one(&s, &call, operations[0], code);
    CU_ASSERT_STRING_EQUAL(code, "not_permitted");
    try_one(&s, &call, operations[1], code); /* nor does a colleague write it down */
    CU_ASSERT_STRING_EQUAL(code, "forbidden");
    try_one(&s, &call, operations[2], code);
    CU_ASSERT_STRING_EQUAL(code, "ok");
    staffed_stop(&s);
}

/* Limits hold whatever is said of the time and the machine. */
static void test_told(void)
{
    struct operation limit = {.kind = OP_LIMIT, .limit = {.name = "own-cancels", .value = 1}};
    struct journal_query query = {.kind = "book", .device = "office", .limit = 10};
    struct journal_list list = {0};
    char session[STAFFED_HEADER_SIZE], operation[160], code[40], ticket[20];
    struct staffed_call till = {.device = DEVICE_TILL, .session = session};
    struct staffed_call nowhere = {.device = DEVICE_COUNT, .session = session};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_apply(&s, &limit), TK_OK);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1004, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(book(&s, &till, ticket), 201);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    snprintf(operation, sizeof operation,
             "{\"operation\":\"cancel\",\"ticketId\":\"%s\",\"cutOff\":true}", ticket);
    try_one(&s, &till, operation, code);
    CU_ASSERT_STRING_EQUAL(code, "forbidden");
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_COUNT, 1003, STAFFED_PASSWORD, session), 200);
    try_one(&s, &nowhere, operation, code);
    CU_ASSERT_STRING_EQUAL(code, "forbidden");
    snprintf(operation, sizeof operation,
             "{\"operation\":\"book\",\"slotId\":%" PRId64 ",\"device\":\"office\"}", s.slot);
    try_one(&s, &nowhere, operation, code);
    CU_ASSERT_STRING_EQUAL(code, "ok");
    CU_ASSERT_EQUAL(s.store->ops->list_journal(s.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 0);
    journal_list_release(&list);
    staffed_stop(&s);
}

/* What is made into a verifier is as good as what is set elsewhere. */
static void test_weak_secrets(void)
{
    static const char *const weak[] = {"", "1", "123456", "222222", "ab", "short words"};
    char session[STAFFED_HEADER_SIZE], body[80];
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        snprintf(body, sizeof body, "{\"number\":1003,\"secret\":\"%s\"}", weak[i]);
        CU_ASSERT_NOT_EQUAL(ask(&s, DEVICE_TILL, session, "POST", "/v1/verifiers", body, &answer), 200);
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "bad_pin");
    }
    answer_release(&answer);
    staffed_stop(&s);
}

/* Who gives himself a verifier that takes an hour does not hold up the others at the desk. */
static void test_dear_verifier(void)
{
    static const char dear[] =
        "{\"operation\":\"pin\",\"number\":1003,\"pin\":\"$argon2id$v=19$m=65536,t=100000,p=1$"
        "sEtDLs8JmWzJIHHDHoo2ZQ$xav78JtYDHF/Z61PUCn+sK+IDOO87eo9G9T0vNmIuuA\"}";
    char session[STAFFED_HEADER_SIZE], code[40];
    struct staffed_call call = {.device = DEVICE_TILL, .session = session};
    struct staffed s;

    staffed_start(&s);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    try_one(&s, &call, dear, code);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 401);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1004, STAFFED_PIN, session), 200);
    staffed_stop(&s);
}

/* --- devices that come with a code --- */

static int enrol(struct staffed *s, const char *code, const char *token, const char *key,
                 struct answer *answer)
{
    struct staffed_call call = {.device = DEVICE_COUNT, .key = key};
    char body[160];

    snprintf(body, sizeof body, "{\"code\":\"%s\",\"token\":\"%s\"}", code, token);
    return staffed_ask(s, &call, "POST", "/v1/enrolments", body, answer);
}

static void invite(struct staffed *s, const char *name, uint64_t random,
                   char code[INVITE_CODE_SIZE])
{
    struct operation operation = {
        .kind = OP_INVITE,
        .invite = {.role = ROLE_CLERK, .attended = true, .until = s->now + INVITE_LASTS}};

    invite_code_print(code, random);
    invite_code_hash(code, operation.invite.code_hash);
    text_copy(operation.invite.name, sizeof operation.invite.name, name);
    CU_ASSERT_EQUAL(staffed_apply(s, &operation), TK_OK);
}

static void test_enrolment(void)
{
    static const char one[] = "tly_0123456789abcdefghjkmnpqrstvwxyz", /* two that devices made */
        two[] = "tly_z123456789abcdefghjkmnpqrstvwxyz";
    char code[INVITE_CODE_SIZE], late[INVITE_CODE_SIZE], wrong[INVITE_CODE_SIZE];
    struct answer answer = {0};
    int refused = 0;
    struct staffed s;

    staffed_start(&s);
    invite(&s, "new", 1234567, code);
    invite(&s, "late", 7654321, late);
    invite_code_print(wrong, 99);
    CU_ASSERT_EQUAL(enrol(&s, wrong, one, "a", &answer), 403);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "bad_code");
    CU_ASSERT_EQUAL(enrol(&s, code, one, "b", &answer), 201);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "deviceName"), "new");
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "role"), "clerk");
    CU_ASSERT_EQUAL(enrol(&s, code, one, "b", &answer), 201); /* the answer was lost */
    CU_ASSERT_EQUAL(enrol(&s, code, two, "c", &answer), 403); /* used */
    CU_ASSERT_EQUAL(enrol(&s, code, one, "d", &answer), 403);
    text_copy(s.tokens[DEVICE_ALONE], TOKEN_SIZE, one);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_ALONE, NULL, "GET", "/v1/store", NULL, &answer), 200);
    CU_ASSERT_EQUAL(ask(&s, DEVICE_ALONE, NULL, "GET", "/v1/slots", NULL, &answer),
                    401); /* attended */
    s.now += INVITE_LASTS;
    CU_ASSERT_EQUAL(enrol(&s, late, two, "e", &answer), 403);
    for (int i = 0; i < 40; i++) { /* who guesses is slowed down */
        invite_code_print(wrong, 100 + (uint64_t)i);
        refused += enrol(&s, wrong, two, NULL, &answer) == 429;
    }
    CU_ASSERT(refused >= 10);
    answer_release(&answer);
    staffed_stop(&s);
}

/* --- a guesser --- */

/* A PIN a minute for a day, and what else it takes: it finds nothing, and holds up nobody
 * elsewhere. */
static void test_guesser(void)
{
    char session[STAFFED_HEADER_SIZE];
    uint64_t seed = test_seed();
    int tried = 0, held_up = 0, found = 0, locked = 0;
    struct staffed s;

    staffed_start(&s);
    for (int minute = 0; minute < DAY_OF_GUESSES; minute++, s.now += TIME_MINUTE) {
        char pin[12];
        int status;

        snprintf(pin, sizeof pin, "%06u", (unsigned)test_random_below(&seed, 1000000));
        if (strcmp(pin, STAFFED_PIN) == 0)
            continue;
        status = staffed_sign_on(&s, DEVICE_TILL, 1003, pin, session);
        tried += status == 401;
        held_up += status == 429;
        locked += status == 403;
        found += status == 200;
    }
    printf(" (seed %" PRIu64 ": %d tried, %d held up, %d at a locked till)", seed, tried, held_up,
           locked);
    CU_ASSERT_EQUAL(found, 0);
    CU_ASSERT(tried + locked <= 12 + 24 * 4 && tried >= 5);
    CU_ASSERT_EQUAL(tried + held_up + locked, DAY_OF_GUESSES);
    /* the colleague whose number it was signs on at the next device as ever */
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_OFFICE, 1003, STAFFED_PIN, session), 200);
    /* and a supervisor frees the till */
    s.now += TIME_HOUR;
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 403);
    s.now += TIME_HOUR;
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1004, STAFFED_PIN, session), 200);
    CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_TILL, 1003, STAFFED_PIN, session), 200);
    staffed_stop(&s);
}

/* --- records --- */

static int records(struct staffed *s, const char *session, const char *target)
{
    struct answer answer = {0};
    int status = ask(s, DEVICE_OFFICE, session, "GET", target, NULL, &answer);

    CU_ASSERT(!answer.body || !strstr(answer.body, "argon2"));
    answer_release(&answer);
    return status;
}

static void test_records(void)
{
    static const struct {
        const char *target;
        enum role least; /* ROLE_COUNT: nobody */
    } cases[] = {
        {"/v1/records?key=limits", ROLE_USHER},
        {"/v1/records?prefix=staff/", ROLE_CLERK},
        {"/v1/records?key=staff/1003", ROLE_CLERK},
        {"/v1/records?prefix=duty/", ROLE_CLERK},
        {"/v1/records?prefix=shift/", ROLE_CLERK},
        {"/v1/records?prefix=tier/", ROLE_CLERK},
        {"/v1/records?prefix=device/", ROLE_MANAGER},
        {"/v1/records?prefix=seal/", ROLE_MANAGER},
        {"/v1/records?prefix=invite/", ROLE_COUNT},
        {"/v1/records?prefix=s", ROLE_COUNT},
        {"/v1/records", ROLE_COUNT},
        {"/v1/records?prefix=local/", ROLE_COUNT},
        {"/v1/tallies", ROLE_MANAGER},
        {"/v1/tallies?bySlot=true", ROLE_MANAGER},
        {"/v1/journal?actor=%231003", ROLE_MANAGER},
    };
    char session[STAFFED_HEADER_SIZE];
    struct answer answer = {0};
    struct staffed s;

    staffed_start(&s);
    for (int role = ROLE_USHER; role < ROLE_COUNT; role++) {
        CU_ASSERT_EQUAL(staffed_sign_on(&s, DEVICE_OFFICE, staffed_number((enum role)role),
                                        STAFFED_PIN, session),
                        200);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            bool may = cases[i].least < ROLE_COUNT && role_reads((enum role)role, cases[i].least);
            int status = records(&s, session, cases[i].target);

            if (status != (may ? 200 : 403))
                printf("\n    %s as %s: %d\n", cases[i].target, role_name((enum role)role), status);
            CU_ASSERT_EQUAL(status, may ? 200 : 403);
        }
    }
    CU_ASSERT_EQUAL(
        ask(&s, DEVICE_OFFICE, session, "GET", "/v1/records?prefix=staff/&limit=2", NULL, &answer),
        200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "records")), 2);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "records.0.value.pin"), "");
    CU_ASSERT_PTR_NOT_NULL(answer_header(&answer, "Link"));
    answer_release(&answer);
    staffed_stop(&s);
}

SUITE(staff_http, {"right, wrong and unknown are told apart by nobody else", test_sign_on},
      {"who signed on, or could not, stands in the journal", test_noted},
      {"a session is good here, now, and while its member is", test_sessions},
      {"a session ends with the PIN that opened it", test_new_pin},
      {"a revoked token is of no use to whoever signed on", test_revoked},
      {"what is done bears the name of who signed on", test_actors},
      {"a request that comes again does nothing again", test_replayed},
      {"an approval is for one operation", test_approvals},
      {"an approval shows nothing, and is for no import", test_approval_reach},
      {"a device gives nobody a PIN, and nobody signs on another", test_own_alone},
      {"limits hold whatever is said of time and machine", test_told},
      {"no verifier is made of a weak secret", test_weak_secrets},
      {"a verifier that costs more than others is nobody's", test_dear_verifier},
      {"a code lets one device in, once, in time", test_enrolment},
      {"a day of guesses finds nothing and locks nobody else out", test_guesser},
      {"records are for those whose they are", test_records})
