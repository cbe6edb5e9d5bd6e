/* What doors may: the real program, with tokens. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/admission.h"
#include "core/text.h"
#include "data/remote/remote_store.h"
#include "tests/http/v1_shop.h"

#define FORGED "7K3QF9XW2MAB3DE12345"

struct sold {
    char ticket[20], pass[PASS_SIZE];
};

struct crew {
    struct shop shop;
    char bearers[ROLE_COUNT][PROCESS_BEARER_SIZE], other_door[PROCESS_BEARER_SIZE];
    struct answer answer;
};

static void crew_start(struct crew *crew)
{
    *crew = (struct crew){0};
    shop_start(&crew->shop, true);
    for (int role = 0; role < ROLE_COUNT; role++)
        CU_ASSERT(process_bearer(&crew->shop.process, (enum role)role, crew->bearers[role]));
    CU_ASSERT(process_bearer(&crew->shop.process, ROLE_DOOR, crew->other_door));
}

static void crew_end(struct crew *crew)
{
    answer_release(&crew->answer);
    shop_end(&crew->shop);
}

static int ask(struct crew *crew, const char *bearer, const char *method, const char *target,
               const char *body)
{
    crew->shop.bearer = bearer;
    return shop_call(&crew->shop, &crew->answer, method, target, body);
}

static int64_t crew_schedule(struct crew *crew, int hours)
{
    crew->shop.bearer = crew->bearers[ROLE_MANAGER];
    return shop_schedule(&crew->shop, "Up", hours, 20);
}

static struct sold crew_sell(struct crew *crew, int64_t slot, const char *name)
{
    struct sold sold;
    char body[200];

    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"userName\":\"%s\",\"phoneNumber\":\"01712345\"}", slot,
             name);
    CU_ASSERT_EQUAL_FATAL(ask(crew, crew->bearers[ROLE_CLERK], "POST", "/v1/tickets", body), 201);
    text_copy(sold.ticket, sizeof sold.ticket, answer_text(&crew->answer, "tickets.0.ticketId"));
    text_copy(sold.pass, sizeof sold.pass, answer_text(&crew->answer, "tickets.0.pass"));
    return sold;
}

/* Who let in is the token's device; only that door takes it back, and each has its count. */
static void test_doors(void)
{
    struct crew crew;
    struct sold sold;
    char body[100], target[80], device[DEVICE_SIZE];
    const char *doors[2];
    int64_t slot;

    crew_start(&crew);
    doors[0] = crew.bearers[ROLE_DOOR];
    doors[1] = crew.other_door;
    slot = crew_schedule(&crew, 0);
    for (int i = 0; i < 2; i++) {
        sold = crew_sell(&crew, slot, "Jo");
        snprintf(body, sizeof body, "{\"code\":\"%s\"}", sold.pass);
        CU_ASSERT_EQUAL(ask(&crew, doors[i], "POST", "/v1/admissions", body), 200);
        CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "verdict"), "admitted");
    }
    snprintf(target, sizeof target, "/v1/tickets/%s", sold.ticket);
    CU_ASSERT_EQUAL(ask(&crew, doors[0], "GET", target, NULL), 200);
    text_copy(device, sizeof device, answer_text(&crew.answer, "admittedBy"));
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/admissions", slot);
    CU_ASSERT_EQUAL(ask(&crew, doors[0], "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&crew.answer, "slotId"), slot);
    CU_ASSERT_EQUAL(answer_number(&crew.answer, "expected"), 2);
    CU_ASSERT_EQUAL(answer_number(&crew.answer, "admitted"), 2);
    CU_ASSERT_EQUAL(json_count(answer_value(&crew.answer, "doors")), 2);
    CU_ASSERT_EQUAL(answer_number(&crew.answer, "doors.0.admitted"), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "doors.1.deviceName"), device);
    CU_ASSERT(*answer_text(&crew.answer, "doors.1.lastAt") != '\0');
    snprintf(target, sizeof target, "/v1/admissions/%s", sold.ticket);
    CU_ASSERT_EQUAL(ask(&crew, doors[0], "DELETE", target, NULL), 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "code"), "other_door");
    CU_ASSERT_EQUAL(ask(&crew, doors[1], "DELETE", target, NULL), 200);
    CU_ASSERT_PTR_NULL(strstr(crew.answer.body, "Jo")); /* to a door, nameless */
    crew_end(&crew);
}

