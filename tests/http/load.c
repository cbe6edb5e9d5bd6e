#include "tests/http/load.h"

#include <unistd.h>

#define TIMEOUT_MS 30000
#define TICK_US 500
#define RESOLVE_TRIES 200

/* --- one sale --- */

bool find_ticket(const char *text, char ticket[TICKET_SIZE])
{
    const char *found = strstr(text, "\"ticketId\":\"");

    if (!found)
        return false;
    snprintf(ticket, TICKET_SIZE, "%.*s", TICKET_SIZE - 1, found + strlen("\"ticketId\":\""));
    return true;
}

bool sale_ask(struct client *client, int64_t slot, const char *key)
{
    char header[SALE_KEY_SIZE + 32], body[96];
    const char *headers[] = {header, NULL};

    snprintf(header, sizeof header, "Idempotency-Key: %s", key);
    snprintf(body, sizeof body, "{\"slotId\":%lld,\"numTickets\":1}", (long long)slot);
    return client_send(client, "POST", "/v1/tickets", headers, body);
}

void sale_read(struct sale *sale, struct answer *answer)
{
    sale->status = answer->status;
    if (answer->status == 200 || answer->status == 201)
        sale->state = find_ticket(answer->body, sale->ticket) ? SALE_SOLD : SALE_WRONG;
    else if (answer->status == 409 && strcmp(answer_text(answer, "code"), "still_running") != 0)
        sale->state = SALE_REFUSED;
    else if (answer->status == 0 || answer->status == 409 || answer->status == 503)
        sale->state = SALE_UNKNOWN;
    else
        sale->state = SALE_WRONG;
    if (sale->state == SALE_WRONG)
        fprintf(stderr, "    sale %s was answered %d: %.300s\n", sale->key, answer->status,
                answer->body ? answer->body : "");
}

void sale_send(struct client *client, int64_t slot, struct sale *sale)
{
    struct answer answer = {0};

    sale->state = SALE_UNKNOWN;
    sale->status = 0;
    if (sale_ask(client, slot, sale->key) && client_read(client, &answer))
        sale_read(sale, &answer);
    if (answer.closes || !sale->status)
        client_close(client);
    answer_release(&answer);
}

/* --- a crowd --- */

static struct sale *add_sale(struct seller_thread *seller)
{
    struct sale_list *list = &seller->sales;
    struct sale *sale;

    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (!list->items)
            abort();
    }
    sale = &list->items[list->count];
    *sale = (struct sale){0};
    snprintf(sale->key, sizeof sale->key, "%s-%u-%zu", seller->crowd->name, seller->number,
             list->count);
    list->count++;
    return sale;
}

static void *sell(void *context)
{
    struct seller_thread *seller = context;
    struct crowd *crowd = seller->crowd;
    struct client client = {.fd = -1};

    while (!atomic_load(&crowd->ends)) {
        if (client.fd < 0 && !client_open(&client, crowd->address, TIMEOUT_MS)) {
            if (!crowd->persists)
                break;
            usleep(TICK_US);
            continue;
        }
        sale_send(&client, crowd->slot, add_sale(seller));
        if (seller->sales.items[seller->sales.count - 1].status)
            atomic_fetch_add(&crowd->answered, 1);
        else if (!crowd->persists)
            break;
        if (seller->sales.items[seller->sales.count - 1].status == 503)
            usleep(10 * TICK_US); /* it is asked to wait; and all of these are sent again later */
    }
    client_close(&client);
    return NULL;
}

void crowd_start(struct crowd *crowd, const char *address, int64_t slot, const char *name,
                 unsigned count)
{
    *crowd = (struct crowd){.slot = slot, .count = count};
    snprintf(crowd->address, sizeof crowd->address, "%s", address);
    snprintf(crowd->name, sizeof crowd->name, "%s", name);
    for (unsigned i = 0; i < count; i++) {
        crowd->sellers[i].crowd = crowd;
        crowd->sellers[i].number = i;
        if (pthread_create(&crowd->sellers[i].thread, NULL, sell, &crowd->sellers[i]))
            abort();
    }
}

bool crowd_wait(struct crowd *crowd, size_t answered, int timeout_ms)
{
    for (int64_t waited = 0; atomic_load(&crowd->answered) < answered; waited += TICK_US) {
        if (waited > (int64_t)timeout_ms * 1000)
            return false;
        usleep(TICK_US);
    }
    return true;
}

void crowd_join(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->count; i++)
        pthread_join(crowd->sellers[i].thread, NULL);
}

