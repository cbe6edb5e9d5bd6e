#include "core/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"

#define OPERATION_TEXT_MAX (64u << 10)

static const char *const standing_names[STANDING_COUNT] = {
#define X(standing, name) [standing] = name,
    STANDING_TABLE(X)
#undef X
};

const char *standing_name(enum standing standing)
{
    return (unsigned)standing < STANDING_COUNT ? standing_names[standing] : NULL;
}

bool standing_parse(const char *name, enum standing *standing)
{
    for (int i = 0; i < STANDING_COUNT; i++)
        if (strcmp(standing_names[i], name) == 0) {
            *standing = (enum standing)i;
            return true;
        }
    return false;
}

enum tk_code mirror_chain(const uint8_t before[CRYPTO_HASH_SIZE], int64_t seq,
                          const struct operation *operation, uint8_t hash[CRYPTO_HASH_SIZE])
{
    struct buffer text;
    char head[CRYPTO_HASH_SIZE + 8];
    enum tk_code code = TK_NO_MEMORY;

    memcpy(head, before, CRYPTO_HASH_SIZE);
    for (int i = 0; i < 8; i++)
        head[CRYPTO_HASH_SIZE + i] = (char)((uint64_t)seq >> (56 - 8 * i));
    buffer_init(&text, OPERATION_TEXT_MAX);
    buffer_add(&text, head, sizeof head);
    operation_print(&text, operation, OP_PRINT_WHOLE);
    if (!text.failed) {
        crypto_digest(hash, NULL, text.data, text.length);
        code = TK_OK;
    }
    buffer_release(&text);
    return code;
}

/* --- lists --- */

enum tk_code mirror_entry_list_add(struct mirror_entry_list *list,
                                   const struct mirror_entry *entry)
{
    return LIST_ADD(list, entry);
}

void mirror_entry_list_release(struct mirror_entry_list *list)
{
    free(list->items);
    *list = (struct mirror_entry_list){0};
}

enum tk_code mirror_cursor_list_add(struct mirror_cursor_list *list,
                                    const struct mirror_cursor *cursor)
{
    return LIST_ADD(list, cursor);
}

void mirror_cursor_list_release(struct mirror_cursor_list *list)
{
    free(list->items);
    *list = (struct mirror_cursor_list){0};
}

enum tk_code mirror_key_list_add(struct mirror_key_list *list, const struct mirror_key *key)
{
    return LIST_ADD(list, key);
}

void mirror_key_list_release(struct mirror_key_list *list)
{
    if (list->items)
        crypto_wipe(list->items, list->count * sizeof *list->items);
    free(list->items);
    *list = (struct mirror_key_list){0};
}

enum tk_code mirror_answer_list_add(struct mirror_answer_list *list,
                                    const struct mirror_answer *answer)
{
    return LIST_ADD(list, answer);
}

void mirror_answer_list_release(struct mirror_answer_list *list)
{
    free(list->items);
    *list = (struct mirror_answer_list){0};
}

enum tk_code mirror_slot_list_add(struct mirror_slot_list *list, const struct mirror_slot *slot)
{
    return LIST_ADD(list, slot);
}

void mirror_slot_list_release(struct mirror_slot_list *list)
{
    free(list->items);
    *list = (struct mirror_slot_list){0};
}

void mirror_rows_release(struct mirror_rows *rows)
{
    mirror_slot_list_release(&rows->slots);
    allotment_list_release(&rows->allotments);
    ticket_list_release(&rows->tickets);
    customer_list_release(&rows->customers);
    mirror_key_list_release(&rows->keys);
    number_block_list_release(&rows->blocks);
    dispute_list_release(&rows->disputes);
    record_list_release(&rows->records);
    *rows = (struct mirror_rows){0};
}
