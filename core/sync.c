/* sync: the lists that a request and a reply are made of. */
#include "core/sync.h"

#include <stdlib.h>

#include "core/list.h"

enum tk_code operation_list_add(struct operation_list *list, const struct operation *operation)
{
    return LIST_ADD(list, operation);
}

void operation_list_release(struct operation_list *list)
{
    free(list->items);
    *list = (struct operation_list){0};
}

void sync_request_release(struct sync_request *request)
{
    mirror_entry_list_release(&request->entries);
    operation_list_release(&request->operations);
    mirror_cursor_list_release(&request->cursors);
    id_list_release(&request->keys);
    *request = (struct sync_request){0};
}

void sync_reply_release(struct sync_reply *reply)
{
    mirror_answer_list_release(&reply->answers);
    free(reply->outcomes);
    mirror_rows_release(&reply->rows);
    crypto_wipe(&reply->identity, sizeof reply->identity);
    *reply = (struct sync_reply){0};
}
