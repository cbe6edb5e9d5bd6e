/* copy_page: rows as bytes, the same whatever engine they came from. */
#include <string.h>

#include "data/copy/copy.h"

#define PAGE_LIMIT (64 * 1024 * 1024)

const struct copy_table copy_tables[COPY_TABLE_COUNT] = {
#define X(id, name, columns, types, keys) {id, name, columns, types, keys},
    COPY_TABLES(X)
#undef X
};

void copy_page_init(struct copy_page *page)
{
    *page = (struct copy_page){.count = 0};
    buffer_init(&page->bytes, PAGE_LIMIT);
}

void copy_page_release(struct copy_page *page)
{
    buffer_release(&page->bytes);
}

void copy_page_clear(struct copy_page *page)
{
    buffer_clear(&page->bytes);
    page->count = page->key_at = page->key_length = 0;
}

bool copy_page_is_full(const struct copy_page *page)
{
    return page->bytes.failed || page->count >= COPY_PAGE_ROWS ||
           page->bytes.length >= COPY_PAGE_BYTES;
}

static void put_word(uint8_t bytes[8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * (7 - i)));
}

static uint64_t read_word(const char *bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | (uint8_t)bytes[i];
    return number;
}

static bool is_number(char type)
{
    return type == 'n' || type == 'N';
}

static void put_value(struct buffer *out, char type, const struct copy_value *value)
{
    uint8_t bytes[8];

    put_word(bytes, is_number(type) ? (uint64_t)value->number : value->size);
    buffer_add(out, (const char *)bytes, sizeof bytes);
    if (!is_number(type) && value->size)
        buffer_add(out, value->bytes, value->size);
}

void copy_put_row(struct copy_page *page, const struct copy_table *table, bool keys,
                  void (*get)(const void *row, int column, char type, struct copy_value *value),
                  const void *row)
{
    page->key_at = page->bytes.length;
    for (int i = 0; table->types[i] && !(keys && i == table->keys); i++) {
        struct copy_value value = {.number = 0};

        get(row, i, table->types[i], &value);
        put_value(&page->bytes, table->types[i], &value);
        if (i + 1 == table->keys)
            page->key_length = page->bytes.length - page->key_at;
    }
    page->count++;
}

bool copy_read(struct copy_reader *reader, char type, struct copy_value *value)
{
    if (reader->end - reader->at < 8)
        return false;
    *value = (struct copy_value){.number = (int64_t)read_word(reader->at)};
    reader->at += 8;
    if (is_number(type))
        return true;
    if (value->number < 0 || value->number > reader->end - reader->at)
        return false;
    value->bytes = reader->at;
    value->size = (size_t)value->number;
    reader->at += value->size;
    return true;
}

bool copy_next_entry(struct copy_reader *reader, int64_t *writer)
{
    const struct copy_table *table = &copy_tables[COPY_JOURNAL];
    struct copy_value value;

    for (int i = 0; table->types[i]; i++) {
        if (!copy_read(reader, table->types[i], &value))
            return false;
        if (i == 1)
            *writer = value.number;
    }
    return true;
}

void copy_set_seq(struct copy_page *page, size_t row_at, int64_t seq)
{
    put_word((uint8_t *)page->bytes.data + row_at, (uint64_t)seq);
}

void copy_mark_print(uint8_t bytes[COPY_MARK_SIZE], const struct copy_mark *mark)
{
    memcpy(bytes, mark->uuid.bytes, sizeof mark->uuid.bytes);
    put_word(bytes + sizeof mark->uuid.bytes, mark->version);
}

bool copy_mark_parse(struct copy_mark *mark, const void *bytes, size_t size)
{
    if (size != COPY_MARK_SIZE)
        return false;
    memcpy(mark->uuid.bytes, bytes, sizeof mark->uuid.bytes);
    mark->version = read_word((const char *)bytes + sizeof mark->uuid.bytes);
    return true;
}

void copy_end_close(struct copy_end *end)
{
    if (end)
        end->ops->close(end);
}
