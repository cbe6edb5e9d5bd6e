/*
 * settings: the one table of what can be set, and where each value came from.
 *
 * A value comes from, later ones winning: the default, the settings file (INI: [section] key =
 * value), the environment (TICKETLY_SECTION_KEY), the command line. Unknown sections and keys, and
 * values that do not fit, are errors that name file and line. From the table follow the parser,
 * `ticketly admin config`, the man page and assets/ticketly.ini.
 *
 * In the file a comment is a line that begins with ; or #, or what stands after " ;" in a line. A
 * line has 198 bytes at most (libinih's limit); a longer path goes into the environment.
 */
#ifndef TK_UI_SETTINGS_H
#define TK_UI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/allotment.h"
#include "core/error.h"
#include "core/plan.h"

#define SETTING_TEXT_SIZE 512 /* bytes with the NUL */

/* X(name, section, key, type, default, least, greatest, help)
   INT: least … greatest. BOOL: yes or no. TEXT: bytes at most. CHOICE: `help` ends with ": a|b". */
#define SETTINGS_TABLE(X)                                                                          \
    X(venue_name, "venue", "name", TEXT, "Ticketly", 1, 60, "name of the house, shown on top")      \
    X(venue_zone, "venue", "zone", TEXT, "", 0, 100,                                                \
      "time zone, such as Europe/Berlin; empty: the machine's")                                    \
    X(till_name, "till", "name", TEXT, "Box office 1", 1, 60,                                       \
      "name of this till; every till has its own")                                                 \
    X(till_clerk, "till", "clerk", TEXT, "", 0, 60, "who sells; empty: the user's login name")      \
    X(store_file, "store", "file", TEXT, "", 0, 500,                                                \
      "box office file, or http://HOST:PORT, https:…, unix:PATH or postgresql://…; empty: in the data folder") \
    X(store_wait, "store", "wait_seconds", INT, "5", 1, 600,                                        \
      "how long to wait for other programs that use the file, or for the database")                \
    X(store_key_file, "store", "key_file", TEXT, "", 0, 500,                                        \
      "the site key of a box office in PostgreSQL, the same file on every node; empty: ticketly.key in the data folder") \
    X(store_token_file, "store", "token_file", TEXT, "", 0, 500,                                    \
      "file (mode 600) with the token for the service that store.file or central.address names")   \
    X(store_ca_file, "store", "ca_file", TEXT, "", 0, 500,                                          \
      "certificates (PEM) to trust for https; empty: the system's")                                \
    X(store_pin, "store", "pin", TEXT, "", 0, 500,                                                  \
      "https: the service's key has to be this one (sha256//…, as shown when a device is invited), whoever signed it; empty: any that is signed") \
    X(central_address, "central", "address", TEXT, "", 0, 500,                                     \
      "the centre whose tickets this till sells from a copy of its own, as --central; empty: none")\
    X(central_days, "central", "days", INT, "35", 1, 400,                                          \
      "showings that start within so many days are kept at this till")                             \
    X(allotment_hours, "allotment", "hours", INT, "12", 0, 168,                                    \
      "tills hold places, to sell while cut off, of showings that start within so many hours; 0: none")\
    X(allotment_share_percent, "allotment", "share_percent", INT, "10", 0, 100,                    \
      "… each at most so much of what is left …")                                                  \
    X(allotment_busy_times, "allotment", "busy_times", INT, "2", 0, 100,                           \
      "… and so many times what it sold in its busiest half hour")                                 \
    X(sales_close_at, "sales", "close_at", CHOICE, "end", 0, 0,                                     \
      "selling closes at the showing's: start|end")                                                \
    X(sales_close_after, "sales", "close_after_minutes", INT, "0", -1440, 1440,                     \
      "… plus so many minutes")                                                                    \
    X(door_opens_before, "door", "opens_before_minutes", INT, "60", 0, 1440,                        \
      "tickets are admitted from so long before the start until the end")                          \
    X(door_sound, "door", "sound", CHOICE, "bell", 0, 0,                                            \
      "how a door tells its answers to the ear: bell|program|off")                                 \
    X(door_sound_program, "door", "sound_program", TEXT, "aplay -q -", 1, 500,                      \
      "for door.sound = program: what plays the WAV file that it gets on its standard input")      \
    X(printer_where, "printer", "where", TEXT, "", 0, 400,                                          \
      "the ticket printer: /dev/usb/lp0, tcp:HOST:9100 or file:PATH; empty: none")                 \
    X(printer_width, "printer", "width", CHOICE, "42", 0, 0,                                        \
      "characters in a line, 32 on paper of 58 mm: 32|42|48")                                       \
    X(printer_qr, "printer", "qr", CHOICE, "native", 0, 0,                                          \
      "drawn by the printer's own command, or as a picture where it has none: native|raster")      \
    X(printer_charset, "printer", "charset", CHOICE, "ascii", 0, 0,                                 \
      "letters that the printer has; others are printed without accents: ascii|cp858|cp1252")      \
    X(printer_timeout, "printer", "timeout_seconds", INT, "5", 1, 60,                               \
      "the printer must have taken a ticket within this time")                                      \
    X(printer_cut, "printer", "cut", BOOL, "yes", 0, 0, "cut the paper behind each ticket: yes|no")  \
    X(upkeep_expire_after, "upkeep", "expire_after_hours", INT, "8", 0, 8760,                       \
      "tickets expire so long after the showing's end")                                            \
    X(upkeep_every, "upkeep", "every_seconds", INT, "60", 1, 86400,                                 \
      "how often the counter looks for tickets to expire")                                         \
    X(upkeep_archive_after, "upkeep", "archive_after_days", INT, "400", 0, 36500,                    \
      "expired and canceled tickets are archived after so long")                                   \
    X(service_listen, "service", "listen", TEXT, "127.0.0.1:8477", 1, 200,                          \
      "where `serve` listens: HOST:PORT or unix:PATH")                                              \
    X(service_tls_cert, "service", "tls_cert", TEXT, "", 0, 500,                                    \
      "certificate for HTTPS (a PEM file); empty: plain HTTP")                                      \
    X(service_tls_key, "service", "tls_key", TEXT, "", 0, 500,                                      \
      "the certificate's private key (a PEM file)")                                                 \
    X(service_threads, "service", "threads", INT, "0", 0, 8,                                        \
      "threads that read and answer; 0: one for each processor")                                    \
    X(service_connections, "service", "connections", INT, "1024", 8, 20000,                         \
      "connections at a time")                                                                      \
    X(service_idle, "service", "idle_seconds", INT, "60", 1, 3600,                                  \
      "a connection without a request is closed after so long")                                     \
    X(service_request, "service", "request_seconds", INT, "15", 1, 600,                             \
      "a request must have arrived whole within this time")                                         \
    X(service_queue, "service", "queue", INT, "8192", 1, 1000000,                                   \
      "changes that may wait for the disk; more are refused with 503")                              \
    X(service_batch, "service", "batch", INT, "1024", 1, 1024,                                      \
      "changes in one commit at most; with PostgreSQL 64 unless it is set")                         \
    X(service_rate, "service", "rate_per_second", INT, "5000", 0, 1000000,                          \
      "requests a second for one token, and for one address beyond this machine; 0: no limit")     \
    X(service_log, "service", "log", CHOICE, "all", 0, 0,                                           \
      "requests that get a line in the log: all|changes|problems")                                  \
    X(service_open_docs, "service", "open_docs", BOOL, "no", 0, 0,                                  \
      "show the reference (/docs) without a token: yes|no")                                         \
    X(service_drain, "service", "drain_seconds", INT, "0", 0, 600,                                  \
      "at the end, go on for so long while /readyz says no, so that a balancer sees it")            \
    X(counter_theme, "counter", "theme", CHOICE, "dark", 0, 0,                                      \
      "colours of the counter: dark|light|contrast|mono")                                          \
    X(counter_ascii, "counter", "ascii", BOOL, "no", 0, 0, "draw with ASCII only: yes|no")          \
    X(counter_mouse, "counter", "mouse", BOOL, "yes", 0, 0, "use the mouse: yes|no")                \
    X(counter_idle_lock, "counter", "idle_lock_seconds", INT, "120", 0, 86400,                      \
      "a counter at which people sign on locks after so long without a key; 0: never")             \
    X(counter_attract, "counter", "attract_seconds", INT, "300", 0, 86400,                          \
      "with --kiosk: what is on is shown in large letters after so long without a key; 0: never")  \
    X(counter_sample, "counter", "sample_programme", BOOL, "yes", 0, 0,                             \
      "import the sample programme into an empty store: yes|no")

