/* /v1/sync, /v1/allotments and /v1/disputes of a running service, asked as a till does and as
   nobody should. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/sync.h"
#include "core/text.h"
#include "core/wire.h"
#include "data/remote/remote_line.h"
#include "tests/http/v1_shop.h"

#define BIG ((size_t)8 << 20)

/* A till in the eyes of its centre. */
struct till {
    struct shop shop;
    char bearer[PROCESS_BEARER_SIZE];
    struct sync_line *line;
    struct sync_request request; /* whose lists are made for each exchange */
    struct sync_reply reply;
    struct tk_error error;
    uint8_t ids; /* of operations, made so far */
};

static void till_line(struct till *till)
{
    struct remote_options options = {.url = till->shop.process.url, .timeout_ms = 20000};

    if (till->bearer[0])
        options.token = till->bearer + strlen("Authorization: Bearer ");
    CU_ASSERT_EQUAL_FATAL(remote_line_open(&options, &till->line, &till->error), TK_OK);
}

static void till_start(struct till *till, bool tokens, enum role role)
{
    *till = (struct till){.line = NULL};
    shop_start(&till->shop, tokens);
    if (tokens) {
        CU_ASSERT_FATAL(process_bearer(&till->shop.process, role, till->bearer));
        till->shop.bearer = till->bearer;
    }
    text_copy(till->request.device, sizeof till->request.device, "Till 9");
    till_line(till);
}

static void till_end(struct till *till)
{
    till->line->ops->close(till->line);
    sync_request_release(&till->request);
    sync_reply_release(&till->reply);
    shop_end(&till->shop);
}

static enum tk_code till_ask(struct till *till)
{
    sync_reply_release(&till->reply);
    till->error.message[0] = '\0';
    return till->line->ops->exchange(till->line, &till->request, &till->reply, 20000, &till->error);
}

/* What a till becomes: a copy of this centre. */
static void till_adopt(struct till *till)
{
    static const uint8_t noise[10] = {3, 1, 4};
    const struct mirror_identity *identity = &till->reply.identity;

    CU_ASSERT_EQUAL_FATAL(till_ask(till), TK_OK);
    CU_ASSERT_EQUAL(till->reply.rows.slots.count, 0); /* a stranger gets nothing else */
    text_copy(till->request.centre, sizeof till->request.centre, identity->centre);
    text_copy(till->request.device, sizeof till->request.device, identity->device);
    till->request.era = identity->era;
    till->request.replica = op_id_make(till->reply.now / 1000, noise);
    till->request.all = true;
    till->request.to = INT64_MAX;
}

static struct operation till_sale(struct till *till, int64_t slot, int64_t count)
{
    struct operation sale = {.kind = OP_BOOK, .at = till->reply.now};

    sale.id = op_id_make(till->reply.now / 1000, (uint8_t[10]){9, [9] = ++till->ids});
    text_copy(sale.actor, sizeof sale.actor, "Priya");
    text_copy(sale.device, sizeof sale.device, till->request.device);
    sale.book.slot.id = slot;
    sale.book.count = count;
    return sale;
}

/* A sale made cut off is added to the queue, with numbers of the till's block. */
static void till_queue(struct till *till, int64_t slot, int64_t count)
{
    const struct number_block *block = till->reply.rows.blocks.items;
    struct mirror_entry entry = {.seq = ++till->request.seq};

    entry.operation = till_sale(till, slot, count);
    entry.operation.cut_off = true;
    entry.operation.book.first_ticket =
        id_make(&till->reply.identity.id_key, ID_TICKET, block->next);
    CU_ASSERT_EQUAL(mirror_entry_list_add(&till->request.entries, &entry), TK_OK);
}

/* --- a till and its centre --- */

