/* The replaced API over real sockets: every route, its answers byte for byte, and each deviation
   that assets/API.md lists. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/support/http.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/http/replaced.h"

#define TARGET_SIZE 8192

struct house {
    struct process process;
    struct client client;
    struct answer answer;
    const char *headers[3];
    char ticket[ID_TEXT_MAX]; /* the first of the last sale */
    char user[ID_TEXT_MAX];   /* its customer */
};

static bool house_open(struct house *house, const char *settings)
{
    struct process_options options = {.settings = settings};

    *house = (struct house){.client = {.fd = -1}};
    if (process_start(&house->process, &options) &&
        client_open(&house->client, house->process.url, HTTP_CALL_MS))
        return true;
    CU_FAIL("the service does not start");
    return false;
}

static void house_close(struct house *house)
{
    answer_release(&house->answer);
    client_close(&house->client);
    if (house->process.pid)
        CU_ASSERT_TRUE(process_stop(&house->process));
    process_release(&house->process);
}

/* Asks and keeps the answer; returns its body. */
static const char *ask(struct house *house, const char *method, const char *target,
                       const char *body)
{
    answer_release(&house->answer);
    house->answer = (struct answer){0};
    CU_ASSERT_TRUE(
        client_call(&house->client, method, target, house->headers, body, &house->answer));
    return house->answer.body ? house->answer.body : "";
}

/* POSTs and compares status and body. */
__attribute__((format(printf, 4, 5))) static void expect(struct house *house, const char *target,
                                                         int status, const char *format, ...)
{
    static char wanted[65536];
    const char *body = ask(house, "POST", target, NULL);
    const char *type = answer_header(&house->answer, "Content-Type");
    va_list args;

    va_start(args, format);
    vsnprintf(wanted, sizeof wanted, format, args);
    va_end(args);
    if (house->answer.status != status || strcmp(body, wanted) != 0)
        printf("\n    %s\n      wanted %d %s\n      got    %d %s\n", target, status, wanted,
               house->answer.status, body);
    CU_ASSERT_EQUAL(house->answer.status, status);
    CU_ASSERT_STRING_EQUAL(body, wanted);
    CU_ASSERT(type && strcmp(type, "application/json") == 0);
}

#define ERROR(name, message, type) \
    "{\"loc\":[\"query\",\"" name "\"],\"msg\":\"" message "\",\"type\":\"" type "\"}"
#define MISSING(name) ERROR(name, "field required", "value_error.missing")
#define DETAIL(errors) "{\"detail\":[" errors "]}"
#define NO_TYPE                                                                             \
    "{\"loc\":[\"query\",\"slotType\"],\"msg\":\"value is not a valid enumeration member; " \
    "permitted: 'Movie', 'Documentary', 'Concert'\",\"type\":\"type_error.enum\",\"ctx\":{" \
    "\"enum_values\":[\"Movie\",\"Documentary\",\"Concert\"]}}"
#define NO_GENRE                                                                                   \
    "{\"loc\":[\"query\",\"genre\"],\"msg\":\"value is not a valid enumeration member; "           \
    "permitted: 'Action', 'Adventure', 'Comedy', 'Crime', 'Drama', 'Fantasy', 'Historical', "      \
    "'Historical Fiction', 'Horror', 'Magical Realism', 'Mystery', 'Philosophical', 'Political', " \
    "'Romance', 'Saga', 'Satire', 'Scifi', 'Social', 'Speculative', 'Thriller', 'Urban', "         \
    "'Animation'\",\"type\":\"type_error.enum\",\"ctx\":{\"enum_values\":[\"Action\","             \
    "\"Adventure\",\"Comedy\",\"Crime\",\"Drama\",\"Fantasy\",\"Historical\","                     \
    "\"Historical Fiction\",\"Horror\",\"Magical Realism\",\"Mystery\",\"Philosophical\","         \
    "\"Political\",\"Romance\",\"Saga\",\"Satire\",\"Scifi\",\"Social\",\"Speculative\","          \
    "\"Thriller\",\"Urban\",\"Animation\"]}}"
#define TICKET \
    "{\"ticketId\":\"%s\",\"userId\":\"%s\",\"ticketSlotId\":%lld,\"ticketStatus\":\"%s\"}"
#define NO_SUCH_TICKET "{\"detail\":\"There is no ticket with this number.\"}"

/* Schedules two hours of Drama; returns its id. */
static long long schedule(struct house *house, const char *name, const char *starts)
{
    char target[TARGET_SIZE];

    snprintf(target, sizeof target,
             "/scheduleMovie?slotName=%s&slotDescription=&startTime=%sT10:00&endTime=%sT12:00"
             "&slotType=Movie&genre=Drama",
             name, starts, starts);
    ask(house, "POST", target, NULL);
    CU_ASSERT_EQUAL(house->answer.status, 200);
    return answer_number(&house->answer, "slotId");
}

static void book_target(char target[TARGET_SIZE], const char *user, const char *phone,
                        const char *name, const char *starts, const char *count)
{
    snprintf(target, TARGET_SIZE,
             "/bookTicket?userName=%s&userPhoneNumber=%s&movieName=%s&movieStartTime=%sT10:00"
             "&numTickets=%s",
             user, phone, name, starts, count);
}

