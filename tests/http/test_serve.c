/* `ticketly serve` as it is started, watched and ended. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/support/http.h"
#include "tests/support/run.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/http/exchange.h"

#define WAIT_MS 20000

/* Runs `ticketly --db FOLDER/x.db serve …` that is expected to refuse; returns its exit status. */
static int refused(const char *said, const char *const *arguments)
{
    const char *argv[12] = {process_program(), "--db", "x.db", "serve"};
    char folder[128];
    struct run_options options = {.home = folder};
    struct run run = {0};
    int status, count = 4;

    test_folder(folder, sizeof folder);
    for (; *arguments; arguments++)
        argv[count++] = *arguments;
    run_program(&run, &options, argv);
    status = run.status;
    if (!strstr(run.err, said))
        printf("\n    “%s” is not in: %s", said, run.err);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.err, said));
    CU_ASSERT_EQUAL(run.out_length, 0);
    run_release(&run);
    return status;
}

#define REFUSED(status, said, ...)                                                                 \
    CU_ASSERT_EQUAL(refused(said, (const char *const[]){__VA_ARGS__, NULL}), status)

static void test_refusals(void)
{
    char huge[5000];

    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    REFUSED(2, "--open", "--open", "--listen", "0.0.0.0:0");
    REFUSED(2, "--open", "--open", "--listen", "*:0");
    REFUSED(2, "nowhere", "--listen", "nowhere");
    REFUSED(2, "", "--listen", "127.0.0.1:70000");
    REFUSED(2, "", "--listen", "");
    REFUSED(2, "", "--listen", huge);
    REFUSED(2, "belong together", "--tls-cert", "a.pem");
    REFUSED(66, "missing.pem", "--tls-cert", "missing.pem", "--tls-key", "missing.pem");
    REFUSED(2, "--nothing", "--nothing");
    REFUSED(2, "There is nothing to set", "--open=yes");
    REFUSED(2, "not understood", "now");
    REFUSED(2, "A value is missing", "--listen");
}

static void test_help(void)
{
    char folder[128];
    struct run_options options = {.home = folder};
    struct run run = {0};

    test_folder(folder, sizeof folder);
    run_program(&run, &options, (const char *const[]){process_program(), "serve", "--help", NULL});
    CU_ASSERT_EQUAL(run.status, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "--listen ADDRESS"));
    CU_ASSERT_EQUAL(run.err_length, 0);
    run_release(&run);
}

static int ask(struct process *process, const char *target, const char *header,
               struct answer *answer)
{
    const char *headers[] = {header, NULL};

    *answer = (struct answer){0};
    CU_ASSERT_TRUE(
        http_call(process->url, "GET", target, header ? headers : NULL, NULL, answer));
    return answer->status;
}