static void check_first_copy(const struct till *till, int64_t slot)
{
    const struct mirror_rows *rows = &till->reply.rows;

    CU_ASSERT_EQUAL_FATAL(rows->slots.count, 1);
    CU_ASSERT_EQUAL(rows->slots.items[0].slot.id, slot);
    CU_ASSERT(rows->slots.items[0].whole);
    CU_ASSERT_EQUAL(rows->tickets.count, 3);
    CU_ASSERT(till->reply.version > 0 && !till->reply.more);
    CU_ASSERT_EQUAL(till->reply.standing, STANDING_GOOD);
    CU_ASSERT_FATAL(rows->blocks.count == 1 && rows->all_blocks && rows->all_disputes);
    CU_ASSERT_EQUAL(rows->blocks.items[0].count, NUMBER_BLOCK_SIZE);
    CU_ASSERT_FATAL(rows->allotments.count == 1);
    CU_ASSERT_EQUAL(till->reply.granted, allotment_held(&rows->allotments.items[0]));
    CU_ASSERT(till->reply.granted > 0);
}

/* The queue is taken once, however often it is sent. */
static void check_queue(struct till *till, int64_t slot)
{
    struct answer answer = {0};
    uint64_t first;

    till_queue(till, slot, 2);
    first = till->request.entries.items[0].operation.book.first_ticket;
    for (int i = 0; i < 2; i++) {
        const struct mirror_answer *said;

        CU_ASSERT_EQUAL_FATAL(till_ask(till), TK_OK);
        CU_ASSERT_EQUAL(till->reply.taken_seq, 1);
        CU_ASSERT_EQUAL_FATAL(till->reply.answers.count, 1);
        said = till->reply.answers.items;
        CU_ASSERT(said->seq == 1 && said->outcome.code == TK_OK && said->outcome.count == 2);
        CU_ASSERT_EQUAL(said->outcome.ticket_id, first);
        CU_ASSERT_EQUAL(said->outcome.replayed, i == 1);
    }
    shop_call(&till->shop, &answer, "GET", "/v1/allotments?held=true", NULL);
    CU_ASSERT_EQUAL(answer_number(&answer, "allotments.0.sold"), 2);
    CU_ASSERT_EQUAL(answer_number(&answer, "allotments.0.slotId"), slot);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "allotments.0.deviceName"), till->request.device);
    answer_release(&answer);
}

static void check_online(struct till *till, int64_t slot)
{
    struct operation sale = till_sale(till, slot, 1), dear = till_sale(till, slot, 90);

    mirror_entry_list_release(&till->request.entries);
    till->request.base_seq = till->request.seq;
    CU_ASSERT_EQUAL(operation_list_add(&till->request.operations, &sale), TK_OK);
    CU_ASSERT_EQUAL(operation_list_add(&till->request.operations, &dear), TK_OK);
    memset(till->request.base_hash, 0, sizeof till->request.base_hash);
    CU_ASSERT_EQUAL(till_ask(till), TK_OK);
    CU_ASSERT_EQUAL(till->reply.standing,
                    STANDING_QUARANTINED);               /* that hash is not its chain's … */
    CU_ASSERT_EQUAL_FATAL(till->reply.outcome_count, 2); /* … but it sells all the same */
    CU_ASSERT(till->reply.outcomes[0].code == TK_OK && till->reply.outcomes[0].ticket_id);
    CU_ASSERT_EQUAL(till->reply.outcomes[1].code, TK_NOT_ENOUGH_PLACES);
}

static void check_till(bool tokens)
{
    struct till till;
    int64_t slot;

    till_start(&till, tokens, ROLE_MANAGER);
    slot = shop_schedule(&till.shop, "Up", 2, 100);
    CU_ASSERT_EQUAL(shop_book(&till.shop, slot, 3, NULL), 201);
    till_adopt(&till);
    CU_ASSERT_EQUAL(strcmp(till.reply.identity.device, "Till 9") == 0, !tokens);
    CU_ASSERT_EQUAL(till.reply.identity.role, tokens ? ROLE_MANAGER : ROLE_ADMIN);
    till.request.review = true;
    CU_ASSERT_EQUAL_FATAL(till_ask(&till), TK_OK);
    check_first_copy(&till, slot);
    check_queue(&till, slot);
    check_online(&till, slot);
    till_end(&till);
}

