/* Admission over a store: every verdict with its sentence, groups, the same request again, undo. */
#include "core/admission.h"

#include <stdio.h>
#include <string.h>

#include "core/sync.h"
#include "core/text.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define SOON (30 * TIME_MINUTE) /* admission is open */

/* A door at work on a fixture. */
struct place {
    struct fixture fixture;
    int64_t skyfall, later; /* slots: starts in half an hour; in three hours */
    uint64_t ticket;        /* one for skyfall */
};

static void take_device(struct place *place, const char *device)
{
    text_copy(place->fixture.office.device, sizeof place->fixture.office.device, device);
}

static void place_init(struct place *place)
{
    *place = (struct place){0};
    fixture_init(&place->fixture);
    place->skyfall = fixture_schedule(&place->fixture, "Skyfall", SOON, 20);
    place->later = fixture_schedule(&place->fixture, "Paddington", 3 * TIME_HOUR, 20);
    fixture_book(&place->fixture, place->skyfall, 1, "Anuranjan", "+49 170 6543", &place->ticket);
    take_device(place, "Door 2");
}

static void place_release(struct place *place)
{
    CU_ASSERT_EQUAL(fixture_verify(&place->fixture), 0);
    fixture_release(&place->fixture);
}

static void pass_of(struct place *place, uint64_t ticket, char pass[PASS_SIZE])
{
    struct ticket_view view = {0};

    CU_ASSERT_EQUAL_FATAL(office_ticket(&place->fixture.office, ticket, &view, NULL), TK_OK);
    view.ticket.status = TICKET_BOOKED; /* as it was printed before */
    CU_ASSERT_TRUE_FATAL(office_pass(&place->fixture.office, &view, pass));
}

static struct admission_request request_of(const struct place *place, const char *code)
{
    return (struct admission_request){
        .code = code, .count = 1, .id = office_make_id(&place->fixture.office)};
}

static struct admission admit(struct place *place, const struct admission_request *request)
{
    struct admission admission = {.verdict = VERDICT_COUNT};
    struct tk_error error = {0};
    enum tk_code code = office_admit(&place->fixture.office, request, &admission, &error);

    CU_ASSERT_EQUAL(code, TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, ""); /* nothing is left of what was tried on the way */
    return admission;
}

static struct admission scan(struct place *place, const char *code)
{
    struct admission_request request = request_of(place, code);

    return admit(place, &request);
}

static struct admission scan_ticket(struct place *place, uint64_t ticket)
{
    char pass[PASS_SIZE];

    pass_of(place, ticket, pass);
    return scan(place, pass);
}

static struct admission scan_for(struct place *place, uint64_t ticket, int64_t slot)
{
    char pass[PASS_SIZE];
    struct admission_request request = request_of(place, pass);

    pass_of(place, ticket, pass);
    request.slot_ids = &slot;
    request.slot_count = 1;
    return admit(place, &request);
}

#define SAYS(admission, expected, sentence)                                                \
    do {                                                                                   \
        CU_ASSERT_STRING_EQUAL(verdict_name((admission).verdict), verdict_name(expected)); \
        CU_ASSERT_STRING_EQUAL((admission).message, sentence);                             \
        if (strcmp((admission).message, sentence) != 0)                                    \
            printf("    said: %s\n", (admission).message);                                 \
    } while (0)

/* A sentence that names tickets: %s in turn. */
static const char *with(const char *format, uint64_t first, uint64_t second)
{
    static char text[TK_MESSAGE_MAX];
    char a[ID_TEXT_MAX], b[ID_TEXT_MAX];

    id_print(a, ID_TICKET, first);
    id_print(b, ID_TICKET, second);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, a, b);
#pragma GCC diagnostic pop
    return text;
}

static void test_table(void)
{
    enum verdict verdict;

    for (int i = 0; i < VERDICT_COUNT; i++) {
        CU_ASSERT_TRUE(strlen(verdict_word((enum verdict)i)) <= 12);
        CU_ASSERT_TRUE(strlen(verdict_advice((enum verdict)i)) > 10);
        CU_ASSERT_TRUE(verdict_parse(verdict_name((enum verdict)i), &verdict) && (int)verdict == i);
        CU_ASSERT_EQUAL((int)verdict_of(verdict_code((enum verdict)i)), i);
        for (int k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(verdict_word((enum verdict)i),
                                       verdict_word((enum verdict)k));
    }
    CU_ASSERT_FALSE(verdict_parse("maybe", &verdict));
    CU_ASSERT_EQUAL(verdict_of(TK_TICKET_ARCHIVED), VERDICT_EXPIRED);
    CU_ASSERT_EQUAL(verdict_of(TK_ID_REUSED), VERDICT_COUNT);
    CU_ASSERT_PTR_NULL(verdict_name(VERDICT_COUNT));
}

static void test_admitted(void)
{
    struct place place;
    struct admission said;
    struct ticket ticket;

    place_init(&place);
    said = scan_ticket(&place, place.ticket);
    SAYS(said, VERDICT_ADMITTED, "One ticket for Skyfall, Sun 22 Nov 18:30.");
    CU_ASSERT_EQUAL(said.ticket_id, place.ticket);
    CU_ASSERT_EQUAL(said.slot_id, place.skyfall);
    CU_ASSERT_EQUAL(said.admitted, 1);
    CU_ASSERT_EQUAL(said.at, FIXTURE_NOW);
    CU_ASSERT_EQUAL(said.sale_size, 1);
    CU_ASSERT_STRING_EQUAL(said.slot_name, "Skyfall");
    CU_ASSERT_STRING_EQUAL(said.customer_name, "Anuranjan");
    ticket = fixture_ticket(&place.fixture, place.ticket);
    CU_ASSERT_EQUAL(ticket.admitted_at, FIXTURE_NOW);
    CU_ASSERT_STRING_EQUAL(ticket.admitted_by, "Door 2");
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 1);

    take_device(&place, "Door 1");
    SAYS(scan_ticket(&place, place.ticket), VERDICT_ALREADY,
         "This ticket went in at 18:00 at Door 2, just now.");
    place.fixture.now += 5 * TIME_MINUTE + 59 * TIME_SECOND;
    said = scan_ticket(&place, place.ticket);
    SAYS(said, VERDICT_ALREADY, "This ticket went in at 18:00 at Door 2, 5 minutes ago.");
    CU_ASSERT_EQUAL(said.admitted, 0);
    CU_ASSERT_STRING_EQUAL(said.slot_name, "Skyfall");
    place.fixture.now = FIXTURE_NOW + TIME_HOUR;
    SAYS(scan_ticket(&place, place.ticket), VERDICT_ALREADY,
         "This ticket went in at 18:00 at Door 2, 1 hour ago.");
    place.fixture.now = FIXTURE_NOW + 7 * TIME_HOUR; /* the showing is over and it is tomorrow */
    SAYS(scan_ticket(&place, place.ticket), VERDICT_ALREADY,
         "This ticket went in on Sun 22 Nov 18:00 at Door 2, 7 hours ago.");
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 1);
    place_release(&place);
}

