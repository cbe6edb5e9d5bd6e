#include "tests/door/entrance.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

#define SALE_SIZE 10 /* at most */

static void stop(const char *what, const struct tk_error *error)
{
    fprintf(stderr, "entrance: %s: %s\n", what, error ? error->message : "");
    abort();
}

/* --- opening --- */

/* A token file, and in entrance->token the setting that names it. */
static void write_token(struct entrance *entrance, const char *name)
{
    char token[TOKEN_SIZE], path[200];
    int fd;

    snprintf(path, sizeof path, "%s/%.40s.token", entrance->home, name);
    snprintf(entrance->token, sizeof entrance->token, "TICKETLY_STORE_TOKEN_FILE=%s", path);
    if (access(path, F_OK) == 0)
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (!process_token(&entrance->service, ROLE_DOOR, token) || fd < 0 ||
        write(fd, token, strlen(token)) != (ssize_t)strlen(token) || close(fd) != 0)
        stop("token", NULL);
}

/* On a Unix socket, so that it has the same address after a restart. */
static void start_service(struct entrance *entrance)
{
    static char listen[200];
    struct process_options options = {
        .folder = entrance->home, .store = entrance->store, .tokens = true, .listen = listen};

    snprintf(listen, sizeof listen, "unix:%s/socket", entrance->home);
    if (!process_start(&entrance->service, &options))
        stop("service", NULL);
    text_copy(entrance->place, sizeof entrance->place, entrance->service.url);
    write_token(entrance, "door");
}

void entrance_init(struct entrance *entrance, bool served)
{
    struct session *session = &entrance->session;
    struct tk_error error = {0};

    *entrance = (struct entrance){.served = served};
    test_folder(entrance->home, sizeof entrance->home);
    snprintf(entrance->store, sizeof entrance->store, "%s/office.db", entrance->home);
    snprintf(entrance->door_home, sizeof entrance->door_home, "%s/door", entrance->home);
    text_copy(entrance->place, sizeof entrance->place, entrance->store);
    if (mkdir(entrance->door_home, 0700) || session_init_plain(session, entrance->store, &error))
        stop("session", &error);
    /* tickets of showings that are over are sold, too */
    if (settings_set(&session->settings, SETTING_sales_close_after, "1440", "test", &error) ||
        session_office(session, &entrance->office, &error))
        stop("box office", &error);
    if (served)
        start_service(entrance);
}

void entrance_release(struct entrance *entrance)
{
    if (entrance->served)
        process_release(&entrance->service);
    session_release(&entrance->session);
}

/* --- what there is --- */

int64_t entrance_schedule(struct entrance *entrance, const char *name, int64_t starts_in,
                          int64_t takes)
{
    struct op_schedule schedule = {.starts_at = office_now(entrance->office) + starts_in,
                                   .type = SLOT_MOVIE,
                                   .genre = GENRE_DRAMA,
                                   .capacity = 100000};
    struct slot slot = {0};
    struct tk_error error = {0};

    schedule.ends_at = schedule.starts_at + takes;
    text_copy(schedule.name, sizeof schedule.name, name);
    text_copy(schedule.description, sizeof schedule.description, "A film.");
    if (office_schedule(entrance->office, &schedule, NULL, &slot, &error))
        stop("schedule", &error);
    return slot.id;
}

static void take_tickets(struct entrance *entrance, const struct ticket_view_list *list,
                         struct entrance_ticket *tickets)
{
    for (size_t i = 0; i < list->count; i++) {
        tickets[i].id = list->items[i].ticket.id;
        tickets[i].slot = list->items[i].ticket.slot_id;
        if (!office_pass(entrance->office, &list->items[i], tickets[i].pass))
            stop("pass", NULL);
    }
}

/* In sales of a usual size. */
void entrance_book(struct entrance *entrance, int64_t slot, size_t count,
                   struct entrance_ticket *tickets)
{
    for (size_t at = 0; at < count; at += SALE_SIZE) {
        size_t left = count - at;
        struct op_book book = {.slot = {.id = slot},
                               .count = (int64_t)(left < SALE_SIZE ? left : SALE_SIZE)};
        struct ticket_view_list list = {0};
        struct tk_error error = {0};

        if (office_book(entrance->office, &book, NULL, &list, NULL, &error))
            stop("book", &error);
        take_tickets(entrance, &list, tickets + at);
        ticket_view_list_release(&list);
    }
}

bool entrance_is_in(struct entrance *entrance, const struct entrance_ticket *ticket)
{
    struct ticket_view view = {0};
    struct tk_error error = {0};

    if (office_ticket(entrance->office, ticket->id, &view, &error))
        stop("ticket", &error);
    return view.ticket.admitted_at != 0;
}

int32_t entrance_admitted(struct entrance *entrance, int64_t slot)
{
    struct slot found = {0};
    struct tk_error error = {0};

    if (office_slot(entrance->office, slot, &found, &error))
        stop("slot", &error);
    return found.admitted;
}

void entrance_pass_of_nobody(struct entrance *entrance, int64_t slot, uint64_t ticket_id,
                             char pass[PASS_SIZE])
{
    const struct key_ring *keys = &entrance->office->keys;
    struct slot found = {0};
    struct crypto_key key;
    struct tk_error error = {0};

    if (office_slot(entrance->office, slot, &found, &error) ||
        keys->slot_key(keys->context, slot, found.key_generation, &key, &error))
        stop("key", &error);
    pass_make(pass, &key, ticket_id, slot);
}

/* --- doors --- */

bool entrance_open(struct entrance *entrance, struct line_door *door, const char *name,
                   const char *const *arguments)
{
    char named[80];
    const char *environment[4] = {"TICKETLY_STORE_WAIT_SECONDS=1", named};
    struct line_door_options options = {.home = entrance->door_home,
                                        .store = entrance->place,
                                        .arguments = arguments,
                                        .environment = environment};

    snprintf(named, sizeof named, "TICKETLY_TILL_NAME=%s", name);
    if (entrance->served) {
        write_token(entrance, name);
        environment[2] = entrance->token;
    }
    return line_door_start(door, &options);
}

enum verdict entrance_verdict(const char *object)
{
    struct json *document = NULL;
    enum verdict verdict = VERDICT_COUNT;
    const char *name;

    if (!object || json_read(object, strlen(object), &document, NULL))
        return VERDICT_COUNT;
    name = json_text(json_member(document, "verdict"));
    if (!name || !verdict_parse(name, &verdict))
        verdict = VERDICT_COUNT;
    json_free(document);
    return verdict;
}

enum verdict entrance_scan(struct line_door *door, const char *code)
{
    char *object = line_door_scan(door, code) ? line_door_answer(door, LINE_DOOR_MS) : NULL;
    enum verdict verdict = entrance_verdict(object);

    free(object);
    return verdict;
}
