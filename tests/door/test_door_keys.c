/* A door at work while a new key is made: passes of both generations are good. */
#include <stdlib.h>

#include "tests/door/entrance.h"
#include "tests/support/run.h"

static void rotate(const struct entrance *entrance)
{
    struct run_options options = {.home = entrance->door_home};
    char *program = realpath(test_program(), NULL);
    const char *argv[] = {program ? program : test_program(),
                          "--db",
                          entrance->store,
                          "admin",
                          "keys",
                          "rotate",
                          NULL};
    struct run run = {0};

    run_program(&run, &options, argv);
    CU_ASSERT_EQUAL(run.status, 0);
    run_release(&run);
    free(program);
}

/* Two of each: one for before the rotation, one for after it. */
static void check_rotation(bool served)
{
    struct entrance_ticket old[2], new[1];
    struct line_door door = {0};
    struct entrance entrance;
    int64_t empty;

    entrance_init(&entrance, served);
    entrance_book(&entrance, entrance_schedule(&entrance, "Old", -TIME_MINUTE, TIME_HOUR), 2, old);
    empty = entrance_schedule(&entrance, "Empty", -TIME_MINUTE, TIME_HOUR);
    CU_ASSERT_FATAL(entrance_open(&entrance, &door, "door-1", NULL));
    CU_ASSERT_EQUAL(entrance_scan(&door, old[0].pass), VERDICT_ADMITTED);
    for (int i = 0; i < 2; i++) {
        rotate(&entrance);
        /* this process sells: it was not told of the key either */
        if (i)
            empty = entrance_schedule(&entrance, "Later", -TIME_MINUTE, TIME_HOUR);
        entrance_book(&entrance, empty, 1, new);
        CU_ASSERT_EQUAL(entrance_scan(&door, new[0].pass), VERDICT_ADMITTED);
    }
    CU_ASSERT_EQUAL(entrance_scan(&door, old[1].pass), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    entrance_release(&entrance);
}

static void test_file(void)
{
    check_rotation(false);
}

static void test_service(void)
{
    check_rotation(true);
}

SUITE(door_keys, {"at a file", test_file}, {"at a service", test_service})
