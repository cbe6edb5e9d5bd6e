#include "core/operation.h"

#include "core/staff.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/support/test.h"

static struct operation make(enum op_kind kind)
{
    static const uint8_t random[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct operation o = {.id = op_id_make(1795370400000, random),
                          .kind = kind,
                          .actor = "Priya",
                          .device = "till-1",
                          .at = INT64_C(1795370400000000)};

    switch (kind) {
    case OP_SCHEDULE:
        o.schedule = (struct op_schedule){.name = "Amélie “2”",
                                          .description = "A \"quoted\" \\ line.",
                                          .screen = "Screen 2",
                                          .starts_at = 1,
                                          .ends_at = TIME_MAX,
                                          .type = SLOT_DOCUMENTARY,
                                          .genre = GENRE_HISTORICAL_FICTION,
                                          .capacity = 20};
        break;
    case OP_BOOK:
        o.book = (struct op_book){.slot = {.id = 100042},
                                  .count = -5,
                                  .customer_name = "Anna Berg",
                                  .customer_phone = "+4915112345678"};
        break;
    case OP_REISSUE:
        o.reissue = (struct op_reissue){77, {.name = "Heat", .starts_at = 1795370400000000}, 0};
        break;
    case OP_CANCEL:
        o.cancel.ticket_id = ID_MAX;
        break;
    case OP_EXPIRE:
        o.expire = (struct op_expire){100042, INT64_MIN};
        break;
    case OP_ENROL:
        o.enrol = (struct op_enrol){"Tür “2”", ROLE_DOOR, {1, 2, 0xFF, [31] = 0x80}};
        break;
    case OP_REVOKE:
        o.revoke = (struct op_revoke){"till-1"};
        break;
    case OP_ADMIT:
        o.admit = (struct op_admit){77, 100042, INT64_C(1795370400000001)};
        break;
    case OP_UNADMIT:
        o.unadmit.ticket_id = ID_MAX;
        break;
    case OP_PRINT:
        o.copy.ticket_id = 77;
        break;
    case OP_ROTATE:
        o.rotate.generation = KEY_GENERATION_MAX;
        break;
    case OP_JOIN:
        o.join.replica = (struct op_id){{0xFF, [15] = 1}};
        break;
    case OP_GRANT:
        o.grant = (struct op_grant){100042, "Tür “2”", INT64_MAX};
        break;
    case OP_RETURN:
        o.give_back = (struct op_give_back){100042, INT64_MIN};
        o.cut_off = true;
        break;
    case OP_WRITE_OFF:
        o.write_off = (struct op_write_off){100042, "till-2"};
        break;
    case OP_BLOCK:
        text_copy(o.block.holder, DEVICE_SIZE, "till-2");
        break;
    case OP_MARK:
        o.mark = (struct op_mark){{{1, 2}}, INT64_MAX, {3, 4, [31] = 0xFF}};
        break;
    case OP_QUARANTINE:
        text_copy(o.quarantine.holder, DEVICE_SIZE, "till-2");
        break;
    case OP_VOID:
        o.void_.operation = (struct op_id){{7, [15] = 8}};
        break;
    case OP_CLOSE:
        o.settle = (struct op_close){{{9}}, "They sat in “row 9”."};
        break;
    case OP_STAFF:
        o.staff = (struct op_staff){STAFF_NUMBER_MAX, "Anna “A” Berg", ROLE_AUDITOR, true};
        break;
    case OP_PIN:
        o.pin = (struct op_pin){1042, "$argon2id$v=19$", ""};
        break;
    case OP_SIGN:
        o.sign = (struct op_sign){.number = 1042, .event = "approved"};
        break;
    case OP_SHIFT_OPEN:
        break;
    case OP_SHIFT_CLOSE:
        o.shift_close = (struct op_shift_close){"2:14 3:1", "7:15"};
        break;
    case OP_LIMIT:
        o.limit = (struct op_limit){"sale-tickets", 12};
        break;
    case OP_INVITE:
        o.invite = (struct op_invite){"Tür “2”", ROLE_CLERK, true, {[31] = 1}, INT64_MAX};
        break;
    case OP_REDEEM:
        o.redeem = (struct op_redeem){"Tür “2”", {[31] = 1}, {2}};
        break;
    case OP_TIER:
        o.tier = (struct op_tier){ID_MAX, "Gold", "Comes every day."};
        break;
    case OP_ERASE:
        o.erase = (struct op_erase){77, "Asked us to."};
        break;
    case OP_SEAL:
        o.seal = (struct op_seal){"midnight"};
        break;
    default:
        o.archive = (struct op_archive){100042, INT64_MAX};
    }
    return o;
}

static void print(struct buffer *json, const struct operation *operation, enum op_print what)
{
    buffer_clear(json);
    operation_print(json, operation, what);
    CU_ASSERT_FALSE(json->failed);
}

static void test_round_trip(void)
{
    struct buffer first, second;

    buffer_init(&first, 64 * 1024);
    buffer_init(&second, 64 * 1024);
    for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
        struct operation operation = make((enum op_kind)kind), read;
        struct tk_error error = {0};

        print(&first, &operation, OP_PRINT_WHOLE);
        CU_ASSERT_EQUAL_FATAL(operation_parse(first.data, first.length, &read, &error), TK_OK);
        CU_ASSERT_EQUAL(error.message[0], '\0');
        CU_ASSERT(op_id_equal(&read.id, &operation.id) && read.kind == operation.kind);
        CU_ASSERT(read.at == operation.at && !strcmp(read.actor, operation.actor));
        print(&second, &read, OP_PRINT_WHOLE);
        CU_ASSERT_STRING_EQUAL(buffer_text(&first), buffer_text(&second));
        CU_ASSERT_EQUAL(memcmp(&read, &operation, sizeof read), 0);
    }
    buffer_release(&first);
    buffer_release(&second);
}