static void test_unix_socket(void)
{
    char folder[128], listen[200];
    struct process_options options = {.listen = listen};
    struct process process = {0};
    struct answer answer;

    test_folder(folder, sizeof folder);
    snprintf(listen, sizeof listen, "unix:%s/office.sock", folder);
    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", NULL, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_NOT_EQUAL(access(listen + 5, F_OK), 0);
    /* what a crash left behind is in nobody's way */
    CU_ASSERT_TRUE(process_start_again(&process));
    process_kill(&process);
    CU_ASSERT_EQUAL(access(listen + 5, F_OK), 0);
    CU_ASSERT_TRUE(process_start_again(&process));
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

static void test_address_in_use(void)
{
    struct process process = {0};
    struct process_options options = {0};
    const char *address;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    address = strstr(process.url, "127.0.0.1");
    CU_ASSERT_PTR_NOT_NULL_FATAL(address);
    REFUSED(69, "already", "--listen", address);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* A listening socket on descriptor 3, as systemd hands one over, and its address. */
static void listening(char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CU_ASSERT_FATAL(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                    listen(fd, 16) == 0 &&
                    getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    snprintf(url, size, "http://127.0.0.1:%d", ntohs(address.sin_port));
    if (fd != 3) {
        dup2(fd, 3);
        close(fd);
    }
}

/* Through a shell, which knows its own number: LISTEN_PID has to be that of the service. */
static void test_socket_of_systemd(void)
{
    char url[64], folder[128];
    struct answer answer = {0};
    int status = 0, kept = dup(3); /* whatever stands there */
    pid_t child;

    test_folder(folder, sizeof folder);
    listening(url, sizeof url);
    child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDERR_FILENO);
        if (chdir(folder) == 0)
            execl("/bin/sh", "sh", "-c",
                  "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" --db x.db serve --open",
                  process_program(), (char *)NULL);
        _exit(127);
    }
    if (kept >= 0) {
        dup2(kept, 3);
        close(kept);
    } else {
        close(3);
    }
    /* it is bound already: who comes early waits in the backlog */
    CU_ASSERT_TRUE(http_call(url, "GET", "/readyz", NULL, NULL, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    answer_release(&answer);
    kill(child, SIGTERM);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
}

/* A certificate for localhost that ends tomorrow. */
static bool make_certificate(const char *folder, char *certificate, char *key)
{
    char command[1024];
    struct run_options options = {.home = folder};
    struct run run = {0};
    int status;

    snprintf(certificate, 200, "%s/cert.pem", folder);
    snprintf(key, 200, "%s/key.pem", folder);
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
             "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
             "-keyout %s -out %s",
             key, certificate);
    run_program(&run, &options, (const char *const[]){"sh", "-c", command, NULL});
    status = run.status;
    run_release(&run);
    return status == 0;
}

static void test_tls(void)
{
    char folder[128], certificate[200], key[200], ca[256];
    const char *arguments[] = {"--tls-cert", certificate, "--tls-key", key, NULL};
    struct process_options options = {.secure = true, .arguments = arguments};
    struct process process = {0};
    const char *environment[] = {ca, NULL};
    struct run_options run_options = {.home = folder, .environment = environment};
    struct run run = {0};

    test_folder(folder, sizeof folder);
    CU_ASSERT_TRUE_FATAL(make_certificate(folder, certificate, key));
    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(strncmp(process.url, "https://", 8), 0);
    snprintf(ca, sizeof ca, "TICKETLY_STORE_CA_FILE=%s", certificate);
    run_program(&run, &run_options,
                (const char *const[]){process_program(), "--db", process.url, "admin", "schedule",
                                      "--name", "Secure", "--description", "x", "--start",
                                      "2081-01-01 20:00", "--end",
                                      "2081-01-01 22:00", "--type", "Movie", "--genre", "Drama",
                                      NULL});
    if (run.status)
        printf("\n    %s", run.err);
    CU_ASSERT_EQUAL(run.status, 0);
    run_release(&run);
    /* a certificate that nobody vouches for is not taken */
    run_options.environment = NULL;
    run_program(&run, &run_options,
                (const char *const[]){process_program(), "--db", process.url, "admin", "slots",
                                      NULL});
    CU_ASSERT_EQUAL(run.status, 69);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.err, "ertificate"));
    run_release(&run);
    CU_ASSERT_EQUAL(process_admin(&process, &run, "slots", "--json", NULL), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "Secure"));
    run_release(&run);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* A key that does not belong to the certificate, and a file that is none. */
static void test_bad_certificates(void)
{
    char folder[128], certificate[200], key[200], other[128], spare[200], wrong[200];

    test_folder(folder, sizeof folder);
    test_folder(other, sizeof other);
    CU_ASSERT_TRUE_FATAL(make_certificate(folder, certificate, key));
    CU_ASSERT_TRUE_FATAL(make_certificate(other, spare, wrong));
    REFUSED(78, "ertificate", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key",
            wrong);
    REFUSED(78, "ertificate", "--listen", "127.0.0.1:0", "--tls-cert", key, "--tls-key",
            certificate);
}

/* What whoever starts it has to know stands in the log before it is ready. */
static void test_warnings(void)
{
    struct process_options options = {.tokens = true, .listen = "0.0.0.0:0"};
    struct process process = {0};

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE(process_log_wait(&process, 0, "\"event\":\"no_tokens\"", WAIT_MS));
    CU_ASSERT_TRUE(process_log_wait(&process, 0, "\"event\":\"no_showings\"", WAIT_MS));
    CU_ASSERT_TRUE(process_log_has(&process, 0, "Tokens travel in the clear to http://0.0.0.0:"));
    CU_ASSERT_TRUE(process_log_has(&process, 0, "\"level\":\"warning\",\"event\":\"plain_http\""));
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "\"event\":\"unready\""));
    process_release(&process);
}