static void test_time(void)
{
    struct place place;
    struct admission said;
    uint64_t ticket;

    place_init(&place);
    fixture_book(&place.fixture, place.later, 1, NULL, NULL, &ticket);
    said = scan_ticket(&place, ticket);
    SAYS(said, VERDICT_TOO_EARLY, "Admission to Paddington, Sun 22 Nov 21:00 opens at 20:00.");
    CU_ASSERT_EQUAL(said.ticket_id, ticket);
    CU_ASSERT_EQUAL(said.slot_id, place.later);
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.later).admitted, 0);
    place.fixture.now -= TIME_DAY;
    SAYS(scan_ticket(&place, ticket), VERDICT_TOO_EARLY,
         "Admission to Paddington, Sun 22 Nov 21:00 opens on Sun 22 Nov 20:00.");
    place.fixture.now = FIXTURE_NOW + 2 * TIME_HOUR - 1;
    CU_ASSERT_EQUAL(scan_ticket(&place, ticket).verdict, VERDICT_TOO_EARLY);
    place.fixture.now++;
    CU_ASSERT_EQUAL(scan_ticket(&place, ticket).verdict, VERDICT_ADMITTED);

    place.fixture.now = FIXTURE_NOW + SOON + 2 * TIME_HOUR;
    SAYS(scan_ticket(&place, place.ticket), VERDICT_OVER,
         "Skyfall, Sun 22 Nov 18:30 ended at 20:30.");
    place_release(&place);
}

static void test_other_slot(void)
{
    struct place place;
    struct op_schedule schedule = {.starts_at = FIXTURE_NOW + TIME_HOUR,
                                   .ends_at = FIXTURE_NOW + 2 * TIME_HOUR,
                                   .name = "Alien",
                                   .screen = "Screen 2",
                                   .capacity = 2};
    struct slot alien;
    uint64_t ticket;

    place_init(&place);
    SAYS(scan_for(&place, place.ticket, place.later), VERDICT_WRONG_SLOT,
         "This ticket is for Skyfall, Sun 22 Nov 18:30.");
    CU_ASSERT_EQUAL(office_schedule(&place.fixture.office, &schedule, NULL, &alien, NULL), TK_OK);
    fixture_book(&place.fixture, alien.id, 1, NULL, NULL, &ticket);
    SAYS(scan_for(&place, ticket, place.later), VERDICT_WRONG_SLOT,
         "This ticket is for Alien, Sun 22 Nov 19:00, Screen 2.");
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 0);
    CU_ASSERT_EQUAL(scan_for(&place, place.ticket, place.skyfall).verdict, VERDICT_ADMITTED);
    /* it is in, but another showing's door sends it away all the same */
    CU_ASSERT_EQUAL(scan_for(&place, place.ticket, place.later).verdict, VERDICT_WRONG_SLOT);
    place_release(&place);
}

static void test_gone(void)
{
    struct place place;
    struct ticket_view newer, old, canceled;
    struct op_reissue reissue;
    struct admission said;
    uint64_t first, second;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &first);
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &second);
    place.fixture.now += TIME_MINUTE;
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, first, NULL, &canceled, NULL), TK_OK);
    reissue = (struct op_reissue){.ticket_id = second, .slot = {.id = place.later}};
    CU_ASSERT_EQUAL(office_reissue(&place.fixture.office, &reissue, NULL, &newer, &old, NULL),
                    TK_OK);

    said = scan_ticket(&place, first);
    SAYS(said, VERDICT_CANCELED, with("Ticket %s was canceled at 18:01.", first, 0));
    CU_ASSERT_EQUAL(said.ticket_id, first);
    /* also at another showing's door: that comes first */
    CU_ASSERT_EQUAL(scan_for(&place, first, place.later).verdict, VERDICT_CANCELED);
    SAYS(scan_ticket(&place, second), VERDICT_REPLACED,
         with("Ticket %s was replaced by %s at 18:01. That one is for Paddington, "
              "Sun 22 Nov 21:00.",
              second, newer.ticket.id));
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, newer.ticket.id, NULL, &canceled, NULL),
                    TK_OK);
    place.fixture.now += TIME_DAY;
    SAYS(scan_for(&place, second, place.later), VERDICT_REPLACED,
         with("Ticket %s was replaced by %s on Sun 22 Nov 18:01. That one is for Paddington, "
              "Sun 22 Nov 21:00, but is no longer good either.",
              second, newer.ticket.id));
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 0);
    place_release(&place);
}

