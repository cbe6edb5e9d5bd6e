#include "tests/http/v1_shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "core/time.h"

void shop_start(struct shop *shop, bool tokens)
{
    struct process_options options = {.tokens = tokens};

    *shop = (struct shop){.bearer = NULL};
    CU_ASSERT_TRUE_FATAL(process_start(&shop->process, &options));
}

void shop_end(struct shop *shop)
{
    CU_ASSERT(process_stop(&shop->process));
    process_release(&shop->process);
}

int shop_call_with(struct shop *shop, struct answer *answer, const char *method,
                    const char *target, const char *header, const char *body)
{
    const char *headers[3] = {NULL};
    size_t count = 0;

    if (header)
        headers[count++] = header;
    if (shop->bearer)
        headers[count++] = shop->bearer;
    answer_release(answer);
    *answer = (struct answer){0};
    CU_ASSERT(http_call(shop->process.url, method, target, headers, body, answer));
    return answer->status;
}

int shop_call(struct shop *shop, struct answer *answer, const char *method, const char *target,
               const char *body)
{
    char key[64];

    snprintf(key, sizeof key, "Idempotency-Key: key %u", ++shop->keys);
    return shop_call_with(shop, answer, method, target,
                           strcmp(method, "GET") == 0 ? NULL : key, body);
}

int64_t shop_schedule(struct shop *shop, const char *name, int hours, int capacity)
{
    int64_t start = ((int64_t)time(NULL) / 3600 + hours) * TIME_HOUR, id;
    struct answer answer = {0};
    char body[400];

    snprintf(body, sizeof body,
             "{\"slotName\":\"%s\",\"startTime\":%" PRId64 ",\"endTime\":%" PRId64
             ",\"slotType\":\"Movie\",\"genre\":\"Comedy\",\"capacity\":%d}",
             name, start, start + 2 * TIME_HOUR, capacity);
    CU_ASSERT_EQUAL(shop_call(shop, &answer, "POST", "/v1/slots", body), 201);
    id = answer_number(&answer, "slotId");
    answer_release(&answer);
    return id;
}

int shop_book(struct shop *shop, int64_t slot, int count, char first[20])
{
    struct answer answer = {0};
    char body[100];
    int status;

    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 ",\"numTickets\":%d}", slot, count);
    status = shop_call(shop, &answer, "POST", "/v1/tickets", body);
    if (first && status == 201)
        text_copy(first, 20, answer_text(&answer, "tickets.0.ticketId"));
    answer_release(&answer);
    return status;
}

bool shop_next(struct answer *answer, char *target, size_t size)
{
    const char *link = answer_header(answer, "Link"), *end;

    if (!link || *link != '<' || !(end = strstr(link, ">; rel=\"next\"")))
        return false;
    snprintf(target, size, "%.*s", (int)(end - link) - 1, link + 1);
    return true;
}
