/* Addresses to listen on. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ui/http/listen.h"

static void opens_tcp(void)
{
    static const struct {
        const char *address, *shown;
        bool is_local;
    } cases[] = {{"127.0.0.1:0", "http://127.0.0.1:", true},
                 {"localhost:0", "http://127.0.0.1:", true},
                 {"0.0.0.0:0", "http://0.0.0.0:", false},
                 {"[::1]:0", "http://[::1]:", true},
                 {"*:0", "http://", false}};
    struct tk_error error = {0};
    char shown[128];
    int fd;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum tk_code code = listen_open(cases[i].address, &fd, shown, sizeof shown, &error);

        if (code && cases[i].address[0] == '[') {
            test_skip("there is no IPv6 here");
            continue;
        }
        CU_ASSERT_EQUAL_FATAL(code, TK_OK);
        CU_ASSERT_EQUAL(strncmp(shown, cases[i].shown, strlen(cases[i].shown)), 0);
        CU_ASSERT_TRUE(strtol(strrchr(shown, ':') + 1, NULL, 10) > 0);
        CU_ASSERT_EQUAL(listen_is_local(fd), cases[i].is_local);
        CU_ASSERT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        close(fd);
    }
}

static void refuses_what_is_no_address(void)
{
    static const char *const wrong[] = {
        "",      "8477",  ":8477", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "a:65536", "::1:8477",
        "[::1]", "a:80 ", "a:-1",  "a:+1",      "unix:",      "a:123456",    "[]:80"};
    struct tk_error error;
    char shown[128];
    int fd = -7;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&error, 0, sizeof error);
        if (listen_open(wrong[i], &fd, shown, sizeof shown, &error) != TK_USAGE)
            printf("\n    %s", wrong[i]);
        CU_ASSERT_EQUAL(error.code, TK_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "127.0.0.1:8477"));
        CU_ASSERT_EQUAL(fd, -7);
    }
    CU_ASSERT_EQUAL(listen_open("192.0.2.1:0", &fd, shown, sizeof shown, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not an address of this machine"));
}

static void tells_who_is_there(void)
{
    struct tk_error error = {0};
    char shown[128], again[128];
    int fd, other = -1;

    CU_ASSERT_EQUAL_FATAL(listen_open("127.0.0.1:0", &fd, shown, sizeof shown, &error), TK_OK);
    CU_ASSERT_EQUAL(listen_open(shown + 7, &other, again, sizeof again, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "Another program listens"));
    close(fd);
}

static void makes_unix_sockets(void)
{
    char folder[64], address[128], shown[128], again[128];
    struct tk_error error = {0};
    struct stat status;
    int fd, other = -1;

    test_folder(folder, sizeof folder);
    snprintf(address, sizeof address, "%s/s", folder);
    CU_ASSERT_EQUAL_FATAL(listen_open(address, &fd, shown, sizeof shown, &error), TK_OK);
    CU_ASSERT_EQUAL(strncmp(shown, "unix:", 5), 0);
    CU_ASSERT_STRING_EQUAL(shown + 5, address);
    CU_ASSERT_TRUE(listen_is_local(fd));
    CU_ASSERT_EQUAL(stat(address, &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0600);
    /* in use: refused, and not forgotten */
    CU_ASSERT_EQUAL(listen_open(shown, &other, again, sizeof again, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "Another program listens"));
    listen_forget(shown);
    CU_ASSERT_EQUAL(access(address, F_OK), 0);
    /* a leftover is replaced */
    close(fd);
    CU_ASSERT_EQUAL(access(address, F_OK), 0);
    CU_ASSERT_EQUAL_FATAL(listen_open(shown, &fd, again, sizeof again, &error), TK_OK);
    close(fd);
    listen_forget(shown);
    CU_ASSERT_NOT_EQUAL(access(address, F_OK), 0);
    listen_forget("http://127.0.0.1:1");
}

static void leaves_files_alone(void)
{
    char folder[64], address[128], shown[128];
    struct tk_error error = {0};
    int fd = -1, file;

    test_folder(folder, sizeof folder);
    snprintf(address, sizeof address, "unix:%s/file", folder);
    file = open(address + 5, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    close(file);
    CU_ASSERT_EQUAL(listen_open(address, &fd, shown, sizeof shown, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "/file is a file, not a socket: choose another name."));
    listen_forget(address);
    CU_ASSERT_EQUAL(access(address + 5, F_OK), 0);
    snprintf(address, sizeof address, "unix:%s", folder);
    CU_ASSERT_EQUAL(listen_open(address, &fd, shown, sizeof shown, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "is a folder, not a socket"));
    snprintf(address, sizeof address, "unix:%s/none/s", folder);
    CU_ASSERT_EQUAL(listen_open(address, &fd, shown, sizeof shown, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "does not exist"));
    memset(address + 5, 'a', sizeof address - 6);
    address[sizeof address - 1] = '\0';
    CU_ASSERT_EQUAL(listen_open(address, &fd, shown, sizeof shown, &error), TK_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "a socket's path has at most 107 bytes"));
}

SUITE(listen, {"TCP addresses as people write them", opens_tcp},
      {"what is no address is told", refuses_what_is_no_address},
      {"an address in use is told", tells_who_is_there},
      {"a Unix socket is its owner's, and a leftover is replaced", makes_unix_sockets},
      {"other files are left alone", leaves_files_alone});