/* Sells to Ana; house->ticket and user are set. */
static void book(struct house *house, const char *name, const char *starts, const char *count)
{
    char target[TARGET_SIZE];

    book_target(target, "Ana", "12345", name, starts, count);
    ask(house, "POST", target, NULL);
    CU_ASSERT_EQUAL(house->answer.status, 200);
    text_copy(house->ticket, sizeof house->ticket, answer_text(&house->answer, "0.ticketId"));
    text_copy(house->user, sizeof house->user, answer_text(&house->answer, "0.userId"));
    CU_ASSERT(strlen(house->ticket) == 13 && strncmp(house->ticket, "TKT", 3) == 0);
}

/* --- scheduleMovie --- */

static void schedule_at(struct house *house, const char *starts, const char *ends,
                        const char *shown_start, const char *shown_end)
{
    static long long id = SLOT_ID_FIRST;
    char target[TARGET_SIZE];

    snprintf(target, sizeof target,
             "/scheduleMovie?slotName=Caf%%C3%%A9+%%22X%%22&slotDescription=a%%5Cb&startTime=%s"
             "&endTime=%s&slotType=Concert&genre=Magical%%20Realism",
             starts, ends);
    expect(house, target, 200,
           "{\"slotId\":%lld,\"slotName\":\"Caf\xC3\xA9 \\\"X\\\"\",\"slotDescription\":\"a\\\\b\","
           "\"startTime\":\"%s\",\"endTime\":\"%s\",\"slotType\":\"Concert\","
           "\"genre\":\"Magical Realism\",\"availTickets\":20}",
           id++, shown_start, shown_end);
}

static void test_schedule(void)
{
    struct house house;

    if (house_open(&house, NULL)) {
        schedule_at(&house, "2031-11-01T12:22", "2031-11-01+14:22:30", "2031-11-01T12:22:00",
                    "2031-11-01T14:22:30");
        schedule_at(&house, "2031-11-01T12:22:00.5", "2031-11-02T12:22Z",
                    "2031-11-01T12:22:00.500000", "2031-11-02T12:22:00+00:00");
        schedule_at(&house, "2031-1-1T1:2%2B0530", "2031-1-1T7:2:3-02", "2031-01-01T01:02:00+05:30",
                    "2031-01-01T07:02:03-02:00");
        schedule_at(&house, "1951300800", "1951304400000", "2031-11-01T12:00:00+00:00",
                    "2031-11-01T13:00:00+00:00");
    }
    house_close(&house);
}

#define SCHEDULE "/scheduleMovie?slotDescription=d&slotType=Movie&genre=Crime&"
#define TIMES "startTime=2031-11-01T10:00&endTime=2031-11-01T12:00"

static void test_schedule_refused(void)
{
    static const char too_long[] = DETAIL(
        ERROR("slotName", "This is not text, or longer than 200 bytes.", "value_error.bad_name"));
    char target[TARGET_SIZE];
    struct house house;

    if (house_open(&house, NULL)) {
        expect(
            &house, "/scheduleMovie", 422,
            DETAIL(MISSING("slotName") "," MISSING("slotDescription") "," MISSING(
                "startTime") "," MISSING("endTime") "," MISSING("slotType") "," MISSING("genre")));
        expect(
            &house,
            "/scheduleMovie?genre=crime&slotType=movie&endTime=2031-11-01&startTime=soon"
            "&slotName=%20",
            422,
            DETAIL(ERROR("slotName", "The showing needs a name.", "value_error.bad_name") "," MISSING(
                "slotDescription") "," ERROR("startTime", "invalid datetime format",
                                             "value_error.datetime") "," ERROR("endTime",
                                                                               "invalid datetime format",
                                                                               "value_error.datetime") "," NO_TYPE
                                                                                                       "," NO_GENRE));
        expect(&house, SCHEDULE "slotName=x&startTime=2031-11-01T10:00&endTime=2031-11-01T10:00",
               422,
               DETAIL(ERROR("endTime",
                            "The end must be after the start; after midnight write the next day's "
                            "date.",
                            "value_error.end_before_start")));
        expect(&house, SCHEDULE "slotName=x&startTime=2031-11-01T10:00&endTime=2031-12-01T10:00",
               422,
               DETAIL(ERROR("endTime", "A showing lasts 7 days at most.", "value_error.too_long")));
        expect(&house, SCHEDULE "slotName=x&startTime=1969-12-31T10:00&endTime=inf", 422,
               DETAIL(ERROR("startTime", "A time lies between 1970 and 9999.",
                            "value_error.datetime")));
        expect(&house, SCHEDULE "slotName=x&startTime=nan&endTime=2031-11-01T12:00", 422,
               DETAIL(ERROR("startTime", "cannot convert float NaN to integer", "value_error")));
        expect(&house, SCHEDULE "slotName=a%00b&" TIMES, 422, "%s", too_long);
        expect(&house, SCHEDULE "slotName=%ff&" TIMES, 422, "%s", too_long);
        snprintf(target, sizeof target, SCHEDULE "slotName=%0201d&" TIMES, 1);
        expect(&house, target, 422, "%s", too_long);
        snprintf(target, sizeof target, SCHEDULE "slotName=x&" TIMES "&slotDescription=%01001d", 1);
        expect(&house, target, 422,
               DETAIL(ERROR("slotDescription", "This is not text, or longer than 1000 bytes.",
                            "value_error.bad_text")));
        expect(&house, "/getAllMovieSlots", 200, "[]");
    }
    house_close(&house);
}

