/*
 * listen: a socket that a service listens to, from an address as people write it.
 *
 *   127.0.0.1:8477  [::1]:8477  localhost:8477     TCP; port 0: any that is free
 *   *:8477  0.0.0.0:8477  [::]:8477                TCP, every address of this machine
 *   unix:/run/ticketly.sock  /run/ticketly.sock    a Unix socket, for its owner alone (0600)
 *
 * A socket file that nobody listens to is a leftover and is replaced; any other file is left alone.
 */
#ifndef TK_UI_HTTP_LISTEN_H
#define TK_UI_HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* Opens the socket; the caller closes *fd. `shown` gets where it listens as an address, with the
   real port: "http://127.0.0.1:43211", "unix:/run/ticketly.sock"; it is cut at `size`.
   TK_USAGE: not an address. TK_UNAVAILABLE: in use, not allowed, not of this machine. */
enum tk_code listen_open(const char *address, int *fd, char *shown, size_t size,
                         struct tk_error *error);
/* Where a socket of any origin listens, as in listen_open. */
void listen_name(int fd, char *shown, size_t size);
/* Removes the file of a Unix socket after it was closed, unless somebody else listens there by now.
   The address as written or shown; nothing happens for TCP. */
void listen_forget(const char *address);
/* Whether only this machine can reach a listening socket of any origin: loopback or Unix. */
bool listen_is_local(int fd);

#endif
