/*
 * slot: one showing. The same film at another time or on another screen is another slot.
 *
 * Invariants
 * 1. available + allotted + sold + lost = capacity, and none of them is below zero.
 * 2. An expired slot has nothing available and nothing allotted: what was left is lost.
 * 3. seq rises by one with every change of the slot or of one of its tickets.
 * 4. admitted is 0 to sold.
 *
 *     plan schedule               plan expire
 *   ─────────────────────▶ open ─────────────▶ expired
 */
#ifndef TK_CORE_SLOT_H
#define TK_CORE_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Sizes in bytes with the NUL. */
#define SLOT_NAME_SIZE 201
#define SLOT_DESCRIPTION_SIZE 1001
#define SLOT_SCREEN_SIZE 41
#define SLOT_CAPACITY_DEFAULT 20
#define SLOT_CAPACITY_MAX 100000
#define SLOT_LENGTH_MAX (7 * TIME_DAY)

#define SLOT_TYPE_TABLE(X)                                                                         \
    X(SLOT_MOVIE, "Movie")                                                                         \
    X(SLOT_DOCUMENTARY, "Documentary")                                                             \
    X(SLOT_CONCERT, "Concert")

enum slot_type {
#define X(type, name) type,
    SLOT_TYPE_TABLE(X)
#undef X
        SLOT_TYPE_COUNT
};

#define GENRE_TABLE(X)                                                                             \
    X(GENRE_ACTION, "Action")                                                                      \
    X(GENRE_ADVENTURE, "Adventure")                                                                \
    X(GENRE_COMEDY, "Comedy")                                                                      \
    X(GENRE_CRIME, "Crime")                                                                        \
    X(GENRE_DRAMA, "Drama")                                                                        \
    X(GENRE_FANTASY, "Fantasy")                                                                    \
    X(GENRE_HISTORICAL, "Historical")                                                              \
    X(GENRE_HISTORICAL_FICTION, "Historical Fiction")                                              \
    X(GENRE_HORROR, "Horror")                                                                      \
    X(GENRE_MAGICAL_REALISM, "Magical Realism")                                                    \
    X(GENRE_MYSTERY, "Mystery")                                                                    \
    X(GENRE_PHILOSOPHICAL, "Philosophical")                                                        \
    X(GENRE_POLITICAL, "Political")                                                                \
    X(GENRE_ROMANCE, "Romance")                                                                    \
    X(GENRE_SAGA, "Saga")                                                                          \
    X(GENRE_SATIRE, "Satire")                                                                      \
    X(GENRE_SCIFI, "Scifi")                                                                        \
    X(GENRE_SOCIAL, "Social")                                                                      \
    X(GENRE_SPECULATIVE, "Speculative")                                                            \
    X(GENRE_THRILLER, "Thriller")                                                                  \
    X(GENRE_URBAN, "Urban")                                                                        \
    X(GENRE_ANIMATION, "Animation")

enum genre {
#define X(genre, name) genre,
    GENRE_TABLE(X)
#undef X
        GENRE_COUNT
};

struct slot {
    int64_t id;
    char name[SLOT_NAME_SIZE];
    char description[SLOT_DESCRIPTION_SIZE];
    char screen[SLOT_SCREEN_SIZE]; /* "" when there is only one */
    int64_t starts_at;             /* UTC µs, as all times here */
    int64_t ends_at;
    enum slot_type type;
    enum genre genre;
    int32_t capacity;
    int32_t available;  /* may be sold from the common stock */
    int32_t allotted;   /* given to tills that sell while cut off */
    int32_t sold;       /* tickets that were not canceled */
    int32_t lost;       /* left over when the slot expired */
    int32_t admitted;   /* of those sold, how many are in */
    int64_t expired_at; /* 0 while open */
    int64_t archived_at;
    uint64_t seq;
    int32_t here; /* of those allotted, how many this till holds itself; 0 in a store that is no till's copy */
    int64_t key_generation; /* of the key that its passes are made with, taken with the first ticket;
                               0: none was sold */
};

struct slot_list {
    struct slot *items; /* owned */
    size_t count, capacity;
};

/* English names as they stand on every wire; NULL out of range. */
const char *slot_type_name(enum slot_type type);
const char *genre_name(enum genre genre);
/* Whatever the case. False when there is none of that name. */
bool slot_type_parse(const char *name, enum slot_type *type);
bool genre_parse(const char *name, enum genre *genre);
/* The same with a sentence that says which exist. */
enum tk_code slot_type_require(const char *name, enum slot_type *type, struct tk_error *error);
enum tk_code genre_require(const char *name, enum genre *genre, struct tk_error *error);

bool slot_is_balanced(const struct slot *slot);

enum tk_code slot_list_add(struct slot_list *list, const struct slot *slot);
void slot_list_clear(struct slot_list *list);
void slot_list_release(struct slot_list *list);

#endif