/* --- bookTicket --- */

static void test_book(void)
{
    char target[TARGET_SIZE], first[ID_TEXT_MAX], ana[ID_TEXT_MAX];
    struct house house;

    if (house_open(&house, NULL)) {
        long long slot = schedule(&house, "Heat", "2031-11-01");

        book(&house, "Heat", "2031-11-01", "1");
        text_copy(first, sizeof first, house.ticket);
        text_copy(ana, sizeof ana, house.user);
        CU_ASSERT(strlen(ana) == 11 && ana[0] == 'U');
        expect(&house, "/getAllTicketsForMovieSlot?movieName=Heat&movieStartTime=2031-11-01T10:00Z",
               200, "[" TICKET "]", first, ana, slot, "Booked");
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "%203_0%0A&numTickets=%2b03");
        ask(&house, "POST", target, "{\"numTickets\":19}"); /* a body is ignored */
        CU_ASSERT_EQUAL(house.answer.status, 200);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "0.userId"), ana);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "2.ticketStatus"), "Booked");
        CU_ASSERT_EQUAL(answer_number(&house.answer, "2.ticketSlotId"), slot);
        CU_ASSERT_PTR_NULL(answer_value(&house.answer, "3"));
        /* a walk-up */
        book_target(target, "", "", "Heat", "2031-11-01", "1");
        ask(&house, "POST", target, NULL);
        CU_ASSERT_STRING_EQUAL(strstr(house.answer.body, ",\"userId\":"),
                               ",\"userId\":null,\"ticketSlotId\":100000,\"ticketStatus\":"
                               "\"Booked\"}]");
        /* 15 are left */
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "16");
        expect(&house, target, 200, "false");
        book(&house, "Heat", "2031-11-01", "15");
        CU_ASSERT(answer_value(&house.answer, "14") && !answer_value(&house.answer, "15"));
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "1");
        expect(&house, target, 200, "false");
    }
    house_close(&house);
}

static void test_book_false(void)
{
    char target[TARGET_SIZE];
    struct house house;

    if (house_open(&house, NULL)) {
        schedule(&house, "Heat", "2031-11-01");
        schedule(&house, "Past", "2020-11-01");
        book_target(target, "Ana", "12345", "heat", "2031-11-01", "1");
        expect(&house, target, 200, "false"); /* another name */
        book_target(target, "Ana", "12345", "Heat", "2031-11-02", "1");
        expect(&house, target, 200, "false");
        book_target(target, "Ana", "12345", "", "2031-11-01", "1");
        expect(&house, target, 200, "false");
        book_target(target, "Ana", "12345", "Heat", "2031-11-01",
                    "99999999999999999999999999999999999999");
        expect(&house, target, 200, "false");
        book_target(target, "Ana", "12345", "Past", "2020-11-01", "1");
        expect(&house, target, 200, "false"); /* selling has closed */
        expect(&house, "/expireTickets", 200, "true");
        expect(&house, target, 200, "false"); /* expired */
        ask(&house, "POST", "/getAllMovieSlots", NULL);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "0.availTickets"), 20);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "1.availTickets"), 0);
    }
    house_close(&house);
}

#define TOO_FEW                                                                                    \
    "{\"loc\":[\"query\",\"numTickets\"],\"msg\":\"ensure this value is greater than or equal to " \
    "1\",\"type\":\"value_error.number.not_ge\",\"ctx\":{\"limit_value\":1}}"
#define BAD_PHONE                                                                                 \
    ERROR("userPhoneNumber", "A phone number has 3 to 15 digits, with a + in front if you like.", \
          "value_error.bad_phone")
#define HALF                                                                     \
    ERROR("userPhoneNumber", "Give both a name and a phone number, or neither.", \
          "value_error.half_customer")

static void test_book_refused(void)
{
    char target[TARGET_SIZE];
    struct house house;

    if (house_open(&house, NULL)) {
        expect(&house, "/bookTicket?username=Ana", 422,
               DETAIL(MISSING("userName") "," MISSING("userPhoneNumber") "," MISSING(
                   "movieName") "," MISSING("movieStartTime") "," MISSING("numTickets")));
        book_target(target, "Ana", "x1", "Heat", "2031-11-31", "3.0");
        expect(&house, target, 422,
               DETAIL(BAD_PHONE "," ERROR(
                   "movieStartTime", "invalid datetime format",
                   "value_error.datetime") "," ERROR("numTickets", "value is not a valid integer",
                                                     "type_error.integer")));
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "0");
        expect(&house, target, 422, DETAIL(TOO_FEW));
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "-5");
        expect(&house, target, 422, DETAIL(TOO_FEW));
        book_target(target, "Ana", "", "Heat", "2031-11-01", "1");
        expect(&house, target, 422, DETAIL(HALF));
        book_target(target, "", "12345", "Heat", "2031-11-01", "1");
        expect(&house, target, 422, DETAIL(HALF));
        book_target(target, "Ana", "12345%00", "Heat", "2031-11-01", "1");
        expect(&house, target, 422, DETAIL(BAD_PHONE));
        book_target(target, "%ff", "", "Heat", "2031-11-01", "1");
        expect(&house, target, 422,
               DETAIL(ERROR("userName", "This is not text, or longer than 120 bytes.",
                            "value_error.bad_name")));
    }
    house_close(&house);
}