static void test_roles(void)
{
    struct crew crew;
    struct sold sold;
    const char *reader, *door;
    char body[300], target[80];
    int64_t slot;

    crew_start(&crew);
    reader = crew.bearers[ROLE_READER];
    door = crew.bearers[ROLE_DOOR];
    slot = crew_schedule(&crew, 0);
    sold = crew_sell(&crew, slot, "Jo");
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", sold.pass);
    CU_ASSERT_EQUAL(ask(&crew, reader, "POST", "/v1/admissions", body), 403);
    snprintf(target, sizeof target, "/v1/admissions/%s", sold.ticket);
    CU_ASSERT_EQUAL(ask(&crew, reader, "DELETE", target, NULL), 403);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/admissions", slot);
    CU_ASSERT_EQUAL(ask(&crew, reader, "GET", target, NULL), 403);
    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"admit\",\"device\":\"other\",\"ticketId\":\"%s\"},"
             "{\"operation\":\"cancel\",\"ticketId\":\"%s\"}]}",
             sold.ticket, sold.ticket);
    CU_ASSERT_EQUAL(ask(&crew, reader, "POST", "/v1/operations", body), 403);
    CU_ASSERT_EQUAL(ask(&crew, door, "POST", "/v1/operations", body), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "outcomes.0.code"), "ok");
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "outcomes.1.code"), "forbidden");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&crew.answer, "outcomes.1.message"),
                                  "Canceling needs a token of the role clerk; that of “"));
    CU_ASSERT_EQUAL(ask(&crew, door, "GET", target, NULL), 200);
    CU_ASSERT_STRING_NOT_EQUAL(answer_text(&crew.answer, "doors.0.deviceName"), "other");
    crew_end(&crew);
}

static int get_key(struct crew *crew, enum role role, int64_t slot)
{
    char target[60];

    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/key", slot);
    return ask(crew, crew->bearers[role], "GET", target, NULL);
}

/* A door that is stolen gives away no more than tonight. */
static void test_keys(void)
{
    struct crew crew;
    int64_t now, soon, later, over;

    crew_start(&crew);
    now = crew_schedule(&crew, 0);
    soon = crew_schedule(&crew, 2);
    later = crew_schedule(&crew, 5);
    over = crew_schedule(&crew, -4);
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_DOOR, now), 200);
    CU_ASSERT_EQUAL(strlen(answer_text(&crew.answer, "key")), 64);
    CU_ASSERT(answer_number(&crew.answer, "generation") >= 0);
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_DOOR, soon), 200);
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_DOOR, later), 403);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "code"), "forbidden");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(answer_text(&crew.answer, "detail"), "2 hours before admission opens"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&crew.answer, "detail"), "too early for Up"));
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_DOOR, over), 403);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&crew.answer, "detail"), "over: Up"));
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_CLERK, later), 200);
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_CLERK, over), 200);
    CU_ASSERT_EQUAL(get_key(&crew, ROLE_READER, now), 403);
    crew_end(&crew);
}

static size_t find(struct crew *crew, const char *text)
{
    char target[100];

    snprintf(target, sizeof target, "/v1/tickets?find=%s", text);
    CU_ASSERT_EQUAL(ask(crew, crew->bearers[ROLE_DOOR], "GET", target, NULL), 200);
    return json_count(answer_value(&crew->answer, "tickets"));
}