static void test_expired(void)
{
    struct place place;
    struct upkeep_result result;
    struct ticket_view view;
    uint64_t in, canceled;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &in);
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &canceled);
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, canceled, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(scan_ticket(&place, in).verdict, VERDICT_ADMITTED);
    place.fixture.now += 11 * TIME_HOUR;
    CU_ASSERT_EQUAL(office_expire(&place.fixture.office, 0, &result, NULL), TK_OK);
    CU_ASSERT_EQUAL(result.tickets, 2);
    SAYS(scan_ticket(&place, place.ticket), VERDICT_EXPIRED,
         "Skyfall, Sun 22 Nov 18:30 ended on Sun 22 Nov 20:30: its tickets have expired.");
    CU_ASSERT_EQUAL(scan_ticket(&place, in).verdict, VERDICT_EXPIRED);
    place.fixture.now += TIME_DAY;
    CU_ASSERT_EQUAL(office_archive(&place.fixture.office, TIME_HOUR, &result, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_ticket(&place.fixture, place.ticket).status, TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(scan_ticket(&place, place.ticket).verdict, VERDICT_EXPIRED);
    SAYS(scan_ticket(&place, canceled), VERDICT_EXPIRED,
         with("Ticket %s was canceled on Sun 22 Nov 18:00.", canceled, 0));
    place_release(&place);
}

static void test_stranger(void)
{
    struct place place;
    struct crypto_key key;
    struct admission said;
    struct admission_request request;
    char pass[PASS_SIZE];

    place_init(&place);
    key = pass_slot_key(&place.fixture.site_key, place.skyfall);
    pass_make(pass, &key, 4711, place.skyfall);
    said = scan(&place, pass);
    SAYS(said, VERDICT_UNKNOWN, with("There is no ticket %s in this box office.", 4711, 0));
    CU_ASSERT_EQUAL(said.ticket_id, 4711);
    CU_ASSERT_EQUAL(said.slot_id, 0);
    request = request_of(&place, pass);
    request.slot_ids = &place.skyfall;
    request.slot_count = 1;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_UNKNOWN);
    request.slot_ids = &place.later;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_NOT_GENUINE);
    /* of a showing that is not admitted now no key is tried */
    key = pass_slot_key(&place.fixture.site_key, place.later);
    pass_make(pass, &key, 4711, place.later);
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_NOT_GENUINE);
    /* a pass that was made of this ticket's number for another showing, by the site */
    pass_make(pass, &key, place.ticket, place.later);
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_NOT_GENUINE);

    pass_of(&place, place.ticket, pass);
    pass[12] = pass[12] == '7' ? '8' : '7';
    said = scan(&place, pass);
    SAYS(said, VERDICT_NOT_GENUINE, "This pass is not genuine.");
    CU_ASSERT_EQUAL(said.ticket_id, 0);
    CU_ASSERT_EQUAL(said.slot_id, 0);
    CU_ASSERT_STRING_EQUAL(said.slot_name, "");
    CU_ASSERT_STRING_EQUAL(said.customer_name, "");
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        struct ticket_view view = {0};
        bool silent = verdict == VERDICT_NOT_GENUINE || verdict == VERDICT_UNREADABLE ||
                      verdict == VERDICT_TRAINING;

        office_ticket(&place.fixture.office, place.ticket, &view, NULL);
        admission_say(&place.fixture.office, (enum verdict)verdict, &view, FIXTURE_NOW, &said);
        CU_ASSERT_EQUAL(said.ticket_id == 0, silent);
        CU_ASSERT_TRUE(!silent || !said.customer_name[0]);
        CU_ASSERT_TRUE(said.message[0] != '\0');
    }
    CU_ASSERT_EQUAL(scan(&place, "https://example.org").verdict, VERDICT_UNREADABLE);
    SAYS(scan(&place, ""), VERDICT_UNREADABLE,
         "This is not a pass: scan it again, or type its 20 characters.");
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 0);
    place_release(&place);
}

static void test_training(void)
{
    struct place place;
    struct admission said;
    char practice[PASS_SIZE], real[PASS_SIZE];

    place_init(&place);
    pass_of(&place, place.ticket, real);
    pass_make_training(practice, place.ticket);
    said = scan(&place, practice);
    SAYS(said, VERDICT_TRAINING, "This pass was made for training: it admits nobody.");
    CU_ASSERT_EQUAL(said.ticket_id, 0);
    CU_ASSERT_STRING_EQUAL(said.customer_name, "");

    place.fixture.office.keys.training = true;
    SAYS(scan(&place, real), VERDICT_NOT_GENUINE,
         "This is a real ticket, but this door only practises: leave training to let them in.");
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 0);
    CU_ASSERT_EQUAL(scan(&place, practice).verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&place, practice).verdict, VERDICT_ALREADY);
    SAYS(scan(&place, "0000000001JZ1NN15VXQ"), VERDICT_NOT_GENUINE, "This pass is not genuine.");
    pass_make_training(practice, 4711);
    CU_ASSERT_EQUAL(scan(&place, practice).verdict, VERDICT_UNKNOWN);
    place_release(&place);
}

/* The pass as QWERTZ and AZERTY send it. */
static void garble(char *text, const char *pass, enum scan_layout layout)
{
    static const char *const french[] = {"à", "&", "é", "\"", "'", "(", "-", "è", "_", "ç"};
    static const char swapped[SCAN_LAYOUT_COUNT][9] = {"", "YZZY", "AQQAWZZW"};

    for (*text = '\0'; *pass; pass++) {
        char sent[3] = {*pass, '\0', '\0'};

        for (const char *at = swapped[layout]; *at; at += 2)
            if (*pass == *at)
                sent[0] = at[1];
        if (layout == SCAN_AZERTY && *pass == 'M')
            sent[0] = ',';
        if (layout == SCAN_AZERTY && *pass <= '9')
            text_copy(sent, sizeof sent, french[*pass - '0']);
        memcpy(text, sent, strlen(sent) + 1);
        text += strlen(sent);
    }
}