/* --- updateMovieSlotForTicket, cancelTicket --- */

#define UPDATE "/updateMovieSlotForTicket?ticketId="

static void test_update(void)
{
    char target[TARGET_SIZE], fresh[ID_TEXT_MAX];
    struct house house;

    if (house_open(&house, NULL)) {
        long long heat = schedule(&house, "Heat", "2031-11-01");
        long long up = schedule(&house, "Up", "2031-11-01");

        book(&house, "Heat", "2031-11-01", "1");
        snprintf(target, sizeof target, UPDATE "%s&newMovie=Down&newStartTime=2031-11-01T10:00",
                 house.ticket);
        expect(&house, target, 200, "false"); /* no such showing; the ticket stays */
        snprintf(target, sizeof target, UPDATE "%s&newMovie=Up&newStartTime=2031-11-01T10:00",
                 house.ticket);
        ask(&house, "POST", target, NULL);
        text_copy(fresh, sizeof fresh, answer_text(&house.answer, "0.0.ticketId"));
        snprintf(target, sizeof target, "[[" TICKET "]," TICKET "]", fresh, house.user, up,
                 "Booked", house.ticket, house.user, heat, "Canceled");
        CU_ASSERT_STRING_EQUAL(house.answer.body, target);
        CU_ASSERT_STRING_NOT_EQUAL(fresh, house.ticket);
        snprintf(target, sizeof target, UPDATE "%s&newMovie=Up&newStartTime=2031-11-01T10:00",
                 house.ticket);
        ask(&house, "POST", target, NULL);
        CU_ASSERT_EQUAL(house.answer.status, 409);
        CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&house.answer, "detail"), fresh));
        expect(&house, UPDATE "TKT0000000001&newMovie=Up&newStartTime=2031-11-01T10:00", 404,
               "{\"detail\":\"There is no ticket TKT0000000001.\"}");
        expect(&house, UPDATE "first&newMovie=Up&newStartTime=2031-11-01T10:00", 404,
               NO_SUCH_TICKET);
        expect(&house, "/updateMovieSlotForTicket?newStartTime=x", 422,
               DETAIL(MISSING("ticketId") "," MISSING("newMovie") "," ERROR(
                   "newStartTime", "invalid datetime format", "value_error.datetime")));
        book(&house, "Up", "2031-11-01", "19");
        book(&house, "Heat", "2031-11-01", "1");
        snprintf(target, sizeof target, UPDATE "%s&newMovie=Up&newStartTime=2031-11-01T10:00",
                 house.ticket);
        expect(&house, target, 200, "false"); /* full */
        snprintf(target, sizeof target, "/cancelTicket?ticketId=%s", house.ticket);
        expect(&house, target, 200, TICKET, house.ticket, house.user, heat, "Canceled");
    }
    house_close(&house);
}

static void test_cancel(void)
{
    char target[TARGET_SIZE], detail[128];
    struct house house;

    if (house_open(&house, NULL)) {
        long long slot = schedule(&house, "Heat", "2031-11-01");

        book(&house, "Heat", "2031-11-01", "1");
        snprintf(target, sizeof target, "/cancelTicket?ticketId=%s", house.ticket);
        expect(&house, target, 200, TICKET, house.ticket, house.user, slot, "Canceled");
        ask(&house, "POST", target, NULL);
        CU_ASSERT_EQUAL(house.answer.status, 409);
        snprintf(detail, sizeof detail, "{\"detail\":\"Ticket %s was canceled on ", house.ticket);
        CU_ASSERT_EQUAL(strncmp(house.answer.body, detail, strlen(detail)), 0);
        ask(&house, "POST", "/getAllMovieSlots", NULL);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "0.availTickets"), 20);
        expect(&house, "/cancelTicket?ticketId=TKT0000000001", 404,
               "{\"detail\":\"There is no ticket TKT0000000001.\"}");
        expect(&house, "/cancelTicket?ticketId=", 404, NO_SUCH_TICKET);
        expect(&house, "/cancelTicket?ticketId=TKT0000000001%00", 404, NO_SUCH_TICKET);
        expect(&house, "/cancelTicket", 422, DETAIL(MISSING("ticketId")));
    }
    house_close(&house);
}

/* --- questions --- */

#define SLOT_TICKETS "/getAllTicketsForMovieSlot?movieName=Heat&movieStartTime=2031-11-01T10:00"
#define USER "/getUserDetailsByTicketId?ticketId="

