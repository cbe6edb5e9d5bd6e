/* replaced_input: the parameters of the replaced API, read and checked. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/http/replaced.h"

static const char *const type_choices[] = {
#define X(type, name) name,
    SLOT_TYPE_TABLE(X)
#undef X
        NULL,
};

static const char *const genre_choices[] = {
#define X(genre, name) name,
    GENRE_TABLE(X)
#undef X
        NULL,
};

/* --- the rules, by parameter --- */

static enum tk_code take_text(char *dst, size_t size, const struct pydantic_value *value,
                              enum tk_code refusal, struct tk_error *error)
{
    enum tk_code code =
        strlen(value->text) == value->length ? text_clean(dst, size, value->text) : TK_BAD_TEXT;

    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    return code ? tk_fail(error, refusal, "This is not text, or longer than %zu bytes.", size - 1)
                : TK_OK;
}

static enum tk_code take_user(struct replaced_input *input, const struct pydantic_value *value,
                              struct tk_error *error)
{
    enum tk_code code =
        take_text(input->user_name, sizeof input->user_name, value, TK_BAD_NAME, error);

    input->user_given = !code;
    return code;
}

static enum tk_code take_phone(struct replaced_input *input, const struct pydantic_value *value,
                               struct tk_error *error)
{
    bool empty = !value->length;

    if (strlen(value->text) != value->length || (!empty && phone_clean(input->phone, value->text)))
        return tk_fail_code(error, TK_BAD_PHONE);
    if (input->user_given && empty != !input->user_name[0])
        return tk_fail_code(error, TK_HALF_CUSTOMER);
    return TK_OK;
}

static enum tk_code take_movie(struct replaced_input *input, const struct pydantic_value *value,
                               struct tk_error *error)
{
    return take_text(input->name, sizeof input->name, value, TK_BAD_NAME, error);
}

static enum tk_code take_slot_name(struct replaced_input *input, const struct pydantic_value *value,
                                   struct tk_error *error)
{
    enum tk_code code = take_movie(input, value, error);

    if (!code && !input->name[0])
        code = tk_fail(error, TK_BAD_NAME, "The showing needs a name.");
    return code;
}

static enum tk_code take_description(struct replaced_input *input,
                                     const struct pydantic_value *value, struct tk_error *error)
{
    return take_text(input->description, sizeof input->description, value, TK_BAD_TEXT, error);
}

static int32_t given_offset(void *context, int64_t utc)
{
    (void)utc;
    return *(const int32_t *)context;
}

/* The moment of a time as given: without an offset it is the venue's. */
static enum tk_code take_time(const struct replaced_input *input,
                              const struct pydantic_datetime *time, int64_t *moment,
                              struct tk_error *error)
{
    int32_t offset = time->civil.offset;
    struct time_zone given = {given_offset, &offset};
    int64_t found;
    enum tk_code code =
        time_from_civil(&time->civil, time->has_offset ? &given : input->zone, &found);

    if (code == TK_BAD_TIME)
        return tk_fail(error, code, "A time lies between 1970 and 9999.");
    if (code)
        return tk_fail_code(error, code);
    *moment = found;
    return TK_OK;
}

static enum tk_code take_start(struct replaced_input *input, const struct pydantic_value *value,
                               struct tk_error *error)
{
    enum tk_code code = take_time(input, &value->time, &input->starts_at, error);

    input->start = value->time;
    input->start_given = !code;
    return code;
}

static enum tk_code take_end(struct replaced_input *input, const struct pydantic_value *value,
                             struct tk_error *error)
{
    enum tk_code code = take_time(input, &value->time, &input->ends_at, error);

    input->end = value->time;
    if (code || !input->start_given)
        return code;
    if (input->ends_at <= input->starts_at)
        return tk_fail_code(error, TK_END_BEFORE_START);
    if (input->ends_at - input->starts_at > SLOT_LENGTH_MAX)
        return tk_fail_code(error, TK_TOO_LONG);
    return TK_OK;
}

static enum tk_code take_count(struct replaced_input *input, const struct pydantic_value *value,
                               struct tk_error *error)
{
    (void)error;
    input->count = value->number;
    return TK_OK;
}

/* Whatever is no ticket's number is the number of no ticket: 404, as for any other. */
static enum tk_code take_ticket(struct replaced_input *input, const struct pydantic_value *value,
                                struct tk_error *error)
{
    (void)error;
    if (strlen(value->text) != value->length ||
        !id_parse(ID_TICKET, value->text, &input->ticket_id))
        input->ticket_id = 0;
    return TK_OK;
}

static enum tk_code take_type(struct replaced_input *input, const struct pydantic_value *value,
                              struct tk_error *error)
{
    (void)error;
    input->type = (int)value->choice;
    return TK_OK;
}