static void test_till(void)
{
    check_till(false);
}

static void test_token(void)
{
    check_till(true);
}

/* What the queue brings that cannot be is a dispute, which a person closes. */
static void test_dispute(void)
{
    struct answer answer = {0};
    struct till till;
    int64_t slot;
    char body[200], target[100];

    till_start(&till, false, ROLE_ADMIN);
    slot = shop_schedule(&till.shop, "Up", 2, 100);
    till_adopt(&till);
    till.request.review = true;
    CU_ASSERT_EQUAL_FATAL(till_ask(&till), TK_OK);
    till_queue(&till, slot, 60); /* more than it holds */
    CU_ASSERT_EQUAL_FATAL(till_ask(&till), TK_OK);
    CU_ASSERT_EQUAL_FATAL(till.reply.answers.count, 1);
    CU_ASSERT_EQUAL(till.reply.answers.items[0].outcome.code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL_FATAL(till.reply.rows.disputes.count, 1);
    shop_call(&till.shop, &answer, "GET", "/v1/disputes?open=true", NULL);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "disputes.0.code"), "not_allotted");
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "disputes.0.operation"), "book");
    CU_ASSERT_EQUAL(answer_number(&answer, "disputes.0.numTickets"), 60);
    CU_ASSERT(*answer_text(&answer, "disputes.0.message"));
    snprintf(target, sizeof target, "/v1/disputes?disputeId=%s",
             answer_text(&answer, "disputes.0.disputeId"));
    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"close\",\"operationId\":\"%s\",\"actor\":\"Ann\","
             "\"reason\":\"Paid back.\"}]}",
             answer_text(&answer, "disputes.0.disputeId"));
    shop_call(&till.shop, &answer, "POST", "/v1/operations", body);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.0.code"), "ok");
    shop_call(&till.shop, &answer, "GET", "/v1/disputes?open=true", NULL);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "disputes")), 0);
    shop_call(&till.shop, &answer, "GET", target, NULL);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "disputes.0.closedBy"), "Ann");
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "disputes.0.reason"), "Paid back.");
    answer_release(&answer);
    till_end(&till);
}

/* The store behind the line has all that is held and disputed, page by page as well. */
static void test_lists(void)
{
    struct allotment_query query = {.held = true};
    struct dispute_query disputes = {.open = true};
    struct allotment_list list = {0};
    struct dispute_list none = {0};
    struct replica_list replicas = {0};
    struct number_block_list blocks = {0};
    struct answer answer = {0};
    struct store *store = NULL;
    struct till till;
    char next[300];

    till_start(&till, false, ROLE_ADMIN);
    for (int i = 0; i < 3; i++)
        shop_schedule(&till.shop, i ? "Up" : "Down", 2 + i, 100);
    till_adopt(&till);
    till.request.review = true;
    CU_ASSERT_EQUAL_FATAL(till_ask(&till), TK_OK);
    CU_ASSERT_EQUAL_FATAL(till.line->ops->store(till.line, &store, &till.error), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_allotments(store, &query, &list, &till.error), TK_OK);
    CU_ASSERT_EQUAL(list.count, 3);
    CU_ASSERT_EQUAL(store->ops->list_disputes(store, &disputes, &none, &till.error), TK_OK);
    CU_ASSERT_EQUAL(none.count, 0);
    CU_ASSERT_EQUAL(store->ops->list_replicas(store, NULL, &replicas, &till.error),
                    TK_NOT_IMPLEMENTED);
    CU_ASSERT_EQUAL(store->ops->list_blocks(store, NULL, false, &blocks, &till.error),
                    TK_NOT_IMPLEMENTED);
    CU_ASSERT_EQUAL(shop_call(&till.shop, &answer, "GET",
                              "/v1/allotments?held=true&deviceName=Till+9&limit=2", NULL),
                    200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "allotments")), 2);
    CU_ASSERT_FATAL(shop_next(&answer, next, sizeof next));
    CU_ASSERT_EQUAL(shop_call(&till.shop, &answer, "GET", next, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "allotments")), 1);
    CU_ASSERT_FALSE(shop_next(&answer, next, sizeof next));
    answer_release(&answer);
    allotment_list_release(&list);
    till_end(&till);
}