static void test_slot_tickets(void)
{
    char target[TARGET_SIZE], first[ID_TEXT_MAX];
    struct house house;

    if (house_open(&house, NULL)) {
        long long slot = schedule(&house, "Heat", "2031-11-01");
        long long second = schedule(&house, "Heat", "2031-11-01");

        expect(&house, SLOT_TICKETS, 200, "[]");
        book(&house, "Heat", "2031-11-01", "20");
        text_copy(first, sizeof first, house.ticket);
        book(&house, "Heat", "2031-11-01", "1"); /* in the second of that name and time */
        ask(&house, "POST", SLOT_TICKETS, NULL);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "0.ticketId"), first);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "19.ticketSlotId"), slot);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "20.ticketSlotId"), second);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "20.ticketId"), house.ticket);
        CU_ASSERT_PTR_NULL(answer_value(&house.answer, "21"));
        snprintf(target, sizeof target, "/cancelTicket?ticketId=%s", house.ticket);
        ask(&house, "POST", target, NULL);
        ask(&house, "POST", SLOT_TICKETS, NULL);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "20.ticketStatus"), "Canceled");
        ask(&house, "POST", "/getAllTicketsForMovieSlot?movieName=Up&movieStartTime=0", NULL);
        CU_ASSERT_EQUAL(house.answer.status, 404);
        CU_ASSERT_EQUAL(strncmp(house.answer.body, "{\"detail\":\"There is no showing of ", 33), 0);
        expect(&house, "/getAllTicketsForMovieSlot", 422,
               DETAIL(MISSING("movieName") "," MISSING("movieStartTime")));
    }
    house_close(&house);
}

static void test_user(void)
{
    char target[TARGET_SIZE];
    struct house house;

    if (house_open(&house, NULL)) {
        schedule(&house, "Heat", "2031-11-01");
        book(&house, "Heat", "2031-11-01", "1");
        snprintf(target, sizeof target, USER "%s", house.ticket);
        expect(&house, target, 200,
               "{\"userId\":\"%s\",\"userName\":\"Ana\",\"phoneNumber\":\"12345\"}", house.user);
        book_target(target, "", "", "Heat", "2031-11-01", "1");
        ask(&house, "POST", target, NULL);
        text_copy(house.ticket, sizeof house.ticket, answer_text(&house.answer, "0.ticketId"));
        snprintf(target, sizeof target, USER "%s", house.ticket);
        expect(&house, target, 404, "{\"detail\":\"Ticket %s is a walk-up: it has no customer.\"}",
               house.ticket);
        expect(&house, USER "TKT0000000001", 404,
               "{\"detail\":\"There is no ticket TKT0000000001.\"}");
        expect(&house, USER "x", 404, NO_SUCH_TICKET);
        expect(&house, "/getUserDetailsByTicketId", 422, DETAIL(MISSING("ticketId")));
    }
    house_close(&house);
}

#define SLOT(id, starts, ends, genre)                                                         \
    "{\"slotId\":" id ",\"slotName\":\"x\",\"slotDescription\":\"d\",\"startTime\":\"" starts \
    "\",\"endTime\":\"" ends "\",\"slotType\":\"Movie\",\"genre\":\"" genre                   \
    "\",\"availTickets\":20}"

static void test_slots(void)
{
    static const char first[] =
        SLOT("100000", "2031-11-01T10:00:00", "2031-11-01T12:00:00", "Crime"),
                      second[] = SLOT("100001", "2031-10-01T10:00:00", "2031-10-01T11:00:00.250000",
                                      "Historical Fiction");
    struct house house;

    if (house_open(&house, NULL)) {
        expect(&house, "/getAllMovieSlots", 200, "[]");
        ask(&house, "POST", SCHEDULE "slotName=x&" TIMES, NULL);
        ask(&house, "POST",
            SCHEDULE "slotName=x&startTime=2031-10-01T12:00%2B02:00&endTime=1948618800.25"
                     "&genre=Historical+Fiction",
            NULL);
        expect(&house, "/getAllMovieSlots", 200, "[%s,%s]", first, second);
        expect(&house, "/getAllMovieSlots?genre=Crime", 200, "[%s,%s]", first, second);
        expect(&house, "/getAllMovieSlotsByGenre?genre=Crime", 200, "[%s]", first);
        expect(&house, "/getAllMovieSlotsByGenre?genre=Historical%20Fiction&genre=Crime", 200,
               "[%s]", first);
        expect(&house, "/getAllMovieSlotsByGenre?genre=Historical%20Fiction", 200, "[%s]", second);
        expect(&house, "/getAllMovieSlotsByGenre?genre=Urban", 200, "[]");
        expect(&house, "/getAllMovieSlotsByGenre?genre=crime", 422, DETAIL(NO_GENRE));
        expect(&house, "/getAllMovieSlotsByGenre", 422, DETAIL(MISSING("genre")));
    }
    house_close(&house);
}

/* Lists that take several steps of reading. */
static void test_long_lists(void)
{
    char place[64];
    struct run run = {0};
    struct house house;

    if (house_open(&house, NULL)) {
        CU_ASSERT_EQUAL(process_admin(&house.process, &run, "schedule", "--name", "Big",
                                      "--description", "", "--start", "2031-11-01 10:00Z", "--end",
                                      "2031-11-01 12:00Z", "--type", "Movie", "--genre", "Drama",
                                      "--capacity", "2500", NULL),
                        0);
        run_release(&run);
        book(&house, "Big", "2031-11-01", "2400");
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "2399.ticketStatus"), "Booked");
        CU_ASSERT_PTR_NULL(answer_value(&house.answer, "2400"));
        ask(&house, "POST",
            "/getAllTicketsForMovieSlot?movieName=Big&movieStartTime=2031-11-01T10:00", NULL);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "0.ticketId"), house.ticket);
        CU_ASSERT_PTR_NOT_NULL(answer_value(&house.answer, "2399"));
        CU_ASSERT_PTR_NULL(answer_value(&house.answer, "2400"));
        for (int i = 1; i < 1100; i++)
            schedule(&house, "Small", "2031-11-02");
        ask(&house, "POST", "/getAllMovieSlotsByGenre?genre=Drama", NULL);
        for (int i = 0; i < 1100; i++) {
            snprintf(place, sizeof place, "%d.slotId", i);
            CU_ASSERT_EQUAL(answer_number(&house.answer, place), SLOT_ID_FIRST + i);
        }
        CU_ASSERT_PTR_NULL(answer_value(&house.answer, "1100"));
    }
    house_close(&house);
}