static bool comes_back(const struct operation *operation)
{
    struct operation read;
    struct buffer json;
    bool same;

    buffer_init(&json, 64 * 1024);
    print(&json, operation, OP_PRINT_WHOLE);
    same = operation_parse(json.data, json.length, &read, NULL) == TK_OK &&
           memcmp(&read, operation, sizeof read) == 0;
    if (!same)
        printf("\n    %s\n", buffer_text(&json));
    buffer_release(&json);
    return same;
}

/* What was done while a till was cut off, with the numbers that it gave. */
static void test_cut_off_round_trip(void)
{
    static const enum op_kind kinds[] = {OP_BOOK,    OP_REISSUE, OP_CANCEL, OP_ADMIT,
                                         OP_UNADMIT, OP_PRINT,   OP_RETURN};
    struct operation operation;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        operation = make(kinds[i]);
        operation.cut_off = true;
        if (kinds[i] == OP_BOOK)
            operation.book.first_ticket = ID_MAX;
        if (kinds[i] == OP_REISSUE)
            operation.reissue.new_ticket = 1;
        CU_ASSERT_TRUE(comes_back(&operation));
    }
    operation = make(OP_BOOK); /* a sale that the centre had lost */
    operation.book.first_ticket = 5;
    CU_ASSERT_TRUE(comes_back(&operation));
    operation = make(OP_WRITE_OFF); /* of a till as a whole */
    operation.write_off.slot_id = 0;
    CU_ASSERT_TRUE(comes_back(&operation));
}

#define HEAD \
    "\"id\":\"01a20673-4480-7102-8304-05060708090a\",\"actor\":\"P\",\"device\":\"t\",\"at\":1,"
#define HASH_63 "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH "0" HASH_63
#define ENROL HEAD "\"operation\":\"enrol\",\"deviceName\":\"t\","
#define ENROL_FINE "{" ENROL "\"role\":\"door\",\"tokenHash\":\"" HASH "\"}"
#define CANCEL HEAD "\"operation\":\"cancel\",\"ticketId\":\"TKT7K3QF9XW2M\""
#define ADMIT HEAD "\"operation\":\"admit\",\"ticketId\":\"TKT7K3QF9XW2M\""
#define BOOK HEAD "\"operation\":\"book\",\"slotId\":100000,"

