/* The reference page in a real browser, headless. docs_page.mjs is the reader. */
#include <limits.h>
#include <unistd.h>

#include "tests/support/http.h"
#include "tests/support/service.h"
#include "tests/support/test.h"

#define BROWSER_MS 120000

/* Runs the reader in the folder of the tests; what it printed and its complaints are in *run. */
static bool read_page(struct run *run, const struct process *process, const char *const *words)
{
    const char *chromium[] = {NULL, NULL};
    struct run_options options = {.home = process->folder, .timeout_ms = BROWSER_MS,
                                  .environment = chromium};
    const char *argv[16] = {"node"};
    char script[PATH_MAX], variable[PATH_MAX];
    int count = 2;

    if (getenv("CHROMIUM")) {
        snprintf(variable, sizeof variable, "CHROMIUM=%s", getenv("CHROMIUM"));
        chromium[0] = variable;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(realpath("tests/http/docs_page.mjs", script));
    argv[1] = script;
    while (*words && count < 15)
        argv[count++] = *words++;
    run_program(run, &options, argv);
    if (run->status)
        fprintf(stderr, "docs_page.mjs: exit %d\n%s", run->status, run->err);
    return run->status == 0;
}

/* Tomorrow at 20:00, as the replaced API and the command line take it. */
static void make_start(char text[32])
{
    time_t tomorrow = time(NULL) + 86400;
    struct tm tm;

    gmtime_r(&tomorrow, &tm);
    strftime(text, 32, "%Y-%m-%dT20:00:00", &tm);
}

/* Schedules a showing through the front door; its number in `id`. */
static void schedule(struct process *process, const char *name, const char *start, char id[32])
{
    char token[PROCESS_BEARER_SIZE], target[400], end[32];
    const char *headers[] = {token, NULL};
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_bearer(process, ROLE_MANAGER, token));
    snprintf(end, sizeof end, "%.10sT22:00:00", start);
    snprintf(target, sizeof target,
             "/scheduleMovie?slotName=%s&slotDescription=x&startTime=%s&endTime=%s"
             "&slotType=Movie&genre=Drama", name, start, end);
    CU_ASSERT_TRUE(http_call(process->url, "POST", target, headers, NULL, &answer));
    CU_ASSERT_EQUAL_FATAL(answer.status, 200);
    snprintf(id, 32, "%lld", (long long)answer_number(&answer, "slotId"));
    answer_release(&answer);
}

static bool has_file(struct process *process, const char *path)
{
    struct answer answer;
    bool has;

    has = http_call(process->url, "GET", path, NULL, NULL, &answer) && answer.status == 200;
    answer_release(&answer);
    return has;
}

/* Each line is the number of a ticket that the store has. Returns how many there are. */
static int count_tickets(struct process *process, char *lines)
{
    char *rest = lines, *line;
    int count = 0;

    while ((line = strsep(&rest, "\n")) && *line) {
        struct run run;

        CU_ASSERT_EQUAL(process_admin(process, &run, "ticket", line, NULL), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(run.out, line));
        CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "Booked"));
        run_release(&run);
        count++;
    }
    return count;
}

