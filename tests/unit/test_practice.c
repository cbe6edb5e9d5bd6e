/* The copy that those who train share: who makes it, who removes it. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/training.h"

struct place {
    char folder[128], copy[160], lock[200];
    int made;
    bool failing;
};

static void place_init(struct place *place)
{
    *place = (struct place){.made = 0};
    test_folder(place->folder, sizeof place->folder);
    snprintf(place->copy, sizeof place->copy, "%s/office.db.training", place->folder);
    snprintf(place->lock, sizeof place->lock, "%s.shared", place->copy);
}

static bool write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wx"); /* it must not be there */

    if (!file)
        return false;
    fputs(text, file);
    return fclose(file) == 0;
}

static enum tk_code make(void *context, const char *copy, struct tk_error *error)
{
    struct place *place = context;

    place->made++;
    if (!write_text(copy, "whole\n"))
        return tk_fail(error, TK_CANNOT_CREATE, "It is there.");
    return place->failing ? tk_fail(error, TK_DISK_FULL, "There is no room.") : TK_OK;
}

static enum tk_code join(struct training *training, struct place *place)
{
    return training_join(training, place->copy, make, place, NULL);
}

static bool is_whole(const struct place *place)
{
    char text[20] = "";
    FILE *file = fopen(place->copy, "r");
    bool whole = file && fgets(text, sizeof text, file) && strcmp(text, "whole\n") == 0;

    if (file)
        fclose(file);
    return whole;
}

static bool is_clean(const struct place *place)
{
    return access(place->copy, F_OK) != 0 && access(place->lock, F_OK) != 0;
}

static void test_life(void)
{
    struct training first = {0}, second = {0};
    struct place place;
    char other[200];

    place_init(&place);
    training_leave(&first); /* not taking part */
    CU_ASSERT_EQUAL(join(&first, &place), TK_OK);
    CU_ASSERT_EQUAL(join(&second, &place), TK_OK);
    CU_ASSERT_EQUAL(place.made, 1);
    snprintf(other, sizeof other, "%s-wal", place.copy);
    CU_ASSERT(write_text(other, "x"));
    training_leave(&first);
    training_leave(&first);
    CU_ASSERT(is_whole(&place));
    training_leave(&second);
    CU_ASSERT(is_clean(&place));
    CU_ASSERT_NOT_EQUAL(access(other, F_OK), 0);
    CU_ASSERT_EQUAL(join(&first, &place), TK_OK);
    CU_ASSERT_EQUAL(place.made, 2);
    training_leave(&first);
}

/* What cannot be made leaves nothing, and what was left behind is not used. */
static void test_trouble(void)
{
    struct training training = {0};
    struct place place;

    place_init(&place);
    place.failing = true;
    CU_ASSERT_EQUAL(join(&training, &place), TK_DISK_FULL);
    CU_ASSERT_EQUAL(training.copy[0], '\0');
    CU_ASSERT(is_clean(&place));
    place.failing = false;
    CU_ASSERT(write_text(place.copy, "half") && write_text(place.lock, ""));
    CU_ASSERT_EQUAL(join(&training, &place), TK_OK);
    CU_ASSERT(is_whole(&place));
    training_leave(&training);
    CU_ASSERT(write_text(place.copy, "somebody's own"));
    CU_ASSERT_EQUAL(join(&training, &place), TK_CANNOT_CREATE);
    CU_ASSERT(!is_whole(&place) && access(place.copy, F_OK) == 0);
}

/* Comes and goes; the copy is whole whenever one takes part. Some are killed at work. */
static void come_and_go(struct place *place, uint64_t random)
{
    for (int i = 0; i < 150; i++) {
        struct training training = {0};

        if (join(&training, place) || !is_whole(place))
            _exit(1);
        if (test_random_below(&random, 400) == 0)
            _exit(0); /* as if killed: nothing is put away */
        if (!is_whole(place))
            _exit(2);
        training_leave(&training);
    }
    _exit(0);
}

static void test_many(void)
{
    enum { PEOPLE = 6 };
    struct training training = {0};
    struct place place;
    int status;

    place_init(&place);
    fflush(NULL);
    for (int i = 0; i < PEOPLE; i++)
        if (fork() == 0)
            come_and_go(&place, test_seed() + (uint64_t)i);
    for (int i = 0; i < PEOPLE; i++)
        CU_ASSERT(wait(&status) > 0 && status == 0);
    CU_ASSERT_EQUAL(join(&training, &place), TK_OK);
    CU_ASSERT(is_whole(&place));
    training_leave(&training);
    CU_ASSERT(is_clean(&place));
}

SUITE(practice, {"the first makes the copy, the last removes it", test_life},
      {"nothing is left of what failed, nothing foreign is touched", test_trouble},
      {"many come and go, and some are killed", test_many})
