/* Things read back from their records: the other direction of wire.c, from the same columns. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/wire.h"
#include "core/wire_fields.h"

/* Each reads the value of a column into a member of `size` bytes. A value that is not there (NULL)
   is as null. TK_BAD_DATA when it does not fit. */

static bool is_nothing(const struct json *value)
{
    return !value || json_is_null(value);
}

static enum tk_code fit(bool fits)
{
    return fits ? TK_OK : TK_BAD_DATA;
}

static enum tk_code read_number(const struct json *value, void *into, size_t size)
{
    int64_t number;
    int32_t narrow;

    if (!json_whole(value, &number))
        return TK_BAD_DATA;
    narrow = (int32_t)number;
    if (size == sizeof number)
        memcpy(into, &number, sizeof number);
    else
        memcpy(into, &narrow, sizeof narrow);
    return fit(size == sizeof number || narrow == number);
}

static enum tk_code read_number_or_null(const struct json *value, void *into, size_t size)
{
    if (!is_nothing(value))
        return read_number(value, into, size);
    memset(into, 0, size);
    return TK_OK;
}

static enum tk_code read_number_or_absent(const struct json *value, void *into, size_t size)
{
    return read_number_or_null(value, into, size);
}

static enum tk_code read_seq(const struct json *value, void *into, size_t size)
{
    return read_number(value, into, size);
}

static enum tk_code read_text(const struct json *value, void *into, size_t size)
{
    const char *text = json_text(value);

    return fit(text && text_copy(into, size, text));
}

static enum tk_code read_text_or_null(const struct json *value, void *into, size_t size)
{
    if (!is_nothing(value))
        return read_text(value, into, size);
    *(char *)into = '\0';
    return TK_OK;
}

/* A pass follows from key, ticket and slot: it is no member of anything. */
static enum tk_code read_pass(const struct json *value, void *into, size_t size)
{
    (void)into;
    (void)size;
    return fit(is_nothing(value) || json_text(value));
}

static enum tk_code read_message(const struct json *value, void *into, size_t size)
{
    return read_pass(value, into, size);
}

static enum tk_code read_json(const struct json *value, void *into, size_t size)
{
    struct buffer text;
    char *copy;

    (void)size;
    if (is_nothing(value))
        return TK_OK;
    buffer_init(&text, WIRE_JSON_MAX);
    json_print(&text, NULL, value);
    copy = text.failed ? NULL : strdup(buffer_text(&text));
    buffer_release(&text);
    memcpy(into, &copy, sizeof copy);
    return copy ? TK_OK : TK_NO_MEMORY;
}

/* Text of JSON that the thing holds itself. */
static enum tk_code read_value(const struct json *value, void *into, size_t size)
{
    struct buffer text;
    enum tk_code code = TK_NO_MEMORY;

    *(char *)into = '\0';
    if (is_nothing(value))
        return TK_OK;
    buffer_init(&text, WIRE_JSON_MAX);
    json_print(&text, NULL, value);
    if (!text.failed)
        code = fit(text_copy(into, size, buffer_text(&text)));
    buffer_release(&text);
    return code;
}

static enum tk_code read_time(const struct json *value, void *into, size_t size)
{
    const char *text = json_text(value);
    int64_t moment = 0;

    if (text && time_parse(text, NULL, 0, &moment, NULL))
        return TK_BAD_DATA;
    if (!text && !is_nothing(value))
        return read_number(value, into, size);
    memcpy(into, &moment, sizeof moment);
    return TK_OK;
}

static enum tk_code read_id(enum id_kind kind, const struct json *value, void *into)
{
    const char *text = json_text(value);
    uint64_t id = 0;

    if (!is_nothing(value) && (!text || !id_parse(kind, text, &id)))
        return TK_BAD_DATA;
    memcpy(into, &id, sizeof id);
    return TK_OK;
}

static enum tk_code read_ticket(const struct json *value, void *into, size_t size)
{
    (void)size;
    return read_id(ID_TICKET, value, into);
}

static enum tk_code read_customer(const struct json *value, void *into, size_t size)
{
    (void)size;
    return read_id(ID_CUSTOMER, value, into);
}

static enum tk_code read_operation(const struct json *value, void *into, size_t size)
{
    const char *text = json_text(value);

    (void)size;
    return fit(text && op_id_parse(into, text));
}

static enum tk_code read_hash(const struct json *value, void *into, size_t size)
{
    const char *text = json_text(value);

    return fit(text && hex_parse(into, size, text));
}

/* A service of before does not send it: then it stays as it is. */
static enum tk_code read_hash_or_absent(const struct json *value, void *into, size_t size)
{
    return is_nothing(value) ? TK_OK : read_hash(value, into, size);
}

