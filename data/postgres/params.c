#include "data/postgres/params.h"

#include <string.h>

#include "core/text.h"

#define VALUES_MAX (64 * 1024 * 1024)
/* pg_type.dat */
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

static void put_integer(struct buffer *buffer, int64_t number, int size)
{
    char bytes[8];

    for (int i = 0; i < size; i++)
        bytes[i] = (char)((uint64_t)number >> (8 * (size - 1 - i)));
    buffer_add(buffer, bytes, (size_t)size);
}

void params_init(struct pg_params *params)
{
    *params = (struct pg_params){.count = 0};
    buffer_init(&params->bytes, VALUES_MAX);
}

void params_release(struct pg_params *params)
{
    buffer_release(&params->bytes);
}

void params_clear(struct pg_params *params)
{
    buffer_clear(&params->bytes);
    params->count = 0;
}

bool params_good(const struct pg_params *params)
{
    return !params->bytes.failed;
}

/* What was put since `from` is the next parameter. */
static void add_param(struct pg_params *params, size_t from)
{
    params->offsets[params->count] = from;
    params->lengths[params->count++] = (int)(params->bytes.length - from);
}

void params_number(struct pg_params *params, int64_t number)
{
    size_t from = params->bytes.length;

    put_integer(&params->bytes, number, 8);
    add_param(params, from);
}

void pg_repair_text(char *text)
{
    for (size_t step; *text; text += step) {
        step = (unsigned char)*text < 0x80 ? 1 : text_code_point(text);
        if (step)
            continue;
        *text = '?';
        step = 1;
    }
}

/* Adds a text as the server takes it. */
static void add_text(struct buffer *buffer, const char *text)
{
    size_t from = buffer->length;

    buffer_add_text(buffer, text);
    if (!buffer->failed)
        pg_repair_text(buffer->data + from);
}

void params_text(struct pg_params *params, const char *text)
{
    size_t from = params->bytes.length;

    add_text(&params->bytes, text);
    add_param(params, from);
}

void params_bytes(struct pg_params *params, const void *data, size_t size)
{
    size_t from = params->bytes.length;

    buffer_add(&params->bytes, data, size);
    add_param(params, from);
}

void rows_init(struct pg_rows *rows)
{
    *rows = (struct pg_rows){.columns = 0};
    for (int i = 0; i < PG_PARAMS_MAX; i++)
        buffer_init(&rows->data[i], VALUES_MAX);
}

void rows_release(struct pg_rows *rows)
{
    for (int i = 0; i < PG_PARAMS_MAX; i++)
        buffer_release(&rows->data[i]);
}

void rows_begin(struct pg_rows *rows, const char *types)
{
    rows->columns = (int)strlen(types);
    rows->at = rows->count = 0;
    memcpy(rows->types, types, (size_t)rows->columns);
    for (int i = 0; i < rows->columns; i++) {
        buffer_clear(&rows->data[i]);
        rows->has_null[i] = false;
    }
}

/* The buffer of the next column, which is moved on from. */
static struct buffer *next_column(struct pg_rows *rows)
{
    struct buffer *column = &rows->data[rows->at];

    if (++rows->at == rows->columns) {
        rows->at = 0;
        rows->count++;
    }
    return column;
}

void rows_number(struct pg_rows *rows, int64_t number)
{
    struct buffer *column = next_column(rows);

    put_integer(column, 8, 4);
    put_integer(column, number, 8);
}

void rows_number_or_null(struct pg_rows *rows, int64_t number)
{
    if (number) {
        rows_number(rows, number);
        return;
    }
    rows->has_null[rows->at] = true;
    put_integer(next_column(rows), -1, 4);
}

void rows_text(struct pg_rows *rows, const char *text)
{
    struct buffer *column = next_column(rows);

    put_integer(column, (int64_t)strlen(text), 4);
    add_text(column, text);
}

void rows_bytes(struct pg_rows *rows, const void *data, size_t size)
{
    struct buffer *column = next_column(rows);

    put_integer(column, (int64_t)size, 4);
    buffer_add(column, data, size);
}

int32_t rows_count(const struct pg_rows *rows)
{
    return rows->count;
}

void rows_put(const struct pg_rows *rows, struct pg_params *params)
{
    for (int i = 0; i < rows->columns; i++) {
        size_t from = params->bytes.length;
        int oid = rows->types[i] == 'n' ? OID_INT8 : rows->types[i] == 't' ? OID_TEXT : OID_BYTEA;

        put_integer(&params->bytes, 1, 4);
        put_integer(&params->bytes, rows->has_null[i], 4);
        put_integer(&params->bytes, oid, 4);
        put_integer(&params->bytes, rows->count, 4);
        put_integer(&params->bytes, 1, 4);
        buffer_add(&params->bytes, rows->data[i].data, rows->data[i].length);
        if (rows->data[i].failed)
            params->bytes.failed = true;
        add_param(params, from);
    }
}
