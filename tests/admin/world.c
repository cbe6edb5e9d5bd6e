#include "tests/admin/world.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS_MAX 40

void world_init(struct world *world)
{
    *world = (struct world){0};
    test_folder(world->home, sizeof world->home);
    snprintf(world->store, sizeof world->store, "%s/office.db", world->home);
    world->options.home = world->home;
}

static void forget(struct world *world)
{
    json_decref(world->json);
    json_decref(world->refusal);
    world->json = world->refusal = NULL;
    run_release(&world->run);
}

void world_release(struct world *world)
{
    forget(world);
}

/* Messages may come before a refusal. */
static const char *last_line(const char *text)
{
    const char *line = text;

    for (const char *c = text; *c; c++)
        if (*c == '\n' && c[1])
            line = c + 1;
    return line;
}

static int run_list(struct world *world, va_list arguments)
{
    char *program = realpath(test_program(), NULL);
    const char *argv[ARGUMENTS_MAX] = {program ? program : test_program(), "--db", world->store,
                                       "admin"};
    const char *argument;
    int count = 4;

    while ((argument = va_arg(arguments, const char *)) && count + 1 < ARGUMENTS_MAX)
        argv[count++] = argument;
    forget(world);
    run_program(&world->run, &world->options, argv);
    world->json = json_loads(world->run.out, JSON_REJECT_DUPLICATES, NULL);
    world->refusal = json_loads(last_line(world->run.err), JSON_REJECT_DUPLICATES, NULL);
    free(program);
    return world->run.status;
}

int world_run(struct world *world, ...)
{
    va_list arguments;
    int status;

    va_start(arguments, world);
    status = run_list(world, arguments);
    va_end(arguments);
    return status;
}

void world_refused(struct world *world, const char *code, int status, ...)
{
    va_list arguments;
    const json_t *error;
    int got;

    va_start(arguments, status);
    got = run_list(world, arguments);
    va_end(arguments);
    error = json_object_get(world->refusal, "error");
    if (got != status || strcmp(member_text(error, "code"), code) != 0)
        printf("    wanted %s (%d), got %d: %s\n", code, status, got, world->run.err);
    CU_ASSERT_EQUAL(got, status);
    CU_ASSERT_STRING_EQUAL(member_text(error, "code"), code);
    CU_ASSERT(strlen(member_text(error, "message")) > 5);
    CU_ASSERT_EQUAL(world->run.out_length, 0);
}

const char *member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

json_int_t member_number(const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);

    return json_is_integer(number) ? json_integer_value(number) : -1;
}

const char *world_schedule(struct world *world, const char *name, const char *capacity)
{
    static char number[32];

    RUN_OK(world, "schedule", "--name", name, "--description", "A film.", "--start",
           "today+2 20:00", "--end", "today+2 22:00", "--type", "Movie", "--genre", "Drama",
           "--capacity", capacity, "--json");
    snprintf(number, sizeof number, "%lld", (long long)member_number(world->json, "slotId"));
    return number;
}

void world_book(struct world *world, const char *slot, const char *count, const char *name,
                const char *phone)
{
    int status = name ? RUN(world, "book", "--slot", slot, "--count", count, "--name", name,
                            "--phone", phone, "--json")
                      : RUN(world, "book", "--slot", slot, "--count", count, "--json");

    CU_ASSERT_EQUAL(status, 0);
    snprintf(world->id, sizeof world->id, "%s",
             member_text(json_array_get(world->json, 0), "ticketId"));
}

const char *world_file(struct world *world, const char *name, const void *data, size_t size)
{
    static char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", world->home, name);
    file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
    return path;
}

bool world_adds_up(struct world *world)
{
    return RUN(world, "verify", "--json") == 0 &&
           json_is_true(json_object_get(world->json, "ok"));
}
