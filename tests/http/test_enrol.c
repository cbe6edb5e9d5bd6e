/* `ticketly enrol` on a new device, and a settings file that is changed. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/invite.h"
#include "core/text.h"
#include "tests/http/staffed.h"
#include "tests/support/run.h"
#include "ui/settings_change.h"

static void read_text(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

    text[got > 0 ? got : 0] = '\0';
    if (file >= 0)
        close(file);
}

static void write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CU_ASSERT(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    if (file >= 0)
        close(file);
}

/* --- settings --- */

static void test_settings(void)
{
    static const struct settings_change changes[] = {
        {SETTING_till_name, "Till 3"},
        {SETTING_central_address, "https://house:8477"},
        {SETTING_store_pin, ""},
    };
    static const struct settings_change bad = {SETTING_till_name, "a ; b"};
    char folder[64], path[96], text[1000];
    struct tk_error error = {0};

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/a.ini", folder);
    CU_ASSERT_EQUAL(settings_change(path, changes, 3, &error), TK_OK);
    read_text(path, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text,
                           "[till]\nname = Till 3\n\n[central]\naddress = https://house:8477\n\n"
                           "[store]\npin = \n");
    write_text(path, "; mine\n[till]\nclerk = Jo\n name=Old\n[venue]\nname = Odeon");
    CU_ASSERT_EQUAL(settings_change(path, changes, 1, &error), TK_OK);
    read_text(path, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text,
                           "; mine\n[till]\nclerk = Jo\nname = Till 3\n[venue]\nname = Odeon\n");
    CU_ASSERT_EQUAL(settings_change(path, &bad, 1, &error), TK_CONFIG);
    read_text(path, text + 500, 500);
    CU_ASSERT_PTR_NOT_NULL(strstr(text + 500, "name = Till 3")); /* as it was */
}

/* --- the command --- */

static int enrol(const char *folder, const char *config, const char *url, const char *code,
                 struct run *run)
{
    run_program(
        run, &(struct run_options){.home = folder},
        (const char *const[]){test_program(), "--config", config, "enrol", url, code, NULL});
    return run->status;
}

static void test_command(void)
{
    char folder[64], config[96], token[96], pending[96], text[400], first[400],
        code[INVITE_CODE_SIZE];
    struct operation invite = {.kind = OP_INVITE,
                               .invite = {.name = "Till 7", .role = ROLE_CLERK, .attended = true}};
    struct staffed s;
    struct stat info;
    struct run run;

    staffed_start(&s);
    test_folder(folder, sizeof folder);
    snprintf(config, sizeof config, "%s/till.ini", folder);
    snprintf(token, sizeof token, "%s/till.token", folder);
    snprintf(pending, sizeof pending, "%s/till.token.new", folder);
    write_text(config, "[venue]\nname = Odeon\n");
    invite_code_print(code, 42);
    CU_ASSERT_EQUAL(enrol(folder, config, s.url, code, &run), 77); /* nobody invited it */
    run_release(&run);
    CU_ASSERT(access(token, F_OK) != 0);
    read_text(pending, first, sizeof first);
    CU_ASSERT_EQUAL(strlen(first), TOKEN_SIZE);
    invite.invite.until = s.now + INVITE_LASTS;
    invite_code_hash(code, invite.invite.code_hash);
    CU_ASSERT_EQUAL(staffed_apply(&s, &invite), TK_OK);
    CU_ASSERT_EQUAL(enrol(folder, config, s.url, code, &run), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "Till 7"));
    CU_ASSERT_PTR_NULL(strstr(run.out, "tly_"));
    run_release(&run);
    read_text(token, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, first); /* the token that it had made */
    CU_ASSERT(stat(token, &info) == 0 && (info.st_mode & 0777) == 0600);
    read_text(config, text, sizeof text);
    CU_ASSERT(strstr(text, "name = Odeon") && strstr(text, "name = Till 7") && strstr(text, s.url));
    write_text(pending, first); /* as if the answer had been lost */
    CU_ASSERT_EQUAL(unlink(token), 0);
    CU_ASSERT_EQUAL(enrol(folder, config, s.url, code, &run), 0);
    run_release(&run);
    CU_ASSERT_EQUAL(enrol(folder, config, s.url, code, &run),
                    77); /* another token: the code is used */
    run_release(&run);
    staffed_stop(&s);
}

SUITE(http_enrol, {"a settings file keeps what is not changed", test_settings},
      {"a new device enrols itself", test_command})