/* … and nothing that is not so: on this machine, with TLS, with a programme. */
static void test_no_warnings(void)
{
    char folder[128], certificate[200], key[200], store[200];
    const char *arguments[] = {"--tls-cert", certificate, "--tls-key", key, NULL};
    struct process_options options = {.folder = folder, .store = store};
    struct process process = {0};
    struct run run = {0};

    test_folder(folder, sizeof folder);
    snprintf(store, sizeof store, "%s/office.db", folder);
    CU_ASSERT_TRUE_FATAL(make_certificate(folder, certificate, key));
    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "schedule", "--name", "Heat", "--description",
                                  "x", "--start", "2081-01-01 20:00", "--end", "2081-01-01 22:00",
                                  "--type", "Movie", "--genre", "Drama", NULL),
                    0);
    run_release(&run);
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "plain_http"));
    process_release(&process);
    options.secure = options.tokens = true;
    options.listen = "0.0.0.0:0";
    options.arguments = arguments;
    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "plain_http"));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "no_showings"));
    process_release(&process);
}

/* --- at work --- */

static void test_upkeep(void)
{
    struct process_options options = {.settings = "[upkeep]\nevery_seconds = 1\n"};
    struct process process = {0};
    struct run run = {0};

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "import", "--help", NULL), 0);
    run_release(&run);
    CU_ASSERT_EQUAL(process_admin(&process, &run, "schedule", "--name", "Long over", "--description", "x", "--start",
                                  "2020-01-01 20:00", "--end", "2020-01-01 22:00", "--type",
                                  "Movie", "--genre", "Drama", NULL),
                    0);
    run_release(&run);
    /* another program put it there after the start: the timer finds it */
    CU_ASSERT_TRUE(process_log_wait(&process, 0, "\"event\":\"upkeep\"", WAIT_MS));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "slots", "--json", NULL), 0);
    CU_ASSERT_PTR_NULL(strstr(run.out, "\"expiredAt\":null"));
    run_release(&run);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

static void test_names_of_requests(void)
{
    static const char trace[] = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct process process = {0};
    struct process_options options = {0};
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    ask(&process, "/v1/slots", "X-Request-ID: order-4711", &answer);
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "X-Request-ID"), "order-4711");
    answer_release(&answer);
    CU_ASSERT_TRUE(process_log_wait(&process, 0, "\"requestId\":\"order-4711\"", WAIT_MS));
    ask(&process, "/v1/slots", trace, &answer);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_log_wait(
        &process, 0, "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"", WAIT_MS));
    /* what cannot stand in a log is replaced, not kept */
    ask(&process, "/v1/slots", "X-Request-ID: \"}{ evil", &answer);
    CU_ASSERT_PTR_NULL(strchr(answer_header(&answer, "X-Request-ID"), '}'));
    answer_release(&answer);
    ask(&process, "/v1/slots?contains=Priya", NULL, &answer);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "evil"));
    CU_ASSERT_FALSE(process_log_has(&process, 0, "Priya"));
    process_release(&process);
}

static void test_rate(void)
{
    struct process_options options = {.tokens = true,
                                      .settings = "[service]\nrate_per_second = 2\n"};
    struct process process = {0};
    char reader[PROCESS_BEARER_SIZE], other[PROCESS_BEARER_SIZE];
    struct answer answer;
    int i, status = 200;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE_FATAL(process_bearer(&process, ROLE_READER, reader));
    CU_ASSERT_TRUE_FATAL(process_bearer(&process, ROLE_READER, other));
    for (i = 0; i < 50 && status == 200; i++) {
        status = ask(&process, "/v1/slots", reader, &answer);
        if (status == 429) {
            CU_ASSERT_PTR_NOT_NULL(answer_header(&answer, "Retry-After"));
            CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "rate_limited");
        }
        answer_release(&answer);
    }
    CU_ASSERT_EQUAL(status, 429);
    CU_ASSERT(i > 2);
    /* one that asks too often is in nobody else's way */
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", other, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_EQUAL(ask(&process, "/readyz", NULL, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

