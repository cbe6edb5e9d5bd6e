/*
 * doctor: looks for what may be wrong with this installation and says what to do. It changes
 * nothing, and looks at the rest when the box office cannot be opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/sync.h"
#include "core/text.h"
#include "ui/admin/doctor.h"

#define SPACE_BAD (INT64_C(16) << 20) /* bytes */
#define SPACE_LOW (INT64_C(256) << 20)
#define CLOCK_EARLIEST (INT64_C(1735689600) * TIME_SECOND) /* 2025-01-01 */
#define CLOCK_SLACK TIME_MINUTE
#define FINDING_MAX 1024

static const char *const state_names[] = {"ok", "warn", "bad"};

void doctor_tell(struct doctor *doctor, enum doctor_state state, const char *check,
                 const char *format, ...)
{
    struct buffer *out = &doctor->call->out.text;
    char raw[FINDING_MAX], text[FINDING_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_display(text, sizeof text, raw);
    doctor->bad += state == STATE_BAD;
    if (!doctor->call->json) {
        buffer_addf(out, "%-5s %-12s %s\n", state_names[state], check, text);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "check", check);
    json_put_text(out, "state", state_names[state]);
    json_put_text(out, "text", text);
    json_put_close(out, '}');
}

static void look_at_settings(struct doctor *doctor)
{
    if (doctor->session->config_path[0])
        doctor_tell(doctor, STATE_OK, "settings", "Read from %s.", doctor->session->config_path);
    else
        doctor_tell(doctor, STATE_OK, "settings", "There is no settings file; the defaults hold.");
}

/* The folder that the box office file lies in, or will. */
static void folder_of(const char *path, char folder[SESSION_PATH_SIZE])
{
    char copy[SESSION_PATH_SIZE];

    snprintf(copy, sizeof copy, "%s", path);
    snprintf(folder, SESSION_PATH_SIZE, "%s", dirname(copy));
}

/* The nearest folder above that is there. */
static void existing_folder_of(const char *path, char folder[SESSION_PATH_SIZE])
{
    char above[SESSION_PATH_SIZE];

    folder_of(path, folder);
    while (access(folder, F_OK) != 0 && strcmp(folder, ".") != 0 && strcmp(folder, "/") != 0) {
        folder_of(folder, above);
        memcpy(folder, above, sizeof above);
    }
}

/* *there: whether there is something to open. */
static void look_at_store(struct doctor *doctor, bool *there)
{
    const char *path = doctor->session->store_path;
    char folder[SESSION_PATH_SIZE];
    struct stat info;

    *there = false;
    existing_folder_of(path, folder);
    if (!*path) {
        doctor_tell(doctor, STATE_BAD, "store", "There is no home folder: name a file with --db.");
    } else if (stat(path, &info) != 0 && errno != ENOENT) {
        doctor_tell(doctor, STATE_BAD, "store", "%s cannot be looked at: %s.", path,
                    strerror(errno));
    } else if (stat(path, &info) != 0 || info.st_size == 0) {
        bool may = access(folder, W_OK) == 0;

        doctor_tell(
            doctor, may ? STATE_OK : STATE_BAD, "store",
            may ? "%s is not there yet; it is made at first use."
                : "%s is not there, and its folder cannot be written: change its permissions.",
            path);
    } else if (access(path, R_OK | W_OK) != 0 || access(folder, W_OK) != 0) {
        *there = true;
        doctor_tell(
            doctor, STATE_BAD, "store",
            "%s or its folder is read-only for this user: change the owner or the permissions.",
            path);
    } else {
        *there = true;
        doctor_tell(doctor, STATE_OK, "store", "%s, %lld bytes.", path, (long long)info.st_size);
    }
}

void doctor_look_into_store(struct doctor *doctor)
{
    struct box_office *office;
    struct store_facts facts = {0};
    struct tk_error error = {0};
    enum tk_code code = session_office(doctor->session, &office, &error);

    if (!code)
        code = office_facts(office, &facts, &error);
    if (code)
        doctor_tell(doctor, STATE_BAD, "opens", "No: %s", error.message);
    else
        doctor_tell(doctor, STATE_OK, "opens", "Yes, with %s; schema version %lld.", facts.engine,
                    (long long)facts.schema_version);
    if (!code && doctor->session->kind != SESSION_REMOTE)
        doctor_tell(doctor, STATE_OK, "keys", "Passes are made with key %lld; the file has %d.",
                    (long long)facts.key_generation, session_key_count(doctor->session));
}

/* Asked for something that no till keeps, so that it has to answer itself. */
static void look_at_centre(struct doctor *doctor, struct box_office *office,
                           const struct sync_status *status)
{
    struct device_list devices = {0};
    struct tk_error error = {0};
    enum tk_code code = office_devices(office, &devices, &error);

    device_list_release(&devices);
    if (code == TK_NEEDS_CENTRE || tk_code_is_shut_out(code) || sync_means_away(code))
        doctor_tell(doctor, STATE_BAD, "centre", "%s: %s", status->centre,
                    status->why[0] ? status->why : error.message);
    else
        doctor_tell(doctor, STATE_OK, "centre", "%s answers.", status->centre);
}

static void look_at_offset(struct doctor *doctor, const struct sync_status *status)
{
    long long seconds = llabs(status->clock_ahead) / TIME_SECOND;
    const char *side = status->clock_ahead > 0 ? "ahead of" : "behind";
    enum doctor_state state = llabs(status->clock_ahead) > SYNC_CLOCK_WARN ? STATE_WARN : STATE_OK;

    if (status->clock_set_back)
        doctor_tell(doctor, STATE_BAD, "offset", "%s", tk_code_sentence(TK_CLOCK));
    else if (!seconds)
        doctor_tell(doctor, STATE_OK, "offset", "This clock and the centre's tell the same time.");
    else
        doctor_tell(doctor, state, "offset", "This clock is %lld s %s the centre's%s", seconds,
                    side, state ? ": set it right." : ".");
}

static void look_at_copy(struct doctor *doctor, const struct sync_status *status)
{
    bool good = status->standing == STANDING_GOOD && !status->suspect;
    char bar[TK_MESSAGE_MAX];

    doctor_tell(doctor, status->waiting ? STATE_WARN : STATE_OK, "waiting",
                status->waiting ? "%lld operations wait to be sent: ticketly admin sync sends them."
                                : "Nothing waits to be sent.",
                (long long)status->waiting);
    if (good) {
        doctor_tell(doctor, STATE_OK, "standing",
                    "This till may hold places to sell while it is cut off.");
        doctor_tell(doctor, STATE_OK, "mark", "The copy is the newest one.");
    } else {
        office_print_bar(&doctor->session->office, status, bar, sizeof bar);
        doctor_tell(doctor, STATE_BAD, status->suspect ? "mark" : "standing", "%s", bar);
    }
    if (status->disputes)
        doctor_tell(doctor, STATE_WARN, "disputes",
                    "%lld to be closed: see ticketly admin disputes.", (long long)status->disputes);
}

/* Of a till with a centre: the line, and this till's copy. */
static void look_at_line(struct doctor *doctor)
{
    const struct line_port *line = &doctor->session->office.line;
    struct sync_status status = {0};

    if (!doctor->session->store || !line->status)
        return;
    line->status(line->context, &status);
    look_at_centre(doctor, &doctor->session->office, &status);
    line->status(line->context, &status);
    look_at_offset(doctor, &status);
    look_at_copy(doctor, &status);
}

static const struct file_system {
    const char *name;
    long type; /* statfs(2) */
    bool in_memory;
} file_systems[] = {
    {"ext4", 0xEF53, false},     {"XFS", 0x58465342, false},  {"Btrfs", 0x9123683E, false},
    {"ZFS", 0x2FC12FC1, false},  {"F2FS", 0xF2F52010, false}, {"overlay", 0x794C7630, false},
    {"tmpfs", 0x01021994, true}, {"ramfs", 0x858458F6, true}, {"NFS", 0x6969, false},
    {"SMB", 0x517B, false},      {"CIFS", 0xFF534D42, false}, {"SMB2", 0xFE534D42, false},
    {"9p", 0x01021997, false},   {"Ceph", 0x00C36400, false}, {"AFS", 0x5346414F, false},
    {"FUSE", 0x65735546, false},
};

/* NULL for one that is not in the table. */
static const struct file_system *find_file_system(unsigned long type)
{
    for (size_t i = 0; i < sizeof file_systems / sizeof *file_systems; i++)
        if ((unsigned long)file_systems[i].type == (type & 0xFFFFFFFF))
            return &file_systems[i];
    return NULL;
}

static void look_at_file_system(struct doctor *doctor)
{
    char folder[SESSION_PATH_SIZE];
    const struct file_system *known;
    struct statfs info;

    existing_folder_of(doctor->session->store_path, folder);
    if (statfs(folder, &info) != 0) {
        doctor_tell(doctor, STATE_WARN, "file system", "It cannot be told: %s.", strerror(errno));
        return;
    }
    known = find_file_system((unsigned long)info.f_type);
    if (session_is_network_filesystem((long)info.f_type))
        doctor_tell(
            doctor, STATE_BAD, "file system",
            "%s is a network file system, which can lose sales: keep the file on a disk of this "
            "machine.",
            known ? known->name : "This");
    else if (known && known->in_memory)
        doctor_tell(
            doctor, STATE_WARN, "file system",
            "%s is in memory: what is sold is lost with the power. Keep the file on a disk.",
            known->name);
    else if (known)
        doctor_tell(doctor, STATE_OK, "file system", "%s.", known->name);
    else
        doctor_tell(doctor, STATE_OK, "file system", "Of type 0x%lx.", (unsigned long)info.f_type);
}

static void look_at_space(struct doctor *doctor)
{
    char folder[SESSION_PATH_SIZE];
    struct statvfs info;
    int64_t space;

    existing_folder_of(doctor->session->store_path, folder);
    if (statvfs(folder, &info) != 0) {
        doctor_tell(doctor, STATE_WARN, "disk space", "It cannot be told: %s.", strerror(errno));
        return;
    }
    space = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
    doctor_tell(doctor,
                space < SPACE_BAD   ? STATE_BAD
                : space < SPACE_LOW ? STATE_WARN
                                    : STATE_OK,
                "disk space", "%lld MB free%s", (long long)(space >> 20),
                space < SPACE_LOW ? ": make room before it is full." : ".");
}

void doctor_look_at_key(struct doctor *doctor, bool needed)
{
    bool is_file = doctor->session->kind == SESSION_FILE;
    char path[SESSION_PATH_SIZE];
    struct stat info;

    session_key_path(doctor->session, path);
    if (stat(path, &info) != 0 && !needed)
        doctor_tell(doctor, STATE_OK, "key", "%s is made with the box office.", path);
    else if (stat(path, &info) != 0 && is_file)
        doctor_tell(
            doctor, STATE_BAD, "key",
            "%s %s: put it back from where it is kept. Only when it is lost for good --new-key makes "
            "another; all passes printed before are then not known any more.",
            path, errno == ENOENT ? "is not there" : "cannot be looked at");
    else if (stat(path, &info) != 0)
        doctor_tell(doctor, STATE_BAD, "key", "%s %s: copy it from another node, with mode 600.",
                    path, errno == ENOENT ? "is not there" : "cannot be looked at");
    else if (info.st_mode & 077)
        doctor_tell(doctor, STATE_BAD, "key", "%s can be read by others: chmod 600 it.", path);
    else if (info.st_uid != geteuid() && geteuid() != 0)
        doctor_tell(doctor, STATE_BAD, "key", "%s belongs to another user: chown it.", path);
    else
        doctor_tell(doctor, STATE_OK, "key", "%s, for its owner alone.", path);
}

static const char *colours_of(const char *term)
{
    const char *no_color = getenv("NO_COLOR"), *more = getenv("COLORTERM");

    if (no_color && *no_color)
        return "no colours, as NO_COLOR asks";
    if (more && *more)
        return "many colours";
    return strstr(term, "256color") ? "256 colours" : "8 colours or fewer";
}

static void look_at_terminal(struct doctor *doctor)
{
    const char *term = getenv("TERM");
    bool utf8 = locale_is_utf8();

    if (!term || !*term || strcmp(term, "dumb") == 0)
        doctor_tell(doctor, STATE_WARN, "terminal",
                    "TERM is %s: the counter needs a terminal; these commands do not.",
                    term && *term ? term : "not set");
    else
        doctor_tell(doctor, STATE_OK, "terminal", "%s, %s.", term, colours_of(term));
    doctor_tell(doctor, utf8 ? STATE_OK : STATE_WARN, "locale",
                utf8 ? "UTF-8." : "Not UTF-8: names are shown in ASCII. Set LANG=C.UTF-8.");
}

static void look_at_zone(struct doctor *doctor)
{
    const char *name = settings_text(&doctor->session->settings, SETTING_venue_zone);
    const struct office_ports *ports = &doctor->session->ports;
    char now[TIME_TEXT_MAX];

    time_print(now, ports->now(ports->context), &ports->zone);
    doctor_tell(doctor, STATE_OK, "time zone", "%s; it is %s.", *name ? name : "the machine's",
                now);
}

static void look_at_clock(struct doctor *doctor)
{
    const struct office_ports *ports = &doctor->session->ports;
    int64_t now = ports->now(ports->context);
    struct timex clock = {0};
    struct stat info;

    if (now < CLOCK_EARLIEST)
        doctor_tell(doctor, STATE_BAD, "clock", "It is years behind: set the date.");
    else if (stat(doctor->session->store_path, &info) == 0 &&
             info.st_mtime > (now + CLOCK_SLACK) / TIME_SECOND)
        doctor_tell(doctor, STATE_BAD, "clock",
                    "The box office file was written in what is now the future: set the clock.");
    else if (adjtimex(&clock) == TIME_ERROR)
        doctor_tell(doctor, STATE_WARN, "clock",
                    "No time service keeps it right: switch one on, such as systemd-timesyncd.");
    else
        doctor_tell(doctor, STATE_OK, "clock", "Kept right by a time service.");
}

static void look_at_file(struct doctor *doctor)
{
    bool there;

    look_at_store(doctor, &there);
    doctor_look_at_key(doctor, there);
    if (there)
        doctor_look_into_store(doctor);
    look_at_file_system(doctor);
    look_at_space(doctor);
}

static void look_at_everything(struct doctor *doctor)
{
    if (doctor->call->problem) {
        doctor_tell(doctor, STATE_BAD, "settings", "%s The rest is looked at when this is right.",
                    doctor->call->problem->message);
        look_at_terminal(doctor);
        return;
    }
    look_at_settings(doctor);
    if (doctor->session->kind == SESSION_FILE) {
        look_at_file(doctor);
    } else if (doctor->session->kind == SESSION_DATABASE) {
        doctor_look_at_database(doctor);
    } else {
        doctor_look_into_store(doctor);
        look_at_line(doctor);
    }
    look_at_terminal(doctor);
    look_at_zone(doctor);
    look_at_clock(doctor);
}

enum tk_code command_doctor(struct call *call, struct tk_error *error)
{
    struct doctor doctor = {.call = call, .session = call->session};
    struct buffer *out = &call->out.text;

    if (call->json) {
        json_put_open(out, NULL, '{');
        json_put_open(out, "checks", '[');
    }
    look_at_everything(&doctor);
    if (call->json) {
        json_put_close(out, ']');
        json_put_bool(out, "ok", doctor.bad == 0);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
    }
    if (doctor.bad)
        return tk_fail(error, TK_NOT_VERIFIED, "%d %s to be put right.", doctor.bad,
                       doctor.bad == 1 ? "thing is" : "things are");
    return TK_OK;
}
