/*
 * fuzz: what anybody may send, thrown at the code that reads it.
 *
 * A target is a function of some bytes that checks what must hold of them, whatever they are: no
 * crash, but also that what is accepted means what an independent reading says, and that it survives
 * being written and read again. It ends the program (abort) with a sentence when something does not
 * hold.
 *
 * `make fuzz` runs each with clang's libFuzzer (https://llvm.org/docs/LibFuzzer.html); the suite
 * fuzz_corpus replays tests/fuzz/corpus/NAME in every run of the tests, with any compiler. An input
 * that once broke something is kept there.
 */
#ifndef TK_TESTS_FUZZ_FUZZ_H
#define TK_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, what it reads) */
#define FUZZ_TABLE(X)                                                                              \
    X(form, "a query string")                                                                      \
    X(value, "a datetime or an integer in a query string, and a time as people write it")          \
    X(json, "a JSON body, an operation, an outcome, sync")                                               \
    X(gate, "the head of a request")                                                               \
    X(key, "Idempotency-Key and traceparent")

#define X(name, help) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TABLE(X)
#undef X

/* Ends the program with the sentence unless it holds. */
#define FUZZ_REQUIRE(holds, sentence)                                                              \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fuzz_fail(__FILE__, __LINE__, sentence);                                               \
    } while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *sentence);

/* The bytes with a NUL at their end, each in memory of their own size, so that a sanitizer sees one
   byte too many. Freed by the caller. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