static void test_guessing(void)
{
    struct process_options options = {.tokens = true};
    struct process process = {0};
    char good[PROCESS_BEARER_SIZE], wrong[PROCESS_BEARER_SIZE];
    struct answer answer;
    int status = 401, i;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE_FATAL(process_bearer(&process, ROLE_READER, good));
    for (i = 0; i < 100 && status == 401; i++) {
        snprintf(wrong, sizeof wrong, "Authorization: Bearer tly_%032d", i);
        status = ask(&process, "/v1/slots", wrong, &answer);
        answer_release(&answer);
    }
    CU_ASSERT_EQUAL(status, 429);
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", good, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    /* not even a wrong one is written down */
    CU_ASSERT_FALSE(process_log_has(&process, 0, "tly_"));
    process_release(&process);
}

/* Revoked on the file by another program: no is said at once, not a cache's life later. */
static void test_revoked_at_once(void)
{
    struct process_options options = {.tokens = true};
    struct process process = {0};
    struct run run = {0};
    char bearer[PROCESS_BEARER_SIZE];
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(
        process_admin(&process, &run, "token", "add", "--name", "web", "--role", "clerk", NULL), 0);
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %.36s", run.out);
    run_release(&run);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(ask(&process, "/v1/slots", bearer, &answer), 200);
        answer_release(&answer);
    }
    CU_ASSERT_EQUAL(process_admin(&process, &run, "token", "revoke", "--name", "web", NULL), 0);
    run_release(&run);
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", bearer, &answer), 401);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* The end writes down who was seen. */
static void test_last_use(void)
{
    struct process_options options = {.tokens = true};
    struct process process = {0};
    struct run run = {0};
    char bearer[PROCESS_BEARER_SIZE];
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE_FATAL(process_bearer(&process, ROLE_READER, bearer));
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", bearer, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "token", "list", "--json", NULL), 0);
    CU_ASSERT_PTR_NULL(strstr(run.out, "\"usedAt\":null"));
    run_release(&run);
    process_release(&process);
}

/* A page of another site, in a browser on this machine, gets nothing out of an open service. */
static void test_other_pages(void)
{
    static const char *const strangers[] = {"Origin: http://evil.example", "Host: evil.example",
                                            "Sec-Fetch-Site: cross-site",
                                            "Host: localhost.evil.example", "Origin: null"};
    struct process process = {0};
    struct process_options options = {0};
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        CU_ASSERT_EQUAL(ask(&process, "/v1/slots", strangers[i], &answer), 403);
        answer_release(&answer);
    }
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", "Host: LOCALHOST:8477", &answer), 200);
    answer_release(&answer);
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", "Sec-Fetch-Site: same-origin", &answer), 200);
    answer_release(&answer);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* While draining is announced, everything is still answered, but no balancer sends more. */
