/* The server behind TLS, with a certificate made for the occasion. */
#include "tests/http/echo.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <unistd.h>

#include <curl/curl.h>

#include "ui/http/listen.h"

struct pair {
    char folder[64], key_path[96], certificate_path[96];
    char key[8192], certificate[8192];
};

static bool read_text(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);

    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool make_pair(struct pair *pair)
{
    struct run run;
    bool made;

    test_folder(pair->folder, sizeof pair->folder);
    snprintf(pair->key_path, sizeof pair->key_path, "%s/key.pem", pair->folder);
    snprintf(pair->certificate_path, sizeof pair->certificate_path, "%s/cert.pem", pair->folder);
    run_program(&run, &(struct run_options){.home = pair->folder},
                (const char *const[]){"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                      "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                                      "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                                      "-keyout", pair->key_path, "-out", pair->certificate_path,
                                      NULL});
    made = run.status == 0 && read_text(pair->key_path, pair->key, sizeof pair->key) &&
           read_text(pair->certificate_path, pair->certificate, sizeof pair->certificate);
    run_release(&run);
    return made;
}

static size_t keep(char *data, size_t size, size_t count, void *context)
{
    buffer_add(context, data, size * count);
    return size * count;
}

/* GET through libcurl, which trusts our certificate alone; the status, 0 when there is none. */
static long get(CURL *curl, const char *url, long tls_max, struct buffer *body)
{
    long status = 0;

    buffer_clear(body);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, tls_max);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static void speaks_tls(void)
{
    static struct pair pair;
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    char url[256];
    struct buffer body;
    bool ended;
    CURL *curl = curl_easy_init();

    CU_ASSERT_PTR_NOT_NULL_FATAL(curl);
    if (!make_pair(&pair)) {
        test_skip("there is no openssl to make a certificate with");
        curl_easy_cleanup(curl);
        return;
    }
    echo.options.tls_certificate = pair.certificate;
    echo.options.tls_key = pair.key;
    CU_ASSERT_FATAL(echo_start(&echo));
    buffer_init(&body, ECHO_FILE_SIZE);
    curl_easy_setopt(curl, CURLOPT_CAINFO, pair.certificate_path);
    snprintf(url, sizeof url, "https://%s/later?x", echo.shown + strlen("http://"));
    CU_ASSERT_EQUAL(get(curl, url, CURL_SSLVERSION_MAX_DEFAULT, &body), 200);
    CU_ASSERT_STRING_EQUAL(buffer_text(&body), "GET /later?x");
    snprintf(url, sizeof url, "https://%s/file", echo.shown + strlen("http://"));
    CU_ASSERT_EQUAL(get(curl, url, CURL_SSLVERSION_MAX_TLSv1_2, &body), 200);
    CU_ASSERT_EQUAL(body.length, ECHO_FILE_SIZE);
    curl_easy_reset(curl); /* it keeps the connection, but no longer speaks on it */
    curl_easy_setopt(curl, CURLOPT_CAINFO, pair.certificate_path);
    curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, "ALL:@SECLEVEL=0");
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    CU_ASSERT_EQUAL(get(curl, url, CURL_SSLVERSION_TLSv1_0 | CURL_SSLVERSION_MAX_TLSv1_1, &body),
                    0);
    /* plain HTTP gets nothing */
    CU_ASSERT_EQUAL(echo_ask(&echo, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, &answer, &ended), 0);
    CU_ASSERT_TRUE(ended);
    curl_easy_cleanup(curl);
    buffer_release(&body);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent, 2);
}

static void tells_a_bad_certificate(void)
{
    struct http_server_options options = {.tls_certificate = "no certificate", .tls_key = "no key"};
    struct http_server *server = NULL;
    struct tk_error error = {0};
    char shown[128];

    CU_ASSERT_EQUAL_FATAL(
        listen_open("127.0.0.1:0", &options.listener, shown, sizeof shown, &error), TK_OK);
    CU_ASSERT_EQUAL(http_server_start(&options, &server, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "The TLS certificate or its key cannot be used"));
    CU_ASSERT_PTR_NULL(server);
    printf("\n    %s ", error.message);
    /* it was taken and is closed */
    CU_ASSERT_EQUAL(fcntl(options.listener, F_GETFD), -1);
}

SUITE(tls, {"TLS 1.2 and 1.3, nothing older, nothing plain", speaks_tls},
      {"a certificate that is none is told", tells_a_bad_certificate});