/* When the phone is at home: by name or number, of showings that are about to begin. */
static void test_find(void)
{
    static const char *const nobody[] = {"/v1/tickets?find=", "/v1/tickets?find=&limit=1"};
    struct crew crew;
    struct sold tonight, later;
    char target[80];

    crew_start(&crew);
    tonight = crew_sell(&crew, crew_schedule(&crew, 0), "Annamarita"); /* ten letters of base 32 */
    later = crew_sell(&crew, crew_schedule(&crew, 48), "Annamarita");
    CU_ASSERT_EQUAL(find(&crew, "annamarita"), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.ticketId"), tonight.ticket);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.userName"), "Annamarita");
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.phoneNumber"), "****2345");
    CU_ASSERT_PTR_NULL(answer_value(&crew.answer, "tickets.0.pass"));
    CU_ASSERT_EQUAL(find(&crew, "2345&limit=1"), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.ticketId"), tonight.ticket);
    CU_ASSERT_EQUAL(find(&crew, tonight.ticket), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.userName"), "Annamarita");
    CU_ASSERT_EQUAL(find(&crew, later.pass), 1); /* by number or pass any, without a name */
    CU_ASSERT_PTR_NULL(strstr(crew.answer.body, "Annamarita"));
    CU_ASSERT_PTR_NULL(strstr(crew.answer.body, "2345"));
    snprintf(target, sizeof target, "/v1/tickets/%s", tonight.ticket);
    CU_ASSERT_EQUAL(ask(&crew, crew.bearers[ROLE_DOOR], "GET", target, NULL), 200);
    CU_ASSERT_PTR_NULL(strstr(crew.answer.body, "Annamarita"));
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
        CU_ASSERT_EQUAL(ask(&crew, crew.bearers[ROLE_DOOR], "GET", nobody[i], NULL), 403);
    CU_ASSERT_EQUAL(
        ask(&crew, crew.bearers[ROLE_CLERK], "GET", "/v1/tickets?find=annamarita", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&crew.answer, "tickets")), 2);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.phoneNumber"), "01712345");
    crew_end(&crew);
}

/* People come to a showing, and others to others before and after them. */
static void crew_sell_many(struct crew *crew, int64_t slot, const char *name, int from, int count)
{
    struct buffer body;

    buffer_init(&body, 1 << 20);
    buffer_add_text(&body, "{\"operations\":[");
    for (int i = from; i < from + count; i++) {
        char operation[200];

        snprintf(operation, sizeof operation,
                 "%s{\"operation\":\"book\",\"slotId\":%" PRId64
                 ",\"userName\":\"%s%d\",\"phoneNumber\":\"0171%06d\"}",
                 i > from ? "," : "", slot, name, i, i);
        buffer_add_text(&body, operation);
    }
    buffer_add_text(&body, "]}");
    CU_ASSERT_EQUAL(
        ask(crew, crew->bearers[ROLE_CLERK], "POST", "/v1/operations", buffer_text(&body)), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew->answer, "outcomes.0.code"), "ok");
    buffer_release(&body);
}