static void test_layouts(void)
{
    struct place place;
    struct ticket_view_list sold = {0};
    struct ticket_query query = {.status = -1};
    char pass[PASS_SIZE], text[64];

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 19, NULL, NULL, &query.sale_id);
    CU_ASSERT_EQUAL(office_tickets(&place.fixture.office, &query, &sold, NULL), TK_OK);
    for (size_t i = 0; i < sold.count; i++) {
        pass_of(&place, sold.items[i].ticket.id, pass);
        garble(text, pass, (enum scan_layout)(i % SCAN_LAYOUT_COUNT));
        CU_ASSERT_EQUAL(scan(&place, text).verdict, VERDICT_ADMITTED);
        CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_ALREADY);
    }
    ticket_view_list_release(&sold);
    place_release(&place);
}

static void test_number(void)
{
    struct place place;
    struct admission_request request;

    place_init(&place);
    request = request_of(&place, NULL);
    request.ticket_id = place.ticket;
    request.slot_ids = &place.later;
    request.slot_count = 1;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_WRONG_SLOT);
    request.slot_ids = &place.skyfall;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_ADMITTED);
    request.id = office_make_id(&place.fixture.office);
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_ALREADY);
    request.ticket_id = 4711;
    SAYS(admit(&place, &request), VERDICT_UNKNOWN,
         with("There is no ticket %s in this box office.", 4711, 0));
    request.count = 0;
    CU_ASSERT_EQUAL(office_admit(&place.fixture.office, &request, &(struct admission){0}, NULL),
                    TK_BAD_COUNT);
    request.count = ADMIT_MAX + 1;
    CU_ASSERT_EQUAL(office_admit(&place.fixture.office, &request, &(struct admission){0}, NULL),
                    TK_BAD_COUNT);
    place_release(&place);
}

/* --- groups --- */

/* Which of a sale are in: bit 0 is the first. */
static unsigned who_is_in(struct place *place, uint64_t sale)
{
    struct ticket_query query = {.status = -1, .sale_id = sale};
    struct ticket_view_list list = {0};
    unsigned in = 0;

    CU_ASSERT_EQUAL(office_tickets(&place->fixture.office, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].ticket.admitted_at)
            in |= 1U << (list.items[i].ticket.sale_position - 1);
    ticket_view_list_release(&list);
    return in;
}

static uint64_t ticket_at(struct place *place, uint64_t sale, size_t at)
{
    struct ticket_query query = {.status = -1, .sale_id = sale};
    struct ticket_view_list list = {0};
    uint64_t id = 0;

    if (office_tickets(&place->fixture.office, &query, &list, NULL) == TK_OK && at < list.count)
        id = list.items[at].ticket.id;
    ticket_view_list_release(&list);
    return id;
}

static void test_group(void)
{
    struct place place;
    struct admission_request request;
    struct admission said;
    struct ticket_view view;
    uint64_t sale;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 6, NULL, NULL, &sale);
    CU_ASSERT_EQUAL(
        office_cancel(&place.fixture.office, ticket_at(&place, sale, 1), NULL, &view, NULL), TK_OK);
    /* the third first, then from the beginning; the second was canceled */
    request = request_of(&place, NULL);
    request.ticket_id = ticket_at(&place, sale, 2);
    request.count = 2;
    said = admit(&place, &request);
    SAYS(said, VERDICT_ADMITTED,
         "2 tickets for Skyfall, Sun 22 Nov 18:30; 3 of the sale are not in yet.");
    CU_ASSERT_EQUAL(said.admitted, 2);
    CU_ASSERT_EQUAL(said.sale_size, 6);
    CU_ASSERT_EQUAL(said.sale_waiting, 3);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x05);
    /* that one is in: two others */
    request.id = office_make_id(&place.fixture.office);
    said = admit(&place, &request);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(said.admitted, 2);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x1D);
    /* more than there are */
    request.id = office_make_id(&place.fixture.office);
    request.count = ADMIT_MAX;
    said = admit(&place, &request);
    SAYS(said, VERDICT_ADMITTED,
         "One ticket of 6 for Skyfall, Sun 22 Nov 18:30; the whole sale is in.");
    CU_ASSERT_EQUAL(said.admitted, 1);
    CU_ASSERT_EQUAL(said.sale_waiting, 0);
    request.id = office_make_id(&place.fixture.office);
    said = admit(&place, &request);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ALREADY);
    CU_ASSERT_EQUAL(said.admitted, 0);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x3D);
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 5);
    place_release(&place);
}

static void test_group_over(void)
{
    struct place place;
    struct admission_request request;
    uint64_t sale;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 3, NULL, NULL, &sale);
    CU_ASSERT_EQUAL(scan_ticket(&place, sale).verdict, VERDICT_ADMITTED);
    place.fixture.now += 4 * TIME_HOUR;
    request = request_of(&place, NULL);
    request.ticket_id = sale;
    request.count = 3;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_OVER);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x1);
    place_release(&place);
}

/* Whatever came between, a request that is sent again lets nobody more in and has its answer. */
static void test_again(void)
{
    struct place place;
    struct admission_request one, many;
    struct admission said;
    char pass[PASS_SIZE];
    uint64_t sale;

    place_init(&place);
    pass_of(&place, place.ticket, pass);
    one = request_of(&place, pass);
    CU_ASSERT_EQUAL(admit(&place, &one).verdict, VERDICT_ADMITTED);
    place.fixture.now += TIME_MINUTE;
    SAYS(admit(&place, &one), VERDICT_ADMITTED, "One ticket for Skyfall, Sun 22 Nov 18:30.");
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_ALREADY);
    CU_ASSERT_EQUAL(admit(&place, &one).verdict, VERDICT_ADMITTED);
    place.fixture.now += 4 * TIME_HOUR; /* it is over, but this was let in */
    CU_ASSERT_EQUAL(admit(&place, &one).verdict, VERDICT_ADMITTED);
    place.fixture.now -= 4 * TIME_HOUR;

    fixture_book(&place.fixture, place.skyfall, 5, NULL, NULL, &sale);
    many = request_of(&place, NULL);
    many.ticket_id = sale;
    for (int step = 0; step < 4; step++) {
        static const unsigned in[] = {0x03, 0x0F, 0x1F, 0x1F};
        static const int32_t admitted[] = {2, 2, 1, 0};

        many.id = office_make_id(&place.fixture.office);
        many.count = 2;
        for (int round = 0; round < 3; round++) {
            said = admit(&place, &many);
            CU_ASSERT_EQUAL(said.verdict, step < 3 ? VERDICT_ADMITTED : VERDICT_ALREADY);
            CU_ASSERT_EQUAL(said.admitted, admitted[step]);
            CU_ASSERT_EQUAL(who_is_in(&place, sale), in[step]);
        }
    }
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 6);
    place_release(&place);
}

