/* dice: the simulator's only source of chance (SplitMix64, Steele et al. 2014): a seed is a run. */
#ifndef TK_TESTS_SIM_DICE_H
#define TK_TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t dice_roll(uint64_t *dice)
{
    uint64_t z = *dice += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline int64_t dice_below(uint64_t *dice, int64_t bound)
{
    return bound > 0 ? (int64_t)(dice_roll(dice) % (uint64_t)bound) : 0;
}

static inline int64_t dice_between(uint64_t *dice, int64_t least, int64_t most)
{
    return least + dice_below(dice, most - least + 1);
}

/* So many times in 10000. */
static inline bool dice_chance(uint64_t *dice, int in_10000)
{
    return dice_below(dice, 10000) < in_10000;
}

#endif