static void test_hostile_json(void)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}",
        "{" CANCEL,
        "{" CANCEL "}}",
        "{" CANCEL "} x",
        "{" CANCEL ",}",
        "{" CANCEL ",\"more\":1}",
        "{" CANCEL ",\"at\":1}",
        "{" CANCEL ",\"ticketId\":\"TKT7K3QF9XW2M\"}",
        "{" HEAD "\"operation\":\"cancel\"}",
        "{" HEAD "\"operation\":\"destroy\"}",
        "{" HEAD "\"operation\":7}",
        "{\"operation\":\"cancel\",\"ticketId\":\"TKT7K3QF9XW2M\"}",
        "{" HEAD "\"operation\":\"cancel\",\"ticketId\":7}",
        "{" HEAD "\"operation\":\"cancel\",\"ticketId\":\"TKT0000000000\"}",
        "{" HEAD "\"operation\":\"cancel\",\"ticketId\":null}",
        "{" BOOK "\"numTickets\":1.5}",
        "{" BOOK "\"numTickets\":\"1\"}",
        "{" BOOK "\"numTickets\":100000000000000000000}",
        "{" BOOK "\"numTickets\":NaN}",
        "{" BOOK "\"numTickets\":true}",
        "{" BOOK "\"numTickets\":1,\"userName\":\"a\\u0000b\"}",
        "{" BOOK "\"numTickets\":1,\"userName\":\"\xFF\"}",
        "{" BOOK "\"numTickets\":1,\"userName\":\"\\ud800\"}",
        "{" BOOK "\"numTickets\":1,\"userName\":[\"a\"]}",
        "{" BOOK "\"numTickets\":1,\"phoneNumber\":\"123456789012345678\"}",
        "{" BOOK "\"numTickets\":1,'userName':'a'}",
        "{" BOOK "\"numTickets\":1/*x*/}",
        "{" ENROL "\"role\":\"door\",\"tokenHash\":\"00\"}",
        "{" ENROL "\"role\":\"door\",\"tokenHash\":\"" HASH "0\"}",
        "{" ENROL "\"role\":\"door\",\"tokenHash\":\"x" HASH_63 "\"}",
        "{" ENROL "\"role\":\"door\",\"tokenHash\":7}",
        "{" ENROL "\"role\":\"door\"}",
        "{" ENROL "\"role\":4,\"tokenHash\":\"" HASH "\"}",
        "{" ENROL "\"role\":\"owner\",\"tokenHash\":\"" HASH "\"}",
        "{" ENROL "\"tokenHash\":\"" HASH "\"}",
        "{" HEAD "\"operation\":\"admit\"}",
        "{" HEAD "\"operation\":\"admit\",\"slotId\":100000}",
        "{" ADMIT ",\"slotId\":\"TKT7K3QF9XW2M\"}",
        "{" ADMIT ",\"admittedAt\":\"now\"}",
        "{" ADMIT ",\"admittedAt\":1.5}",
        "{" ADMIT ",\"generation\":1}",
        "{" HEAD "\"operation\":\"unadmit\"}",
        "{" HEAD "\"operation\":\"unadmit\",\"ticketId\":\"TKT7K3QF9XW2M\",\"slotId\":100000}",
        "{" HEAD "\"operation\":\"print\"}",
        "{" HEAD "\"operation\":\"rotate\"}",
        "{" HEAD "\"operation\":\"rotate\",\"generation\":\"2\"}",
        "{" BOOK "\"numTickets\":1,\"cutOff\":1}",
        "{" BOOK "\"numTickets\":1,\"cutOff\":\"true\"}",
        "{" BOOK "\"numTickets\":1,\"firstTicketId\":5}",
        "{" HEAD "\"operation\":\"expire\",\"slotId\":100000,\"asOf\":1,\"cutOff\":true}",
        "{" HEAD "\"operation\":\"join\"}",
        "{" HEAD "\"operation\":\"join\",\"replicaId\":\"x\"}",
        "{" HEAD "\"operation\":\"join\",\"replicaId\":7}",
        "{" HEAD "\"operation\":\"grant\",\"slotId\":100000,\"deviceName\":\"t\"}",
        "{" HEAD "\"operation\":\"grant\",\"slotId\":100000,\"granted\":5}",
        "{" HEAD "\"operation\":\"return\",\"slotId\":100000}",
        "{" HEAD "\"operation\":\"write-off\",\"slotId\":100000}",
        "{" HEAD "\"operation\":\"block\"}",
        "{" HEAD "\"operation\":\"mark\",\"seq\":1,\"hash\":\"" HASH "\"}",
        "{" HEAD "\"operation\":\"quarantine\"}",
        "{" HEAD "\"operation\":\"void\"}",
        "{" HEAD "\"operation\":\"void\",\"operationId\":\"01a20673\"}",
        "{" HEAD "\"operation\":\"close\",\"reason\":\"x\"}",
    };
    struct operation operation = {.at = 7};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tk_error error = {0};

        CU_ASSERT_EQUAL(operation_parse(bad[i], strlen(bad[i]), &operation, &error),
                        TK_BAD_OPERATION);
        CU_ASSERT_NOT_EQUAL(error.message[0], '\0');
        CU_ASSERT_EQUAL(operation.at, 7);
    }
    CU_ASSERT_EQUAL(operation_parse(ENROL_FINE, strlen(ENROL_FINE), &operation, NULL), TK_OK);
    CU_ASSERT_EQUAL(operation_parse("{" ADMIT "}", strlen("{" ADMIT "}"), &operation, NULL), TK_OK);
    CU_ASSERT(operation.admit.slot_id == 0 && operation.admit.admitted_at == 0);
    CU_ASSERT_EQUAL(operation_parse("{" CANCEL "}", strlen("{" CANCEL "}"), &operation, NULL),
                    TK_OK);
}