/* The first of several requests, sent again after the others. */
static void test_again_late(void)
{
    struct place place;
    struct admission_request first, second;
    struct admission said;
    uint64_t sale;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 6, NULL, NULL, &sale);
    first = request_of(&place, NULL);
    first.ticket_id = sale;
    first.count = 3;
    second = first;
    second.id = office_make_id(&place.fixture.office);
    second.count = 2;
    CU_ASSERT_EQUAL(admit(&place, &first).admitted, 3);
    CU_ASSERT_EQUAL(admit(&place, &second).admitted, 2);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x1F);
    said = admit(&place, &first);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(said.admitted, 3);
    said = admit(&place, &second);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(said.admitted, 2);
    CU_ASSERT_EQUAL(who_is_in(&place, sale), 0x1F);
    place_release(&place);
}

/* Memory that runs out at each place in turn: an error, or a verdict that holds. */
static void test_no_memory(void)
{
    struct place place;
    struct admission_request request;
    struct admission said;
    uint64_t sale = 0;
    bool failed = true;

    place_init(&place);
    for (int64_t n = 1; failed; n++) {
        struct tk_error error = {0};
        enum tk_code code;

        if (n % 5 == 1) {
            int64_t slot = fixture_schedule(&place.fixture, "Alien", SOON, 20);

            fixture_book(&place.fixture, slot, 15, NULL, NULL, &sale);
        }
        request = request_of(&place, NULL);
        request.ticket_id = ticket_at(&place, sale, (size_t)((n - 1) % 5 * 3));
        request.count = 3;
        fault_alloc_arm(n, false);
        code = office_admit(&place.fixture.office, &request, &said, &error);
        failed = fault_alloc_disarm();
        CU_ASSERT_TRUE(code == TK_OK || code == TK_NO_MEMORY || code == TK_UNKNOWN);
        CU_ASSERT_TRUE(code == TK_OK || error.message[0]);
        said = admit(&place, &request);
        CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
        CU_ASSERT_EQUAL(said.admitted, 3);
        CU_ASSERT_EQUAL(said.sale_waiting, 15 - 3 * ((n - 1) % 5 + 1));
    }
    place_release(&place);
}

/* The id of another change is an error, not a verdict. */
static void test_id_reused(void)
{
    struct place place;
    struct admission_request request;
    struct admission said = {0};
    uint64_t other;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 3, NULL, NULL, &other);
    request = request_of(&place, NULL);
    request.ticket_id = place.ticket;
    CU_ASSERT_EQUAL(admit(&place, &request).verdict, VERDICT_ADMITTED);
    request.ticket_id = other;
    CU_ASSERT_EQUAL(office_admit(&place.fixture.office, &request, &said, NULL), TK_ID_REUSED);
    CU_ASSERT_EQUAL(fixture_ticket(&place.fixture, other).admitted_at, 0);
    place_release(&place);
}

/* --- taking back --- */

static enum tk_code undo(struct place *place, uint64_t ticket, struct tk_error *error)
{
    struct ticket_view view = {0};
    enum tk_code code = office_unadmit(&place->fixture.office, ticket, NULL, &view, error);

    if (!code) {
        CU_ASSERT_EQUAL(view.ticket.id, ticket);
        CU_ASSERT_EQUAL(view.ticket.admitted_at, 0);
    }
    return code;
}

static void test_undo(void)
{
    struct place place;
    struct tk_error error = {0};

    place_init(&place);
    CU_ASSERT_EQUAL(undo(&place, place.ticket, &error), TK_NOT_ADMITTED);
    CU_ASSERT_STRING_EQUAL(error.message,
                           with("Ticket %s: This ticket is not in.", place.ticket, 0));
    CU_ASSERT_EQUAL(undo(&place, 4711, &error), TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(scan_ticket(&place, place.ticket).verdict, VERDICT_ADMITTED);
    place.fixture.now += 15 * TIME_MINUTE;
    take_device(&place, "Door 1");
    CU_ASSERT_EQUAL(undo(&place, place.ticket, &error), TK_OTHER_DOOR);
    CU_ASSERT_STRING_EQUAL(
        error.message,
        with("Ticket %s went in at 18:00 at Door 2: only that door can take it back.", place.ticket,
             0));
    take_device(&place, "Door 2");
    CU_ASSERT_EQUAL(undo(&place, place.ticket, &error), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).admitted, 0);
    CU_ASSERT_EQUAL(scan_ticket(&place, place.ticket).verdict, VERDICT_ADMITTED);
    place.fixture.now += 15 * TIME_MINUTE + 1;
    CU_ASSERT_EQUAL(undo(&place, place.ticket, &error), TK_UNDO_TOO_LATE);
    CU_ASSERT_STRING_EQUAL(
        error.message,
        with("Ticket %s went in at 18:15 at Door 2: that can be taken back for 15 minutes only.",
             place.ticket, 0));
    place_release(&place);
}

