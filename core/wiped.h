/*
 * wiped: memory that is emptied before it is given back.
 *
 * For libraries that copy what we give them (a PIN in the body of a request, a token in its head)
 * and free their copies as they are: they take these in place of free() and realloc(). With memory
 * of malloc(); any thread.
 */
#ifndef TK_CORE_WIPED_H
#define TK_CORE_WIPED_H

#include <stddef.h>

/* NULL is fine. */
void wiped_free(void *memory);
/* As realloc(), which would leave what it moves where it was. */
void *wiped_realloc(void *memory, size_t size);

#endif