static void test_deep_and_cut(void)
{
    struct operation operation = make(OP_SCHEDULE), read;
    struct buffer json;

    buffer_init(&json, 256 * 1024);
    for (int i = 0; i < 100000; i++)
        buffer_add_char(&json, '[');
    CU_ASSERT_EQUAL(operation_parse(json.data, json.length, &read, NULL), TK_BAD_OPERATION);
    print(&json, &operation, OP_PRINT_WHOLE);
    for (size_t length = 0; length < json.length; length++)
        CU_ASSERT_EQUAL(operation_parse(json.data, length, &read, NULL), TK_BAD_OPERATION);
    buffer_release(&json);
}

static void test_journal_form(void)
{
    struct operation operation = make(OP_BOOK);
    struct buffer json;

    buffer_init(&json, 64 * 1024);
    print(&json, &operation, OP_PRINT_JOURNAL);
    CU_ASSERT_STRING_EQUAL(buffer_text(&json), "{\"slotId\":100042,\"numTickets\":-5}");
    print(&json, &operation, OP_PRINT_BODY);
    CU_ASSERT_STRING_EQUAL(buffer_text(&json),
                           "{\"slotId\":100042,\"numTickets\":-5,\"userName\":\"Anna Berg\","
                           "\"phoneNumber\":\"+4915112345678\"}");
    operation = make(OP_ENROL);
    print(&json, &operation, OP_PRINT_JOURNAL);
    CU_ASSERT_STRING_EQUAL(buffer_text(&json), "{\"deviceName\":\"Tür “2”\",\"role\":\"door\"}");
    print(&json, &operation, OP_PRINT_BODY);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&json), ",\"tokenHash\":\"0102ff00"));
    operation = make(OP_SCHEDULE);
    operation.schedule.type = (enum slot_type)99; /* not to be trusted, yet to be recorded */
    operation.schedule.genre = (enum genre) - 1;
    operation.schedule.ends_at = 2;
    print(&json, &operation, OP_PRINT_JOURNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&json), "\"slotType\":99"));
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_TYPE);
    buffer_release(&json);
}

static bool same_digest(const struct operation *a, const struct operation *b)
{
    static const struct crypto_key key = {{42}};
    uint8_t left[CRYPTO_HASH_SIZE], right[CRYPTO_HASH_SIZE];

    CU_ASSERT_EQUAL(operation_digest(a, &key, left), TK_OK);
    CU_ASSERT_EQUAL(operation_digest(b, &key, right), TK_OK);
    return memcmp(left, right, sizeof left) == 0;
}

/* Asserts that an operation with one argument changed has another digest. */
#define ASSERT_DIFFERS(kind, change)          \
    do {                                      \
        a = make(kind);                       \
        b = a;                                \
        change;                               \
        CU_ASSERT_FALSE(same_digest(&a, &b)); \
    } while (0)

