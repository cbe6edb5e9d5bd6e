#include "ui/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_MAGIC "TZif" /* RFC 8536 */

static int64_t port_now(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

static void port_random(void *context, void *data, size_t size)
{
    uint8_t *at = data;

    (void)context;
    while (size) {
        ssize_t got = getrandom(at, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort(); /* a guessable key would be worse */
        at += got;
        size -= (size_t)got;
    }
}

static int32_t port_offset_at(void *context, int64_t utc)
{
    time_t moment = (time_t)utc;
    struct tm local;

    (void)context;
    return localtime_r(&moment, &local) ? (int32_t)local.tm_gmtoff : 0;
}

/* Whether the tz database has the zone, since tzset() takes any name for UTC. */
static bool zone_exists(const char *zone)
{
    const char *folder = getenv("TZDIR");
    char path[4096], magic[sizeof ZONE_MAGIC - 1];
    bool found = false;
    int length, file;

    if (zone[0] == '/' || strstr(zone, ".."))
        return false;
    length = snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : ZONE_FOLDER, zone);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0) {
        found = read(file, magic, sizeof magic) == (ssize_t)sizeof magic &&
                memcmp(magic, ZONE_MAGIC, sizeof magic) == 0;
        close(file);
    }
    return found;
}

enum tk_code ports_init(struct office_ports *ports, const char *zone, struct tk_error *error)
{
    char shown[128];
    bool utc = strcmp(zone, "UTC") == 0;

    if (*zone && !utc && !zone_exists(zone)) {
        text_display(shown, sizeof shown, zone);
        return tk_fail(error, TK_CONFIG,
                       "This machine knows no time zone “%s”: set venue.zone to one such as "
                       "Europe/Berlin, or leave it empty.",
                       shown);
    }
    if (*zone && setenv("TZ", utc ? "UTC0" : zone, 1))
        return tk_fail_code(error, TK_NO_MEMORY);
    tzset();
    *ports = (struct office_ports){
        .now = port_now,
        .random = port_random,
        .zone = {.offset_at = port_offset_at},
    };
    return TK_OK;
}