static void test_announced_end(void)
{
    struct process_options options = {.settings = "[service]\ndrain_seconds = 600\n"};
    struct process process = {0};
    struct answer answer;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE(process_signal(&process, SIGTERM));
    CU_ASSERT_TRUE(process_log_wait(&process, 0, "\"event\":\"unready\"", WAIT_MS));
    CU_ASSERT_TRUE(process_log_has(&process, 0, "Going on for 600 s; /readyz says no."));
    while (ask(&process, "/readyz", NULL, &answer) == 200)
        answer_release(&answer);
    CU_ASSERT_EQUAL(answer.status, 503);
    answer_release(&answer);
    CU_ASSERT_EQUAL(ask(&process, "/livez", NULL, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_EQUAL(ask(&process, "/v1/slots", NULL, &answer), 200);
    answer_release(&answer);
    CU_ASSERT_FALSE(process_log_has(&process, 0, "\"event\":\"draining\""));
    /* a second signal hurries it */
    CU_ASSERT_TRUE(process_stop(&process));
    CU_ASSERT_TRUE(process_log_has(&process, 0, "\"event\":\"draining\""));
    process_release(&process);
}

/* False when the metrics do not come to have this line. */
static bool wait_for_metric(struct process *process, const char *line)
{
    bool found = false;

    for (int64_t until = exchange_clock_us() + WAIT_MS * 1000;
         !found && exchange_clock_us() < until;) {
        struct answer answer;

        ask(process, "/metrics", NULL, &answer);
        found = answer.body && strstr(answer.body, line);
        answer_release(&answer);
    }
    return found;
}

/* A poll that waits is let go with what there is. */
static void test_polls_are_released(void)
{
    struct process process = {0};
    struct process_options options = {0};
    struct run run = {0};
    struct client client;
    struct answer answer = {0};

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "schedule", "--name", "Heat", "--description", "x", "--start",
                                  "2081-01-01 20:00", "--end", "2081-01-01 22:00", "--type",
                                  "Movie", "--genre", "Drama", NULL),
                    0);
    run_release(&run);
    CU_ASSERT_TRUE_FATAL(client_open(&client, process.url, WAIT_MS));
    CU_ASSERT_TRUE(
        client_send(&client, "GET", "/v1/slots/100000/changes?after=1&wait=30", NULL, NULL));
    CU_ASSERT_TRUE(wait_for_metric(&process, "\nticketly_waiting 1\n"));
    CU_ASSERT_TRUE(process_signal(&process, SIGTERM));
    answer = (struct answer){0};
    CU_ASSERT_TRUE(client_read(&client, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_TRUE(answer.closes);
    answer_release(&answer);
    client_close(&client);
    CU_ASSERT_EQUAL(process_wait(&process, WAIT_MS), 0);
    process_release(&process);
}

/* --- the room for what is large --- */

#define HOGS 300

/* Requests that announce as much as a batch may have, and send nothing of it. */
static int hog(const struct process *process, struct client *hogs)
{
    int count = 0;

    for (int i = 0; i < HOGS; i++)
        if (client_open(&hogs[i], process->url, WAIT_MS) &&
            client_send_text(&hogs[i], "POST /v1/operations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                       "Content-Length: 1048576\r\n\r\n{"))
            count++;
    return count;
}

static void let_go(struct client *hogs)
{
    for (int i = 0; i < HOGS; i++)
        client_close(&hogs[i]);
}

static void schedule_large(struct process *process)
{
    struct run run = {0};

    CU_ASSERT_EQUAL(process_admin(process, &run, "schedule", "--name", "Large", "--description", "x",
                                  "--start", "2081-01-01 20:00", "--end", "2081-01-01 22:00",
                                  "--type", "Movie", "--genre", "Drama", "--capacity", "5000", NULL),
                    0);
    run_release(&run);
}

static int64_t sold(struct process *process)
{
    struct run run = {0};
    const char *at;
    int64_t count = -1;

    process_admin(process, &run, "slots", "--json", NULL);
    at = strstr(run.out, "\"sold\":");
    if (at)
        count = strtoll(at + 7, NULL, 10);
    run_release(&run);
    return count;
}

static int book(struct process *process, const char *header, const char *count)
{
    const char *headers[] = {header, NULL};
    char target[256];
    struct answer answer = {0};
    int status;

    snprintf(target, sizeof target,
             "/bookTicket?userName=Ada&userPhoneNumber=12345&movieName=Large"
             "&movieStartTime=2081-01-01T20:00&numTickets=%s",
             count);
    CU_ASSERT_TRUE(http_call(process->url, "POST", target, header ? headers : NULL, NULL, &answer));
    status = answer.status;
    answer_release(&answer);
    return status;
}

/* A sale whose answer has no room is not made: it is not made and then called a failure. */
static void test_no_room(void)
{
    static struct client hogs[HOGS];
    struct process process = {0};
    struct process_options options = {0};

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    schedule_large(&process);
    CU_ASSERT_EQUAL(hog(&process, hogs), HOGS);
    CU_ASSERT_TRUE(wait_for_metric(&process, "\nticketly_requests_in_hand 25"));
    CU_ASSERT_EQUAL(book(&process, NULL, "2000"), 503);
    CU_ASSERT_EQUAL(sold(&process), 0);
    CU_ASSERT_EQUAL(book(&process, NULL, "2"), 200);
    let_go(hogs);
    for (int status = 503; status != 200;)
        status = book(&process, NULL, "2000");
    CU_ASSERT_EQUAL(sold(&process), 2002);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* Nobody without a token takes room from those who have one. */
static void test_room_of_others(void)
{
    static struct client hogs[HOGS];
    struct process_options options = {.tokens = true};
    struct process process = {0};
    char clerk[PROCESS_BEARER_SIZE];

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_TRUE_FATAL(process_bearer(&process, ROLE_CLERK, clerk));
    schedule_large(&process);
    CU_ASSERT_EQUAL(hog(&process, hogs), HOGS);
    CU_ASSERT_EQUAL(book(&process, clerk, "2000"), 200);
    let_go(hogs);
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

/* --- what takes long --- */

/* While jobs wait for the file, which another program holds, the others are answered. */
static void test_long_jobs(void)
{
    static const char *const headers[][2] = {{"Idempotency-Key: long-1", NULL},
                                             {"Idempotency-Key: long-2", NULL},
                                             {"Idempotency-Key: long-3", NULL}};
    struct process process = {0};
    struct process_options options = {.settings = "[store]\nwait_seconds = 30\n"};
    struct client jobs[3], client;
    struct answer answer = {0};
    struct run run = {0};
    char path[PROCESS_PATH_SIZE + 8];
    int lock;

    CU_ASSERT_TRUE_FATAL(process_start(&process, &options));
    CU_ASSERT_EQUAL(process_admin(&process, &run, "schedule", "--name", "Over", "--description", "x",
                                  "--start", "2020-01-01 20:00", "--end", "2020-01-01 22:00",
                                  "--type", "Movie", "--genre", "Drama", NULL),
                    0);
    run_release(&run);
    snprintf(path, sizeof path, "%s.lock", process.store);
    lock = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(lock >= 0 && flock(lock, LOCK_EX) == 0);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE_FATAL(client_open(&jobs[i], process.url, WAIT_MS));
        CU_ASSERT_TRUE(client_send(&jobs[i], "POST", "/v1/expiries", headers[i], "{}"));
    }
    CU_ASSERT_TRUE(wait_for_metric(&process, "\nticketly_requests_in_hand 4\n"));
    CU_ASSERT_TRUE_FATAL(client_open(&client, process.url, 5000));
    CU_ASSERT_TRUE(client_call(&client, "GET", "/v1/slots/100000", NULL, NULL, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    answer_release(&answer);
    client_close(&client);
    flock(lock, LOCK_UN);
    close(lock);
    for (int i = 0; i < 3; i++) {
        answer = (struct answer){0};
        CU_ASSERT_TRUE(client_read(&jobs[i], &answer));
        CU_ASSERT_EQUAL(answer.status, 200);
        answer_release(&answer);
        client_close(&jobs[i]);
    }
    CU_ASSERT_TRUE(process_stop(&process));
    process_release(&process);
}

SUITE(http_serve, {"what cannot be served is refused in words", test_refusals},
      {"serve has a help", test_help}, {"it serves on a Unix socket", test_unix_socket},
      {"an address that is taken is told", test_address_in_use},
      {"it serves on a socket of systemd's", test_socket_of_systemd},
      {"it serves HTTPS", test_tls}, {"certificates that do not fit are refused", test_bad_certificates},
      {"what is not safe or not there yet is told at the start", test_warnings},
      {"nobody is warned without need", test_no_warnings},
      {"upkeep runs on its timer", test_upkeep},
      {"requests keep their names in the log", test_names_of_requests},
      {"a token that asks too often is slowed down", test_rate},
      {"who guesses tokens is slowed down", test_guessing},
      {"a revoked token is refused at once", test_revoked_at_once},
      {"the last use of a token is recorded", test_last_use},
      {"other sites' pages are refused by an open service", test_other_pages},
      {"the end can be announced", test_announced_end},
      {"polls are released at the end", test_polls_are_released},
      {"long jobs are in nobody's way", test_long_jobs},
      {"a sale whose answer has no room is not made", test_no_room},
      {"nobody without a token takes the room of others", test_room_of_others})
