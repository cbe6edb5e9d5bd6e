/*
 * options: what `ticketly` itself takes before a command; commands have their own.
 *
 * One table, from which follow the parser and --help (main.c) and what is generated from it.
 */
#ifndef TK_UI_OPTIONS_H
#define TK_UI_OPTIONS_H

/* X(member, name, argument or NULL, help) */
#define OPTION_TABLE(X)                                                                            \
    X(db, "db", "FILE", "the box office file, in place of the one in the settings")                \
    X(config, "config", "FILE", "the settings file, in place of the default one")                  \
    X(ascii, "ascii", NULL, "draw with ASCII only")                                                \
    X(new_key, "new-key", NULL, "make a new site key when it is lost; older passes become void")   \
    X(first_run, "first-run", NULL, "without a terminal, show the main job once and end")          \
    X(version, "version", NULL, "print the version and end")                                       \
    X(help, "help", NULL, "print the options and end")

#endif