static void test_digest(void)
{
    static const struct crypto_key other = {{43}};
    struct operation a = make(OP_BOOK), b = a;
    uint8_t left[CRYPTO_HASH_SIZE], right[CRYPTO_HASH_SIZE];

    b.id.bytes[0]++;
    b.actor[0] = b.device[0] = 'x';
    b.at++;
    CU_ASSERT_TRUE(same_digest(&a, &b));
    operation_digest(&a, &other, left);
    operation_digest(&a, &(struct crypto_key){{44}}, right);
    CU_ASSERT_NOT_EQUAL(memcmp(left, right, sizeof left), 0);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.name[0]++);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.description[0]++);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.screen[0]++);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.starts_at++);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.ends_at++);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.type = SLOT_CONCERT);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.genre = GENRE_HISTORICAL);
    ASSERT_DIFFERS(OP_SCHEDULE, b.schedule.capacity++);
    ASSERT_DIFFERS(OP_BOOK, b.book.slot.id++);
    ASSERT_DIFFERS(OP_BOOK, b.book.slot.name[0] = 'x');
    ASSERT_DIFFERS(OP_BOOK, b.book.slot.starts_at++);
    ASSERT_DIFFERS(OP_BOOK, b.book.count++);
    ASSERT_DIFFERS(OP_BOOK, b.book.customer_name[0]++);
    ASSERT_DIFFERS(OP_BOOK, b.book.customer_phone[1]++);
    ASSERT_DIFFERS(OP_REISSUE, b.reissue.ticket_id++);
    ASSERT_DIFFERS(OP_REISSUE, b.reissue.slot.starts_at++);
    ASSERT_DIFFERS(OP_REISSUE, b.reissue.slot.name[0]++);
    ASSERT_DIFFERS(OP_REISSUE, b.reissue.slot.id++);
    ASSERT_DIFFERS(OP_CANCEL, b.cancel.ticket_id--);
    ASSERT_DIFFERS(OP_EXPIRE, b.expire.slot_id++);
    ASSERT_DIFFERS(OP_EXPIRE, b.expire.as_of++);
    ASSERT_DIFFERS(OP_ARCHIVE, b.archive.slot_id++);
    ASSERT_DIFFERS(OP_ARCHIVE, b.archive.before--);
    ASSERT_DIFFERS(OP_ENROL, b.enrol.name[0] = 'x');
    ASSERT_DIFFERS(OP_ENROL, b.enrol.role = ROLE_ADMIN);
    ASSERT_DIFFERS(OP_ENROL, b.enrol.token_hash[31] = 0);
    ASSERT_DIFFERS(OP_REVOKE, b.revoke.name[0]++);
    ASSERT_DIFFERS(OP_ADMIT, b.admit.ticket_id++);
    ASSERT_DIFFERS(OP_ADMIT, b.admit.slot_id = 0);
    ASSERT_DIFFERS(OP_ADMIT, b.admit.admitted_at = 0);
    ASSERT_DIFFERS(OP_UNADMIT, b.unadmit.ticket_id--);
    ASSERT_DIFFERS(OP_PRINT, b.copy.ticket_id++);
    ASSERT_DIFFERS(OP_PRINT, b.kind = OP_UNADMIT);
    ASSERT_DIFFERS(OP_ROTATE, b.rotate.generation--);
    ASSERT_DIFFERS(OP_BOOK, b.kind = OP_SCHEDULE);
    ASSERT_DIFFERS(OP_BOOK, b.cut_off = true);
    ASSERT_DIFFERS(OP_BOOK, b.book.first_ticket = 1);
    ASSERT_DIFFERS(OP_REISSUE, b.cut_off = true);
    ASSERT_DIFFERS(OP_REISSUE, b.reissue.new_ticket = 1);
    ASSERT_DIFFERS(OP_CANCEL, b.cut_off = true);
    ASSERT_DIFFERS(OP_ADMIT, b.cut_off = true);
    ASSERT_DIFFERS(OP_UNADMIT, b.cut_off = true);
    ASSERT_DIFFERS(OP_PRINT, b.cut_off = true);
    ASSERT_DIFFERS(OP_JOIN, b.join.replica.bytes[15]++);
    ASSERT_DIFFERS(OP_GRANT, b.grant.slot_id++);
    ASSERT_DIFFERS(OP_GRANT, b.grant.granted--);
    ASSERT_DIFFERS(OP_GRANT, b.grant.holder[0] = 'x');
    ASSERT_DIFFERS(OP_RETURN, b.give_back.slot_id++);
    ASSERT_DIFFERS(OP_RETURN, b.give_back.returned++);
    ASSERT_DIFFERS(OP_WRITE_OFF, b.write_off.slot_id = 0);
    ASSERT_DIFFERS(OP_WRITE_OFF, b.write_off.holder[0]++);
    ASSERT_DIFFERS(OP_BLOCK, b.block.holder[0]++);
    ASSERT_DIFFERS(OP_BLOCK, b.kind = OP_QUARANTINE);
    ASSERT_DIFFERS(OP_MARK, b.mark.replica.bytes[0]++);
    ASSERT_DIFFERS(OP_MARK, b.mark.seq--);
    ASSERT_DIFFERS(OP_MARK, b.mark.hash[31]++);
    ASSERT_DIFFERS(OP_QUARANTINE, b.quarantine.holder[0]++);
    ASSERT_DIFFERS(OP_VOID, b.void_.operation.bytes[15]++);
    ASSERT_DIFFERS(OP_CLOSE, b.settle.dispute.bytes[0]++);
    ASSERT_DIFFERS(OP_CLOSE, b.settle.reason[0] = 'x');
}