static bool code_parse(const char *text, enum tk_code *code)
{
    *code = tk_code_parse(text);
    return *code != TK_CODE_COUNT;
}

#define READ_NAME(kind, parse)                                                                     \
    static enum tk_code read_##kind(const struct json *value, void *into, size_t size)             \
    {                                                                                              \
        const char *text = json_text(value);                                                       \
                                                                                                   \
        (void)size;                                                                                \
        return fit(text && parse(text, into));                                                     \
    }

READ_NAME(slot_type, slot_type_parse)
READ_NAME(genre, genre_parse)
READ_NAME(status, ticket_status_parse)
READ_NAME(kind, op_kind_parse)
READ_NAME(role, role_parse)
READ_NAME(verdict, verdict_parse)
READ_NAME(code, code_parse)

static enum tk_code refuse(const char *what, const char *bad, enum tk_code code,
                           struct tk_error *error)
{
    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    return tk_fail(error, code, "The member “%s” of a %s is missing or wrong.", bad, what);
}

/* Goes through the columns while all is well; `bad` is the last one looked at. */
#define X(name, kind, where)                                                                       \
    if (!code)                                                                                     \
        code = read_##kind(json_member(object, bad = name), &(where), sizeof(where));

enum tk_code wire_read_slot(const struct json *object, struct slot *slot, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *slot = (struct slot){0};
    SLOT_FIELDS(X)
    return code ? refuse("showing", bad, code, error) : TK_OK;
}

enum tk_code wire_read_ticket(const struct json *object, struct ticket_view *view,
                              struct tk_error *error)
{
    struct ticket *ticket = &view->ticket;
    enum tk_code code = TK_OK;
    const char *bad = "", *pass = NULL;

    *view = (struct ticket_view){0};
    TICKET_FIELDS(X)
    view->slot.id = ticket->slot_id;
    view->customer.id = ticket->customer_id;
    return code ? refuse("ticket", bad, code, error) : TK_OK;
}

enum tk_code wire_read_customer(const struct json *object, struct customer *customer,
                                struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *customer = (struct customer){0};
    CUSTOMER_FIELDS(X)
    return code ? refuse("customer", bad, code, error) : TK_OK;
}

enum tk_code wire_read_journal_entry(const struct json *object, struct journal_entry *entry,
                                     struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *entry = (struct journal_entry){0};
    JOURNAL_FIELDS(X)
    if (!code)
        return TK_OK;
    free(entry->body);
    free(entry->outcome);
    *entry = (struct journal_entry){0};
    return refuse("journal's entry", bad, code, error);
}

enum tk_code wire_read_device(const struct json *object, struct device *device,
                              struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *device = (struct device){0};
    DEVICE_FIELDS(X)
    return code ? refuse("device", bad, code, error) : TK_OK;
}

enum tk_code wire_read_admission(const struct json *object, struct admission *admission,
                                 struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *admission = (struct admission){0};
    ADMISSION_FIELDS(X)
    ADMISSION_MORE_FIELDS(X)
    return code ? refuse("verdict", bad, code, error) : TK_OK;
}

enum tk_code wire_read_allotment(const struct json *object, struct allotment *allotment,
                                 struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";
    int32_t held;

    *allotment = (struct allotment){0};
    ALLOTMENT_FIELDS(X)
    return code ? refuse("till's allotment", bad, code, error) : TK_OK;
}

enum tk_code wire_read_block(const struct json *object, struct number_block *block,
                             struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *block = (struct number_block){0};
    BLOCK_FIELDS(X)
    return code ? refuse("block of numbers", bad, code, error) : TK_OK;
}

enum tk_code wire_read_keyed(const struct json *object, struct record *keyed,
                             struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *keyed = (struct record){.seq = 0};
    KEYED_FIELDS(X)
    return code ? refuse("record", bad, code, error) : TK_OK;
}

enum tk_code wire_read_tally(const struct json *object, struct tally *tally, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "";

    *tally = (struct tally){0};
    TALLY_FIELDS(X)
#define COUNT(member, name, help) X(name, number, tally->member)
    TALLY_TABLE(COUNT)
#undef COUNT
    return code ? refuse("tally", bad, code, error) : TK_OK;
}

enum tk_code wire_read_dispute(const struct json *object, struct dispute *dispute,
                               struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *bad = "", *message = NULL;

    *dispute = (struct dispute){0};
    DISPUTE_FIELDS(X)
    return code ? refuse("dispute", bad, code, error) : TK_OK;
}

#undef X
