/*
 * hunt: looks for secrets where they should not be.
 *
 * A secret is looked for as it is, in hexadecimal (either case), in base 64 (and base 64url, at
 * each of the three places in a group of three bytes that it may begin at), as a JSON text escapes
 * it, and percent-encoded. What is found is told on stdout by the secret's name, never by itself.
 *
 * Any thread may look at once; hunt_add is for one thread, before they look or under hunt_lock.
 */
#ifndef TK_TESTS_SUPPORT_HUNT_H
#define TK_TESTS_SUPPORT_HUNT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What may lie where the others may not. */
enum hunt_kind {
    HUNT_PIN = 1,
    HUNT_PASSWORD = 2,
    HUNT_VERIFIER = 4,
    HUNT_KEY = 8,
    HUNT_TOKEN = 16,
    HUNT_SESSION = 32,
    HUNT_CODE = 64
};

#define HUNT_FORMS 16
#define HUNT_SECRETS 64

struct hunted {
    char name[64];
    enum hunt_kind kind;
    struct hunt_form {
        char *bytes; /* owned */
        size_t length;
    } forms[HUNT_FORMS];
    int form_count;
};

struct hunt {
    struct hunted secrets[HUNT_SECRETS];
    size_t count;
    pthread_mutex_t lock;
    size_t looked; /* places looked at */
    size_t found;
    /* hunt_watch */
    pthread_t watcher;
    bool watching;
    _Atomic bool ends;
    size_t processes, environments; /* seen by the watcher: command lines, environments */
};

void hunt_init(struct hunt *hunt);
void hunt_release(struct hunt *hunt);
void hunt_add(struct hunt *hunt, enum hunt_kind kind, const char *name, const void *bytes,
              size_t length);
void hunt_add_text(struct hunt *hunt, enum hunt_kind kind, const char *name, const char *text);

/* How many secrets of kinds not in `allowed` (bits) lie there; each is told with `where`. */
size_t hunt_look(struct hunt *hunt, unsigned allowed, const char *where, const void *data,
                 size_t size);
/* In a file; one that cannot be read is told and counts as one found. */
size_t hunt_look_file(struct hunt *hunt, unsigned allowed, const char *path);
/* In every file under a folder, and in their names; may_lie says what is allowed in which. */
size_t hunt_look_folder(struct hunt *hunt, const char *folder,
                        unsigned (*may_lie)(const char *path));

/* Reads command line and environment of all processes under this one, again and again, until
   hunt_watch_end, which returns what was found. */
void hunt_watch(struct hunt *hunt, const char *program);
size_t hunt_watch_end(struct hunt *hunt);

/* Whether these bytes lie in memory that the process can write: one after another, or each
   `stride` bytes apart (4: as wide characters). -1 where its memory cannot be read. *place (may be
   NULL) tells in which mapping, when it is found. */
int hunt_memory(pid_t pid, const char *text, size_t stride, char place[200]);

#endif
