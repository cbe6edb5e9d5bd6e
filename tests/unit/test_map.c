#include "core/map.h"

#include "tests/support/test.h"

static void test_finds(void)
{
    struct map map = {0};
    uint64_t random = test_seed(), key = random;

    CU_ASSERT_EQUAL(map_find(&map, 0), MAP_NONE);
    for (size_t i = 0; i < 5000; i++)
        CU_ASSERT_EQUAL(map_add(&map, test_random(&random), i), TK_OK);
    random = key;
    for (size_t i = 0; i < 5000; i++)
        CU_ASSERT_EQUAL(map_find(&map, test_random(&random)), i);
    for (size_t i = 0; i < 5000; i++)
        CU_ASSERT_EQUAL(map_find(&map, test_random(&random)), MAP_NONE);
    CU_ASSERT_EQUAL(map.count, 5000);
    map_clear(&map);
    CU_ASSERT_EQUAL(map_find(&map, 0), MAP_NONE);
    map_release(&map);
}

static void test_edges(void)
{
    struct map map = {0};

    map_clear(&map);
    CU_ASSERT_EQUAL(map_add(&map, 0, 0), TK_OK);
    CU_ASSERT_EQUAL(map_add(&map, UINT64_MAX, 7), TK_OK);
    CU_ASSERT(map_find(&map, 0) == 0 && map_find(&map, UINT64_MAX) == 7);
    for (uint64_t key = 1; key < 1000; key++)
        map_add(&map, key << 32, key);
    CU_ASSERT(map_find(&map, 0) == 0 && map_find(&map, UINT64_C(999) << 32) == 999);
    map_release(&map);
    map_release(&map);
}

SUITE(map, {"what was put in is found, and nothing else", test_finds},
      {"0, the greatest key and keys alike at their end are keys", test_edges})