/* The counter may not take back what was used, and says why. */
static void test_counter(void)
{
    struct place place;
    struct tk_error error = {0};
    struct ticket_view view = {0}, old = {0};
    struct op_reissue reissue;
    uint64_t sale;
    size_t canceled;

    place_init(&place);
    take_device(&place, "Door 1");
    CU_ASSERT_EQUAL(scan_ticket(&place, place.ticket).verdict, VERDICT_ADMITTED);
    take_device(&place, "till-1");
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, place.ticket, NULL, &view, &error),
                    TK_TICKET_ADMITTED);
    CU_ASSERT_STRING_EQUAL(
        error.message,
        with("Ticket %s went in at 18:00 at Door 1: it cannot be canceled or given for another "
             "unless that door takes the admission back by 18:15.",
             place.ticket, 0));
    reissue = (struct op_reissue){.ticket_id = place.ticket, .slot = {.id = place.later}};
    CU_ASSERT_EQUAL(office_reissue(&place.fixture.office, &reissue, NULL, &view, &old, NULL),
                    TK_TICKET_ADMITTED);
    CU_ASSERT_EQUAL(office_ticket(&place.fixture.office, place.ticket, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_check_good(&place.fixture.office, &view.ticket, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_check_booked(&place.fixture.office, &view.ticket, NULL),
                    TK_TICKET_ADMITTED);
    place.fixture.now += 16 * TIME_MINUTE;
    CU_ASSERT_EQUAL(office_check_booked(&place.fixture.office, &view.ticket, &error),
                    TK_TICKET_ADMITTED);
    CU_ASSERT_STRING_EQUAL(
        error.message,
        with("Ticket %s went in at 18:00 at Door 1: it cannot be canceled or given for another.",
             place.ticket, 0));

    fixture_book(&place.fixture, place.skyfall, 3, NULL, NULL, &sale);
    CU_ASSERT_EQUAL(scan_ticket(&place, sale).verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(office_cancel_sale(&place.fixture.office, sale, &canceled, NULL), TK_OK);
    CU_ASSERT_EQUAL(canceled, 2);
    CU_ASSERT_EQUAL(office_cancel_sale(&place.fixture.office, sale, &canceled, &error),
                    TK_TICKET_ADMITTED);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "What is left of this sale was used: the door that let it in must take "
                           "that back first.");
    CU_ASSERT_EQUAL(canceled, 0);
    place_release(&place);
}

static void test_print(void)
{
    struct place place;
    struct ticket_view view = {0};
    struct op_id id;
    int32_t copy = 0;

    place_init(&place);
    id = office_make_id(&place.fixture.office);
    CU_ASSERT_EQUAL(office_print(&place.fixture.office, place.ticket, &id, &view, &copy, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(copy, 1);
    CU_ASSERT_EQUAL(view.ticket.id, place.ticket);
    CU_ASSERT_EQUAL(office_print(&place.fixture.office, place.ticket, NULL, &view, &copy, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(copy, 2);
    CU_ASSERT_EQUAL(office_print(&place.fixture.office, place.ticket, &id, &view, &copy, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(copy, 1);
    CU_ASSERT_EQUAL(view.ticket.prints, 2);
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, place.ticket, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_print(&place.fixture.office, place.ticket, NULL, &view, &copy, NULL),
                    TK_TICKET_CANCELED);
    place_release(&place);
}

/* --- keys --- */

static enum tk_code two_keys(void *context, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error)
{
    struct crypto_key *site_keys = context;

    if (generation > 2)
        return tk_fail(error, TK_CONFIG, "There is no key of generation %lld.",
                       (long long)generation);
    *key = pass_slot_key(&site_keys[generation == 2], slot_id);
    return TK_OK;
}

static void test_generations(void)
{
    struct place place;
    struct crypto_key site_keys[2] = {{{1}}, {{2}}}, key;
    struct tk_error error = {0};
    struct admission said = {0};
    struct admission_request request;
    char pass[PASS_SIZE];
    int64_t third;
    uint64_t before, after;

    place_init(&place);
    place.fixture.office.keys = (struct key_ring){two_keys, site_keys, false};
    CU_ASSERT_EQUAL(office_rotate(&place.fixture.office, 3, NULL, &error), TK_BAD_GENERATION);
    CU_ASSERT_EQUAL(office_rotate(&place.fixture.office, 2, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_rotate(&place.fixture.office, 2, NULL, NULL), TK_BAD_GENERATION);
    /* one sold to before stays with its key, for the tickets that follow too */
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &before);
    third = fixture_schedule(&place.fixture, "Alien", SOON, 5);
    fixture_book(&place.fixture, third, 1, NULL, NULL, &after);
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, place.skyfall).key_generation, 1);
    CU_ASSERT_EQUAL(fixture_slot(&place.fixture, third).key_generation, 2);
    key = pass_slot_key(&site_keys[0], place.skyfall);
    pass_make(pass, &key, before, place.skyfall);
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_ADMITTED);
    key = pass_slot_key(&site_keys[0], third);
    pass_make(pass, &key, after, third);
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_NOT_GENUINE);
    key = pass_slot_key(&site_keys[1], third);
    pass_make(pass, &key, after, third);
    CU_ASSERT_EQUAL(scan(&place, pass).verdict, VERDICT_ADMITTED);
    /* a key that cannot be had is an error, not a forgery */
    CU_ASSERT_EQUAL(office_rotate(&place.fixture.office, 3, NULL, NULL), TK_OK);
    third = fixture_schedule(&place.fixture, "Brazil", SOON, 5);
    fixture_book(&place.fixture, third, 1, NULL, NULL, &after);
    pass_make(pass, &key, after, third);
    request = request_of(&place, pass);
    CU_ASSERT_EQUAL(office_admit(&place.fixture.office, &request, &said, &error), TK_CONFIG);
    CU_ASSERT_STRING_EQUAL(error.message, "There is no key of generation 3.");
    place_release(&place);
}

/* --- the rest --- */

static void test_counts(void)
{
    struct place place;
    struct admission_count_list doors = {0};
    struct slot_list slots = {0};
    uint64_t sale;

    place_init(&place);
    fixture_book(&place.fixture, place.skyfall, 2, NULL, NULL, &sale);
    scan_ticket(&place, place.ticket);
    place.fixture.now += TIME_MINUTE;
    scan_ticket(&place, sale);
    take_device(&place, "Door 1");
    scan_ticket(&place, ticket_at(&place, sale, 1));
    CU_ASSERT_EQUAL(office_admissions(&place.fixture.office, place.skyfall, &doors, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(doors.count, 2);
    CU_ASSERT_STRING_EQUAL(doors.items[0].device, "Door 1");
    CU_ASSERT_EQUAL(doors.items[0].count, 1);
    CU_ASSERT_EQUAL(doors.items[1].count, 2);
    CU_ASSERT_EQUAL(doors.items[1].last_at, place.fixture.now);
    admission_count_list_release(&doors);

    place.fixture.now = FIXTURE_NOW;
    CU_ASSERT_EQUAL(office_slots_admitting(&place.fixture.office, 0, &slots, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(slots.count, 1);
    CU_ASSERT_EQUAL(slots.items[0].id, place.skyfall);
    slot_list_clear(&slots);
    office_slots_admitting(&place.fixture.office, 2 * TIME_HOUR - 1, &slots, NULL);
    CU_ASSERT_EQUAL(slots.count, 1);
    slot_list_clear(&slots);
    office_slots_admitting(&place.fixture.office, 2 * TIME_HOUR, &slots, NULL);
    CU_ASSERT_EQUAL(slots.count, 2);
    slot_list_clear(&slots);
    place.fixture.now += SOON + 2 * TIME_HOUR - 1;
    office_slots_admitting(&place.fixture.office, 0, &slots, NULL);
    CU_ASSERT_EQUAL(slots.count, 2);
    slot_list_clear(&slots);
    place.fixture.now++;
    office_slots_admitting(&place.fixture.office, 0, &slots, NULL);
    CU_ASSERT_EQUAL(slots.count, 1);
    slot_list_release(&slots);
    place_release(&place);
}

/* How many are found of two slots; *first is the first of them. */
static size_t find_at(struct place *place, const char *text, int64_t slot, int64_t other,
                      size_t limit, uint64_t *first)
{
    int64_t slots[] = {slot, other};
    struct ticket_view_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(office_find_at(&place->fixture.office, text, slots, other ? 2 : 1, limit, &list,
                                   NULL),
                    TK_OK);
    count = list.count;
    *first = count ? list.items[0].ticket.id : 0;
    if (count)
        CU_ASSERT(list.items[0].slot.name[0] != '\0');
    ticket_view_list_release(&list);
    return count;
}

/* Whoever looks somebody up at a door finds him, whatever was sold beside and since. */
static void test_find_at(void)
{
    struct place place;
    struct ticket_view view;
    char pass[PASS_SIZE], text[ID_TEXT_MAX];
    uint64_t other, newer, walk_up, first;
    int64_t big, huge;

    place_init(&place);
    big = fixture_schedule(&place.fixture, "Up", TIME_DAY, 5000);
    huge = fixture_schedule(&place.fixture, "Heat", TIME_DAY, 5000);
    fixture_book(&place.fixture, big, 2100, "Anuranjan", "+49 170 6543", &other);
    for (int i = 0; i < 501; i++) {
        snprintf(text, sizeof text, "Anuran %d", i);
        fixture_book(&place.fixture, huge, 1, text, "0170 6543", &other);
    }
    place.fixture.now += TIME_MINUTE;
    fixture_book(&place.fixture, place.skyfall, 1, "Anuranjan", "+49 170 6543", &newer);
    fixture_book(&place.fixture, place.later, 1, "Anu", "+49 170 6543", &other);
    fixture_book(&place.fixture, place.skyfall, 1, NULL, NULL, &walk_up);
    CU_ASSERT_EQUAL(find_at(&place, "anur", place.skyfall, 0, 20, &first), 2);
    CU_ASSERT_EQUAL(first, newer);
    CU_ASSERT_EQUAL(find_at(&place, "6543", place.skyfall, place.later, 20, &first), 3);
    /* who is in is hardly meant */
    CU_ASSERT_EQUAL(scan_ticket(&place, newer).verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(find_at(&place, "anur", place.skyfall, 0, 20, &first), 2);
    CU_ASSERT_EQUAL(first, place.ticket);
    CU_ASSERT_EQUAL(office_unadmit(&place.fixture.office, newer, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(find_at(&place, "anu", place.skyfall, place.later, 1, &first), 1);
    CU_ASSERT_EQUAL(find_at(&place, "", place.skyfall, 0, 20, &first), 3);
    CU_ASSERT_EQUAL(find_at(&place, "nobody", place.skyfall, place.later, 20, &first), 0);
    CU_ASSERT_EQUAL(find_at(&place, " ", place.skyfall, 0, 20, &first), 0);
    CU_ASSERT_EQUAL(find_at(&place, "anur", 1, 0, 20, &first), 0);
    CU_ASSERT_EQUAL(office_cancel(&place.fixture.office, newer, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(find_at(&place, "anur", place.skyfall, 0, 20, &first), 2);
    CU_ASSERT_EQUAL(first, place.ticket); /* which is good */
    id_print(text, ID_CUSTOMER, view.customer.id);
    CU_ASSERT_EQUAL(find_at(&place, text, place.skyfall, 0, 20, &first), 2);
    id_print(text, ID_TICKET, walk_up);
    CU_ASSERT_EQUAL(find_at(&place, text, place.skyfall, place.later, 20, &first), 1);
    CU_ASSERT_EQUAL(first, walk_up);
    CU_ASSERT_EQUAL(find_at(&place, text, place.later, 0, 20, &first), 0);
    pass_of(&place, walk_up, pass);
    CU_ASSERT_EQUAL(find_at(&place, pass, place.skyfall, 0, 20, &first), 1);
    CU_ASSERT_EQUAL(find_at(&place, pass, place.later, 0, 20, &first), 0);
    place_release(&place);
}

/* --- a centre that knows more --- */

struct centre {
    enum tk_code code;
    int asked;
    bool online;
};

static void tell_line(void *context, struct sync_status *status)
{
    *status = (struct sync_status){.online = ((struct centre *)context)->online};
}

static enum tk_code judge_there(void *context, const struct admission_request *request,
                                struct admission *admission, struct tk_error *error)
{
    struct centre *centre = context;

    (void)request;
    centre->asked++;
    if (centre->code == TK_UNAVAILABLE)
        centre->online = false;
    if (centre->code)
        return tk_fail_code(error, centre->code);
    *admission = (struct admission){.verdict = VERDICT_OVER};
    return TK_OK;
}

static enum tk_code scan_code(struct place *place, const char *code, struct admission *said)
{
    struct admission_request request = request_of(place, code);

    *said = (struct admission){0};
    return office_admit(&place->fixture.office, &request, said, NULL);
}

/* What a copy cannot tell its centre is asked, and nothing else. */
static void test_centre_is_asked(void)
{
    static const char nobody[] = "7K3QF9XW2MAB3DE12345";
    struct place place;
    struct admission said;
    struct centre centre = {.online = true};

    place_init(&place);
    place.fixture.office.line =
        (struct line_port){.status = tell_line, .admit = judge_there, .context = &centre};
    CU_ASSERT_EQUAL(scan_ticket(&place, place.ticket).verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan_code(&place, "no pass at all", &said), TK_OK);
    CU_ASSERT_EQUAL(centre.asked, 0);
    CU_ASSERT_EQUAL(scan_code(&place, nobody, &said), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_OVER);
    CU_ASSERT_EQUAL(centre.asked, 1);
    centre.code = TK_UNKNOWN; /* it may have let somebody in: then it is no verdict */
    CU_ASSERT_EQUAL(scan_code(&place, nobody, &said), TK_UNKNOWN);
    centre.code = TK_UNAVAILABLE;
    CU_ASSERT_EQUAL(scan_code(&place, nobody, &said), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_NOT_GENUINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(said.message, "cannot be told while the box office is away"));
    CU_ASSERT_EQUAL(centre.asked, 3);
    CU_ASSERT_EQUAL(scan_code(&place, nobody, &said), TK_OK); /* known to be away: not asked */
    CU_ASSERT_EQUAL(centre.asked, 3);
    place_release(&place);
}

static void test_wrong_passes(void)
{
    struct wrong_passes passes = {0};
    int64_t now = FIXTURE_NOW;

    for (int i = 0; i < WRONG_PASSES_FREE; i++) {
        CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), 0);
        wrong_passes_note(&passes, i % 2 ? VERDICT_NOT_GENUINE : VERDICT_UNKNOWN, now);
        wrong_passes_note(&passes, VERDICT_ADMITTED, now);
        wrong_passes_note(&passes, VERDICT_UNREADABLE, now);
        wrong_passes_note(&passes, VERDICT_ALREADY, now);
    }
    CU_ASSERT_EQUAL(passes.count, WRONG_PASSES_FREE);
    for (int i = 0; i < VERDICT_COUNT; i++)
        CU_ASSERT_EQUAL(verdict_is_wrong_pass((enum verdict)i),
                        i == VERDICT_NOT_GENUINE || i == VERDICT_UNKNOWN);
    for (int i = 0; i < 5; i++) { /* one a second from then on */
        CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), WRONG_PASS_PAUSE);
        now += WRONG_PASS_PAUSE - 1;
        CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), 1);
        now++;
        CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), 0);
        wrong_passes_note(&passes, VERDICT_NOT_GENUINE, now);
    }
    /* never longer, wherever the clock is set */
    CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now - TIME_DAY), WRONG_PASS_PAUSE);
    CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now - TIME_DAY + WRONG_PASS_PAUSE), 0);
    wrong_passes_note(&passes, VERDICT_NOT_GENUINE, now - TIME_DAY);
    CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now - TIME_DAY + WRONG_PASS_PAUSE), 0);
    /* and it is forgotten by and by */
    now += WRONG_PASSES_FREE * WRONG_PASS_PAUSE;
    for (int i = 0; i < WRONG_PASSES_FREE; i++) {
        CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), 0);
        wrong_passes_note(&passes, VERDICT_NOT_GENUINE, now);
    }
    CU_ASSERT_EQUAL(wrong_passes_wait(&passes, now), WRONG_PASS_PAUSE);
}