/* --- times of the venue --- */

static void test_zone(void)
{
    struct house house;

    if (house_open(&house, "[venue]\nzone = Europe/Berlin\n")) {
        expect(
            &house, SCHEDULE "slotName=x&startTime=2031-03-30T02:30&endTime=2031-10-26T02:30", 422,
            DETAIL(ERROR(
                "startTime", "This time does not exist: the clocks go forward then.",
                "value_error.datetime") "," ERROR("endTime",
                                                  "This time comes twice: add the offset, such as +01:00.",
                                                  "value_error.datetime")));
        expect(
            &house,
            "/bookTicket?userName=&userPhoneNumber=&movieName=x&movieStartTime=2031-10-26T02:30"
            "&numTickets=1",
            422,
            DETAIL(ERROR("movieStartTime", "This time comes twice: add the offset, such as +01:00.",
                         "value_error.datetime")));
        expect(&house,
               SCHEDULE "slotName=x&startTime=2031-10-26T02:30%2B01:00&endTime=2031-10-26T03:30",
               200, SLOT("100000", "2031-10-26T02:30:00+01:00", "2031-10-26T03:30:00", "Crime"));
        /* without an offset in lists, but in the hour that comes twice */
        expect(&house, "/getAllMovieSlots", 200,
               "[" SLOT("100000", "2031-10-26T02:30:00+01:00", "2031-10-26T03:30:00", "Crime") "]");
        expect(&house, SCHEDULE "slotName=x&startTime=2031-07-01T10:00Z&endTime=2031-07-01T11:00Z",
               200,
               SLOT("100001", "2031-07-01T10:00:00+00:00", "2031-07-01T11:00:00+00:00", "Crime"));
        expect(&house, "/getAllMovieSlots", 200,
               "[" SLOT("100000", "2031-10-26T02:30:00+01:00", "2031-10-26T03:30:00",
                        "Crime") "," SLOT("100001", "2031-07-01T12:00:00", "2031-07-01T13:00:00",
                                          "Crime") "]");
        /* the venue's local time finds it */
        ask(&house, "POST",
            "/bookTicket?userName=&userPhoneNumber=&movieName=x&movieStartTime=2031-07-01+12:00"
            "&numTickets=1",
            NULL);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "0.ticketSlotId"), 100001);
    }
    house_close(&house);
}

/* --- expireTickets --- */

static void test_expire(void)
{
    char target[TARGET_SIZE];
    struct house house;
    struct timespec now, tick = {.tv_nsec = 20000000};

    if (house_open(&house, "[upkeep]\nexpire_after_hours = 0\n")) {
        expect(&house, "/expireTickets", 200, "true"); /* nothing to do */
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(target, sizeof target, SCHEDULE "slotName=x&startTime=%lld&endTime=%lld",
                 (long long)now.tv_sec - 60, (long long)now.tv_sec + 2);
        ask(&house, "POST", target, NULL);
        snprintf(target, sizeof target,
                 "/bookTicket?userName=Ana&userPhoneNumber=12345&movieName=x&movieStartTime=%lld"
                 "&numTickets=1",
                 (long long)now.tv_sec - 60);
        ask(&house, "POST", target, NULL);
        text_copy(house.ticket, sizeof house.ticket, answer_text(&house.answer, "0.ticketId"));
        snprintf(target, sizeof target,
                 "/getAllTicketsForMovieSlot?movieName=x&movieStartTime=%lld",
                 (long long)now.tv_sec - 60);
        for (int i = 0; i < 500; i++) {
            expect(&house, "/expireTickets", 200, "true");
            ask(&house, "POST", target, NULL);
            if (strcmp(answer_text(&house.answer, "0.ticketStatus"), "Expired") == 0)
                break;
            nanosleep(&tick, NULL);
        }
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "0.ticketStatus"), "Expired");
        snprintf(target, sizeof target, "/cancelTicket?ticketId=%s", house.ticket);
        expect(&house, target, 409, "{\"detail\":\"Ticket %s has expired: its showing is over.\"}",
               house.ticket);
    }
    house_close(&house);
}

/* --- what is not a route --- */

