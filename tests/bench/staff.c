/* Staff: from a number and a PIN to a member who is signed on, and what asking a role costs. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "data/sign_on_file.h"

#define MEMBERS 200
#define SIGN_ONS 40
#define CHECKS 100000000
#define SIGN_ON_LIMIT_MS 150.0
#define CHECK_LIMIT_NS 1000.0

static enum tk_code hire(struct till *till, struct sign_on_file *signs, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < MEMBERS; i++) {
        struct op_staff staff = {.number = 1001 + i, .role = i ? ROLE_CLERK : ROLE_ADMIN};

        snprintf(staff.name, sizeof staff.name, "Member %d", i);
        code = office_put_staff(&till->office, &staff, NULL, error);
    }
    for (int i = 0; !code && i < 2; i++) {
        struct operation operation = {.pin = {.number = 1001 + i}};
        struct outcome outcome;

        code = sign_on_file_make(signs, 1001 + i, "482913", operation.pin.pin, error);
        if (!code)
            code = office_make(&till->office, OP_PIN, NULL, &operation, error);
        if (!code)
            code = store_apply(till->store, &operation, 1, &outcome, error);
    }
    return code;
}

static enum tk_code measure_sign_on(struct till *till, struct sign_on_file *signs,
                                    struct tk_error *error)
{
    double times[SIGN_ONS];
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < SIGN_ONS; i++) {
        struct sign_on_try tried = {.device = "Till 1",
                                    .enrolled = true,
                                    .number = 1001 + i % 2,
                                    .secret = "482913",
                                    .now = office_now(&till->office)};
        int64_t began = bench_clock();
        const char *event = NULL;
        struct staff staff;

        code = sign_on_file_try(signs, till->store, &tried, &staff, &event, error);
        if (!code)
            code = office_note_sign(&till->office, staff.number, event, error);
        times[i] = bench_seconds_since(began) * 1e3;
    }
    if (!code) {
        double median = bench_quantile(times, SIGN_ONS, 0.5);

        bench_figure("staff_sign_on", median, "ms", SIGN_ON_LIMIT_MS, median / SIGN_ON_LIMIT_MS);
    }
    return code;
}

static void measure_role(struct bench *bench)
{
    size_t checks = bench_rows(bench, CHECKS), yes = 0;
    int64_t began = bench_clock();
    double each;

    for (size_t i = 0; i < checks; i++)
        yes +=
            role_may((enum role)(i % ROLE_COUNT), (enum op_kind)(i / ROLE_COUNT % OP_KIND_COUNT));
    each = bench_seconds_since(began) * 1e9 / (double)checks;
    bench_say("%zu of %zu may", yes, checks); /* so that it is asked */
    bench_figure("staff_role_check", each, "ns", CHECK_LIMIT_NS, each / CHECK_LIMIT_NS);
}

enum tk_code bench_staff(struct bench *bench, struct tk_error *error)
{
    char path[BENCH_PATH_SIZE], key[BENCH_PATH_SIZE];
    struct sign_on_file *signs = NULL;
    struct crypto_key pepper;
    struct till till;
    enum tk_code code;

    bench_path(bench, path, "staff.db");
    bench_path(bench, key, "staff.db.key");
    code = till_open(&till, path, error);
    if (code)
        return code;
    pepper = sign_on_pepper(&till.site_key);
    code = sign_on_file_open(key, &pepper, &signs, error);
    if (!code)
        code = hire(&till, signs, error);
    if (!code)
        code = measure_sign_on(&till, signs, error);
    if (!code)
        measure_role(bench);
    sign_on_file_close(signs);
    till_close(&till);
    return code;
}
