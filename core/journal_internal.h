/* journal_internal: what the files of the journal's check share: journal.c follows the chains of
 * devices, journal_seals.c holds what each writer wrote against the seals, journal_words.c says
 * what was found. */
#ifndef TK_CORE_JOURNAL_INTERNAL_H
#define TK_CORE_JOURNAL_INTERNAL_H

#include "core/journal.h"
#include "core/map.h"

#define NO_PROBLEM SIZE_MAX
#define TRAIL_MAX 4096 /* entries since the last seal that are remembered */

/* The entries of one device at one writer, as far as they were read. */
struct chain {
    int64_t writer;
    char device[DEVICE_SIZE];
    int64_t seq;                      /* of the last entry */
    uint8_t hash[CRYPTO_HASH_SIZE];   /* as it stands there */
    uint8_t own[CRYPTO_HASH_SIZE];    /* as it would be */
    uint8_t before[CRYPTO_HASH_SIZE]; /* of the one before it */
    struct journal_problem last;      /* seq and id of the last entry */
    size_t bad;                       /* the problem that the last entry is; NO_PROBLEM: none */
    /* entries that were passed over, and may come later: from … to, after that hash */
    size_t gap;
    int64_t gap_from, gap_to, gap_seq;
    uint8_t gap_before[CRYPTO_HASH_SIZE];
    size_t rival; /* another entry in the place of the last one */
    uint8_t rival_hash[CRYPTO_HASH_SIZE];
};

/* An entry since the last seal. */
struct trail_entry {
    uint8_t hash[CRYPTO_HASH_SIZE], digest[CRYPTO_HASH_SIZE];
    uint8_t before[CRYPTO_HASH_SIZE]; /* the head before it */
    int64_t seq;
};

/* One way to count a writer's entries. While nothing is wrong there is one; after a problem nobody
 * can tell how many entries it stands for, so three are tried until one of them meets a seal. */
struct lane {
    int64_t count;
    uint8_t head[CRYPTO_HASH_SIZE];
    bool doubt;  /* something is wrong since the last seal: the head is not known */
    bool missed; /* it met a seal without doubt, and the head was another */
    size_t next; /* of the stamps, the one to be looked at next */
};

enum { LANE_JUDGED, LANE_NUMBERED, LANE_COUNTED, LANES };

struct chain_writer {
    int64_t id;
    int64_t seq; /* of the last entry */
    struct lane lanes[LANES];
    size_t lane_count;  /* 0: he has just been met */
    int64_t sealed_seq; /* of the last entry that a seal vouched for */
    struct {
        struct trail_entry *items;
        size_t count, capacity;
    } trail;
};

/* What says how many entries there were, and what the head was. */
struct stamp {
    int64_t writer; /* -1: any */
    int64_t entries;
    uint8_t head[CRYPTO_HASH_SIZE];
    bool apart, kept; /* kept elsewhere; in the box office */
    bool met;         /* of any writer: one had it */
    size_t digits;    /* of any writer: hexadecimal digits of the head that were noted */
};

/* What the entry that was just read is to the writer's head. */
enum entry_fate {
    ENTRY_GOOD,
    ENTRY_WRONG, /* it counts */
    ENTRY_LATE,  /* it counts, but stands where it does not belong */
    ENTRY_EXTRA  /* it does not count */
};

struct journal_check {
    bool signed_for, began;
    char uuid[OP_ID_TEXT_MAX];
    uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE];
    int64_t entries, found, seals;
    struct {
        struct chain *items;
        size_t count, capacity;
    } chains;
    size_t last; /* the chain that was asked for last */
    struct map chain_index, ids;
    struct {
        struct chain_writer *items;
        size_t count, capacity;
    } writers;
    struct {
        struct stamp *items;
        size_t count, capacity;
    } stamps; /* by writer and entries once it began */
    struct {
        struct journal_problem *items;
        size_t count, capacity;
    } problems;
    /* of the entry that is being read */
    enum entry_fate fate;
    int64_t passed; /* numbers of its writer that are missing before it, and were not noted yet */
    int64_t shift;  /* entries before it that are missing, less those that were counted already */
};

/* *at is where it is kept. */
enum tk_code journal_add_problem(struct journal_check *check, const struct journal_problem *problem,
                                 size_t *at);

/* --- journal_seals.c --- */

/* All seals are there. TK_NO_MEMORY. */
enum tk_code journal_begin(struct journal_check *check);
/* The writer's head goes on over an entry, and is held against the seals that stand there. `wrong`:
   a problem was found with it. TK_NO_MEMORY. */
enum tk_code journal_move_writer(struct journal_check *check, struct chain_writer *writer,
                                 const struct journal_entry *entry, bool wrong);

#endif