static void test_nowhere(void)
{
    static const char *const others[] = {"GET", "PUT", "DELETE", "PATCH"};
    char target[256], location[512];
    const char *got;
    struct house house;

    if (!house_open(&house, NULL)) {
        house_close(&house);
        return;
    }
    for (const struct route *route = replaced_routes; route->method; route++) {
        if (strcmp(route->method, "POST") != 0)
            continue;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            CU_ASSERT_STRING_EQUAL(ask(&house, others[i], route->path, NULL),
                                   "{\"detail\":\"Method Not Allowed\"}");
            CU_ASSERT_EQUAL(house.answer.status, 405);
            got = answer_header(&house.answer, "Allow");
            CU_ASSERT(got && strcmp(got, "POST") == 0);
        }
        snprintf(target, sizeof target, "%s/?a=%%20b", route->path);
        CU_ASSERT_STRING_EQUAL(ask(&house, "POST", target, NULL), "");
        CU_ASSERT_EQUAL(house.answer.status, 307);
        got = answer_header(&house.answer, "Location");
        CU_ASSERT_PTR_NOT_NULL(got);
        snprintf(location, sizeof location, "%s?a=%%20b", route->path);
        CU_ASSERT(got && strncmp(got, "http://", 7) == 0 && strlen(got) > strlen(location) &&
                  strcmp(got + strlen(got) - strlen(location), location) == 0);
        snprintf(target, sizeof target, "%sX", route->path);
        expect(&house, target, 404, "{\"detail\":\"Not Found\"}");
    }
    expect(&house, "/bookticket", 404, "{\"detail\":\"Not Found\"}");
    expect(&house, "/nowhere/", 404, "{\"detail\":\"Not Found\"}");
    house_close(&house);
}

/* --- sent twice --- */

static void test_key(void)
{
    char target[TARGET_SIZE], body[512];
    struct house house;

    if (house_open(&house, NULL)) {
        schedule(&house, "Heat", "2031-11-01");
        house.headers[0] = "Idempotency-Key: a-sale";
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "2");
        text_copy(body, sizeof body, ask(&house, "POST", target, NULL));
        CU_ASSERT_PTR_NULL(answer_header(&house.answer, "Idempotency-Replayed"));
        expect(&house, target, 200, "%s", body);
        CU_ASSERT_PTR_NOT_NULL(answer_header(&house.answer, "Idempotency-Replayed"));
        book_target(target, "Ana", "12345", "Heat", "2031-11-01", "3");
        ask(&house, "POST", target, NULL);
        CU_ASSERT_EQUAL(house.answer.status, 422);
        CU_ASSERT(answer_text(&house.answer, "detail")[0] != '\0');
        house.headers[0] = NULL;
        ask(&house, "POST", "/getAllMovieSlots", NULL);
        CU_ASSERT_EQUAL(answer_number(&house.answer, "0.availTickets"), 18);
    }
    house_close(&house);
}

/* --- /openapi.json --- */

/* An example of a parameter, that works on the house of test_openapi. */
static const char *example(const struct house *house, const char *name)
{
    static const char *const examples[][2] = {
        {"userName", "Ana"},
        {"userPhoneNumber", "12345"},
        {"movieName", "Heat"},
        {"movieStartTime", "2031-11-01T10:00:00Z"},
        {"numTickets", "1"},
        {"newMovie", "Heat"},
        {"newStartTime", "2031-11-01T10:00:00Z"},
        {"slotName", "Heat"},
        {"slotDescription", "d"},
        {"startTime", "2031-11-01T10:00:00Z"},
        {"endTime", "2031-11-01T12:00:00Z"},
    };

    if (strcmp(name, "ticketId") == 0)
        return house->ticket;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (strcmp(examples[i][0], name) == 0)
            return examples[i][1];
    return NULL;
}

/* The first value that the document's class of a parameter allows. */
static const char *first_member(struct answer *document, const char *reference)
{
    char path[160];

    snprintf(path, sizeof path, "components.schemas.%s.enum.0",
             strrchr(reference, '/') ? strrchr(reference, '/') + 1 : "");
    return answer_text(document, path);
}

/* Fills in the document's parameters, but for the one at `without` (-1: all). Returns how many
   there are. */
static int fill(struct house *house, struct answer *document, const char *operation, int without,
                char target[TARGET_SIZE])
{
    size_t used = (size_t)snprintf(target, TARGET_SIZE, "/%s", operation);
    char path[160], name[64];
    int count;

    for (count = 0;; count++) {
        const char *value;

        snprintf(path, sizeof path, "paths./%s.post.parameters.%d.name", operation, count);
        text_copy(name, sizeof name, answer_text(document, path));
        if (!name[0])
            return count;
        snprintf(path, sizeof path, "paths./%s.post.parameters.%d.schema.$ref", operation, count);
        value = example(house, name);
        if (!value)
            value = first_member(document, answer_text(document, path));
        CU_ASSERT(*value != '\0');
        if (count != without)
            used += (size_t)snprintf(target + used, TARGET_SIZE - used, "%c%s=%s",
                                     strchr(target, '?') ? '&' : '?', name, value);
    }
}