/* However many have such a name, bought more tickets, or bought later. */
static void test_find_among_many(void)
{
    struct crew crew;
    struct sold tonight;
    char target[100];
    int64_t slot, other, later;

    crew_start(&crew);
    slot = crew_schedule(&crew, 0);
    other = crew_schedule(&crew, 0);
    crew.shop.bearer = crew.bearers[ROLE_MANAGER];
    later = shop_schedule(&crew.shop, "Up", 48, 2000);
    tonight = crew_sell(&crew, slot, "Annamaria");
    for (int i = 0; i < 6; i++)
        crew_sell_many(&crew, later, "Annamaria", i * 100, 100);
    CU_ASSERT_EQUAL(find(&crew, "annamaria"), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.ticketId"), tonight.ticket);
    crew_sell(&crew, other, "Annamaria");
    CU_ASSERT_EQUAL(find(&crew, "annamaria"), 2);
    snprintf(target, sizeof target, "annamaria&slotId=%" PRId64 ",%" PRId64, slot, later);
    CU_ASSERT_EQUAL(find(&crew, target), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "tickets.0.ticketId"), tonight.ticket);
    snprintf(target, sizeof target, "%s&slotId=%" PRId64, tonight.ticket, other);
    CU_ASSERT_EQUAL(find(&crew, target), 0);
    snprintf(target, sizeof target, "annamaria&slotId=%" PRId64, later);
    CU_ASSERT_EQUAL(find(&crew, target), 0);
    snprintf(target, sizeof target, "/v1/tickets?find=annamaria599&slotId=%" PRId64, later);
    CU_ASSERT_EQUAL(ask(&crew, crew.bearers[ROLE_CLERK], "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&crew.answer, "tickets")), 1);
    snprintf(target, sizeof target, "/v1/customers?name=annamaria&slotId=%" PRId64, slot);
    CU_ASSERT_EQUAL(ask(&crew, crew.bearers[ROLE_CLERK], "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&crew.answer, "customers")), 1);
    CU_ASSERT_EQUAL(
        ask(&crew, crew.bearers[ROLE_DOOR], "GET", "/v1/tickets?find=an&slotId=x", NULL), 422);
    CU_ASSERT_EQUAL(
        ask(&crew, crew.bearers[ROLE_DOOR], "GET", "/v1/tickets?find=an&userId=U1", NULL), 400);
    crew_end(&crew);
}

/* Whoever has a token of a door does not learn by scans who comes on other days. */
static void test_names(void)
{
    static const struct {
        int hours;
        enum role role;
        bool named;
    } cases[] = {{0, ROLE_DOOR, true}, {2, ROLE_DOOR, true}, {48, ROLE_DOOR, false},
                 {48, ROLE_CLERK, true}};
    struct crew crew;
    struct sold sold;
    char body[100];

    crew_start(&crew);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *bearer = crew.bearers[cases[i].role];

        sold = crew_sell(&crew, crew_schedule(&crew, cases[i].hours), "Annamarita");
        for (int by_code = 0; by_code < 2; by_code++) {
            snprintf(body, sizeof body, "{\"%s\":\"%s\"}", by_code ? "code" : "ticketId",
                     by_code ? sold.pass : sold.ticket);
            CU_ASSERT_EQUAL(ask(&crew, bearer, "POST", "/v1/admissions", body), 200);
            CU_ASSERT_EQUAL(strstr(crew.answer.body, "Annamarita") != NULL, cases[i].named);
            CU_ASSERT_STRING_EQUAL(answer_text(&crew.answer, "ticketId"), sold.ticket);
        }
    }
    crew_end(&crew);
}

/* Wrong passes at one door hold up no other. */
static void test_other_door(void)
{
    struct crew crew;

    crew_start(&crew);
    for (int i = 0; i <= WRONG_PASSES_FREE; i++)
        CU_ASSERT_EQUAL(ask(&crew, crew.bearers[ROLE_DOOR], "POST", "/v1/admissions",
                            "{\"code\":\"" FORGED "\"}"),
                        i < WRONG_PASSES_FREE ? 200 : 429);
    CU_ASSERT_EQUAL(
        ask(&crew, crew.other_door, "POST", "/v1/admissions", "{\"code\":\"" FORGED "\"}"), 200);
    crew_end(&crew);
}

SUITE(v1_doors, {"the door is the token's; it alone takes back, and has its count", test_doors},
      {"readers let nobody in, doors do nothing else", test_roles},
      {"a door gets keys of showings that are near", test_keys},
      {"and finds people who come to those", test_find},
      {"however many others there are", test_find_among_many},
      {"a scan tells it no names of other days", test_names},
      {"wrong passes at one door hold up no other", test_other_door})