static enum tk_code take_genre(struct replaced_input *input, const struct pydantic_value *value,
                               struct tk_error *error)
{
    (void)error;
    input->genre = (int)value->choice;
    return TK_OK;
}

/* --- the table --- */

/* clang-format off */
#define STR(text) {.name = text, .type = PYDANTIC_STR}
#define TIME(text) {.name = text, .type = PYDANTIC_DATETIME}
#define COUNT(text) {.name = text, .type = PYDANTIC_INT, .bounded = true, .least = 1}
#define CHOICE(text, class, list)                                                                  \
    {.name = text, .type = PYDANTIC_ENUM, .schema = class, .choices = list}
#define PARAMETERS(id) static const struct replaced_parameter id[]

PARAMETERS(book_parameters) = {
    {STR("userName"), take_user},
    {STR("userPhoneNumber"), take_phone},
    {STR("movieName"), take_movie},
    {TIME("movieStartTime"), take_start},
    {COUNT("numTickets"), take_count},
    {.take = NULL},
};
PARAMETERS(update_parameters) = {
    {STR("ticketId"), take_ticket},
    {STR("newMovie"), take_movie},
    {TIME("newStartTime"), take_start},
    {.take = NULL},
};
PARAMETERS(slot_parameters) = {
    {STR("movieName"), take_movie},
    {TIME("movieStartTime"), take_start},
    {.take = NULL},
};
PARAMETERS(ticket_parameters) = {
    {STR("ticketId"), take_ticket},
    {.take = NULL},
};
PARAMETERS(schedule_parameters) = {
    {STR("slotName"), take_slot_name},
    {STR("slotDescription"), take_description},
    {TIME("startTime"), take_start},
    {TIME("endTime"), take_end},
    {CHOICE("slotType", "SlotType", type_choices), take_type},
    {CHOICE("genre", "Genre", genre_choices), take_genre},
    {.take = NULL},
};
PARAMETERS(genre_parameters) = {
    {CHOICE("genre", "Genre", genre_choices), take_genre},
    {.take = NULL},
};
PARAMETERS(no_parameters) = {
    {.take = NULL},
};
/* clang-format on */

static const struct {
    const char *path;
    const struct replaced_parameter *parameters;
} table[] = {
    {"/bookTicket", book_parameters},
    {"/updateMovieSlotForTicket", update_parameters},
    {"/getAllTicketsForMovieSlot", slot_parameters},
    {"/getUserDetailsByTicketId", ticket_parameters},
    {"/cancelTicket", ticket_parameters},
    {"/scheduleMovie", schedule_parameters},
    {"/getAllMovieSlotsByGenre", genre_parameters},
};

const struct replaced_parameter *replaced_parameters(const struct route *route)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].path, route->path) == 0)
            return table[i].parameters;
    return no_parameters;
}

/* --- reading --- */

/* Reads one parameter; an error is appended. */
static enum tk_code read_parameter(struct exchange *x, const struct replaced_parameter *parameter,
                                   struct replaced_input *input)
{
    const char *name = parameter->field.name;
    struct buffer *errors = exchange_body(x);
    struct pydantic_value value = {0};
    struct tk_error error = {0};
    char type[64];
    enum tk_code code;

    if (!pydantic_read(&x->form, &parameter->field, &value, errors))
        return TK_BAD_OPERATION;
    code = parameter->take(input, &value, &error);
    if (code && code != TK_NO_MEMORY) {
        bool no_moment = code == TK_BAD_TIME || code == TK_TIME_SKIPPED || code == TK_TIME_REPEATED;

        snprintf(type, sizeof type, "value_error.%s", no_moment ? "datetime" : tk_code_name(code));
        pydantic_put_error(errors, name, error.message, type);
    }
    return code;
}

const struct replaced_input *replaced_read(struct exchange *x)
{
    struct replaced_input *input = calloc(1, sizeof *input);
    struct buffer *body = exchange_body(x);
    enum tk_code refusal = TK_OK;

    if (!input) {
        exchange_fail(x, TK_NO_MEMORY, NULL);
        return NULL;
    }
    input->zone = &x->office.ports.zone;
    x->state = input;
    x->free_state = free;
    json_put_open(body, NULL, '{');
    json_put_open(body, "detail", '[');
    for (const struct replaced_parameter *p = replaced_parameters(x->route); p->field.name; p++) {
        enum tk_code code = read_parameter(x, p, input);

        if (code == TK_NO_MEMORY) {
            exchange_fail(x, code, NULL);
            return NULL;
        }
        refusal = refusal ? refusal : code;
    }
    if (!refusal) {
        buffer_clear(body);
        return input;
    }
    json_put_close(body, ']');
    json_put_close(body, '}');
    x->refused = refusal;
    exchange_answer(x, 422);
    return NULL;
}
