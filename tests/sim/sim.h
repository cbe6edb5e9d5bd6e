/* sim: one simulated box office, for whoever runs them: the program, and the tests of every day. */
#ifndef TK_TESTS_SIM_SIM_H
#define TK_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_STEPS 700 /* of one world */

struct sim_result {
    uint64_t step, operations, events;
    uint64_t hash;  /* of all that happened */
    char wrong[700]; /* "" when all held */
};

void sim_run(uint64_t seed, int steps, bool trace, struct sim_result *result);
/* The machine's own clock (monotonic), whatever the simulated ones say. */
int64_t sim_clock_ms(void);

#endif