static void test_clickable(void)
{
    struct process_options options = {.tokens = true, .settings = "[service]\nopen_docs = yes\n"};
    struct process process;
    struct run run;
    char token[TOKEN_SIZE], start[32], id[32];

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    if (!has_file(&process, "/docs/swagger-ui-bundle.js") && !getenv("CI")) {
        test_skip("this build has the plain page: npm could not fetch Swagger UI");
    } else {
        make_start(start);
        schedule(&process, "Arrival", start, id);
        CU_ASSERT_TRUE_FATAL(process_token(&process, ROLE_CLERK, token));
        CU_ASSERT_TRUE(read_page(&run, &process,
                                 (const char *[]){"clickable", process.url, token, id, "Arrival",
                                                  start, NULL}));
        CU_ASSERT_EQUAL(count_tickets(&process, run.out), 2);
        run_release(&run);
    }
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* Every route that a document has, as the plain page should list it. Returns how many. */
static int expect_routes(struct process *process, const char *document, const char *listed)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
    struct answer answer;
    int count = 0;

    CU_ASSERT_TRUE_FATAL(http_call(process->url, "GET", document, NULL, NULL, &answer));
    for (const char *at = answer.body; (at = strstr(at, "\"/")); at++) {
        char path[200], line[220];

        snprintf(path, sizeof path, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
            struct json *route =
                json_member(json_member(answer_json(&answer), "paths"), path);

            if (!json_member(route, methods[i]))
                continue;
            snprintf(line, sizeof line, "%s %s\n", methods[i], path);
            for (char *c = line; *c != ' '; c++)
                *c = (char)(*c - 'a' + 'A');
            CU_ASSERT_PTR_NOT_NULL(strstr(listed, line));
            count++;
        }
    }
    answer_release(&answer);
    return count;
}

static void test_plain(void)
{
    char *program = realpath(process_program(), NULL), plain[PATH_MAX];
    const char *before = getenv("TICKETLY");
    struct process_options options = {0};
    struct process process;
    struct run run;

    CU_ASSERT_PTR_NOT_NULL_FATAL(program);
    snprintf(plain, sizeof plain, "%.4000s-plain", program);
    CU_ASSERT_EQUAL_FATAL(access(plain, X_OK), 0); /* make $(BUILD)/ticketly-plain */
    free(program);
    before = before ? strdup(before) : NULL;
    setenv("TICKETLY", plain, 1);
    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_FALSE(has_file(&process, "/docs/swagger-ui-bundle.js"));
    CU_ASSERT_TRUE(read_page(&run, &process, (const char *[]){"plain", process.url, NULL}));
    CU_ASSERT(expect_routes(&process, "/openapi.json", run.out) >= 9);
    CU_ASSERT(expect_routes(&process, "/v1/openapi.json", run.out) > 9);
    run_release(&run);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
    if (before)
        setenv("TICKETLY", before, 1);
    else
        unsetenv("TICKETLY");
    free((char *)(uintptr_t)before);
}

/* What every file of the page says about itself. */
static void test_headers(void)
{
    static const char *const encodings[][2] = {{"Accept-Encoding: gzip, br", "gzip"},
                                               {"Accept-Encoding: br, gzip;q=0", NULL},
                                               {"Accept-Encoding: br;q=1.0, gzip;q=0.5", "gzip"},
                                               {"Accept-Encoding: gzipped", NULL}};
    struct process_options options = {0};
    struct process process;
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE_FATAL(http_call(process.url, "GET", "/docs", NULL, NULL, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Content-Security-Policy"),
                           "default-src 'self'; img-src 'self' data:");
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "X-Content-Type-Options"), "nosniff");
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Referrer-Policy"), "no-referrer");
    CU_ASSERT_PTR_NULL(strstr(answer.body, "<style"));
    answer_release(&answer);
    CU_ASSERT_FALSE(has_file(&process, "/docs/other.js"));
    CU_ASSERT_TRUE(has_file(&process, "/docs/page.css"));
    for (size_t i = 0; has_file(&process, "/docs/swagger-ui.css") && i < 4; i++) {
        const char *headers[] = {encodings[i][0], NULL}, *found;

        CU_ASSERT_TRUE(http_call(process.url, "GET", "/docs/swagger-ui.css", headers, NULL,
                                 &answer));
        found = answer_header(&answer, "Content-Encoding");
        CU_ASSERT(found && encodings[i][1] ? strcmp(found, encodings[i][1]) == 0
                                           : found == encodings[i][1]);
        CU_ASSERT_EQUAL(answer.body_length < 100000, encodings[i][1] != NULL);
        answer_release(&answer);
    }
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

SUITE(docs_page, {"the reference sells tickets by Try it out, and breaks no rule", test_clickable},
      {"without Swagger UI a plain page lists every route", test_plain},
      {"the page's files come under a policy, packed when that is wanted", test_headers})