/* Every operation of the document works with its parameters, and not without one of them. */
static void try_operation(struct house *house, struct answer *document, const char *operation)
{
    char target[TARGET_SIZE], path[160], wanted[160];
    int count;

    book(house, "Heat", "2031-11-01", "1");
    count = fill(house, document, operation, -1, target);
    ask(house, "POST", target, NULL);
    if (house->answer.status != 200)
        printf("\n    %s: %d %s\n", target, house->answer.status, house->answer.body);
    CU_ASSERT_EQUAL(house->answer.status, 200);
    CU_ASSERT_STRING_NOT_EQUAL(house->answer.body, "false");
    for (int i = 0; i < count; i++) {
        fill(house, document, operation, i, target);
        ask(house, "POST", target, NULL);
        CU_ASSERT_EQUAL(house->answer.status, 422);
        CU_ASSERT_STRING_EQUAL(answer_text(&house->answer, "detail.0.type"), "value_error.missing");
        CU_ASSERT_PTR_NULL(answer_value(&house->answer, "detail.1"));
        snprintf(path, sizeof path, "paths./%s.post.parameters.%d.name", operation, i);
        text_copy(wanted, sizeof wanted, answer_text(document, path));
        CU_ASSERT_STRING_EQUAL(answer_text(&house->answer, "detail.0.loc.1"), wanted);
    }
    snprintf(path, sizeof path, "paths./%s.post.operationId", operation);
    snprintf(wanted, sizeof wanted, "%s_%s_post", operation, operation);
    CU_ASSERT_STRING_EQUAL(answer_text(document, path), wanted);
    snprintf(path, sizeof path, "paths./%s.post.responses.422", operation);
    CU_ASSERT_EQUAL(answer_value(document, path) != NULL, count > 0);
}

static const char book_operation[] =
    "\"/bookTicket\":{\"post\":{\"summary\":\"Bookticket\",\"description\":\"Sells tickets for a "
    "showing to a customer: the tickets, or false when there are not that many places.\","
    "\"operationId\":\"bookTicket_bookTicket_post\",\"parameters\":["
    "{\"required\":true,\"schema\":{\"title\":\"Username\",\"type\":\"string\"},\"name\":"
    "\"userName\",\"in\":\"query\"},"
    "{\"required\":true,\"schema\":{\"title\":\"Userphonenumber\",\"type\":\"string\"},\"name\":"
    "\"userPhoneNumber\",\"in\":\"query\"},"
    "{\"required\":true,\"schema\":{\"title\":\"Moviename\",\"type\":\"string\"},\"name\":"
    "\"movieName\",\"in\":\"query\"},"
    "{\"required\":true,\"schema\":{\"title\":\"Moviestarttime\",\"type\":\"string\",\"format\":"
    "\"date-time\"},\"name\":\"movieStartTime\",\"in\":\"query\"},"
    "{\"required\":true,\"schema\":{\"title\":\"Numtickets\",\"minimum\":1.0,\"type\":\"integer\"},"
    "\"name\":\"numTickets\",\"in\":\"query\"}],"
    "\"responses\":{\"200\":{\"description\":\"Successful Response\",\"content\":{"
    "\"application/json\":{\"schema\":{}}}},\"422\":{\"description\":\"Validation Error\","
    "\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/HTTPValidationError\"}}}}},\"security\":[{\"HTTPBearer\":[]}]}}";

static const char validation_error[] =
    "\"ValidationError\":{\"title\":\"ValidationError\",\"required\":[\"loc\",\"msg\",\"type\"],"
    "\"type\":\"object\",\"properties\":{\"loc\":{\"title\":\"Location\",\"type\":\"array\","
    "\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}},\"msg\":{\"title\":"
    "\"Message\",\"type\":\"string\"},\"type\":{\"title\":\"Error Type\",\"type\":\"string\"}}}";

static void test_openapi(void)
{
    struct answer document;
    struct house house;
    size_t operations = 0;

    if (house_open(&house, NULL)) {
        ask(&house, "GET", "/openapi.json", NULL);
        document = house.answer;
        house.answer = (struct answer){0};
        CU_ASSERT_EQUAL(document.status, 200);
        CU_ASSERT_STRING_EQUAL(answer_text(&document, "openapi"), "3.0.2");
        CU_ASSERT_PTR_NOT_NULL(strstr(document.body, book_operation));
        CU_ASSERT_PTR_NOT_NULL(strstr(document.body, validation_error));
        schedule(&house, "Heat", "2031-11-01");
        for (const struct route *route = replaced_routes; route->method; route++) {
            if (strcmp(route->method, "POST") != 0)
                continue;
            try_operation(&house, &document, route->path + 1);
            operations++;
        }
        CU_ASSERT_EQUAL(operations, 9);
        CU_ASSERT_EQUAL(json_count(answer_value(&document, "paths")), operations);
        CU_ASSERT_EQUAL(json_count(answer_value(&document, "components.schemas")), 5);
        answer_release(&document);
    }
    house_close(&house);
}

SUITE(http_replaced, {"scheduleMovie echoes the times as given", test_schedule},
      {"scheduleMovie refuses, every parameter in order", test_schedule_refused},
      {"bookTicket", test_book}, {"bookTicket is false when nothing can be sold", test_book_false},
      {"bookTicket refuses", test_book_refused}, {"updateMovieSlotForTicket", test_update},
      {"cancelTicket", test_cancel}, {"getAllTicketsForMovieSlot", test_slot_tickets},
      {"getUserDetailsByTicketId", test_user},
      {"getAllMovieSlots and getAllMovieSlotsByGenre", test_slots},
      {"lists of more than a thousand", test_long_lists},
      {"times without an offset are the venue's", test_zone}, {"expireTickets", test_expire},
      {"other methods, other paths, a slash too many", test_nowhere},
      {"a key makes a change once", test_key},
      {"/openapi.json is true to the routes", test_openapi})