static void test_clean(void)
{
    struct operation operation = make(OP_BOOK);
    struct tk_error error = {0};

    text_copy(operation.book.customer_name, CUSTOMER_NAME_SIZE, " Anna \u202E Berg ");
    text_copy(operation.book.customer_phone, CUSTOMER_PHONE_SIZE, "555 12-34");
    text_copy(operation.book.slot.name, SLOT_NAME_SIZE, "left over");
    operation.book.count = 1;
    CU_ASSERT_NOT_EQUAL(operation_check(&operation), TK_OK);
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(operation.book.customer_name, "Anna Berg");
    CU_ASSERT_STRING_EQUAL(operation.book.customer_phone, "5551234");
    CU_ASSERT_STRING_EQUAL(operation.book.slot.name, "");
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation.book.customer_phone[0] = '\0';
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_HALF_CUSTOMER);
    operation = make(OP_SCHEDULE);
    text_copy(operation.schedule.name, SLOT_NAME_SIZE, " \u200B ");
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_BAD_NAME);
    operation = make(OP_SCHEDULE);
    text_copy(operation.schedule.description, SLOT_DESCRIPTION_SIZE, "\xFF");
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_BAD_TEXT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "description"));
    operation = make(OP_ENROL);
    text_copy(operation.enrol.name, DEVICE_SIZE, " till \u200B 1 ");
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_NAME);
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(operation.enrol.name, "till 1");
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation.enrol.role = ROLE_COUNT;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_ROLE);
    operation = make(OP_REVOKE);
    text_copy(operation.revoke.name, DEVICE_SIZE, "\u200B");
    CU_ASSERT_EQUAL(operation_clean(&operation, &error), TK_BAD_NAME);
    CU_ASSERT_STRING_EQUAL(error.message, "The device needs a name.");
    operation = make(OP_CANCEL);
    operation.id = (struct op_id){{0}};
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
}

/* What a door says: the rest of it is for plan. */
static void test_door_checks(void)
{
    static const struct {
        int64_t at;
        enum tk_code code;
    } times[] = {{0, TK_OK},
                 {-1, TK_BAD_TIME},
                 {INT64_MIN, TK_BAD_TIME},
                 {TIME_MAX, TK_OK},
                 {TIME_MAX + 1, TK_BAD_TIME}},
      generations[] = {{0, TK_BAD_GENERATION},
                       {INT64_MIN, TK_BAD_GENERATION},
                       {1, TK_OK},
                       {KEY_GENERATION_MAX, TK_OK},
                       {KEY_GENERATION_MAX + 1, TK_BAD_GENERATION},
                       {INT64_MAX, TK_BAD_GENERATION}};
    struct operation operation = make(OP_ADMIT);

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        operation.admit.admitted_at = times[i].at;
        CU_ASSERT_EQUAL(operation_check(&operation), times[i].code);
    }
    operation.admit.admitted_at = 0;
    text_copy(operation.device, DEVICE_SIZE, "");
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_NAME);
    operation.kind = OP_UNADMIT;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation = make(OP_ROTATE);
    for (size_t i = 0; i < sizeof generations / sizeof *generations; i++) {
        operation.rotate.generation = generations[i].at;
        CU_ASSERT_EQUAL(operation_check(&operation), generations[i].code);
    }
}