static void test_parameters(void)
{
    static const char *const bad[] = {
        "/v1/allotments?held=yes",   "/v1/allotments?slotId=x",  "/v1/allotments?limit=0",
        "/v1/allotments?limit=1001", "/v1/allotments?open=true", "/v1/disputes?open=1",
        "/v1/disputes?disputeId=7",  "/v1/disputes?after=x",     "/v1/disputes?afterFound=-1",
    };
    struct answer answer = {0};
    struct shop shop;

    shop_start(&shop, false);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", bad[i], NULL), 400);
    answer_release(&answer);
    shop_end(&shop);
}

/* --- what is refused --- */

static int post(struct shop *shop, struct answer *answer, const char *body)
{
    return shop_call_with(shop, answer, "POST", "/v1/sync", NULL, body);
}

static void test_bodies(void)
{
    static const struct {
        const char *body;
        int status;
        const char *words;
    } bad[] = {
        {NULL, 400, "body is missing"},
        {"", 400, "body is missing"},
        {"[]", 400, "not a JSON object"},
        {"{", 400, "not JSON"},
        {"{}", 422, "“deviceName” is missing"},
        {"{\"deviceName\":\"a\",\"deviceName\":\"b\"}", 400, "not JSON"},
        {"{\"deviceName\":\"a\\u0000\"}", 400, "not JSON"},
        {"{\"deviceName\":\"a\",\"role\":\"admin\"}", 422, "“role”"},
        {"{\"deviceName\":\"a\",\"cursors\":[[1,\"x\"]]}", 422, "cursors[0]"},
        {"{\"deviceName\":\"a\",\"seq\":9999999999999999999}", 400, "not JSON"},
    };
    struct answer answer = {0};
    struct shop shop;

    shop_start(&shop, false);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int status = post(&shop, &answer, bad[i].body);

        if (status != bad[i].status || !strstr(answer_text(&answer, "detail"), bad[i].words))
            printf("\n    %s: %d %s\n", bad[i].body ? bad[i].body : "", status, answer.body);
        CU_ASSERT_EQUAL(status, bad[i].status);
        CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&answer, "detail"), bad[i].words));
    }
    answer_release(&answer);
    shop_end(&shop);
}

/* A body of so many bytes, most of them spaces. */
static void fill_body(struct buffer *body, size_t size)
{
    buffer_init(body, BIG);
    buffer_add_text(body, "{\"deviceName\":\"a\"");
    while (body->length < size - 1)
        buffer_add_char(body, ' ');
    buffer_add_char(body, '}');
    CU_ASSERT_EQUAL(body->length, size);
}

static void test_size(void)
{
    static const struct {
        const char *target;
        size_t size;
        int status;
    } cases[] = {
        {"/v1/sync", SYNC_REQUEST_MAX, 200},
        {"/v1/sync", SYNC_REQUEST_MAX + 1, 413},
        {"/v1/operations", (1u << 20) + 1, 413},
        {"/v1/tickets", (64u << 10) + 1, 413},
    };
    struct answer answer = {0};
    struct shop shop;

    shop_start(&shop, false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer body;

        fill_body(&body, cases[i].size);
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", cases[i].target, buffer_text(&body)),
                        cases[i].status);
        buffer_release(&body);
    }
    answer_release(&answer);
    shop_end(&shop);
}

