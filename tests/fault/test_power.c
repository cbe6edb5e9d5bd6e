/*
 * A power cut while a till sells: an ext4 in a file is shut down without flushing its journal
 * (FS_IOC_SHUTDOWN), mounted again and looked at. Every acknowledged sale and admission is
 * there (store.h, invariant 2; synchronous=FULL is what makes it so).
 *
 * All mounting is done in a process with a mount namespace of its own: however it ends, the kernel
 * takes mount and loop device back.
 */
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/fault/till.h"

#define SHUTDOWN _IOR('X', 125, uint32_t) /* ext4.h: EXT4_IOC_SHUTDOWN */
#define SHUTDOWN_NOLOGFLUSH 2u
#define IMAGE_BYTES (48 << 20)
#define ROUNDS 8

extern char **environ;

/* What the referee process found, in memory shared with the test. */
struct findings {
    char skipped[200]; /* why the machine does not allow it; "" when it does */
    char broken[200];  /* what went wrong; "" when nothing did */
    size_t cuts, sold, missing;
    int64_t problems;
};

struct site {
    struct findings *findings;
    struct fixture base;
    char image[180], folder[180];
    int64_t slot;
    uint64_t seed;
};

/* Runs a command quietly; its exit status, -1 when it cannot be run. */
static int run_command(const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    int status = -1;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ) == 0 &&
        waitpid(pid, &status, 0) == pid)
        status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

static bool mount_site(struct site *site)
{
    const char *const command[] = {"mount", "-o", "loop", site->image, site->folder, NULL};

    return run_command(command) == 0;
}

static bool unmount_site(struct site *site)
{
    for (int tries = 0; tries < 100; tries++) {
        if (umount(site->folder) == 0)
            return true;
        till_sleep_us(20000);
    }
    return false;
}

/* Makes and mounts the file system. False, with the reason, where the machine does not allow it. */
static bool site_make(struct site *site)
{
    const char *const mkfs[] = {"mkfs.ext4", "-q", "-F", site->image, NULL};
    const char *why = NULL;
    int image = open(site->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (image < 0 || ftruncate(image, IMAGE_BYTES))
        why = "no room for a file system in a file";
    else if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        why = "mounting is not allowed to this user";
    else if (run_command(mkfs))
        why = "mkfs.ext4 is missing or fails";
    else if (!mount_site(site))
        why = "a loop device cannot be mounted";
    if (image >= 0)
        close(image);
    if (why)
        text_copy(site->findings->skipped, sizeof site->findings->skipped, why);
    return !why;
}

static int run_stand(void *context, int notes_fd)
{
    const struct site *site = context;
    struct fixture till;

    if (till_open(&till, &site->base, site->base.path, site->seed, NULL))
        return 1;
    till_sell_and_admit(&till, site->slot, notes_fd);
    return 0; /* the file system is gone */
}

static bool cut_power(const struct site *site)
{
    uint32_t flags = SHUTDOWN_NOLOGFLUSH;
    int folder = open(site->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool cut = folder >= 0 && ioctl(folder, SHUTDOWN, &flags) == 0;

    if (folder >= 0)
        close(folder);
    return cut;
}

static const char *site_check(struct site *site, const struct sale_notes *notes)
{
    struct fixture till;
    struct verify_report report = {0};
    enum tk_code code;

    if (till_open(&till, &site->base, site->base.path, 8, NULL))
        return "the file does not open after the cut";
    site->findings->missing += till_count_missing(&till, notes);
    code = office_verify(&till.office, &report, NULL);
    site->findings->problems += report.found;
    verify_report_release(&report);
    fixture_release(&till);
    return code ? "the file cannot be verified after the cut" : NULL;
}

/* One cut in the middle of selling. Returns what went wrong, NULL for nothing. */
static const char *site_round(struct site *site)
{
    struct sale_notes notes = {0};
    struct seller seller;
    const char *broken = NULL;
    int answered = 0; /* bytes of notes */
    bool cut;

    test_random(&site->seed);
    if (!seller_start(&seller, run_stand, site))
        return "no process can be started";
    seller_wait(&seller);
    till_sleep_us(test_random_below(&site->seed, 300000));
    /* what is answered from here on is not evidence: no till goes on after a real power cut, and a
       sync that the shutdown meets halfway may return as if it had been done */
    if (ioctl(seller.notes_fd, FIONREAD, &answered))
        answered = 0;
    cut = cut_power(site);
    kill(seller.pid, SIGKILL);
    seller_finish(&seller, &notes);
    if (notes.count > (size_t)answered / sizeof *notes.items)
        notes.count = (size_t)answered / sizeof *notes.items;
    if (!cut)
        text_copy(site->findings->skipped, sizeof site->findings->skipped,
                  "the file system cannot be shut down");
    else if (!unmount_site(site) || !mount_site(site))
        broken = "the file system cannot be mounted after the cut";
    else
        broken = site_check(site, &notes);
    for (size_t i = 0; i < notes.count; i++)
        site->findings->sold += notes.items[i].code == TK_OK;
    site->findings->cuts++;
    sale_notes_release(&notes);
    return broken;
}

/* Everything that mounts, in a process of its own. */
static void referee(struct site *site)
{
    struct fixture first;
    const char *broken = NULL;

    if (!site_make(site))
        return;
    if (till_open(&first, &site->base, site->base.path, 4, NULL)) {
        broken = "no box office can be made on the file system";
    } else {
        site->slot = fixture_schedule(&first, "Blackout", TIME_HOUR, 100000);
        fixture_release(&first);
    }
    for (int i = 0; !broken && !site->findings->skipped[0] && i < ROUNDS * (test_is_long() ? 8 : 1);
         i++)
        broken = site_round(site);
    if (broken)
        text_copy(site->findings->broken, sizeof site->findings->broken, broken);
    unmount_site(site);
}

static void site_prepare(struct site *site, struct findings *findings)
{
    char folder[128];

    *site = (struct site){.findings = findings, .seed = test_seed()};
    fixture_init(&site->base); /* for its rules, key and clock */
    fixture_release(&site->base);
    test_folder(folder, sizeof folder);
    snprintf(site->image, sizeof site->image, "%s.ext4", folder);
    snprintf(site->folder, sizeof site->folder, "%s", folder);
    snprintf(site->base.path, sizeof site->base.path, "%s/office.db", folder);
}

static void test_power_cut(void)
{
    struct findings *findings = mmap(NULL, sizeof *findings, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct site site;
    int status = -1;
    pid_t pid;

    CU_ASSERT_NOT_EQUAL_FATAL(findings, MAP_FAILED);
    site_prepare(&site, findings);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        referee(&site);
        _exit(0);
    }
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    CU_ASSERT_EQUAL(status, 0);
    if (findings->skipped[0]) {
        test_skip(findings->skipped);
    } else {
        printf("\n    %zu cuts, %zu sales and admissions acknowledged, %zu of them missing, %lld problems %s\n",
               findings->cuts, findings->sold, findings->missing, (long long)findings->problems,
               findings->broken);
        CU_ASSERT_STRING_EQUAL(findings->broken, "");
        CU_ASSERT(findings->sold > 0);
        CU_ASSERT_EQUAL(findings->missing, 0);
        CU_ASSERT_EQUAL(findings->problems, 0);
    }
    munmap(findings, sizeof *findings);
}

SUITE(fault_power, {"a power cut while selling and admitting loses nothing that was acknowledged", test_power_cut})