enum setting {
#define X(name, section, key, type, standard, least, greatest, help) SETTING_##name,
    SETTINGS_TABLE(X)
#undef X
        SETTING_COUNT
};

struct setting_value {
    char text[SETTING_TEXT_SIZE];
    int64_t number; /* INT; BOOL as 0 or 1; CHOICE as its place */
    char origin[SETTING_TEXT_SIZE]; /* "default", "FILE:12", "environment", "--db" */
};

struct settings {
    struct setting_value values[SETTING_COUNT];
};

/* All defaults. */
void settings_init(struct settings *settings);
/* Reads an INI file, wholly or not at all. TK_NO_INPUT when it cannot be read, TK_CONFIG with
   "FILE:LINE: …" for what is wrong in it. */
enum tk_code settings_read(struct settings *settings, const char *path, struct tk_error *error);
enum tk_code settings_read_environment(struct settings *settings, struct tk_error *error);
/* Sets one value; TK_CONFIG with a sentence when it does not fit. */
enum tk_code settings_set(struct settings *settings, enum setting setting, const char *text,
                          const char *origin, struct tk_error *error);

const char *settings_text(const struct settings *settings, enum setting setting);
int64_t settings_number(const struct settings *settings, enum setting setting);

/* For printing: name is "section.key". */
const char *setting_name(enum setting setting);
const char *setting_section(enum setting setting);
const char *setting_key(enum setting setting);
const char *setting_help(enum setting setting);
const char *setting_default(enum setting setting);

/* The rules that follow from the settings. */
struct plan_rules settings_rules(const struct settings *settings);
/* How many places tills hold of a box office whose settings these are. */
struct allotment_rule settings_allotments(const struct settings *settings);

/* XDG Base Directory paths: $XDG_CONFIG_HOME/ticketly/ticketly.ini,
   $XDG_DATA_HOME/ticketly/box-office.db. False when there is no home or it does not fit. */
bool settings_default_file(char *path, size_t size);
bool settings_default_store(char *path, size_t size);
/* The same for another file beside that: $XDG_DATA_HOME/ticketly/FILE. */
bool settings_default_data(char *path, size_t size, const char *file);
/* The same for what is kept between two runs: $XDG_STATE_HOME/ticketly/FILE. */
bool settings_default_state(char *path, size_t size, const char *file);

#endif