/* An entry of somebody else, or of a kind that is not the role's, is refused with all there is. */
static void test_others(void)
{
    struct till till;
    int64_t slot;

    till_start(&till, true, ROLE_MANAGER);
    slot = shop_schedule(&till.shop, "Up", 2, 100);
    CU_ASSERT(process_bearer(&till.shop.process, ROLE_CLERK, till.bearer));
    till.line->ops->close(till.line);
    till_line(&till);
    till_adopt(&till);
    till.request.review = true;
    CU_ASSERT_EQUAL_FATAL(till_ask(&till), TK_OK);
    till_queue(&till, slot, 1);
    text_copy(till.request.entries.items[0].operation.device, DEVICE_SIZE, "Till 8");
    CU_ASSERT_EQUAL(till_ask(&till), TK_FORBIDDEN);
    text_copy(till.request.entries.items[0].operation.device, DEVICE_SIZE, till.request.device);
    till.request.entries.items[0].operation.kind = OP_WRITE_OFF;
    till.request.entries.items[0].operation.cut_off = false;
    CU_ASSERT_EQUAL(till_ask(&till), TK_FORBIDDEN);
    till.request.entries.items[0].operation = till_sale(&till, slot, 1);
    CU_ASSERT_EQUAL(till_ask(&till), TK_FORBIDDEN); /* online sales are not for the queue */
    till_end(&till);
}

/* What the request calls itself counts for nothing where there are tokens. */
static void test_names(void)
{
    struct answer answer = {0};
    struct till till;

    till_start(&till, true, ROLE_DOOR);
    CU_ASSERT_EQUAL(post(&till.shop, &answer, "{\"deviceName\":\"Till 1\"}"), 200);
    CU_ASSERT(strcmp(answer_text(&answer, "deviceName"), "Till 1") != 0);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "role"), "door");
    CU_ASSERT_EQUAL(post(&till.shop, &answer, "{}"), 200);
    till.shop.bearer = NULL;
    CU_ASSERT_EQUAL(post(&till.shop, &answer, "{\"deviceName\":\"Till 1\"}"), 401);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "token_required");
    answer_release(&answer);
    till_end(&till);
}

/* Who was revoked is told so by the line, as a code that no proxy can make up. */
static void test_revoked(void)
{
    struct answer answer = {0};
    struct run run = {0};
    struct till till;

    till_start(&till, true, ROLE_CLERK);
    till_adopt(&till);
    CU_ASSERT_EQUAL(process_admin(&till.shop.process, &run, "token", "revoke", "--name",
                                  till.request.device, NULL),
                    0);
    run_release(&run);
    CU_ASSERT_EQUAL(till_ask(&till), TK_TOKEN_REVOKED);
    CU_ASSERT_EQUAL(post(&till.shop, &answer, "{}"), 401);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "token_revoked");
    till.shop.bearer = "Authorization: Bearer tly_00000000000000000000000000000000";
    CU_ASSERT_EQUAL(post(&till.shop, &answer, "{}"), 401); /* one that never was */
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "token_required");
    answer_release(&answer);
    /* under its name there is another now: nothing is left of the one that was revoked */
    CU_ASSERT_EQUAL(process_admin(&till.shop.process, &run, "token", "add", "--name",
                                  till.request.device, "--role", "clerk", NULL),
                    0);
    run_release(&run);
    CU_ASSERT_EQUAL(till_ask(&till), TK_NO_TOKEN);
    till_end(&till);
}

/* What only a queue says is no member of a sale at the front door. */
static void test_front_door(void)
{
    static const char *const members[] = {"\"firstTicketId\":\"TKT0000000001\"", "\"cutOff\":true"};
    struct answer answer = {0};
    struct shop shop;
    int64_t slot;
    char body[200];

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 2, 100);
    for (size_t i = 0; i < 2; i++) {
        snprintf(body, sizeof body, "{\"slotId\":%" PRId64 ",%s}", slot, members[i]);
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/tickets", body), 422);
    }
    answer_release(&answer);
    shop_end(&shop);
}

SUITE(http_v1_sync, {"a till gets its copy, sells cut off and online", test_till},
      {"the same with a token", test_token}, {"what the centre refuses is a dispute", test_dispute},
      {"what tills hold, in pages and through the store", test_lists},
      {"parameters that are none", test_parameters}, {"bodies that are none", test_bodies},
      {"how long a body may be", test_size}, {"nobody speaks for another till", test_others},
      {"the token says who asks", test_names}, {"who was revoked is told so", test_revoked},
      {"a sale at the front door has no numbers of its own", test_front_door})