/* What a till may say of itself: the rest of it is for plan. */
static void test_till_checks(void)
{
    struct operation operation = make(OP_BOOK);

    operation.book.count = 1;
    operation.cut_off = true;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION); /* it numbers all it issues */
    operation.book.first_ticket = 5;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation.book.first_ticket = ID_MAX + 1;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
    operation.book.first_ticket = 5;
    operation.book.slot.id = 0;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
    operation.book.slot.id = 100042;
    text_copy(operation.device, DEVICE_SIZE, "");
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_NAME);
    operation.cut_off = false;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation = make(OP_REISSUE);
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation.reissue.slot.id = 100042;
    operation.reissue.new_ticket = 5;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
    operation.cut_off = true;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation = make(OP_GRANT);
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_COUNT);
    operation.grant.granted = INT32_MAX;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    CU_ASSERT_EQUAL(operation_check(&(struct operation){.id = operation.id, .kind = OP_BLOCK}),
                    TK_BAD_NAME);
    operation = make(OP_RETURN);
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_COUNT);
    operation = make(OP_MARK);
    operation.mark.seq = -1;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
    operation = make(OP_VOID);
    operation.void_.operation = operation.id;
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_OPERATION);
    operation = make(OP_CLOSE);
    CU_ASSERT_EQUAL(operation_check(&operation), TK_OK);
    operation.settle.reason[0] = '\0';
    CU_ASSERT_EQUAL(operation_check(&operation), TK_BAD_REASON);
}

/* Nobody does what his role may not, and a kind that is forgotten is nobody's. */
static void test_till_roles(void)
{
    for (int kind = OP_JOIN; kind <= OP_VOID; kind++)
        CU_ASSERT(role_may(ROLE_ADMIN, (enum op_kind)kind) &&
                  role_may(ROLE_MANAGER, (enum op_kind)kind) == (kind == OP_WRITE_OFF));
    CU_ASSERT(role_may(ROLE_DOOR, OP_CLOSE) && !role_may(ROLE_READER, OP_CLOSE));
}

static void test_outcome(void)
{
    struct outcome outcome = {TK_OK, false, 100042, 77, 2, 18, 76, 5}, read = {0};
    struct buffer json;

    buffer_init(&json, 1000);
    outcome_print(&json, &outcome);
    CU_ASSERT_EQUAL(outcome_parse(json.data, json.length, &read), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&outcome, &read, sizeof read), 0);
    for (int code = 0; code < TK_CODE_COUNT; code++) {
        outcome = (struct outcome){.code = (enum tk_code)code};
        buffer_clear(&json);
        outcome_print(&json, &outcome);
        CU_ASSERT(outcome_parse(json.data, json.length, &read) == TK_OK && (int)read.code == code);
    }
    CU_ASSERT_EQUAL(outcome_parse("{}", 2, &read), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(outcome_parse("{\"code\":\"no\"}", 13, &read), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(outcome_parse("[", 1, &read), TK_BAD_OPERATION);
    buffer_release(&json);
}

SUITE(operation, {"each kind comes back from JSON as it was", test_round_trip},
      {"what was done cut off comes back as it was", test_cut_off_round_trip},
      {"JSON that is not an operation is refused", test_hostile_json},
      {"JSON nested deep or cut anywhere is refused", test_deep_and_cut},
      {"the journal has no name and no phone", test_journal_form},
      {"the digest tells every argument and no more", test_digest},
      {"texts are cleaned and checked", test_clean},
      {"a door and a key are checked for what can be checked", test_door_checks},
      {"a till is checked for what can be checked", test_till_checks},
      {"what tills are given is the centre's, a dispute whoever's sees it", test_till_roles},
      {"outcomes come back from JSON as they were", test_outcome})
