/* The pin of a service's key. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/certificate.h"
#include "data/remote/http_client.h"
#include "tests/http/echo.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

static void read_text(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

    text[got > 0 ? got : 0] = '\0';
    if (file >= 0)
        close(file);
}

struct pair {
    char folder[64], key_path[96], certificate_path[96], key[8192], certificate[8192];
};

static bool make_pair(struct pair *pair, const char *subject)
{
    struct run run;
    bool made;

    test_folder(pair->folder, sizeof pair->folder);
    snprintf(pair->key_path, sizeof pair->key_path, "%s/key.pem", pair->folder);
    snprintf(pair->certificate_path, sizeof pair->certificate_path, "%s/cert.pem", pair->folder);
    run_program(&run, &(struct run_options){.home = pair->folder},
                (const char *const[]){"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                                      "-days", "2", "-subj", subject, "-keyout", pair->key_path,
                                      "-out", pair->certificate_path, NULL});
    made = run.status == 0;
    run_release(&run);
    read_text(pair->key_path, pair->key, sizeof pair->key);
    read_text(pair->certificate_path, pair->certificate, sizeof pair->certificate);
    return made;
}

static enum tk_code call(const char *url, const char *pin)
{
    struct http_client_options options = {
        .url = url, .pin = pin, .connect_timeout_ms = 5000, .timeout_ms = 5000};
    struct http_client *client = NULL;
    struct buffer answer;
    struct http_call request = {.method = "GET", .path = "/echo", .file = -1, .answer = &answer};
    struct tk_error error = {0};
    enum tk_code code = http_client_open(&options, &client, &error);

    buffer_init(&answer, 65536);
    if (!code)
        code = http_client_call(client, &request, &error);
    http_client_close(client);
    buffer_release(&answer);
    return code;
}

/* The pin that we find is the one that TLS goes by; another one's, or none, does not let it
 * through. */
static void test_pin(void)
{
    struct echo echo = {.options = {.threads = 1}};
    char url[160];
    char pin[CERTIFICATE_PIN_SIZE], other[CERTIFICATE_PIN_SIZE], both[2 * CERTIFICATE_PIN_SIZE];
    static struct pair pair, stranger;

    CU_ASSERT_TRUE_FATAL(make_pair(&pair, "/CN=another name"));
    CU_ASSERT_TRUE_FATAL(make_pair(&stranger, "/CN=127.0.0.1"));
    CU_ASSERT_TRUE(certificate_pin(pin, pair.certificate));
    CU_ASSERT_TRUE(certificate_pin(other, stranger.certificate));
    CU_ASSERT(http_client_is_pin(pin) && strcmp(pin, other) != 0);
    echo.options.tls_certificate = pair.certificate;
    echo.options.tls_key = pair.key;
    CU_ASSERT_TRUE_FATAL(echo_start(&echo));
    snprintf(url, sizeof url, "https%s", strchr(echo.shown, ':'));
    CU_ASSERT_EQUAL(call(url, pin), TK_OK);
    CU_ASSERT_EQUAL(call(url, other), TK_UNAVAILABLE);
    CU_ASSERT_EQUAL(call(url, ""), TK_UNAVAILABLE); /* nobody vouches for it */
    snprintf(both, sizeof both, "%s;%s", other, pin);
    CU_ASSERT_EQUAL(call(url, both), TK_OK);
    CU_ASSERT_EQUAL(call(url, "sha256//short"), TK_CONFIG);
    echo_stop(&echo);
    for (size_t cut = strlen(pair.certificate) - 10; cut > 60; cut -= 7) { /* cut anywhere */
        pair.certificate[cut] = '\0';
        CU_ASSERT_FALSE(certificate_pin(pin, pair.certificate));
    }
}

SUITE(http_pin, {"a pinned key stands in for an authority, and no other key does", test_pin})