SUITE(admission, {"each verdict has a word, a name and an advice of its own", test_table},
      {"a ticket is admitted once; then it is told when, where and how long ago", test_admitted},
      {"too early and over say when", test_time},
      {"a ticket for another showing is told which", test_other_slot},
      {"canceled and replaced tickets say when and by which", test_gone},
      {"an expired ticket admits nobody", test_expired},
      {"a pass that is nobody's tells nothing", test_stranger},
      {"training and real passes are kept apart both ways", test_training},
      {"a pass is read whatever the keyboard's layout", test_layouts},
      {"a ticket is admitted by its number", test_number},
      {"one scan admits a group, that ticket first", test_group},
      {"a group is not admitted when the showing is over", test_group_over},
      {"a request that is sent again has its answer and no other effect", test_again},
      {"also when others came after it", test_again_late},
      {"without memory nobody is lost or let in twice", test_no_memory},
      {"an id that was used for something else is an error", test_id_reused},
      {"the same door takes an admission back for a quarter of an hour", test_undo},
      {"what was used is not canceled or reissued", test_counter},
      {"copies on paper are counted", test_print},
      {"passes of two key generations are good side by side", test_generations},
      {"doors are counted, and slots listed as they open", test_counts},
      {"whoever comes to a showing is found, however many others there are", test_find_at},
      {"a centre is asked what the copy cannot tell", test_centre_is_asked},
      {"wrong passes are slowed down, and never for longer than a second", test_wrong_passes})
