/*
 * line: a tiny server that misbehaves as it is told, for trying a client.
 *
 * It answers each request with the next of its replies, the last one again and again, and counts.
 * One connection at a time; runs on a thread of its own.
 */
#ifndef TK_TESTS_HTTP_LINE_H
#define TK_TESTS_HTTP_LINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define LINE_SEEN_SIZE 8192

enum line_manner {
    LINE_ANSWER,   /* sends the text */
    LINE_CLOSE,    /* sends the text, which is too short, and closes */
    LINE_SILENT,   /* sends the text, then nothing, until the client is gone */
    LINE_FLOOD     /* sends the text, then 'x' without end */
};

struct line_reply {
    enum line_manner manner;
    const char *text;
};

struct line {
    const struct line_reply *replies; /* of the caller; the last has manner LINE_ANSWER or any */
    size_t count;
    atomic_size_t asked; /* requests that arrived whole */
    char url[64];
    /* the first and the last request, head and body */
    char first[LINE_SEEN_SIZE], last[LINE_SEEN_SIZE];
    int listener, wake[2];
    pthread_t thread;
};

/* An answer with a JSON body; the text is static. */
#define LINE_JSON(status, body) \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define LINE_PROBLEM(status, more, body)                                                           \
    "HTTP/1.1 " status "\r\nContent-Type: application/problem+json\r\n" more                       \
    "Connection: close\r\n\r\n" body

/* What a box office says of itself when it is asked who it is. */
#define LINE_STORE                                                                                 \
    "{\"uuid\":\"01a20673-4480-7102-8304-05060708090a\",\"era\":1,\"version\":7,"                   \
    "\"engine\":\"sqlite\",\"schemaVersion\":3,\"size\":4096,\"rules\":{\"expireAfter\":5,"         \
    "\"closeAtStart\":true,\"closeAfter\":-6,\"admitBefore\":7}}"

/* Aborts the program when it cannot. */
void line_start(struct line *line, const struct line_reply *replies, size_t count);
void line_stop(struct line *line);

#endif
