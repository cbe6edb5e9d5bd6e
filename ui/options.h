/*
 * options: what `ticketly` itself takes before a command, and what `serve` and `door` take; the
 * commands of `admin` have their own (ui/admin/command.h).
 *
 * One table each, from which follow the parser, --help and what is generated from them.
 */
#ifndef TK_UI_OPTIONS_H
#define TK_UI_OPTIONS_H

#include <stddef.h>

#include "core/error.h"

/* X(member, name, argument or NULL, help) */
#define OPTION_TABLE(X)                                                                            \
    X(db, "db", "FILE",                                                                            \
      "the box office file, http://… of a service or postgresql://…, in place of the setting; with a centre the file of this till's copy") \
    X(central, "central", "ADDRESS",                                                               \
      "a centre (http://…, unix:PATH or a file) to sell with, and on while it is away")            \
    X(config, "config", "FILE", "the settings file, in place of the default one")                  \
    X(train, "train", NULL, "practise: on a copy, with passes that no door lets in")               \
    X(kiosk, "kiosk", NULL,                                                                        \
      "the counter of a machine of its own: no key leads out of it, and it comes back by itself")  \
    X(ascii, "ascii", NULL, "draw with ASCII only")                                                \
    X(new_key, "new-key", NULL, "make a new site key when it is lost; older passes become void")   \
    X(first_run, "first-run", NULL, "without a terminal, show the main job once and end")          \
    X(version, "version", NULL, "print the version and end")                                       \
    X(help, "help", NULL, "print the options and end")

#define SERVE_OPTION_TABLE(X)                                                                      \
    X(listen, "listen", "ADDRESS", "HOST:PORT or unix:PATH, in place of the one in the settings")  \
    X(open, "open", NULL, "ask for no token; on loopback and Unix sockets only")                   \
    X(tls_cert, "tls-cert", "FILE", "certificate (PEM, with the chain): serve HTTPS")              \
    X(tls_key, "tls-key", "FILE", "the certificate's private key (PEM)")                           \
    X(help, "help", NULL, "print the options and end")

#define DOOR_OPTION_TABLE(X)                                                                       \
    X(slot, "slot", "ID",                                                                          \
      "a showing that this door lets in to; several as ID,ID or with --slot again")                \
    X(all_open, "all-open", NULL, "all showings that are open, as they open; so without --slot")   \
    X(name, "name", "NAME", "what this door is called, in place of till.name")                     \
    X(lines, "lines", NULL, "no screen: one code a line in, one JSON object a line out")           \
    X(help, "help", NULL, "print the options and end")

#define ENROL_OPTION_TABLE(X)                                                                      \
    X(pin, "pin", "sha256//…", "with https: the pin of the service's key, as shown beside the code") \
    X(as, "as", "till|door|remote",                                                                \
      "what this machine is: a till or a door that goes on while cut off, or one that works there only; as it was invited unless said") \
    X(help, "help", NULL, "print the options and end")

/* One option; its value goes to a `const char *` at `place` of the caller's struct: NULL when not
   given, "" for one without an argument; given again, the last one stands. */
struct option_definition {
    const char *name, *argument, *help;
    size_t place;
};

struct option_set {
    const struct option_definition *definitions;
    size_t count;
    const char *command; /* "ticketly" or "ticketly serve", for sentences */
    /* NULL, or told of each option as it is taken, for those that may be given several times;
       `values` is that of options_take */
    enum tk_code (*taken)(void *values, const struct option_definition *definition,
                          const char *value, struct tk_error *error);
};

/* Reads options from argv[*at] on, until the first word that is none or after "--"; *at is then its
   place. "-h" is --help. TK_USAGE with a sentence. */
enum tk_code options_take(const struct option_set *set, void *values, char **argv, int *at,
                          struct tk_error *error);
/* The lines of --help. */
void options_print(const struct option_set *set);
/* TK_USAGE for a word that does not belong there. */
enum tk_code options_refuse(const struct option_set *set, const char *why, const char *word,
                            struct tk_error *error);

#endif