void crowd_stop(struct crowd *crowd)
{
    atomic_store(&crowd->ends, true);
    crowd_join(crowd);
}

void crowd_release(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->count; i++)
        free(crowd->sellers[i].sales.items);
    *crowd = (struct crowd){0};
}

size_t crowd_count(const struct crowd *crowd, enum sale_state state)
{
    size_t count = 0;

    for (unsigned i = 0; i < crowd->count; i++)
        for (size_t j = 0; j < crowd->sellers[i].sales.count; j++)
            count += crowd->sellers[i].sales.items[j].state == state;
    return count;
}

static void resolve(struct sale *sale, const char *address, int64_t slot)
{
    for (int i = 0; i < RESOLVE_TRIES && sale->state == SALE_UNKNOWN; i++) {
        struct client client;

        if (i)
            usleep(TICK_US * 10);
        if (client_open(&client, address, TIMEOUT_MS))
            sale_send(&client, slot, sale);
        client_close(&client);
    }
}

size_t crowd_resolve(struct crowd *crowd, const char *address)
{
    size_t count = 0;

    for (unsigned i = 0; i < crowd->count; i++)
        for (size_t j = 0; j < crowd->sellers[i].sales.count; j++) {
            struct sale *sale = &crowd->sellers[i].sales.items[j];

            count += sale->state == SALE_UNKNOWN;
            resolve(sale, address, crowd->slot);
        }
    return count;
}

/* --- the file --- */

int64_t load_schedule(struct process *process, const char *name, unsigned capacity)
{
    const char *found;
    char number[16];
    int64_t slot = 0;
    struct run run;

    snprintf(number, sizeof number, "%u", capacity);
    process_admin(process, &run, "schedule", "--name", name, "--description", "A film.", "--start",
                  "today+2 20:00", "--end", "today+2 22:00", "--type", "Movie", "--genre", "Drama",
                  "--capacity", number, "--json", NULL);
    found = strstr(run.out, "\"slotId\":");
    if (found)
        slot = strtoll(found + strlen("\"slotId\":"), NULL, 10);
    else
        fprintf(stderr, "    no showing: %s\n", run.err);
    run_release(&run);
    return slot;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void take_tickets(struct stock *stock, const char *text)
{
    size_t capacity = 0;
    static const char member[] = "\"ticketId\":\"";

    /* not with strstr: a checked one looks at all the rest each time */
    for (text = strchr(text, '{'); text; text = strchr(text + 1, '{')) {
        if (strncmp(text + 1, member, sizeof member - 1) != 0)
            continue;
        if (stock->count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            stock->tickets = realloc(stock->tickets, capacity * sizeof *stock->tickets);
            if (!stock->tickets)
                abort();
        }
        snprintf(stock->tickets[stock->count++], TICKET_SIZE, "%.*s", TICKET_SIZE - 1,
                 text + sizeof member);
    }
    if (stock->count)
        qsort(stock->tickets, stock->count, sizeof *stock->tickets, compare);
}

void stock_read(struct stock *stock, struct process *process, int64_t slot)
{
    char number[24];
    struct run run;

    *stock = (struct stock){0};
    snprintf(number, sizeof number, "%lld", (long long)slot);
    if (process_admin(process, &run, "tickets", "--slot", number, "--json", NULL) == 0)
        take_tickets(stock, run.out);
    else
        fprintf(stderr, "    no tickets: %s\n", run.err);
    run_release(&run);
    stock->adds_up = process_admin(process, &run, "verify", "--json", NULL) == 0;
    if (!stock->adds_up)
        fprintf(stderr, "    %s%s\n", run.out, run.err);
    run_release(&run);
}

void stock_release(struct stock *stock)
{
    free(stock->tickets);
    *stock = (struct stock){0};
}

size_t stock_count_missing(const struct stock *stock, const struct crowd *crowd)
{
    bool *seen = calloc(stock->count + 1, sizeof *seen);
    size_t missing = 0;

    if (!seen)
        abort();
    for (unsigned i = 0; i < crowd->count; i++)
        for (size_t j = 0; j < crowd->sellers[i].sales.count; j++) {
            const struct sale *sale = &crowd->sellers[i].sales.items[j];
            char(*found)[TICKET_SIZE] =
                sale->state == SALE_SOLD && stock->count
                    ? bsearch(sale->ticket, stock->tickets, stock->count, TICKET_SIZE, compare)
                    : NULL;

            if (sale->state != SALE_SOLD)
                continue;
            missing += !found || seen[found - stock->tickets];
            if (found)
                seen[found - stock->tickets] = true;
        }
    free(seen);
    return missing;
}
